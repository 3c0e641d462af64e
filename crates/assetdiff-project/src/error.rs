//! An error with its place in the file.

use std::fmt;
use std::ops::Range;

use assetdiff::escape_hidden;

/// The most characters of a line that are shown.
const MAX_LINE: usize = 160;

/// What is wrong with a project's rules, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The text of the line, and how many characters of it are meant.
    text: String,
    width: usize,
}

impl ConfigError {
    pub(crate) fn at(file: &str, source: &str, span: Range<usize>, message: String) -> Self {
        let mut start = span.start.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let before = &source[..start];
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let text = source[line_start..].lines().next().unwrap_or_default();
        let column = before[line_start..].chars().count() + 1;
        let meant = source.get(start..span.end.min(source.len())).unwrap_or_default();
        let width = meant.lines().next().unwrap_or_default().chars().count().max(1);
        Self { file: file.to_owned(), line, column, message, text: text.to_owned(), width }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, text, width } = self;
        writeln!(f, "{}:{line}:{column}: {message}", escape_hidden(file))?;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        // The caret stands below the characters as they are shown.
        let shown = |text: &str| escape_hidden(text).chars().take(MAX_LINE).collect::<String>();
        let before = shown(&text.chars().take(column - 1).collect::<String>());
        let meant: String = text.chars().skip(column - 1).take(*width).collect();
        let carets = shown(&meant).chars().count().clamp(1, MAX_LINE);
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", shown(text))?;
        write!(f, "{margin} | {}{}", " ".repeat(before.chars().count()), "^".repeat(carets))
    }
}

impl std::error::Error for ConfigError {}
