//! Measures what a change reaches on a graph of a million assets and four million dependencies, and a plain
//! walk with petgraph on the same graph in the same run.

use std::fmt::Write as _;

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, ImpactPolicy, Limits, diff, impact};
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure};
use assetdiff_benches::shapes::Random;
use petgraph::graph::DiGraph;
use petgraph::visit::{Bfs, VisitMap, Visitable};

/// A node of the plain graph.
type NodeIndex = petgraph::graph::NodeIndex<u32>;

/// The assets at the end that only ten of them reach: ten chains of a hundred.
const TAIL: usize = 1_010;

/// For each asset the four that it reads, among the 2,000 before it.
fn upstream(count: usize) -> Vec<Vec<usize>> {
    let mut random = Random::new(7);
    let tail = count - TAIL;
    let of = |number: usize| match number.checked_sub(tail) {
        Some(at) if at < 10 => Vec::new(),
        Some(at) => vec![tail + at - 10],
        None => {
            let mut upstream: Vec<usize> =
                (0..4.min(number)).map(|_| number - 1 - random.below(number.min(2_000))).collect();
            upstream.sort_unstable();
            upstream.dedup();
            upstream
        }
    };
    (0..count).map(of).collect()
}

/// The graph in which some assets have another code version.
fn graph(upstream: &[Vec<usize>], changed: &[usize]) -> AssetGraph {
    let mut text = String::from(r#"{"format_version": "1.0", "assets": ["#);
    let mut changed = changed.iter().copied().peekable();
    for (number, upstream) in upstream.iter().enumerate() {
        let version = if changed.next_if_eq(&number).is_some() { 2 } else { 1 };
        let separator = if number == 0 { "" } else { "," };
        write!(text, r#"{separator}{{"key": ["warehouse", "t_{number:07}"], "code_version": {{"version": "{version}"}}"#).unwrap();
        let dependencies: Vec<String> =
            upstream.iter().map(|up| format!(r#"{{"key": ["warehouse", "t_{up:07}"]}}"#)).collect();
        write!(text, r#", "dependencies": [{}]}}"#, dependencies.join(",")).unwrap();
    }
    text.push_str("]}");
    AssetGraph::from_json(text.as_bytes(), &Limits::default()).unwrap()
}

fn walk(graph: &DiGraph<(), ()>, changed: &[usize]) -> usize {
    let mut bfs = Bfs { stack: Default::default(), discovered: graph.visit_map() };
    for &number in changed {
        bfs.discovered.visit(NodeIndex::new(number));
        bfs.stack.push_back(NodeIndex::new(number));
    }
    std::iter::from_fn(|| bfs.next(graph)).count()
}

/// The distance from the nearest change and the node before it, in one pass over nodes that are numbered
/// dependencies first: the least that an impact must do.
fn sweep(upstream: &[u32], ends: &[u32], changed: &[usize]) -> (Vec<u32>, Vec<u32>) {
    let mut distance = vec![u32::MAX; ends.len()];
    let mut previous = vec![0; ends.len()];
    let mut changed = changed.iter().copied().peekable();
    let mut start = 0;
    for (node, &end) in ends.iter().enumerate() {
        let nearest = upstream[start..end as usize].iter().map(|&up| (distance[up as usize], up)).min();
        start = end as usize;
        (distance[node], previous[node]) = match (changed.next_if_eq(&node), nearest) {
            (Some(_), _) => (0, node as u32),
            (None, Some((distance, up))) => (distance.saturating_add(1), up),
            (None, None) => (u32::MAX, 0),
        };
    }
    (distance, previous)
}

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The sizes, as a list with commas.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000_000])]
    assets: Vec<usize>,
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Where to write what was measured.
    #[arg(long)]
    json: Option<String>,
}

pub(crate) fn run(Options { assets, runs, json }: Options) {
    let mut table = Table::default();
    Table::head();
    assets.into_iter().for_each(|count| one_size(&mut table, count, runs));
    table.finish(json.as_deref());
}

fn one_size(table: &mut Table, count: usize, runs: usize) {
    let upstream = upstream(count);
    let edges: usize = upstream.iter().map(Vec::len).sum();
    println!("{count} assets, {edges} dependencies");
    let one_percent: Vec<usize> = (0..count - TAIL).step_by(100).collect();
    let few: Vec<usize> = (count - TAIL..count - TAIL + 10).collect();
    let base = graph(&upstream, &[]);
    let mut plain = DiGraph::with_capacity(count, edges);
    for _ in 0..count {
        plain.add_node(());
    }
    for (number, upstream) in upstream.iter().enumerate() {
        for &up in upstream {
            plain.add_edge(NodeIndex::new(up), NodeIndex::new(number), ());
        }
    }
    let flat: Vec<u32> = upstream.iter().flatten().map(|&up| up as u32).collect();
    let mut end = 0;
    let ends: Vec<u32> = upstream.iter().map(|upstream| (end += upstream.len() as u32, end).1).collect();
    let policy = ImpactPolicy::default();
    for (name, changed, bar) in [
        ("1 % changed", one_percent, Bar::Ratio(2.0)),
        ("10 changed, 1,000 below", few, Bar::Milliseconds(0.2)),
    ] {
        let head = graph(&upstream, &changed);
        let changes: ChangeSet = diff(&base, &head, &DiffOptions::default());
        let found = impact(&changes, &base, &head, &policy);
        assert_eq!(found.assets().len(), walk(&plain, &changed));
        let last = found.assets().last().unwrap().key;
        let rows = measure(
            count,
            (runs, ""),
            &mut [
                (&format!("impact, {name}"), &mut |watch: &mut Watch| {
                    watch.time(|| drop(impact(&changes, &base, &head, &policy)))
                }),
                (&format!("petgraph breadth-first walk, {name}"), &mut |watch: &mut Watch| {
                    watch.time(|| walk(&plain, &changed))
                }),
                (&format!("bare sweep, {name}"), &mut |watch: &mut Watch| {
                    watch.time(|| drop(sweep(&flat, &ends, &changed)))
                }),
                (&format!("causes of one asset, {name}"), &mut |watch: &mut Watch| {
                    watch.time(|| found.causes(&last, usize::MAX))
                }),
                (&format!("summary, {name}"), &mut |watch: &mut Watch| watch.time(|| found.summary())),
            ],
        );
        if let [ours, peer, limit, ..] = &rows[..] {
            let bar = (count == 1_000_000).then_some(bar);
            let what = format!("impact, {name}");
            table.compare(&what, ours, Against::Limit(limit), bar);
            table.compare(&what, ours, Against::Peer(peer), None);
        }
        table.add(rows);
    }
}
