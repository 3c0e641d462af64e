//! Texts as the page shows them.

use assetdiff::{PartitionsDefinition, escape_hidden};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::excerpt;
use crate::facts::partitions_words;
use crate::phrase::{Phrase, Span};
use crate::shown::Shown;
use crate::style::Detail;

/// The most words of two texts that are compared with each other.
const MAX_WORDS: usize = 1_500;

/// Returns a text from a snapshot without hidden characters, however long.
pub(super) fn shown(text: &str) -> String {
    escape_hidden(text).into_owned()
}

/// Returns the start of a text.
pub(super) fn cut(text: &str, max: usize) -> String {
    plain(&excerpt::value(text, max, Shown::literal))
}

/// Returns the start of a text with its line breaks.
pub(super) fn lines(text: &str, max: usize) -> String {
    let end = text.char_indices().nth(max).map_or(text.len(), |(end, _)| end);
    let lines: Vec<String> = text[..end].lines().map(shown).collect();
    format!("{}{}", lines.join("\n"), if end < text.len() { " …" } else { "" })
}

/// Returns a phrase as text.
pub(super) fn plain(phrase: &Phrase) -> String {
    let spans = phrase.spans().iter().map(|span| match span {
        Span::Ours(text) => text.as_ref(),
        Span::Theirs(text) => text.as_str(),
    });
    spans.collect()
}

/// Returns how an asset is split, in few words.
pub(super) fn partitions(definition: &PartitionsDefinition) -> String {
    plain(&partitions_words(definition, &Detail::new(200, 1, 5, 0)))
}

/// A text in pieces: the first is equal on both sides, the second is not, the third is, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Pieces(pub(super) Vec<String>);

impl Pieces {
    pub(super) fn equal(text: String) -> Self {
        Self(vec![text])
    }
}

/// Returns both texts in pieces, so that what differs can be marked word by word. Where nothing is alike but spaces,
/// or the texts are long, each is one piece.
pub(super) fn pieces(old: &str, new: &str) -> (Pieces, Pieces) {
    let (a, b) = (split(old), split(new));
    if a.len() + b.len() > MAX_WORDS {
        return (Pieces::equal(old.to_owned()), Pieces::equal(new.to_owned()));
    }
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    let alike: usize = ops
        .iter()
        .filter_map(|op| match op {
            DiffOp::Equal { old_index, len, .. } => Some(&a[*old_index..old_index + len]),
            _ => None,
        })
        .flatten()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| word.len())
        .sum();
    if alike * 4 < old.len().min(new.len()) {
        return (Pieces::equal(old.to_owned()), Pieces::equal(new.to_owned()));
    }
    let side = |words: &[&str], range: &dyn Fn(&DiffOp) -> std::ops::Range<usize>| {
        let mut pieces = vec![String::new()];
        for op in &ops {
            let is_equal = matches!(op, DiffOp::Equal { .. });
            let text = words[range(op)].concat();
            match (is_equal, pieces.len() % 2 == 1) {
                _ if text.is_empty() => {}
                (true, true) | (false, false) => {
                    pieces.last_mut().into_iter().for_each(|p| p.push_str(&text))
                }
                _ => pieces.push(text),
            }
        }
        Pieces(pieces)
    };
    (side(&a, &DiffOp::old_range), side(&b, &DiffOp::new_range))
}

/// Splits into words, runs of spaces, and single other characters.
fn split(text: &str) -> Vec<&str> {
    let sort = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let this = sort(c);
        if before.is_some_and(|before| before != this || this == 0) {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(this);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_word_stands_alone() {
        let (old, new) = pieces("select a, b from t", "select a, c from t");
        assert_eq!(old.0, ["select a, ", "b", " from t"]);
        assert_eq!(new.0, ["select a, ", "c", " from t"]);
    }

    #[test]
    fn pieces_together_are_the_text() {
        for (old, new) in [("", "x"), ("a b", "b a"), ("é(1)", "é(2)"), ("daily", "hourly"), ("x y z", "y")]
        {
            let (a, b) = pieces(old, new);
            assert_eq!((a.0.concat(), b.0.concat()), (old.to_owned(), new.to_owned()));
        }
    }

    #[test]
    fn texts_with_nothing_in_common_are_whole() {
        assert_eq!(pieces("alpha beta", "gamma delta").0.0.len(), 1);
    }
}
