//! Compares two graphs of which only the parts are known that are not the same.

use std::collections::{BTreeMap, BTreeSet};

use super::change_set;
use super::change_set::{ChangeSet, Fingerprints, UndefinedUpstream};
use super::comparison::Comparison;
use super::rules::DiffOptions;
use crate::asset::AssetDefinition;
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
use crate::key::AssetKey;

/// What is said of some keys by the definitions that two graphs have in common.
///
/// Whoever compares two texts need not read what is the same in both: [`between_parts`](Self::between_parts)
/// takes graphs of the other definitions only. What those leave open, [`asked`](Self::asked) lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Common {
    /// Those of the keys that are defined.
    pub defined: BTreeSet<AssetKey>,
    /// Those of the keys that are depended on, each with the assets that depend on it.
    pub downstream: BTreeMap<AssetKey, BTreeSet<AssetKey>>,
}

impl Common {
    /// Returns the keys of which the definitions that both graphs have in common must be asked, given the
    /// graphs of all others: those that appear, vanish, or are newly depended on.
    pub fn asked(base: &AssetGraph, head: &AssetGraph) -> BTreeSet<AssetKey> {
        let gone = base.keys().filter(|key| !head.contains(key));
        let come = head.keys().filter(|key| !base.contains(key));
        let newly_read = head.undefined().into_iter().filter(|key| !base.names(key));
        gone.chain(come).chain(newly_read).collect()
    }

    /// Notes what a definition that both graphs have in common says of the keys.
    pub fn add(&mut self, definition: &AssetDefinition, asked: &BTreeSet<AssetKey>) {
        if asked.contains(&definition.key) {
            self.defined.insert(definition.key.clone());
        }
        for upstream in definition.dependencies.iter().filter(|upstream| asked.contains(&upstream.key)) {
            self.downstream.entry(upstream.key.clone()).or_default().insert(definition.key.clone());
        }
    }

    /// Returns the change set of two graphs, given the graphs of the definitions that they do not have in
    /// common; `None` if a key that appears or vanishes has another definition in common, so that only the whole
    /// graphs tell.
    ///
    /// It is the one of the whole graphs, but for this: [`ChangeSet::graphs`] is `None`, and of the undefined
    /// upstreams only those are listed that head does not define any more or is the first to name.
    pub fn between_parts(
        &self,
        base: &AssetGraph,
        head: &AssetGraph,
        options: &DiffOptions,
    ) -> Option<ChangeSet> {
        let is_half_known = |key: &AssetKey| base.contains(key) != head.contains(key);
        if self.defined.iter().any(is_half_known) {
            return None;
        }
        let comparison = Comparison::new(base, head);
        let mut changes = change_set(base, head, comparison.into_rows(), options, Some(self));
        changes.graphs = None;
        changes.undefined_upstreams = self.undefined_upstreams(base, head);
        Some(changes)
    }

    /// Whether a definition that both graphs have in common depends on a key.
    pub(super) fn reads(&self, key: &AssetKey) -> bool {
        self.downstream.contains_key(key)
    }

    fn undefined_upstreams(&self, base: &AssetGraph, head: &AssetGraph) -> Vec<UndefinedUpstream> {
        let named = head.undefined().into_iter().chain(self.downstream.keys().cloned());
        let named: BTreeSet<AssetKey> = named.collect();
        let changed = named.into_iter().filter(|key| {
            let is_defined = self.defined.contains(key) || head.contains(key);
            // What base's part reads too and no part defines is in head as it was in base.
            !is_defined && (base.contains(key) || !base.names(key))
        });
        let upstream = changed.map(|key| {
            let mut downstream = self.downstream.get(&key).cloned().unwrap_or_default();
            let is_new = !base.names(&key) && downstream.is_empty();
            downstream.extend(head.downstream(&key));
            UndefinedUpstream {
                downstream: downstream.into_iter().collect(),
                was_defined: base.contains(&key),
                is_new,
                key,
            }
        });
        // A key that a definition in common reads was as undefined before, unless base's part defines it.
        upstream.filter(|upstream| upstream.was_defined || upstream.is_new).collect()
    }
}

/// What is at hand of a graph: the definitions that another one has not, and what is known of the whole.
///
/// For stores that keep graphs in pieces and read only the pieces that differ.
#[derive(Debug)]
pub struct GraphPart {
    /// A graph of all definitions of every asset that the other graph has not, or has otherwise.
    pub graph: AssetGraph,
    /// The keys of the whole graph that are depended on and not defined, each with the assets that depend on it.
    pub undefined: BTreeMap<AssetKey, Vec<AssetKey>>,
    /// The fingerprint of the whole graph.
    pub fingerprint: Fingerprint,
    /// The number of assets of the whole graph.
    pub assets: u64,
}

impl GraphPart {
    /// Returns the change set of two whole graphs, this one and head's, as [`diff`](super::diff) does.
    pub fn diff(&self, head: &Self, options: &DiffOptions) -> ChangeSet {
        // A key that appears or vanishes is defined in one graph. The other can only depend on it undefined.
        let mut common = Common::default();
        for (key, downstream) in self.undefined.iter().chain(&head.undefined) {
            common.downstream.entry(key.clone()).or_default().extend(downstream.iter().cloned());
        }
        let comparison = Comparison::new(&self.graph, &head.graph);
        let mut changes =
            change_set(&self.graph, &head.graph, comparison.into_rows(), options, Some(&common));
        changes.graphs = Some(Fingerprints {
            base: self.fingerprint,
            head: head.fingerprint,
            base_assets: self.assets,
            head_assets: head.assets,
        });
        let undefined = head.undefined.iter().map(|(key, downstream)| UndefinedUpstream {
            key: key.clone(),
            downstream: downstream.clone(),
            was_defined: self.graph.contains(key),
            is_new: !self.graph.contains(key) && !self.undefined.contains_key(key),
        });
        changes.undefined_upstreams = undefined.collect();
        changes
    }
}
