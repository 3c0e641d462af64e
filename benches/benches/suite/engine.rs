//! Measures the engine on graphs of 1,000 to a million assets, and a peer in the same run.

use assetdiff::{AssetGraph, DiffOptions, Limits, Snapshot, diff};
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure};
use assetdiff_benches::peer;
use assetdiff_benches::shapes::{Shape, changed, compact_json, snapshot};

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 0)]
    min: usize,
    #[arg(long, default_value_t = 1_000_000)]
    max: usize,
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only rows with this in their names.
    #[arg(long, default_value = "")]
    only: String,
    #[arg(long, value_enum, default_value_t = Shape::Layered)]
    shape: Shape,
    /// Where to write what was measured.
    #[arg(long)]
    json: Option<String>,
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

pub(crate) fn run(Options { min, max, runs, only, shape, json }: Options) {
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
