//! The kinds of change, and what each means for the asset and for those downstream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lists the variants of a fieldless enum once, with their names on the wire.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name, as it stands in JSON and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::diff::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::diff::UnknownName> {
                Self::ALL.iter().copied().find(|item| item.as_str() == text).ok_or_else(|| {
                    $crate::diff::UnknownName::new(text, Self::ALL.iter().map(|item| item.as_str()))
                })
            }
        }
    };
}

/// A name that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}, found {found:?}", expected.join(", "))]
pub struct UnknownName {
    found: String,
    expected: Vec<&'static str>,
}

impl UnknownName {
    pub(crate) fn new(found: &str, expected: impl Iterator<Item = &'static str>) -> Self {
        Self { found: found.to_owned(), expected: expected.collect() }
    }
}

pub(crate) use names;

names! {
    /// A part of an asset definition that is compared by itself.
    #[non_exhaustive]
    Aspect {
        /// [`AssetDefinition::asset_type`](crate::AssetDefinition::asset_type).
        AssetType = "asset_type",
        /// [`AssetDefinition::automation`](crate::AssetDefinition::automation).
        Automation = "automation",
        /// [`AssetDefinition::backfill`](crate::AssetDefinition::backfill).
        Backfill = "backfill",
        /// [`AssetDefinition::checks`](crate::AssetDefinition::checks), by name.
        Checks = "checks",
        /// [`AssetDefinition::code_location`](crate::AssetDefinition::code_location).
        CodeLocation = "code_location",
        /// [`AssetDefinition::code_version`](crate::AssetDefinition::code_version).
        CodeVersion = "code_version",
        /// [`AssetDefinition::columns`](crate::AssetDefinition::columns), by name.
        Columns = "columns",
        /// [`AssetDefinition::dependencies`](crate::AssetDefinition::dependencies), by upstream key.
        Dependencies = "dependencies",
        /// [`AssetDefinition::description`](crate::AssetDefinition::description).
        Description = "description",
        /// [`AssetDefinition::execution`](crate::AssetDefinition::execution), by name.
        Execution = "execution",
        /// [`AssetDefinition::extra`](crate::AssetDefinition::extra), by name.
        Extra = "extra",
        /// [`AssetDefinition::freshness`](crate::AssetDefinition::freshness).
        Freshness = "freshness",
        /// [`AssetDefinition::group`](crate::AssetDefinition::group).
        Group = "group",
        /// [`AssetDefinition::kinds`](crate::AssetDefinition::kinds), by name.
        Kinds = "kinds",
        /// [`AssetDefinition::metadata`](crate::AssetDefinition::metadata), by name.
        Metadata = "metadata",
        /// [`AssetDefinition::owners`](crate::AssetDefinition::owners), by name.
        Owners = "owners",
        /// [`AssetDefinition::partitions`](crate::AssetDefinition::partitions).
        Partitions = "partitions",
        /// [`AssetDefinition::tags`](crate::AssetDefinition::tags), by name.
        Tags = "tags",
    }
}

names! {
    /// What happened to an asset.
    #[non_exhaustive]
    ChangeKind {
        /// It is new, or was an undefined upstream before.
        Added = "added",
        /// It is gone, or only named by others now.
        Removed = "removed",
        /// It has another key.
        Renamed = "renamed",
        /// It is defined in another code location.
        CodeLocation = "code_location",
        /// The orchestrator can do something else with it.
        AssetType = "asset_type",
        /// It is made by itself under another condition.
        Automation = "automation",
        /// A backfill takes another number of partitions at once.
        Backfill = "backfill",
        /// A check was added, removed or changed.
        Checks = "checks",
        /// Its code, or shared code that it reaches, is another.
        CodeVersion = "code_version",
        /// It has more columns, or its columns are known now.
        ColumnsAdded = "columns_added",
        /// It has fewer columns, or its columns are no longer known.
        ColumnsRemoved = "columns_removed",
        /// A column has another type or can hold nulls or not.
        ColumnTypes = "column_types",
        /// A column has other constraints.
        ColumnConstraints = "column_constraints",
        /// The columns that stay stand in another order.
        ColumnOrder = "column_order",
        /// A column has another description, other tags or other unknown members.
        ColumnDocs = "column_docs",
        /// It reads other assets.
        Dependencies = "dependencies",
        /// It reads other partitions of the same asset.
        PartitionMapping = "partition_mapping",
        /// A dependency has other metadata.
        DependencyMetadata = "dependency_metadata",
        /// It reads the same asset under the asset's new key.
        UpstreamRenamed = "upstream_renamed",
        /// Its description is another.
        Description = "description",
        /// It is run in another way that can change its data, such as by another IO manager.
        Execution = "execution",
        /// It is run at other times or places: pools, retries, op tags, jobs.
        Scheduling = "scheduling",
        /// An aspect that this version does not know is another.
        Extra = "extra",
        /// It has to be fresh in another way.
        Freshness = "freshness",
        /// It is in another group.
        Group = "group",
        /// Its kinds are others.
        Kinds = "kinds",
        /// Its metadata is another.
        Metadata = "metadata",
        /// Others answer for it.
        Owners = "owners",
        /// It is split in another way.
        Partitions = "partitions",
        /// Its tags are others.
        Tags = "tags",
    }
}

names! {
    /// What Dagster calls a change: the values of its `changed_in_branch:`.
    #[non_exhaustive]
    BranchChange {
        /// It is new.
        New = "NEW",
        /// Its code version is another.
        CodeVersion = "CODE_VERSION",
        /// It reads other assets, or other partitions of them.
        Dependencies = "DEPENDENCIES",
        /// It is split in another way.
        PartitionsDefinition = "PARTITIONS_DEFINITION",
        /// It has other tags or kinds.
        Tags = "TAGS",
        /// It has other metadata.
        Metadata = "METADATA",
        /// It is gone.
        Removed = "REMOVED",
    }
}

names! {
    /// What a change means for the data of the asset itself, from harmless to costly.
    OwnEffect {
        /// Nothing.
        None = "none",
        /// Its checks have to run again.
        Recheck = "recheck",
        /// It has to be made again.
        Rebuild = "rebuild",
    }
}

names! {
    /// What a change means for the data of those downstream, from harmless to costly.
    DownstreamEffect {
        /// Nothing.
        None = "none",
        /// Those that use the changed columns have to be made again.
        ByColumn = "by_column",
        /// All have to be made again.
        All = "all",
    }
}

/// What a change means for data: of the asset itself and of those downstream.
///
/// The two are kept apart: a single category cannot say that a change of storage rebuilds only the
/// asset, nor that a new key rebuilds what reads it while no column changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Effects {
    /// For the asset itself.
    pub own: OwnEffect,
    /// For those downstream.
    pub downstream: DownstreamEffect,
}

impl Default for Effects {
    fn default() -> Self {
        Self::NONE
    }
}

impl Effects {
    /// Nothing has to be made again.
    pub const NONE: Self = Self::new(OwnEffect::None, DownstreamEffect::None);
    /// The asset and everything downstream have to be made again.
    pub const REBUILD_ALL: Self = Self::new(OwnEffect::Rebuild, DownstreamEffect::All);

    /// Returns the pair.
    pub const fn new(own: OwnEffect, downstream: DownstreamEffect) -> Self {
        Self { own, downstream }
    }

    /// Returns the costlier of each half.
    pub fn max(self, other: Self) -> Self {
        Self::new(self.own.max(other.own), self.downstream.max(other.downstream))
    }
}

/// Settings of [`execution`](crate::AssetDefinition::execution) that say when and where an asset
/// is made but not what is made.
const SCHEDULING: [&str; 9] = [
    "compute_kind",
    "job_names",
    "max_concurrency",
    "op_name",
    "op_tags",
    "pools",
    "priority",
    "retry_policy",
    "timeout",
];

/// The member of a check that says when and where it runs: the names of its jobs.
pub(super) const SCHEDULING_OF_CHECK: &str = "dagster.job_names";

impl ChangeKind {
    /// Returns the kind of a change of an execution setting.
    pub(super) fn of_execution(setting: &str) -> Self {
        if SCHEDULING.contains(&setting) { Self::Scheduling } else { Self::Execution }
    }

    /// Returns what Dagster calls a change of this kind, if it has a word for it.
    ///
    /// A rename has none: for Dagster the old key is gone and the new one is new.
    pub const fn in_branch(self) -> Option<BranchChange> {
        Some(match self {
            Self::Added => BranchChange::New,
            Self::Removed => BranchChange::Removed,
            Self::CodeVersion => BranchChange::CodeVersion,
            Self::Dependencies | Self::PartitionMapping | Self::UpstreamRenamed => BranchChange::Dependencies,
            Self::Partitions => BranchChange::PartitionsDefinition,
            Self::Kinds | Self::Tags => BranchChange::Tags,
            Self::Metadata => BranchChange::Metadata,
            Self::AssetType
            | Self::Automation
            | Self::Backfill
            | Self::Checks
            | Self::CodeLocation
            | Self::ColumnConstraints
            | Self::ColumnDocs
            | Self::ColumnOrder
            | Self::ColumnTypes
            | Self::ColumnsAdded
            | Self::ColumnsRemoved
            | Self::DependencyMetadata
            | Self::Description
            | Self::Execution
            | Self::Extra
            | Self::Freshness
            | Self::Group
            | Self::Owners
            | Self::Renamed
            | Self::Scheduling => return None,
        })
    }

    /// Returns what a change of this kind means unless the options say otherwise.
    ///
    /// What can change data and is not known better counts as a rebuild of all.
    pub const fn default_effects(self) -> Effects {
        use DownstreamEffect::{All, ByColumn};
        match self {
            Self::Added
            | Self::AssetType
            | Self::CodeVersion
            | Self::ColumnOrder
            | Self::Dependencies
            | Self::Execution
            | Self::Extra
            | Self::PartitionMapping
            | Self::Partitions => Effects::REBUILD_ALL,
            Self::ColumnsAdded | Self::ColumnsRemoved | Self::ColumnTypes => {
                Effects::new(OwnEffect::Rebuild, ByColumn)
            }
            Self::Renamed | Self::ColumnConstraints => {
                Effects::new(OwnEffect::Rebuild, DownstreamEffect::None)
            }
            // There is nothing left to make, but what reads it has lost its source.
            Self::Removed => Effects::new(OwnEffect::None, All),
            Self::Checks => Effects::new(OwnEffect::Recheck, DownstreamEffect::None),
            Self::Automation
            | Self::Backfill
            | Self::CodeLocation
            | Self::ColumnDocs
            | Self::DependencyMetadata
            | Self::Description
            | Self::Freshness
            | Self::Group
            | Self::Kinds
            | Self::Metadata
            | Self::Owners
            | Self::Scheduling
            | Self::Tags
            | Self::UpstreamRenamed => Effects::NONE,
        }
    }
}

/// What the options say of effects, where it is not the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct EffectOverrides {
    /// By kind of change.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<ChangeKind, Effects>,
    /// By the name of an [`extra`](crate::AssetDefinition::extra) aspect.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Effects>,
}

impl EffectOverrides {
    /// Returns what a change of a kind means.
    pub fn of_kind(&self, kind: ChangeKind) -> Effects {
        self.kinds.get(&kind).copied().unwrap_or(kind.default_effects())
    }

    /// Returns what a change of an extra aspect means.
    pub fn of_extra(&self, name: &str) -> Effects {
        self.extra.get(name).copied().unwrap_or_else(|| self.of_kind(ChangeKind::Extra))
    }
}
