//! Reads a graph from rows that anybody may have made.

use arrow_array::cast::AsArray;
use arrow_array::{Array, GenericStringArray, OffsetSizeTrait, RecordBatchReader};
use arrow_schema::{ArrowError, DataType};
use assetdiff::{
    AssetDefinition, AssetGraph, GraphBuilder, GraphError, JsonText, LimitError, LimitKind, Limits,
    LoadError, ReadError, Snapshot,
};

use crate::{HEADER, RECORD};

/// Why there is no asset graph in some rows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// There is no column of records, or it holds something else.
    #[error("expected a column `record` of texts, found {found}")]
    Column {
        /// What there is.
        found: String,
    },
    /// A record is missing.
    #[error("row {row}: expected a record, found null")]
    Null {
        /// The row, from 1.
        row: usize,
    },
    /// A record is no definition.
    #[error("row {row}: {error}")]
    Record {
        /// The row, from 1.
        row: usize,
        /// What is wrong with it, with the place in its text.
        error: ReadError,
    },
    /// What the metadata says of the snapshot is none.
    #[error("metadata of the schema: {0}")]
    Header(ReadError),
    /// The definitions are no valid graph, or too many.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The rows cannot be had.
    #[error("expected rows, found an error: {0}")]
    Stream(String),
    /// The bytes are no Parquet file that can be read.
    #[error("expected a Parquet file, found {0}")]
    Parquet(String),
}

impl From<LimitError> for RowsError {
    fn from(error: LimitError) -> Self {
        Self::Load(error.into())
    }
}

impl From<GraphError> for RowsError {
    fn from(error: GraphError) -> Self {
        Self::Load(error.into())
    }
}

fn stream_error(error: &ArrowError) -> RowsError {
    RowsError::Stream(error.to_string())
}

/// Returns the graph of rows with a column `record`: texts that are definitions in the snapshot's JSON form, in any
/// order. All other columns are passed over; the provenance comes from the metadata of the schema, if it is there.
///
/// Costs what reading the same definitions as JSON does.
///
/// # Errors
/// [`RowsError`], for a record with its row. Texts and offsets are checked; the reader is trusted that its
/// buffers are as long as it says.
pub fn graph(rows: impl RecordBatchReader, limits: &Limits) -> Result<AssetGraph, RowsError> {
    let schema = rows.schema();
    graph_of(rows, schema.metadata().get(HEADER).map(String::as_str), limits)
}

/// Returns the graph of rows, and of a JSON snapshot without assets.
pub(crate) fn graph_of(
    rows: impl RecordBatchReader,
    header: Option<&str>,
    limits: &Limits,
) -> Result<AssetGraph, RowsError> {
    let schema = rows.schema();
    let header = match header {
        Some(json) => Snapshot::from_json(json.as_bytes(), limits).map_err(RowsError::Header)?,
        None => Snapshot::default(),
    };
    let Some((column, field)) = schema.column_with_name(RECORD) else {
        return Err(RowsError::Column { found: "no such column".to_owned() });
    };
    if !matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        return Err(RowsError::Column { found: format!("one of {}", field.data_type()) });
    }
    let mut reader = Reader { builder: GraphBuilder::new(limits.clone()), limits, row: 0, bytes: 0 };
    for batch in rows {
        let batch = batch.map_err(|error| stream_error(&error))?;
        reader.read(batch.column(column).as_ref())?;
    }
    Ok(reader.builder.finish(header.provenance, header.extra)?)
}

struct Reader<'l> {
    builder: GraphBuilder,
    limits: &'l Limits,
    row: usize,
    bytes: u64,
}

impl Reader<'_> {
    fn read(&mut self, records: &dyn Array) -> Result<(), RowsError> {
        // Many views may show one long text, which is not even checked before they are counted.
        if let Some(views) = records.as_string_view_opt() {
            self.count(
                views.views().iter().map(|&view| u64::from(view as u32)).fold(0, u64::saturating_add),
            )?;
        }
        // What comes from outside of Rust was checked by nobody.
        records.to_data().validate_full().map_err(|error| stream_error(&error))?;
        match records.data_type() {
            DataType::Utf8 => self.read_texts(records.as_string::<i32>()),
            DataType::LargeUtf8 => self.read_texts(records.as_string::<i64>()),
            DataType::Utf8View => records.as_string_view().iter().try_for_each(|text| self.push(text)),
            other => Err(RowsError::Column { found: format!("one of {other}") }),
        }
    }

    fn read_texts<O: OffsetSizeTrait>(&mut self, texts: &GenericStringArray<O>) -> Result<(), RowsError> {
        let ends = texts.value_offsets();
        let len = ends.last().zip(ends.first()).map_or(0, |(end, start)| end.as_usize() - start.as_usize());
        self.count(len as u64)?;
        texts.iter().try_for_each(|text| self.push(text))
    }

    fn count(&mut self, bytes: u64) -> Result<(), RowsError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.max_bytes {
            return Err(LimitError { kind: LimitKind::Bytes, limit: self.limits.max_bytes }.into());
        }
        Ok(())
    }

    fn push(&mut self, record: Option<&str>) -> Result<(), RowsError> {
        self.row += 1;
        let row = self.row;
        let record = record.ok_or(RowsError::Null { row })?;
        let in_row = |error| RowsError::Record { row, error };
        let text = JsonText::unparsed(record.as_bytes(), self.limits).map_err(in_row)?;
        let definition: AssetDefinition = text.read(text.as_str()).map_err(in_row)?;
        Ok(self.builder.push_read(definition)?)
    }
}
