//! The keys of a graph and what depends on what, in columns.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use crate::key::AssetKey;

/// The keys of a graph and what depends on what: all that is left of it in what is computed from it.
pub(crate) struct Topology {
    /// The keys of all nodes: the assets in order, then the undefined upstreams in order.
    pub(super) keys: TextColumn,
    pub(super) asset_count: usize,
    pub(super) upstream: Adjacency,
    pub(super) downstream: Adjacency,
    /// All nodes, each after its upstream.
    pub(super) order: Vec<u32>,
    /// The assets of which every definition says that only checks can be run, in order.
    pub(super) check_only: Vec<u32>,
    /// The place of each node in the order.
    pub(super) ranks: OnceLock<Vec<u32>>,
}

impl Topology {
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

/// Texts one after the other in one piece of memory.
#[derive(Default)]
pub(crate) struct TextColumn {
    pub(super) text: String,
    pub(super) ends: Vec<u64>,
}

impl TextColumn {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u64);
    }

    pub(super) fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Searches a range in which the texts are sorted.
    pub(super) fn find(&self, range: Range<usize>, text: &str) -> Option<usize> {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(text) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// For each node the nodes next to it, sorted (compressed sparse rows).
#[derive(Default)]
pub(crate) struct Adjacency {
    pub(super) ends: Vec<u32>,
    pub(super) nodes: Vec<u32>,
}

impl Adjacency {
    pub(super) fn of(&self, node: usize) -> &[u32] {
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        &self.nodes[start as usize..self.ends[node] as usize]
    }
}
