//! How an asset is split into partitions: as values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::value::Timestamp;
use crate::wire::{objects_only, tagged};

objects_only!(DynamicPartitions, StaticPartitions, TimeWindowPartitions);

/// How an asset is split into partitions.
///
/// On the wire `{"type": "static", "value": {"keys": ["eu", "us"]}}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PartitionsDefinition {
    /// One partition per time window of a cron schedule.
    TimeWindow(TimeWindowPartitions),
    /// A fixed list of keys.
    Static(StaticPartitions),
    /// Keys that are added and removed at run time.
    Dynamic(DynamicPartitions),
    /// The product of other definitions, by the name of the dimension.
    Multi(BTreeMap<String, PartitionsDefinition>),
    /// A type that this version does not know, kept as it came.
    Other {
        /// The name of the type.
        type_name: String,
        /// Its parameters.
        value: Json,
    },
}

tagged!(PartitionsDefinition: "a partitions definition as an object with `type` and `value`" {
    TimeWindow(value) = "time_window",
    Static(value) = "static",
    Dynamic(value) = "dynamic",
    Multi(value) [map] = "multi",
});

/// One partition per window between two ticks of a cron schedule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (time window partitions)", deny_unknown_fields)]
pub struct TimeWindowPartitions {
    /// The cron schedule, as the tool spells it.
    pub cron: String,
    /// Where the last window ends at the latest; open if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How many windows the last partition lies after (negative: before) the last complete one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub end_offset: i64,
    /// Windows that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<PartitionExclusion>,
    /// The `strftime` format of the partition keys.
    pub fmt: String,
    /// Where the first window starts at the earliest.
    pub start: Timestamp,
    /// The time zone of the schedule and the keys, as an IANA name.
    pub timezone: String,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Windows that a time-window definition leaves out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartitionExclusion {
    /// Every window that starts at a tick of this cron schedule.
    Cron(String),
    /// The window that starts at this time.
    Time(Timestamp),
}

/// A fixed list of partition keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (static partitions)", deny_unknown_fields)]
pub struct StaticPartitions {
    /// The keys in the order of the definition.
    pub keys: Vec<String>,
}

/// Partition keys that are added and removed at run time.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (dynamic partitions)", deny_unknown_fields)]
pub struct DynamicPartitions {
    /// The keys at the time of the snapshot, if they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// The name under which the tool keeps the keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
