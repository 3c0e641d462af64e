//! Inputs at a URL, here of files.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, diff};
use assetdiff_adapters::source::{self, SourceError, SourceKind};
use assetdiff_tests::strategies;
use proptest::prelude::*;
use tempfile::TempDir;

fn url(path: &Path) -> PathBuf {
    format!("file://{}", path.display()).into()
}

fn written(folder: &TempDir, name: &str, graph: &AssetGraph) -> PathBuf {
    let path = folder.path().join(name);
    source::write(&path, graph).unwrap();
    path
}

fn graph(version: &str) -> AssetGraph {
    let json = format!(
        r#"{{"format_version": "1.0", "assets": [{{"key": ["a"], "group": "{version}"}}, {{"key": ["b"]}}]}}"#
    );
    AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

fn changes(base: &Path, head: &Path) -> Result<ChangeSet, SourceError> {
    source::changes(base, head, SourceKind::Auto, &Limits::default(), &DiffOptions::default())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn columnar_files_elsewhere_differ_as_their_graphs_do((base, head) in strategies::pair()) {
        let folder = tempfile::tempdir().unwrap();
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let expected = diff(&base, &head, &DiffOptions::default());
        let (old, new) = (written(&folder, "base.assets", &base), written(&folder, "head.assets", &head));
        prop_assert!(source::are_columnar(&url(&old), &new));
        for (old, new) in [(url(&old), url(&new)), (url(&old), new.clone()), (old.clone(), url(&new))] {
            prop_assert_eq!(changes(&old, &new).unwrap(), expected.clone());
        }
    }
}

#[test]
fn files_elsewhere_are_read_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (graph("old"), graph("new"));
    let head = written(&folder, "head.assets", &new);
    for name in
        ["base.json", "base.json.zst", "base.json.gz", "base.assets", "base.assets.zst", "base.parquet"]
    {
        let base = url(&written(&folder, name, &old));
        let read = source::read(&base, SourceKind::Auto, &Limits::default()).unwrap();
        assert_eq!(read, old, "{name}");
        assert_eq!(changes(&base, &head).unwrap(), diff(&old, &new, &DiffOptions::default()), "{name}");
        assert_eq!(source::are_columnar(&base, &head), name == "base.assets");
    }
}

#[test]
fn what_is_wrong_with_a_file_elsewhere_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let whole = written(&folder, "whole.assets", &graph("old"));
    let none = url(&folder.path().join("none.assets"));
    let damaged = folder.path().join("damaged.assets");
    let mut bytes = std::fs::read(&whole).unwrap();
    let at = bytes.windows(3).position(|part| part == b"old").unwrap();
    bytes[at] = b'x';
    std::fs::write(&damaged, bytes).unwrap();
    let head = written(&folder, "head.assets", &graph("new"));
    let error = |base: &Path, head: &Path| changes(base, head).unwrap_err().to_string();
    let (place, wrong) = (none.display(), url(&damaged));
    let found = error(&none, &head);
    assert!(found.starts_with(&format!("{place}: cannot read: ")) && found.contains("not found"), "{found}");
    let told = "expected a columnar snapshot as it was written, found other bytes in its section \"records\": copy or \
                write it again";
    assert_eq!(error(&wrong, &head), format!("{}: {told}", wrong.display()));
    assert_eq!(error(&head, &wrong), format!("{}: {told}", wrong.display()));
    let mut limits = Limits::default();
    limits.max_bytes = 100;
    let too_large = source::read(&url(&whole), SourceKind::Auto, &limits).unwrap_err().to_string();
    assert!(too_large.ends_with("expected at most 100 bytes, found more"), "{too_large}");
    let refused = source::write(&url(&whole), &graph("new")).unwrap_err().to_string();
    assert!(refused.ends_with("expected a file, found a place that is only read"), "{refused}");
}
