//! What two sides changed of one graph, and what comes of both.

mod alone;
mod merge;
mod overlap;

use std::fmt;

use serde::Serialize;

use super::change_set::ChangeSet;
use super::kind::Aspect;
use super::rules::DiffOptions;
use crate::graph::AssetGraph;
use crate::json::Json;
use crate::key::AssetKey;
use crate::snapshot::LimitError;

/// The version of the JSON form of [`ThreeWay`]: within a major version members are only added.
pub const THREE_WAY_FORMAT_VERSION: &str = "1.0";

/// What a branch and its base changed since they parted, and what comes of both together.
#[derive(Debug)]
pub struct ThreeWay {
    /// What the branch changed: from the merge base to head.
    pub yours: ChangeSet,
    /// What the base changed meanwhile: from the merge base to base.
    pub theirs: ChangeSet,
    /// What both changed alike, sorted.
    pub alike: Vec<Alike>,
    /// What does not go together, sorted.
    pub conflicts: Vec<MergeConflict>,
    /// What merging brings to the base: from base to the merged graph; `None` with conflicts.
    pub incoming: Option<ChangeSet>,
    merged: Option<AssetGraph>,
}

/// A change that both sides made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Alike {
    /// The asset, as the merge base has it if it does.
    pub key: AssetKey,
    /// Its code location there.
    pub code_location: Option<String>,
    /// The aspect; `None` if both added, removed or renamed the asset.
    pub aspect: Option<Aspect>,
    /// The entry of the aspect, if it has entries.
    pub entry: Option<String>,
}

/// One of the two that are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The branch.
    Yours,
    /// The base.
    Theirs,
}

impl Side {
    /// Returns the other one.
    pub fn other(self) -> Self {
        match self {
            Self::Yours => Self::Theirs,
            Self::Theirs => Self::Yours,
        }
    }
}

/// Something that does not go together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MergeConflict {
    /// Both sides gave something of an asset another value, and not the same.
    BothChanged {
        /// The asset, as the merge base has it if it does.
        key: AssetKey,
        /// Its code location there.
        code_location: Option<String>,
        /// The aspect; `None` for the key.
        aspect: Option<Aspect>,
        /// The entry of the aspect, if it has entries: a metadata name, an upstream key, `version`,
        /// `source` or a part of a code version.
        entry: Option<String>,
        /// The value in the merge base, if it is there.
        old: Option<Json>,
        /// The value in head, if it is there.
        yours: Option<Json>,
        /// The value in base, if it is there.
        theirs: Option<Json>,
    },
    /// One side removed what the other one changed.
    RemovedAndChanged {
        /// The asset.
        key: AssetKey,
        /// Its code location.
        code_location: Option<String>,
        /// Who removed it.
        removed_by: Side,
        /// What the other one changed; empty if it only has another key there.
        aspects: Vec<Aspect>,
    },
    /// An asset depends, on one side, on what the other one removed or renamed. Of an asset with several definitions
    /// each side may have removed those that the other one kept.
    DependsOnRemoved {
        /// The asset that depends on it.
        key: AssetKey,
        /// What it depends on.
        upstream: AssetKey,
        /// Who removed or renamed that.
        removed_by: Side,
    },
    /// The assets would depend on each other; the path ends where it begins.
    Cycle {
        /// The path, from an asset to what it reads.
        path: Vec<AssetKey>,
    },
    /// Two assets would have one key in one code location.
    SamePlace {
        /// The key.
        key: AssetKey,
        /// The code location.
        code_location: Option<String>,
    },
    /// The merged graph would hold more than is allowed.
    TooLarge {
        /// The limit, in words.
        limit: String,
    },
}

impl MergeConflict {
    /// Returns the asset that it is about, if it is about one.
    pub fn key(&self) -> Option<&AssetKey> {
        match self {
            Self::BothChanged { key, .. }
            | Self::RemovedAndChanged { key, .. }
            | Self::DependsOnRemoved { key, .. }
            | Self::SamePlace { key, .. } => Some(key),
            Self::Cycle { path } => path.first(),
            Self::TooLarge { .. } => None,
        }
    }

    fn too_large(error: &LimitError) -> Self {
        Self::TooLarge { limit: error.to_string() }
    }
}

impl fmt::Display for MergeConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Side| match side {
            Side::Yours => "the branch",
            Side::Theirs => "the base",
        };
        match self {
            Self::BothChanged { key, aspect, entry, .. } => {
                write!(f, "both changed {} of {key} differently", Part(*aspect, entry.as_deref()))
            }
            Self::RemovedAndChanged { key, removed_by, .. } => {
                let (gone, kept) = (side(removed_by), side(&removed_by.other()));
                write!(f, "{gone} removed {key}, {kept} changed it")
            }
            Self::DependsOnRemoved { key, upstream, removed_by } => {
                let (gone, kept) = (side(removed_by), side(&removed_by.other()));
                write!(f, "{key} depends on {upstream} in {kept}, {gone} removed it")
            }
            Self::Cycle { path } => {
                let path: Vec<String> = path.iter().map(AssetKey::to_string).collect();
                write!(f, "the merge would close a cycle: {}", path.join(" -> "))
            }
            Self::SamePlace { key, code_location: None } => {
                write!(f, "two assets would be called {key}")
            }
            Self::SamePlace { key, code_location: Some(location) } => {
                write!(f, "two assets would be called {key} in {}", crate::escape::escape_hidden(location))
            }
            Self::TooLarge { limit } => f.write_str(limit),
        }
    }
}

/// The name of an aspect or of an entry of it, such as `metadata owner`.
struct Part<'a>(Option<Aspect>, Option<&'a str>);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or("key", Aspect::as_str))?;
        match self.1 {
            Some(entry) => write!(f, " {}", crate::escape::escape_hidden(entry)),
            None => Ok(()),
        }
    }
}

/// Returns what a branch (`head`) and its base changed since the graph at which they parted.
///
/// Both are compared with the merge base by the same options. A definition is followed through
/// renames and moves; what differs is merged by aspect, and within tags, metadata, execution
/// settings, dependencies, checks, owners, kinds and code versions by entry. Columns and texts are
/// merged as a whole. What the rules leave out is no conflict: the merge has the branch's value.
/// Costs two comparisons, and reading the definitions of the merge base.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Limits, diff3};
///
/// let graph = |tags: &str| {
///     let json = format!(r#"{{"format_version": "1.0", "assets": [{{"key": ["orders"], "tags": {tags}}}]}}"#);
///     AssetGraph::from_json(json.as_bytes(), &Limits::default())
/// };
/// let parted = graph(r#"{"tier": "silver"}"#)?;
/// let base = graph(r#"{"tier": "silver", "team": "sales"}"#)?;
/// let head = graph(r#"{"tier": "gold"}"#)?;
/// let three_way = diff3(&parted, &base, &head, &DiffOptions::default());
/// assert_eq!(*three_way.merge()?, graph(r#"{"tier": "gold", "team": "sales"}"#)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diff3(
    merge_base: &AssetGraph,
    base: &AssetGraph,
    head: &AssetGraph,
    options: &DiffOptions,
) -> ThreeWay {
    merge::diff3(merge_base, base, head, options)
}

/// What keeps two sides from being merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeConflicts(pub Vec<MergeConflict>);

impl fmt::Display for MergeConflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.0.iter().map(MergeConflict::to_string).collect();
        write!(f, "expected changes that go together, found {}", told.join("; "))
    }
}

impl std::error::Error for MergeConflicts {}

impl ThreeWay {
    /// Returns the graph as it will be after merging.
    ///
    /// # Errors
    /// [`MergeConflicts`] with all of them, sorted.
    pub fn merge(&self) -> Result<&AssetGraph, MergeConflicts> {
        self.merged.as_ref().ok_or_else(|| MergeConflicts(self.conflicts.clone()))
    }

    /// Returns what only the branch changed: what both changed alike is left out.
    pub fn yours_alone(&self) -> ChangeSet {
        alone::without(self.yours.clone(), &self.alike)
    }

    /// Returns what only the base changed: what both changed alike is left out.
    pub fn theirs_alone(&self) -> ChangeSet {
        alone::without(self.theirs.clone(), &self.alike)
    }

    /// Returns the JSON form: the same bytes for the same comparison.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Written<'a> {
            format_version: &'static str,
            yours: &'a ChangeSet,
            theirs: &'a ChangeSet,
            alike: &'a [Alike],
            conflicts: &'a [MergeConflict],
            incoming: &'a Option<ChangeSet>,
        }
        let Self { yours, theirs, alike, conflicts, incoming, merged: _ } = self;
        let written =
            Written { format_version: THREE_WAY_FORMAT_VERSION, yours, theirs, alike, conflicts, incoming };
        // Every type of ours can be written as JSON, and memory takes it.
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }
}
