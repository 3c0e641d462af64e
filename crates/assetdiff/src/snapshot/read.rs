//! Reads a snapshot in one pass, one definition in memory at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{FORMAT_VERSION, LimitError, LimitKind, Limits, Provenance};
use crate::asset::AssetDefinition;
use crate::json::{Json, JsonProblem, offset_of, without_position};
use crate::wire::Text;

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
    #[error("{0}")]
    Format(String),
    /// An object has one key twice.
    #[error(
        "expected each key of an object once, found {key:?} again (first at line {first_line}, column {first_column})"
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
        "expected format_version {FORMAT_VERSION} or another 1.x, found {found:?}: \
         write the snapshot anew with this version of assetdiff, or use the version that wrote it"
    )]
    Version {
        /// The version as it stands in the text.
        found: String,
    },
    /// The text holds more than it may.
    #[error("{0}")]
    Limit(LimitError),
}

/// What stands around the definitions.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) provenance: Provenance,
    pub(crate) extra: BTreeMap<String, Json>,
}

/// Takes a definition and the byte where it begins.
pub(crate) type Sink<'s> = dyn FnMut(AssetDefinition, usize) -> Result<(), LimitError> + 's;

/// Reads a snapshot and hands on its definitions as they come.
pub(crate) fn read(bytes: &[u8], limits: &Limits, sink: &mut Sink<'_>) -> Result<Header, ReadError> {
    let text = checked_text(bytes, limits)?;
    let mut reader = Reader { text, limits, sink, failed: None, version: None };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result =
        (&mut reader).deserialize(&mut deserializer).and_then(|header| deserializer.end().map(|()| header));
    let Reader { failed, version, .. } = reader;
    let error = match result {
        Ok(header) => match version {
            Some(_) => return Ok(header),
            None => {
                locate(text, 0, ReadProblem::Format("expected a member `format_version`, found none".into()))
            }
        },
        Err(error) => failed.unwrap_or_else(|| explain(text, 0, text, &error)),
    };
    // What another version wrote need not make sense here: then the version is the error.
    Err(match version.or_else(|| version_of(text)) {
        Some(found) if !is_supported(&found) => locate(text, 0, ReadProblem::Version { found }),
        _ => error,
    })
}

/// Returns the text if it is one that JSON of ours can be.
fn checked_text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let valid = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
        locate(valid, offset, ReadProblem::NotUtf8 { offset })
    })?;
    let problem = |offset, problem| Err(locate(text, offset, problem));
    if let Err(error) = limits.check(LimitKind::Bytes, text.len() as u64) {
        return problem(0, ReadProblem::Limit(error));
    }
    if text.starts_with('\u{feff}') {
        return problem(0, ReadProblem::ByteOrderMark);
    }
    if text.trim_ascii().is_empty() {
        return problem(0, ReadProblem::Empty);
    }
    let escaped_nul = text.match_indices("\\u0000").map(|(at, _)| at).find(|&at| {
        // An even number of backslashes before it means that this one begins the escape.
        text[..at].bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 0
    });
    if let Some(offset) = text.find('\0').or(escaped_nul) {
        return problem(offset, ReadProblem::Nul { offset });
    }
    Ok(text)
}

/// Returns the error at a byte of the text.
fn locate(text: &str, offset: usize, problem: ReadProblem) -> ReadError {
    let (line, column) = line_and_column(text, offset);
    ReadError { problem, line, column }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    (before.iter().filter(|&&b| b == b'\n').count() + 1, before.len() - line_start + 1)
}

/// Turns a parser's error about a part of the text into ours.
fn explain(text: &str, start: usize, part: &str, error: &serde_json::Error) -> ReadError {
    // Duplicate keys, depth and the like are found with their places by our own pass over the part.
    if let Err(json_error) = Json::parse(part) {
        let offset = start + json_error.offset;
        match json_error.problem {
            JsonProblem::DuplicateKey { key, first } => {
                let (first_line, first_column) = line_and_column(text, start + first);
                return locate(text, offset, ReadProblem::DuplicateKey { key, first_line, first_column });
            }
            JsonProblem::TooDeep { limit } => {
                let error = LimitError { kind: LimitKind::Depth, limit: limit as u64 };
                return locate(text, offset, ReadProblem::Limit(error));
            }
            JsonProblem::Syntax(_) => {}
            other => return locate(text, offset, ReadProblem::Format(other.to_string())),
        }
    }
    let offset = start + offset_of(part, error.line(), error.column());
    let message = match error.classify() {
        serde_json::error::Category::Eof => "expected more JSON, found the end of the file".to_owned(),
        serde_json::error::Category::Syntax => {
            format!("expected JSON, found an error: {}", without_position(error))
        }
        _ => without_position(error),
    };
    locate(text, offset, ReadProblem::Format(message))
}

fn is_supported(version: &str) -> bool {
    let major = version.split_once('.').map(|(major, minor)| (major, minor.parse::<u32>()));
    matches!(major, Some(("1", Ok(_))))
}

/// Looks for the version in a text that could not be read.
fn version_of(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Version<'a> {
        #[serde(borrow)]
        format_version: &'a RawValue,
    }
    let Version { format_version } = serde_json::from_str(text).ok()?;
    Some(spelled(format_version))
}

fn spelled(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

struct Reader<'a, 's> {
    text: &'a str,
    limits: &'s Limits,
    sink: &'s mut Sink<'s>,
    /// The error with its place, where the parser's own error would not know it.
    failed: Option<ReadError>,
    version: Option<String>,
}

impl<'a> Reader<'a, '_> {
    fn definition(&mut self, raw: &'a RawValue) -> Result<(), ReadError> {
        let part = raw.get();
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        self.limits
            .check_text(part)
            .map_err(|(error, offset)| locate(self.text, start + offset, ReadProblem::Limit(error)))?;
        let definition: AssetDefinition =
            serde_json::from_str(part).map_err(|error| explain(self.text, start, part, &error))?;
        (self.sink)(definition, start).map_err(|error| locate(self.text, start, ReadProblem::Limit(error)))
    }
}

impl<'a> DeserializeSeed<'a> for &mut Reader<'a, '_> {
    type Value = Header;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Header, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for &mut Reader<'a, '_> {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snapshot as an object with `format_version` and `assets`")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut seen: Vec<Cow<'a, str>> = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            if seen.contains(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            match &*name {
                "format_version" => {
                    let found = spelled(map.next_value()?);
                    let supported = is_supported(&found);
                    self.version = Some(found);
                    if !supported {
                        return Err(A::Error::custom("unsupported format_version"));
                    }
                }
                "provenance" => header.provenance = map.next_value()?,
                "assets" => map.next_value_seed(Definitions(&mut *self))?,
                // Many unknown members are not kept: the list of names seen would cost a search each.
                _ if seen.len() > 64 => {
                    map.next_value::<IgnoredAny>()?;
                    return Err(A::Error::custom("expected at most 64 members of a snapshot, found more"));
                }
                _ => {
                    header.extra.insert(name.to_string(), map.next_value()?);
                }
            }
            seen.push(name);
        }
        if !seen.iter().any(|name| name == "assets") {
            return Err(A::Error::missing_field("assets"));
        }
        Ok(header)
    }
}

struct Definitions<'r, 'a, 's>(&'r mut Reader<'a, 's>);

impl<'a> DeserializeSeed<'a> for Definitions<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Definitions<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of asset definitions")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&RawValue>()? {
            if let Err(error) = self.0.definition(raw) {
                self.0.failed = Some(error);
                return Err(A::Error::custom("a definition could not be read"));
            }
        }
        Ok(())
    }
}
