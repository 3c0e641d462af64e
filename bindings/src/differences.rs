//! Which definitions differ, before anything of them is read.

use assetdiff::{Aspect, Comparison, UnknownName};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

use crate::changes::if_few;
use crate::detached::detached;
use crate::errors::AssetDiffError;
use crate::graph::AssetGraph;
use crate::key::{AssetKey, KeyLike};

/// A definition that differs, and in what.
#[pyclass(frozen, eq, hash, module = "assetdiff")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Difference {
    key: AssetKey,
    status: &'static str,
    code_location: Option<String>,
    aspects: Vec<Aspect>,
}

/// The names of all aspects, made once.
static NAMES: PyOnceLock<Vec<(Aspect, Py<PyString>)>> = PyOnceLock::new();

impl Difference {
    fn of((difference, aspects): (assetdiff::Difference<'_>, Vec<Aspect>)) -> Self {
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
            aspects,
        }
    }
}

/// What can become of a definition, by the names of `Status`.
const STATUSES: [&str; 4] = ["added", "removed", "moved", "modified"];

/// What makes a difference in Python.
type Arguments<'d> = (AssetKey, &'static str, Option<&'d str>, Vec<&'static str>);

#[pymethods]
impl Difference {
    #[new]
    #[pyo3(signature = (key, status, code_location=None, aspects=None))]
    fn new(
        key: KeyLike,
        status: &str,
        code_location: Option<String>,
        aspects: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let status = STATUSES.into_iter().find(|name| *name == status).ok_or_else(|| {
            AssetDiffError::new_err(format!("expected one of {}, found {status:?}", STATUSES.join(", ")))
        })?;
        let aspects = aspects.iter().flatten().map(|name| name.parse::<Aspect>());
        let aspects = aspects.collect::<Result<_, UnknownName>>();
        let aspects = aspects.map_err(|error| AssetDiffError::new_err(error.to_string()))?;
        Ok(Self { key: AssetKey(key.key()?), status, code_location, aspects })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, Arguments<'_>) {
        let Self { key, status, code_location, aspects } = self;
        let aspects = aspects.iter().map(|aspect| aspect.as_str()).collect();
        let arguments = (key.clone(), *status, code_location.as_deref(), aspects);
        (py.get_type::<Self>().into_any(), arguments)
    }

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
        let named = |&aspect: &Aspect| (aspect, PyString::intern(py, aspect.as_str()).unbind());
        let names = NAMES.get_or_init(py, || Aspect::ALL.iter().map(named).collect());
        let name = |aspect: &Aspect| names.iter().find(|(named, _)| named == aspect).map(|(_, name)| name);
        PyTuple::new(py, self.aspects.iter().filter_map(name).collect::<Vec<_>>())
    }

    fn __repr__(&self) -> String {
        let Self { key, status, aspects, .. } = self;
        let names: Vec<&str> = aspects.iter().map(|aspect| aspect.as_str()).collect();
        let details = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        format!("<Difference {key}: {status}{details}>")
    }
}

/// Finds by their fingerprints which definitions differ.
#[pyfunction]
pub(crate) fn differences(py: Python<'_>, base: AssetGraph, head: AssetGraph) -> PyResult<Vec<Difference>> {
    match if_few(py, &base, &head, |comparison| sorted(&comparison))? {
        Some(found) => Ok(found),
        None => detached(py, usize::MAX, move || sorted(&Comparison::new(&base.graph, &head.graph))),
    }
}

fn sorted(comparison: &Comparison<'_>) -> Vec<Difference> {
    let mut found: Vec<_> = comparison.with_aspects().map(Difference::of).collect();
    found.sort_by(|a, b| (&a.key, &a.code_location).cmp(&(&b.key, &b.code_location)));
    found
}
