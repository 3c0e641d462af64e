//! Asset definitions.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyTuple};

use crate::convert::{from_python, json, to_python};
use crate::key::{AssetKey, KeyLike};

/// Everything that a tool says of one asset in one code location.
#[pyclass(frozen, eq, from_py_object, module = "assetdiff")]
#[derive(Clone, PartialEq)]
pub(crate) struct AssetDefinition(pub(crate) assetdiff::AssetDefinition);

/// Returns the definition that a definition or plain data stands for.
pub(crate) fn definition_of(data: &Bound<'_, PyAny>) -> PyResult<assetdiff::AssetDefinition> {
    match data.cast::<AssetDefinition>() {
        Ok(definition) => Ok(definition.get().0.clone()),
        Err(_) => from_python("asset definition", data),
    }
}

#[pymethods]
impl AssetDefinition {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args() -> (&'static str,) {
        ("key",)
    }

    #[new]
    #[pyo3(signature = (
        key, *, asset_type=None, automation=None, backfill=None, checks=None, code_location=None,
        code_version=None, columns=None, dependencies=None, description=None, execution=None,
        extra=None, freshness=None, group=None, kinds=None, metadata=None, owners=None,
        partitions=None, tags=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "one for each aspect")]
    fn new(
        py: Python<'_>,
        key: KeyLike,
        asset_type: Option<Bound<'_, PyAny>>,
        automation: Option<Bound<'_, PyAny>>,
        backfill: Option<Bound<'_, PyAny>>,
        checks: Option<Bound<'_, PyAny>>,
        code_location: Option<Bound<'_, PyAny>>,
        code_version: Option<Bound<'_, PyAny>>,
        columns: Option<Bound<'_, PyAny>>,
        dependencies: Option<Bound<'_, PyAny>>,
        description: Option<Bound<'_, PyAny>>,
        execution: Option<Bound<'_, PyAny>>,
        extra: Option<Bound<'_, PyAny>>,
        freshness: Option<Bound<'_, PyAny>>,
        group: Option<Bound<'_, PyAny>>,
        kinds: Option<Bound<'_, PyAny>>,
        metadata: Option<Bound<'_, PyAny>>,
        owners: Option<Bound<'_, PyAny>>,
        partitions: Option<Bound<'_, PyAny>>,
        tags: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let aspects = PyDict::new(py);
        aspects.set_item("key", AssetKey(key.key()?))?;
        for (name, value) in [
            ("asset_type", asset_type),
            ("automation", automation),
            ("backfill", backfill),
            ("checks", checks),
            ("code_location", code_location),
            ("code_version", code_version),
            ("columns", columns),
            ("dependencies", dependencies),
            ("description", description),
            ("execution", execution),
            ("extra", extra),
            ("freshness", freshness),
            ("group", group),
            ("kinds", kinds),
            ("metadata", metadata),
            ("owners", owners),
            ("partitions", partitions),
            ("tags", tags),
        ] {
            if let Some(value) = value {
                aspects.set_item(name, value)?;
            }
        }
        let plain = py.import(intern!(py, "assetdiff._plain"))?;
        let data = plain.call_method1(intern!(py, "definition"), (aspects,))?;
        from_python("asset definition", &data).map(Self)
    }

    #[staticmethod]
    fn from_dict(data: &Bound<'_, PyDict>) -> PyResult<Self> {
        from_python("asset definition", data).map(Self)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0)
    }

    #[getter]
    fn key(&self) -> AssetKey {
        AssetKey(self.0.key.clone())
    }

    #[getter]
    fn upstream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.dependencies.iter().map(|d| AssetKey(d.key.clone())).collect::<Vec<_>>())
    }

    #[getter]
    fn asset_type(&self) -> &str {
        self.0.asset_type.as_str()
    }

    #[getter]
    fn automation<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.automation)
    }

    #[getter]
    fn backfill<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.backfill)
    }

    #[getter]
    fn checks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.checks)
    }

    #[getter]
    fn code_location(&self) -> Option<&str> {
        self.0.code_location.as_deref()
    }

    #[getter]
    fn code_version<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.code_version)
    }

    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.columns)
    }

    #[getter]
    fn dependencies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.dependencies)
    }

    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    #[getter]
    fn execution<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.execution)
    }

    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.extra)
    }

    #[getter]
    fn freshness<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.freshness)
    }

    #[getter]
    fn group(&self) -> Option<&str> {
        self.0.group.as_deref()
    }

    #[getter]
    fn kinds<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, &self.0.kinds)
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.metadata)
    }

    #[getter]
    fn owners<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, &self.0.owners)
    }

    #[getter]
    fn partitions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.partitions)
    }

    #[getter]
    fn tags(&self) -> std::collections::BTreeMap<String, String> {
        self.0.tags.clone()
    }

    fn __repr__(&self) -> String {
        let location = self.0.code_location.as_deref().map(assetdiff::escape_hidden);
        let place = location.map(|location| format!(" in {location}")).unwrap_or_default();
        format!("<AssetDefinition {}{place}>", self.0.key)
    }

    fn __hash__(&self) -> PyResult<u64> {
        let mut hasher = DefaultHasher::new();
        json(&self.0)?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let of = py.get_type::<Self>().getattr(intern!(py, "_of_json"))?;
        Ok((of, (json(&self.0)?.into_pyobject(py)?.into_any(),)))
    }

    /// Unlike dicts, the text keeps every digit of a number.
    #[staticmethod]
    fn _of_json(text: &str) -> PyResult<Self> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| crate::errors::SnapshotError::of_message(error.to_string()))
    }

    fn __str__(&self) -> String {
        assetdiff_report::definition(&self.0, None, &assetdiff_report::TextStyle::default())
    }
}
