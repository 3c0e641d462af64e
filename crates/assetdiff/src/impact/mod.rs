//! Which assets a change reaches, along which path and why.

mod causes;
mod cells;
mod columns;
mod explain;
mod partitions;
mod sources;
mod spread;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::diff::{ChangeKind, ChangeSet, Effects, OwnEffect};
use crate::graph::{AssetGraph, Topology};
use crate::key::AssetKey;
use crate::partitions::PartitionsDelta;
use crate::value::Timestamp;
use cells::{Reach, Reached};
use spread::Spread;

pub use causes::{Cause, Causes};
pub use explain::{Explanation, Path, Step};
pub use partitions::AffectedPartitions;
#[cfg(feature = "schema")]
pub(crate) use wire::WrittenImpact;
pub use wire::{IMPACT_FORMAT_VERSION, ImpactJson};

/// Returns what a change set reaches in head: every asset that changed, and every one downstream that
/// has to be made again because of it.
///
/// Effects travel as a fold over the path: what reaches an asset passes on to those that read it even
/// if the asset's own change is harmless. A removed or renamed asset reaches those that read it in base.
/// Where only some columns changed, an asset with column lineage is reached only if it uses them; where
/// the lineage is not known it is reached as a whole, and so is everything after it.
///
/// Cannot fail, and gives the same for the same input. Costs what is reached, not the size of the graph:
/// O(a + e) for `a` assets that are reached with `e` edges to those that read them, and once for each head
/// graph O(n).
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, ImpactPolicy, Limits, OwnEffect, diff, impact};
///
/// let graph = |version: &str| {
///     let json = format!(
///         r#"{{"format_version": "1.0", "assets": [
///             {{"key": ["raw"], "code_version": {{"version": "{version}"}}}},
///             {{"key": ["orders"], "dependencies": [{{"key": ["raw"]}}]}},
///             {{"key": ["report"], "dependencies": [{{"key": ["orders"]}}]}}]}}"#
///     );
///     AssetGraph::from_json(json.as_bytes(), &Limits::default())
/// };
/// let (base, head) = (graph("1")?, graph("2")?);
/// let changes = diff(&base, &head, &DiffOptions::default());
/// let impact = impact(&changes, &base, &head, &ImpactPolicy::default());
///
/// let report = impact.get(&"report".parse().unwrap()).unwrap();
/// assert_eq!((report.is_direct, report.distance, report.effect), (false, 2, OwnEffect::Rebuild));
/// assert_eq!(impact.summary().rebuild, 3);
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn impact(changes: &ChangeSet, base: &AssetGraph, head: &AssetGraph, policy: &ImpactPolicy) -> Impact {
    Impact { spread: Spread::new(changes, base, head, policy) }
}

/// How far changes travel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImpactPolicy {
    /// The most steps from a change; no limit if `None`.
    pub max_distance: Option<u32>,
    /// Assets that are reached but pass nothing on.
    pub barriers: Vec<Barrier>,
    /// Whether column lineage is used; without it a change of a column reaches everything downstream.
    pub narrow_columns: bool,
    /// The time at which partitions are looked at; without it they are not.
    pub now: Option<Timestamp>,
    /// Assets of which only some partitions changed, whatever the change set says of them: those partitions
    /// count as changed, and nothing else of the asset. Names that are no partition are told; where none is one,
    /// they do not count.
    pub changed_partitions: BTreeMap<AssetKey, Vec<String>>,
}

impl Default for ImpactPolicy {
    /// No limit, no barriers, with column lineage, without partitions.
    fn default() -> Self {
        Self {
            max_distance: None,
            barriers: Vec::new(),
            narrow_columns: true,
            now: None,
            changed_partitions: BTreeMap::new(),
        }
    }
}

/// Assets that pass nothing on, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    /// How it is told, such as the selection that names the assets.
    pub name: String,
    /// The assets.
    pub assets: BTreeSet<AssetKey>,
}

impl ImpactPolicy {
    /// The nodes that pass nothing on, with the name of the first barrier that says so.
    fn barrier_nodes(&self, topology: &Topology) -> BTreeMap<u32, &str> {
        let mut nodes = BTreeMap::new();
        for barrier in &self.barriers {
            for node in barrier.assets.iter().filter_map(|key| topology.asset(key)) {
                nodes.entry(node as u32).or_insert(barrier.name.as_str());
            }
        }
        nodes
    }
}

/// What a change reaches: the result of [`impact`].
pub struct Impact {
    spread: Spread,
}

/// An asset that changed or that a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AffectedAsset {
    /// The asset.
    pub key: AssetKey,
    /// Whether it changed itself.
    pub is_direct: bool,
    /// Whether base does not have it.
    pub is_new: bool,
    /// Whether head does not define it any more.
    pub is_removed: bool,
    /// The steps from the nearest change; 0 if it changed itself.
    pub distance: u32,
    /// What it means for its data.
    pub effect: OwnEffect,
    /// Which of its columns have other data.
    pub columns: AffectedColumns,
    /// The keys that it still names, that base defines and head does not, sorted.
    pub missing_upstreams: Vec<AssetKey>,
    /// Which of its partitions have to be made again; `None` if it has none or no time was stated.
    pub partitions: Option<AffectedPartitions>,
    /// What its own change does to its partition keys; `None` if it changes no partitions definition, no time
    /// was stated, or only the tool knows the keys.
    pub partitions_change: Option<PartitionsDelta>,
}

/// Which columns of an asset have other data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AffectedColumns {
    /// None: its data is as before.
    None,
    /// These.
    Some(BTreeSet<String>),
    /// Nothing says which: they count as all.
    Unknown,
    /// All.
    All,
}

/// Why a change goes no further than an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A barrier of this name.
    Barrier(String),
    /// It is this many steps from the nearest change, the most that the policy allows.
    Distance(u32),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Barrier(name) => write!(f, "barrier {name}"),
            Self::Distance(1) => f.write_str("the limit of 1 step"),
            Self::Distance(steps) => write!(f, "the limit of {steps} steps"),
        }
    }
}

/// An asset that a change reaches and does not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stop {
    /// The asset.
    pub key: AssetKey,
    /// Why.
    pub reason: StopReason,
    /// How many assets read it.
    pub downstream: usize,
}

/// An asset that a change does not reach although it reads one that is affected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spared {
    /// The asset.
    pub key: AssetKey,
    /// The affected assets that it reads, sorted, each with why nothing passes.
    pub upstream: Vec<SparedUpstream>,
}

/// An affected asset from which nothing passes to one that reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SparedUpstream {
    /// The affected asset.
    pub key: AssetKey,
    /// Why.
    pub by: SparedBy,
}

/// Why a change does not pass from an asset to one that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SparedBy {
    /// None of the changed columns is used.
    Columns,
    /// None of the affected partitions is read.
    Partitions,
}

/// How many assets are affected, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ImpactSummary {
    /// The assets of head.
    pub assets: usize,
    /// Those that changed themselves, with those that are gone.
    pub direct: usize,
    /// Those that are only reached.
    pub indirect: usize,
    /// Those that have to be made again or for the first time.
    pub rebuild: usize,
    /// Those whose checks have to run again and nothing else.
    pub recheck: usize,
    /// Those that changed in a way that changes no data.
    pub harmless: usize,
    /// Those that head does not define any more.
    pub removed: usize,
    /// Those that still name a key that is gone.
    pub broken: usize,
    /// Those that a change stops at.
    pub stopped: usize,
    /// Those that read an affected asset and use none of the changed columns or partitions of it.
    pub spared: usize,
}

impl Impact {
    /// Returns what is known of an asset; `None` if no change reaches it. Costs O(log n).
    pub fn get(&self, key: &AssetKey) -> Option<AffectedAsset> {
        let reached = self.spread.get(self.spread.node(key)?)?;
        Some(self.asset(&reached))
    }

    /// Returns the affected assets by key, those that are gone last; each is made when its turn comes.
    pub fn assets(&self) -> impl ExactSizeIterator<Item = AffectedAsset> + '_ {
        let mut reached: Vec<Reached> = self.spread.reached().collect();
        reached.sort_unstable_by_key(|reached| reached.node);
        reached.into_iter().map(|reached| self.asset(&reached))
    }

    /// Returns how many assets are affected, and how.
    pub fn summary(&self) -> ImpactSummary {
        let mut summary = ImpactSummary {
            assets: self.spread.topology.asset_count(),
            broken: self.spread.broken.len(),
            stopped: self.spread.stops.len(),
            spared: self.spared().len(),
            ..ImpactSummary::default()
        };
        for reached in self.spread.reached() {
            let is_direct = reached.distance == 0;
            *if is_direct { &mut summary.direct } else { &mut summary.indirect } += 1;
            *match reached.own {
                OwnEffect::Rebuild => &mut summary.rebuild,
                OwnEffect::Recheck => &mut summary.recheck,
                OwnEffect::None if self.spread.is_gone(reached.node) => &mut summary.removed,
                OwnEffect::None => &mut summary.harmless,
            } += 1;
        }
        summary
    }

    /// Returns the kinds of an asset's own change and what they mean; `None` if it did not change itself.
    pub fn own_change(&self, key: &AssetKey) -> Option<(BTreeSet<ChangeKind>, Effects)> {
        let source = self.spread.sources.get(&self.spread.node(key)?)?;
        Some((source.kinds.iter().collect(), source.effects))
    }

    /// Returns the assets that a change stops at, by key.
    pub fn stops(&self) -> Vec<Stop> {
        let stops = self.spread.stops.iter().map(|(&node, reason)| Stop {
            key: self.spread.key(node),
            reason: reason.clone(),
            downstream: self.spread.downstream(node).iter().filter(|&&reader| reader != node).count(),
        });
        stops.collect()
    }

    /// Returns the assets that no change reaches because they use none of the changed columns or partitions,
    /// by key.
    pub fn spared(&self) -> Vec<Spared> {
        let mut upstream: BTreeMap<u32, Vec<SparedUpstream>> = BTreeMap::new();
        let is_reached = |reader| self.spread.get(reader).is_some();
        for (&(node, reader), &by) in
            self.spread.spared.iter().filter(|((_, reader), _)| !is_reached(*reader))
        {
            upstream.entry(reader).or_default().push(SparedUpstream { key: self.spread.key(node), by });
        }
        let spared = upstream.into_iter().map(|(reader, mut upstream)| {
            upstream.sort();
            Spared { key: self.spread.key(reader), upstream }
        });
        spared.collect()
    }

    /// Returns the names of the policy's changed partitions that are none, by asset.
    pub fn unknown_partitions(&self) -> &BTreeMap<AssetKey, Vec<String>> {
        &self.spread.unknown_partitions
    }

    /// The affected assets, each after those upstream of it.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = AffectedAsset> + '_ {
        self.spread.reached().map(|reached| self.asset(&reached))
    }

    fn asset(&self, reached: &Reached) -> AffectedAsset {
        let Reached { node, distance, previous: _, incoming: _, outgoing, own, is_stopped: _ } = *reached;
        let missing = self.spread.broken.get(&node).into_iter().flatten();
        AffectedAsset {
            key: self.spread.key(node),
            is_direct: distance == 0,
            is_new: self.spread.sources.get(&node).is_some_and(|s| s.kinds.contains(ChangeKind::Added)),
            is_removed: self.spread.is_gone(node),
            distance,
            effect: own,
            columns: match outgoing {
                Reach::Nothing => AffectedColumns::None,
                Reach::Columns => {
                    AffectedColumns::Some(self.spread.columns.get(&node).cloned().unwrap_or_default())
                }
                Reach::Unknown => AffectedColumns::Unknown,
                Reach::All => AffectedColumns::All,
            },
            missing_upstreams: missing.map(|&gone| self.spread.key(gone)).collect(),
            partitions: self.spread.partitions.get(&node).map(|partitions| partitions.rebuild.clone()),
            partitions_change: self
                .spread
                .sources
                .get(&node)
                .and_then(|s| s.partitions.as_ref()?.delta.clone()),
        }
    }
}

impl fmt::Debug for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.summary();
        write!(f, "Impact({} of {} assets to rebuild)", summary.rebuild, summary.assets)
    }
}
