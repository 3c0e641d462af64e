//! Columnar snapshots that somebody changed and sealed again, or bytes that never were one: no panic, and
//! what is verified can be used.
#![no_main]

use arbitrary::Unstructured;
use assetdiff::{AssetGraph, ColumnarSnapshot, DiffOptions, ImpactPolicy, Limits, RangedSnapshot, diff, impact};
use assetdiff_tests::{columns, generate};
use libfuzzer_sys::fuzz_target;

fn stored(graph: &AssetGraph) -> Vec<u8> {
    let mut file = Vec::new();
    graph.write_columns(&mut file).expect("memory takes what is written");
    file
}

fn edited(u: &mut Unstructured<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (base, head) = generate::pair(u).ok()?;
    let (base, mut head) = (stored(&AssetGraph::new(base).ok()?), stored(&AssetGraph::new(head).ok()?));
    for _ in 0..u.int_in_range(1..=6).ok()? {
        let at = u.choose_index(head.len()).ok()?;
        head[at] = u.arbitrary().ok()?;
    }
    if u.arbitrary().ok()? {
        columns::reseal(&mut head);
    }
    Some((base, head))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((base, head)) = edited(&mut Unstructured::new(bytes)) else {
        let _ = ColumnarSnapshot::open(bytes.to_vec()).and_then(ColumnarSnapshot::into_graph);
        return;
    };
    if let (Ok(base), Ok(head)) = (RangedSnapshot::open(&*base), RangedSnapshot::open(&*head)) {
        let _ = base.diff(&head, &DiffOptions::default(), &Limits::default());
        let _ = head.diff(&base, &DiffOptions::default(), &Limits::default());
    }
    let open = |file: &Vec<u8>| ColumnarSnapshot::open(file.clone());
    let base = open(&base).expect("it was just written");
    let Ok(head) = open(&head) else { return };
    let _ = base.diff(&head, &DiffOptions::default());
    let _ = head.diff(&base, &DiffOptions::default());
    let (Ok(base), Ok(head)) = (base.into_graph(), head.into_graph()) else { return };
    let changes = diff(&base, &head, &DiffOptions::default());
    impact(&changes, &base, &head, &ImpactPolicy::default());
    head.to_snapshot().to_json();
    for key in head.keys() {
        head.deep_fingerprint(&key);
    }
});
