//! Reads what data tools write as [assetdiff](assetdiff) snapshots, and files in and out.
//!
//! - [`commands`]: a plan as the commands of a tool.
//! - [`dagster`]: the serialised snapshot of a Dagster repository.
//! - [`dbt`]: the manifest of a dbt project, and the answers of dbt's `state:` selectors.
//! - [`file`]: files with limits, transparent compression and writing that leaves no half file.
//! - [`select`]: what selections are resolved against.
//! - [`source`]: an asset graph from whatever stands at a path.

mod both;
pub mod commands;
pub mod dagster;
pub mod dbt;
pub mod file;
mod map;
mod parts;
mod remote;
mod scan;
pub mod select;
pub mod source;
