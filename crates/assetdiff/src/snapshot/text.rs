//! Text that JSON is read from: what it may be, and where in it something is wrong.

use serde::Deserialize;

use super::{FORMAT_VERSION, LimitError, LimitKind, Limits};
use crate::escape::excerpt;
use crate::json::{Json, JsonError, JsonProblem, offset_of, without_position};

/// Why a text is no snapshot, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ReadError {
    /// What is wrong.
    pub problem: ReadProblem,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1.
    pub column: usize,
}

/// What can be wrong with the text of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// The text is not UTF-8.
    #[error("expected UTF-8 text, found a byte that is not (byte {offset})")]
    NotUtf8 {
        /// Where, in bytes from the start.
        offset: usize,
    },
    /// The text begins with a byte order mark.
    #[error("expected JSON, found a byte order mark: save the file as UTF-8 without one")]
    ByteOrderMark,
    /// A text holds the character NUL.
    #[error("expected text without NUL characters, found one (byte {offset})")]
    Nul {
        /// Where, in bytes from the start.
        offset: usize,
    },
    /// There is no text.
    #[error("expected a JSON object, found an empty file")]
    Empty,
    /// The text is no JSON, or not of the format.
    #[error("{}", excerpt(.0))]
    Format(String),
    /// An object has one key twice.
    #[error(
        "expected each key of an object once, found {:?} again (first at line {first_line}, column {first_column})",
        excerpt(key)
    )]
    DuplicateKey {
        /// The key.
        key: String,
        /// The line where it stands first, counted from 1.
        first_line: usize,
        /// The column in bytes where it stands first, counted from 1.
        first_column: usize,
    },
    /// The text is of another major version of the format.
    #[error(
        "expected format_version {FORMAT_VERSION} or another 1.x, found {:?}: \
         write the snapshot anew with this version of assetdiff, or use the version that wrote it",
        excerpt(found)
    )]
    Version {
        /// The version as it stands in the text.
        found: String,
    },
    /// The text holds more than it may.
    #[error("{0}")]
    Limit(LimitError),
}

/// The object and the list that stand around the definitions.
pub(super) const LEVELS_AROUND: usize = 2;

/// A JSON text that is checked as a whole: what is read from it is what stands there.
///
/// Adapters read a tool's artefact through it, so that their errors name the place.
///
/// ```
/// use assetdiff::{JsonText, Limits};
///
/// let text = JsonText::new(br#"{"names": ["a", 1]}"#, &Limits::default())?;
/// let names: Result<std::collections::BTreeMap<String, Vec<String>>, _> = text.read(text.as_str());
/// assert_eq!(names.unwrap_err().to_string(), "line 1, column 17: invalid type: integer `1`, expected a string");
/// # Ok::<(), assetdiff::ReadError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct JsonText<'a>(&'a str);

impl<'a> JsonText<'a> {
    /// Returns the text of some bytes.
    ///
    /// # Errors
    /// [`ReadError`] for bytes that are no UTF-8 or no JSON, a byte order mark, NUL, an object key
    /// that stands twice, nesting deeper than [`MAX_DEPTH`](crate::MAX_DEPTH), half a surrogate pair,
    /// and for more than [`Limits::max_bytes`]. Costs one pass and, while it lasts, the text's size.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let text = checked_text(bytes, limits)?;
        match Json::parse(text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(of_json_error(text, 0, error)),
        }
    }

    /// Returns the text of some bytes without looking at its syntax: for readers whose types refuse
    /// what is wrong in the parts that they read.
    ///
    /// The definitions are taken to be objects in a list in an object, as in a snapshot.
    ///
    /// # Errors
    /// [`ReadError`] for bytes that are no UTF-8, an empty text, a byte order mark, NUL, and for more
    /// than a limit allows. Costs a fraction of [`new`](Self::new).
    pub fn unparsed(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let text = checked_text(bytes, limits)?;
        let checked = limits.check_text(text, LEVELS_AROUND);
        checked.map_err(|(error, offset)| locate(text, offset, ReadProblem::Limit(error)))?;
        Ok(Self(text))
    }

    /// Returns the text of some bytes and looks neither at its syntax nor at what is in it: for readers
    /// that look at its parts themselves.
    ///
    /// # Errors
    /// [`ReadError`] for bytes that are no UTF-8, an empty text, a byte order mark, NUL, and for more
    /// than [`Limits::max_bytes`].
    pub fn unchecked(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        checked_text(bytes, limits).map(Self)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Reads the text or a part of it.
    ///
    /// # Errors
    /// [`ReadError`] with the place in the whole text, if the part is not what is expected.
    pub fn read<T: Deserialize<'a>>(&self, part: &'a str) -> Result<T, ReadError> {
        serde_json::from_str(part).map_err(|error| explain(self.0, self.offset(part), part, &error))
    }

    /// Returns an error of the reader's own about a part of the text.
    pub fn error(&self, part: &str, message: String) -> ReadError {
        locate(self.0, self.offset(part), ReadProblem::Format(message))
    }

    /// Where a part begins; 0 for a text that is not a part.
    fn offset(&self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.0.as_ptr() as usize);
        if offset <= self.0.len() { offset } else { 0 }
    }
}

/// Returns the text if it is one that JSON of ours can be.
pub(super) fn checked_text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ReadError> {
    if let Err(error) = limits.check(LimitKind::Bytes, bytes.len() as u64) {
        return Err(locate("", 0, ReadProblem::Limit(error)));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let valid = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
        locate(valid, offset, ReadProblem::NotUtf8 { offset })
    })?;
    let problem = |offset, problem| Err(locate(text, offset, problem));
    if text.starts_with('\u{feff}') {
        return problem(0, ReadProblem::ByteOrderMark);
    }
    if text.trim_ascii().is_empty() {
        return problem(0, ReadProblem::Empty);
    }
    if let Some(offset) = memchr::memchr(0, bytes).or_else(|| escaped_nul(text)) {
        return problem(offset, ReadProblem::Nul { offset });
    }
    Ok(text)
}

/// Returns the byte where an escape of NUL begins in a JSON text.
pub(crate) fn escaped_nul(json: &str) -> Option<usize> {
    memchr::memmem::find(json.as_bytes(), br"\u0000")?;
    let mut rest = json;
    loop {
        let (_, after) = rest.split_once('\\')?;
        if after.starts_with("u0000") {
            return Some(json.len() - after.len() - 1);
        }
        // What is escaped may be a backslash, which begins no escape then.
        let mut chars = after.chars();
        chars.next();
        rest = chars.as_str();
    }
}

/// Returns the error at a byte of the text.
pub(super) fn locate(text: &str, offset: usize, problem: ReadProblem) -> ReadError {
    let (line, column) = line_and_column(text, offset);
    ReadError { problem, line, column }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    (before.iter().filter(|&&b| b == b'\n').count() + 1, before.len() - line_start + 1)
}

/// Turns a parser's error about a part of the text into ours.
pub(super) fn explain(text: &str, start: usize, part: &str, error: &serde_json::Error) -> ReadError {
    // Duplicate keys, depth and the like are found with their places by our own pass over the part.
    match Json::parse_file(part) {
        Err(error) if !matches!(error.problem, JsonProblem::Syntax(_)) => of_json_error(text, start, error),
        _ => of_parser_error(text, start + offset_of(part, error.line(), error.column()), error),
    }
}

fn of_parser_error(text: &str, offset: usize, error: &serde_json::Error) -> ReadError {
    let message = match error.classify() {
        serde_json::error::Category::Eof => "expected more JSON, found the end of the file".to_owned(),
        serde_json::error::Category::Syntax => {
            format!("expected JSON, found an error: {}", without_position(error))
        }
        _ => without_position(error),
    };
    locate(text, offset, ReadProblem::Format(message))
}

fn of_json_error(text: &str, start: usize, error: JsonError) -> ReadError {
    let problem = match error.problem {
        JsonProblem::DuplicateKey { key, first } => {
            let (first_line, first_column) = line_and_column(text, start + first);
            ReadProblem::DuplicateKey { key, first_line, first_column }
        }
        JsonProblem::TooDeep { limit } => {
            ReadProblem::Limit(LimitError { kind: LimitKind::Depth, limit: limit as u64 })
        }
        // Only the parser itself knows whether more text was expected.
        JsonProblem::Syntax(_) => match serde_json::from_str::<serde::de::IgnoredAny>(&text[start..]) {
            Err(parser) => return of_parser_error(text, start + error.offset, &parser),
            Ok(_) => ReadProblem::Format(error.problem.to_string()),
        },
        other => ReadProblem::Format(other.to_string()),
    };
    locate(text, start + error.offset, problem)
}
