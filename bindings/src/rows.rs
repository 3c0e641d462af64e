//! Change sets as rows, through the Arrow PyCapsule interface.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, UInt8Builder};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use assetdiff::{AssetChange, ChangeSet};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::AssetDiffError;

/// Returns one row per change, in the order of the changes, as an Arrow stream.
pub(crate) fn stream<'py>(py: Python<'py>, changes: &ChangeSet) -> PyResult<Bound<'py, PyCapsule>> {
    let batch = batch(changes).map_err(|error| AssetDiffError::new_err(error.to_string()))?;
    let schema = batch.schema();
    let reader = RecordBatchIterator::new([Ok(batch)], schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
}

fn batch(changes: &ChangeSet) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let (mut key, mut old_key, mut location, mut status) =
        (StringBuilder::new(), StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut own, mut downstream) = (StringBuilder::new(), StringBuilder::new());
    let mut kinds = ListBuilder::new(StringBuilder::new());
    let mut similarity = UInt8Builder::new();
    for change in changes.changes() {
        key.append_value(change.key().to_string());
        location.append_option(change.code_location());
        let (name, old) = match change {
            AssetChange::Added(_) => ("added", None),
            AssetChange::Removed(_) => ("removed", None),
            AssetChange::Renamed(renamed) => ("renamed", Some(renamed)),
            AssetChange::Moved(_) => ("moved", None),
            AssetChange::Modified(_) => ("modified", None),
        };
        status.append_value(name);
        old_key.append_option(old.map(|renamed| renamed.old.key.to_string()));
        similarity.append_option(old.map(|renamed| renamed.similarity));
        for kind in change.kinds() {
            kinds.values().append_value(kind.as_str());
        }
        kinds.append(true);
        let effects = change.effects(&changes.effect_overrides);
        own.append_value(effects.own.as_str());
        downstream.append_value(effects.downstream.as_str());
    }
    let columns: [(&str, ArrayRef); 8] = [
        ("key", Arc::new(key.finish())),
        ("status", Arc::new(status.finish())),
        ("code_location", Arc::new(location.finish())),
        ("kinds", Arc::new(kinds.finish())),
        ("own_effect", Arc::new(own.finish())),
        ("downstream_effect", Arc::new(downstream.finish())),
        ("old_key", Arc::new(old_key.finish())),
        ("similarity", Arc::new(similarity.finish())),
    ];
    RecordBatch::try_from_iter(columns)
}
