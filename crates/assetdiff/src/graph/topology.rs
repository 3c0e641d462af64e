//! The keys of a graph and what depends on what, in columns.

use std::sync::OnceLock;

use crate::buffer::{Adjacency, Buffer, TextColumn};
use crate::key::AssetKey;

/// The keys of a graph and what depends on what: all that is left of it in what is computed from it.
pub(crate) struct Topology {
    /// The keys of all nodes: the assets in order, then the undefined upstreams in order.
    pub(super) keys: TextColumn,
    pub(super) asset_count: usize,
    pub(super) upstream: Adjacency,
    pub(super) downstream: Adjacency,
    /// All nodes, each after its upstream.
    pub(super) order: Buffer<u32>,
    /// The assets of which every definition says that only checks can be run, in order.
    pub(super) check_only: Buffer<u32>,
    /// The place of each node in the order.
    pub(super) ranks: OnceLock<Vec<u32>>,
}

impl Topology {
    pub(crate) fn new(
        keys: TextColumn,
        asset_count: usize,
        upstream: Adjacency,
        downstream: Adjacency,
        order: Buffer<u32>,
        check_only: Buffer<u32>,
    ) -> Self {
        Self { keys, asset_count, upstream, downstream, order, check_only, ranks: OnceLock::new() }
    }

    pub(crate) fn keys(&self) -> &TextColumn {
        &self.keys
    }

    pub(crate) fn upstream_lists(&self) -> &Adjacency {
        &self.upstream
    }

    pub(crate) fn downstream_lists(&self) -> &Adjacency {
        &self.downstream
    }

    /// The assets of which only checks can be run, in order.
    pub(crate) fn check_only(&self) -> &[u32] {
        &self.check_only
    }

    /// The number of nodes: assets, and undefined upstreams after them.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn asset_count(&self) -> usize {
        self.asset_count
    }

    pub(crate) fn key(&self, node: usize) -> AssetKey {
        AssetKey::from_joined(self.keys.get(node))
    }

    /// The node of a key that is defined.
    pub(crate) fn asset(&self, key: &AssetKey) -> Option<usize> {
        self.keys.find(0..self.asset_count, key.as_joined())
    }

    /// The nodes of some keys, where they are defined.
    pub(crate) fn assets(&self, keys: &[&AssetKey]) -> Vec<Option<usize>> {
        let joined: Vec<&str> = keys.iter().map(|key| key.as_joined()).collect();
        self.keys.find_all(0..self.asset_count, &joined)
    }

    /// The node of a key that is defined or depended on.
    pub(crate) fn node(&self, key: &AssetKey) -> Option<usize> {
        let undefined = self.asset_count..self.keys.len();
        self.asset(key).or_else(|| self.keys.find(undefined, key.as_joined()))
    }

    /// What a node reads, sorted by node.
    pub(crate) fn upstream(&self, node: usize) -> &[u32] {
        self.upstream.of(node)
    }

    /// What reads a node, sorted by node.
    pub(crate) fn downstream(&self, node: usize) -> &[u32] {
        self.downstream.of(node)
    }

    /// Whether nothing can be done with a node but to run its checks.
    pub(crate) fn is_check_only(&self, node: usize) -> bool {
        self.check_only.binary_search(&(node as u32)).is_ok()
    }

    /// All nodes, each after its upstream.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The place of each node in the order. The first call costs O(n).
    pub(crate) fn ranks(&self) -> &[u32] {
        self.ranks.get_or_init(|| {
            let mut ranks = vec![0; self.order.len()];
            for (rank, &node) in self.order.iter().enumerate() {
                ranks[node as usize] = rank as u32;
            }
            ranks
        })
    }
}
