//! What is recorded of real dbt in `tests/dbt/recorded`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, Limits};
use assetdiff_adapters::{dbt, file};

/// What dbt answered: ids, or that it stopped with an error.
#[derive(serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Ids(BTreeSet<String>),
    Stopped { error: String },
}

/// Returns the folder of a version of dbt.
pub(crate) fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dbt/recorded").join(version)
}

/// Returns the manifests by the edit that was made.
pub(crate) fn manifests(version: &str) -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        edit: String,
        #[serde(borrow)]
        manifest: &'a serde_json::value::RawValue,
    }
    let bytes = file::read(&folder(version).join("manifests.jsonl.zst"), &Limits::default()).unwrap();
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    let manifests = lines.map(|line| {
        let Line { edit, manifest } = serde_json::from_str(line).unwrap();
        (edit, manifest.get().to_owned())
    });
    manifests.collect()
}

/// Returns the graphs of the manifests.
pub(crate) fn graphs(version: &str) -> BTreeMap<String, AssetGraph> {
    let graphs = manifests(version).into_iter().map(|(edit, manifest)| {
        let graph = dbt::graph(manifest.as_bytes(), &Limits::default());
        let graph = graph.unwrap_or_else(|error| panic!("{version} {edit}: {error}"));
        (edit, graph)
    });
    graphs.collect()
}
