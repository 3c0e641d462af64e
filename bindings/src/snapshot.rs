//! Snapshots.

use std::path::PathBuf;
use std::sync::Arc;

use assetdiff::{Json, Limits, Provenance};
use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::convert::{dumps, from_python, to_python};
use crate::definition::{AssetDefinition, definition_of};
use crate::detached::detached;
use crate::errors::{AssetDiffError, read_error};
use crate::graph::AssetGraph;
use crate::key::KeyLike;

/// The member of the provenance that holds what could not be carried faithfully.
const WARNINGS: &str = "warnings";

/// All asset definitions of a deployment at one time, as received.
#[pyclass(frozen, from_py_object, module = "assetdiff")]
#[derive(Clone)]
pub(crate) struct Snapshot(Arc<assetdiff::Snapshot>);

impl From<assetdiff::Snapshot> for Snapshot {
    fn from(snapshot: assetdiff::Snapshot) -> Self {
        Self(Arc::new(snapshot))
    }
}

impl Snapshot {
    pub(crate) fn snapshot(&self) -> &assetdiff::Snapshot {
        &self.0
    }

    /// About how many bytes it has.
    fn size(&self) -> usize {
        self.0.assets.len() << 8
    }

    fn json(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let snapshot = Arc::clone(&self.0);
        detached(py, self.size(), move || snapshot.to_json())
    }
}

/// JSON text as Python has it.
pub(crate) fn bytes_of(text: &Bound<'_, PyAny>) -> PyResult<PyBackedBytes> {
    match text.cast::<PyString>() {
        Ok(text) => Ok(PyBytes::new(text.py(), text.to_str()?.as_bytes()).into()),
        Err(_) => text.extract().map_err(Into::into),
    }
}

fn set_warnings(provenance: &mut Provenance, warnings: Vec<String>) {
    if !warnings.is_empty() {
        let texts = warnings.iter().map(|warning| Json::from(warning.as_str()));
        provenance.extra.insert(WARNINGS.to_owned(), Json::array(texts));
    }
}

#[pymethods]
impl Snapshot {
    #[new]
    #[pyo3(
        signature = (
            assets=None, *, deployment=None, commit=None, created_at=None, producer=None,
            producer_version=None, warnings=Vec::new()
        ),
        text_signature = "(assets=None, *, deployment=None, commit=None, created_at=None, producer=None, producer_version=None, warnings=())"
    )]
    #[expect(clippy::too_many_arguments, reason = "one for each part of the provenance")]
    fn new(
        py: Python<'_>,
        assets: Option<Bound<'_, PyAny>>,
        deployment: Option<String>,
        commit: Option<String>,
        created_at: Option<Bound<'_, PyAny>>,
        producer: Option<String>,
        producer_version: Option<String>,
        warnings: Vec<String>,
    ) -> PyResult<Self> {
        let mut definitions = Vec::new();
        for definition in assets.map(|assets| assets.try_iter()).transpose()?.into_iter().flatten() {
            definitions.push(definition_of(&definition?)?);
        }
        let stamp = PyDict::new(py);
        if let Some(created_at) = created_at {
            stamp.set_item(intern!(py, "created_at"), created_at)?;
        }
        let mut provenance: Provenance = from_python("provenance", &stamp)?;
        provenance.deployment = deployment;
        provenance.commit = commit;
        provenance.producer = producer;
        provenance.producer_version = producer_version;
        set_warnings(&mut provenance, warnings);
        Ok(assetdiff::Snapshot { provenance, assets: definitions, ..Default::default() }.into())
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = bytes_of(text)?;
        let size = bytes.len();
        let read =
            detached(text.py(), size, move || assetdiff::Snapshot::from_json(&bytes, &Limits::default()))?;
        read.map(Self::from).map_err(|error| read_error(error, ""))
    }

    #[staticmethod]
    #[pyo3(signature = (data, *, warnings=Vec::new()), text_signature = "(data, *, warnings=())")]
    fn from_dict(data: &Bound<'_, PyDict>, warnings: Vec<String>) -> PyResult<Self> {
        let text = dumps(data)?;
        let read = assetdiff::Snapshot::from_json(text.as_bytes(), &Limits::default());
        let mut snapshot = read.map_err(|error| read_error(error, ""))?;
        set_warnings(&mut snapshot.provenance, warnings);
        Ok(snapshot.into())
    }

    #[staticmethod]
    fn read(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        AssetGraph::read(py, path)?.to_snapshot(py)
    }

    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.json(py)?))
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::convert::loads(py, &String::from_utf8_lossy(&self.json(py)?))
    }

    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let snapshot = Arc::clone(&self.0);
        let write = move || assetdiff_adapters::file::write(&path, |out| out.write_all(&snapshot.to_json()));
        detached(py, self.size(), write)?.map_err(|error| AssetDiffError::new_err(error.to_string()))
    }

    #[getter]
    fn assets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.assets.iter().cloned().map(AssetDefinition).collect::<Vec<_>>())
    }

    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.provenance)
    }

    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let warnings = self.0.provenance.extra.get(WARNINGS);
        let warnings: Vec<String> =
            warnings.and_then(|json| serde_json::from_str(json.as_str()).ok()).unwrap_or_default();
        PyTuple::new(py, warnings)
    }

    /// The order of the listing is no part of the value.
    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.json(py)? == other.json(py)?)
    }

    fn __len__(&self) -> usize {
        self.0.assets.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.assets(py)?.call_method0(intern!(py, "__iter__"))
    }

    fn __contains__(&self, key: KeyLike) -> PyResult<bool> {
        let key = key.key()?;
        Ok(self.0.assets.iter().any(|definition| definition.key == key))
    }

    fn __getitem__(&self, key: KeyLike) -> PyResult<AssetDefinition> {
        let key = key.key()?;
        let definition = self.0.assets.iter().find(|definition| definition.key == key);
        definition.cloned().map(AssetDefinition).ok_or_else(|| PyKeyError::new_err(key.to_string()))
    }

    fn __repr__(&self) -> String {
        let deployment = self.0.provenance.deployment.as_deref().map(assetdiff::escape_hidden);
        let of = deployment.map(|name| format!(" of {name}")).unwrap_or_default();
        format!("<Snapshot{of}: {} assets>", self.0.assets.len())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr(intern!(py, "from_json"))?, (self.to_json(py)?,)))
    }
}
