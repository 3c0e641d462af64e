//! Measures the engine on graphs of 1,000 to a million assets, and a peer in the same run.
//!
//! `cargo bench -p assetdiff-benches -- [--min N] [--max N] [--runs N] [--only TEXT] [--shape chain|star|layered]
//! [--json FILE]`; `--only` measures what has the text in its name.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use assetdiff::{AssetGraph, DiffOptions, Limits, Snapshot, diff};
use assetdiff_benches::allocator::Counting;
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure};
use assetdiff_benches::peer;
use assetdiff_benches::shapes::{Shape, changed, compact_json, snapshot};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Options {
    min: usize,
    max: usize,
    runs: usize,
    only: String,
    shape: Shape,
    json: Option<String>,
}

fn options() -> Options {
    let mut options =
        Options { min: 0, max: 1_000_000, runs: 5, only: String::new(), shape: Shape::Layered, json: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("expected a value after {name}"));
        match name.as_str() {
            "--min" => options.min = value().parse().unwrap(),
            "--only" => options.only = value(),
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
            other => panic!("expected --min, --max, --runs, --only, --shape or --json, found {other}"),
        }
    }
    options
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
    let Options { min, max, runs, only, shape, json } = options();
    let mut table = Table::default();
    Table::head();
    for count in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|count| (min..=max).contains(count)) {
        let base = snapshot(shape, count, 1);
        let (base_json, head_json) = (compact_json(&base), compact_json(&changed(&base, 1, 2)));
        println!("{:<32} {count:>9} {:>10} bytes an asset", "(JSON)", base_json.len() / count);
        load_and_diff(&mut table, count, (runs, &only), &base_json, &head_json);
        in_memory(&mut table, count, (runs, &only), base, &head_json);
    }
    table.finish(json.as_deref());
}

/// From two JSON texts to a change set, and the peer's parsing of the same two.
fn load_and_diff(table: &mut Table, count: usize, (runs, only): (usize, &str), base: &[u8], head: &[u8]) {
    let options = DiffOptions::default();
    let parse = |json| peer::parse(json).unwrap();
    let rows = measure(
        count,
        (runs, only),
        &mut [
            ("from_json", &mut |watch: &mut Watch| watch.time(|| load(base))),
            ("serde_json parses both into structs", &mut |watch: &mut Watch| {
                watch.time(|| (parse(base), parse(head)))
            }),
            ("load both and diff", &mut |watch: &mut Watch| {
                watch.time(|| {
                    let (base, head) = (load(base), load(head));
                    (diff(&base, &head, &options), base, head)
                })
            }),
            ("serde_json parses both, 2 threads", &mut |watch: &mut Watch| {
                watch.time(|| in_two_threads(|| parse(base), || parse(head)))
            }),
            ("load both and diff, 2 threads", &mut |watch: &mut Watch| {
                watch.time(|| {
                    let (base, head) = in_two_threads(|| load(base), || load(head));
                    (diff(&base, &head, &options), base, head)
                })
            }),
        ],
    );
    if let [_, peer, ours, peer_in_two, ours_in_two] = &rows[..] {
        let bar = (count == 100_000).then_some(Bar::Ratio(3.0));
        let one_thread = "two texts to graphs and a change set, 1 thread";
        table.compare(one_thread, ours, Against::Peer(peer), bar);
        let two_threads = "two texts to graphs and a change set, 2 threads";
        table.compare(two_threads, ours_in_two, Against::Peer(peer_in_two), bar);
    }
    table.add(rows);
}

const ONE_PERCENT: &str = "diff, 1 % changed";

/// What happens to graphs that are in memory.
fn in_memory(table: &mut Table, count: usize, (runs, only): (usize, &str), base: Snapshot, head: &[u8]) {
    let options = DiffOptions::default();
    let all = AssetGraph::new(changed(&base, 100, 3)).unwrap();
    let head = load(head);
    let graph = AssetGraph::new(base.clone()).unwrap();
    let key = graph.keys().last().unwrap();
    let changes = diff(&graph, &head, &options);
    let rows = measure(
        count,
        (runs, only),
        &mut [
            ("from structs", &mut |watch: &mut Watch| {
                let copy = base.clone();
                watch.time(|| AssetGraph::new(copy).unwrap())
            }),
            ("deep fingerprints of all", &mut |watch: &mut Watch| {
                let fresh = AssetGraph::new(base.clone()).unwrap();
                watch.time(|| (fresh.deep_fingerprint(&key), fresh))
            }),
            ("diff, 0 % changed", &mut |watch: &mut Watch| watch.time(|| diff(&graph, &graph, &options))),
            (ONE_PERCENT, &mut |watch: &mut Watch| watch.time(|| diff(&graph, &head, &options))),
            ("diff, 100 % changed", &mut |watch: &mut Watch| watch.time(|| diff(&graph, &all, &options))),
            ("to_json of 1 % changed", &mut |watch: &mut Watch| watch.time(|| changes.to_json())),
        ],
    );
    if let Some(row) = rows.iter().find(|row| row.name == ONE_PERCENT) {
        let bar = (count == 1_000_000).then_some(Bar::Milliseconds(100.0));
        table.compare("diff in memory, 1 % changed", row, Against::Nothing, bar);
    }
    table.add(rows);
}
