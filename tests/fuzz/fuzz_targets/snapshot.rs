//! Any bytes as a snapshot: an error, or a graph that is the same after writing and reading it.
#![no_main]

use assetdiff::{AssetGraph, DiffOptions, Limits, diff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let graph = match AssetGraph::from_json(bytes, &limits) {
        Ok(graph) => graph,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let mut written = Vec::new();
    graph.write_json(&mut written).expect("memory takes it");
    let again = AssetGraph::from_json(&written, &limits).expect("what was written can be read");
    assert_eq!(again.fingerprint(), graph.fingerprint());
    let mut rewritten = Vec::new();
    again.write_json(&mut rewritten).expect("memory takes it");
    assert_eq!(written, rewritten);
    assert!(diff(&graph, &again, &DiffOptions::default()).is_empty());
    assert_eq!(AssetGraph::new(graph.to_snapshot()).expect("it is valid").fingerprint(), graph.fingerprint());
});
