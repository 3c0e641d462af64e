//! Tests through the public interface.
#![allow(clippy::unwrap_used)]

mod attributes;
mod behaviour;
mod build;
mod columnar;
mod columnar_bounds;
mod dagster_defects;
mod fingerprints;
mod graph;
mod hostile;
mod impact;
mod impact_by_key;
mod impact_partitions;
mod large;
mod model;
mod partitions;
mod parts;
mod plan;
mod properties;
mod schema;
mod selection;
mod three_way;
mod three_way_properties;
