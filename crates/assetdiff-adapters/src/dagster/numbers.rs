//! Python writes three floats that JSON has no number for.

use std::borrow::Cow;

use memchr::memmem;

/// What Python's `json` writes as bare words.
const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];

/// Puts the three words into quotes where they stand for numbers: floats of ours are read from both.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    let holds = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if !holds("NaN") && !holds("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let word = WORDS.iter().find(|word| from.starts_with(**word));
        let taken = match word {
            Some(word) => {
                out.push('"');
                out.push_str(word);
                out.push('"');
                word.len()
            }
            None => {
                let end = if from.starts_with('"') { end_of_string(from) } else { 1 };
                out.push_str(&from[..end]);
                end
            }
        };
        rest = &from[taken..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where a string ends that the text begins with.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_outside_of_strings_only() {
        let text = r#"{"NaN": NaN, "a": [-Infinity,Infinity, -1], "b": "x\" NaN \\", "c": NaN}"#;
        let expected = r#"{"NaN": "NaN", "a": ["-Infinity","Infinity", -1], "b": "x\" NaN \\", "c": "NaN"}"#;
        assert_eq!(quoted(text), expected);
    }
}
