//! What two modifications of one definition both touch.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::asset::CodeVersion;
use crate::diff::hide::{Difference, json, retain};
use crate::diff::kind::Aspect;
use crate::diff::modification::Modification;
use crate::diff::value_diff::{MapDiff, ValueDiff};
use crate::json::Json;

/// Something that both sides changed.
pub(super) struct Overlap {
    pub(super) aspect: Aspect,
    pub(super) entry: Option<String>,
    pub(super) old: Option<Json>,
    pub(super) yours: Option<Json>,
    pub(super) theirs: Option<Json>,
}

pub(super) type Name = (Aspect, Option<String>);

/// Returns what both changed, and takes it out of `theirs`, which can then follow `yours`.
pub(super) fn take(yours: &Modification, theirs: &mut Modification) -> Vec<Overlap> {
    let mut overlaps = code_versions(&yours.code_version, &mut theirs.code_version);
    let codes_merged = theirs.code_version.take();
    let parts = parts(yours);
    retain(theirs, &BTreeMap::new(), &mut |Difference { aspect, entry, old, new: theirs }| {
        // One column cannot be merged without the place that it stands at.
        let is_column = aspect == Aspect::Columns && entry.is_some();
        let entry = entry.map(str::to_owned);
        let Some(yours) = parts.get(&(aspect, entry.clone())).filter(|_| !is_column) else { return true };
        overlaps.push(Overlap { aspect, entry, old, yours: yours.clone(), theirs });
        false
    });
    theirs.code_version = codes_merged;
    overlaps
}

/// Takes parts out of a modification.
pub(super) fn drop_parts(modification: &mut Modification, dropped: &BTreeSet<Name>) {
    retain(modification, &BTreeMap::new(), &mut |part| {
        !dropped.contains(&(part.aspect, part.entry.map(str::to_owned)))
    });
}

/// Returns the new value of each part that a modification touches.
fn parts(modification: &Modification) -> BTreeMap<Name, Option<Json>> {
    let mut parts = BTreeMap::new();
    retain(&mut modification.clone(), &BTreeMap::new(), &mut |part| {
        parts.insert((part.aspect, part.entry.map(str::to_owned)), part.new);
        true
    });
    parts
}

/// Returns each part of a difference between two definitions that have no common base.
pub(super) fn differences(modification: &Modification) -> Vec<Overlap> {
    let mut differences = Vec::new();
    retain(&mut modification.clone(), &BTreeMap::new(), &mut |part| {
        if part.aspect != Aspect::Columns || part.entry.is_none() {
            let Difference { aspect, entry, old: yours, new: theirs } = part;
            differences.push(Overlap { aspect, entry: entry.map(str::to_owned), old: None, yours, theirs });
        }
        true
    });
    differences
}

type CodeDiff = Option<ValueDiff<Option<CodeVersion>>>;

/// Merges two changes of a code version by its parts; `theirs` then follows `yours`.
fn code_versions(yours: &CodeDiff, theirs: &mut CodeDiff) -> Vec<Overlap> {
    let (Some(mine), Some(others)) = (yours, theirs.as_ref()) else { return Vec::new() };
    let (true, Some(old), Some(yours), Some(others)) =
        (mine.new != others.new, &mine.old, &mine.new, &others.new)
    else {
        let value = |code: &Option<CodeVersion>| code.as_ref().map(json);
        let (old, yours, others) = (value(&mine.old), value(&mine.new), value(&others.new));
        *theirs = None;
        return vec![Overlap { aspect: Aspect::CodeVersion, entry: None, old, yours, theirs: others }];
    };
    let mut overlaps = Vec::new();
    let CodeVersion { parts, source, version } = yours;
    let merged = CodeVersion {
        parts: merged_parts(&mut overlaps, old, yours, others).unwrap_or_else(|| parts.clone()),
        source: merged(&mut overlaps, "source", &old.source, source, &others.source),
        version: merged(&mut overlaps, "version", &old.version, version, &others.version),
    };
    *theirs = ValueDiff::between(Some(yours.clone()), Some(merged));
    overlaps
}

fn merged_parts(
    overlaps: &mut Vec<Overlap>,
    old: &CodeVersion,
    yours: &CodeVersion,
    theirs: &CodeVersion,
) -> Option<BTreeMap<String, crate::asset::CodePart>> {
    let theirs = MapDiff::between(old.parts.clone(), theirs.parts.clone())?;
    let mut parts = yours.parts.clone();
    for (name, (was, new)) in theirs.into_entries() {
        let new = merged(overlaps, &format!("part {name}"), &was, &parts.get(&name).cloned(), &new);
        match new {
            Some(new) => drop(parts.insert(name, new)),
            None => drop(parts.remove(&name)),
        }
    }
    Some(parts)
}

fn merged<T: Clone + PartialEq + Serialize>(
    overlaps: &mut Vec<Overlap>,
    entry: &str,
    old: &Option<T>,
    yours: &Option<T>,
    theirs: &Option<T>,
) -> Option<T> {
    if yours == old {
        return theirs.clone();
    }
    if theirs != old {
        let value = |value: &Option<T>| value.as_ref().map(json);
        overlaps.push(Overlap {
            aspect: Aspect::CodeVersion,
            entry: Some(entry.to_owned()),
            old: value(old),
            yours: value(yours),
            theirs: value(theirs),
        });
    }
    yours.clone()
}
