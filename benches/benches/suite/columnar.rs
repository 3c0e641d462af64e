//! Comparing what lies ready: graphs in memory, and columnar snapshots in mapped files; beside the least that
//! any comparison of them must do.
//!
//! Only the files need little memory, the graphs in memory a gigabyte for each million assets.

use std::collections::HashMap;
use std::fs::File;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, AssetKey, ColumnarSnapshot, Comparison, DiffOptions, Limits, diff};
use assetdiff_adapters::file::{self, Contents};
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure, peak_mb, peak_of_child};
use assetdiff_benches::shapes::{Shape, for_base_and_head};

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

/// Asks the operating system to forget what it keeps of files in memory; returns whether it can be asked.
#[cfg(target_os = "linux")]
fn forget(paths: [&Path; 2]) -> bool {
    paths.into_iter().all(|path| {
        let file = File::open(path).unwrap();
        // What is not yet on the disk stays in memory.
        file.sync_all().unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
fn forget(_: [&Path; 2]) -> bool {
    false
}

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The sizes, as a list with commas.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000_000])]
    assets: Vec<usize>,
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Where to write what was measured.
    #[arg(long)]
    json: Option<String>,
    /// Leaves out graphs in memory.
    #[arg(long)]
    mapped_only: bool,
    /// Prints what comparing two files needs at most: in a process of its own.
    #[arg(long, num_args = 2, hide = true)]
    peak_of: Option<Vec<PathBuf>>,
}

pub(crate) fn run(Options { assets, runs, json, mapped_only, peak_of }: Options) {
    if let Some([base, head]) = peak_of.as_deref() {
        drop(diff_mapped(base, head));
        return println!("{}", peak_mb().unwrap_or(f64::NAN));
    }
    let mut table = Table::default();
    Table::head();
    for count in assets {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["base.assets", "head.assets"].map(|name| folder.path().join(name));
        for_base_and_head(Shape::Layered, count, |name, graph| {
            write(&graph, if name == "base" { &paths[0] } else { &paths[1] });
        });
        in_files(&mut table, count, runs, &paths);
        if !mapped_only {
            in_memory(&mut table, count, runs, &paths);
        }
    }
    table.finish(json.as_deref());
}

fn diff_mapped(base: &Path, head: &Path) -> assetdiff::ChangeSet {
    open(base).diff(&open(head), &DiffOptions::default()).unwrap()
}

/// Columnar snapshots as they lie in their files.
fn in_files(table: &mut Table, count: usize, runs: usize, paths: &[PathBuf; 2]) {
    let [base_path, head_path] = paths.each_ref().map(PathBuf::as_path);
    let places = {
        let changes = diff_mapped(base_path, head_path);
        let keys: Vec<AssetKey> = changes.changes().iter().map(|change| change.key().clone()).collect();
        println!("{count} assets, {} changes", keys.len());
        [base_path, head_path].map(|path| places(path, &open(path).into_graph().unwrap(), &keys))
    };
    let rows = measure(
        count,
        (runs, ""),
        &mut [
            ("read the changed records", &mut |watch: &mut Watch| {
                watch.time(|| read_changed([base_path, head_path], &places))
            }),
            ("diff of mapped files", &mut |watch: &mut Watch| {
                watch.time(|| drop(diff_mapped(base_path, head_path)))
            }),
            ("verify a mapped file", &mut |watch: &mut Watch| {
                watch.time(|| open(head_path).verify().unwrap())
            }),
        ],
    );
    if let [read, mapped, _] = &rows[..] {
        let bar = |bar| (count == 1_000_000).then_some(bar);
        table.compare("diff of mapped files, warm", mapped, Against::Limit(read), bar(Bar::Ratio(3.0)));
        table.compare("diff of mapped files, heap", mapped, Against::Nothing, bar(Bar::Heap(150.0)));
    }
    table.add(rows);
    if forget([base_path, head_path]) {
        let mut cold = measure(
            count,
            (runs, ""),
            &mut [
                ("read the changed records, cold", &mut |watch: &mut Watch| {
                    forget([base_path, head_path]);
                    watch.time(|| read_changed([base_path, head_path], &places))
                }),
                ("diff of mapped files, cold", &mut |watch: &mut Watch| {
                    forget([base_path, head_path]);
                    watch.time(|| drop(diff_mapped(base_path, head_path)))
                }),
            ],
        );
        if let [read, mapped] = &mut cold[..] {
            table.compare("diff of mapped files, cold", mapped, Against::Limit(read), None);
        }
        table.add(cold);
    }
    let arguments = ["columnar", "--peak-of", base_path.to_str().unwrap(), head_path.to_str().unwrap()];
    if let Some(peak) = peak_of_child(&arguments) {
        table.note(format!("{count} assets, diff of mapped files: peak memory with mapped pages, MB"), peak);
    }
}

/// Graphs that own their memory, as if they had been read from JSON.
fn in_memory(table: &mut Table, count: usize, runs: usize, paths: &[PathBuf; 2]) {
    let from_json = |path: &PathBuf| {
        let mut json = Vec::new();
        open(path).into_graph().unwrap().write_json(&mut json).unwrap();
        AssetGraph::from_json(&json, &Limits::default()).unwrap()
    };
    let (base, head) = std::thread::scope(|scope| {
        let base = scope.spawn(|| from_json(&paths[0]));
        let head = from_json(&paths[1]);
        (base.join().unwrap(), head)
    });
    let options = DiffOptions::default();
    let mut all: Vec<AssetKey> = base.keys().chain(head.keys()).collect();
    all.sort_unstable();
    all.dedup();
    let ranks = all.into_iter().enumerate().map(|(rank, key)| (key, rank as u32)).collect();
    let (base_columns, head_columns) = (columns(&base, &ranks), columns(&head, &ranks));
    drop(ranks);
    let rows = measure(
        count,
        (runs, ""),
        &mut [
            ("bare merge of fingerprints", &mut |watch: &mut Watch| {
                watch.time(|| bare_merge(&base_columns, &head_columns))
            }),
            ("which differ, in memory", &mut |watch: &mut Watch| {
                watch.time(|| drop(Comparison::new(&base, &head)))
            }),
            ("diff of graphs in memory", &mut |watch: &mut Watch| {
                watch.time(|| drop(diff(&base, &head, &options)))
            }),
            ("diff of equal graphs in memory", &mut |watch: &mut Watch| {
                watch.time_one_of(1_000, || drop(diff(&base, black_box(&base), &options)))
            }),
        ],
    );
    if let [merge, which, values, equal] = &rows[..] {
        let bar = |bar| (count == 1_000_000).then_some(bar);
        let limit = Against::Limit(merge);
        table.compare("which definitions differ, in memory", which, limit, bar(Bar::Ratio(2.0)));
        table.compare("diff in memory, all old and new values", values, limit, None);
        table.compare("nothing changed, in memory", equal, Against::Nothing, bar(Bar::Milliseconds(0.001)));
    }
    table.add(rows);
}
