//! JSON values as canonical text: exact numbers, no tree, one text for one value.

mod canonical;
mod number;
mod pointer;
mod scan;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub(crate) use canonical::{depth, quote};
pub use pointer::JsonChange;
pub(crate) use scan::{Members, end_of_string, items};

/// How deep arrays and objects may be nested inside a value, and inside a definition.
pub const MAX_DEPTH: usize = 128;

/// How deep they may be nested in a file: what stands around its definitions comes on top.
const MAX_FILE_DEPTH: usize = MAX_DEPTH + 16;

/// A JSON value, kept as its canonical text.
///
/// Two values are equal exactly when their canonical texts are: no white space; object members in
/// the order of their keys (by Unicode code points), each key once; strings with the shortest
/// escapes; integers as written, of any length; other numbers as their exact decimal value with
/// a `.` (`1` and `1.0` differ, `1.0` and `1.00` do not, the sign of zero counts). A value takes
/// about as much memory as its text.
///
/// ```
/// use assetdiff::Json;
///
/// let json = Json::parse(r#"{ "b": 1.50, "a": 18446744073709551616 }"#)?;
/// assert_eq!(json.as_str(), r#"{"a":18446744073709551616,"b":1.5}"#);
/// # Ok::<(), assetdiff::JsonError>(())
/// ```
#[derive(Clone)]
pub struct Json(Box<RawValue>);

/// Why a text is no JSON value of ours, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (byte {offset})")]
pub struct JsonError {
    /// What is wrong.
    pub problem: JsonProblem,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

/// What can be wrong with a JSON text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonProblem {
    /// The text does not follow the grammar.
    #[error("expected JSON, found {0}")]
    Syntax(String),
    /// An object has the same key twice.
    #[error("expected each key of an object once, found {key:?} again (first at byte {first})")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands first, in bytes from the start of the text.
        first: usize,
    },
    /// Arrays and objects are nested too deep.
    #[error("expected at most {limit} nested arrays and objects, found more")]
    TooDeep {
        /// The most that is allowed.
        limit: usize,
    },
    /// A `\ud800` to `\udfff` escape stands alone.
    #[error("expected a pair of surrogates, found half of one")]
    LoneSurrogate,
    /// An exponent is beyond ±10^15.
    #[error("expected an exponent within 10^15, found a larger one")]
    Exponent,
}

impl Json {
    /// Returns the value of a JSON text.
    ///
    /// # Errors
    /// [`JsonError`] for bad syntax, a key that stands twice in an object, nesting deeper than
    /// [`MAX_DEPTH`], half a surrogate pair, or an exponent beyond 10^15. Costs one pass.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        Self::parse_within(text, MAX_DEPTH)
    }

    /// Returns the value of a whole file's text, which may hold a few more levels.
    pub(crate) fn parse_file(text: &str) -> Result<Self, JsonError> {
        Self::parse_within(text, MAX_FILE_DEPTH)
    }

    fn parse_within(text: &str, max_depth: usize) -> Result<Self, JsonError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| JsonError {
            offset: offset_of(text, error.line(), error.column()),
            problem: JsonProblem::Syntax(without_position(&error)),
        })?;
        let lead = text.len() - text.trim_start_matches([' ', '\n', '\r', '\t']).len();
        match canonical::canonicalize(raw.get(), max_depth) {
            Ok(text) => Ok(Self::from_canonical(text)),
            Err(error) => Err(JsonError { offset: error.offset + lead, ..error }),
        }
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// Returns an array of values.
    pub fn array(items: impl IntoIterator<Item = Json>) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| item.as_str().to_owned()).collect();
        Self::from_canonical(format!("[{}]", items.join(",")))
    }

    /// Returns an object; of two members with one key the last one counts.
    pub fn object<K: AsRef<str>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        let sorted: std::collections::BTreeMap<String, Json> =
            members.into_iter().map(|(key, value)| (key.as_ref().to_owned(), value)).collect();
        let members: Vec<String> =
            sorted.iter().map(|(key, value)| format!("{}:{}", quote(key), value.as_str())).collect();
        Self::from_canonical(format!("{{{}}}", members.join(",")))
    }

    /// Wraps a text that was put together as canonical.
    fn from_canonical(text: String) -> Self {
        RawValue::from_string(text).map_or_else(|_| Self::null(), Self)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::from_canonical(quote(text))
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::from_canonical(value.to_string())
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::from_canonical(value.to_string())
    }
}

/// Returns the byte offset of a line and a column, both counted from 1 (the column in bytes).
pub(crate) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// Returns the message of a parser error without its ` at line … column …`.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl PartialOrd for Json {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Json {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({self})")
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if canonical::is_plain(raw.get()) {
            return Ok(Self(raw.to_owned()));
        }
        let text = canonical::canonicalize(raw.get(), MAX_DEPTH).map_err(serde::de::Error::custom)?;
        Ok(Self::from_canonical(text))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Json {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}
