//! Columnar snapshots: the same answers as graphs, and an error or the right answer for damaged ones.

use std::cell::{Cell, RefCell};
use std::io;
use std::ops::Range;

use assetdiff::{
    AssetGraph, ChangeSet, ColumnarError, ColumnarSnapshot, DiffOptions, ImpactPolicy, Limits, RangeRead,
    RangedDiffError, RangedError, RangedSnapshot, Snapshot, diff, impact,
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

fn diff_of_ranges(base: &[u8], head: &[u8]) -> Result<ChangeSet, RangedDiffError> {
    let base = RangedSnapshot::open(base).map_err(RangedDiffError::Base)?;
    let head = RangedSnapshot::open(head).map_err(RangedDiffError::Head)?;
    base.diff(&head, &DiffOptions::default(), &Limits::default())
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
        prop_assert_eq!(&diff_of_ranges(&base_file, &head_file).unwrap(), &changes);
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
            broken[at.index(whole.len() - 64 - 48 * 22)] = byte;
        }
        reseal(&mut broken);
        let _ = diff_of_files(&whole, &broken);
        let _ = diff_of_files(&broken, &whole);
        let _ = diff_of_ranges(&whole, &broken);
        let _ = diff_of_ranges(&broken, &whole);
        if let Ok(graph) = open(&broken).and_then(ColumnarSnapshot::into_graph) {
            use_it(&graph);
        }
    }
}

#[test]
fn a_single_wrong_byte_is_told_or_makes_no_difference() {
    let (base, head) = (stored(&example("1")), stored(&example("2")));
    refuses_or_says_the_same(&base, &head);
    // The first asset has two definitions, and the block in which the second one changed begins with it.
    let small = |group: &str| {
        let mut assets = vec![located("a", "east"), located("a", "west"), asset("b", &[])];
        assets[2].group = Some(group.to_owned());
        stored(&graph(assets))
    };
    refuses_or_says_the_same(&small("1"), &small("2"));
}

#[test]
fn a_zero_anywhere_in_base_is_told_or_makes_no_difference() {
    // Each asset has one definition, and there are several blocks.
    let version = |group: &str| {
        let mut assets: Vec<_> = (0..300).map(|number| asset(&format!("a{number:03}"), &[])).collect();
        assets[17].group = Some(group.to_owned());
        stored(&graph(assets))
    };
    let (base, head) = (version("1"), version("2"));
    let expected = diff_of_files(&base, &head).unwrap();
    assert_eq!(expected.summary().modified, 1);
    for at in 0..base.len() {
        let mut broken = base.clone();
        broken[at] = 0;
        if let Ok(changes) = diff_of_files(&broken, &head) {
            assert!(changes == expected, "another answer with byte {at} changed");
        }
    }
}

fn refuses_or_says_the_same(base: &[u8], head: &[u8]) {
    let expected = diff_of_files(base, head).unwrap();
    assert_eq!(expected.summary().modified, 1);
    assert_eq!(diff_of_ranges(base, head).unwrap(), expected);
    let (mut refused, mut refused_of_ranges) = (0, 0);
    for at in 0..head.len() {
        let mut broken = head.to_vec();
        broken[at] ^= 1 << (at % 8);
        match diff_of_files(base, &broken) {
            Ok(changes) => assert!(changes == expected, "another answer with byte {at} changed"),
            Err(_) => refused += 1,
        }
        match diff_of_ranges(base, &broken) {
            Ok(changes) => assert!(changes == expected, "another answer of ranges with byte {at} changed"),
            Err(RangedDiffError::Head(_)) => refused_of_ranges += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 200, "{refused}");
    assert!(refused_of_ranges > 200, "{refused_of_ranges}");
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
    assert_eq!(sections.len(), 22, "{sections:?}");
    assert!(between < 23 * 64 + 24, "{between}");
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

#[test]
fn an_asset_that_base_depended_on_undefined_is_no_new_name_in_far_files_either() {
    let version = |name: &str| {
        let mut assets = vec![asset("reader", &["lost"]), asset(name, &[])];
        assets[1].description = Some("The same words".to_owned());
        graph(assets)
    };
    let (base, head) = (version("found"), version("lost"));
    let changes = diff_of_ranges(&stored(&base), &stored(&head)).unwrap();
    assert_eq!(changes, diff(&base, &head, &DiffOptions::default()));
    assert_eq!((changes.removed.len(), changes.added.len(), changes.renamed.len()), (1, 1, 0));
}

/// A file that is far away, what was fetched of it, and how often.
struct Far {
    file: Vec<u8>,
    fetched: RefCell<Vec<Range<u64>>>,
    requests: Cell<usize>,
}

impl Far {
    fn of(graph: &AssetGraph) -> Self {
        Self { file: stored(graph), fetched: RefCell::default(), requests: Cell::new(0) }
    }

    fn fetched_bytes(&self) -> u64 {
        self.fetched.borrow().iter().map(|range| range.end - range.start).sum()
    }
}

impl RangeRead for &Far {
    type Part = Vec<u8>;

    fn size(&self) -> u64 {
        self.file.len() as u64
    }

    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Vec<u8>>> {
        self.requests.set(self.requests.get() + 1);
        self.fetched.borrow_mut().extend_from_slice(ranges);
        Ok(ranges.iter().map(|r| self.file[r.start as usize..r.end as usize].to_vec()).collect())
    }
}

#[test]
fn of_a_far_file_little_is_fetched() {
    let version = |changed: &str| {
        let mut assets: Vec<_> = (0..20_000).map(|n| asset(&format!("a{n:05}"), &["raw", "lost"])).collect();
        for asset in &mut assets {
            asset.description = Some("x".repeat(300));
        }
        assets[7_000].group = Some(changed.to_owned());
        graph(assets)
    };
    let (base, head) = (version("old"), version("new"));
    let (old, new) = (Far::of(&base), Far::of(&head));
    let (ranged_old, ranged_new) = (RangedSnapshot::open(&old).unwrap(), RangedSnapshot::open(&new).unwrap());
    let changes = ranged_old.diff(&ranged_new, &DiffOptions::default(), &Limits::default()).unwrap();
    assert_eq!(changes, diff(&base, &head, &DiffOptions::default()));
    for far in [&old, &new] {
        assert_eq!(far.requests.get(), 5);
        // What 20,000 assets read that nobody defines is most of it.
        let undefined = 2 * 20_000 * 11;
        let fetched = far.fetched_bytes();
        assert!(fetched < undefined + 80_000, "{fetched} of {}", far.file.len());
        assert!(far.size() > 20 * 80_000);
    }
    let again = Far::of(&base);
    let changes =
        ranged_old.diff(&RangedSnapshot::open(&again).unwrap(), &DiffOptions::default(), &Limits::default());
    assert!(changes.unwrap().is_empty());
    assert_eq!(again.requests.get(), 2, "nothing differs");
}

/// What a server makes of a part.
type Answer = fn(Vec<u8>) -> io::Result<Vec<u8>>;

/// Answers as a server does that has another file by now, or is out of order.
struct Faulty<'f> {
    file: &'f [u8],
    after: Cell<usize>,
    answer: Answer,
}

impl RangeRead for Faulty<'_> {
    type Part = Vec<u8>;

    fn size(&self) -> u64 {
        self.file.len() as u64
    }

    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Vec<u8>>> {
        let parts = ranges.iter().map(|r| self.file[r.start as usize..r.end as usize].to_vec());
        self.after.set(self.after.get().wrapping_sub(1));
        if self.after.get() == usize::MAX { parts.map(self.answer).collect() } else { Ok(parts.collect()) }
    }
}

#[test]
fn a_far_file_that_answers_wrongly_is_an_error() {
    let (base, head) = (stored(&example("1")), stored(&example("2")));
    let answers: [Answer; 4] = [
        |part| Ok(part[..part.len() / 2].to_vec()),
        |part| Ok([part.as_slice(), b"x"].concat()),
        |part| Ok(vec![b'7'; part.len()]),
        |_| Err(io::Error::other("gone")),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        for after in 0..5 {
            let faulty = Faulty { file: &head, after: Cell::new(after), answer };
            let base = RangedSnapshot::open(&*base).unwrap();
            let answered = RangedSnapshot::open(faulty).map_err(RangedDiffError::Head);
            let answered =
                answered.and_then(|head| base.diff(&head, &DiffOptions::default(), &Limits::default()));
            match answered {
                Err(RangedDiffError::Head(RangedError::Read(error))) => {
                    assert_eq!((number, error.to_string().as_str()), (3, "gone"));
                }
                Err(RangedDiffError::Head(RangedError::Columnar(_))) => assert!(number < 3),
                other => panic!("{number} {after}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_limits_hold_for_what_differs_in_far_files() {
    let (base, head) = (stored(&graph([])), stored(&example("2")));
    let (base, head) = (RangedSnapshot::open(&*base).unwrap(), RangedSnapshot::open(&*head).unwrap());
    let mut limits = Limits::default();
    limits.max_assets = 10;
    let error = base.diff(&head, &DiffOptions::default(), &limits).unwrap_err();
    assert_eq!(error.to_string(), "head: expected at most 10 assets, found more");
}
