//! Asset keys.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::errors::AssetDiffError;

/// The name of an asset.
#[pyclass(frozen, eq, ord, hash, str, from_py_object, module = "assetdiff")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AssetKey(pub(crate) assetdiff::AssetKey);

impl std::fmt::Display for AssetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a key may be given as: a key, its text form, or its components.
pub(crate) enum KeyLike {
    Key(AssetKey),
    Text(String),
    Components(Vec<String>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for KeyLike {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(key) = value.cast::<AssetKey>() {
            return Ok(Self::Key(key.get().clone()));
        }
        match value.cast::<PyString>() {
            Ok(text) => Ok(Self::Text(text.to_str()?.to_owned())),
            Err(_) => Ok(Self::Components(value.extract()?)),
        }
    }
}

impl KeyLike {
    pub(crate) fn key(self) -> PyResult<assetdiff::AssetKey> {
        match self {
            Self::Key(key) => Ok(key.0),
            Self::Text(text) => parsed(&text),
            Self::Components(components) => of_components(components),
        }
    }
}

fn parsed(text: &str) -> PyResult<assetdiff::AssetKey> {
    text.parse().map_err(|error: assetdiff::KeyError| AssetDiffError::new_err(error.to_string()))
}

fn of_components(components: Vec<String>) -> PyResult<assetdiff::AssetKey> {
    assetdiff::AssetKey::new(components).map_err(|error| AssetDiffError::new_err(error.to_string()))
}

#[pymethods]
impl AssetKey {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args() -> (&'static str,) {
        ("components",)
    }

    #[new]
    fn new(components: KeyLike) -> PyResult<Self> {
        match components {
            KeyLike::Text(name) => of_components(vec![name]).map(Self),
            other => other.key().map(Self),
        }
    }

    #[staticmethod]
    fn parse(text: &str) -> PyResult<Self> {
        parsed(text).map(Self)
    }

    #[getter]
    fn components<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.components().collect::<Vec<_>>())
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let components: Vec<&str> = self.0.components().collect();
        Ok(format!("AssetKey({})", components.into_pyobject(py)?.repr()?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Vec<String>,))> {
        let components = self.0.components().map(str::to_owned).collect();
        Ok((py.get_type::<Self>().into_any(), (components,)))
    }
}
