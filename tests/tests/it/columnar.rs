//! Columnar snapshots: the same answers as graphs, and an error or the right answer for damaged ones.

use assetdiff::{
    AssetGraph, ChangeSet, ColumnarError, ColumnarSnapshot, DiffOptions, ImpactPolicy, Snapshot, diff, impact,
};
use assetdiff_tests::columns::reseal;
use assetdiff_tests::strategies;
use proptest::prelude::*;

use crate::build::{asset, graph, located};
use crate::properties::cases;

fn stored(graph: &AssetGraph) -> Vec<u8> {
    let mut file = Vec::new();
    graph.write_columns(&mut file).unwrap();
    file
}

fn open(file: &[u8]) -> Result<ColumnarSnapshot, ColumnarError> {
    ColumnarSnapshot::open(file.to_vec())
}

fn diff_of_files(base: &[u8], head: &[u8]) -> Result<ChangeSet, ColumnarError> {
    open(base)?.diff(&open(head)?, &DiffOptions::default())
}

/// Everything that can be asked of a graph; what comes out is not looked at.
fn use_it(graph: &AssetGraph) {
    graph.to_snapshot().to_json();
    graph.undefined();
    graph.topological_order().count();
    for key in graph.keys() {
        graph.deep_fingerprint(&key);
        graph.upstream(&key);
        graph.downstream(&key);
    }
    let changes = diff(graph, &crate::build::graph([]), &DiffOptions::default());
    changes.to_json();
    let changes = diff(&crate::build::graph([]), graph, &DiffOptions::default());
    impact(&changes, &crate::build::graph([]), graph, &ImpactPolicy::default());
}

/// A graph with each of what a file holds.
fn example(version: &str) -> AssetGraph {
    let mut assets: Vec<_> =
        (0..130).map(|number| asset(&format!("a{number:03}"), &["raw", "lost"])).collect();
    assets.extend([located("shared", "east"), located("shared", "west"), asset("raw", &[])]);
    assets[17].description = Some(version.to_owned());
    graph(assets)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn files_differ_as_their_graphs_do((base, head) in strategies::pair()) {
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let (base_file, head_file) = (stored(&base), stored(&head));
        let changes = diff(&base, &head, &DiffOptions::default());
        prop_assert_eq!(diff_of_files(&base_file, &head_file).unwrap(), changes);

        let mapped = open(&base_file).unwrap().into_graph().unwrap();
        prop_assert_eq!(mapped.to_snapshot(), base.to_snapshot());
        prop_assert!(mapped.topological_order().eq(base.topological_order()));
        prop_assert_eq!(mapped.undefined(), base.undefined());
        for key in base.keys().chain(base.undefined()) {
            prop_assert_eq!(mapped.upstream(&key), base.upstream(&key));
            prop_assert_eq!(mapped.downstream(&key), base.downstream(&key));
            prop_assert_eq!(mapped.deep_fingerprint(&key), base.deep_fingerprint(&key));
        }
        prop_assert_eq!(stored(&mapped), base_file);
    }

    #[test]
    fn what_its_author_broke_is_refused_or_harmless(
        snapshot in strategies::snapshot(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let whole = stored(&AssetGraph::new(snapshot).unwrap());
        let mut broken = whole.clone();
        for (at, byte) in edits {
            // The directory itself is another test's.
            broken[at.index(whole.len() - 64 - 48 * 21)] = byte;
        }
        reseal(&mut broken);
        let _ = diff_of_files(&whole, &broken);
        let _ = diff_of_files(&broken, &whole);
        if let Ok(graph) = open(&broken).and_then(ColumnarSnapshot::into_graph) {
            use_it(&graph);
        }
    }
}

#[test]
fn a_single_wrong_byte_is_told_or_makes_no_difference() {
    let (base, head) = (stored(&example("1")), stored(&example("2")));
    let expected = diff_of_files(&base, &head).unwrap();
    assert_eq!(expected.summary().modified, 1);
    let mut refused = 0;
    for at in 0..head.len() {
        let mut broken = head.clone();
        broken[at] ^= 1 << (at % 8);
        match diff_of_files(&base, &broken) {
            Ok(changes) => assert!(changes == expected, "another answer with byte {at} changed"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn verifying_finds_a_wrong_byte_in_every_section() {
    let file = stored(&example("1"));
    assert_eq!(open(&file).unwrap().verify(), Ok(()));
    let mut sections = std::collections::BTreeSet::new();
    let mut between = 0;
    for at in 0..file.len() {
        let mut broken = file.clone();
        broken[at] ^= 0x10;
        match open(&broken).and_then(|snapshot| snapshot.verify()) {
            Err(ColumnarError::Damaged { section }) => drop(sections.insert(section)),
            Err(_) => {}
            // Zeros up to the next multiple of 64, and what no version reads.
            Ok(()) => between += 1,
        }
    }
    // All but the list of assets that are only checked, which is empty here; and the directory.
    assert_eq!(sections.len(), 21, "{sections:?}");
    assert!(between < 22 * 64 + 24, "{between}");
}

#[test]
fn a_cut_file_is_refused() {
    let file = stored(&example("1"));
    for len in 0..file.len() {
        let expected = if len < 8 { ColumnarError::NotColumnar } else { ColumnarError::Truncated };
        assert_eq!(open(&file[..len]).unwrap_err(), expected, "{len} bytes");
    }
}

#[test]
fn another_major_version_is_refused() {
    let mut file = stored(&example("1"));
    let footer = file.len() - 64;
    file[footer + 12] = 2;
    assert_eq!(
        open(&file).unwrap_err().to_string(),
        "expected version 1.x of the columnar format, found 2.0: write the snapshot anew with this version of \
         assetdiff, or use the version that wrote it"
    );
    file[footer + 12..footer + 16].copy_from_slice(&[1, 0, 9, 0]);
    assert_eq!(open(&file).unwrap().len(), 132);
}

#[test]
fn an_inserted_asset_changes_one_block() {
    let names: Vec<_> = (0..5000).map(|number| format!("a{number:04}")).collect();
    let all = |without: usize| {
        let names = names.iter().enumerate().filter(|(index, _)| *index != without);
        graph(names.map(|(_, name)| asset(name, &[])))
    };
    let changes = diff_of_files(&stored(&all(usize::MAX)), &stored(&all(2500))).unwrap();
    assert_eq!((changes.removed.len(), changes.changes().len()), (1, 1));
    assert_eq!(changes, diff(&all(usize::MAX), &all(2500), &DiffOptions::default()));
}

#[test]
fn an_empty_snapshot_is_one() {
    let empty = stored(&AssetGraph::new(Snapshot::default()).unwrap());
    assert!(open(&empty).unwrap().into_graph().unwrap().is_empty());
    assert!(diff_of_files(&empty, &empty).unwrap().is_empty());
}
