//! The benches of the engine and its readers: `cargo bench -p assetdiff-benches --bench suite -- BENCH`, with `--help`
//! for what each takes. They are one program, which is compiled once.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod arrow_ipc;
mod columnar;
mod engine;
mod files;
mod impact;
mod selection;

use assetdiff_benches::allocator::Counting;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// Cargo adds it to every bench.
    #[arg(long = "bench", global = true, hide = true)]
    _is_bench: bool,
}

#[derive(clap::Subcommand)]
enum Bench {
    /// Our columnar format beside an Arrow IPC file with the same columns.
    ArrowIpc(arrow_ipc::Options),
    /// Columnar snapshots in mapped files, and the diff of graphs in memory.
    Columnar(columnar::Options),
    /// The engine from JSON texts to a change set.
    Engine(engine::Options),
    /// Two JSON files to a change set.
    Files(files::Options),
    /// What changes reach.
    Impact(impact::Options),
    /// Selections.
    Selection(selection::Options),
}

fn main() {
    match Arguments::parse().bench {
        Bench::ArrowIpc(options) => arrow_ipc::run(options),
        Bench::Columnar(options) => columnar::run(options),
        Bench::Engine(options) => engine::run(options),
        Bench::Files(options) => files::run(options),
        Bench::Impact(options) => impact::run(options),
        Bench::Selection(options) => selection::run(options),
    }
}
