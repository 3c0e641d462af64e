//! Typed values of metadata: two values of different type are different, whatever their text.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::asset::Column;
use crate::json::Json;
use crate::key::AssetKey;
use crate::wire::{objects_only, tagged};

objects_only!(ColumnRef, FileReference, JobRef, PythonArtifact, Table, TableSchema, UrlReference);

/// A typed value of an asset's metadata.
///
/// On the wire `{"type": "int", "value": 3}`. Equality is of type and value: the text `"a"` and
/// the URL `"a"` differ, and so do the integer 1 and the float 1.0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MetadataValue {
    /// Plain text.
    Text(String),
    /// A URL.
    Url(String),
    /// A file path.
    Path(String),
    /// The path of a notebook.
    Notebook(String),
    /// Markdown text.
    Markdown(String),
    /// Any JSON.
    Json(Json),
    /// A whole number of any size.
    Int(Integer),
    /// A floating-point number.
    Float(Float),
    /// True or false.
    Bool(bool),
    /// A point in time.
    Timestamp(Timestamp),
    /// Nothing, stated.
    Null,
    /// Rows with their schema.
    Table(Table),
    /// The columns of a table.
    TableSchema(TableSchema),
    /// For each column, the columns it is made from.
    ColumnLineage(BTreeMap<String, Vec<ColumnRef>>),
    /// Where the code stands.
    CodeReferences(Vec<CodeReference>),
    /// Another asset.
    Asset(AssetKey),
    /// The identifier of a run.
    Run(String),
    /// A job.
    Job(JobRef),
    /// A concurrency pool.
    Pool(String),
    /// A Python module or class.
    PythonArtifact(PythonArtifact),
    /// A type that this version does not know, kept as it came.
    Other {
        /// The name of the type.
        type_name: String,
        /// Its value.
        value: Json,
    },
}

tagged!(MetadataValue: "a typed metadata value as an object with `type` and `value`" {
    Text(value) = "text",
    Url(value) = "url",
    Path(value) = "path",
    Notebook(value) = "notebook",
    Markdown(value) = "markdown",
    Json(value) = "json",
    Int(value) = "int",
    Float(value) = "float",
    Bool(value) = "bool",
    Timestamp(value) = "timestamp",
    Null = "null",
    Table(value) = "table",
    TableSchema(value) = "table_schema",
    ColumnLineage(value) [map] = "column_lineage",
    CodeReferences(value) = "code_references",
    Asset(value) = "asset",
    Run(value) = "run",
    Job(value) = "job",
    Pool(value) = "pool",
    PythonArtifact(value) = "python_artifact",
});

/// Rows and the schema of the table they stand in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (table)", deny_unknown_fields)]
pub struct Table {
    /// The rows, each as a JSON object.
    pub records: Vec<Json>,
    /// The columns and constraints.
    pub schema: TableSchema,
}

/// The columns of a table and the constraints on all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (table schema)", deny_unknown_fields)]
pub struct TableSchema {
    /// The columns in order.
    pub columns: Vec<Column>,
    /// Constraints on the table, as the tool states them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
}

/// A column of an asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (column reference)", deny_unknown_fields)]
pub struct ColumnRef {
    /// The asset.
    pub asset: AssetKey,
    /// The name of its column.
    pub column: String,
}

/// Where code stands: in a file or at a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeReference {
    /// A place in a file.
    File(FileReference),
    /// A URL.
    Url(UrlReference),
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (file reference)", deny_unknown_fields)]
pub struct FileReference {
    /// How the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The file.
    pub path: String,
}

/// Code at a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (url reference)", deny_unknown_fields)]
pub struct UrlReference {
    /// How the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The URL.
    pub url: String,
}

/// A job of a code location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (job reference)", deny_unknown_fields)]
pub struct JobRef {
    /// The code location, if stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_location: Option<String>,
    /// The name of the job.
    pub name: String,
    /// The repository inside the code location, if stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// A named thing in a Python module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (python artifact)", deny_unknown_fields)]
pub struct PythonArtifact {
    /// The module.
    pub module: String,
    /// The name in it.
    pub name: String,
}

/// A whole number of any size, kept by its digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integer(Json);

/// A floating-point number, kept as its exact decimal value or as `NaN`, `Infinity`, `-Infinity`.
///
/// NaN equals NaN. On the wire a JSON number, or a string for the three that JSON has no number for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Float(Json);

/// A text that does not spell the number or time that it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseValueError {
    expected: &'static str,
    found: String,
}

const FLOAT: &str = "a number, \"NaN\", \"Infinity\" or \"-Infinity\"";

impl Integer {
    /// Returns the digits, with a `-` if negative.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn of_json(json: Json) -> Result<Self, ParseValueError> {
        if is_whole(json.as_str()) { Ok(Self(json)) } else { Err(Self::error(json.as_str())) }
    }

    fn error(found: &str) -> ParseValueError {
        ParseValueError { expected: "a whole number", found: found.to_owned() }
    }
}

/// Returns whether a JSON text is a number without a fraction and an exponent.
fn is_whole(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    digits.bytes().all(|b| b.is_ascii_digit())
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl FromStr for Integer {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        match Json::parse(text) {
            Ok(json) if json.as_str() == text => Self::of_json(json),
            _ => Err(Self::error(text)),
        }
    }
}

impl Float {
    /// Returns the canonical text: a decimal number with a `.`, `NaN`, `Infinity` or `-Infinity`.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_matches('"')
    }

    fn of_json(json: Json) -> Result<Self, ParseValueError> {
        let text = json.as_str();
        match text.as_bytes().first() {
            // An integer is the same float as its fraction: 1 is 1.0.
            Some(b'-' | b'0'..=b'9') if is_whole(text) => {
                Json::parse(&format!("{text}.0")).map(Self).map_err(|_| Self::error(text))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Self(json)),
            _ if matches!(text, r#""NaN""# | r#""Infinity""# | r#""-Infinity""#) => Ok(Self(json)),
            _ => Err(Self::error(text)),
        }
    }

    fn error(found: &str) -> ParseValueError {
        ParseValueError { expected: FLOAT, found: found.to_owned() }
    }
}

impl From<f64> for Float {
    fn from(value: f64) -> Self {
        let text = if value.is_nan() {
            "NaN".to_owned()
        } else if value.is_infinite() {
            if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
        } else {
            format!("{value:e}")
        };
        // Every spelling above is one that is read back.
        text.parse().unwrap_or_else(|_| Self(Json::from("NaN")))
    }
}

impl FromStr for Float {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        if matches!(text, "NaN" | "Infinity" | "-Infinity") {
            return Ok(Self(Json::from(text)));
        }
        let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        match Json::parse(text) {
            Ok(json) if is_number && !text.ends_with(char::is_whitespace) => Self::of_json(json),
            _ => Err(Self::error(text)),
        }
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of_json(Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of_json(Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A point in time, to the nanosecond, between the years -9999 and 9999.
///
/// On the wire RFC 3339 in UTC, such as `"2024-03-10T00:00:00Z"`; read with any offset.
///
/// ```
/// use assetdiff::Timestamp;
///
/// let time: Timestamp = "2024-03-10T02:00:00+02:00".parse()?;
/// assert_eq!(time.to_string(), "2024-03-10T00:00:00Z");
/// assert_eq!(time, Timestamp::from_unix_seconds(1_710_028_800)?);
/// # Ok::<(), assetdiff::ParseValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// Returns the time that lies this many seconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`ParseValueError`] if the year would be beyond ±9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, ParseValueError> {
        jiff::Timestamp::from_second(seconds).map(Self).map_err(|_| out_of_range(&format!("{seconds} s")))
    }

    /// Returns the time that lies this many nanoseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`ParseValueError`] if the year would be beyond ±9999.
    pub fn from_unix_nanoseconds(nanoseconds: i128) -> Result<Self, ParseValueError> {
        jiff::Timestamp::from_nanosecond(nanoseconds)
            .map(Self)
            .map_err(|_| out_of_range(&format!("{nanoseconds} ns")))
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z.
    pub fn unix_nanoseconds(&self) -> i128 {
        self.0.as_nanosecond()
    }
}

fn out_of_range(found: &str) -> ParseValueError {
    ParseValueError { expected: "a time between the years -9999 and 9999", found: found.to_owned() }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        text.parse().map(Self).map_err(|_| ParseValueError {
            expected: "a time such as 2024-03-10T00:00:00Z",
            found: text.to_owned(),
        })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let crate::wire::Text(text) = Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use super::{Float, Integer, Timestamp};
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    macro_rules! inline_schema {
        ($name:ident, $schema:tt) => {
            impl JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        };
    }

    inline_schema!(Integer, { "description": "A whole number of any size, without `.` or exponent.", "type": "integer" });
    inline_schema!(Float, { "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }] });
    inline_schema!(Timestamp, { "description": "RFC 3339 with an offset.", "type": "string", "pattern": "^[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}[Tt ]" });
}
