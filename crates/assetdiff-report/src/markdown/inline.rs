//! Text inside Markdown, where nothing in it can become anything but text.

use crate::phrase::{Phrase, Span};
use crate::shown::Shown;

/// Where inline text stands: a table ends a cell at `|`, also inside code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Paragraph,
    Cell,
}

/// The longest fence of a code span that is sure to be read as one: parsers stop at 80.
const MAX_FENCE: usize = 60;

/// Returns a phrase: what comes from a snapshot as code, in which hosts look for no markup, links,
/// mentions, references or emoji.
pub(crate) fn inline(phrase: &Phrase, place: Place) -> String {
    let spans = phrase.spans().iter().map(|span| match span {
        Span::Ours(words) => escape_words(words),
        Span::Theirs(text) => code(text, place),
    });
    spans.collect()
}

/// Returns the text as a code span.
pub(crate) fn code(text: &Shown, place: Place) -> String {
    let mut text = match place {
        Place::Paragraph => text.as_str().to_owned(),
        Place::Cell => escape_pipes(text.as_str()),
    };
    if text.is_empty() {
        text.push_str("\"\"");
    }
    if longest_run(&text) >= MAX_FENCE {
        text = text.replace('`', "\\u{60}");
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let touches = text.starts_with('`') || text.ends_with('`');
    // One space on both sides is taken off, unless there are only spaces.
    let is_stripped = text.starts_with(' ') && text.ends_with(' ') && text.trim() != "";
    let pad = if touches || is_stripped { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns the text as HTML, for places where Markdown is not read.
pub(crate) fn html(text: &Shown) -> String {
    let mut out = String::with_capacity(text.as_str().len() + 16);
    for c in text.as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Writes pipes as `\|`. After a backslash parsers disagree on what that means: there, as the escape
/// that stands for the same character in the text form of a key.
fn escape_pipes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut last = ' ';
    for c in text.chars() {
        match (last, c) {
            ('\\', '|') => out.push_str("u{7c}"),
            (_, '|') => out.push_str("\\|"),
            (_, c) => out.push(c),
        }
        last = c;
    }
    out
}

/// Escapes our own words: they hold no markup, but for the day on which one does.
fn escape_words(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '$' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns the length of the longest run of backticks.
pub(crate) fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Returns the length as a host counts it at most: in UTF-16 code units.
pub(crate) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_holds_any_text() {
        let code = |text: &str, place| code(&Shown::literal(text), place);
        assert_eq!(code("a|b", Place::Cell), r"`a\|b`");
        assert_eq!(code("a|b", Place::Paragraph), "`a|b`");
        assert_eq!(code(r"a\|b", Place::Cell), r"`a\u{7c}b`");
        assert_eq!(code("a`b``c", Place::Cell), "```a`b``c```");
        assert_eq!(code("`", Place::Cell), "`` ` ``");
        assert_eq!(code(" a ", Place::Cell), "`  a  `");
        assert_eq!(code("", Place::Cell), "`\"\"`");
        assert_eq!(code(&"`".repeat(60), Place::Cell), format!("`{}`", r"\u{60}".repeat(60)));
    }

    #[test]
    fn a_character_beyond_the_first_plane_counts_twice() {
        assert_eq!([units("a"), units("é"), units("😀")], [1, 1, 2]);
    }
}
