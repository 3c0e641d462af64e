//! The compiled part of the Python package: it translates and decides nothing.

use assetdiff::{AssetGraph, DiffOptions, Limits, LoadError, diff};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(assetdiff, AssetDiffError, PyValueError, "The root of this package's errors.");

/// Reads a snapshot or a dbt manifest.
fn graph(bytes: &[u8]) -> Result<AssetGraph, LoadError> {
    let limits = Limits::default();
    if assetdiff_adapters::dbt::looks_like_manifest(bytes) {
        assetdiff_adapters::dbt::graph(bytes, &limits)
    } else {
        AssetGraph::from_json(bytes, &limits)
    }
}

fn change_set(base: &[u8], head: &[u8]) -> Result<String, String> {
    let base = graph(base).map_err(|error| format!("base: {error}"))?;
    let head = graph(head).map_err(|error| format!("head: {error}"))?;
    Ok(diff(&base, &head, &DiffOptions::default()).to_json())
}

#[pyfunction]
fn diff_json(py: Python<'_>, base: &[u8], head: &[u8]) -> PyResult<String> {
    py.detach(|| change_set(base, head)).map_err(AssetDiffError::new_err)
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("AssetDiffError", module.py().get_type::<AssetDiffError>())?;
    module.add_function(wrap_pyfunction!(diff_json, module)?)
}
