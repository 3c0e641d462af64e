//! Reads a snapshot in one pass, one definition in memory at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::text::{LEVELS_AROUND, checked_text, explain, locate};
use super::{LimitError, Limits, Provenance, ReadError, ReadProblem, is_version_1, write_snapshot};
use crate::asset::AssetDefinition;
use crate::json::Json;
use crate::wire::Text;

/// What stands around the definitions.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) provenance: Provenance,
    pub(crate) extra: BTreeMap<String, Json>,
}

/// Takes a definition.
pub(crate) type Sink<'s> = dyn FnMut(AssetDefinition) -> Result<(), LimitError> + 's;

/// The most members that a snapshot may have and this version not know.
const MAX_UNKNOWN: usize = 64;

#[derive(Debug, thiserror::Error)]
#[error("expected at most {MAX_UNKNOWN} members of a snapshot that this version does not know, found more")]
struct TooManyUnknown;

impl Header {
    /// Returns what differs when the header is written and read again, if anything does.
    pub(crate) fn difference(&self) -> Option<String> {
        let Self { provenance, extra } = self;
        let mut json = Vec::new();
        // Writing to memory has no way to fail.
        let _ = write_snapshot(&mut json, provenance, extra, std::iter::empty::<AssetDefinition>());
        match read(&json, &Limits::default(), &mut |_| Ok(())) {
            Ok(read) if read.provenance == *provenance && read.extra == *extra => None,
            Ok(_) => Some("another value".to_owned()),
            Err(error) => Some(error.problem.to_string()),
        }
    }
}

/// Reads a snapshot and hands on its definitions as they come.
pub(crate) fn read(bytes: &[u8], limits: &Limits, sink: &mut Sink<'_>) -> Result<Header, ReadError> {
    let text = checked_text(bytes, limits)?;
    let mut reader = Reader { sink, full: None, version: None };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Before anything takes memory; its error is told unless the version explains it.
    let checked = limits.check_text(text, LEVELS_AROUND);
    let result =
        checked.map_err(|(error, offset)| locate(text, offset, ReadProblem::Limit(error))).and_then(|()| {
            let result = (&mut reader).deserialize(&mut deserializer);
            let result = result.and_then(|header| deserializer.end().map(|()| header));
            result.map_err(|error| explain(text, 0, text, &error))
        });
    let Reader { full, version, .. } = reader;
    let error = match (result, full) {
        (Ok(header), _) if version.is_some() => return Ok(header),
        (Ok(_), _) => {
            locate(text, 0, ReadProblem::Format("expected a member `format_version`, found none".into()))
        }
        (Err(_), Some((index, error))) => {
            locate(text, start_of_definition(text, index), ReadProblem::Limit(error))
        }
        (Err(error), None) => error,
    };
    // What another version wrote need not make sense here: then the version is the error.
    Err(match version.or_else(|| version_of(text)) {
        Some(found) if !is_version_1(&found) => locate(text, 0, ReadProblem::Version { found }),
        _ => error,
    })
}

/// Returns the byte where a definition begins, or 0 if the text is not valid behind it.
fn start_of_definition(text: &str, index: usize) -> usize {
    #[derive(serde::Deserialize)]
    struct Assets<'a> {
        #[serde(borrow)]
        assets: Vec<&'a RawValue>,
    }
    let assets = serde_json::from_str::<Assets<'_>>(text).map(|read| read.assets).unwrap_or_default();
    assets.get(index).map_or(0, |raw| raw.get().as_ptr() as usize - text.as_ptr() as usize)
}

/// Looks for the version in a text that could not be read.
fn version_of(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Version {
        format_version: String,
    }
    // A list is no snapshot of any version.
    let object = Some(text).filter(|text| text.trim_ascii_start().starts_with('{'))?;
    let Version { format_version } = serde_json::from_str(object).ok()?;
    Some(format_version)
}

struct Reader<'s> {
    sink: &'s mut Sink<'s>,
    /// The definition at which there was too much.
    full: Option<(usize, LimitError)>,
    version: Option<String>,
}

impl<'a> DeserializeSeed<'a> for &mut Reader<'_> {
    type Value = Header;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Header, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for &mut Reader<'_> {
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
                    let Text(found) = map.next_value()?;
                    let is_supported = is_version_1(&found);
                    self.version = Some(found.into_owned());
                    if !is_supported {
                        return Err(A::Error::custom("unsupported format_version"));
                    }
                }
                "provenance" => header.provenance = map.next_value()?,
                "assets" => map.next_value_seed(Definitions(&mut *self))?,
                // The list of names seen costs a search each.
                _ if header.extra.len() == MAX_UNKNOWN => {
                    return Err(A::Error::custom(TooManyUnknown));
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

struct Definitions<'r, 's>(&'r mut Reader<'s>);

impl<'a> DeserializeSeed<'a> for Definitions<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Definitions<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of asset definitions")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(definition) = seq.next_element()? {
            if let Err(error) = (self.0.sink)(definition) {
                let stop = A::Error::custom(&error);
                self.0.full = Some((index, error));
                return Err(stop);
            }
            index += 1;
        }
        Ok(())
    }
}
