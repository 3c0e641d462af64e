//! Why an asset is affected, and which of its partitions are.

use assetdiff::{
    AffectedAsset, AffectedColumns, AffectedPartitions, AssetKey, Impact, OwnEffect, PartitionSubset,
    PartitionsDelta,
};
use serde::Serialize;

use super::input::HtmlInput;
use super::nodes::Found;
use super::words;

/// The most causes of one asset that are told.
const MAX_CAUSES: usize = 12;

/// How many steps may be taken to find causes of all assets together; after that each has the nearest only.
const MAX_WORK: usize = 60_000_000;

/// The most assets of each end of a path.
const MAX_END: usize = 20;

/// The most pieces of a timeline.
const MAX_PIECES: usize = 60;

/// What is known of an affected asset.
#[derive(Default, Serialize)]
pub(super) struct Reached {
    /// Paths from changes to it, the nearest first, as assets; a negative number stands for so many that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<Vec<i64>>,
    /// Whether there may be more causes.
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<String>,
    /// Keys that it names and that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    /// Why a change stops at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<String>,
    /// The partitions to make again.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuild: Option<Timeline>,
    /// What its own change does to its partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Timeline>,
    /// The step of the plan in which it is made, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    /// Why it is not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    /// Why a change does not reach it although it reads one that is affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    spared: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Partitions in their order, as pieces of a line.
#[derive(Serialize)]
struct Timeline {
    words: String,
    /// What happens to them, how many they are, the first and the last.
    pieces: Vec<(&'static str, u64, String, String)>,
    more: usize,
}

/// Returns what is known of all affected assets.
pub(super) fn all(input: &HtmlInput<'_>, found: &Found<'_>) -> Vec<(u32, Reached)> {
    let mut all: std::collections::BTreeMap<u32, Reached> = Default::default();
    let Some(impact) = input.impact else { return Vec::new() };
    let assets: Vec<AffectedAsset> = impact.assets().collect();
    let few = assets.len().saturating_mul(input.head.len() + assets.len()) <= MAX_WORK;
    for asset in &assets {
        if let Some(node) = found.node(&asset.key) {
            all.insert(node, Reached::new(impact, asset, found, few));
        }
    }
    for stop in impact.stops() {
        if let Some(node) = found.node(&stop.key) {
            let words = words::shown(&stop.reason.to_string());
            all.entry(node).or_default().stop = Some(format!("{words}; {} not followed", stop.downstream));
        }
    }
    for spared in impact.spared() {
        if let Some(node) = found.node(&spared.key) {
            let by_columns = spared.upstream.iter().any(|up| up.by == assetdiff::SparedBy::Columns);
            let what =
                if by_columns { "uses no changed column of" } else { "reads no affected partition of" };
            let keys: Vec<String> = spared.upstream.iter().take(5).map(|up| up.key.to_string()).collect();
            all.entry(node).or_default().spared = Some(format!("{what} {}", keys.join(", ")));
        }
    }
    mark_plan(input, found, &mut all);
    all.into_iter().collect()
}

fn mark_plan(input: &HtmlInput<'_>, found: &Found<'_>, all: &mut std::collections::BTreeMap<u32, Reached>) {
    let Some(plan) = input.plan else { return };
    for (step, layer) in (1..).zip(&plan.layers) {
        for asset in layer {
            if let Some(node) = found.node(&asset.key) {
                let entry = all.entry(node).or_default();
                entry.step = Some(step);
            }
        }
    }
    let mut told = |key, words: String| {
        if let Some(node) = found.node(key) {
            all.entry(node).or_default().plan = Some(words);
        }
    };
    for recheck in &plan.recheck {
        let checks: Vec<String> = recheck.checks.iter().map(|name| words::shown(name)).collect();
        told(
            &recheck.key,
            match checks.is_empty() {
                true => "its checks run again".to_owned(),
                false => format!("checks run again: {}", checks.join(", ")),
            },
        );
    }
    for broken in &plan.broken {
        told(&broken.key, "cannot be made: it reads what is gone".to_owned());
    }
    for blocked in &plan.blocked {
        let by: Vec<String> = blocked.by.iter().take(5).map(ToString::to_string).collect();
        told(&blocked.key, format!("waits for {}, which cannot be made", by.join(", ")));
    }
    for key in &plan.not_made {
        told(key, "made by others".to_owned());
    }
    for key in &plan.already_made {
        told(key, "made already".to_owned());
    }
}

impl Reached {
    fn new(impact: &Impact, asset: &AffectedAsset, found: &Found<'_>, few: bool) -> Self {
        let nodes = |path: &[AssetKey]| numbers(path, found);
        let (paths, more) = if asset.is_removed {
            (Vec::new(), false)
        } else if few {
            let causes = impact.causes(&asset.key, MAX_CAUSES);
            (causes.causes.iter().map(|cause| nodes(&cause.path)).collect(), causes.is_cut)
        } else {
            (vec![nodes(&impact.shortest_path(&asset.key))], !asset.is_direct)
        };
        let is_self = |path: &Vec<i64>| path.len() < 2;
        Self {
            paths: if paths.iter().all(is_self) { Vec::new() } else { paths },
            more,
            columns: column_words(&asset.columns),
            missing: asset.missing_upstreams.iter().map(ToString::to_string).collect(),
            rebuild: asset
                .partitions
                .as_ref()
                .filter(|_| asset.effect == OwnEffect::Rebuild)
                .and_then(Timeline::rebuilt),
            partitions: asset.partitions_change.as_ref().map(Timeline::changed),
            ..Self::default()
        }
    }
}

/// Returns the assets of a path; of a long one those near its ends.
fn numbers(path: &[AssetKey], found: &Found<'_>) -> Vec<i64> {
    let number = |key: &AssetKey| found.node(key).map(i64::from);
    match path.len().checked_sub(2 * MAX_END) {
        Some(cut @ 1..) => {
            let (start, end) = (&path[..MAX_END], &path[path.len() - MAX_END..]);
            let left_out = i64::try_from(cut).unwrap_or(i64::MAX);
            start.iter().filter_map(number).chain([-left_out]).chain(end.iter().filter_map(number)).collect()
        }
        _ => path.iter().filter_map(number).collect(),
    }
}

fn column_words(columns: &AffectedColumns) -> Option<String> {
    match columns {
        AffectedColumns::None => None,
        AffectedColumns::Some(columns) => {
            let names: Vec<String> = columns.iter().take(30).map(|name| words::cut(name, 100)).collect();
            let more = columns.len() - names.len();
            let names = names.join(", ");
            Some(if more > 0 { format!("{names} and {more} more") } else { names })
        }
        AffectedColumns::Unknown => Some("unknown: all count".to_owned()),
        AffectedColumns::All => Some("all".to_owned()),
    }
}

impl Timeline {
    fn rebuilt(partitions: &AffectedPartitions) -> Option<Self> {
        match partitions {
            AffectedPartitions::Unknown(reason) => {
                let words = format!("all, as it is not known which: {}", words::shown(reason));
                Some(Self { words, pieces: Vec::new(), more: 0 })
            }
            AffectedPartitions::Some(subset) if !subset.keys().is_partitioned() => None,
            AffectedPartitions::Some(subset) => {
                let rest = subset.keys().all().difference(subset).ok();
                let sides = [Some(("rebuild", subset)), rest.as_ref().map(|rest| ("kept", rest))];
                let words = match (subset.len(), subset.keys().len()) {
                    (Some(count), Some(total)) if count == total => format!("all {total} partitions"),
                    (Some(count), Some(total)) => format!("{count} of {total} partitions"),
                    _ => subset.to_string(),
                };
                Some(Self::of(words::shown(&words), sides.into_iter().flatten()))
            }
        }
    }

    fn changed(delta: &PartitionsDelta) -> Self {
        let sides = [("removed", &delta.removed), ("kept", &delta.kept), ("added", &delta.added)];
        Self::of(words::shown(&delta.to_string()), sides)
    }

    fn of<'s>(words: String, sides: impl IntoIterator<Item = (&'static str, &'s PartitionSubset)>) -> Self {
        let mut pieces = Vec::new();
        let mut more = 0;
        for (what, subset) in sides {
            let mut ranges = subset.ranges();
            for range in ranges.by_ref().take(MAX_PIECES) {
                let [first, last] = [&range.first, &range.last].map(|key| words::cut(key, 200));
                pieces.push((what, range.count, first, last));
            }
            more += ranges.take(10_000).count();
        }
        // Keys of windows sort as their times do; others have no order that says more.
        pieces.sort_by(|a, b| (&a.2, a.0).cmp(&(&b.2, b.0)));
        Self { words, pieces, more }
    }
}
