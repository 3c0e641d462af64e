//! Asset graphs as rows for other tools: Arrow record batches, and Parquet files.
//!
//! One row is one definition; docs/arrow.md describes the columns. [`batches`] makes them, [`graph`] reads them
//! back, and [`parquet`] does both with files. The types of `arrow-array` and `arrow-schema` are public here: they are
//! what this crate is for.
//!
//! ```
//! use assetdiff::{AssetGraph, Limits};
//!
//! let json = br#"{"format_version": "1.0", "assets": [{"key": ["shop", "orders"], "tags": {"pii": "yes"}}]}"#;
//! let graph = AssetGraph::from_json(json, &Limits::default())?;
//! let rows = assetdiff_arrow::batches(&graph);
//! assert_eq!(assetdiff_arrow::graph(rows, &Limits::default())?, graph);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod from_rows;
mod guard;
pub mod parquet;
mod rows;

pub use from_rows::{RowsError, graph};
pub use rows::{Batches, batches, schema};

/// The name of the schema's metadata that holds what stands around the definitions, as a JSON snapshot.
const HEADER: &str = "assetdiff.snapshot";

/// The column that a graph is read from.
const RECORD: &str = "record";
