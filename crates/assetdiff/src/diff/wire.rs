//! The JSON form of a change set.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde::{Deserialize, Serialize as DeriveSerialize};

use super::change_set::{
    AssetChange, ChangeSet, Fingerprints, Modified, Relocated, Summary, UndefinedUpstream,
};
use super::kind::{ChangeKind, EffectOverrides, Effects};
use super::modification::Modification;
use super::rules::Suppressed;
use super::value_diff::{MapDiff, ValueDiff};
use crate::asset::{AssetDefinition, CodePart, CodeVersion};
use crate::json::{Json, without_position};
use crate::key::AssetKey;
use crate::snapshot::{Provenance, is_version_1};
use crate::value::MetadataValue;

/// The version of the JSON form of change sets: within a major version members are only added.
pub const CHANGE_SET_FORMAT_VERSION: &str = "1.0";

/// Why a text is no change set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a change set of format_version {CHANGE_SET_FORMAT_VERSION}, found {found} at line {line}, column {column}"
)]
pub struct ReadChangeSetError {
    found: String,
    line: usize,
    column: usize,
}

impl ChangeSet {
    /// Returns the JSON form: the same bytes for the same change set.
    ///
    /// Besides what is read back, every change states its `kinds` and `effects`, the whole a
    /// `summary`, and columns, partitions, code and JSON metadata what differs inside them.
    pub fn to_json(&self) -> String {
        // Every type of ours can be written as JSON, and memory takes it.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns the change set of its JSON form.
    ///
    /// # Errors
    /// [`ReadChangeSetError`] for a text that is no JSON, another major version, or not of the form.
    pub fn from_json(text: &str) -> Result<Self, ReadChangeSetError> {
        let error = |found: String| ReadChangeSetError { found, line: 1, column: 1 };
        #[derive(Deserialize)]
        struct Version {
            format_version: String,
        }
        let parsed = |error: serde_json::Error| ReadChangeSetError {
            found: without_position(&error),
            line: error.line(),
            column: error.column(),
        };
        // Members that stand twice would be read as the last of them.
        let json = Json::parse_file(text).map_err(|e| error(e.to_string()))?;
        let Version { format_version } = serde_json::from_str(text).map_err(parsed)?;
        if !is_version_1(&format_version) {
            return Err(error(format!("version {format_version:?}")));
        }
        let Read {
            graphs,
            base,
            head,
            added,
            removed,
            renamed,
            moved,
            modified,
            undefined_upstreams,
            suppressed,
            effect_overrides,
        } = serde_json::from_str(json.as_str()).map_err(|e| error(without_position(&e)))?;
        Ok(Self {
            graphs,
            base,
            head,
            added,
            removed,
            renamed,
            moved,
            modified,
            undefined_upstreams,
            suppressed,
            effect_overrides,
        })
    }
}

#[derive(Deserialize)]
struct Read {
    graphs: Option<Fingerprints>,
    base: Provenance,
    head: Provenance,
    added: Vec<AssetDefinition>,
    removed: Vec<AssetDefinition>,
    renamed: Vec<Relocated>,
    moved: Vec<Relocated>,
    modified: Vec<Modified>,
    undefined_upstreams: Vec<UndefinedUpstream>,
    suppressed: Vec<Suppressed>,
    effect_overrides: EffectOverrides,
}

impl Serialize for ChangeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(DeriveSerialize)]
        struct Written<'a> {
            format_version: &'static str,
            graphs: &'a Option<Fingerprints>,
            base: &'a Provenance,
            head: &'a Provenance,
            summary: Summary,
            added: &'a [AssetDefinition],
            removed: &'a [AssetDefinition],
            renamed: Vec<RelocatedChange<'a>>,
            moved: Vec<RelocatedChange<'a>>,
            modified: Vec<ModifiedChange<'a>>,
            undefined_upstreams: &'a [UndefinedUpstream],
            suppressed: &'a [Suppressed],
            effect_overrides: &'a EffectOverrides,
        }
        let Self {
            graphs,
            base,
            head,
            added,
            removed,
            renamed,
            moved,
            modified,
            undefined_upstreams,
            suppressed,
            effect_overrides,
        } = self;
        Written {
            format_version: CHANGE_SET_FORMAT_VERSION,
            graphs,
            base,
            head,
            summary: self.summary(),
            added,
            removed,
            renamed: renamed
                .iter()
                .map(|r| RelocatedChange::of(r, AssetChange::Renamed(r), effect_overrides))
                .collect(),
            moved: moved
                .iter()
                .map(|r| RelocatedChange::of(r, AssetChange::Moved(r), effect_overrides))
                .collect(),
            modified: modified.iter().map(|m| ModifiedChange::of(m, effect_overrides)).collect(),
            undefined_upstreams,
            suppressed,
            effect_overrides,
        }
        .serialize(serializer)
    }
}

fn kinds(change: &AssetChange<'_>) -> Vec<ChangeKind> {
    change.kinds().into_iter().collect()
}

#[derive(DeriveSerialize)]
struct RelocatedChange<'a> {
    old: &'a AssetDefinition,
    new: &'a AssetDefinition,
    similarity: u8,
    kinds: Vec<ChangeKind>,
    effects: Effects,
    modification: &'a Modification,
}

impl<'a> RelocatedChange<'a> {
    fn of(relocated: &'a Relocated, change: AssetChange<'a>, overrides: &EffectOverrides) -> Self {
        let Relocated { old, new, similarity, modification } = relocated;
        let (kinds, effects) = (kinds(&change), change.effects(overrides));
        Self { old, new, similarity: *similarity, kinds, effects, modification }
    }
}

#[derive(DeriveSerialize)]
struct ModifiedChange<'a> {
    key: &'a AssetKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_location: &'a Option<String>,
    kinds: Vec<ChangeKind>,
    effects: Effects,
    modification: &'a Modification,
}

impl<'a> ModifiedChange<'a> {
    fn of(modified: &'a Modified, overrides: &EffectOverrides) -> Self {
        let change = AssetChange::Modified(modified);
        let Modified { key, code_location, modification } = modified;
        Self { key, code_location, kinds: kinds(&change), effects: change.effects(overrides), modification }
    }
}

/// A change of a metadata value and, of two JSON values, the places.
#[derive(DeriveSerialize)]
struct MetadataChange<'a> {
    old: &'a MetadataValue,
    new: &'a MetadataValue,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pointers: Vec<String>,
}

#[derive(DeriveSerialize)]
struct CodeVersionChange<'a> {
    old: &'a Option<CodeVersion>,
    new: &'a Option<CodeVersion>,
    parts: MapDiff<String, CodePart>,
}

#[derive(DeriveSerialize)]
struct ValueChange<'a, T, D> {
    old: &'a T,
    new: &'a T,
    changes: D,
}

impl Serialize for Modification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            asset_type,
            automation,
            backfill,
            checks,
            code_location,
            code_version,
            columns,
            dependencies,
            description,
            execution,
            extra,
            freshness,
            group,
            kinds,
            metadata,
            owners,
            partitions,
            tags,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "asset_type", asset_type.as_ref())?;
        entry(&mut map, "automation", automation.as_ref())?;
        entry(&mut map, "backfill", backfill.as_ref())?;
        entry(&mut map, "checks", checks.as_ref())?;
        entry(&mut map, "code_location", code_location.as_ref())?;
        let code_version = code_version.as_ref().map(|diff| {
            let ValueDiff { old, new } = diff;
            CodeVersionChange { old, new, parts: diff.parts() }
        });
        entry(&mut map, "code_version", code_version)?;
        let columns = columns.as_ref().map(|ValueDiff { old, new }| ValueChange {
            old,
            new,
            changes: self.column_changes(),
        });
        entry(&mut map, "columns", columns)?;
        entry(&mut map, "dependencies", dependencies.as_ref())?;
        entry(&mut map, "description", description.as_ref())?;
        entry(&mut map, "execution", execution.as_ref())?;
        entry(&mut map, "extra", extra.as_ref())?;
        entry(&mut map, "freshness", freshness.as_ref())?;
        entry(&mut map, "group", group.as_ref())?;
        entry(&mut map, "kinds", kinds.as_ref())?;
        entry(&mut map, "metadata", metadata.as_ref().map(MetadataDiff))?;
        entry(&mut map, "owners", owners.as_ref())?;
        let partitions = partitions.as_ref().map(|ValueDiff { old, new }| ValueChange {
            old,
            new,
            changes: self.partitions_changes(),
        });
        entry(&mut map, "partitions", partitions)?;
        entry(&mut map, "tags", tags.as_ref())?;
        map.end()
    }
}

fn entry<M: SerializeMap, T: Serialize>(map: &mut M, name: &str, value: Option<T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
}

struct MetadataDiff<'a>(&'a MapDiff<String, MetadataValue>);

impl Serialize for MetadataDiff<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let MapDiff { added, removed, changed } = self.0;
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "added", Some(added).filter(|entries| !entries.is_empty()))?;
        entry(&mut map, "removed", Some(removed).filter(|entries| !entries.is_empty()))?;
        let changed: std::collections::BTreeMap<_, _> = changed
            .iter()
            .map(|(name, ValueDiff { old, new })| {
                let places = match (old, new) {
                    (MetadataValue::Json(old), MetadataValue::Json(new)) => old.changes_to(new),
                    _ => Vec::new(),
                };
                let pointers = places.into_iter().map(|place| place.pointer).collect();
                (name, MetadataChange { old, new, pointers })
            })
            .collect();
        entry(&mut map, "changed", Some(changed).filter(|entries| !entries.is_empty()))?;
        map.end()
    }
}
