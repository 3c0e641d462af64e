//! Which definitions differ, before anything of them is read.

use assetdiff::Comparison;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::changes::FEW;
use crate::detached::detached;
use crate::graph::AssetGraph;
use crate::key::AssetKey;

/// A definition that differs, and in what.
#[pyclass(frozen, eq, hash, module = "assetdiff")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Difference {
    key: AssetKey,
    status: &'static str,
    code_location: Option<String>,
    aspects: Vec<&'static str>,
}

impl Difference {
    fn of(difference: &assetdiff::Difference<'_>) -> Self {
        use assetdiff::Difference::{Added, Modified, Moved, Removed};
        let (status, definition) = match difference {
            Removed(old) => ("removed", old),
            Added(new) => ("added", new),
            Moved(_, new) => ("moved", new),
            Modified(_, new) => ("modified", new),
        };
        Self {
            key: AssetKey(definition.key()),
            status,
            code_location: definition.code_location().map(str::to_owned),
            aspects: difference.aspects().iter().map(|aspect| aspect.as_str()).collect(),
        }
    }
}

#[pymethods]
impl Difference {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str, &'static str) =
        ("key", "status", "code_location", "aspects");

    #[getter]
    fn key(&self) -> AssetKey {
        self.key.clone()
    }

    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("assetdiff")?.getattr("Status")?.call1((self.status,))
    }

    #[getter]
    fn code_location(&self) -> Option<&str> {
        self.code_location.as_deref()
    }

    #[getter]
    fn aspects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.aspects)
    }

    fn __repr__(&self) -> String {
        let Self { key, status, aspects, .. } = self;
        let details = if aspects.is_empty() { String::new() } else { format!(" ({})", aspects.join(", ")) };
        format!("<Difference {key}: {status}{details}>")
    }
}

/// Finds by their fingerprints which definitions differ.
#[pyfunction]
pub(crate) fn differences(py: Python<'_>, base: AssetGraph, head: AssetGraph) -> PyResult<Vec<Difference>> {
    let few = || {
        let comparison = Comparison::new(&base.graph, &head.graph);
        (comparison.len() < FEW).then(|| sorted(&comparison))
    };
    match py.detach(few) {
        Some(found) => Ok(found),
        None => detached(py, usize::MAX, move || sorted(&Comparison::new(&base.graph, &head.graph))),
    }
}

fn sorted(comparison: &Comparison<'_>) -> Vec<Difference> {
    let mut found: Vec<_> = comparison.iter().map(|difference| Difference::of(&difference)).collect();
    found.sort_by(|a, b| (&a.key, &a.code_location).cmp(&(&b.key, &b.code_location)));
    found
}
