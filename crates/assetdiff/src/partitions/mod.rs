//! How an asset is split into partitions: definitions and mappings as values, the keys that a definition gives
//! at a time, subsets of these, and what mappings and changes of definitions do to them.
//!
//! Keys are positions: a [`PartitionKeys`] turns one into a key and back, and a [`PartitionSubset`] holds
//! ranges of them. Time windows are counted by month (`windows`) over a schedule (`schedule`) of cron days
//! and minutes (`cron`) in a time zone (`zone`), so that no list of windows is ever made.

mod calendar;
mod change;
mod cron;
mod definition;
mod error;
mod format;
mod keys;
mod mapped;
mod mapped_dimensions;
mod mapped_windows;
mod mapping;
mod schedule;
mod set;
mod subset;
mod windows;
mod zone;

pub use change::{PartitionsDelta, compare_partitions};
pub use definition::{
    DynamicPartitions, PartitionExclusion, PartitionsDefinition, StaticPartitions, TimeWindowPartitions,
};
pub use error::{MappingError, PartitionsError, SubsetError};
pub use keys::PartitionKeys;
pub use mapped::{MappedUpstream, downstream_partitions, upstream_partitions};
pub use mapping::{DimensionMapping, MultiToSingleMapping, PartitionMapping, TimeWindowMapping};
pub use subset::{PartitionRange, PartitionSubset};
