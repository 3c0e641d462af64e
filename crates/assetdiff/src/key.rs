//! The name of an asset.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::escape::push_escaped;

/// The name of an asset: a non-empty list of components, such as `["analytics", "orders"]`.
///
/// Keys order by their components. The text form joins them with `/` and is one-to-one: inside a
/// component `/` is written `\/`, `\` is `\\`, a hidden character (see [`is_hidden`](crate::is_hidden))
/// is `\u{hex}`, and an empty component is `\e`; everything else stands for itself. So the text form
/// of any key is safe to print. A component cannot hold NUL.
///
/// ```
/// use assetdiff::AssetKey;
///
/// let key = AssetKey::new(["lake", "a/b"])?;
/// assert_eq!(key.to_string(), r"lake/a\/b");
/// assert_eq!(r"lake/a\/b".parse::<AssetKey>()?, key);
/// assert!(AssetKey::new(["a", "b"])? < AssetKey::new(["a-b"])?);
/// # Ok::<(), assetdiff::KeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetKey(Box<str>);

/// Separates components in memory: below every other character, so that comparing the joined text
/// compares the component lists.
const SEPARATOR: char = '\0';

/// Why a list or a text is no asset key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The list of components is empty, or the text is.
    #[error("expected an asset key with at least one component, found none")]
    Empty,
    /// A component holds a NUL character.
    #[error("expected an asset key without NUL characters, found one in component {index} of the key")]
    Nul {
        /// The component, counted from 0.
        index: usize,
    },
    /// The text has a `\` that begins no known escape.
    #[error(
        r"expected one of \\, \/, \e or \u{{hex}} at byte {offset} of the asset key, found another use of \"
    )]
    Escape {
        /// Where the `\` stands, in bytes from the start of the text.
        offset: usize,
    },
}

impl AssetKey {
    /// Returns the key with these components.
    ///
    /// # Errors
    /// [`KeyError::Empty`] for no component, [`KeyError::Nul`] for a component that holds NUL.
    pub fn new<S: AsRef<str>>(components: impl IntoIterator<Item = S>) -> Result<Self, KeyError> {
        let mut joined = String::new();
        let mut count = 0;
        for component in components {
            push_component(&mut joined, component.as_ref(), count)?;
            count += 1;
        }
        if count == 0 {
            return Err(KeyError::Empty);
        }
        Ok(Self(joined.into_boxed_str()))
    }

    /// Returns the components in order; there is at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.0.split(SEPARATOR)
    }

    /// Returns the last component.
    pub fn name(&self) -> &str {
        self.0.rsplit(SEPARATOR).next().unwrap_or_default()
    }

    /// The components joined by NUL: orders and compares like the key.
    pub(crate) fn as_joined(&self) -> &str {
        &self.0
    }

    /// The inverse of [`as_joined`](Self::as_joined).
    pub(crate) fn from_joined(joined: &str) -> Self {
        Self(joined.into())
    }
}

fn push_component(joined: &mut String, component: &str, index: usize) -> Result<(), KeyError> {
    if component.as_bytes().contains(&(SEPARATOR as u8)) {
        return Err(KeyError::Nul { index });
    }
    if index > 0 {
        joined.push(SEPARATOR);
    }
    joined.push_str(component);
    Ok(())
}

impl fmt::Display for AssetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len());
        for (index, component) in self.components().enumerate() {
            if index > 0 {
                text.push('/');
            }
            if component.is_empty() {
                text.push_str("\\e");
            }
            for c in component.chars() {
                match c {
                    '/' => text.push_str("\\/"),
                    '\\' => text.push_str("\\\\"),
                    _ => push_escaped(&mut text, c),
                }
            }
        }
        f.pad(&text)
    }
}

impl fmt::Debug for AssetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetKey({self})")
    }
}

impl FromStr for AssetKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let mut components = vec![String::new()];
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let offset = text.len() - rest.len();
            rest = &rest[c.len_utf8()..];
            let component = components.last_mut().ok_or(KeyError::Empty)?;
            match c {
                '/' => components.push(String::new()),
                '\\' => rest = unescape(rest, component).ok_or(KeyError::Escape { offset })?,
                _ => component.push(c),
            }
        }
        Self::new(components)
    }
}

/// Appends what an escape stands for; `rest` begins after its `\`. Returns what follows it.
fn unescape<'a>(rest: &'a str, component: &mut String) -> Option<&'a str> {
    let (c, after) = rest.split_at_checked(1)?;
    match c {
        "\\" | "/" => component.push_str(c),
        "e" => {}
        "u" => {
            let (hex, after) = after.strip_prefix('{')?.split_once('}')?;
            let digits_only = hex.bytes().all(|b| b.is_ascii_hexdigit());
            let code = u32::from_str_radix(hex, 16).ok().filter(|_| digits_only)?;
            component.push(char::from_u32(code)?);
            return Some(after);
        }
        _ => return None,
    }
    Some(after)
}

impl Serialize for AssetKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.components().count()))?;
        for component in self.components() {
            seq.serialize_element(component)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for AssetKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Components;
        impl<'de> Visitor<'de> for Components {
            type Value = AssetKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an asset key as a list of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AssetKey, A::Error> {
                use serde::de::Error;
                let mut joined = String::new();
                let mut index = 0;
                while let Some(Text(component)) = seq.next_element()? {
                    push_component(&mut joined, &component, index).map_err(A::Error::custom)?;
                    index += 1;
                }
                if index == 0 {
                    return Err(A::Error::custom(KeyError::Empty));
                }
                Ok(AssetKey(joined.into_boxed_str()))
            }
        }
        deserializer.deserialize_seq(Components)
    }
}

/// A string that borrows from the input where it can.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AssetKey {
    fn schema_name() -> Cow<'static, str> {
        "AssetKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The name of an asset: a non-empty list of components without NUL.",
            "type": "array",
            "items": { "type": "string", "pattern": "^[^\\u0000]*$" },
            "minItems": 1,
        })
    }
}
