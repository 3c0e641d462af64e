//! Three versions; the package shows them through a class of its own.

use std::sync::Arc;

use assetdiff::{ChangeSet, MergeConflict, ThreeWay};
use assetdiff_report::{MarkdownStyle, TextStyle, three_way, three_way_markdown};
use pyo3::prelude::*;

use crate::changes::ChangeSetCore;
use crate::convert::to_python;
use crate::detached::detached;
use crate::errors::{AssetDiffError, load_error};
use crate::graph::AssetGraph;
use crate::options::{Rules, ignore_error};

/// What a branch and its base changed since they parted.
#[pyclass(frozen, module = "assetdiff._core")]
pub(crate) struct ThreeWayCore(pub(crate) Arc<ThreeWay>);

/// Compares a branch and its base with the graph at which they parted.
#[pyfunction]
#[pyo3(signature = (merge_base, base, head, options=None))]
pub(crate) fn diff3(
    py: Python<'_>,
    merge_base: AssetGraph,
    base: AssetGraph,
    head: AssetGraph,
    options: Option<Rules>,
) -> PyResult<ThreeWayCore> {
    let size = (merge_base.graph.len() + base.graph.len() + head.graph.len()) << 6;
    let work = move || {
        let options = options.map(|options| options.for_graphs(&base.graph, &head.graph)).transpose()?;
        let options = options.unwrap_or_default();
        Ok(assetdiff::diff3(&merge_base.graph, &base.graph, &head.graph, &options))
    };
    let found = detached(py, size, work)?.map_err(ignore_error)?;
    Ok(ThreeWayCore(Arc::new(found)))
}

fn core(changes: ChangeSet) -> ChangeSetCore {
    ChangeSetCore(Arc::new(changes))
}

impl ThreeWayCore {
    fn size(&self) -> usize {
        let ThreeWay { yours, theirs, .. } = &*self.0;
        let of = |changes: &ChangeSet| changes.added.len() + changes.removed.len() + changes.modified.len();
        (of(yours) + of(theirs)) << 8
    }
}

#[pymethods]
impl ThreeWayCore {
    #[getter]
    fn yours(&self) -> ChangeSetCore {
        core(self.0.yours.clone())
    }

    #[getter]
    fn theirs(&self) -> ChangeSetCore {
        core(self.0.theirs.clone())
    }

    #[getter]
    fn incoming(&self) -> Option<ChangeSetCore> {
        self.0.incoming.clone().map(core)
    }

    fn yours_alone(&self) -> ChangeSetCore {
        core(self.0.yours_alone())
    }

    fn theirs_alone(&self) -> ChangeSetCore {
        core(self.0.theirs_alone())
    }

    fn alike<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.alike)
    }

    /// The conflicts, each with its sentence.
    fn conflicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let told: Vec<(&MergeConflict, String)> =
            self.0.conflicts.iter().map(|conflict| (conflict, conflict.to_string())).collect();
        to_python(py, &told)
    }

    fn merge(&self, py: Python<'_>) -> PyResult<AssetGraph> {
        let found = Arc::clone(&self.0);
        // A graph of its own, which lives on without the comparison.
        let copy = move || found.merge().map(|merged| assetdiff::AssetGraph::new(merged.to_snapshot()));
        let copied = detached(py, usize::MAX, copy)?;
        let copied = copied.map_err(|conflicts| AssetDiffError::new_err(conflicts.to_string()))?;
        Ok(AssetGraph { graph: Arc::new(copied.map_err(|error| load_error(error, ""))?) })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let found = Arc::clone(&self.0);
        detached(py, self.size(), move || found.to_json())
    }

    #[pyo3(signature = (*, width, color))]
    fn to_text(&self, py: Python<'_>, width: usize, color: bool) -> PyResult<String> {
        let found = Arc::clone(&self.0);
        let style = TextStyle { width: width.max(40), color, ..TextStyle::default() };
        detached(py, self.size(), move || three_way(&found, &style))
    }

    fn to_markdown(&self, py: Python<'_>) -> PyResult<String> {
        let found = Arc::clone(&self.0);
        detached(py, self.size(), move || three_way_markdown(&found, &MarkdownStyle::default()))
    }
}
