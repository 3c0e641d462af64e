//! The compiled part of the Python package: it translates and decides nothing.

mod changes;
mod convert;
mod definition;
mod detached;
mod differences;
mod errors;
mod graph;
mod impact;
mod key;
mod options;
mod partitions;
mod project;
mod rows;
mod selection;
mod snapshot;
mod store;
mod stream;
mod three_way;

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

/// Runs the `assetdiff` command; returns its exit code.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<OsString>, python: PathBuf) -> u8 {
    let host = assetdiff_cli::Host { python: Some(python) };
    py.detach(|| assetdiff_cli::run(arguments, &host))
}

/// Returns a text with every character that is not shown, or moves others, written as `\u{hex}`.
#[pyfunction]
fn escape_hidden(text: &str) -> String {
    assetdiff::escape_hidden(text).into_owned()
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<key::AssetKey>()?;
    module.add_class::<definition::AssetDefinition>()?;
    module.add_class::<snapshot::Snapshot>()?;
    module.add_class::<graph::AssetGraph>()?;
    module.add_class::<rows::ArrowRows>()?;
    module.add_class::<options::DiffOptions>()?;
    module.add_class::<changes::ChangeSetCore>()?;
    module.add_class::<differences::Difference>()?;
    module.add_function(wrap_pyfunction!(differences::differences, module)?)?;
    module.add_class::<impact::ImpactCore>()?;
    module.add_class::<impact::ExplanationCore>()?;
    module.add_class::<impact::PlanCore>()?;
    module.add_function(wrap_pyfunction!(impact::impact, module)?)?;
    module.add_class::<project::ProjectCore>()?;
    module.add_class::<project::PolicyReportCore>()?;
    module.add_class::<store::StoreCore>()?;
    module.add_class::<three_way::ThreeWayCore>()?;
    module.add_function(wrap_pyfunction!(three_way::diff3, module)?)?;
    module.add_class::<partitions::PartitionKeys>()?;
    module.add_class::<partitions::PartitionSubset>()?;
    module.add_class::<partitions::PartitionsDelta>()?;
    module.add_function(wrap_pyfunction!(partitions::compare_partitions, module)?)?;
    module.add_function(wrap_pyfunction!(partitions::downstream_partitions, module)?)?;
    module.add_function(wrap_pyfunction!(partitions::upstream_partitions, module)?)?;
    module.add_function(wrap_pyfunction!(changes::diff, module)?)?;
    module.add_function(wrap_pyfunction!(changes::diff_files, module)?)?;
    module.add_function(wrap_pyfunction!(changes::diff_json, module)?)?;
    module.add_function(wrap_pyfunction!(changes::kind_names, module)?)?;
    module.add_function(wrap_pyfunction!(changes::branch_changes, module)?)?;
    module.add_function(wrap_pyfunction!(selection::select, module)?)?;
    module.add_function(wrap_pyfunction!(escape_hidden, module)?)?;
    module.add_function(wrap_pyfunction!(run_command, module)?)
}
