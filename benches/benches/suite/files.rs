//! From two JSON files to a change set, and to graphs and a change set, beside sonic-rs, which parses the same two
//! into borrowed structs on two threads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, diff};
use assetdiff_adapters::file;
use assetdiff_adapters::source::{self, SourceKind};
use assetdiff_benches::allocator::settle;
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure, peak_mb, peak_of_child};
use assetdiff_benches::peer;
use assetdiff_benches::shapes::{Shape, for_base_and_head};

/// The files of one size.
struct Files {
    base: PathBuf,
    head: PathBuf,
    /// The same as head, without white space.
    compact: PathBuf,
}

impl Files {
    fn make(folder: &Path, count: usize) -> Self {
        let [base, head, compact] = ["base.json", "head.json", "compact.json"].map(|name| folder.join(name));
        for_base_and_head(Shape::Layered, count, |name, graph| {
            source::write(if name == "base" { &base } else { &head }, &graph).unwrap();
            source::write(&folder.join(format!("{name}.assets")), &graph).unwrap();
            if name == "head" {
                write_compact(&graph, &compact);
            }
        });
        Self { base, head, compact }
    }
}

fn write_compact(graph: &AssetGraph, path: &Path) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    out.write_all(br#"{"format_version":"1.0","assets":["#).unwrap();
    for (index, key) in graph.keys().enumerate() {
        if index > 0 {
            out.write_all(b",").unwrap();
        }
        serde_json::to_writer(&mut out, &graph.get(&key).unwrap()).unwrap();
    }
    out.write_all(b"]}").unwrap();
    out.into_inner().unwrap();
}

fn changes(base: &Path, head: &Path) -> ChangeSet {
    let (kind, limits) = (SourceKind::Auto, Limits::default());
    source::changes(base, head, kind, &limits, &DiffOptions::default()).unwrap()
}

fn whole(base: &Path, head: &Path) -> (AssetGraph, AssetGraph, ChangeSet) {
    let (base, head) = source::read_pair(base, head, SourceKind::Auto, &Limits::default()).unwrap();
    let changes = diff(&base, &head, &DiffOptions::default());
    (base, head, changes)
}

/// Parses both files on two threads, and returns how many assets they have.
fn sonic(base: &Path, head: &Path) -> usize {
    let parse = |path: &Path| {
        let contents = file::contents(path, &Limits::default()).unwrap();
        peer::parse_sonic(contents.as_ref()).unwrap().assets.len()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| parse(head));
        parse(base) + other.join().unwrap()
    })
}

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The sizes, as a list with commas.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    assets: Vec<usize>,
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Where to write what was measured.
    #[arg(long)]
    json: Option<String>,
    /// Only makes the files of the first size, for peers that are not written in Rust.
    #[arg(long, value_name = "FOLDER")]
    make: Option<PathBuf>,
    /// Prints what a way to read two files needs at most: in a process of its own.
    #[arg(long, num_args = 3, hide = true)]
    peak_of: Option<Vec<String>>,
}

pub(crate) fn run(Options { assets, runs, json, make, peak_of }: Options) {
    if let Some(folder) = make {
        return drop(Files::make(&folder, assets[0]));
    }
    if let Some([what, base, head]) = peak_of.as_deref() {
        return print_peak(what, Path::new(base), Path::new(head));
    }
    let mut table = Table::default();
    Table::head();
    assets.into_iter().for_each(|count| one_size(&mut table, count, runs));
    table.finish(json.as_deref());
}

fn print_peak(what: &str, base: &Path, head: &Path) {
    match what {
        "changes" => drop(changes(base, head)),
        "graphs" => drop(whole(base, head)),
        "sonic" => drop(sonic(base, head)),
        other => panic!("expected changes, graphs or sonic, found {other}"),
    }
    println!("{}", peak_mb().unwrap_or(f64::NAN));
}

fn one_size(table: &mut Table, count: usize, runs: usize) {
    let folder = tempfile::tempdir().unwrap();
    let Files { base, head, compact } = Files::make(folder.path(), count);
    let found = changes(&base, &head);
    assert_eq!(found.changes().len(), changes(&base, &compact).changes().len());
    assert_eq!(found.changes().len(), whole(&base, &head).2.changes().len());
    drop(found);
    let rows = measure(
        count,
        (runs, ""),
        &mut [
            ("sonic-rs parses both, 2 threads", &mut |watch: &mut Watch| {
                settle();
                watch.time(|| sonic(&base, &head))
            }),
            ("two JSON files to changes", &mut |watch: &mut Watch| {
                settle();
                watch.time(|| drop(changes(&base, &head)))
            }),
            ("sonic-rs parses both, head compact", &mut |watch: &mut Watch| {
                settle();
                watch.time(|| sonic(&base, &compact))
            }),
            ("differently formatted to changes", &mut |watch: &mut Watch| {
                settle();
                watch.time(|| drop(changes(&base, &compact)))
            }),
            ("two JSON files to graphs and changes", &mut |watch: &mut Watch| {
                settle();
                watch.time(|| drop(whole(&base, &head)))
            }),
        ],
    );
    if let [parse, changes, parse_compact, compact, graphs] = &rows[..] {
        let bar = |most| (count == 1_000_000).then_some(Bar::Ratio(most));
        table.compare(&changes.name, changes, Against::Peer(parse), bar(0.25));
        table.compare(&compact.name, compact, Against::Peer(parse_compact), bar(0.5));
        table.compare(&graphs.name, graphs, Against::Peer(parse), bar(1.0));
    }
    table.add(rows);
    for what in ["changes", "graphs", "sonic"] {
        let arguments = ["files", "--peak-of", what, base.to_str().unwrap(), head.to_str().unwrap()];
        if let Some(peak) = peak_of_child(&arguments) {
            table.note(
                format!("{count} assets, two JSON files, {what}: peak memory with mapped pages, MB"),
                peak,
            );
        }
    }
}
