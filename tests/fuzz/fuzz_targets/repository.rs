//! Any bytes as the serialised snapshot of a Dagster repository: an error, or a valid graph; the same
//! beside another one.
#![no_main]

use assetdiff::{AssetGraph, Limits};
use assetdiff_adapters::dagster;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    const KITCHEN: &[u8] = include_bytes!("../seeds/repository/kitchen.json");
    let (_, head) = dagster::pair(KITCHEN, bytes, &limits);
    let (base, _) = dagster::pair(bytes, bytes, &limits);
    let alone = dagster::graph(bytes, None, &limits);
    assert_eq!(head, alone);
    assert_eq!(base, alone);
    let Ok(graph) = alone else { return };
    let mut written = Vec::new();
    graph.write_json(&mut written).expect("memory takes it");
    let again = AssetGraph::from_json(&written, &limits).expect("what was written can be read");
    assert_eq!(again.fingerprint(), graph.fingerprint());
});
