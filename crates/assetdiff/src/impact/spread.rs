//! How changes spread from asset to asset: one pass in topological order over what is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::columns::{Lineage, Reading};
use super::partitions::{Calendar, NodePartitions};
use super::sources::{ChangedColumns, Source, Sources};
use super::{ImpactPolicy, SparedBy, StopReason};
use crate::diff::{ChangeSet, DownstreamEffect, OwnEffect};
use crate::graph::{AssetGraph, Topology};
use crate::key::AssetKey;

/// What passes from an asset to those that read it, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reach {
    Nothing,
    /// The columns that are noted for the asset.
    Columns,
    /// All of it, because nothing says which columns.
    Unknown,
    All,
}

/// A node that changed or is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    pub(super) node: u32,
    pub(super) distance: u32,
    /// The node before it on the shortest path from a change; itself if it changed.
    pub(super) previous: u32,
    /// What reaches it from upstream.
    pub(super) incoming: Reach,
    /// What it passes on: what reaches it and what its own change adds.
    pub(super) outgoing: Reach,
    pub(super) own: OwnEffect,
    pub(super) is_stopped: bool,
}

impl Reached {
    fn new(node: u32, previous: u32, distance: u32) -> Self {
        Self {
            node,
            distance,
            previous,
            incoming: Reach::Nothing,
            outgoing: Reach::Nothing,
            own: OwnEffect::None,
            is_stopped: false,
        }
    }

    fn of_cell(node: u32, [distance, previous, state]: Cell) -> Option<Self> {
        let [incoming, outgoing, own, flags] = state.to_le_bytes();
        let reach = |number: u8| match number {
            0 => Reach::Nothing,
            1 => Reach::Columns,
            2 => Reach::Unknown,
            _ => Reach::All,
        };
        (flags & IS_REACHED != 0).then(|| Self {
            node,
            distance,
            previous,
            incoming: reach(incoming),
            outgoing: reach(outgoing),
            own: match own {
                0 => OwnEffect::None,
                1 => OwnEffect::Recheck,
                _ => OwnEffect::Rebuild,
            },
            is_stopped: flags & IS_STOPPED != 0,
        })
    }

    fn cell(self) -> Cell {
        let Self { node: _, distance, previous, incoming, outgoing, own, is_stopped } = self;
        let own = match own {
            OwnEffect::None => 0,
            OwnEffect::Recheck => 1,
            OwnEffect::Rebuild => 2,
        };
        let flags = IS_REACHED | if is_stopped { IS_STOPPED } else { 0 };
        [distance, previous, u32::from_le_bytes([incoming as u8, outgoing as u8, own, flags])]
    }
}

/// What is known of a node in 12 bytes, zeros if nothing reaches it.
type Cell = [u32; 3];

/// Cells by node, in pieces that exist once something in them is reached: a small change costs no more in a large
/// graph.
struct Cells {
    pieces: Vec<Option<Box<[Cell; PIECE]>>>,
    len: usize,
}

const PIECE: usize = 1024;

impl Cells {
    fn new(len: usize) -> Self {
        Self { pieces: (0..len.div_ceil(PIECE)).map(|_| None).collect(), len }
    }

    fn get(&self, node: u32) -> Cell {
        let piece = self.pieces[node as usize / PIECE].as_ref();
        piece.map_or([0; 3], |piece| piece[node as usize % PIECE])
    }

    fn set(&mut self, node: u32, cell: Cell) {
        let piece = self.pieces[node as usize / PIECE].get_or_insert_with(|| Box::new([[0; 3]; PIECE]));
        piece[node as usize % PIECE] = cell;
    }
}

const IS_REACHED: u8 = 1;
const IS_STOPPED: u8 = 2;

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
    /// The nodes that changed or are reached, in no order.
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
        let pending = Pending { words: vec![0; count.div_ceil(64)] };
        Walk { spread, base, head, policy, barriers, pending, calendar }.run()
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
        self.cells.set(reached.node, reached.cell());
    }

    /// All that is known of the nodes that changed or are reached, in no order.
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

    /// Notes that something reaches a node; returns whether it is the first that does.
    fn reach(&mut self, reader: u32, from: u32, distance: u32, incoming: Reach) -> bool {
        let Some(mut reached) = self.get(reader) else {
            let own = most_of(&self.topology, reader);
            self.nodes.push(reader);
            self.set(Reached { incoming, own, ..Reached::new(reader, from, distance) });
            return true;
        };
        reached.incoming = reached.incoming.max(incoming);
        // What changed itself may have needed less.
        if reached.distance == 0 {
            reached.own = most_of(&self.topology, reader);
        }
        if (distance, from) < (reached.distance, reached.previous) {
            (reached.distance, reached.previous) = (distance, from);
        }
        self.set(reached);
        false
    }
}

/// The most that can be done with a node: there is nothing to make where only checks can be run.
fn most_of(topology: &Topology, node: u32) -> OwnEffect {
    if topology.is_check_only(node as usize) { OwnEffect::Recheck } else { OwnEffect::Rebuild }
}

/// One pass in topological order.
pub(super) struct Walk<'a> {
    pub(super) spread: Spread,
    pub(super) base: &'a AssetGraph,
    pub(super) head: &'a AssetGraph,
    pub(super) policy: &'a ImpactPolicy,
    barriers: BTreeMap<u32, &'a str>,
    pending: Pending,
    pub(super) calendar: Option<Calendar<'a>>,
}

impl Walk<'_> {
    fn run(mut self) -> Spread {
        let topology = Arc::clone(&self.spread.topology);
        let ranks = topology.ranks();
        for (&node, source) in &self.spread.sources {
            let own = source.effects.own.min(most_of(&topology, node));
            self.spread.cells.set(node, Reached { own, ..Reached::new(node, node, 0) }.cell());
            self.spread.nodes.push(node);
            if let Some(&rank) = ranks.get(node as usize) {
                self.pending.add(rank);
            }
        }
        for gone in 0..self.spread.gone.len() {
            let readers = std::mem::take(&mut self.spread.gone_downstream[gone]);
            self.pass_on((topology.len() + gone) as u32, &readers, ranks);
            self.spread.gone_downstream[gone] = readers;
        }
        let mut word = 0;
        while let Some(rank) = self.pending.next(&mut word) {
            let node = topology.order()[rank];
            self.pass_on(node, topology.downstream(node as usize), ranks);
        }
        self.spread
    }

    /// Decides what a node passes on, once all that reaches it is known, and passes it on.
    fn pass_on(&mut self, node: u32, readers: &[u32], ranks: &[u32]) {
        let Some(is_direct) = self.spread.get(node).map(|reached| reached.distance == 0) else { return };
        let own = if is_direct { self.spread.own_reach(node) } else { Reach::Nothing };
        if is_direct {
            self.add_own_partitions(node);
        }
        if readers.binary_search(&node).is_ok() {
            self.close_over_itself(node);
        }
        let Some(mut reached) = self.spread.get(node) else { return };
        reached.outgoing = reached.incoming.max(own);
        let (outgoing, distance) = (reached.outgoing, reached.distance);
        self.spread.set(reached);
        if outgoing == Reach::Nothing || readers.iter().all(|&reader| reader == node) {
            return;
        }
        let barrier = self.barriers.get(&node).map(|&name| StopReason::Barrier(name.to_owned()));
        let too_far = self.policy.max_distance.filter(|&max| distance >= max).map(StopReason::Distance);
        if let Some(reason) = barrier.or(too_far) {
            self.spread.set(Reached { is_stopped: true, ..reached });
            self.spread.stops.insert(node, reason);
            return;
        }
        for &reader in readers.iter().filter(|&&reader| reader != node) {
            let incoming = match outgoing {
                Reach::Columns if self.policy.narrow_columns => self.reach_by_column(node, reader),
                Reach::Columns => Reach::Unknown,
                other => other,
            };
            if incoming == Reach::Nothing {
                self.spread.spared.insert((node, reader), SparedBy::Columns);
                continue;
            }
            if !self.pass_partitions(node, reader) {
                self.spread.spared.insert((node, reader), SparedBy::Partitions);
                continue;
            }
            if self.spread.reach(reader, node, distance.saturating_add(1), incoming) {
                self.pending.add(ranks[reader as usize]);
            }
        }
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
