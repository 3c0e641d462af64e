//! Any bytes as the serialised snapshot of a Dagster repository: an error, or a valid graph.
#![no_main]

use assetdiff::{AssetGraph, Limits};
use assetdiff_adapters::dagster;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(graph) = dagster::graph(bytes, None, &limits) else { return };
    let mut written = Vec::new();
    graph.write_json(&mut written).expect("memory takes it");
    let again = AssetGraph::from_json(&written, &limits).expect("what was written can be read");
    assert_eq!(again.fingerprint(), graph.fingerprint());
});
