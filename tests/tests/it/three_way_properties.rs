//! What holds for every graph and two that were made from it.

use std::collections::BTreeSet;

use assetdiff::{
    AssetGraph, AssetKey, ChangeSet, DiffOptions, MergeConflict, Renames, Side, Snapshot, ThreeWay, diff,
    diff3,
};
use assetdiff_tests::naive::Place;
use assetdiff_tests::{naive_merge, strategies};
use proptest::prelude::*;

use crate::build::with_renames;
use crate::properties::cases;

fn graph(snapshot: &Snapshot) -> AssetGraph {
    AssetGraph::new(snapshot.clone()).unwrap()
}

fn three_way([parted, base, head]: &[Snapshot; 3], options: &DiffOptions) -> ThreeWay {
    diff3(&graph(parted), &graph(base), &graph(head), options)
}

fn turned(conflict: MergeConflict) -> MergeConflict {
    match conflict {
        MergeConflict::BothChanged { key, code_location, aspect, entry, old, yours, theirs } => {
            MergeConflict::BothChanged {
                key,
                code_location,
                aspect,
                entry,
                old,
                yours: theirs,
                theirs: yours,
            }
        }
        MergeConflict::RemovedAndChanged { key, code_location, removed_by, aspects } => {
            let removed_by = removed_by.other();
            MergeConflict::RemovedAndChanged { key, code_location, removed_by, aspects }
        }
        MergeConflict::DependsOnRemoved { key, upstream, removed_by } => {
            MergeConflict::DependsOnRemoved { key, upstream, removed_by: removed_by.other() }
        }
        other => other,
    }
}

fn is_unmoved(changes: &ChangeSet) -> bool {
    changes.renamed.is_empty() && changes.moved.is_empty()
}

fn place(key: AssetKey, code_location: Option<String>) -> Place {
    (key, code_location)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_base_that_did_not_move_leaves_a_plain_diff((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        let options = DiffOptions::default();
        let three_way = diff3(&base, &base, &head, &options);
        let changes = diff(&base, &head, &options);
        prop_assert_eq!(&three_way.yours, &changes);
        prop_assert!(three_way.theirs.is_empty() && three_way.alike.is_empty());
        prop_assert_eq!(three_way.conflicts.clone(), []);
        prop_assert_eq!(three_way.merge().unwrap(), &head);
        prop_assert_eq!(three_way.incoming.as_ref().unwrap(), &changes);
        prop_assert_eq!(three_way.yours_alone(), changes);
    }

    #[test]
    fn what_both_did_is_alike((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        let three_way = diff3(&base, &head, &head, &DiffOptions::default());
        prop_assert_eq!(three_way.conflicts.clone(), []);
        prop_assert_eq!(three_way.merge().unwrap(), &head);
        prop_assert!(three_way.incoming.as_ref().unwrap().is_empty());
        prop_assert_eq!(three_way.alike.is_empty(), three_way.yours.is_empty());
        prop_assert!(three_way.yours_alone().is_empty(), "{:?}", three_way.yours_alone());
    }

    #[test]
    fn swapping_the_sides_swaps_yours_and_theirs([parted, base, head] in strategies::branches()) {
        let options = DiffOptions::default();
        let one = three_way(&[parted.clone(), base.clone(), head.clone()], &options);
        let other = three_way(&[parted, head, base], &options);
        prop_assert_eq!(&one.yours, &other.theirs);
        prop_assert_eq!(&one.theirs, &other.yours);
        prop_assert_eq!(&one.alike, &other.alike);
        let conflicts: BTreeSet<_> = one.conflicts.iter().cloned().map(turned).collect();
        prop_assert_eq!(conflicts, other.conflicts.iter().cloned().collect());
        if let Ok(merged) = one.merge() {
            prop_assert_eq!(merged, other.merge().unwrap());
        }
    }

    #[test]
    fn without_a_conflict_either_order_of_the_change_sets_gives_the_merge(
        [parted, base, head] in strategies::branches(),
    ) {
        let three_way = three_way(&[parted, base.clone(), head.clone()], &with_renames(Renames::Off));
        prop_assume!(is_unmoved(&three_way.yours) && is_unmoved(&three_way.theirs));
        // Two that changed different parts of one code version are merged, which no change set can say.
        let codes = |changes: &ChangeSet| -> BTreeSet<Place> {
            let changed = changes.modified.iter().filter(|m| m.modification.code_version.is_some());
            changed.map(|m| place(m.key.clone(), m.code_location.clone())).collect()
        };
        prop_assume!(codes(&three_way.yours).is_disjoint(&codes(&three_way.theirs)));
        let Ok(merged) = three_way.merge() else { return Ok(()) };
        prop_assert_eq!(&three_way.yours_alone().apply(&graph(&base)).unwrap(), merged);
        prop_assert_eq!(&three_way.theirs_alone().apply(&graph(&head)).unwrap(), merged);
        prop_assert_eq!(&three_way.incoming.as_ref().unwrap().apply(&graph(&base)).unwrap(), merged);
    }

    #[test]
    fn a_merge_is_that_of_each_entry_on_its_own(snapshots in strategies::branches()) {
        let three_way = three_way(&snapshots, &with_renames(Renames::Off));
        prop_assume!(is_unmoved(&three_way.yours) && is_unmoved(&three_way.theirs));
        let [parted, base, head] = &snapshots;
        let [parted, base, head] = [parted, base, head].map(|side| graph(side).to_snapshot());
        let naive = naive_merge::merge(&parted, &base, &head);
        let changed: BTreeSet<Place> = (three_way.conflicts.iter())
            .filter_map(|conflict| match conflict {
                MergeConflict::BothChanged { key, code_location, .. } => {
                    Some(place(key.clone(), code_location.clone()))
                }
                _ => None,
            })
            .collect();
        let expected: BTreeSet<Place> = naive.both_changed.iter().map(|(place, ..)| place.clone()).collect();
        prop_assert_eq!(changed, expected);
        let count = |conflict: &&MergeConflict| matches!(conflict, MergeConflict::BothChanged { .. });
        prop_assert_eq!(three_way.conflicts.iter().filter(count).count(), naive.both_changed.len());
        let removed: BTreeSet<Place> = (three_way.conflicts.iter())
            .filter_map(|conflict| match conflict {
                MergeConflict::RemovedAndChanged { key, code_location, .. } => {
                    Some(place(key.clone(), code_location.clone()))
                }
                _ => None,
            })
            .collect();
        prop_assert_eq!(removed, naive.removed_and_changed);
        if let Ok(merged) = three_way.merge() {
            prop_assert_eq!(naive_merge::by_place(&merged.to_snapshot()), naive.merged);
        }
    }

    #[test]
    fn what_hangs_in_the_air_after_merging_does_so_on_a_side_or_is_told(snapshots in strategies::branches()) {
        let three_way = three_way(&snapshots, &with_renames(Renames::Off));
        let [_, base, head] = &snapshots;
        let Ok(merged) = three_way.merge() else { return Ok(()) };
        let (base, head) = (graph(base), graph(head));
        for key in merged.undefined() {
            for downstream in merged.downstream(&key) {
                let hangs =
                    |side: &AssetGraph| !side.contains(&key) && side.upstream(&downstream).contains(&key);
                prop_assert!(hangs(&base) || hangs(&head), "{downstream} reads {key}");
            }
        }
    }
}

#[test]
fn the_sides_are_each_others_other() {
    assert_eq!(Side::Yours.other(), Side::Theirs);
    assert_eq!(Side::Theirs.other(), Side::Yours);
}
