//! A diff as one would write it in an afternoon: two maps by place, definitions field by field.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{Aspect, AssetDefinition, AssetKey, Check, Dependency, Snapshot};

/// What a definition is found by.
pub type Place = (AssetKey, Option<String>);

/// What differs between two snapshots, without renames.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NaiveDiff {
    /// Places that only head has.
    pub added: BTreeSet<Place>,
    /// Places that only base has.
    pub removed: BTreeSet<Place>,
    /// Assets whose only other place is another one now: old place, new place, what else differs.
    pub moved: BTreeSet<(Place, Place, Vec<Aspect>)>,
    /// Places that both have, and the aspects that differ.
    pub modified: BTreeMap<Place, Vec<Aspect>>,
}

/// Returns what differs between two valid snapshots.
pub fn diff(base: &Snapshot, head: &Snapshot) -> NaiveDiff {
    let (old, new) = (by_place(base), by_place(head));
    let mut found = NaiveDiff::default();
    for (place, old) in &old {
        match new.get(place).map(|new| aspects(old, new)) {
            None => drop(found.removed.insert(place.clone())),
            Some(aspects) if aspects.is_empty() => {}
            Some(aspects) => drop(found.modified.insert(place.clone(), aspects)),
        }
    }
    found.added = new.keys().filter(|place| !old.contains_key(*place)).cloned().collect();
    for gone in found.removed.clone() {
        let of_key = |places: &BTreeSet<Place>| -> Vec<Place> {
            places.iter().filter(|(key, _)| *key == gone.0).cloned().collect()
        };
        if let ([_], [come]) = (&*of_key(&found.removed), &*of_key(&found.added)) {
            let aspects = aspects(old[&gone], new[come]);
            found.removed.remove(&gone);
            found.added.remove(come);
            found.moved.insert((gone, come.clone(), aspects));
        }
    }
    found
}

fn by_place(snapshot: &Snapshot) -> BTreeMap<Place, &AssetDefinition> {
    snapshot.assets.iter().map(|asset| ((asset.key.clone(), asset.code_location.clone()), asset)).collect()
}

/// Returns the aspects in which two definitions differ.
pub fn aspects(old: &AssetDefinition, new: &AssetDefinition) -> Vec<Aspect> {
    let upstream = |d: &AssetDefinition| -> BTreeMap<AssetKey, Dependency> {
        d.dependencies.iter().map(|dependency| (dependency.key.clone(), dependency.clone())).collect()
    };
    let checks = |d: &AssetDefinition| -> BTreeMap<String, Check> {
        d.checks.iter().map(|check| (check.name.clone(), check.clone())).collect()
    };
    let differs = |aspect: &Aspect| match aspect {
        Aspect::AssetType => old.asset_type != new.asset_type,
        Aspect::Automation => old.automation != new.automation,
        Aspect::Backfill => old.backfill != new.backfill,
        Aspect::Checks => checks(old) != checks(new),
        Aspect::CodeLocation => old.code_location != new.code_location,
        Aspect::CodeVersion => old.code_version != new.code_version,
        Aspect::Columns => old.columns != new.columns,
        Aspect::Dependencies => upstream(old) != upstream(new),
        Aspect::Description => old.description != new.description,
        Aspect::Execution => old.execution != new.execution,
        Aspect::Extra => old.extra != new.extra,
        Aspect::Freshness => old.freshness != new.freshness,
        Aspect::Group => old.group != new.group,
        Aspect::Kinds => old.kinds != new.kinds,
        Aspect::Metadata => old.metadata != new.metadata,
        Aspect::Owners => old.owners != new.owners,
        Aspect::Partitions => old.partitions != new.partitions,
        Aspect::Tags => old.tags != new.tags,
        other => unreachable!("the naive diff does not know {other}"),
    };
    Aspect::ALL.iter().copied().filter(differs).collect()
}
