//! Between values of ours and plain Python data, through their JSON form.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::errors::{AssetDiffError, SnapshotError};

/// Returns a value as plain Python data: dicts, lists, texts, numbers, `None`.
pub(crate) fn to_python<'py, T: Serialize + ?Sized>(
    py: Python<'py>,
    value: &T,
) -> PyResult<Bound<'py, PyAny>> {
    loads(py, &json(value)?)
}

/// Returns the plain Python data of a JSON text.
pub(crate) fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))
}

/// Returns the JSON text of a value.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| AssetDiffError::new_err(error.to_string()))
}

/// Returns the JSON text of plain Python data; keys, sets, enums and mappings of ours count as such.
pub(crate) fn dumps(data: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = data.py();
    let options = PyDict::new(py);
    let plain = py.import(intern!(py, "assetdiff._plain"))?.getattr(intern!(py, "plain"))?;
    options.set_item(intern!(py, "default"), plain)?;
    options.set_item(intern!(py, "ensure_ascii"), false)?;
    options.set_item(intern!(py, "allow_nan"), false)?;
    let json = py.import(intern!(py, "json"))?;
    json.call_method(intern!(py, "dumps"), (data,), Some(&options))?.extract()
}

/// Returns the value that plain Python data stands for.
pub(crate) fn from_python<T: DeserializeOwned>(what: &str, data: &Bound<'_, PyAny>) -> PyResult<T> {
    let text = dumps(data)?;
    serde_json::from_str(&text).map_err(|error| {
        let message = error.to_string();
        // Data has no lines.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        SnapshotError::of_message(format!("{what}: {message}"))
    })
}
