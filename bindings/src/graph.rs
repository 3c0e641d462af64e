//! Asset graphs.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use assetdiff::Limits;
use assetdiff_adapters::dagster;
use assetdiff_adapters::source::{self, SourceKind};
use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};

use crate::definition::{AssetDefinition, definition_of};
use crate::detached::detached;
use crate::errors::{load_error, rows_error, source_error};
use crate::key::{AssetKey, KeyLike};
use crate::rows::ArrowRows;
use crate::snapshot::{Snapshot, bytes_of};
use crate::stream;

/// A valid snapshot, sorted and indexed.
#[pyclass(frozen, from_py_object, module = "assetdiff")]
#[derive(Clone)]
pub(crate) struct AssetGraph {
    pub(crate) graph: Arc<assetdiff::AssetGraph>,
}

impl AssetGraph {
    /// Does something with the graph, while other threads may use the interpreter if it is large.
    fn with_graph<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&assetdiff::AssetGraph) -> T + Send + 'static,
    ) -> PyResult<T> {
        let graph = Arc::clone(&self.graph);
        detached(py, graph.len() << 8, move || work(&graph))
    }
}

fn of(graph: assetdiff::AssetGraph) -> AssetGraph {
    AssetGraph { graph: Arc::new(graph) }
}

pub(crate) fn keys<'py>(
    py: Python<'py>,
    keys: impl IntoIterator<Item = assetdiff::AssetKey>,
) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, keys.into_iter().map(AssetKey).collect::<Vec<_>>())
}

#[pymethods]
impl AssetGraph {
    #[new]
    fn new(py: Python<'_>, snapshot: &Bound<'_, PyAny>) -> PyResult<Self> {
        let snapshot = match snapshot.cast::<Snapshot>() {
            Ok(snapshot) => snapshot.get().snapshot().clone(),
            Err(_) => {
                let definitions = snapshot.try_iter()?.map(|definition| definition_of(&definition?));
                let assets = definitions.collect::<PyResult<_>>()?;
                assetdiff::Snapshot { assets, ..Default::default() }
            }
        };
        let size = snapshot.assets.len() << 8;
        detached(py, size, move || assetdiff::AssetGraph::new(snapshot))?
            .map(of)
            .map_err(|error| load_error(error, ""))
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = bytes_of(text)?;
        let size = bytes.len();
        let parse = move || source::parse(&bytes, SourceKind::Auto, &Limits::default());
        detached(text.py(), size, parse)?.map(of).map_err(|error| load_error(error, ""))
    }

    #[staticmethod]
    #[pyo3(signature = (text, *, code_location=None))]
    fn from_dagster(text: &Bound<'_, PyAny>, code_location: Option<String>) -> PyResult<Self> {
        let bytes = bytes_of(text)?;
        let size = bytes.len();
        let parse = move || dagster::graph(&bytes, code_location.as_deref(), &Limits::default());
        detached(text.py(), size, parse)?.map(of).map_err(|error| load_error(error, ""))
    }

    #[staticmethod]
    pub(crate) fn read(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let read = move || source::read(&path, SourceKind::Auto, &Limits::default());
        detached(py, usize::MAX, read)?.map(of).map_err(source_error)
    }

    /// The two sides of a comparison, both bytes or both paths.
    #[staticmethod]
    fn read_pair(base: &Bound<'_, PyAny>, head: &Bound<'_, PyAny>) -> PyResult<(Self, Self)> {
        let py = base.py();
        let (kind, limits) = (SourceKind::Auto, Limits::default());
        if let (Ok(base), Ok(head)) = (base.extract::<PyBackedBytes>(), head.extract::<PyBackedBytes>()) {
            let size = base.len() + head.len();
            let parse = move || match source::parse_pair(&base, &head, kind, &limits) {
                (Ok(base), Ok(head)) => Ok((of(base), of(head))),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            return detached(py, size, parse)?.map_err(|error| load_error(error, ""));
        }
        let (base, head): (PathBuf, PathBuf) = (base.extract()?, head.extract()?);
        let read = move || source::read_pair(&base, &head, kind, &limits);
        let (base, head) = detached(py, usize::MAX, read)?.map_err(source_error)?;
        Ok((of(base), of(head)))
    }

    pub(crate) fn to_snapshot(&self, py: Python<'_>) -> PyResult<Snapshot> {
        Ok(self.with_graph(py, assetdiff::AssetGraph::to_snapshot)?.into())
    }

    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let write = |graph: &assetdiff::AssetGraph| {
            let mut json = Vec::new();
            graph.write_json(&mut json).map(|()| json)
        };
        Ok(PyBytes::new(py, &self.with_graph(py, write)??))
    }

    fn to_arrow(&self) -> ArrowRows {
        ArrowRows::of_graph(&self.graph)
    }

    #[staticmethod]
    fn from_arrow(rows: &Bound<'_, PyAny>) -> PyResult<Self> {
        let stream = stream::import(rows)?;
        let read = move || assetdiff_arrow::graph(stream, &Limits::default());
        detached(rows.py(), usize::MAX, read)?.map(of).map_err(|error| rows_error(error, ""))
    }

    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let graph = Arc::clone(&self.graph);
        let write = move || source::write(&path, &graph);
        detached(py, usize::MAX, write)?.map_err(|error| source_error(error.into()))
    }

    #[getter]
    fn fingerprint(&self) -> String {
        self.graph.fingerprint().to_string()
    }

    #[getter]
    fn undefined<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        keys(py, self.with_graph(py, assetdiff::AssetGraph::undefined)?)
    }

    fn deep_fingerprint(&self, py: Python<'_>, key: KeyLike) -> PyResult<String> {
        let key = key.key()?;
        let name = key.to_string();
        let fingerprint = self.with_graph(py, move |graph| graph.deep_fingerprint(&key))?;
        fingerprint.map(|f| f.to_string()).ok_or_else(|| PyKeyError::new_err(name))
    }

    fn upstream<'py>(&self, py: Python<'py>, key: KeyLike) -> PyResult<Bound<'py, PyTuple>> {
        keys(py, self.graph.upstream(&key.key()?))
    }

    fn downstream<'py>(&self, py: Python<'py>, key: KeyLike) -> PyResult<Bound<'py, PyTuple>> {
        keys(py, self.graph.downstream(&key.key()?))
    }

    fn topological_order<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        keys(py, self.with_graph(py, |graph| graph.topological_order().collect::<Vec<_>>())?)
    }

    fn definitions<'py>(&self, py: Python<'py>, key: KeyLike) -> PyResult<Bound<'py, PyTuple>> {
        let definitions = self.graph.definitions_of(&key.key()?);
        PyTuple::new(py, definitions.into_iter().map(AssetDefinition).collect::<Vec<_>>())
    }

    fn to_networkx<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let network = this.py().import(intern!(this.py(), "assetdiff._network"))?;
        network.call_method1(intern!(this.py(), "of_graph"), (this,))
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        let other = Arc::clone(&other.graph);
        self.with_graph(py, move |graph| *graph == *other)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        self.graph.fingerprint().hash(&mut hasher);
        hasher.finish()
    }

    fn __len__(&self) -> usize {
        self.graph.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        keys(py, self.graph.keys())?.call_method0(intern!(py, "__iter__"))
    }

    fn __contains__(&self, key: KeyLike) -> PyResult<bool> {
        Ok(self.graph.contains(&key.key()?))
    }

    fn __getitem__(&self, key: KeyLike) -> PyResult<AssetDefinition> {
        let key = key.key()?;
        let definition = self.graph.get(&key).map(AssetDefinition);
        definition.ok_or_else(|| PyKeyError::new_err(key.to_string()))
    }

    fn __repr__(&self) -> String {
        format!("<AssetGraph: {} assets, {}>", self.graph.len(), self.graph.fingerprint())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr(intern!(py, "from_json"))?, (self.to_json(py)?,)))
    }
}
