//! The nodes that a selection speaks of, and what lies between them.

use std::collections::{BTreeMap, BTreeSet};

use super::node_set::NodeSet;
use crate::diff::ChangeSet;
use crate::graph::AssetGraph;
use crate::key::AssetKey;

/// A step from more than this part of all nodes is worth putting in order.
const SCATTERED: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::select) enum Direction {
    Upstream,
    Downstream,
}

/// The nodes of head, then the keys that only base has, where the expression can name them.
///
/// What only base has lies between its neighbours of base: so a removed asset reaches its dependents.
#[derive(Clone)]
pub(in crate::select) struct Universe<'a> {
    pub(in crate::select) head: &'a AssetGraph,
    /// Sorted.
    removed: Vec<AssetKey>,
    links: BTreeMap<usize, [Vec<usize>; 2]>,
}

impl<'a> Universe<'a> {
    pub(in crate::select) fn of_head(head: &'a AssetGraph) -> Self {
        Self { head, removed: Vec::new(), links: BTreeMap::new() }
    }

    /// Returns head with what was removed: all of base's keys that head does not name, or without a
    /// base those that the changes tell of.
    pub(in crate::select) fn with_removed(
        head: &'a AssetGraph,
        base: Option<&AssetGraph>,
        changes: Option<&ChangeSet>,
    ) -> Self {
        let mut removed = BTreeSet::new();
        if let Some(base) = base {
            removed.extend(base.keys_not_named_by(head));
        }
        if let Some(changes) = changes {
            let keys = changes.removed.iter().map(|definition| &definition.key);
            let keys = keys.chain(changes.renamed.iter().map(|renamed| &renamed.old.key));
            removed.extend(keys.filter(|key| !head.names(key)).cloned());
        }
        let mut universe = Self { head, removed: removed.into_iter().collect(), links: BTreeMap::new() };
        if let Some(base) = base {
            universe.link(base);
        }
        universe
    }

    fn link(&mut self, base: &AssetGraph) {
        let first = self.head.node_count();
        let mut edges = BTreeSet::new();
        for (index, key) in self.removed.iter().enumerate() {
            let node = first + index;
            let numbers = |keys: Vec<AssetKey>| -> Vec<usize> {
                keys.iter().filter_map(|key| self.node(key)).collect()
            };
            edges.extend(numbers(base.upstream(key)).into_iter().map(|up| (up, node)));
            edges.extend(numbers(base.downstream(key)).into_iter().map(|down| (node, down)));
        }
        for (up, down) in edges {
            self.links.entry(up).or_default()[1].push(down);
            self.links.entry(down).or_default()[0].push(up);
        }
    }

    pub(in crate::select) fn node_count(&self) -> usize {
        self.head.node_count() + self.removed.len()
    }

    pub(in crate::select) fn empty(&self) -> NodeSet {
        NodeSet::empty(self.node_count())
    }

    pub(in crate::select) fn node(&self, key: &AssetKey) -> Option<usize> {
        let removed = || self.removed.binary_search(key).ok().map(|index| self.head.node_count() + index);
        self.head.node(key).or_else(removed)
    }

    pub(in crate::select) fn key(&self, node: usize) -> AssetKey {
        match node.checked_sub(self.head.node_count()) {
            Some(index) => self.removed[index].clone(),
            None => self.head.key(node),
        }
    }

    /// Returns the keys that only base has, with their numbers.
    pub(in crate::select) fn removed(&self) -> impl Iterator<Item = (usize, &AssetKey)> {
        self.removed.iter().enumerate().map(|(index, key)| (self.head.node_count() + index, key))
    }

    fn next_to(&self, node: usize, direction: Direction) -> impl Iterator<Item = usize> {
        let of_head: &[u32] = match direction {
            _ if node >= self.head.node_count() => &[],
            Direction::Upstream => self.head.upstream_of(node),
            Direction::Downstream => self.head.downstream_of(node),
        };
        let side = usize::from(direction == Direction::Downstream);
        let links = if self.links.is_empty() { None } else { self.links.get(&node) };
        let links = links.into_iter().flat_map(move |links| &links[side]);
        of_head.iter().map(|&next| next as usize).chain(links.copied())
    }

    /// Returns what lies at most so many steps from any of some nodes, which are not in the result
    /// unless others lead to them; a step from a node to itself is none.
    ///
    /// Costs O(1) for each node and edge that is passed. A large step goes through its nodes in their order:
    /// what lies next to them is in memory in that order too.
    pub(in crate::select) fn reached(
        &self,
        from: &NodeSet,
        direction: Direction,
        steps: Option<u64>,
    ) -> NodeSet {
        let mut reached = self.empty();
        let mut frontier: Vec<usize> = from.iter().collect();
        let (mut next, mut taken) = (Vec::new(), 0);
        let mut in_order = self.empty();
        while !frontier.is_empty() && steps.is_none_or(|steps| taken < steps) {
            if frontier.len() > self.node_count() / SCATTERED {
                in_order.put_in_order(&mut frontier);
            }
            for &node in &frontier {
                for other in self.next_to(node, direction) {
                    // From the start everything has been left at once already.
                    if other != node && reached.insert(other) && !from.contains(other) {
                        next.push(other);
                    }
                }
            }
            frontier.clear();
            std::mem::swap(&mut frontier, &mut next);
            taken += 1;
        }
        reached
    }
}
