//! Text from a snapshot in a form that is safe to print on a line.

use std::borrow::Cow;
use std::fmt::Write as _;

use assetdiff::{AssetKey, escape_hidden, is_hidden};

/// The most characters of a name: a name is shown in many places, and an attacker chooses it.
const MAX_NAME: usize = 300;

/// A text without hidden characters and without the mark of a workflow command.
///
/// There is no other way to bring a text from a snapshot into a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown(String);

impl Shown {
    /// Returns the text with hidden characters escaped.
    pub(crate) fn literal(text: &str) -> Self {
        Self(without_commands(escape_hidden(text)).into_owned())
    }

    /// Returns the text in quotes, with one spelling for one text.
    pub(crate) fn quoted(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 2);
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if is_hidden(c) => drop(write!(out, "\\u{{{:x}}}", c as u32)),
                c => out.push(c),
            }
        }
        out.push('"');
        Self(without_commands(out.into()).into_owned())
    }

    /// Returns a name: as it is if it can stand in a list without being misread, else in quotes.
    pub(crate) fn name(name: &str) -> Self {
        let (start, cut) = cut_name(name);
        let is_plain = !start.is_empty()
            && start.trim() == start
            && !start.contains([',', '"', '\\'])
            && !start.contains("->")
            && !start.chars().any(is_hidden);
        let shown = if is_plain { Self::literal(start) } else { Self::quoted(start) };
        shown.with_cut(cut)
    }

    /// Returns the text form of a key.
    pub(crate) fn key(key: &AssetKey) -> Self {
        let text = key.to_string();
        let (start, cut) = cut_name(&text);
        Self::literal(start).with_cut(cut)
    }

    /// Returns the text followed by the place in a JSON value, as in the text of an ignore rule.
    pub(crate) fn with_pointer(self, pointer: &str) -> Self {
        let (start, cut) = cut_name(pointer);
        let place = Self::literal(start).with_cut(cut);
        Self(format!("{}#{}", self.0, place.0))
    }

    fn with_cut(mut self, cut: usize) -> Self {
        if cut > 0 {
            // Writing to a string has no way to fail.
            let _ = write!(self.0, "…(+{})", grouped(cut));
        }
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns a text as it can stand on a line of a log: nothing in it moves a cursor, ends the line, or runs a command of a
/// CI runner, wherever on the line it stands.
///
/// ```
/// assert_eq!(assetdiff_report::line("::error::a\nb ##[c"), r"\u{3a}:error::a\u{a}b #\u{23}[c");
/// ```
pub fn line(text: &str) -> String {
    without_line_command(Shown::literal(text).as_str()).into_owned()
}

/// Returns the start of a name, and how many characters are cut.
fn cut_name(name: &str) -> (&str, usize) {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => (&name[..end], name[end..].chars().count()),
        None => (name, 0),
    }
}

/// Breaks the marks of commands that CI runners look for anywhere in a line: `##[` (GitHub),
/// `##vso[` (Azure), `##teamcity[`.
fn without_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("##") {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut after_hash = false;
    for (at, c) in text.char_indices() {
        let opens =
            |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[');
        if after_hash && c == '#' && opens(&text[at + 1..]) {
            out.push_str("\\u{23}");
        } else {
            out.push(c);
        }
        after_hash = c == '#';
    }
    out.into()
}

/// Returns the line without a `::` at its start, which GitHub's runner would take for a command.
pub(crate) fn without_line_command(line: &str) -> Cow<'_, str> {
    let content = line.trim_start();
    if !content.starts_with("::") {
        return line.into();
    }
    let indent = &line[..line.len() - content.len()];
    format!("{indent}\\u{{3a}}{}", &content[1..]).into()
}

/// Returns a number with its thousands apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a number and a noun in the singular or the plural.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_broken_wherever_they_stand() {
        assert_eq!(Shown::literal("a ##[error]b").as_str(), r"a #\u{23}[error]b");
        assert_eq!(Shown::literal("###[x").as_str(), r"##\u{23}[x");
        assert_eq!(Shown::literal("##vso[task]").as_str(), r"#\u{23}vso[task]");
        assert_eq!(Shown::literal("## title").as_str(), "## title");
        assert_eq!(without_line_command(" \u{2003}::error::x"), " \u{2003}\\u{3a}:error::x");
    }

    #[test]
    fn a_name_that_could_be_misread_is_quoted() {
        for (name, shown) in [
            ("team", "team"),
            ("", r#""""#),
            ("a, b", r#""a, b""#),
            ("a\nb", r#""a\nb""#),
            (r"a\nb", r#""a\\nb""#),
            (" a", r#"" a""#),
            ("\u{202e}x", r#""\u{202e}x""#),
        ] {
            assert_eq!(Shown::name(name).as_str(), shown);
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([1, 999, 1000, 1234567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
    }
}
