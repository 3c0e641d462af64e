//! Comparing only what two snapshots do not have in common.

use std::collections::BTreeSet;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Common, DiffOptions, Snapshot, UndefinedUpstream, diff,
};
use assetdiff_tests::strategies;
use proptest::prelude::*;

use crate::build::{asset, graph};
use crate::properties::cases;

fn sorted(graph: &AssetGraph) -> Vec<AssetDefinition> {
    graph.to_snapshot().assets
}

/// Answers for the definitions that both have, as whoever keeps their texts would.
fn answers(common: &[AssetDefinition], asked: &BTreeSet<AssetKey>) -> Common {
    let mut answers = Common::default();
    common.iter().for_each(|definition| answers.add(definition, asked));
    answers
}

/// The change set from what is not the same, if that is enough.
fn from_parts(base: &AssetGraph, head: &AssetGraph) -> Option<ChangeSet> {
    let (old, new) = (sorted(base), sorted(head));
    let only = |these: &[AssetDefinition], others: &[AssetDefinition]| {
        let assets = these.iter().filter(|definition| !others.contains(definition)).cloned().collect();
        let mut snapshot = Snapshot { assets, ..Snapshot::default() };
        snapshot.provenance = base.provenance().clone();
        AssetGraph::new(snapshot).unwrap()
    };
    let (base_part, head_part) = (only(&old, &new), only(&new, &old));
    let common: Vec<_> = new.iter().filter(|definition| old.contains(definition)).cloned().collect();
    let common = answers(&common, &Common::asked(&base_part, &head_part));
    common.between_parts(&base_part, &head_part, &DiffOptions::default())
}

/// What parts can tell of a whole change set.
fn as_parts_tell(changes: ChangeSet, told: &ChangeSet) -> ChangeSet {
    let tells = |upstream: &UndefinedUpstream| upstream.was_defined || upstream.is_new;
    let undefined_upstreams = changes.undefined_upstreams.into_iter().filter(tells).collect();
    let (base, head) = (told.base.clone(), told.head.clone());
    ChangeSet { graphs: None, undefined_upstreams, base, head, ..changes }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn parts_differ_as_the_whole_does((base, head) in strategies::pair()) {
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        if let Some(told) = from_parts(&base, &head) {
            let whole = diff(&base, &head, &DiffOptions::default());
            prop_assert_eq!(as_parts_tell(whole, &told), told);
        }
    }
}

#[test]
fn what_reads_a_removed_asset_in_common_is_told() {
    let base = graph([asset("raw", &[]), asset("a", &["raw", "never"]), asset("b", &[])]);
    let head = graph([asset("a", &["raw", "never"]), asset("b", &["new", "a"])]);
    let changes = from_parts(&base, &head).unwrap();
    let undefined: Vec<_> = changes
        .undefined_upstreams
        .iter()
        .map(|u| (u.key.to_string(), u.downstream.len(), u.was_defined, u.is_new))
        .collect();
    assert_eq!(undefined, [("new".to_owned(), 1, false, true), ("raw".to_owned(), 1, true, false)]);
}

#[test]
fn an_asset_that_is_still_read_in_common_is_not_renamed() {
    let mut old = asset("old", &["x", "y"]);
    old.description = Some("the same in both".to_owned());
    let new = AssetDefinition { key: "new".parse().unwrap(), ..old.clone() };
    let base = graph([old.clone(), asset("reader", &["old"])]);
    let head = graph([new.clone(), asset("reader", &["old"])]);
    let changes = from_parts(&base, &head).unwrap();
    assert_eq!((changes.renamed.len(), changes.removed.len(), changes.added.len()), (0, 1, 1));
    assert_eq!(from_parts(&graph([old]), &graph([new])).unwrap().renamed.len(), 1);
}

#[test]
fn a_key_with_a_definition_in_common_wants_the_whole() {
    let located = |location: &str| crate::build::located("a", location);
    assert_eq!(from_parts(&graph([located("x")]), &graph([located("x"), located("y")])), None);
}
