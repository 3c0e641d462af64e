//! Identities of definitions, of assets with all that they are made from, and of snapshots.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first 128 bits of a BLAKE3 hash over canonical bytes.
///
/// Equal fingerprints mean equal values, on every machine, in every version of format 1 and for
/// every order of the input. The bytes that are hashed:
///
/// - a definition: its canonical JSON text (UTF-8), which is the object with its members in the
///   order of their names, defaults left out, dependencies by key, checks by name, no white space;
/// - an asset with everything upstream: the number of its definitions (64 bits, little-endian),
///   their fingerprints in the order of the code locations, then for each upstream key but its own,
///   in order, the key's canonical JSON text and the upstream asset's fingerprint of this kind, or
///   16 zero bytes if nothing defines it;
/// - a snapshot: the fingerprints of all definitions, ordered by key and code location.
///
/// `tests/vectors/fingerprints.json` in the repository has examples to check another
/// implementation against. Written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Stands for an asset that nothing defines.
    pub(crate) const UNDEFINED: Self = Self([0; 16]);

    /// Returns the fingerprint of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::first_half(blake3::hash(bytes))
    }

    fn first_half(hash: blake3::Hash) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&hash.as_bytes()[..16]);
        Self(first)
    }

    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Makes a fingerprint of bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Hasher(blake3::Hasher);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(&self) -> Fingerprint {
        Fingerprint::first_half(self.0.finalize())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a fingerprint of 32 hexadecimal digits, found {0:?}")]
pub struct ParseFingerprintError(String);

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        let is_hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex
            .then(|| u128::from_str_radix(text, 16).ok())
            .flatten()
            .map(|number| Self(number.to_be_bytes()))
            .ok_or_else(|| ParseFingerprintError(text.to_owned()))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let crate::wire::Text(text) = Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Fingerprint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
    }
}
