//! Takes parts out of a modification, such as what the rules leave out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::kind::Aspect;
use super::modification::{DependenciesDiff, Modification};
use super::rules::{Rules, Suppressed};
use super::value_diff::{MapDiff, SetDiff, ValueDiff};
use crate::asset::Column;
use crate::json::Json;
use crate::key::AssetKey;
use crate::snapshot::canonical_bytes;

/// Takes out of a modification what the rules leave out.
pub(super) fn hide(
    modification: &mut Modification,
    rules: &Rules<'_>,
    key: &AssetKey,
    code_location: &Option<String>,
    renames: &BTreeMap<AssetKey, AssetKey>,
    suppressed: &mut Vec<Suppressed>,
) {
    if rules.is_empty() {
        return;
    }
    retain(modification, renames, &mut |Difference { aspect, entry, old, new }| {
        let hiding = rules.hiding(key, aspect, entry, old, new);
        let is_kept = hiding.is_none();
        suppressed.extend(hiding.map(|rules| Suppressed {
            key: key.clone(),
            code_location: code_location.clone(),
            aspect: Some(aspect),
            entry: entry.map(str::to_owned),
            rules,
        }));
        is_kept
    });
}

/// A part of a modification: an aspect, or an entry of one that has entries.
pub(super) struct Difference<'a> {
    pub(super) aspect: Aspect,
    pub(super) entry: Option<&'a str>,
    pub(super) old: Option<Json>,
    pub(super) new: Option<Json>,
}

/// Keeps only some parts of a modification. Of columns that both sides state, each is asked for by
/// its name, then what is left as a whole.
pub(super) fn retain(
    modification: &mut Modification,
    renames: &BTreeMap<AssetKey, AssetKey>,
    keep: &mut dyn FnMut(Difference<'_>) -> bool,
) {
    let mut parts = Parts { keep };
    let Modification {
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
    } = modification;
    parts.value(Aspect::AssetType, asset_type);
    parts.value(Aspect::Automation, automation);
    parts.value(Aspect::Backfill, backfill);
    parts.map(Aspect::Checks, checks, String::clone);
    parts.value(Aspect::CodeLocation, code_location);
    parts.value(Aspect::CodeVersion, code_version);
    parts.columns(columns);
    parts.dependencies(dependencies, renames);
    parts.value(Aspect::Description, description);
    parts.map(Aspect::Execution, execution, String::clone);
    parts.map(Aspect::Extra, extra, String::clone);
    parts.value(Aspect::Freshness, freshness);
    parts.value(Aspect::Group, group);
    parts.set(Aspect::Kinds, kinds);
    parts.map(Aspect::Metadata, metadata, String::clone);
    parts.set(Aspect::Owners, owners);
    parts.value(Aspect::Partitions, partitions);
    parts.map(Aspect::Tags, tags, String::clone);
}

struct Parts<'a> {
    keep: &'a mut dyn FnMut(Difference<'_>) -> bool,
}

impl Parts<'_> {
    fn is_dropped<T: Serialize>(
        &mut self,
        aspect: Aspect,
        entry: Option<&str>,
        old: Option<&T>,
        new: Option<&T>,
    ) -> bool {
        !(self.keep)(Difference { aspect, entry, old: old.map(json), new: new.map(json) })
    }

    fn value<T: Serialize>(&mut self, aspect: Aspect, diff: &mut Option<ValueDiff<T>>) {
        if diff.as_ref().is_some_and(|d| self.is_dropped(aspect, None, Some(&d.old), Some(&d.new))) {
            *diff = None;
        }
    }

    fn map<K: Ord + Clone, V: PartialEq + Clone + Serialize>(
        &mut self,
        aspect: Aspect,
        diff: &mut Option<MapDiff<K, V>>,
        name: impl Fn(&K) -> String,
    ) {
        let Some(entries) = diff.take().map(MapDiff::into_entries) else { return };
        let shown = entries.into_iter().filter(|(key, (old, new))| {
            !self.is_dropped(aspect, Some(&name(key)), old.as_ref(), new.as_ref())
        });
        *diff = MapDiff::from_entries(shown.collect::<Vec<_>>()).some();
    }

    fn set(&mut self, aspect: Aspect, diff: &mut Option<SetDiff<String>>) {
        let Some(SetDiff { mut added, mut removed }) = diff.take() else { return };
        added.retain(|member| !self.is_dropped(aspect, Some(member), None, Some(member)));
        removed.retain(|member| !self.is_dropped(aspect, Some(member), Some(member), None));
        *diff = SetDiff { added, removed }.some();
    }

    fn dependencies(&mut self, diff: &mut Option<DependenciesDiff>, renames: &BTreeMap<AssetKey, AssetKey>) {
        let mut map = diff.take().map(DependenciesDiff::into_map);
        self.map(Aspect::Dependencies, &mut map, AssetKey::to_string);
        *diff = map.map(|map| DependenciesDiff::from_map(map, renames));
    }

    /// Evens out the columns that are dropped one by one, then looks at what is left as a whole.
    fn columns(&mut self, diff: &mut Option<ValueDiff<Option<Vec<Column>>>>) {
        if let Some(ValueDiff { old: Some(old), new: Some(new) }) = diff {
            let names: BTreeSet<String> =
                old.iter().chain(new.iter()).map(|column| column.name.clone()).collect();
            for name in names {
                let find = |columns: &[Column]| columns.iter().find(|column| column.name == name).cloned();
                let (old_column, new_column) = (find(old), find(new));
                if old_column == new_column
                    || !self.is_dropped(
                        Aspect::Columns,
                        Some(&name),
                        old_column.as_ref(),
                        new_column.as_ref(),
                    )
                {
                    continue;
                }
                match old_column.filter(|_| new_column.is_some()) {
                    Some(kept) => {
                        new.iter_mut().filter(|column| column.name == name).for_each(|c| *c = kept.clone())
                    }
                    None => {
                        [&mut *old, &mut *new].into_iter().for_each(|side| side.retain(|c| c.name != name))
                    }
                }
            }
            if old == new {
                *diff = None;
            }
        }
        self.value(Aspect::Columns, diff);
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Json {
    let bytes = canonical_bytes(value);
    Json::parse(&String::from_utf8_lossy(&bytes)).unwrap_or_else(|_| Json::null())
}
