//! Takes out of a modification what the rules leave out, and tells so.

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
    let mut hider = Hider { rules, key, code_location, suppressed };
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
    hider.value(Aspect::AssetType, asset_type);
    hider.value(Aspect::Automation, automation);
    hider.value(Aspect::Backfill, backfill);
    hider.map(Aspect::Checks, checks, String::clone);
    hider.value(Aspect::CodeLocation, code_location);
    hider.value(Aspect::CodeVersion, code_version);
    hider.columns(columns);
    hider.dependencies(dependencies, renames);
    hider.value(Aspect::Description, description);
    hider.map(Aspect::Execution, execution, String::clone);
    hider.map(Aspect::Extra, extra, String::clone);
    hider.value(Aspect::Freshness, freshness);
    hider.value(Aspect::Group, group);
    hider.set(Aspect::Kinds, kinds);
    hider.map(Aspect::Metadata, metadata, String::clone);
    hider.set(Aspect::Owners, owners);
    hider.value(Aspect::Partitions, partitions);
    hider.map(Aspect::Tags, tags, String::clone);
}

struct Hider<'a> {
    rules: &'a Rules<'a>,
    key: &'a AssetKey,
    code_location: &'a Option<String>,
    suppressed: &'a mut Vec<Suppressed>,
}

impl Hider<'_> {
    fn is_hidden<T: Serialize>(
        &mut self,
        aspect: Aspect,
        entry: Option<&str>,
        old: Option<&T>,
        new: Option<&T>,
    ) -> bool {
        let hiding = self.rules.hiding(self.key, aspect, entry, old.map(json), new.map(json));
        let Some(rules) = hiding else { return false };
        self.suppressed.push(Suppressed {
            key: self.key.clone(),
            code_location: self.code_location.clone(),
            aspect: Some(aspect),
            entry: entry.map(str::to_owned),
            rules,
        });
        true
    }

    fn value<T: Serialize>(&mut self, aspect: Aspect, diff: &mut Option<ValueDiff<T>>) {
        if diff.as_ref().is_some_and(|d| self.is_hidden(aspect, None, Some(&d.old), Some(&d.new))) {
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
            !self.is_hidden(aspect, Some(&name(key)), old.as_ref(), new.as_ref())
        });
        *diff = MapDiff::from_entries(shown.collect::<Vec<_>>()).some();
    }

    fn set(&mut self, aspect: Aspect, diff: &mut Option<SetDiff<String>>) {
        let Some(SetDiff { mut added, mut removed }) = diff.take() else { return };
        added.retain(|member| !self.is_hidden(aspect, Some(member), None, Some(member)));
        removed.retain(|member| !self.is_hidden(aspect, Some(member), Some(member), None));
        *diff = SetDiff { added, removed }.some();
    }

    fn dependencies(&mut self, diff: &mut Option<DependenciesDiff>, renames: &BTreeMap<AssetKey, AssetKey>) {
        let mut map = diff.take().map(DependenciesDiff::into_map);
        self.map(Aspect::Dependencies, &mut map, AssetKey::to_string);
        *diff = map.map(|map| DependenciesDiff::from_map(map, renames));
    }

    /// Evens out the columns that rules hide one by one, then looks at what is left as a whole.
    fn columns(&mut self, diff: &mut Option<ValueDiff<Option<Vec<Column>>>>) {
        if let Some(ValueDiff { old: Some(old), new: Some(new) }) = diff {
            let names: BTreeSet<String> =
                old.iter().chain(new.iter()).map(|column| column.name.clone()).collect();
            for name in names {
                let find = |columns: &[Column]| columns.iter().find(|column| column.name == name).cloned();
                let (old_column, new_column) = (find(old), find(new));
                if old_column == new_column
                    || !self.is_hidden(Aspect::Columns, Some(&name), old_column.as_ref(), new_column.as_ref())
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

fn json<T: Serialize>(value: &T) -> Json {
    let bytes = canonical_bytes(value);
    Json::parse(&String::from_utf8_lossy(&bytes)).unwrap_or_else(|_| Json::null())
}
