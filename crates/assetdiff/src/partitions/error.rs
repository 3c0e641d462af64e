//! What is wrong with a definition, a subset or a mapping.

use thiserror::Error;

/// Why a partitions definition has no keys that could be told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartitionsError {
    /// The cron schedule, or one that is excluded, cannot be read.
    #[error("expected {expected}, found the cron schedule {cron:?}")]
    Cron {
        /// The schedule.
        cron: String,
        /// What it should have.
        expected: &'static str,
    },
    /// The time zone is not in the IANA database.
    #[error("expected the IANA name of a time zone, found {timezone:?}")]
    Timezone {
        /// The name.
        timezone: String,
    },
    /// The format of the keys has a directive that is not known.
    #[error("expected a directive of strftime, found {directive:?} in the format {fmt:?}")]
    Format {
        /// The format.
        fmt: String,
        /// The directive.
        directive: String,
    },
    /// The schedule has no tick at or after its start that is not excluded.
    #[error("expected a cron schedule that ticks by the year 9999, found {cron:?}, which never does")]
    NeverStarts {
        /// The schedule.
        cron: String,
    },
    /// A window or the current time lies outside of the years 1 to 9999.
    #[error("expected times between the years 1 and 9999, found windows beyond them")]
    OutOfRange,
    /// A key stands twice in a list.
    #[error("expected each partition key once, found {key:?} again")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// There is more of something than is looked at.
    #[error("expected at most {limit} {what}, found more")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are looked at.
        limit: u64,
    },
    /// A dimension is itself made of dimensions.
    #[error("expected dimensions of one kind of key each, found dimensions within {dimension:?}")]
    NestedDimensions {
        /// The name of the dimension.
        dimension: String,
    },
    /// A type that this version does not know.
    #[error("expected a known type of partitions definition, found {type_name:?}")]
    UnknownType {
        /// The name of the type.
        type_name: String,
    },
}

/// Why two subsets cannot be put together, or a subset has no counterpart in other keys.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SubsetError {
    /// The subsets are of different keys.
    #[error("expected subsets of the same partition keys, found {left} and {right}")]
    DifferentKeys {
        /// The keys of one, as text.
        left: String,
        /// The keys of the other.
        right: String,
    },
    /// Only the tool knows the keys, at run time.
    #[error("expected partition keys that are known, found dynamic partitions without their keys")]
    UnknownKeys,
    /// So many keys would have to be compared one by one that it is not tried.
    #[error("expected at most {limit} partition keys to compare one by one, found {found}")]
    TooMany {
        /// How many there are.
        found: u64,
        /// How many are looked at.
        limit: u64,
    },
}

/// Why a mapping between partitions cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MappingError {
    /// The mapping is not made for such partitions.
    #[error("expected {expected}, found partitions that the mapping {mapping} is not made for")]
    Unsuitable {
        /// The mapping.
        mapping: &'static str,
        /// What it is made for.
        expected: &'static str,
    },
    /// The windows are of different time zones.
    #[error(
        "expected time windows of one time zone, found {upstream:?} upstream and {downstream:?} downstream"
    )]
    Timezones {
        /// The zone upstream.
        upstream: String,
        /// The zone downstream.
        downstream: String,
    },
    /// A mapping names a key that does not exist.
    #[error("expected partition keys that exist, found {key:?} in the mapping")]
    NoSuchKey {
        /// The key.
        key: String,
    },
    /// A mapping names a dimension that does not exist, or names it twice.
    #[error("expected each dimension to exist and to be mapped once, found {dimension:?} in the mapping")]
    NoSuchDimension {
        /// The name.
        dimension: String,
    },
    /// A type that this version does not know.
    #[error("expected a known type of partition mapping, found {type_name:?}")]
    UnknownType {
        /// The name of the type.
        type_name: String,
    },
    /// Subsets that do not go together.
    #[error(transparent)]
    Subset(#[from] SubsetError),
    /// Windows that cannot be told.
    #[error(transparent)]
    Partitions(#[from] PartitionsError),
}
