//! Selections.

use assetdiff::{Language, Selection, SelectionScope};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::changes::ChangeSetCore;
use crate::detached::detached;
use crate::errors::{AssetDiffError, selection_error};
use crate::graph::AssetGraph;
use crate::key::AssetKey;

/// Returns the keys of the assets that a selection selects, sorted.
#[pyfunction]
#[pyo3(signature = (graph, expression, language, *, base, changes, include_external))]
pub(crate) fn select<'py>(
    py: Python<'py>,
    graph: AssetGraph,
    expression: String,
    language: &str,
    base: Option<AssetGraph>,
    changes: Option<ChangeSetCore>,
    include_external: bool,
) -> PyResult<Bound<'py, PyTuple>> {
    let language: Language = language
        .parse()
        .map_err(|error: assetdiff::UnknownName| AssetDiffError::new_err(error.to_string()))?;
    let size = graph.graph.len() << 6;
    let work = move || {
        let selection = Selection::parse(&expression, language)?;
        let (head, base) = (&graph.graph, base.as_ref().map(|base| &*base.graph));
        let changes = changes.map(|changes| changes.0);
        let given = changes.as_deref();
        assetdiff_adapters::select::in_scope(head, base, given, |scope| {
            let mut scope: SelectionScope<'_> = *scope;
            scope.include_external = include_external;
            selection.resolve(&scope).map(|selected| selected.keys())
        })
    };
    let keys = detached(py, size, work)?.map_err(selection_error)?;
    PyTuple::new(py, keys.into_iter().map(AssetKey).collect::<Vec<_>>())
}
