//! Counts the instructions of the hot paths under callgrind; `benches/check.py` compares them with a baseline.
//!
//! What is loaded before and freed afterwards is not counted, but for the JSON files: what threads do can only be
//! counted with all that their process does, which is little beside it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use assetdiff::{
    AssetGraph, ChangeSet, ColumnarSnapshot, DiffOptions, Impact, ImpactPolicy, Limits, diff, impact,
};
use assetdiff_adapters::source::{self, SourceKind};
use assetdiff_benches::shapes::{Shape, for_base_and_head};
use gungraun::{
    Callgrind, EntryPoint, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};

const ASSETS: usize = 5_000;

/// Where the files lie that `write_files` makes once.
fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/instructions")).join(name)
}

fn write_files() {
    fs::create_dir_all(path("")).unwrap();
    for_base_and_head(Shape::Layered, ASSETS, |name, graph| {
        source::write(&path(&format!("{name}.json")), &graph).unwrap();
        source::write(&path(&format!("{name}.assets")), &graph).unwrap();
        let lines = fs::read_to_string(path(&format!("{name}.json"))).unwrap();
        let compact: String = lines.lines().map(str::trim_start).collect();
        fs::write(path(&format!("{name}.compact.json")), compact).unwrap();
    });
}

fn text(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

fn graph(name: &str) -> AssetGraph {
    AssetGraph::from_json(&text(name), &Limits::default()).unwrap()
}

fn graphs() -> [AssetGraph; 2] {
    ["base.json", "head.json"].map(graph)
}

fn columns() -> [ColumnarSnapshot; 2] {
    ["base.assets", "head.assets"].map(|name| ColumnarSnapshot::open(text(name)).unwrap())
}

fn changed() -> ([AssetGraph; 2], ChangeSet) {
    let [base, head] = graphs();
    let changes = diff(&base, &head, &DiffOptions::default());
    ([base, head], changes)
}

#[library_benchmark]
#[bench::written(text("base.json"))]
#[bench::compact(text("base.compact.json"))]
fn from_json(text: Vec<u8>) -> (AssetGraph, Vec<u8>) {
    (AssetGraph::from_json(black_box(&text), &Limits::default()).unwrap(), text)
}

#[library_benchmark]
#[bench::one_percent(graphs())]
fn diff_in_memory([base, head]: [AssetGraph; 2]) -> (ChangeSet, [AssetGraph; 2]) {
    (diff(black_box(&base), black_box(&head), &DiffOptions::default()), [base, head])
}

#[library_benchmark]
#[bench::one_percent(columns())]
fn diff_of_columns([base, head]: [ColumnarSnapshot; 2]) -> (ChangeSet, [ColumnarSnapshot; 2]) {
    (black_box(&base).diff(black_box(&head), &DiffOptions::default()).unwrap(), [base, head])
}

#[library_benchmark]
#[bench::one_percent(changed())]
fn reach(([base, head], changes): ([AssetGraph; 2], ChangeSet)) -> (Impact, [AssetGraph; 2], ChangeSet) {
    let found = impact(black_box(&changes), &base, &head, &ImpactPolicy::default());
    (found, [base, head], changes)
}

fn whole_process() -> LibraryBenchmarkConfig {
    LibraryBenchmarkConfig::default()
        .tool(Callgrind::with_args(["--cache-sim=no"]).entry_point(EntryPoint::None))
        .clone()
}

#[library_benchmark(config = whole_process())]
#[bench::written("base.json", "head.json")]
#[bench::differently_formatted("base.json", "head.compact.json")]
fn changes_of_files(base: &str, head: &str) -> ChangeSet {
    let (base, head) = (path(base), path(head));
    let (limits, options) = (Limits::default(), DiffOptions::default());
    source::changes(black_box(&base), black_box(&head), SourceKind::Auto, &limits, &options).unwrap()
}

library_benchmark_group!(
    name = hot_paths,
    benchmarks = [from_json, diff_in_memory, diff_of_columns, reach, changes_of_files]
);

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    setup = write_files(),
    library_benchmark_groups = hot_paths
);
