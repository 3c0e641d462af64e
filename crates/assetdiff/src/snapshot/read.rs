//! Reads a snapshot in one pass, one definition in memory at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::text::{checked_text, explain, locate};
use super::{LimitError, Limits, Provenance, ReadError, ReadProblem};
use crate::asset::AssetDefinition;
use crate::json::Json;
use crate::wire::Text;

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
