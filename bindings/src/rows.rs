//! Graphs and change sets as rows.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, UInt8Builder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use assetdiff::{AssetChange, AssetGraph, ChangeSet};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::stream;

/// Rows for other tools: they ask for a stream, as often as they like, and each stream begins anew.
#[pyclass(frozen, module = "assetdiff")]
pub(crate) struct ArrowRows(Rows);

enum Rows {
    Graph(Arc<AssetGraph>),
    Changes(Arc<ChangeSet>),
}

impl ArrowRows {
    pub(crate) fn of_graph(graph: &Arc<AssetGraph>) -> Self {
        Self(Rows::Graph(Arc::clone(graph)))
    }

    pub(crate) fn of_changes(changes: &Arc<ChangeSet>) -> Self {
        Self(Rows::Changes(Arc::clone(changes)))
    }
}

#[pymethods]
impl ArrowRows {
    /// The columns are what they are: the interface allows to leave a wish for others unheard.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        match &self.0 {
            Rows::Graph(graph) => stream::export(py, assetdiff_arrow::batches(Arc::clone(graph))),
            Rows::Changes(changes) => {
                let schema = Arc::new(schema());
                let batches = py.detach(|| batches(changes, &schema));
                stream::export(py, RecordBatchIterator::new(batches, schema))
            }
        }
    }

    fn __repr__(&self) -> String {
        match &self.0 {
            Rows::Graph(graph) => format!("<ArrowRows of {} assets>", graph.len()),
            Rows::Changes(changes) => format!("<ArrowRows of {} changes>", changes.changes().len()),
        }
    }
}

/// Offsets within a column are 32 bits.
const MAX_ROWS: usize = 1 << 16;

/// The columns of change sets.
fn schema() -> Schema {
    let kinds = DataType::new_list(DataType::Utf8, true);
    Schema::new(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("status", DataType::Utf8, false),
        Field::new("code_location", DataType::Utf8, true),
        Field::new("kinds", kinds, false),
        Field::new("own_effect", DataType::Utf8, false),
        Field::new("downstream_effect", DataType::Utf8, false),
        Field::new("old_key", DataType::Utf8, true),
        Field::new("similarity", DataType::UInt8, true),
    ])
}

/// One row per change, in the order of the changes.
fn batches(changes: &ChangeSet, schema: &SchemaRef) -> Vec<Result<RecordBatch, ArrowError>> {
    changes.changes().chunks(MAX_ROWS).map(|few| batch(changes, few, schema)).collect()
}

fn batch(
    set: &ChangeSet,
    changes: &[AssetChange<'_>],
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let (mut key, mut old_key, mut location, mut status) =
        (StringBuilder::new(), StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut own, mut downstream) = (StringBuilder::new(), StringBuilder::new());
    let mut kinds = ListBuilder::new(StringBuilder::new());
    let mut similarity = UInt8Builder::new();
    for change in changes {
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
        let effects = change.effects(&set.effect_overrides);
        own.append_value(effects.own.as_str());
        downstream.append_value(effects.downstream.as_str());
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(key.finish()),
        Arc::new(status.finish()),
        Arc::new(location.finish()),
        Arc::new(kinds.finish()),
        Arc::new(own.finish()),
        Arc::new(downstream.finish()),
        Arc::new(old_key.finish()),
        Arc::new(similarity.finish()),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
