//! The least that any tool must do with the same two files: serde_json into plain borrowed structs.
//!
//! It checks nothing beyond the types, sorts nothing, hashes nothing and compares nothing.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// A snapshot as it stands in the text.
#[derive(Debug, Deserialize)]
pub struct Snapshot<'a> {
    /// The version.
    #[serde(borrow)]
    pub format_version: Cow<'a, str>,
    /// The assets.
    #[serde(borrow)]
    pub assets: Vec<Asset<'a>>,
}

/// An asset as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Asset<'a> {
    /// The key.
    #[serde(borrow)]
    pub key: Vec<Cow<'a, str>>,
    /// The code version.
    #[serde(borrow)]
    pub code_version: Option<CodeVersion<'a>>,
    /// The columns.
    #[serde(borrow)]
    pub columns: Option<Vec<Column<'a>>>,
    /// The dependencies.
    #[serde(borrow)]
    pub dependencies: Vec<Dependency<'a>>,
    /// The description.
    #[serde(borrow)]
    pub description: Option<Cow<'a, str>>,
    /// The metadata.
    #[serde(borrow)]
    pub metadata: Pairs<'a, Typed<'a>>,
    /// The owners.
    #[serde(borrow)]
    pub owners: Vec<Cow<'a, str>>,
    /// The partitions.
    #[serde(borrow)]
    pub partitions: Option<Typed<'a>>,
    /// The tags.
    #[serde(borrow)]
    pub tags: Pairs<'a, Cow<'a, str>>,
}

/// A code version.
#[derive(Debug, Deserialize)]
pub struct CodeVersion<'a> {
    /// The version.
    #[serde(borrow)]
    pub version: Option<Cow<'a, str>>,
}

/// A column.
#[derive(Debug, Deserialize)]
pub struct Column<'a> {
    /// The name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// The type.
    #[serde(borrow)]
    pub data_type: Option<Cow<'a, str>>,
}

/// A dependency.
#[derive(Debug, Deserialize)]
pub struct Dependency<'a> {
    /// The upstream key.
    #[serde(borrow)]
    pub key: Vec<Cow<'a, str>>,
    /// The mapping.
    #[serde(borrow)]
    pub mapping: Option<Typed<'a>>,
}

/// A value with the name of its type.
#[derive(Debug, Deserialize)]
pub struct Typed<'a> {
    /// The name of the type.
    #[serde(borrow, rename = "type")]
    pub type_name: &'a str,
    /// The value, unread.
    #[serde(borrow)]
    pub value: Option<&'a RawValue>,
}

/// The members of an object in the order of the text.
#[derive(Debug)]
pub struct Pairs<'a, V>(pub Vec<(Cow<'a, str>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Vec<(Cow<'de, str>, V)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Members(std::marker::PhantomData)).map(Self)
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a snapshot.
///
/// # Errors
/// Those of serde_json.
pub fn parse(bytes: &[u8]) -> serde_json::Result<Snapshot<'_>> {
    serde_json::from_slice(bytes)
}
