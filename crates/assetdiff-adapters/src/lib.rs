//! Reads what data tools write as [assetdiff](assetdiff) snapshots, and files in and out.
//!
//! - [`dagster`]: the serialised snapshot of a Dagster repository.
//! - [`dbt`]: the manifest of a dbt project, and the answers of dbt's `state:` selectors.
//! - [`file`]: files with limits, transparent compression and writing that leaves no half file.
//! - [`source`]: an asset graph from whatever stands at a path.

mod both;
pub mod dagster;
pub mod dbt;
pub mod file;
pub mod source;
