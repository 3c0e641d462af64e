//! Compares two definitions by the canonical text of their aspects; only what differs is read.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::kind::Aspect;
use super::modification::{DependenciesDiff, Modification, checks_diff};
use super::value_diff::{MapDiff, SetDiff, ValueDiff};
use crate::json::{Json, Members};
use crate::key::AssetKey;

/// Returns what differs between two definitions, given as canonical text.
///
/// `renames` leads from old keys to new ones.
pub(super) fn modification(old: &[u8], new: &[u8], renames: &BTreeMap<AssetKey, AssetKey>) -> Modification {
    let mut modification = Modification::default();
    for_each_difference(old, new, |name, old, new| {
        compare_aspect(&mut modification, name, old, new, renames);
    });
    modification
}

/// Returns the aspects whose canonical texts differ, in order.
pub(super) fn aspects(old: &[u8], new: &[u8]) -> Vec<Aspect> {
    let mut aspects = Vec::new();
    for_each_difference(old, new, |name, _, _| {
        if name != "key" {
            // An unknown member may have the name of the aspect that holds them all.
            aspects.push(name.parse().unwrap_or(Aspect::Extra));
        }
    });
    aspects.sort_unstable();
    aspects.dedup();
    aspects
}

/// Goes through the members whose texts differ; one that a side does not have is `None`.
fn for_each_difference(old: &[u8], new: &[u8], mut take: impl FnMut(&str, Option<&[u8]>, Option<&[u8]>)) {
    let (mut olds, mut news) = (Members::of(old), Members::of(new));
    while !olds.skip_equal(&mut news) {
        // Both are in the order of the names.
        let order = match (olds.peek_name(), news.peek_name()) {
            (Some(old), Some(new)) => old.cmp(&new),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let old = if order.is_le() { olds.next() } else { None };
        let new = if order.is_ge() { news.next() } else { None };
        let old_value = old.as_ref().map(|(_, value)| *value);
        let new_value = new.as_ref().map(|(_, value)| *value);
        if old_value != new_value
            && let Some((name, _)) = old.or(new)
        {
            take(&name, old_value, new_value);
        }
    }
}

fn compare_aspect(
    out: &mut Modification,
    name: &str,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
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
            let json = |text: Option<&[u8]>| text.and_then(|text| serde_json::from_slice::<Json>(text).ok());
            let entry = MapDiff::from_entries([(name.to_owned(), (json(old), json(new)))]);
            let extra = out.extra.get_or_insert_default();
            extra.added.extend(entry.added);
            extra.removed.extend(entry.removed);
            extra.changed.extend(entry.changed);
        }
    }
}

fn value<T: for<'a> Deserialize<'a> + Default + PartialEq>(
    old: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Option<ValueDiff<T>> {
    ValueDiff::between(read(old), read(new))
}

/// Reads an aspect; one that is left out has its default.
fn read<T: for<'a> Deserialize<'a> + Default>(text: Option<&[u8]>) -> T {
    // A graph holds only text that it wrote itself, so there is nothing that could not be read.
    text.and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default()
}
