//! A three-way merge as one would write it in an afternoon: every definition is a flat map from
//! (aspect, entry) to text, and each of its entries is merged on its own. It knows no renames.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{AssetDefinition, Snapshot};
use serde_json::value::RawValue;

use crate::naive::Place;

/// A definition, taken apart: what stands at each aspect and entry.
pub type Flat = BTreeMap<(String, String), String>;

/// What a merge gives: the definitions by place, and the places (with aspect and entry) that conflict.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NaiveMerge {
    /// The merged definitions.
    pub merged: BTreeMap<Place, Flat>,
    /// Where both sides differ, from the base and from each other.
    pub both_changed: BTreeSet<(Place, String, String)>,
    /// What one side removed and the other one changed.
    pub removed_and_changed: BTreeSet<Place>,
}

/// Returns what merging two snapshots gives.
pub fn merge(parted: &Snapshot, base: &Snapshot, head: &Snapshot) -> NaiveMerge {
    let [parted, base, head] = [parted, base, head].map(by_place);
    let places: BTreeSet<&Place> = parted.keys().chain(base.keys()).chain(head.keys()).collect();
    let mut found = NaiveMerge::default();
    for place in places {
        let (old, theirs, yours) = (parted.get(place), base.get(place), head.get(place));
        let merged = match (old, theirs, yours) {
            (Some(old), Some(theirs), Some(yours)) => Some(entries(place, old, theirs, yours, &mut found)),
            (Some(_), None, None) | (None, None, None) => None,
            (Some(old), Some(kept), None) | (Some(old), None, Some(kept)) => {
                if old != kept {
                    found.removed_and_changed.insert(place.clone());
                }
                None
            }
            (None, Some(one), None) | (None, None, Some(one)) => Some(one.clone()),
            (None, Some(theirs), Some(yours)) => {
                let names: BTreeSet<_> = theirs.keys().chain(yours.keys()).collect();
                let differ = names.into_iter().filter(|name| theirs.get(*name) != yours.get(*name));
                found.both_changed.extend(differ.map(|(aspect, entry)| {
                    let entry = if aspect == "code_version" { "" } else { entry };
                    (place.clone(), aspect.clone(), entry.to_owned())
                }));
                Some(yours.clone())
            }
        };
        found.merged.extend(merged.map(|merged| (place.clone(), merged)));
    }
    found
}

fn entries(place: &Place, old: &Flat, theirs: &Flat, yours: &Flat, found: &mut NaiveMerge) -> Flat {
    let mut merged = Flat::new();
    // A code version that one of them does not state has no parts to merge.
    let stated = [old, theirs, yours].map(|flat| flat.keys().any(|(aspect, _)| aspect == "code_version"));
    let whole_code = stated.contains(&false) && stated.contains(&true);
    let names: BTreeSet<_> = old.keys().chain(theirs.keys()).chain(yours.keys()).collect();
    for name in names {
        let [old, theirs, yours] = [old, theirs, yours].map(|flat| flat.get(name));
        let value = if yours == old { theirs } else { yours };
        if yours != old && theirs != old && yours != theirs {
            found.both_changed.insert((place.clone(), name.0.clone(), name.1.clone()));
        }
        merged.extend(value.map(|value| (name.clone(), value.clone())));
    }
    if whole_code {
        let code = |flat: &Flat| -> Flat {
            flat.iter()
                .filter(|((a, _), _)| a == "code_version")
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect()
        };
        let [old, theirs, yours] = [old, theirs, yours].map(code);
        found.both_changed.retain(|(at, aspect, _)| at != place || aspect != "code_version");
        if yours != old && theirs != old && yours != theirs {
            found.both_changed.insert((place.clone(), "code_version".to_owned(), String::new()));
        }
        merged.retain(|(aspect, _), _| aspect != "code_version");
        merged.extend(if yours == old { theirs } else { yours });
    }
    merged
}

/// Returns a snapshot's definitions, taken apart.
pub fn by_place(snapshot: &Snapshot) -> BTreeMap<Place, Flat> {
    let assets = snapshot.assets.iter();
    assets.map(|asset| ((asset.key.clone(), asset.code_location.clone()), flat(asset))).collect()
}

/// The members of an object's text.
fn members(text: &str) -> BTreeMap<String, &RawValue> {
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("{error} in {text}"))
}

fn items(text: &str) -> Vec<&RawValue> {
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("{error} in {text}"))
}

fn flat(definition: &AssetDefinition) -> Flat {
    let text = serde_json::to_string(definition).unwrap_or_else(|error| unreachable!("{error}"));
    let mut flat = Flat::new();
    let mut put = |aspect: &str, entry: &str, value: &str| {
        flat.insert((aspect.to_owned(), entry.to_owned()), value.to_owned());
    };
    for (aspect, value) in members(&text) {
        let value = value.get();
        match &*aspect {
            "key" | "code_location" => {}
            "execution" | "metadata" | "tags" => {
                members(value).iter().for_each(|(entry, value)| put(&aspect, entry, value.get()));
            }
            "kinds" | "owners" => items(value).iter().for_each(|member| put(&aspect, member.get(), "")),
            "checks" => {
                items(value).iter().for_each(|c| put(&aspect, members(c.get())["name"].get(), c.get()));
            }
            "dependencies" => {
                items(value).iter().for_each(|d| put(&aspect, members(d.get())["key"].get(), d.get()));
            }
            "code_version" => {
                put(&aspect, "", "stated");
                for (member, value) in members(value) {
                    if member == "parts" {
                        let parts = members(value.get());
                        parts
                            .iter()
                            .for_each(|(name, part)| put(&aspect, &format!("part {name}"), part.get()));
                    } else {
                        put(&aspect, &member, value.get());
                    }
                }
            }
            "asset_type" | "automation" | "backfill" | "columns" | "description" | "freshness" | "group"
            | "partitions" => put(&aspect, "", value),
            name => put("extra", name, value),
        }
    }
    flat
}
