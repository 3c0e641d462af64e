//! assetdiff tells what a change does to a graph of data assets: tables, files, models, with
//! their dependencies, partitions, tags, metadata and code versions.
//!
//! A [`Snapshot`] holds the definitions that a tool gives of a deployment's assets; an
//! [`AssetGraph`] is a valid one; [`diff`] compares two and returns a [`ChangeSet`] with both values
//! of everything that changed.
//!
//! ```
//! use assetdiff::{AssetDefinition, AssetGraph, AssetKey, CodeVersion, Dependency, DiffOptions, Snapshot, diff};
//!
//! fn shop(version: &str) -> Result<AssetGraph, Box<dyn std::error::Error>> {
//!     let raw = AssetDefinition::new(AssetKey::new(["raw", "orders"])?);
//!     let code = CodeVersion { version: Some(version.to_owned()), ..Default::default() };
//!     let orders = AssetDefinition {
//!         code_version: Some(code),
//!         dependencies: vec![Dependency::new(raw.key.clone())],
//!         ..AssetDefinition::new(AssetKey::new(["orders"])?)
//!     };
//!     Ok(AssetGraph::new(Snapshot { assets: vec![raw, orders], ..Default::default() })?)
//! }
//!
//! let changes = diff(&shop("1")?, &shop("2")?, &DiffOptions::default());
//! for change in changes.changes() {
//!     println!("{} {:?}", change.key(), change.kinds());
//! }
//! assert_eq!(changes.summary().modified, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate reads no files, no clock and no environment, starts no threads and prints nothing.

mod asset;
mod buffer;
mod columnar;
mod diff;
mod escape;
mod fingerprint;
mod graph;
mod impact;
mod json;
mod key;
mod parallel;
mod partitions;
mod plan;
#[cfg(feature = "schema")]
mod schema;
mod select;
mod snapshot;
mod value;
mod wire;

pub use asset::{
    AssetDefinition, AssetType, AutomationCondition, BackfillPolicy, Check, CodePart, CodeVersion, Column,
    CronFreshness, Dependency, FreshnessPolicy, TimeWindowFreshness,
};
pub use columnar::{
    ColumnarError, ColumnarSnapshot, RangeRead, RangedDiffError, RangedError, RangedSnapshot,
};
pub use diff::{
    Alike, ApplyError, Aspect, AssetChange, BranchChange, CHANGE_SET_FORMAT_VERSION, ChangeKind, ChangeSet,
    ColumnChanges, Common, Comparison, Conflict, DefinitionRef, DependenciesDiff, DiffOptions, Difference,
    DownstreamEffect, EffectOverrides, Effects, Fingerprints, GraphPart, IgnoreRule, MapDiff, MergeConflict,
    MergeConflicts, Modification, Modified, NameGlob, NormalizeRule, OwnEffect, PartitionsChange,
    ReadChangeSetError, Relocated, Renames, RuleError, RuleScope, SetDiff, Side, Summary, Suppressed,
    THREE_WAY_FORMAT_VERSION, ThreeWay, UndefinedUpstream, UnknownName, ValueDiff, diff, diff3,
};
pub use escape::{escape_hidden, is_hidden};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use graph::{AssetGraph, GraphBuilder, GraphError, LoadError, Problem};
pub use impact::{
    AffectedAsset, AffectedColumns, AffectedPartitions, Barrier, Cause, Causes, Explanation,
    IMPACT_FORMAT_VERSION, Impact, ImpactJson, ImpactPolicy, ImpactSummary, Path, Spared, SparedBy,
    SparedUpstream, Step, Stop, StopReason, impact,
};
pub use json::{Json, JsonChange, JsonError, JsonProblem, MAX_DEPTH};
pub use key::{AssetKey, KeyError};
pub use partitions::{
    DimensionMapping, DynamicPartitions, MappedUpstream, MappingError, MultiToSingleMapping,
    PartitionExclusion, PartitionKeys, PartitionMapping, PartitionRange, PartitionSubset,
    PartitionsDefinition, PartitionsDelta, PartitionsError, StaticPartitions, SubsetError, TimeWindowMapping,
    TimeWindowPartitions, compare_partitions, downstream_partitions, upstream_partitions,
};
pub use plan::{
    Blocked, Broken, Have, PLAN_FORMAT_VERSION, Plan, PlanOptions, PlanSummary, PlannedAsset, Recheck,
    ReuseReason, Reused, plan,
};
#[cfg(feature = "schema")]
pub use schema::{change_set_schema, impact_schema, plan_schema, snapshot_schema};
pub use select::{
    Affected, AffectedAssets, DbtStateAnswers, Language, SelectedAssets, Selection, SelectionError,
    SelectionProblem, SelectionScope,
};
pub use snapshot::{
    FORMAT_VERSION, JsonText, LimitError, LimitKind, Limits, Provenance, ReadError, ReadProblem, Snapshot,
};
pub use value::{
    CodeReference, ColumnRef, FileReference, Float, Integer, JobRef, MetadataValue, ParseValueError,
    PythonArtifact, Table, TableSchema, Timestamp, UrlReference,
};

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
