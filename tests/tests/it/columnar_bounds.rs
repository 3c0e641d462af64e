//! Columnar snapshots that were made to cost much: what their lists repeat is refused before it is read.

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, ColumnarError, ColumnarSnapshot, DiffOptions,
    Fingerprint, Limits, RangedSnapshot,
};
use assetdiff_tests::columns::{reseal, section};

use crate::build::{asset, graph, located};

// As docs/columnar.md numbers the sections.
const FINGERPRINTS: usize = 4;
const FIRST_ROWS: usize = 5;
const RECORD_STARTS: usize = 7;
const RECORD_LENGTHS: usize = 8;
const KEY_FINGERPRINTS: usize = 10;
const KEY_ENDS: usize = 11;
const KEYS: usize = 12;
const DOWNSTREAM_ENDS: usize = 15;

fn stored(assets: impl IntoIterator<Item = AssetDefinition>) -> Vec<u8> {
    let mut file = Vec::new();
    graph(assets).write_columns(&mut file).unwrap();
    file
}

/// Writes numbers of some bytes over those of a section, as its author could.
fn overwrite(file: &mut [u8], id: usize, size: usize, value: impl Fn(usize) -> u64) {
    let range = section(file, id).unwrap();
    for (index, place) in file[range].chunks_exact_mut(size).enumerate() {
        place.copy_from_slice(&value(index).to_le_bytes()[..size]);
    }
}

/// Makes the first element of a section stand for all.
fn repeat_first(file: &mut [u8], id: usize, size: usize) {
    let range = section(file, id).unwrap();
    let first = file[range.start..range.start + size].to_vec();
    file[range].chunks_exact_mut(size).for_each(|place| place.copy_from_slice(&first));
}

fn diff(base: &[u8], head: &[u8]) -> Result<ChangeSet, ColumnarError> {
    let open = |file: &[u8]| ColumnarSnapshot::open(file.to_vec());
    open(base)?.diff(&open(head)?, &DiffOptions::default())
}

/// Each side may be the one that somebody made.
fn assert_refused(mut file: Vec<u8>, section: &str) {
    reseal(&mut file);
    for (base, head) in [(&file, &stored([])), (&stored([]), &file)] {
        match diff(base, head) {
            Err(ColumnarError::Damaged { section: found }) => assert_eq!(found, section),
            Ok(changes) => panic!("{:?}", changes.summary()),
            Err(error) => panic!("{error}"),
        }
    }
}

fn many() -> Vec<AssetDefinition> {
    let mut assets: Vec<_> = (0..4000).map(|number| asset(&format!("a{number:04}"), &[])).collect();
    assets[0].description = Some("x".repeat(100_000));
    assets
}

#[test]
fn assets_that_claim_all_definitions_are_refused() {
    let mut file =
        stored((0..1000).map(|n| located(&format!("a{n}"), if n % 2 == 0 { "east" } else { "west" })));
    overwrite(&mut file, FIRST_ROWS, 4, |index| if index % 2 == 0 { 0 } else { 1000 });
    assert_refused(file, "first_rows");
}

#[test]
fn definitions_of_one_long_text_are_refused() {
    let mut file = stored(many());
    for (id, size) in [(FINGERPRINTS, 16), (RECORD_STARTS, 8), (RECORD_LENGTHS, 4)] {
        repeat_first(&mut file, id, size);
    }
    assert_refused(file.clone(), "records");

    // Of a far file, before anything of it is fetched.
    reseal(&mut file);
    let blocks = section(&file, 20).unwrap();
    let far = |file: &[u8]| {
        let empty = stored([]);
        let (base, head) = (RangedSnapshot::open(&*empty).unwrap(), RangedSnapshot::open(file).unwrap());
        base.diff(&head, &DiffOptions::default(), &Limits::default()).unwrap_err().to_string()
    };
    let fingerprints = file[section(&file, FINGERPRINTS).unwrap()].to_vec();
    let ends = file[section(&file, 19).unwrap()].to_vec();
    let mut start = 0;
    for (place, end) in blocks.step_by(16).zip(ends.chunks_exact(4)) {
        let end = u32::from_le_bytes(end.try_into().unwrap()) as usize;
        let digest = Fingerprint::of(&fingerprints[start * 16..end * 16]);
        file[place..place + 16].copy_from_slice(digest.as_bytes());
        start = end;
    }
    reseal(&mut file);
    assert!(far(&file).contains("\"record_starts\""), "{}", far(&file));
}

#[test]
fn assets_of_one_long_key_are_refused() {
    let mut assets = many();
    assets[0].key = AssetKey::new(["a".repeat(100_000)]).unwrap();
    let mut file = stored(assets);
    // Every second key is all of the text, and those between are empty: each is as its fingerprint says.
    let text = &file[section(&file, KEYS).unwrap()][..100_000];
    let fingerprints = [text, b""].map(Fingerprint::of);
    let range = section(&file, KEY_FINGERPRINTS).unwrap();
    for (index, place) in file[range].chunks_exact_mut(16).enumerate() {
        place.copy_from_slice(fingerprints[index % 2].as_bytes());
    }
    overwrite(&mut file, KEY_ENDS, 8, |index| if index % 2 == 0 { 100_000 } else { 0 });
    reseal(&mut file);
    let mut others = many();
    others.iter_mut().for_each(|asset| asset.group = Some("g".to_owned()));
    let others = stored(others);
    let refused = |result: Result<ChangeSet, ColumnarError>| {
        matches!(result, Err(ColumnarError::Damaged { section: "keys" }))
    };
    assert!(refused(diff(&file, &others)) && refused(diff(&others, &file)));
}

#[test]
fn undefined_upstreams_of_one_long_key_are_refused() {
    let names: Vec<String> = (0..400).map(|number| format!("lost{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut file = stored([asset("a", &names)]);
    overwrite(&mut file, KEY_ENDS, 8, |index| if index % 2 == 0 { 0 } else { 3000 });
    assert_refused(file, "key_ends");
}

#[test]
fn undefined_upstreams_that_everything_reads_are_refused() {
    let names: Vec<String> = (0..400).map(|number| format!("lost{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut file = stored([asset("a", &names)]);
    overwrite(&mut file, DOWNSTREAM_ENDS, 4, |index| if index % 2 == 0 { 0 } else { 400 });
    assert_refused(file, "downstream_ends");
}

#[test]
fn a_snapshot_is_compared_as_often_as_one_likes() {
    let open = |version: &str| {
        let mut assets = many();
        assets[0].code_version =
            Some(assetdiff::CodeVersion { version: Some(version.to_owned()), ..Default::default() });
        ColumnarSnapshot::open(stored(assets)).unwrap()
    };
    let (base, head) = (open("1"), open("2"));
    for _ in 0..200 {
        assert_eq!(base.diff(&head, &DiffOptions::default()).unwrap().summary().modified, 1);
    }
    let empty = ColumnarSnapshot::open(stored([])).unwrap();
    for _ in 0..20 {
        assert_eq!(base.diff(&empty, &DiffOptions::default()).unwrap().summary().removed, 4000);
    }
    let graph: AssetGraph = base.into_graph().unwrap();
    assert_eq!(graph.len(), 4000);
}
