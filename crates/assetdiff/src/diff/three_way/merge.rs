//! Follows each definition of the merge base to both sides, and joins what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::overlap::{self, Name, Overlap};
use super::{Alike, MergeConflict, Side, ThreeWay};
use crate::asset::AssetDefinition;
use crate::diff::algebra::{Place, between, place};
use crate::diff::change_set::{ChangeSet, Modified};
use crate::diff::hide::hide;
use crate::diff::modification::Modification;
use crate::diff::rules::{DiffOptions, Rules};
use crate::graph::{AssetGraph, LoadError, Problem};
use crate::key::AssetKey;
use crate::snapshot::Snapshot;

pub(super) fn diff3(
    merge_base: &AssetGraph,
    base: &AssetGraph,
    head: &AssetGraph,
    options: &DiffOptions,
) -> ThreeWay {
    let [yours, theirs] = [head, base].map(|side| crate::diff::diff(merge_base, side, options));
    // What rules leave out is merged too.
    let exact = DiffOptions { renames: options.renames, ..Default::default() };
    let whole = |shown: &ChangeSet, side| {
        if shown.suppressed.is_empty() { shown.clone() } else { crate::diff::diff(merge_base, side, &exact) }
    };
    let (all_yours, all_theirs) = (whole(&yours, head), whole(&theirs, base));
    let mut merge = Merge {
        rules: Rules::new(options),
        yours: Changes::of(&all_yours, &yours),
        theirs: Changes::of(&all_theirs, &theirs),
        merged: BTreeMap::new(),
        alike: Vec::new(),
        conflicts: Vec::new(),
    };
    merge.follow(merge_base);
    merge.join_added();
    merge.find_lost_upstreams(base, head);
    let Merge { merged, mut alike, mut conflicts, .. } = merge;
    let graph = AssetGraph::new(Snapshot {
        provenance: head.provenance().clone(),
        assets: merged.into_values().map(|(definition, _)| definition).collect(),
        extra: head.extra().clone(),
    });
    let merged = match graph {
        Ok(graph) => Some(graph),
        Err(LoadError::Graph(error)) => {
            let cycles = error.problems.into_iter().filter_map(|problem| match problem {
                Problem::Cycle { path } => Some(MergeConflict::Cycle { path }),
                // Both sides are valid, so that two that go together are wrong only together.
                _ => None,
            });
            conflicts.extend(cycles);
            None
        }
        Err(LoadError::Limit(error)) => {
            conflicts.push(MergeConflict::too_large(&error));
            None
        }
        // There is no text to read.
        Err(LoadError::Read(_)) => None,
    };
    alike.sort();
    conflicts.sort();
    let merged = merged.filter(|_| conflicts.is_empty());
    let incoming = merged.as_ref().map(|merged| crate::diff::diff(base, merged, options));
    ThreeWay { yours, theirs, alike, conflicts, incoming, merged }
}

/// What one side made of the definitions of the merge base.
struct Changes<'a> {
    removed: BTreeSet<Place>,
    /// Where each of the changed ones is now, and what differs.
    kept: BTreeMap<Place, (Place, &'a Modification)>,
    added: BTreeMap<Place, &'a AssetDefinition>,
    /// What the rules leave of it.
    shown: BTreeMap<Place, &'a Modification>,
    shown_removed: BTreeSet<Place>,
}

impl<'a> Changes<'a> {
    fn of(all: &'a ChangeSet, shown: &'a ChangeSet) -> Self {
        let relocated = |set: &'a ChangeSet| {
            let relocated = set.renamed.iter().chain(&set.moved);
            relocated.map(|r| (place(&r.old), (place(&r.new), &r.modification)))
        };
        let modified = |set: &'a ChangeSet| {
            set.modified.iter().map(|m| {
                let Modified { key, code_location, modification } = m;
                let place = (key.clone(), code_location.clone());
                (place.clone(), (place, modification))
            })
        };
        let shown_changes = relocated(shown).chain(modified(shown));
        Self {
            removed: all.removed.iter().map(place).collect(),
            kept: relocated(all).chain(modified(all)).collect(),
            added: all.added.iter().map(|definition| (place(definition), definition)).collect(),
            shown: shown_changes.map(|(old, (_, modification))| (old, modification)).collect(),
            shown_removed: shown.removed.iter().map(place).collect(),
        }
    }
}

struct Merge<'a> {
    rules: Rules<'a>,
    yours: Changes<'a>,
    theirs: Changes<'a>,
    /// The definitions by where they are after merging, with where the merge base has them.
    merged: BTreeMap<Place, (AssetDefinition, Place)>,
    alike: Vec<Alike>,
    conflicts: Vec<MergeConflict>,
}

impl Merge<'_> {
    fn follow(&mut self, merge_base: &AssetGraph) {
        for definition in merge_base.definitions() {
            let old = place(&definition);
            match (self.yours.removed.contains(&old), self.theirs.removed.contains(&old)) {
                (true, true) => self.alike.push(alike_whole(&old)),
                (true, false) => self.removed(old, Side::Yours),
                (false, true) => self.removed(old, Side::Theirs),
                (false, false) => self.kept(definition, old),
            }
        }
    }

    /// One side removed a definition; the other one may have changed it.
    fn removed(&mut self, old: Place, removed_by: Side) {
        let (gone, kept) = match removed_by {
            Side::Yours => (&self.yours, &self.theirs),
            Side::Theirs => (&self.theirs, &self.yours),
        };
        let Some(changed) = kept.shown.get(&old).filter(|_| gone.shown_removed.contains(&old)) else {
            return;
        };
        let aspects = changed.aspects();
        let (key, code_location) = old;
        self.conflicts.push(MergeConflict::RemovedAndChanged { key, code_location, removed_by, aspects });
    }

    fn kept(&mut self, mut definition: AssetDefinition, old: Place) {
        let (yours, theirs) = (self.yours.kept.get(&old).cloned(), self.theirs.kept.get(&old).cloned());
        let new_key = match (&yours, &theirs) {
            (Some(((yours, _), _)), Some(((theirs, _), _))) if *yours != old.0 && *theirs != old.0 => {
                self.both_renamed(&old, yours, theirs);
                if yours == theirs { yours.clone() } else { old.0.clone() }
            }
            (Some(((key, _), _)), _) if *key != old.0 => key.clone(),
            (_, Some(((key, _), _))) => key.clone(),
            _ => old.0.clone(),
        };
        match (yours, theirs) {
            (Some((_, yours)), Some((_, theirs))) => {
                let (mut yours, mut theirs) = (yours.clone(), theirs.clone());
                let overlaps = overlap::take(&yours, &mut theirs);
                let conflicting = self.tell(&old, overlaps);
                // As it was, so that what else does not go together is the same from both sides.
                overlap::drop_parts(&mut yours, &conflicting);
                yours.apply(&mut definition);
                theirs.apply(&mut definition);
            }
            (Some((_, one)), None) | (None, Some((_, one))) => drop(one.apply(&mut definition)),
            (None, None) => {}
        }
        definition.key = new_key;
        self.put(definition, old);
    }

    fn both_renamed(&mut self, old: &Place, yours: &AssetKey, theirs: &AssetKey) {
        if yours == theirs {
            return self.alike.push(alike_whole(old));
        }
        let [old_key, yours, theirs] = [&old.0, yours, theirs].map(crate::diff::hide::json);
        self.conflicts.push(MergeConflict::BothChanged {
            key: old.0.clone(),
            code_location: old.1.clone(),
            aspect: None,
            entry: None,
            old: Some(old_key),
            yours: Some(yours),
            theirs: Some(theirs),
        });
    }

    /// Notes what both changed: alike, or as a conflict if no rule leaves it out on either side.
    /// Returns the names of the conflicts.
    fn tell(&mut self, old: &Place, overlaps: Vec<Overlap>) -> BTreeSet<Name> {
        let shown = match (self.yours.shown.get(old), self.theirs.shown.get(old)) {
            (Some(yours), Some(theirs)) => overlap::take(yours, &mut (*theirs).clone()),
            _ => Vec::new(),
        };
        let shown: BTreeSet<Name> =
            shown.into_iter().map(|overlap| (overlap.aspect, overlap.entry)).collect();
        let mut conflicting = BTreeSet::new();
        for Overlap { aspect, entry, old: was, yours, theirs } in overlaps {
            let name = (aspect, entry.clone());
            let (key, code_location, aspect) = (old.0.clone(), old.1.clone(), Some(aspect));
            if yours == theirs {
                self.alike.push(Alike { key, code_location, aspect, entry });
            } else if shown.contains(&name) {
                conflicting.insert(name);
                let old = was;
                let conflict =
                    MergeConflict::BothChanged { key, code_location, aspect, entry, old, yours, theirs };
                self.conflicts.push(conflict);
            }
        }
        conflicting
    }

    fn join_added(&mut self) {
        let mut theirs = std::mem::take(&mut self.theirs.added);
        for (new, yours) in std::mem::take(&mut self.yours.added) {
            let mut definition = yours.clone();
            if let Some(theirs) = theirs.remove(&new)
                && self.both_added(&new, yours, theirs)
            {
                definition.dependencies.retain(|dependency| theirs.dependencies.contains(dependency));
            }
            self.put(definition, new);
        }
        for (new, definition) in theirs {
            self.put(definition.clone(), new);
        }
    }

    /// Compares two additions of one asset; returns whether they conflict.
    fn both_added(&mut self, new: &Place, yours: &AssetDefinition, theirs: &AssetDefinition) -> bool {
        let mut modification = between(yours, theirs, &BTreeMap::new());
        if modification.is_empty() {
            self.alike.push(alike_whole(new));
            return false;
        }
        if self.rules.hiding_asset(&new.0).is_some() {
            return false;
        }
        hide(&mut modification, &self.rules, &new.0, &new.1, &BTreeMap::new(), &mut Vec::new());
        for Overlap { aspect, entry, old, yours, theirs } in overlap::differences(&modification) {
            let (key, code_location, aspect) = (new.0.clone(), new.1.clone(), Some(aspect));
            let conflict =
                MergeConflict::BothChanged { key, code_location, aspect, entry, old, yours, theirs };
            self.conflicts.push(conflict);
        }
        !modification.is_empty()
    }

    fn put(&mut self, definition: AssetDefinition, old: Place) {
        let new = place(&definition);
        if self.merged.contains_key(&new) {
            let (key, code_location) = new;
            return self.conflicts.push(MergeConflict::SamePlace { key, code_location });
        }
        self.merged.insert(new, (definition, old));
    }

    /// Finds what depends on an asset that only one side still has.
    fn find_lost_upstreams(&mut self, base: &AssetGraph, head: &AssetGraph) {
        let defined: BTreeSet<&AssetKey> = self.merged.keys().map(|(key, _)| key).collect();
        let mut conflicts = BTreeSet::new();
        for (definition, (old_key, _)) in self.merged.values() {
            let key = &definition.key;
            for upstream in definition.dependencies.iter().map(|dependency| &dependency.key) {
                if defined.contains(upstream) {
                    continue;
                }
                let reads = |side: &AssetGraph| {
                    [key, old_key].into_iter().any(|key| side.upstream(key).contains(upstream))
                };
                // What hangs in the air already on the side that removed it is not the merge's doing. Where both
                // have it, each removed a definition that the other one kept.
                let is_lost = |kept: &AssetGraph, gone: &AssetGraph| {
                    kept.contains(upstream)
                        && if gone.contains(upstream) { reads(kept) } else { !reads(gone) }
                };
                let sides = [(Side::Theirs, is_lost(head, base)), (Side::Yours, is_lost(base, head))];
                for (removed_by, _) in sides.into_iter().filter(|(_, is_lost)| *is_lost) {
                    let (key, upstream) = (key.clone(), upstream.clone());
                    conflicts.insert(MergeConflict::DependsOnRemoved { key, upstream, removed_by });
                }
            }
        }
        self.conflicts.extend(conflicts);
    }
}

fn alike_whole((key, code_location): &Place) -> Alike {
    Alike { key: key.clone(), code_location: code_location.clone(), aspect: None, entry: None }
}
