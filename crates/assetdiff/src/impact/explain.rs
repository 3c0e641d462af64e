//! All the ways by which changes reach one asset.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use super::causes::Ancestry;
use super::{AffectedAsset, Impact};
use crate::diff::ChangeKind;
use crate::key::AssetKey;

/// Why an asset is affected: the paths from the changes to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The asset.
    pub asset: AffectedAsset,
    /// The paths, the shortest first, then in the order of their keys from the asset back.
    pub paths: Vec<Path>,
    /// How many paths there are, or the largest number of 64 bits.
    pub total_paths: u64,
    /// Whether there are more paths than are listed.
    pub is_cut: bool,
}

/// A path by which a change reaches an asset; by two columns of one asset there are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Path {
    /// What happened to the first asset of the path.
    pub kinds: Vec<ChangeKind>,
    /// The assets from the changed one to the affected one, with both.
    pub steps: Vec<Step>,
}

/// An asset on a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Step {
    /// The asset.
    pub key: AssetKey,
    /// The column by which the change goes on, if only columns do.
    pub column: Option<String>,
}

impl Impact {
    /// Returns why an asset is affected: all paths from changes to it, up to a number; `None` if no
    /// change reaches it.
    ///
    /// Costs O(a + e) for the `a` affected assets upstream of it and their `e` edges, and
    /// O(p log p) for `p` steps of the paths that are returned.
    pub fn explain(&self, key: &AssetKey, max_paths: usize) -> Option<Explanation> {
        let asset = self.get(key)?;
        let mut ancestry = Ancestry::new(&self.spread, self.spread.node(key)?);
        let mut at = 0;
        while at < ancestry.states.len() {
            ancestry.expand(at);
            at += 1;
        }
        let order = self.downwards(&ancestry);
        let distances = distances(&ancestry, &order);
        let total_paths = count_paths(&ancestry, &order);
        let mut search = Search::new(&ancestry, &distances);
        let paths = std::iter::from_fn(|| search.next()).take(max_paths);
        let paths = paths.map(|states| self.path(&ancestry, &states)).collect();
        let is_cut = search.next().is_some();
        Some(Explanation { asset, paths, total_paths, is_cut })
    }

    /// The states of an ancestry, each after those upstream of it.
    fn downwards(&self, ancestry: &Ancestry<'_>) -> Vec<u32> {
        let ranks = self.spread.topology.ranks();
        let mut order: Vec<u32> = (0..ancestry.states.len() as u32).collect();
        // What head does not define has no rank and nothing upstream.
        order.sort_by_key(|&at| ranks.get(ancestry.states[at as usize].node as usize).map(|rank| rank + 1));
        order
    }

    fn path(&self, ancestry: &Ancestry<'_>, states: &[u32]) -> Path {
        let steps = states.iter().map(|&at| Step {
            key: self.spread.key(ancestry.states[at as usize].node),
            column: ancestry.column(at as usize).map(str::to_owned),
        });
        let cause =
            states.first().and_then(|&at| self.spread.sources.get(&ancestry.states[at as usize].node));
        Path {
            kinds: cause.into_iter().flat_map(|source| source.kinds.iter()).collect(),
            steps: steps.collect(),
        }
    }
}

/// For each state the steps from the nearest change upstream.
fn distances(ancestry: &Ancestry<'_>, order: &[u32]) -> Vec<u32> {
    let mut distances = vec![u32::MAX; order.len()];
    for &at in order {
        let at = at as usize;
        let upstream = ancestry.upstream(at).iter().map(|&up| distances[up as usize].saturating_add(1)).min();
        distances[at] = if ancestry.is_cause(at) { 0 } else { upstream.unwrap_or(u32::MAX) };
    }
    distances
}

fn count_paths(ancestry: &Ancestry<'_>, order: &[u32]) -> u64 {
    let mut counts = vec![0_u64; order.len()];
    for &at in order {
        let at = at as usize;
        let upstream = ancestry.upstream(at).iter().map(|&up| counts[up as usize]);
        counts[at] = upstream.fold(u64::from(ancestry.is_cause(at)), u64::saturating_add);
    }
    counts.first().copied().unwrap_or(0)
}

/// Finds paths backwards from the asset, the shortest first: as the distance to the nearest change is known
/// exactly, no step is taken that is on none of them.
struct Search<'a> {
    ancestry: &'a Ancestry<'a>,
    distances: &'a [u32],
    beginnings: Vec<Beginning>,
    /// The length of the shortest path with this beginning, when it was found, and whether it ends here.
    heap: BinaryHeap<Reverse<(u32, usize, u32, bool)>>,
    found: usize,
}

/// A state on the way back from the asset.
struct Beginning {
    state: u32,
    /// The beginning that it goes on from.
    before: u32,
    steps: u32,
}

impl<'a> Search<'a> {
    fn new(ancestry: &'a Ancestry<'a>, distances: &'a [u32]) -> Self {
        let mut search =
            Self { ancestry, distances, beginnings: Vec::new(), heap: BinaryHeap::new(), found: 0 };
        if !ancestry.states.is_empty() {
            search.begin(0, u32::MAX, 0);
        }
        search
    }

    fn push(&mut self, length: u32, beginning: u32, ends: bool) {
        self.heap.push(Reverse((length, self.found, beginning, ends)));
        self.found += 1;
    }

    /// Adds a state to a beginning that has some steps.
    fn begin(&mut self, state: u32, before: u32, steps: u32) {
        self.beginnings.push(Beginning { state, before, steps });
        let beginning = self.beginnings.len() as u32 - 1;
        if self.ancestry.is_cause(state as usize) {
            self.push(steps, beginning, true);
        }
        let upstream = self.ancestry.upstream(state as usize).iter();
        let nearest = upstream.map(|&up| self.distances[up as usize]).min().filter(|&near| near < u32::MAX);
        if let Some(nearest) = nearest {
            self.push(steps.saturating_add(1).saturating_add(nearest), beginning, false);
        }
    }

    /// Returns the states of the next path, from the change to the asset.
    fn next(&mut self) -> Option<Vec<u32>> {
        while let Some(Reverse((_, _, beginning, ends))) = self.heap.pop() {
            if ends {
                return Some(self.states(beginning).collect());
            }
            let Beginning { state, steps, .. } = self.beginnings[beginning as usize];
            for &up in self.ancestry.upstream(state as usize) {
                if self.distances[up as usize] < u32::MAX {
                    self.begin(up, beginning, steps.saturating_add(1));
                }
            }
        }
        None
    }

    fn states(&self, beginning: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = beginning;
        std::iter::from_fn(move || {
            let Beginning { state, before, .. } = self.beginnings.get(at as usize)?;
            at = *before;
            Some(*state)
        })
    }
}
