//! What a change may not do, and whether it does.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use assetdiff::{
    AffectedPartitions, AssetChange, AssetGraph, AssetKey, ChangeSet, Impact, OwnEffect, Plan, Selection,
    SelectionError,
};
use assetdiff_adapters::select as selections;
use serde::Serialize;

/// The most assets of a result that are told with why.
const MAX_ASSETS: usize = 1000;

/// What breaking a policy means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It keeps the change from being merged.
    #[default]
    Error,
    /// It should be looked at.
    Warning,
    /// It is good to know.
    Notice,
}

impl Level {
    /// Returns the name, as it stands in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Error, Self::Warning, Self::Notice];
        let found = all.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| format!("expected error, warning or notice, found {text:?}"))
    }
}

/// How much of something there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// Selected assets that changed or that a change reaches.
    Selected(u64),
    /// Assets that changed or that a change reaches.
    Affected(u64),
    /// Assets that have to be made again.
    Rebuild(u64),
    /// Partitions that have to be made again.
    RebuildPartitions(u64),
}

/// What a change may not do.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How it is called.
    pub name: String,
    /// The assets it is about; all if `None`.
    pub selection: Option<Selection>,
    /// What there may be of them; broken if any of these is exceeded.
    pub limits: Vec<Limit>,
    /// What breaking it means.
    pub level: Level,
    /// What to tell those who break it.
    pub message: Option<String>,
}

/// A limit that was exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenBy {
    /// The limit.
    pub limit: Limit,
    /// How much there is.
    pub found: u64,
    /// How many of it are not known, and count as none.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl std::fmt::Display for BrokenBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (limit, one, many) = match self.limit {
            Limit::Selected(limit) => (limit, "selected asset", "selected assets"),
            Limit::Affected(limit) => (limit, "affected asset", "affected assets"),
            Limit::Rebuild(limit) => (limit, "asset to make again", "assets to make again"),
            Limit::RebuildPartitions(limit) => (limit, "partition to make again", "partitions to make again"),
        };
        let noun = if self.found == 1 { one } else { many };
        match limit {
            0 => write!(f, "{} {noun}, none allowed", self.found),
            limit => write!(f, "{} {noun}, at most {limit} allowed", self.found),
        }
    }
}

/// An asset that breaks a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyAsset {
    /// The asset.
    pub key: AssetKey,
    /// Why it counts: what changed of it, or the way from the nearest change.
    pub why: String,
}

/// Whether a change keeps a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyResult {
    /// The policy's name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Its message.
    pub message: Option<String>,
    /// The selection, in its language.
    pub select: Option<String>,
    /// The limits that are exceeded; it is kept if there are none.
    pub broken_by: Vec<BrokenBy>,
    /// The assets that break it, by key, with why; at most a thousand.
    pub assets: Vec<PolicyAsset>,
    /// How many assets break it.
    pub total_assets: u64,
}

impl PolicyResult {
    /// Returns whether the change keeps the policy.
    pub fn is_kept(&self) -> bool {
        self.broken_by.is_empty()
    }

    /// Returns by what it is broken and its message, in one sentence or two.
    pub fn summary(&self) -> String {
        let limits: Vec<String> = self.broken_by.iter().map(ToString::to_string).collect();
        let limits = limits.join("; ");
        match &self.message {
            Some(message) => format!("{limits}. {message}"),
            None => limits,
        }
    }
}

/// Whether a change keeps the policies of its project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// One per policy, in the order of the file.
    pub results: Vec<PolicyResult>,
}

impl PolicyReport {
    /// Returns the policies that are broken, errors first.
    pub fn broken(&self) -> Vec<&PolicyResult> {
        let mut broken: Vec<_> = self.results.iter().filter(|result| !result.is_kept()).collect();
        broken.sort_by_key(|result| result.level);
        broken
    }

    /// Returns whether a policy of the level error is broken.
    pub fn has_error(&self) -> bool {
        self.broken().iter().any(|result| result.level == Level::Error)
    }
}

/// Returns whether a change keeps policies. Selections see head, base and what changed.
///
/// # Errors
/// [`SelectionError`] if a selection asks for what the graphs cannot answer.
pub fn evaluate(
    policies: &[Policy],
    base: &AssetGraph,
    head: &AssetGraph,
    changes: &ChangeSet,
    impact: &Impact,
    plan: &Plan,
) -> Result<PolicyReport, SelectionError> {
    let kinds = kinds(changes);
    let mut results = Vec::new();
    for policy in policies {
        let selected = match &policy.selection {
            None => None,
            Some(selection) => Some(selections::in_scope(head, Some(base), Some(changes), |scope| {
                selection.select_changes(scope)
            })?),
        };
        results.push(Evaluation { policy, selected, kinds: &kinds, impact, plan }.result());
    }
    Ok(PolicyReport { results })
}

/// The kinds of the changes of each asset, under its old and its new key.
fn kinds(changes: &ChangeSet) -> BTreeMap<AssetKey, BTreeSet<&'static str>> {
    let mut kinds = BTreeMap::<AssetKey, BTreeSet<&'static str>>::new();
    for change in changes.changes() {
        let names = change.kinds().into_iter().map(|kind| kind.as_str());
        kinds.entry(change.key().clone()).or_default().extend(names);
        if let AssetChange::Renamed(relocated) = change {
            kinds.entry(relocated.old.key.clone()).or_default().insert("renamed");
        }
    }
    kinds
}

struct Evaluation<'a> {
    policy: &'a Policy,
    selected: Option<BTreeSet<AssetKey>>,
    kinds: &'a BTreeMap<AssetKey, BTreeSet<&'static str>>,
    impact: &'a Impact,
    plan: &'a Plan,
}

impl Evaluation<'_> {
    fn result(self) -> PolicyResult {
        let Policy { name, selection, limits, level, message } = self.policy;
        let mut broken_by = Vec::new();
        let mut culprits = BTreeSet::new();
        for &limit in limits {
            let (allowed, found, unknown, keys) = self.count(limit);
            if found > allowed {
                broken_by.push(BrokenBy { limit, found, unknown });
                culprits.extend(keys);
            }
        }
        let total_assets = culprits.len() as u64;
        let assets = culprits.into_iter().take(MAX_ASSETS);
        let assets = assets.map(|key| PolicyAsset { why: self.why(&key), key }).collect();
        PolicyResult {
            name: name.clone(),
            level: *level,
            message: message.clone(),
            select: selection.as_ref().map(Selection::to_string),
            broken_by,
            assets,
            total_assets,
        }
    }

    /// What a limit allows, how much there is, how much is not known, and the assets that make it up.
    fn count(&self, limit: Limit) -> (u64, u64, u64, Vec<AssetKey>) {
        let is_selected = |key: &AssetKey| self.selected.as_ref().is_none_or(|keys| keys.contains(key));
        match limit {
            Limit::Selected(allowed) => {
                let is_touched =
                    |key: &&AssetKey| self.kinds.contains_key(*key) || self.impact.get(key).is_some();
                let keys: Vec<AssetKey> =
                    self.selected.iter().flatten().filter(is_touched).cloned().collect();
                (allowed, keys.len() as u64, 0, keys)
            }
            Limit::Affected(allowed) => {
                let affected = self.impact.assets().map(|asset| asset.key);
                let keys: Vec<AssetKey> = affected.filter(is_selected).collect();
                (allowed, keys.len() as u64, 0, keys)
            }
            Limit::Rebuild(allowed) => {
                let planned = self.plan.assets().map(|asset| asset.key.clone());
                let keys: Vec<AssetKey> = planned.filter(is_selected).collect();
                (allowed, keys.len() as u64, 0, keys)
            }
            Limit::RebuildPartitions(allowed) => {
                let mut found = 0_u64;
                let mut unknown = 0;
                let mut keys = Vec::new();
                for asset in self.plan.assets().filter(|asset| is_selected(&asset.key)) {
                    let Some(partitions) = &asset.partitions else { continue };
                    let number = match partitions {
                        AffectedPartitions::Some(subset) => subset.len(),
                        // They count as all, if it is known how many those are.
                        AffectedPartitions::Unknown(_) => asset.total_partitions,
                    };
                    match number {
                        Some(0) => {}
                        Some(number) => {
                            found = found.saturating_add(number);
                            keys.push(asset.key.clone());
                        }
                        None => unknown += 1,
                    }
                }
                (allowed, found, unknown, keys)
            }
        }
    }

    /// What changed of an asset, the way from a change that asks more of it than that, or both.
    fn why(&self, key: &AssetKey) -> String {
        let kinds = self.kinds.get(key).map(|kinds| kinds.iter().copied().collect::<Vec<_>>().join(", "));
        let changed = kinds.map(|kinds| format!("changed: {kinds}"));
        let parts: Vec<String> = changed.into_iter().chain(self.way(key)).collect();
        if parts.is_empty() { "affected".to_owned() } else { parts.join("; ") }
    }

    fn way(&self, key: &AssetKey) -> Option<String> {
        let asset = self.impact.get(key)?;
        let path = match self.impact.own_change(key) {
            None => self.impact.shortest_path(key),
            Some((_, effects)) if effects.own >= asset.effect => return None,
            Some(_) => {
                let causes = self.impact.causes(key, 2).causes;
                causes.into_iter().map(|cause| cause.path).find(|path| path.len() > 1)?
            }
        };
        let effect = if asset.effect == OwnEffect::Rebuild { "made again" } else { "affected" };
        Some(format!("{effect}: {}", path.iter().map(AssetKey::to_string).collect::<Vec<_>>().join(" -> ")))
    }
}
