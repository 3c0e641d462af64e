//! dbt: manifests and selections beside what real dbt answered.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod changes;
mod recorded;
mod selection;
mod state;
