//! Compares two definitions by the canonical text of their aspects; only what differs is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::modification::{DependenciesDiff, Modification, checks_diff};
use super::value_diff::{MapDiff, SetDiff, ValueDiff};
use crate::json::Json;
use crate::key::AssetKey;
use crate::wire::Text;

/// Returns what differs between two definitions, given as canonical text.
///
/// `renames` leads from old keys to new ones.
pub(super) fn modification(old: &str, new: &str, renames: &BTreeMap<AssetKey, AssetKey>) -> Modification {
    let mut modification = Modification::default();
    let (mut olds, mut news) = (members(old).into_iter().peekable(), members(new).into_iter().peekable());
    loop {
        // Both lists are in the order of the names.
        let next_name = match (olds.peek(), news.peek()) {
            (Some((old, _)), Some((new, _))) => old.min(new).clone(),
            (Some((name, _)), None) | (None, Some((name, _))) => name.clone(),
            (None, None) => return modification,
        };
        let old = olds.next_if(|(name, _)| *name == next_name).map(|(_, raw)| raw.get());
        let new = news.next_if(|(name, _)| *name == next_name).map(|(_, raw)| raw.get());
        if old != new {
            compare_aspect(&mut modification, &next_name, old, new, renames);
        }
    }
}

fn compare_aspect(
    out: &mut Modification,
    name: &str,
    old: Option<&str>,
    new: Option<&str>,
    renames: &BTreeMap<AssetKey, AssetKey>,
) {
    match name {
        "key" => {}
        "asset_type" => out.asset_type = value(old, new),
        "automation" => out.automation = value(old, new),
        "backfill" => out.backfill = value(old, new),
        "checks" => out.checks = checks_diff(read(old), read(new)),
        "code_location" => out.code_location = value(old, new),
        "code_version" => out.code_version = value(old, new),
        "columns" => out.columns = value(old, new),
        "dependencies" => out.dependencies = DependenciesDiff::between(read(old), read(new), renames),
        "description" => out.description = value(old, new),
        "execution" => out.execution = MapDiff::between(read(old), read(new)),
        "freshness" => out.freshness = value(old, new),
        "group" => out.group = value(old, new),
        "kinds" => out.kinds = SetDiff::between(&read(old), &read(new)),
        "metadata" => out.metadata = MapDiff::between(read(old), read(new)),
        "owners" => out.owners = SetDiff::between(&read(old), &read(new)),
        "partitions" => out.partitions = value(old, new),
        "tags" => out.tags = MapDiff::between(read(old), read(new)),
        _ => {
            let json = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Json>(text).ok());
            let entry = MapDiff::from_entries([(name.to_owned(), (json(old), json(new)))]);
            let extra = out.extra.get_or_insert_default();
            extra.added.extend(entry.added);
            extra.removed.extend(entry.removed);
            extra.changed.extend(entry.changed);
        }
    }
}

fn value<T: for<'a> Deserialize<'a> + Default + PartialEq>(
    old: Option<&str>,
    new: Option<&str>,
) -> Option<ValueDiff<T>> {
    ValueDiff::between(read(old), read(new))
}

/// Reads an aspect; one that is left out has its default.
fn read<T: for<'a> Deserialize<'a> + Default>(text: Option<&str>) -> T {
    // A graph holds only text that it wrote itself, so there is nothing that could not be read.
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns the members of a canonical object, in the order of their names.
pub(super) fn members(text: &str) -> Vec<(Cow<'_, str>, &RawValue)> {
    struct Members;
    impl<'a> Visitor<'a> for Members {
        type Value = Vec<(Cow<'a, str>, &'a RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::with_capacity(16);
            while let Some(Text(name)) = map.next_key()? {
                members.push((name, map.next_value()?));
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(Members).unwrap_or_default()
}
