//! What differs between two graphs.

mod algebra;
mod change_set;
mod compare;
mod comparison;
mod details;
mod hide;
mod kind;
mod modification;
mod parts;
mod rename;
mod rules;
mod three_way;
mod value_diff;
mod wire;

use std::collections::BTreeMap;

use crate::graph::AssetGraph;
use crate::key::AssetKey;
use crate::parallel;
use comparison::PairedRows;
use rename::Candidate;
use rules::Rules;

pub use algebra::{ApplyError, Conflict};
pub use change_set::{AssetChange, ChangeSet, Fingerprints, Modified, Relocated, Summary, UndefinedUpstream};
pub(crate) use comparison::aspect_fingerprints;
pub use comparison::{Comparison, DefinitionRef, Difference};
pub use details::{ColumnChanges, PartitionsChange};
pub(crate) use kind::names;
pub use kind::{
    Aspect, BranchChange, ChangeKind, DownstreamEffect, EffectOverrides, Effects, OwnEffect, UnknownName,
};
pub use modification::{DependenciesDiff, Modification};
pub use parts::{Common, GraphPart};
pub use rules::{
    DiffOptions, IgnoreRule, NameGlob, NormalizeRule, Renames, RuleError, RuleScope, Suppressed,
};
pub use three_way::{Alike, MergeConflict, MergeConflicts, Side, THREE_WAY_FORMAT_VERSION, ThreeWay, diff3};
pub use value_diff::{MapDiff, SetDiff, ValueDiff};
pub use wire::{CHANGE_SET_FORMAT_VERSION, ReadChangeSetError};

/// Returns what differs between two graphs; the same for the same input, to the byte.
///
/// Definitions are compared by key and code location. One that stands alone on both sides under
/// the same key has moved to another code location; the rest is looked through for renames. Costs
/// one pass over the keys and fingerprints, and then what the changed definitions cost to read;
/// with the feature `rayon` large graphs are shared among threads.
///
/// ```
/// use assetdiff::{AssetGraph, ChangeKind, DiffOptions, Limits, diff};
///
/// let graph = |version: &str| {
///     let json = format!(
///         r#"{{"format_version": "1.0", "assets": [
///             {{"key": ["orders"], "code_version": {{"version": "{version}"}}}}]}}"#
///     );
///     AssetGraph::from_json(json.as_bytes(), &Limits::default())
/// };
/// let changes = diff(&graph("1")?, &graph("2")?, &DiffOptions::default());
/// assert_eq!(changes.modified.len(), 1);
/// assert!(changes.modified[0].modification.kinds().contains(&ChangeKind::CodeVersion));
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn diff(base: &AssetGraph, head: &AssetGraph, options: &DiffOptions) -> ChangeSet {
    Comparison::new(base, head).change_set(options)
}

/// How many keys or definitions are fetched before they are read.
const FETCHED: usize = 32;

/// Reads what differs between paired definitions, by the options; `common` is what the graphs, if they are
/// only parts, have in common besides.
fn change_set(
    base: &AssetGraph,
    head: &AssetGraph,
    mut rows: PairedRows,
    options: &DiffOptions,
    common: Option<&Common>,
) -> ChangeSet {
    let (renamed, renames) = find_renames(base, head, &mut rows, options.renames, common);
    let rules = Rules::new(options);
    let mut set = ChangeSet::empty(base, head, options.effects.clone());
    for row in rows.removed {
        let definition = base.definition(row);
        if !set.hides_asset(&rules, &definition.key, &definition.code_location) {
            set.removed.push(definition);
        }
    }
    for row in rows.added {
        let definition = head.definition(row);
        if !set.hides_asset(&rules, &definition.key, &definition.code_location) {
            set.added.push(definition);
        }
    }
    for pair in renamed {
        let relocated = relocated(base, head, pair.removed, pair.added, pair.similarity, &renames);
        set.push_relocated(relocated, &rules, &renames);
    }
    for (old, new) in rows.moved {
        let relocated = relocated(base, head, old, new, 100, &renames);
        set.push_relocated(relocated, &rules, &renames);
    }
    let modified = parallel::map(rows.modified.len(), |index| {
        if index % FETCHED == 0 {
            for &(asset, old, new) in rows.modified[index..].iter().take(FETCHED) {
                base.fetch_key(asset);
                base.rows().fetch(old);
                head.rows().fetch(new);
            }
        }
        let (asset, old, new) = rows.modified[index];
        let modification = compare::modification(base.record_bytes(old), head.record_bytes(new), &renames);
        Modified { key: base.key(asset), code_location: base.location(old).clone(), modification }
    });
    set.take_modified(modified, &rules, &renames);
    set.undefined_upstreams = undefined_upstreams(base, head);
    set.sort();
    set
}

/// Looks for renames among assets of one definition whose key only one side has, and takes their
/// rows out of the removed and added ones.
fn find_renames(
    base: &AssetGraph,
    head: &AssetGraph,
    rows: &mut PairedRows,
    mode: Renames,
    common: Option<&Common>,
) -> (Vec<rename::Pair>, BTreeMap<AssetKey, AssetKey>) {
    if mode == Renames::Off || rows.removed.is_empty() || rows.added.is_empty() {
        return Default::default();
    }
    let candidates = |graph: &AssetGraph, rows: &[usize], is_free: &dyn Fn(&AssetKey) -> bool| {
        let candidates = rows.iter().map(|&row| Candidate { row, key: graph.key_of_row(row) });
        let alone = candidates.filter(|c| graph.fingerprints_of(&c.key).len() == 1 && is_free(&c.key));
        alone.collect::<Vec<_>>()
    };
    // A new key that base depended on was not free to become another asset's name, and an old key
    // that head still depends on is not given up: those who read it must hear of its removal.
    let is_read_in_common = |key: &AssetKey| common.is_some_and(|common| common.reads(key));
    let removed = candidates(base, &rows.removed, &|key| !head.names(key) && !is_read_in_common(key));
    let added = candidates(head, &rows.added, &|key| !base.names(key) && !is_read_in_common(key));
    let (pairs, renames) = rename::find(base, head, removed, added, mode);
    let (gone, come): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
        pairs.iter().map(|pair| (pair.removed, pair.added)).unzip();
    rows.removed.retain(|row| !gone.contains(row));
    rows.added.retain(|row| !come.contains(row));
    (pairs, renames)
}

fn relocated(
    base: &AssetGraph,
    head: &AssetGraph,
    old: usize,
    new: usize,
    similarity: u8,
    renames: &BTreeMap<AssetKey, AssetKey>,
) -> Relocated {
    Relocated {
        modification: compare::modification(base.record_bytes(old), head.record_bytes(new), renames),
        old: base.definition(old),
        new: head.definition(new),
        similarity,
    }
}

fn undefined_upstreams(base: &AssetGraph, head: &AssetGraph) -> Vec<UndefinedUpstream> {
    let keys = head.undefined().into_iter();
    keys.map(|key| UndefinedUpstream {
        downstream: head.downstream(&key),
        was_defined: base.contains(&key),
        is_new: !base.names(&key),
        key,
    })
    .collect()
}
