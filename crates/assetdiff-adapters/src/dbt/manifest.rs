//! The manifest as sections of nodes, each node as its members in the order of the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assetdiff::{Json, JsonText, Provenance, ReadError};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The schema versions that are read.
const SCHEMA_VERSIONS: std::ops::RangeInclusive<u32> = 9..=12;

/// The sections that are read: those that hold assets or checks, and the groups.
const SECTIONS: [&str; 10] = [
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "functions",
    "macros",
    "unit_tests",
    "groups",
];

/// A manifest, with every node as text.
pub(super) struct Manifest<'a> {
    pub(super) text: JsonText<'a>,
    metadata: Metadata,
    sections: BTreeMap<&'static str, Vec<Entry<'a>>>,
}

#[derive(Clone, Deserialize)]
struct Metadata {
    dbt_schema_version: String,
    #[serde(default)]
    dbt_version: Option<String>,
    #[serde(default)]
    generated_at: Option<String>,
    #[serde(default)]
    adapter_type: Option<String>,
    #[serde(default)]
    project_name: Option<String>,
}

/// One node as text, under its unique id.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) raw: &'a str,
}

/// One node: its unique id and its members.
pub(super) struct Node<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) fields: Fields<'a>,
}

/// The members of an object.
pub(super) struct Fields<'a> {
    text: JsonText<'a>,
    /// The object itself.
    raw: &'a str,
    members: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

impl<'a> Manifest<'a> {
    /// Cuts a text into nodes.
    pub(super) fn read(text: JsonText<'a>) -> Result<Self, ReadError> {
        let sections = members(text, text.as_str())?;
        let Some(metadata) = sections.get("metadata") else {
            let found = "expected a dbt manifest, found an object without `metadata`";
            return Err(text.error(text.as_str(), found.to_owned()));
        };
        let metadata_text = metadata.get();
        let metadata: Metadata = text.read(metadata_text)?;
        let version = metadata.dbt_schema_version.rsplit_once("/manifest/v");
        let version = version.and_then(|(_, v)| v.strip_suffix(".json")?.parse::<u32>().ok());
        if !version.is_some_and(|version| SCHEMA_VERSIONS.contains(&version)) {
            let message = format!(
                "expected a dbt manifest of schema v{} to v{}, found {:?}: run `dbt parse` with dbt 1.5 to 1.12",
                SCHEMA_VERSIONS.start(),
                SCHEMA_VERSIONS.end(),
                metadata.dbt_schema_version,
            );
            return Err(text.error(metadata_text, message));
        }
        let mut cut = BTreeMap::new();
        for name in SECTIONS {
            if let Some(raw) = sections.get(name) {
                let nodes = ordered(text, raw.get())?.into_iter();
                cut.insert(name, nodes.map(|(id, raw)| Entry { id, raw: raw.get() }).collect());
            }
        }
        Ok(Self { text, metadata, sections: cut })
    }

    /// Returns the manifest with only those nodes for which `keeps` is true; it is asked of each with its section.
    pub(super) fn with_only(&self, mut keeps: impl FnMut(&str, &Entry<'a>) -> bool) -> Self {
        let kept = self.sections.iter().map(|(name, entries)| {
            (*name, entries.iter().filter(|entry| keeps(name, entry)).cloned().collect())
        });
        Self { sections: kept.collect(), metadata: self.metadata.clone(), ..*self }
    }

    /// Returns the nodes of a section, in the order of the file; none if it has no such section.
    pub(super) fn section(&self, name: &str) -> &[Entry<'a>] {
        self.sections.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the nodes of all sections, each with its section; the groups are none.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'static str, &Entry<'a>)> {
        let sections = self.sections.iter().filter(|(name, _)| **name != "groups");
        sections.flat_map(|(name, entries)| entries.iter().map(|entry| (*name, entry)))
    }

    /// Reads the members of a node.
    pub(super) fn node(&self, entry: &Entry<'a>) -> Result<Node<'a>, ReadError> {
        Ok(Node { id: entry.id.clone(), fields: Fields::read(self.text, entry.raw)? })
    }

    /// The database that the project is made for, such as `duckdb`.
    pub(super) fn adapter(&self) -> Option<&str> {
        self.metadata.adapter_type.as_deref()
    }

    pub(super) fn provenance(&self) -> Provenance {
        let Metadata { dbt_schema_version: _, dbt_version, generated_at, adapter_type: _, project_name } =
            &self.metadata;
        let created_at = generated_at.as_ref().and_then(|time| time.parse().ok());
        let project = project_name.as_ref().map(|name| ("dbt.project".to_owned(), Json::from(name.as_str())));
        Provenance {
            created_at,
            producer: Some("dbt".to_owned()),
            producer_version: dbt_version.clone(),
            extra: project.into_iter().collect(),
            ..Provenance::default()
        }
    }
}

impl<'a> Fields<'a> {
    pub(super) fn read(text: JsonText<'a>, raw: &'a str) -> Result<Self, ReadError> {
        Ok(Self { text, raw, members: members(text, raw)? })
    }

    /// Takes a member out; `None` if it is missing or null.
    pub(super) fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, ReadError> {
        match self.members.remove(name) {
            Some(raw) if raw.get() != "null" => self.text.read(raw.get()).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a member without taking it out.
    pub(super) fn peek<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, ReadError> {
        match self.members.get(name) {
            Some(raw) if raw.get() != "null" => self.text.read(raw.get()).map(Some),
            _ => Ok(None),
        }
    }

    /// Takes a text out; `None` if it is missing, null or empty.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        Ok(self.take(name)?.filter(|text: &String| !text.is_empty()))
    }

    /// Takes out what a value states.
    pub(super) fn take_stated(&mut self, name: &str) -> Result<Option<Json>, ReadError> {
        Ok(self.take(name)?.as_ref().and_then(stated))
    }

    /// Takes an object out; one without members if it is missing or null.
    pub(super) fn take_fields(&mut self, name: &str) -> Result<Self, ReadError> {
        let fields = self.peek_fields(name)?;
        self.members.remove(name);
        Ok(fields)
    }

    /// Reads an object without taking it out; one without members if it is missing or null.
    pub(super) fn peek_fields(&self, name: &str) -> Result<Self, ReadError> {
        match self.members.get(name) {
            Some(raw) if raw.get() != "null" => Self::read(self.text, raw.get()),
            _ => Ok(Self { text: self.text, raw: "{}", members: BTreeMap::new() }),
        }
    }

    /// Takes an object out as its members in the order of the file.
    pub(super) fn take_ordered(&mut self, name: &str) -> Result<Vec<(Cow<'a, str>, Self)>, ReadError> {
        let members = match self.members.remove(name) {
            Some(raw) if raw.get() != "null" => ordered(self.text, raw.get())?,
            _ => Vec::new(),
        };
        members.into_iter().map(|(name, raw)| Ok((name, Self::read(self.text, raw.get())?))).collect()
    }

    /// Drops members.
    pub(super) fn drop(&mut self, names: &[&str]) {
        self.members.retain(|name, _| !names.contains(&&**name));
    }

    /// Takes out what all that is left states.
    pub(super) fn take_rest(&mut self) -> Result<BTreeMap<String, Json>, ReadError> {
        let names: Vec<String> = self.members.keys().map(ToString::to_string).collect();
        let mut rest = BTreeMap::new();
        for name in names {
            if let Some(value) = self.take_stated(&name)? {
                rest.insert(name, value);
            }
        }
        Ok(rest)
    }

    /// Returns all members.
    pub(super) fn values(&self) -> Result<BTreeMap<String, Json>, ReadError> {
        let values =
            self.members.iter().map(|(name, raw)| Ok((name.to_string(), self.text.read(raw.get())?)));
        values.collect()
    }

    /// Returns an error about this object.
    pub(super) fn error(&self, message: String) -> ReadError {
        self.text.error(self.raw, message)
    }
}

/// Returns what a value states; `None` for nothing.
///
/// dbt writes what is not stated as null or as an empty text, list or object, and which of these, and
/// which members at all, changes between its versions.
pub(super) fn stated(value: &Json) -> Option<Json> {
    match value.as_str() {
        "null" | "\"\"" | "[]" => None,
        text if text.starts_with('{') => {
            let members: BTreeMap<String, Json> = serde_json::from_str(text).unwrap_or_default();
            let members: BTreeMap<String, Json> =
                members.into_iter().filter_map(|(name, value)| Some((name, stated(&value)?))).collect();
            (!members.is_empty()).then(|| Json::object(members))
        }
        _ => Some(value.clone()),
    }
}

/// Reads an object as its members by name.
fn members<'a>(text: JsonText<'a>, raw: &'a str) -> Result<BTreeMap<Cow<'a, str>, &'a RawValue>, ReadError> {
    Ok(ordered(text, raw)?.into_iter().collect())
}

/// Reads an object in the order of the file.
///
/// # Errors
/// [`ReadError`] for a name that stands twice, too.
pub(super) fn ordered<'a>(
    text: JsonText<'a>,
    raw: &'a str,
) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, ReadError> {
    let Ordered(members) = text.read(raw)?;
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    if names.is_sorted_by(|a, b| a < b) {
        return Ok(members);
    }
    // A name stands twice: the whole value is read for the error that says where.
    text.read::<Json>(raw).map(|_| members)
}

/// An object in the order of the file; a name may stand twice.
pub(super) struct Ordered<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Ordered<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> serde::de::Visitor<'de> for Members<'a> {
            type Value = Ordered<'a>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered<'a>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}
