//! Which characters may not be shown as they are, and how they are written instead.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns whether a character is invisible, moves the cursor or changes the direction of text.
///
/// These are the C0 and C1 controls, DEL, line and paragraph separators, bidirectional marks and
/// overrides, zero-width characters and the tag block: a name that holds one could forge a line of
/// a terminal, of a log or of a review.
///
/// ```
/// assert!(assetdiff::is_hidden('\u{1b}'));
/// assert!(assetdiff::is_hidden('\u{202e}'));
/// assert!(!assetdiff::is_hidden('é'));
/// ```
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the text with every hidden character written as `\u{hex}`; borrows when there is none.
///
/// ```
/// assert_eq!(assetdiff::escape_hidden("a\u{1b}[31m"), "a\\u{1b}[31m");
/// ```
pub fn escape_hidden(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_escaped(&mut out, c);
    }
    Cow::Owned(out)
}

/// The most characters of a name or text that an error quotes.
const QUOTED: usize = 500;

/// Returns what is shown of a text in an error; what is cut is told.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}… ({} bytes)", &text[..end], text.len())),
        None => Cow::Borrowed(text),
    }
}

/// Appends one character, as `\u{hex}` if it is hidden.
pub(crate) fn push_escaped(out: &mut String, c: char) {
    if is_hidden(c) {
        let _ = write!(out, "\\u{{{:x}}}", c as u32);
    } else {
        out.push(c);
    }
}
