//! Asset graphs as Parquet files.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatchReader;
use arrow_schema::{DataType, FieldRef, Schema};
use assetdiff::{AssetGraph, LimitError, LimitKind, Limits};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::from_rows::graph_of;
use crate::{HEADER, RECORD, RowsError, batches, guard};

const MAGIC: &[u8] = b"PAR1";

/// How many rows stand in one group, which other tools read at once.
const ROW_GROUP: usize = 1 << 17;

/// How much text a file may hold whatever its size, and how many times its size beyond that.
const FREE: u64 = 64 << 20;
const MAX_RATIO: u64 = 200;

/// Returns whether bytes begin as a Parquet file does.
pub fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Writes a graph as a Parquet file, compressed with zstd: the rows of [`batches`], and the provenance in the
/// file's metadata.
///
/// # Errors
/// What the writer returns, and those of [`batches`].
pub fn write(graph: &AssetGraph, out: impl Write + Send) -> io::Result<()> {
    let rows = batches(graph);
    let header = rows.schema().metadata().get(HEADER).cloned();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        // Texts that stand once each.
        .set_column_dictionary_enabled(ColumnPath::from(RECORD), false)
        .set_column_statistics_enabled(ColumnPath::from(RECORD), EnabledStatistics::None)
        .set_key_value_metadata(Some(vec![KeyValue::new(HEADER.to_owned(), header)]))
        .build();
    // All types are Parquet's own: nothing needs Arrow's schema beside it.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(out, rows.schema(), options).map_err(io_error)?;
    for batch in rows {
        writer.write(&batch.map_err(io::Error::other)?).map_err(io_error)?;
    }
    writer.close().map_err(io_error)?;
    Ok(())
}

fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

/// Returns the graph of a Parquet file with a column `record`, as [`graph`](crate::graph) does. Files of other tools
/// are read too, if they are not compressed or with zstd or Snappy.
///
/// # Errors
/// Those of [`graph`](crate::graph), and [`RowsError::Parquet`]. The column may hold 64 MiB of text and 200 times the
/// file's length; what holds more is refused before it is decompressed.
pub fn read(bytes: impl AsRef<[u8]> + Send + 'static, limits: &Limits) -> Result<AssetGraph, RowsError> {
    let bytes = Bytes::from_owner(bytes);
    let mut limits = limits.clone();
    limits.max_bytes =
        limits.max_bytes.min(FREE.saturating_add(MAX_RATIO.saturating_mul(bytes.len() as u64)));
    // The reader stops at an assertion where a file contradicts itself; nothing of it is used afterwards.
    let read = catch_unwind(AssertUnwindSafe(|| read_checked(bytes, &limits)));
    read.unwrap_or_else(|_| Err(RowsError::Parquet("one that contradicts itself".to_owned())))
}

fn read_checked(bytes: Bytes, limits: &Limits) -> Result<AssetGraph, RowsError> {
    if bytes.ends_with(MAGIC) && !guard::has_sound_columns(&bytes) {
        return Err(RowsError::Parquet("one with damaged metadata".to_owned()));
    }
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let parquet_error = |error: ParquetError| RowsError::Parquet(error.to_string());
    let metadata = ArrowReaderMetadata::load(&bytes, options.clone()).map_err(parquet_error)?;
    check_pages(&bytes, metadata.metadata(), limits)?;
    let header = metadata.metadata().file_metadata().key_value_metadata().into_iter().flatten();
    let header = header.filter(|pair| pair.key == HEADER).find_map(|pair| pair.value.clone());

    // Views of a page take no memory of their own, however often a text of its dictionary is used.
    let as_views = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 if field.name() == RECORD => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        _ => Arc::clone(field),
    };
    let schema = Arc::new(Schema::new(metadata.schema().fields().iter().map(as_views).collect::<Vec<_>>()));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options.with_schema(schema))
        .map_err(parquet_error)?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata);
    let record = ProjectionMask::columns(builder.parquet_schema(), [RECORD]);
    let rows = builder.with_projection(record).build().map_err(parquet_error)?;
    graph_of(rows, header.as_deref(), limits)
}

/// Checks how long the column of records is before any of it is decompressed.
fn check_pages(bytes: &[u8], metadata: &ParquetMetaData, limits: &Limits) -> Result<(), RowsError> {
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let mut total: u64 = 0;
    for chunk in chunks.filter(|chunk| chunk.column_path().parts().first().is_some_and(|name| name == RECORD))
    {
        let (start, len) = chunk.byte_range();
        let pages = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(len)).ok());
        let pages = pages.and_then(|(start, end)| bytes.get(start..end)).and_then(guard::decompressed_len);
        let Some(len) = pages else {
            return Err(RowsError::Parquet(
                "one whose column `record` is in pages that are not read".to_owned(),
            ));
        };
        total = total.saturating_add(len);
        if total > limits.max_bytes {
            return Err(LimitError { kind: LimitKind::Bytes, limit: limits.max_bytes }.into());
        }
    }
    Ok(())
}
