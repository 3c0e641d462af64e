//! Asset graphs as Parquet files.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatchReader;
use assetdiff::{AssetGraph, Limits};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::{HEADER, RECORD, RowsError, batches};

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
/// Those of [`graph`](crate::graph), and [`RowsError::Parquet`]. Text of more than 64 MiB may be 200 times as long as
/// the file.
pub fn read(bytes: impl AsRef<[u8]> + Send + 'static, limits: &Limits) -> Result<AssetGraph, RowsError> {
    let bytes = Bytes::from_owner(bytes);
    let mut limits = limits.clone();
    limits.max_bytes =
        limits.max_bytes.min(FREE.saturating_add(MAX_RATIO.saturating_mul(bytes.len() as u64)));
    // The reader stops at an assertion where a file contradicts itself; nothing of it is used afterwards.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let rows = rows(bytes).map_err(|error| RowsError::Parquet(error.to_string()))?;
        crate::graph(rows, &limits)
    }));
    read.unwrap_or_else(|_| Err(RowsError::Parquet("one that contradicts itself".to_owned())))
}

fn rows(bytes: Bytes) -> Result<impl RecordBatchReader, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options)?;
    let record = ProjectionMask::columns(builder.parquet_schema(), [RECORD]);
    builder.with_projection(record).with_batch_size(256).build()
}
