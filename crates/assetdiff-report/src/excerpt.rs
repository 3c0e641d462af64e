//! Values cut to a length, so that what is left shows the difference.

use crate::phrase::Phrase;
use crate::shown::{Shown, grouped};

/// Returns a value, cut after `max` characters.
pub(crate) fn value(text: &str, max: usize, show: fn(&str) -> Shown) -> Phrase {
    excerpt(text, 0, 0, max, show)
}

/// Returns two values, cut to `max` characters around the first difference.
pub(crate) fn pair(old: &str, new: &str, max: usize, show: fn(&str) -> Shown) -> (Phrase, Phrase) {
    let fits = |text: &str| text.char_indices().nth(max).is_none();
    if fits(old) && fits(new) {
        return (Phrase::theirs(show(old)), Phrase::theirs(show(new)));
    }
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new);
    let (characters, bytes) = same.fold((0, 0), |(n, bytes), (c, _)| (n + 1, bytes + c.len_utf8()));
    let lead = max / 4;
    if characters <= max / 2 {
        return (value(old, max, show), value(new, max, show));
    }
    let back: usize = old[..bytes].chars().rev().take(lead).map(char::len_utf8).sum();
    let (skipped, start) = (characters - lead, bytes - back);
    (excerpt(old, skipped, start, max, show), excerpt(new, skipped, start, max, show))
}

/// Returns what follows the first `start` bytes (`skipped` characters) of a text.
fn excerpt(text: &str, skipped: usize, start: usize, max: usize, show: fn(&str) -> Shown) -> Phrase {
    let text = &text[start..];
    let end = text.char_indices().nth(max).map_or(text.len(), |(end, _)| end);
    let mut phrase = Phrase::default();
    if skipped > 0 {
        phrase = phrase.and(format!("… {} equal characters, then ", grouped(skipped)));
    }
    phrase = phrase.and_theirs(show(&text[..end]));
    match text[end..].chars().count() {
        0 => phrase,
        cut => phrase.and(format!(" … {} more characters", grouped(cut))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrase::Span;

    fn plain(phrase: &Phrase) -> String {
        let spans = phrase.spans().iter().map(|span| match span {
            Span::Ours(text) => text.to_string(),
            Span::Theirs(text) => text.as_str().to_owned(),
        });
        spans.collect()
    }

    #[test]
    fn a_cut_pair_shows_the_difference() {
        let same = "é".repeat(100);
        let (old, new) = (format!("{same}old{same}"), format!("{same}new{same}"));
        let (old, new) = pair(&old, &new, 20, Shown::quoted);
        assert_eq!(plain(&old), "… 95 equal characters, then \"éééééoldéééééééééééé\" … 88 more characters");
        assert!(plain(&new).contains("éééééneweéé".trim_end_matches("eéé")), "{}", plain(&new));
    }

    #[test]
    fn a_short_pair_is_whole() {
        let (old, new) = pair("a", "b", 20, Shown::quoted);
        assert_eq!([plain(&old), plain(&new)], ["\"a\"", "\"b\""]);
    }
}
