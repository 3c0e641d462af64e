//! The least that any tool that reads all of the same two files must do: parse them into plain borrowed structs, by
//! serde_json or by sonic-rs.
//!
//! It checks nothing beyond the types, sorts nothing, hashes nothing and compares nothing. Values are left as
//! their text, in the type that each parser has for it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// A snapshot as it stands in the text.
#[derive(Debug, Deserialize)]
pub struct Snapshot<'a, R> {
    /// The version.
    #[serde(borrow)]
    pub format_version: Cow<'a, str>,
    /// The assets.
    #[serde(borrow)]
    pub assets: Vec<Asset<'a, R>>,
}

/// An asset as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub struct Asset<'a, R> {
    /// The key.
    #[serde(borrow, default)]
    pub key: Vec<Cow<'a, str>>,
    /// The code version.
    #[serde(borrow, default)]
    pub code_version: Option<CodeVersion<'a>>,
    /// The columns.
    #[serde(borrow, default)]
    pub columns: Option<Vec<Column<'a>>>,
    /// The dependencies.
    #[serde(borrow, default)]
    pub dependencies: Vec<Dependency<'a, R>>,
    /// The description.
    #[serde(borrow, default)]
    pub description: Option<Cow<'a, str>>,
    /// The metadata.
    #[serde(borrow, default)]
    pub metadata: Pairs<'a, Typed<'a, R>>,
    /// The owners.
    #[serde(borrow, default)]
    pub owners: Vec<Cow<'a, str>>,
    /// The partitions.
    #[serde(borrow, default)]
    pub partitions: Option<Typed<'a, R>>,
    /// The tags.
    #[serde(borrow, default)]
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
pub struct Dependency<'a, R> {
    /// The upstream key.
    #[serde(borrow)]
    pub key: Vec<Cow<'a, str>>,
    /// The mapping.
    #[serde(borrow)]
    pub mapping: Option<Typed<'a, R>>,
}

/// A value with the name of its type.
#[derive(Debug, Deserialize)]
pub struct Typed<'a, R> {
    /// The name of the type.
    #[serde(borrow, rename = "type")]
    pub type_name: &'a str,
    /// The value, unread.
    pub value: Option<R>,
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
pub fn parse(bytes: &[u8]) -> serde_json::Result<Snapshot<'_, &RawValue>> {
    serde_json::from_slice(bytes)
}

/// Reads a snapshot by sonic-rs.
///
/// # Errors
/// Those of sonic-rs.
pub fn parse_sonic(bytes: &[u8]) -> sonic_rs::Result<Snapshot<'_, sonic_rs::LazyValue<'_>>> {
    sonic_rs::from_slice(bytes)
}
