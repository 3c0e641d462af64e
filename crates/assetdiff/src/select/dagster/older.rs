//! The older form of Dagster's selections.

use crate::select::expression::{Attribute, Depth, Expression, Operation};

/// Reads a clause of the older form: a bare name with `+` for each step or `*` for all of them around
/// it, or a tag that the grammar cannot spell.
pub(super) fn clause(text: &str) -> Option<Expression> {
    // Python's idea of white space.
    let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let span = 0..text.len();
    let mut expression = Expression::default();
    if let Some(tag) = text.strip_prefix("tag:") {
        let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
        let is_plain = |text: &str| text.chars().all(is_of_name);
        if name.is_empty() || !is_plain(name) || !is_plain(value) {
            return None;
        }
        let tag = Attribute::Tag { name: name.into(), value: value.into() };
        expression.push(Operation::Attribute(tag), span);
        return Some(expression);
    }
    let clause = text.trim_matches(is_space);
    let name_start = clause.find(is_of_name)?;
    let (before, rest) = clause.split_at(name_start);
    let name_end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(name_end);
    let up = before.strip_prefix('*').unwrap_or(before);
    let down = after.strip_suffix('*').unwrap_or(after);
    if [up, down].iter().any(|part| part.bytes().any(|byte| byte != b'+')) {
        return None;
    }
    let depth = |whole: &str| {
        if whole.contains('*') { Depth::Unlimited } else { Depth::Steps(whole.len() as u64) }
    };
    let (up, down) = (depth(before), depth(after));
    expression.push(Operation::Name { name: name.into(), up, down }, span);
    Some(expression)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() && !is_mark(c) || matches!(c, '.' | '/' | '_' | '-' | '?' | '[' | ']')
}

/// Whether a character is alphabetic only as a mark on others, which Python does not count.
fn is_mark(c: char) -> bool {
    use std::sync::LazyLock;
    static MARK: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^[\p{M}\p{S}]").ok());
    !c.is_ascii() && MARK.as_ref().is_some_and(|mark| mark.is_match(c.encode_utf8(&mut [0; 4])))
}
