//! What has to be made again, in which order, and what can be read from base as it is.

mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::asset::{AssetDefinition, AssetType, BackfillPolicy};
use crate::diff::OwnEffect;
use crate::graph::{AssetGraph, Topology};
use crate::impact::{AffectedAsset, AffectedPartitions, Impact};
use crate::key::AssetKey;

pub use wire::PLAN_FORMAT_VERSION;
#[cfg(feature = "schema")]
pub(crate) use wire::WrittenPlan;

/// Returns the least that has to be made again because of a change, in order.
///
/// An asset that is not affected can be read from base as it is: its data, and everything that its data is made
/// from, is the same. Cannot fail, and gives the same for the same input. Costs O(n) for a head graph of `n`
/// definitions.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, ImpactPolicy, Limits, PlanOptions, diff, impact, plan};
///
/// let graph = |version: &str| {
///     let json = format!(
///         r#"{{"format_version": "1.0", "assets": [
///             {{"key": ["raw"]}},
///             {{"key": ["orders"], "code_version": {{"version": "{version}"}}, "dependencies": [{{"key": ["raw"]}}]}},
///             {{"key": ["report"], "dependencies": [{{"key": ["orders"]}}]}}]}}"#
///     );
///     AssetGraph::from_json(json.as_bytes(), &Limits::default())
/// };
/// let (base, head) = (graph("1")?, graph("2")?);
/// let changes = diff(&base, &head, &DiffOptions::default());
/// let impact = impact(&changes, &base, &head, &ImpactPolicy::default());
/// let plan = plan(&impact, &base, &head, &PlanOptions::default());
///
/// let layers: Vec<Vec<String>> =
///     plan.layers.iter().map(|layer| layer.iter().map(|asset| asset.key.to_string()).collect()).collect();
/// assert_eq!(layers, [["orders"], ["report"]]);
/// assert_eq!(plan.reused().map(|reused| reused.key.to_string()).collect::<Vec<_>>(), ["raw"]);
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn plan(impact: &Impact, base: &AssetGraph, head: &AssetGraph, options: &PlanOptions) -> Plan {
    let mut plan = Plan::empty(head);
    let mut planning = Planning { head, options, status: BTreeMap::new() };
    for asset in impact.in_order() {
        planning.place(asset, &mut plan);
    }
    plan.recheck.extend(checks_that_read(&planning.status, head));
    plan.recheck.sort();
    plan.sort();
    plan.find_reused(&planning.status, base, head);
    plan
}

/// What is known beyond the graphs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// What was made already by head's definitions, from head's data: it is left out of the plan.
    pub have: BTreeMap<AssetKey, Have>,
}

/// What of an asset was made already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Have {
    /// All of it.
    All,
    /// These partitions.
    Partitions(Vec<String>),
}

/// The least that has to be made again, in order: the result of [`plan`].
#[derive(Clone)]
pub struct Plan {
    /// The assets to make, those first that read no other of them; each layer needs only those before it. By key.
    pub layers: Vec<Vec<PlannedAsset>>,
    /// Assets whose checks have to run again and that need nothing else, by key.
    pub recheck: Vec<Recheck>,
    /// Assets that cannot be made because they name a key that is gone, by key.
    pub broken: Vec<Broken>,
    /// Assets that would have to be made and read a broken one, by key.
    pub blocked: Vec<Blocked>,
    /// Affected assets that the tool does not make, such as sources and exposures, by key.
    pub not_made: Vec<AssetKey>,
    /// Assets that head does not define any more, by key.
    pub removed: Vec<AssetKey>,
    /// Assets that would have to be made and were already, by key.
    pub already_made: Vec<AssetKey>,
    topology: Arc<Topology>,
    reused: Vec<(u32, ReuseReason)>,
}

/// An asset to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedAsset {
    /// The asset.
    pub key: AssetKey,
    /// Whether base does not have it.
    pub is_new: bool,
    /// Which of its partitions to make; `None` if it has none or no time was stated.
    pub partitions: Option<AffectedPartitions>,
    /// How many partitions it has; `None` if that is not known.
    pub total_partitions: Option<u64>,
    /// How many partitions one run takes, if the tool says so.
    pub backfill: Option<BackfillPolicy>,
}

/// An asset whose checks have to run again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recheck {
    /// The asset.
    pub key: AssetKey,
    /// The checks; all of the asset if there is none.
    pub checks: Vec<String>,
}

/// An asset that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Broken {
    /// The asset.
    pub key: AssetKey,
    /// The keys that it names and head does not define any more, sorted.
    pub missing_upstreams: Vec<AssetKey>,
}

/// An asset that has to wait until broken ones are mended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Blocked {
    /// The asset.
    pub key: AssetKey,
    /// The broken assets upstream of it, sorted.
    pub by: Vec<AssetKey>,
}

/// An asset that can be read from base.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reused {
    /// The asset.
    pub key: AssetKey,
    /// Why.
    pub reason: ReuseReason,
}

/// Why an asset can be read from base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReuseReason {
    /// It and everything upstream of it are defined alike.
    Identical,
    /// What differs in it or upstream of it changes none of its data, or the policy lets it count so.
    SameData,
}

/// How many assets there are of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlanSummary {
    /// The assets of head.
    pub assets: usize,
    /// Those to make.
    pub rebuild: usize,
    /// The partitions to make, in all; those of assets without partitions and unknown ones are not counted.
    pub partitions: u64,
    /// The assets among them of which nothing says which partitions.
    pub unknown_partitions: usize,
    /// Those whose checks have to run again.
    pub recheck: usize,
    /// Those that can be read from base.
    pub reuse: usize,
    /// Those that name a key that is gone.
    pub broken: usize,
    /// Those that wait for a broken one.
    pub blocked: usize,
    /// Affected ones that the tool does not make.
    pub not_made: usize,
    /// Those that were made already.
    pub already_made: usize,
    /// Those that head does not define any more.
    pub removed: usize,
}

/// What becomes of an affected node.
enum Status {
    /// It is made in this layer.
    Layer(usize),
    /// It waits for these.
    Waits(BTreeSet<AssetKey>),
    /// Nothing is made.
    Kept,
}

struct Planning<'a> {
    head: &'a AssetGraph,
    options: &'a PlanOptions,
    status: BTreeMap<u32, Status>,
}

impl Planning<'_> {
    /// Finds the place of an affected asset; those upstream of it have theirs.
    fn place(&mut self, asset: AffectedAsset, plan: &mut Plan) {
        if asset.is_removed {
            plan.removed.push(asset.key);
            return;
        }
        let Some(node) = self.head.topology().asset(&asset.key) else { return };
        let status = match asset.effect {
            OwnEffect::None => return,
            OwnEffect::Recheck => {
                plan.recheck.push(Recheck { key: asset.key, checks: Vec::new() });
                Status::Kept
            }
            OwnEffect::Rebuild => self.place_rebuilt(asset, node, plan),
        };
        self.status.insert(node as u32, status);
    }

    fn place_rebuilt(&self, asset: AffectedAsset, node: usize, plan: &mut Plan) -> Status {
        let Some(definition) = self.head.get(&asset.key) else { return Status::Kept };
        if definition.asset_type != AssetType::Materializable {
            plan.not_made.push(asset.key);
            return self.waits_for(node).map_or(Status::Kept, Status::Waits);
        }
        if !asset.missing_upstreams.is_empty() {
            let status = Status::Waits([asset.key.clone()].into());
            plan.broken.push(Broken { key: asset.key, missing_upstreams: asset.missing_upstreams });
            return status;
        }
        if let Some(by) = self.waits_for(node) {
            plan.blocked.push(Blocked { key: asset.key, by: by.iter().cloned().collect() });
            return Status::Waits(by);
        }
        let have = self.options.have.get(&asset.key);
        let (partitions, is_done) = remaining(asset.partitions, have);
        let layers = self.upstream(node).filter_map(|status| match status {
            Status::Layer(layer) => Some(layer + 1),
            Status::Waits(_) | Status::Kept => None,
        });
        let layer = layers.max().unwrap_or(0);
        if is_done {
            plan.already_made.push(asset.key);
            return Status::Kept;
        }
        if plan.layers.len() <= layer {
            plan.layers.resize_with(layer + 1, Vec::new);
        }
        plan.layers[layer].push(planned(asset.key, asset.is_new, partitions, definition));
        Status::Layer(layer)
    }

    fn upstream(&self, node: usize) -> impl Iterator<Item = &Status> {
        self.head.topology().upstream(node).iter().filter_map(|up| self.status.get(up))
    }

    /// The broken assets upstream of a node.
    fn waits_for(&self, node: usize) -> Option<BTreeSet<AssetKey>> {
        let waits = self.upstream(node).filter_map(|status| match status {
            Status::Waits(by) => Some(by),
            Status::Layer(_) | Status::Kept => None,
        });
        let by: BTreeSet<AssetKey> = waits.flatten().cloned().collect();
        (!by.is_empty()).then_some(by)
    }
}

fn planned(
    key: AssetKey,
    is_new: bool,
    partitions: Option<AffectedPartitions>,
    definition: AssetDefinition,
) -> PlannedAsset {
    let total_partitions = match &partitions {
        Some(AffectedPartitions::Some(subset)) => subset.keys().len(),
        Some(AffectedPartitions::Unknown(_)) | None => None,
    };
    PlannedAsset { key, is_new, partitions, total_partitions, backfill: definition.backfill }
}

/// Takes away what was made already; returns what is left, and whether that is nothing.
fn remaining(
    partitions: Option<AffectedPartitions>,
    have: Option<&Have>,
) -> (Option<AffectedPartitions>, bool) {
    match (partitions, have) {
        (partitions, None) => (partitions, false),
        (partitions, Some(Have::All)) => (partitions, true),
        (Some(AffectedPartitions::Some(subset)), Some(Have::Partitions(names))) => {
            let (made, _) = subset.keys().subset(names);
            let left = subset.difference(&made).unwrap_or(subset);
            let is_done = left.is_empty();
            (Some(AffectedPartitions::Some(left)), is_done)
        }
        // Which partitions there are is not known, so which are left is not either.
        (partitions, Some(Have::Partitions(_))) => (partitions, false),
    }
}

/// The checks of assets that are not made which read one that is.
fn checks_that_read(status: &BTreeMap<u32, Status>, head: &AssetGraph) -> Vec<Recheck> {
    let is_made = |key: &AssetKey| {
        let node = head.topology().asset(key).map(|node| node as u32);
        node.and_then(|node| status.get(&node)).is_some_and(|status| matches!(status, Status::Layer(_)))
    };
    let mut found: BTreeMap<AssetKey, BTreeSet<String>> = BTreeMap::new();
    for asset in (0..head.len()).filter(|&asset| !status.contains_key(&(asset as u32))) {
        for row in
            head.rows_of(asset).filter(|&row| head.record(row).contains(r#""additional_dependencies":"#))
        {
            let definition = head.definition(row);
            let checks = definition
                .checks
                .into_iter()
                .filter(|check| check.additional_dependencies.iter().any(is_made));
            for check in checks {
                found.entry(definition.key.clone()).or_default().insert(check.name);
            }
        }
    }
    found.into_iter().map(|(key, checks)| Recheck { key, checks: checks.into_iter().collect() }).collect()
}

impl Plan {
    fn empty(head: &AssetGraph) -> Self {
        Self {
            layers: Vec::new(),
            recheck: Vec::new(),
            broken: Vec::new(),
            blocked: Vec::new(),
            not_made: Vec::new(),
            removed: Vec::new(),
            already_made: Vec::new(),
            topology: Arc::clone(head.topology()),
            reused: Vec::new(),
        }
    }

    fn sort(&mut self) {
        self.layers.iter_mut().for_each(|layer| layer.sort_by(|a, b| a.key.cmp(&b.key)));
        self.broken.sort();
        self.blocked.sort();
        self.not_made.sort();
        self.removed.sort();
        self.already_made.sort();
    }

    fn find_reused(&mut self, status: &BTreeMap<u32, Status>, base: &AssetGraph, head: &AssetGraph) {
        let rechecked: BTreeSet<&AssetKey> = self.recheck.iter().map(|recheck| &recheck.key).collect();
        let is_check_only = |node: u32| head.topology().is_check_only(node as usize);
        for node in (0..head.len() as u32).filter(|node| !status.contains_key(node)) {
            let key = self.topology.key(node as usize);
            if rechecked.contains(&key) && is_check_only(node) {
                continue;
            }
            let is_identical = base.deep_fingerprint(&key) == head.deep_fingerprint(&key);
            let reason = if is_identical { ReuseReason::Identical } else { ReuseReason::SameData };
            self.reused.push((node, reason));
        }
    }

    /// Returns the assets that can be read from base as they are, by key: all that are in no other list.
    ///
    /// An asset that only needs its checks run again is read from base too, and is not listed here if that is
    /// because of its own change.
    pub fn reused(&self) -> impl ExactSizeIterator<Item = Reused> + '_ {
        self.reused.iter().map(|&(node, reason)| Reused { key: self.topology.key(node as usize), reason })
    }

    /// Returns the assets to make, each after those that it reads.
    pub fn assets(&self) -> impl Iterator<Item = &PlannedAsset> {
        self.layers.iter().flatten()
    }

    /// Returns the keys of all assets of head, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = AssetKey> + '_ {
        (0..self.topology.asset_count()).map(|node| self.topology.key(node))
    }

    /// Returns what an asset of head reads, sorted.
    pub fn upstream(&self, key: &AssetKey) -> Vec<AssetKey> {
        let node = self.topology.asset(key);
        let upstream = node.map(|node| self.topology.upstream(node)).unwrap_or_default();
        upstream.iter().map(|&up| self.topology.key(up as usize)).collect()
    }

    /// Returns how many assets there are of each sort.
    pub fn summary(&self) -> PlanSummary {
        let partitions = |asset: &PlannedAsset| match &asset.partitions {
            Some(AffectedPartitions::Some(subset)) => subset.len(),
            Some(AffectedPartitions::Unknown(_)) | None => None,
        };
        let is_unknown = |asset: &&PlannedAsset| asset.partitions.is_some() && partitions(asset).is_none();
        PlanSummary {
            assets: self.topology.asset_count(),
            rebuild: self.assets().count(),
            partitions: self.assets().filter_map(partitions).fold(0, u64::saturating_add),
            unknown_partitions: self.assets().filter(is_unknown).count(),
            recheck: self.recheck.len(),
            reuse: self.reused.len(),
            broken: self.broken.len(),
            blocked: self.blocked.len(),
            not_made: self.not_made.len(),
            already_made: self.already_made.len(),
            removed: self.removed.len(),
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let summary = self.summary();
        write!(f, "Plan(rebuild {} of {}, reuse {})", summary.rebuild, summary.assets, summary.reuse)
    }
}
