//! How the partitions of two assets belong together: as values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::wire::{objects_only, tagged};

objects_only!(DimensionMapping, MultiToSingleMapping, TimeWindowMapping);

/// Which partitions of an upstream asset a partition of its dependent reads.
///
/// On the wire `{"type": "time_window", "value": {"start_offset": -1, …}}`. Mappings of different
/// type are different even where both have no parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PartitionMapping {
    /// The partition with the same key.
    Identity,
    /// All partitions.
    All,
    /// The last partition.
    Last,
    /// Partitions stated one by one.
    Specific(Vec<String>),
    /// For each upstream key, the dependent's keys that read it.
    Static(BTreeMap<String, Vec<String>>),
    /// The windows that overlap, moved by offsets.
    TimeWindow(TimeWindowMapping),
    /// One dimension of a multi-dimensional asset against the only one of the other.
    MultiToSingle(MultiToSingleMapping),
    /// For each upstream dimension, the dependent's dimension and how they belong together.
    Multi(BTreeMap<String, DimensionMapping>),
    /// A type that this version does not know, kept as it came.
    Other {
        /// The name of the type.
        type_name: String,
        /// Its parameters.
        value: Json,
    },
}

tagged!(PartitionMapping: "a partition mapping as an object with `type` and `value`" {
    Identity = "identity",
    All = "all",
    Last = "last",
    Specific(value) = "specific",
    Static(value) [map] = "static",
    TimeWindow(value) = "time_window",
    MultiToSingle(value) = "multi_to_single",
    Multi(value) [map] = "multi",
});

/// The upstream windows that overlap a dependent's window moved by offsets.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (time window mapping)", deny_unknown_fields, default)]
pub struct TimeWindowMapping {
    /// Whether it is no error if such an upstream partition does not exist.
    pub allow_nonexistent_upstream_partitions: bool,
    /// How many of the dependent's windows the end is moved by.
    pub end_offset: i64,
    /// How many of the dependent's windows the start is moved by.
    pub start_offset: i64,
}

/// One dimension of a multi-dimensional asset against the only one of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (multi to single mapping)", deny_unknown_fields)]
pub struct MultiToSingleMapping {
    /// The name of the dimension; found by its definition if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
}

/// How one upstream dimension belongs to one of the dependent's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (dimension mapping)", deny_unknown_fields)]
pub struct DimensionMapping {
    /// The dependent's dimension.
    pub dimension: String,
    /// How the keys of the two belong together.
    pub mapping: PartitionMapping,
}
