//! Why a selection cannot be parsed or resolved, and how that is shown.

use std::fmt;
use std::ops::Range;

use super::Language;
use crate::escape::{is_hidden, push_escaped};

/// Why a selection cannot be parsed, or not be resolved in a scope.
///
/// `Display` is one sentence; [`pointed`](Self::pointed) shows the place under the expression.
///
/// ```
/// use assetdiff::Selection;
///
/// let error = Selection::parse_dagster("key:a or (key:b").unwrap_err();
/// assert_eq!(error.to_string(), r#"expected "and", "or", "+" or ")", found the end at byte 15 of the selection"#);
/// assert_eq!(error.pointed().lines().collect::<Vec<_>>()[1..], ["  key:a or (key:b", "                 ^"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionError {
    /// What is wrong.
    pub problem: SelectionProblem,
    /// The place in the expression, in bytes; empty at its end.
    pub span: Range<usize>,
    /// The expression.
    pub expression: Box<str>,
    /// The language that it is read in.
    pub language: Language,
}

/// What is wrong with a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionProblem {
    /// Something else has to stand there.
    Syntax {
        /// What could stand there.
        expected: String,
        /// What stands there; `None` for the end.
        found: Option<String>,
    },
    /// The language has it, but nothing that assetdiff reads tells the answer.
    Unanswerable {
        /// What is asked, such as `status:`.
        asked: String,
        /// Why there is no answer.
        reason: String,
    },
    /// The answer needs something that the scope does not have.
    Missing {
        /// What is asked, such as `changed_in_branch:`.
        asked: String,
        /// What is missing.
        needs: &'static str,
    },
    /// A bare name stands for one asset, and there is none of it.
    UnknownAsset {
        /// The name.
        name: String,
    },
    /// There is too much of something.
    Limit {
        /// Of what.
        what: &'static str,
        /// The most that is allowed.
        limit: usize,
    },
}

impl SelectionError {
    /// Returns the place in bytes from the start of the expression.
    pub fn position(&self) -> usize {
        self.span.start
    }

    /// Returns whether the expression is none of the language; otherwise it has no answer here.
    pub fn is_syntax(&self) -> bool {
        matches!(self.problem, SelectionProblem::Syntax { .. } | SelectionProblem::Limit { .. })
    }

    /// Returns the sentence, the expression and carets under the place.
    ///
    /// A long expression is cut around the place. Hidden characters are written as `\u{hex}`, so the
    /// three lines are safe to print.
    pub fn pointed(&self) -> String {
        let shown = Excerpt::of(&self.expression, self.span.clone());
        let Excerpt { text, indent, width } = shown;
        format!("{self}\n  {text}\n  {:indent$}{:^<width$}", "", "")
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.span.start;
        match &self.problem {
            SelectionProblem::Syntax { expected, found } => {
                let found = found.as_ref().map_or("the end".to_owned(), |found| quoted(found));
                write!(f, "expected {expected}, found {found} at byte {at} of the selection")
            }
            SelectionProblem::Unanswerable { asked, reason } => {
                write!(
                    f,
                    "expected what a snapshot can answer, found {} at byte {at} of the selection: {reason}",
                    quoted(asked)
                )
            }
            SelectionProblem::Missing { asked, needs } => {
                write!(
                    f,
                    "expected {needs} to answer {} at byte {at} of the selection, found none",
                    quoted(asked)
                )
            }
            SelectionProblem::UnknownAsset { name } => {
                write!(
                    f,
                    "expected the name of an asset, found {} at byte {at} of the selection",
                    quoted(name)
                )
            }
            SelectionProblem::Limit { what, limit } => {
                write!(f, "expected at most {limit} {what}, found more at byte {at} of the selection")
            }
        }
    }
}

impl std::error::Error for SelectionError {}

/// The most characters of the expression that an error quotes.
const QUOTED: usize = 60;

/// Returns a text in quotes, with hidden characters escaped; what is cut is told.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars().take(QUOTED) {
        push_escaped(&mut quoted, c);
    }
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

/// The most columns that are shown on each side of the place.
const AROUND: usize = 60;

/// The part of an expression around a place, on one line.
struct Excerpt {
    text: String,
    /// The columns before the place.
    indent: usize,
    /// The columns of the place; at least one.
    width: usize,
}

impl Excerpt {
    fn of(text: &str, place: Range<usize>) -> Self {
        let start = floor(text, place.start);
        let end = floor(text, place.end).max(start);
        let (mut before, mut columns) = (Vec::new(), 0);
        let mut cut = "";
        for c in text[..start].chars().rev() {
            let shown = shown(c);
            if columns + shown.1 > AROUND {
                cut = "…";
                break;
            }
            columns += shown.1;
            before.push(shown.0);
        }
        let mut line = String::from(cut);
        before.iter().rev().for_each(|shown| line.push_str(shown));
        let indent = columns + cut.chars().count();
        let (mut width, mut after) = (0, 0);
        for (at, c) in text[start..].char_indices() {
            let shown = shown(c);
            if after + shown.1 > AROUND {
                line.push('…');
                break;
            }
            after += shown.1;
            line.push_str(&shown.0);
            if start + at < end {
                width += shown.1;
            }
        }
        Self { text: line, indent, width: width.max(1) }
    }
}

/// Returns a character as it is shown and how many columns it takes.
fn shown(c: char) -> (String, usize) {
    if is_hidden(c) {
        let mut text = String::new();
        push_escaped(&mut text, c);
        let columns = text.len();
        return (text, columns);
    }
    (c.to_string(), unicode_width::UnicodeWidthChar::width(c).unwrap_or(0))
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
