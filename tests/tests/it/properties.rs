//! What holds for every graph and every pair of graphs.
//!
//! `ASSETDIFF_CASES` sets how many cases each property is tried on: 256 unless it is stated.

use std::collections::BTreeSet;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Comparison, DefinitionRef, DiffOptions, Difference,
    Limits, MetadataValue, Modification, Relocated, Renames, Snapshot, diff,
};
use assetdiff_tests::naive::{self, NaiveDiff, Place};
use assetdiff_tests::strategies;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

pub(crate) fn cases() -> ProptestConfig {
    let cases = std::env::var("ASSETDIFF_CASES").map_or(256, |text| text.parse().unwrap());
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_global_rejects: 1 << 20,
        ..ProptestConfig::default()
    }
}

fn graph(snapshot: &Snapshot) -> AssetGraph {
    AssetGraph::new(snapshot.clone()).unwrap()
}

fn exactly() -> DiffOptions {
    let mut options = DiffOptions::default();
    options.renames = Renames::Off;
    options
}

/// The change set without what is told of head only.
fn without_undefined(changes: ChangeSet) -> ChangeSet {
    ChangeSet { undefined_upstreams: Vec::new(), ..changes }
}

fn place(definition: &AssetDefinition) -> Place {
    (definition.key.clone(), definition.code_location.clone())
}

/// The places that a change set speaks of.
fn places(changes: &ChangeSet) -> BTreeSet<Place> {
    let relocated = |r: &Relocated| [place(&r.old), place(&r.new)];
    let mut places: BTreeSet<Place> = changes.added.iter().chain(&changes.removed).map(place).collect();
    places.extend(changes.renamed.iter().chain(&changes.moved).flat_map(relocated));
    places.extend(changes.modified.iter().map(|m| (m.key.clone(), m.code_location.clone())));
    places
}

fn definitions(graph: &AssetGraph) -> Vec<AssetDefinition> {
    graph.to_snapshot().assets
}

/// The change set in the naive diff's form.
fn as_naive(changes: &ChangeSet) -> NaiveDiff {
    let moved = changes.moved.iter();
    NaiveDiff {
        added: changes.added.iter().map(place).collect(),
        removed: changes.removed.iter().map(place).collect(),
        moved: moved.map(|r| (place(&r.old), place(&r.new), r.modification.aspects())).collect(),
        modified: changes
            .modified
            .iter()
            .map(|m| ((m.key.clone(), m.code_location.clone()), m.modification.aspects()))
            .collect(),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_found_by_fingerprints_is_what_the_diff_finds((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        let changes = diff(&base, &head, &exactly());
        let comparison = Comparison::new(&base, &head);
        let place = |definition: &DefinitionRef<'_>| (definition.key(), definition.code_location().map(str::to_owned));
        let (mut removed, mut added, mut moved, mut modified) = (vec![], vec![], vec![], vec![]);
        for (difference, aspects) in comparison.with_aspects() {
            prop_assert_eq!(&aspects, &difference.aspects());
            match &difference {
                Difference::Removed(old) => removed.push(old.definition()),
                Difference::Added(new) => added.push(new.definition()),
                Difference::Moved(_, new) => moved.push((place(new), aspects)),
                Difference::Modified(_, new) => modified.push((place(new), aspects)),
            }
        }
        let shown = |difference: Difference<'_>| format!("{difference:?}");
        let with_aspects = comparison.with_aspects().map(|(difference, _)| shown(difference));
        prop_assert!(comparison.iter().map(shown).eq(with_aspects));
        let len = removed.len() + added.len() + moved.len() + modified.len();
        prop_assert_eq!(comparison.len(), len);
        prop_assert_eq!(removed, changes.removed);
        prop_assert_eq!(added, changes.added);
        let moves = changes.moved.into_iter();
        let moves = moves.map(|m| ((m.new.key, m.new.code_location), m.modification.aspects()));
        prop_assert_eq!(moved, moves.collect::<Vec<_>>());
        let modifications = changes.modified.into_iter();
        let modifications = modifications.map(|m| ((m.key, m.code_location), m.modification.aspects()));
        prop_assert_eq!(modified, modifications.collect::<Vec<_>>());
    }

    #[test]
    fn a_graph_does_not_differ_from_itself(snapshot in strategies::snapshot()) {
        let graph = graph(&snapshot);
        let changes = diff(&graph, &graph, &DiffOptions::default());
        prop_assert!(changes.is_empty(), "{changes:?}");
        prop_assert_eq!(changes.apply(&graph).unwrap(), graph);
    }

    #[test]
    fn a_place_is_in_the_change_set_exactly_when_its_definitions_differ(
        (base, head) in strategies::pair(),
    ) {
        let (base, head) = (graph(&base), graph(&head));
        let changes = diff(&base, &head, &DiffOptions::default());
        let (old, new) = (definitions(&base), definitions(&head));
        let expected: BTreeSet<Place> = old
            .iter()
            .filter(|definition| !new.contains(definition))
            .chain(new.iter().filter(|definition| !old.contains(definition)))
            .map(place)
            .collect();
        prop_assert_eq!(places(&changes), expected);
    }

    #[test]
    fn every_change_states_its_kinds(
        (base, head) in strategies::pair(),
    ) {
        let changes = diff(&graph(&base), &graph(&head), &DiffOptions::default());
        for change in changes.changes() {
            prop_assert!(!change.kinds().is_empty(), "{change:?}");
        }
        prop_assert!(changes.modified.iter().all(|m| m.modification != Modification::default()));
    }

    #[test]
    fn the_lists_of_a_change_set_are_sorted((base, head) in strategies::pair()) {
        let changes = diff(&graph(&base), &graph(&head), &DiffOptions::default());
        prop_assert!(changes.added.is_sorted_by_key(place));
        prop_assert!(changes.removed.is_sorted_by_key(place));
        prop_assert!(changes.renamed.is_sorted_by_key(|r| place(&r.old)));
        prop_assert!(changes.moved.is_sorted_by_key(|r| place(&r.old)));
        prop_assert!(changes.modified.is_sorted_by_key(|m| (m.key.clone(), m.code_location.clone())));
        prop_assert!(changes.undefined_upstreams.is_sorted_by_key(|u| u.key.clone()));
    }

    #[test]
    fn swapping_the_sides_inverts_the_change_set((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        for renames in [Renames::Off, Renames::Exact, Renames::Similar { threshold: 30 }] {
            let mut options = DiffOptions::default();
            options.renames = renames;
            let forth = without_undefined(diff(&base, &head, &options));
            let back = without_undefined(diff(&head, &base, &options));
            prop_assert_eq!(forth.clone().invert(), back);
            prop_assert_eq!(forth.clone().invert().invert(), forth);
        }
    }

    #[test]
    fn applying_a_change_set_gives_head_and_its_inverse_gives_base((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        for options in [DiffOptions::default(), exactly()] {
            let changes = diff(&base, &head, &options);
            let applied = changes.apply(&base).unwrap();
            prop_assert_eq!(definitions(&applied), definitions(&head));
            prop_assert_eq!(applied.fingerprint(), head.fingerprint());
            let back = changes.invert().apply(&head).unwrap();
            prop_assert_eq!(definitions(&back), definitions(&base));
        }
    }

    #[test]
    fn a_change_set_applies_to_no_other_graph((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        let changes = diff(&base, &head, &DiffOptions::default());
        // Where something was removed or changed, head is not what the change set starts from.
        if !changes.removed.is_empty() || !changes.modified.is_empty() || !changes.renamed.is_empty() {
            let error = changes.apply(&head).unwrap_err().to_string();
            let start = "expected the graph that the change set starts from, found another one at ";
            prop_assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn two_change_sets_in_a_row_do_what_their_composition_does([a, b, c] in strategies::three()) {
        let (a, b, c) = (graph(&a), graph(&b), graph(&c));
        for options in [DiffOptions::default(), exactly()] {
            let composed = diff(&a, &b, &options).compose(diff(&b, &c, &options));
            prop_assert_eq!(definitions(&composed.apply(&a).unwrap()), definitions(&c));
            let direct = diff(&a, &c, &exactly());
            prop_assert_eq!(places(&composed), places(&direct));
            prop_assert_eq!(composed.graphs, direct.graphs);
        }
    }

    #[test]
    fn there_and_back_again_is_nothing((base, head) in strategies::pair()) {
        let (base, head) = (graph(&base), graph(&head));
        let forth = diff(&base, &head, &DiffOptions::default());
        let composed = forth.clone().compose(forth.invert());
        prop_assert!(composed.is_empty(), "{composed:?}");
    }

    #[test]
    fn the_order_of_listing_does_not_matter((listed, shuffled) in strategies::shuffled()) {
        let (one, other) = (graph(&listed), graph(&shuffled));
        prop_assert_eq!(one.fingerprint(), other.fingerprint());
        for key in one.keys() {
            prop_assert_eq!(one.deep_fingerprint(&key), other.deep_fingerprint(&key));
        }
        prop_assert!(diff(&one, &other, &DiffOptions::default()).is_empty());
        prop_assert_eq!(listed.to_json(), shuffled.to_json());
        let empty = graph(&Snapshot::default());
        let from = |graph| diff(&empty, graph, &DiffOptions::default()).to_json();
        prop_assert_eq!(from(&one), from(&other));
    }

    #[test]
    fn a_naive_diff_finds_the_same((base, head) in strategies::pair()) {
        let changes = diff(&graph(&base), &graph(&head), &exactly());
        prop_assert_eq!(as_naive(&changes), naive::diff(&base, &head));
    }

    #[test]
    fn renames_only_pair_what_a_naive_diff_finds_removed_and_added((base, head) in strategies::pair()) {
        let changes = diff(&graph(&base), &graph(&head), &DiffOptions::default());
        let naive = naive::diff(&base, &head);
        let mut found = as_naive(&changes);
        for Relocated { old, new, modification, similarity } in &changes.renamed {
            prop_assert!(naive.removed.contains(&place(old)), "{old:?}");
            prop_assert!(naive.added.contains(&place(new)), "{new:?}");
            prop_assert!((60..=100).contains(similarity), "{similarity}");
            let is_same = modification.is_empty() || modification.only_follows_renames();
            prop_assert!(is_same || *similarity < 100, "{modification:?}");
            found.removed.insert(place(old));
            found.added.insert(place(new));
        }
        prop_assert_eq!(found, naive);
    }

    #[test]
    fn snapshots_survive_writing_and_reading(snapshot in strategies::snapshot()) {
        let graph = graph(&snapshot);
        let sorted = graph.to_snapshot();
        let json = snapshot.to_json();
        prop_assert_eq!(Snapshot::from_json(&json, &Limits::default()).unwrap(), sorted.clone());
        prop_assert_eq!(sorted.to_json(), json.clone());
        let mut written = Vec::new();
        graph.write_json(&mut written).unwrap();
        prop_assert_eq!(written, json);
    }

    #[test]
    fn structs_and_json_give_the_same_graph(snapshot in strategies::snapshot()) {
        let structs = graph(&snapshot);
        let json = AssetGraph::from_json(&snapshot.to_json(), &Limits::default()).unwrap();
        prop_assert_eq!(structs.fingerprint(), json.fingerprint());
        prop_assert_eq!(structs.to_snapshot(), json.to_snapshot());
        for key in structs.keys() {
            prop_assert_eq!(structs.fingerprints_of(&key), json.fingerprints_of(&key));
            prop_assert_eq!(structs.deep_fingerprint(&key), json.deep_fingerprint(&key));
        }
    }

    #[test]
    fn change_sets_survive_writing_and_reading((base, head) in strategies::pair()) {
        let changes = diff(&graph(&base), &graph(&head), &DiffOptions::default());
        let json = changes.to_json();
        let read = ChangeSet::from_json(&json).unwrap();
        prop_assert_eq!(&read, &changes);
        prop_assert_eq!(read.to_json(), json);
    }

    #[test]
    fn definitions_are_equal_exactly_when_their_fingerprints_are(
        one in strategies::definition(),
        other in strategies::definition(),
    ) {
        let fingerprint = |definition: &AssetDefinition| {
            let mut definition = definition.clone();
            definition.key = AssetKey::new(["same"]).unwrap();
            let mut seen = BTreeSet::new();
            definition.dependencies.retain(|d| d.key != definition.key && seen.insert(d.key.clone()));
            let mut seen = BTreeSet::new();
            definition.checks.retain(|c| seen.insert(c.name.clone()));
            let graph = graph(&Snapshot { assets: vec![definition], ..Snapshot::default() });
            (graph.definitions().next().unwrap(), graph.fingerprint())
        };
        let (one, one_fingerprint) = fingerprint(&one);
        let (other, other_fingerprint) = fingerprint(&other);
        prop_assert_eq!(one == other, one_fingerprint == other_fingerprint);
    }

    #[test]
    fn every_dependency_comes_before_its_dependents(snapshot in strategies::snapshot()) {
        let graph = graph(&snapshot);
        let order: Vec<AssetKey> = graph.topological_order().collect();
        prop_assert_eq!(order.len(), graph.len());
        for (at, key) in order.iter().enumerate() {
            for upstream in graph.upstream(key) {
                prop_assert!(graph.downstream(&upstream).contains(key));
                if upstream != *key && graph.contains(&upstream) {
                    prop_assert!(order[..at].contains(&upstream), "{upstream} after {key}");
                }
            }
        }
    }

    #[test]
    fn keys_survive_their_text_form_and_order_like_their_components(
        one in strategies::key(),
        other in strategies::key(),
    ) {
        let text = one.to_string();
        prop_assert_eq!(text.parse::<AssetKey>().unwrap(), one.clone());
        prop_assert!(!text.chars().any(assetdiff::is_hidden), "{text:?}");
        prop_assert_eq!(text == other.to_string(), one == other);
        prop_assert!(one.components().cmp(other.components()) == one.cmp(&other));
    }

    #[test]
    fn json_is_equal_exactly_when_nothing_differs_in_it(
        one in strategies::json(),
        other in strategies::json(),
    ) {
        prop_assert_eq!(one.changes_to(&other).is_empty(), one == other);
        prop_assert_eq!(assetdiff::Json::parse(one.as_str()).unwrap(), one.clone());
        for change in one.changes_to(&other) {
            prop_assert!(change.old != change.new, "{change:?}");
        }
    }

    #[test]
    fn metadata_values_of_different_type_differ(
        one in strategies::metadata_value(),
        other in strategies::metadata_value(),
    ) {
        prop_assert!(one != other || one.type_name() == other.type_name());
    }
}

#[test]
fn the_strategies_reach_every_type_and_every_sort_of_change() {
    let mut runner = TestRunner::deterministic();
    let mut sample = |seen: &mut dyn FnMut(&mut TestRunner)| (0..3000).for_each(|_| seen(&mut runner));

    let mut types = BTreeSet::new();
    sample(&mut |runner| {
        let value = strategies::metadata_value().new_tree(runner).unwrap().current();
        types.insert(match value {
            MetadataValue::Other { .. } => "other".to_owned(),
            known => known.type_name().to_owned(),
        });
    });
    assert_eq!(types.len(), usize::from(assetdiff_tests::generate::METADATA_TYPES), "{types:?}");

    let mut partitions = BTreeSet::new();
    sample(&mut |runner| {
        let value = strategies::partitions().new_tree(runner).unwrap().current();
        partitions.insert(value.type_name().split('.').next().unwrap().to_owned());
    });
    assert_eq!(partitions.len(), 5, "{partitions:?}");

    let mut mappings = BTreeSet::new();
    sample(&mut |runner| {
        let value = strategies::mapping().new_tree(runner).unwrap().current();
        mappings.insert(value.type_name().split('.').next().unwrap().to_owned());
    });
    assert_eq!(mappings.len(), 9, "{mappings:?}");

    let (mut kinds, mut counts) = (BTreeSet::new(), [0; 6]);
    sample(&mut |runner| {
        let (base, head) = strategies::pair().new_tree(runner).unwrap().current();
        let changes = diff(&graph(&base), &graph(&head), &DiffOptions::default());
        kinds.extend(changes.changes().iter().flat_map(|change| change.kinds()));
        let assetdiff::Summary { renamed, moved, modified, following_renames, undefined_upstreams, .. } =
            changes.summary();
        let found = [head.assets.len(), renamed, moved, modified, following_renames, undefined_upstreams];
        counts.iter_mut().zip(found).for_each(|(count, found)| *count += found);
    });
    let missing: Vec<_> = assetdiff::ChangeKind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
    assert!(counts.iter().all(|&count| count > 50), "seen too rarely: {counts:?}");
}
