//! Comparing what lies ready: graphs in memory, and columnar snapshots in mapped files; beside the least that
//! any comparison of them must do.
//!
//! `cargo bench -p assetdiff-benches --bench columnar -- [--assets N] [--runs N] [--json FILE]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use assetdiff::{AssetGraph, AssetKey, ColumnarSnapshot, Comparison, DiffOptions, Limits, diff};
use assetdiff_adapters::file::{self, Contents};
use assetdiff_benches::allocator::Counting;
use assetdiff_benches::measure::{Table, Watch, measure};
use assetdiff_benches::shapes::{Shape, changed, compact_json, snapshot};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Keys as numbers in their order, and a fingerprint for each.
type Columns = (Vec<u32>, Vec<u128>);

fn columns(graph: &AssetGraph, ranks: &HashMap<AssetKey, u32>) -> Columns {
    let fingerprint = |key: &AssetKey| u128::from_le_bytes(*graph.fingerprints_of(key)[0].as_bytes());
    graph.keys().map(|key| (ranks[&key], fingerprint(&key))).unzip()
}

/// Counts what differs: all that a comparison has to look at, and nothing else.
fn bare_merge((base_keys, base): &Columns, (head_keys, head): &Columns) -> usize {
    let (mut b, mut h, mut different) = (0, 0, 0);
    while b < base.len() && h < head.len() {
        let order = base_keys[b].cmp(&head_keys[h]);
        different += usize::from(order.is_ne() || base[b] != head[h]);
        b += usize::from(order.is_le());
        h += usize::from(order.is_ge());
    }
    different + (base.len() - b) + (head.len() - h)
}

fn write(graph: &AssetGraph, path: &Path) {
    graph.write_columns(std::io::BufWriter::new(File::create(path).unwrap())).unwrap();
}

fn mapped(path: &Path) -> Contents {
    file::contents(path, &Limits::default()).unwrap()
}

fn open(path: &Path) -> ColumnarSnapshot {
    ColumnarSnapshot::open(mapped(path)).unwrap()
}

/// Reads every byte of the definitions that differ, wherever they lie.
fn read_changed(paths: [&Path; 2], places: &[Vec<(usize, usize)>; 2]) -> u64 {
    let sum = |(path, places): (&Path, &Vec<(usize, usize)>)| -> u64 {
        let contents = mapped(path);
        let bytes = contents.as_ref();
        places.iter().flat_map(|&(start, len)| &bytes[start..start + len]).map(|&byte| u64::from(byte)).sum()
    };
    paths.into_iter().zip(places).map(sum).sum()
}

/// Where the canonical texts of some assets lie in a file.
fn places(path: &Path, graph: &AssetGraph, keys: &[AssetKey]) -> Vec<(usize, usize)> {
    let contents = mapped(path);
    let texts: Vec<_> =
        keys.iter().filter_map(|key| Some(serde_json::to_vec(&graph.get(key)?).unwrap())).collect();
    // They stand in the order of their keys.
    let mut from = 0;
    texts
        .iter()
        .map(|text| {
            let start = from + memchr::memmem::find(&contents.as_ref()[from..], text).unwrap();
            from = start + text.len();
            (start, text.len())
        })
        .collect()
}

fn main() {
    let (mut count, mut runs, mut json) = (1_000_000, 7, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("expected a value after {name}"));
        match name.as_str() {
            "--assets" => count = value().parse().unwrap(),
            "--runs" => runs = value().parse().unwrap(),
            "--json" => json = Some(value()),
            "--bench" => {}
            other => panic!("expected --assets, --runs or --json, found {other}"),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let load = |json: &[u8]| AssetGraph::from_json(json, &Limits::default()).unwrap();
    let base = snapshot(Shape::Layered, count, 1);
    let head = load(&compact_json(&changed(&base, 1, 2)));
    let base = load(&compact_json(&base));
    let options = DiffOptions::default();
    let changes = diff(&base, &head, &options);
    let changed: Vec<AssetKey> = changes.changes().iter().map(|change| change.key().clone()).collect();
    drop(changes);
    println!("{count} assets, {} changes", changed.len());
    let mut all: Vec<AssetKey> = base.keys().chain(head.keys()).collect();
    all.sort_unstable();
    all.dedup();
    let ranks = all.into_iter().enumerate().map(|(rank, key)| (key, rank as u32)).collect();
    let (base_columns, head_columns) = (columns(&base, &ranks), columns(&head, &ranks));
    drop(ranks);
    let [base_path, head_path] = ["base.assets", "head.assets"].map(|name| folder.path().join(name));
    write(&base, &base_path);
    write(&head, &head_path);
    let places = [places(&base_path, &base, &changed), places(&head_path, &head, &changed)];
    let mut table = Table::default();
    Table::head();
    let rows = measure(
        count,
        (runs, ""),
        &mut [
            ("bare merge of fingerprints", &mut |watch: &mut Watch| {
                watch.time(|| bare_merge(&base_columns, &head_columns))
            }),
            ("which differ, in memory", &mut |watch: &mut Watch| {
                watch.time(|| Comparison::new(&base, &head))
            }),
            ("diff of graphs in memory", &mut |watch: &mut Watch| {
                watch.time(|| drop(diff(&base, &head, &options)))
            }),
            ("read the changed records", &mut |watch: &mut Watch| {
                watch.time(|| read_changed([&base_path, &head_path], &places))
            }),
            ("diff of mapped files", &mut |watch: &mut Watch| {
                watch.time(|| drop(open(&base_path).diff(&open(&head_path), &options).unwrap()))
            }),
            ("verify a mapped file", &mut |watch: &mut Watch| {
                watch.time(|| open(&head_path).verify().unwrap())
            }),
        ],
    );
    if let [merge, which, values, read, mapped, _] = &rows[..] {
        table.bar(format!(
            "in memory: which definitions differ takes {:.2} x the bare merge (bar: at most 2 x), with all old and new \
             values {:.2} x",
            which.ratio_to(merge),
            values.ratio_to(merge)
        ));
        table.bar(format!(
            "mapped: {:.2} x reading the changed records; bar: less than 3 x",
            mapped.ratio_to(read)
        ));
    }
    table.add(rows);
    table.print_bars();
    if let Some(path) = json {
        let report = serde_json::json!({ "measured": table.rows, "bars": table.bars });
        std::fs::write(path, format!("{report:#}\n")).unwrap();
    }
}
