//! Between values of ours and plain Python data, through their JSON form.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
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
    let mut text = Vec::new();
    if write(&mut text, data, 0).is_some() {
        return String::from_utf8(text).map_err(|error| AssetDiffError::new_err(error.to_string()));
    }
    let py = data.py();
    let options = PyDict::new(py);
    let plain = py.import(intern!(py, "assetdiff._plain"))?.getattr(intern!(py, "plain"))?;
    options.set_item(intern!(py, "default"), plain)?;
    options.set_item(intern!(py, "ensure_ascii"), false)?;
    options.set_item(intern!(py, "allow_nan"), false)?;
    let json = py.import(intern!(py, "json"))?;
    json.call_method(intern!(py, "dumps"), (data,), Some(&options))?.extract()
}

/// Deeper data, which may hold itself, is left to Python.
const DEPTH: usize = 64;

/// Writes data of Python's own types as Python's `json` would; `None` if anything else is in it.
fn write(out: &mut Vec<u8>, data: &Bound<'_, PyAny>, depth: usize) -> Option<()> {
    if let Ok(text) = data.cast_exact::<PyString>() {
        return serde_json::to_writer(out, text.to_str().ok()?).ok();
    }
    if depth == DEPTH {
        return None;
    }
    if let Ok(dict) = data.cast_exact::<PyDict>() {
        out.push(b'{');
        for (index, (name, value)) in dict.iter().enumerate() {
            separate(out, index);
            write(out, name.cast_exact::<PyString>().ok()?, depth + 1)?;
            out.extend_from_slice(b": ");
            write(out, &value, depth + 1)?;
        }
        out.push(b'}');
    } else if let Ok(list) = data.cast_exact::<PyList>() {
        write_items(out, list.iter(), depth)?;
    } else if let Ok(tuple) = data.cast_exact::<PyTuple>() {
        write_items(out, tuple.iter(), depth)?;
    } else if data.is_none() {
        out.extend_from_slice(b"null");
    } else if let Ok(value) = data.cast_exact::<PyBool>() {
        out.extend_from_slice(if value.is_true() { b"true" } else { b"false" });
    } else if let Ok(number) = data.cast_exact::<PyInt>() {
        serde_json::to_writer(out, &number.extract::<i64>().ok()?).ok()?;
    } else {
        let number = data.cast_exact::<PyFloat>().ok()?.value();
        serde_json::to_writer(out, &Some(number).filter(|number| number.is_finite())?).ok()?;
    }
    Some(())
}

fn write_items<'py>(
    out: &mut Vec<u8>,
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> Option<()> {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        separate(out, index);
        write(out, &item, depth + 1)?;
    }
    out.push(b']');
    Some(())
}

fn separate(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.extend_from_slice(b", ");
    }
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
