//! How changes spread from asset to asset: one pass in topological order over what is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cells::{Cells, Reach, Reached};
use super::columns::{Lineage, Reading};
use super::partitions::{Calendar, NodePartitions};
use super::sources::{ChangedColumns, Source, Sources};
use super::{ImpactPolicy, SparedBy, StopReason};
use crate::diff::{ChangeSet, DownstreamEffect, OwnEffect};
use crate::graph::{AssetGraph, Topology};
use crate::key::AssetKey;

/// What was computed of all that is reached.
///
/// Nodes number the nodes of head, and after them the changed assets that head does not define.
pub(super) struct Spread {
    pub(super) topology: Arc<Topology>,
    pub(super) sources: BTreeMap<u32, Source>,
    /// The keys of the nodes that head does not define, in order.
    pub(super) gone: Vec<AssetKey>,
    /// What reads each of these: in base, or in head by its old key.
    pub(super) gone_downstream: Vec<Vec<u32>>,
    /// For each node that reads some of these, which.
    pub(super) gone_upstream: BTreeMap<u32, Vec<u32>>,
    /// Assets that still name a key that base defined and head does not, with those keys.
    pub(super) broken: BTreeMap<u32, BTreeSet<u32>>,
    /// What is known of each node.
    cells: Cells,
    /// The nodes that changed or are reached: those that head does not define, then each after its upstream.
    pub(super) nodes: Vec<u32>,
    /// The changed columns of the nodes that pass on `Reach::Columns` or are reached by it.
    pub(super) columns: BTreeMap<u32, BTreeSet<String>>,
    /// Which columns those are made from that are reached by column.
    pub(super) lineages: BTreeMap<u32, Lineage>,
    /// Edges on which nothing passes although the asset is affected.
    pub(super) spared: BTreeMap<(u32, u32), SparedBy>,
    /// The nodes that have partitions, if they are looked at.
    pub(super) partitions: BTreeMap<u32, NodePartitions>,
    pub(super) unknown_partitions: BTreeMap<AssetKey, Vec<String>>,
    pub(super) stops: BTreeMap<u32, StopReason>,
}

/// Two numbers as one that orders them alike.
fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// Nodes that are still to be gone through, by their rank; each is passed once.
struct Pending {
    words: Vec<u64>,
}

impl Pending {
    fn add(&mut self, rank: u32) {
        self.words[rank as usize / 64] |= 1 << (rank % 64);
    }

    /// Takes the first at or after the word.
    fn next(&mut self, word: &mut usize) -> Option<usize> {
        while let Some(bits) = self.words.get_mut(*word) {
            if *bits != 0 {
                let bit = bits.trailing_zeros();
                *bits &= *bits - 1;
                return Some(*word * 64 + bit as usize);
            }
            *word += 1;
        }
        None
    }
}

impl Spread {
    pub(super) fn new(
        changes: &ChangeSet,
        base: &AssetGraph,
        head: &AssetGraph,
        policy: &ImpactPolicy,
    ) -> Self {
        let topology = Arc::clone(head.topology());
        let count = topology.len();
        let mut calendar = policy.now.map(|now| Calendar::new(base, head, now));
        let Sources { changed, gone } = Sources::of(changes, head, calendar.as_mut());
        let mut spread = Self {
            cells: Cells::new(count + gone.len()),
            gone_downstream: Vec::with_capacity(gone.len()),
            gone_upstream: BTreeMap::new(),
            broken: BTreeMap::new(),
            nodes: Vec::new(),
            columns: BTreeMap::new(),
            lineages: BTreeMap::new(),
            spared: BTreeMap::new(),
            partitions: BTreeMap::new(),
            unknown_partitions: BTreeMap::new(),
            stops: BTreeMap::new(),
            gone: gone.keys().cloned().collect(),
            sources: changed,
            topology,
        };
        spread.sources.extend(gone.into_values().zip(count as u32..).map(|(source, node)| (node, source)));
        spread.find_readers_of_gone(changes, base);
        if let Some(calendar) = &mut calendar {
            spread.add_changed_partitions(policy, calendar);
        }
        let barriers = policy.barrier_nodes(&spread.topology);
        Walk { spread, base, head, policy, barriers, calendar }.run()
    }

    /// The node of a key of head, or of a changed asset that head does not define.
    pub(super) fn node(&self, key: &AssetKey) -> Option<u32> {
        let gone = || self.gone.binary_search(key).ok().map(|at| self.topology.len() + at);
        self.topology.asset(key).or_else(gone).map(|node| node as u32)
    }

    pub(super) fn key(&self, node: u32) -> AssetKey {
        match (node as usize).checked_sub(self.topology.len()) {
            None => self.topology.key(node as usize),
            Some(gone) => self.gone[gone].clone(),
        }
    }

    pub(super) fn get(&self, node: u32) -> Option<Reached> {
        Reached::of_cell(node, self.cells.get(node))
    }

    fn set(&mut self, reached: Reached) {
        *self.cells.at(reached.node) = reached.cell();
    }

    /// All that is known of the nodes that changed or are reached, in the order of [`nodes`](Self::nodes).
    pub(super) fn reached(&self) -> impl Iterator<Item = Reached> + '_ {
        self.nodes.iter().filter_map(|&node| self.get(node))
    }

    pub(super) fn node_count(&self) -> usize {
        self.cells.len
    }

    pub(super) fn is_gone(&self, node: u32) -> bool {
        node as usize >= self.topology.len()
    }

    /// What reads a node.
    pub(super) fn downstream(&self, node: u32) -> &[u32] {
        match (node as usize).checked_sub(self.topology.len()) {
            None => self.topology.downstream(node as usize),
            Some(gone) => &self.gone_downstream[gone],
        }
    }

    /// The nodes upstream of a node from which something passes to it.
    pub(super) fn passing_upstream(&self, node: u32) -> impl Iterator<Item = Reached> {
        let head = if self.is_gone(node) { &[] } else { self.topology.upstream(node as usize) };
        let gone = self.gone_upstream.get(&node).map(Vec::as_slice).unwrap_or_default();
        let upstream = head.iter().chain(gone).filter(move |&&up| up != node);
        upstream.filter_map(|&up| self.get(up)).filter(move |up| {
            up.outgoing != Reach::Nothing && !up.is_stopped && !self.spared.contains_key(&(up.node, node))
        })
    }

    /// A removed or renamed asset reaches those that read it in base, and those that still name it.
    fn find_readers_of_gone(&mut self, changes: &ChangeSet, base: &AssetGraph) {
        let renames: BTreeMap<&AssetKey, &AssetKey> =
            changes.renamed.iter().map(|relocated| (&relocated.old.key, &relocated.new.key)).collect();
        for (at, key) in self.gone.iter().enumerate() {
            let node = (self.topology.len() + at) as u32;
            let in_base = base.downstream(key).into_iter();
            let now = in_base
                .filter_map(|reader| self.topology.asset(renames.get(&reader).copied().unwrap_or(&reader)));
            let mut readers: Vec<u32> = now.map(|reader| reader as u32).collect();
            if let Some(undefined) = self.topology.node(key) {
                let still = self.topology.downstream(undefined);
                for &reader in still.iter().filter(|_| base.contains(key)) {
                    self.broken.entry(reader).or_default().insert(node);
                }
                readers.extend(still);
            }
            readers.sort_unstable();
            readers.dedup();
            for &reader in &readers {
                self.gone_upstream.entry(reader).or_default().push(node);
            }
            self.gone_downstream.push(readers);
        }
    }

    /// What the node's own change passes on; notes its columns.
    fn own_reach(&mut self, node: u32) -> Reach {
        let Some(source) = self.sources.get(&node) else { return Reach::Nothing };
        match (source.effects.downstream, &source.columns) {
            (DownstreamEffect::None, _) => Reach::Nothing,
            (DownstreamEffect::All, _) => Reach::All,
            (DownstreamEffect::ByColumn, ChangedColumns::Unknown) => Reach::Unknown,
            (DownstreamEffect::ByColumn, ChangedColumns::Known(columns)) => {
                self.columns.entry(node).or_default().extend(columns.iter().cloned());
                Reach::Columns
            }
        }
    }
}

/// The most that can be done with a node: there is nothing to make where only checks can be run.
fn most_of(topology: &Topology, node: u32) -> OwnEffect {
    if topology.is_check_only(node as usize) { OwnEffect::Recheck } else { OwnEffect::Rebuild }
}

/// One pass in topological order, over all nodes or over those that are reached.
pub(super) struct Walk<'a> {
    pub(super) spread: Spread,
    pub(super) base: &'a AssetGraph,
    pub(super) head: &'a AssetGraph,
    pub(super) policy: &'a ImpactPolicy,
    barriers: BTreeMap<u32, &'a str>,
    pub(super) calendar: Option<Calendar<'a>>,
}

/// A change of more than one asset in so many is swept through the whole graph: that costs less for each node.
const SWEPT: usize = 256;

impl Walk<'_> {
    fn run(mut self) -> Spread {
        let topology = Arc::clone(&self.spread.topology);
        for (&node, source) in &self.spread.sources {
            let own = source.effects.own.min(most_of(&topology, node));
            *self.spread.cells.at(node) = Reached { own, ..Reached::new(node, node, 0) }.cell();
        }
        let mut pending = Pending { words: vec![0; topology.len().div_ceil(64)] };
        for gone in 0..self.spread.gone.len() {
            let readers = std::mem::take(&mut self.spread.gone_downstream[gone]);
            self.pass_on((topology.len() + gone) as u32, &readers, topology.ranks(), &mut pending);
            self.spread.gone_downstream[gone] = readers;
        }
        if self.calendar.is_none() && self.spread.sources.len() > topology.len() / SWEPT {
            self.sweep(&topology);
        } else {
            self.walk(&topology, pending);
        }
        self.spread
    }

    /// Goes from what is reached to what reads it.
    fn walk(&mut self, topology: &Topology, mut pending: Pending) {
        let ranks = topology.ranks();
        let changed = self.spread.sources.keys().filter_map(|&node| ranks.get(node as usize));
        changed.for_each(|&rank| pending.add(rank));
        let mut word = 0;
        while let Some(rank) = pending.next(&mut word) {
            let node = topology.order()[rank];
            self.pass_on(node, topology.downstream(node as usize), ranks, &mut pending);
        }
    }

    /// Passes on what a node passes on, once all that reaches it is known.
    fn pass_on(&mut self, node: u32, readers: &[u32], ranks: &[u32], pending: &mut Pending) {
        let (passing, distance) = self.settle(node, readers);
        if passing == Reach::Nothing {
            return;
        }
        for &reader in readers.iter().filter(|&&reader| reader != node) {
            let incoming = self.narrowed(node, reader, passing);
            if incoming == Reach::Nothing {
                continue;
            }
            let cell = self.spread.cells.at(reader);
            let [nearest, previous, state] = *cell;
            if [nearest, previous] == [0; 2] {
                pending.add(ranks[reader as usize]);
            }
            let [nearest, previous] = [nearest, previous].max([!distance.saturating_add(1), !node]);
            *cell = [nearest, previous, state & !0xFF | (state & 0xFF).max(incoming as u32)];
        }
    }

    /// Goes through all nodes and asks those that they read.
    fn sweep(&mut self, topology: &Topology) {
        let is_limited = !self.barriers.is_empty() || self.policy.max_distance.is_some();
        for &node in topology.order() {
            let [nearest, previous, state] = self.spread.cells.get(node);
            let (mut nearest, mut incoming) = (pair(nearest, previous), state & 0xFF);
            for &up in topology.upstream(node as usize) {
                let [distance, _, state] = self.spread.cells.get(up);
                let mut passing = (state >> 16) & 0xFF;
                if passing == 0 || up == node {
                    continue;
                }
                if passing == Reach::Columns as u32 {
                    passing = self.narrowed(up, node, Reach::Columns) as u32;
                    if passing == 0 {
                        continue;
                    }
                }
                // One step further is one less, inverted.
                nearest = nearest.max(pair(distance.saturating_sub(1), !up));
                incoming = incoming.max(passing);
            }
            if nearest == 0 {
                continue;
            }
            let is_indirect = (nearest >> 32) as u32 != u32::MAX;
            let state = state & !0xFF | incoming;
            *self.spread.cells.at(node) = [(nearest >> 32) as u32, nearest as u32, state];
            if is_indirect && !is_limited {
                // What `settle` comes to where there is nothing to decide.
                let own = most_of(topology, node) as u32;
                self.spread.cells.at(node)[2] = incoming | incoming << 8 | incoming << 16 | own << 24;
                self.spread.nodes.push(node);
            } else {
                self.settle(node, topology.downstream(node as usize));
            }
        }
    }

    /// Decides what a node passes on and at which distance it is, once all that reaches it is known.
    fn settle(&mut self, node: u32, readers: &[u32]) -> (Reach, u32) {
        let Some(Reached { distance, incoming, .. }) = self.spread.get(node) else {
            return (Reach::Nothing, 0);
        };
        self.spread.nodes.push(node);
        let own = if distance == 0 { self.spread.own_reach(node) } else { Reach::Nothing };
        if self.calendar.is_some() {
            if distance == 0 {
                self.add_own_partitions(node);
            }
            if readers.binary_search(&node).is_ok() {
                self.close_over_itself(node);
            }
        }
        let outgoing = incoming.max(own);
        let stop = if outgoing == Reach::Nothing { None } else { self.stop(node, distance, readers) };
        let Some(mut reached) = self.spread.get(node) else { return (Reach::Nothing, 0) };
        // What changed itself may have needed less.
        if incoming != Reach::Nothing {
            reached.own = most_of(&self.spread.topology, node);
        }
        self.spread.set(Reached { outgoing, is_stopped: stop.is_some(), ..reached });
        match stop {
            Some(reason) => {
                self.spread.stops.insert(node, reason);
                (Reach::Nothing, distance)
            }
            None => (outgoing, distance),
        }
    }

    /// Why nothing passes beyond a node that something would pass on.
    fn stop(&self, node: u32, distance: u32, readers: &[u32]) -> Option<StopReason> {
        let barrier = || self.barriers.get(&node).map(|&name| StopReason::Barrier(name.to_owned()));
        let too_far = self.policy.max_distance.filter(|&max| distance >= max).map(StopReason::Distance);
        let reason = if self.barriers.is_empty() { too_far } else { barrier().or(too_far) };
        reason.filter(|_| readers.iter().any(|&reader| reader != node))
    }

    /// What reaches the reader of a node by its columns and partitions; notes it if that is nothing.
    fn narrowed(&mut self, node: u32, reader: u32, outgoing: Reach) -> Reach {
        let incoming = match outgoing {
            Reach::Columns if self.policy.narrow_columns => self.reach_by_column(node, reader),
            Reach::Columns => Reach::Unknown,
            other => other,
        };
        if incoming == Reach::Nothing {
            self.spread.spared.insert((node, reader), SparedBy::Columns);
        } else if !self.pass_partitions(node, reader) {
            self.spread.spared.insert((node, reader), SparedBy::Partitions);
            return Reach::Nothing;
        }
        incoming
    }

    /// What reaches the reader of a node of which only some columns changed; notes which of the reader's.
    fn reach_by_column(&mut self, node: u32, reader: u32) -> Reach {
        let Self { spread, base, head, .. } = self;
        let key = spread.key(node);
        let lineage = spread.lineages.entry(reader).or_insert_with(|| {
            let key = spread.topology.key(reader as usize);
            Lineage::of(&head.definitions_of(&key), &base.definitions_of(&key))
        });
        match lineage.reading(&key, spread.columns.get(&node).into_iter().flatten()) {
            Reading::Unknown => Reach::Unknown,
            Reading::Whole => Reach::All,
            Reading::Columns(columns) if columns.is_empty() => Reach::Nothing,
            Reading::Columns(columns) => {
                spread.columns.entry(reader).or_default().extend(columns);
                Reach::Columns
            }
        }
    }
}
