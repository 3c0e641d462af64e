//! Any bytes as a dbt manifest: an error, or a valid graph.
#![no_main]

use assetdiff::{AssetGraph, DiffOptions, Limits, diff};
use assetdiff_adapters::dbt::{self, State, StateOptions, StateSelector};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(graph) = dbt::graph(bytes, &limits) else { return };
    let mut written = Vec::new();
    graph.write_json(&mut written).expect("memory takes it");
    let again = AssetGraph::from_json(&written, &limits).expect("what was written can be read");
    assert_eq!(again.fingerprint(), graph.fingerprint());
    let changes = diff(&graph, &graph, &DiffOptions::default());
    let state = State::new(&changes, &graph, &graph);
    for selector in StateSelector::ALL {
        state.select(selector, StateOptions::of(&graph));
    }
});
