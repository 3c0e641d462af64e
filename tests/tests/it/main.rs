//! Tests through the public interface.
#![allow(clippy::unwrap_used)]

mod behaviour;
mod build;
mod dagster_defects;
mod fingerprints;
mod graph;
mod hostile;
mod model;
mod partitions;
mod properties;
mod schema;
