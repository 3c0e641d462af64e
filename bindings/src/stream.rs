//! Arrow streams in and out, through the Arrow PyCapsule interface: the only place in this crate with unsafe code.

use std::ffi::CStr;

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::SnapshotError;

const NAME: &CStr = c"arrow_array_stream";

/// Returns a capsule that hands out the batches as they are asked for.
pub(crate) fn export(
    py: Python<'_>,
    batches: impl RecordBatchReader + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), NAME)
}

/// Returns the batches of anything with `__arrow_c_stream__`.
pub(crate) fn import(rows: &Bound<'_, PyAny>) -> PyResult<RecordBatchStreamReader> {
    let method = intern!(rows.py(), "__arrow_c_stream__");
    if !rows.hasattr(method)? {
        let found = rows.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "expected rows with __arrow_c_stream__, such as a pyarrow.Table or a polars.DataFrame, found {found}"
        )));
    }
    let capsule = rows.call_method0(method)?;
    let capsule = capsule.cast::<PyCapsule>()?;
    let stream = capsule.pointer_checked(Some(NAME))?.cast::<FFI_ArrowArrayStream>();
    #[expect(unsafe_code, reason = "a stream of another library comes as a pointer")]
    // SAFETY: a capsule of this name points to a valid ArrowArrayStream: the interface says so, and whoever
    // breaks it is Python code in this process. The stream is moved out and leaves a released one behind,
    // which the capsule's destructor passes over; the capsule lives until then.
    let reader = unsafe { RecordBatchStreamReader::from_raw(stream.as_ptr()) };
    reader.map_err(|error| SnapshotError::of_message(format!("expected rows, found an error: {error}")))
}
