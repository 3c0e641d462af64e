//! Measures the engine on graphs of 1,000 to a million assets, and a peer in the same run.
//!
//! `cargo bench -p assetdiff-benches -- [--max N] [--runs N] [--shape chain|star|layered] [--json FILE]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use assetdiff::{AssetGraph, DiffOptions, Limits, Snapshot, diff};
use assetdiff_benches::measure::{Measured, measure};
use assetdiff_benches::peer;
use assetdiff_benches::shapes::{Shape, changed, compact_json, snapshot};

struct Options {
    max: usize,
    runs: usize,
    shape: Shape,
    json: Option<String>,
}

fn options() -> Options {
    let mut options = Options { max: 1_000_000, runs: 5, shape: Shape::Layered, json: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("expected a value after {name}"));
        match name.as_str() {
            "--max" => options.max = value().parse().unwrap(),
            "--runs" => options.runs = value().parse().unwrap(),
            "--shape" => {
                options.shape = match value().as_str() {
                    "chain" => Shape::Chain,
                    "star" => Shape::Star,
                    "layered" => Shape::Layered,
                    other => panic!("expected chain, star or layered, found {other}"),
                }
            }
            "--json" => options.json = Some(value()),
            // Cargo adds it to every bench.
            "--bench" => {}
            other => panic!("expected --max, --runs, --shape or --json, found {other}"),
        }
    }
    options
}

struct Table(Vec<Measured>);

impl Table {
    /// Adds a row and prints it; returns the median in milliseconds.
    fn add(&mut self, row: Measured) -> f64 {
        let Measured {
            name,
            assets,
            runs: _,
            median_ms,
            min_ms,
            max_ms,
            ns_per_asset,
            allocations,
            peak_bytes,
        } = &row;
        println!(
            "{name:<34} {assets:>9} {median_ms:>10.2} {min_ms:>10.2} {max_ms:>10.2} {ns_per_asset:>10.0} {allocations:>11} {:>10.1}",
            *peak_bytes as f64 / 1e6
        );
        let median = *median_ms;
        self.0.push(row);
        median
    }
}

fn load(json: &[u8]) -> AssetGraph {
    AssetGraph::from_json(json, &Limits::default()).unwrap()
}

fn in_two_threads<T: Send>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> T + Send) -> (T, T) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        (one(), other.join().unwrap())
    })
}

fn main() {
    let Options { max, runs, shape, json } = options();
    let mut table = Table(Vec::new());
    let mut bars = Vec::new();
    println!(
        "{:<34} {:>9} {:>10} {:>10} {:>10} {:>10} {:>11} {:>10}",
        "", "assets", "median ms", "min ms", "max ms", "ns/asset", "allocations", "peak MB"
    );
    for count in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&count| count <= max) {
        let base = snapshot(shape, count, 1);
        let head = changed(&base, 1, 2);
        let (base_json, head_json) = (compact_json(&base), compact_json(&head));
        println!("{:<34} {count:>9} {:>10} bytes", "(input: one snapshot)", base_json.len());
        load_and_diff(&mut table, &mut bars, count, runs, &base_json, &head_json);
        in_memory(&mut table, &mut bars, count, runs, base, head);
    }
    println!();
    for bar in &bars {
        println!("{bar}");
    }
    if let Some(path) = json {
        let report = serde_json::json!({ "shape": format!("{shape:?}"), "measured": table.0, "bars": bars });
        std::fs::write(path, format!("{report:#}\n")).unwrap();
    }
}

/// From two JSON texts to a change set, and the peer's parsing of the same two.
fn load_and_diff(
    table: &mut Table,
    bars: &mut Vec<String>,
    count: usize,
    runs: usize,
    base: &[u8],
    head: &[u8],
) {
    let options = DiffOptions::default();
    let mut row = |name: &str, run: &mut dyn FnMut()| table.add(measure(name, count, runs, run));
    row("from_json", &mut || drop(load(base)));
    let peer_one =
        row("peer: parse both", &mut || drop((peer::parse(base).unwrap(), peer::parse(head).unwrap())));
    let ours_one = row("load both and diff", &mut || drop(diff(&load(base), &load(head), &options)));
    let peer_two = row("peer: parse both, 2 threads", &mut || {
        in_two_threads(|| drop(peer::parse(base).unwrap()), || drop(peer::parse(head).unwrap()));
    });
    let ours_two = row("load both and diff, 2 threads", &mut || {
        let (base, head) = in_two_threads(|| load(base), || load(head));
        drop(diff(&base, &head, &options));
    });
    bars.push(format!(
        "{count} assets: two texts to a change set takes {:.2} x the peer's parse ({:.2} x in 2 threads){}",
        ours_one / peer_one,
        ours_two / peer_two,
        if count == 100_000 { "; bar: at most 3 x" } else { "" }
    ));
}

/// What happens to graphs that are in memory.
fn in_memory(
    table: &mut Table,
    bars: &mut Vec<String>,
    count: usize,
    runs: usize,
    base: Snapshot,
    head: Snapshot,
) {
    let options = DiffOptions::default();
    let mut copies: Vec<Snapshot> = (0..runs.max(1)).map(|_| base.clone()).collect();
    table.add(measure("from structs", count, runs, || AssetGraph::new(copies.pop().unwrap()).unwrap()));
    let all = AssetGraph::new(changed(&base, 100, 3)).unwrap();
    let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
    let key = base.keys().last().unwrap();
    let mut fresh: Vec<AssetGraph> =
        (0..runs.max(1)).map(|_| AssetGraph::new(base.to_snapshot()).unwrap()).collect();
    table.add(measure("deep fingerprints of all", count, runs, || {
        let graph = fresh.pop().unwrap();
        (graph.deep_fingerprint(&key), graph)
    }));
    table.add(measure("diff, 0 % changed", count, runs, || diff(&base, &base, &options)));
    let one_percent = table.add(measure("diff, 1 % changed", count, runs, || diff(&base, &head, &options)));
    table.add(measure("diff, 100 % changed", count, runs, || diff(&base, &all, &options)));
    let changes = diff(&base, &head, &options);
    table.add(measure("to_json of 1 % changed", count, runs, || changes.to_json()));
    let bar = if count == 1_000_000 { "; bar: less than 100 ms" } else { "" };
    bars.push(format!("{count} assets: the diff in memory with 1 % changed takes {one_percent:.2} ms{bar}"));
}
