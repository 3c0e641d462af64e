//! Why an asset is affected: the changes that reach it, found backwards from it.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::Impact;
use super::cells::Reach;
use super::columns::Reading;
use super::sources::ChangedColumns;
use super::spread::Spread;
use crate::diff::DownstreamEffect;
use crate::key::AssetKey;

/// A change that reaches an asset, and a shortest path to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cause {
    /// The changed asset.
    pub key: AssetKey,
    /// The assets from the changed one to the affected one, with both; one if they are the same.
    pub path: Vec<AssetKey>,
}

/// The changes that reach an asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Causes {
    /// The nearest first, then by key.
    pub causes: Vec<Cause>,
    /// Whether there may be more than were looked for.
    pub is_cut: bool,
}

impl Impact {
    /// Returns the changes that reach an asset, each with a shortest path; the nearest `max` of them.
    ///
    /// Costs O(a + e) for the `a` affected assets upstream of it and their `e` edges.
    pub fn causes(&self, key: &AssetKey, max: usize) -> Causes {
        let mut steps = usize::MAX;
        self.causes_within(key, max, &mut steps)
    }

    /// The same, looking at no more than `steps` assets, which are counted down; the nearest is always found.
    pub(super) fn causes_within(&self, key: &AssetKey, max: usize, steps: &mut usize) -> Causes {
        let Some(node) = self.spread.node(key) else { return Causes::default() };
        let mut ancestry = Ancestry::new(&self.spread, node);
        let mut causes: Vec<Cause> = Vec::new();
        let mut known = BTreeSet::new();
        let mut at = 0;
        while at < ancestry.states.len() && causes.len() < max && (*steps > 0 || causes.is_empty()) {
            // A change of several columns can reach it by several.
            if ancestry.is_cause(at) && known.insert(ancestry.states[at].node) {
                let path: Vec<AssetKey> = ancestry.path(at).map(|node| self.spread.key(node)).collect();
                causes.push(Cause { key: self.spread.key(ancestry.states[at].node), path });
            }
            ancestry.expand(at);
            *steps = steps.saturating_sub(1);
            at += 1;
        }
        let is_cut = at < ancestry.states.len();
        causes.sort_by(|a, b| (a.path.len(), &a.key).cmp(&(b.path.len(), &b.key)));
        Causes { causes, is_cut }
    }

    /// Returns a shortest path from the nearest change to an asset, with both; empty if no change reaches it.
    pub fn shortest_path(&self, key: &AssetKey) -> Vec<AssetKey> {
        let mut path = Vec::new();
        let mut next = self.spread.node(key).and_then(|node| self.spread.get(node));
        while let Some(reached) = next {
            path.push(self.spread.key(reached.node));
            next = (reached.previous != reached.node).then(|| self.spread.get(reached.previous)).flatten();
        }
        path.reverse();
        path
    }
}

/// An asset, or one of its columns, on the way from a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) node: u32,
    /// One of the columns of the ancestry, or `WHOLE`.
    pub(super) column: u32,
    /// The state after it on a shortest path to the asset that is asked for; itself at the end.
    next: u32,
}

/// The asset as a whole.
pub(super) const WHOLE: u32 = u32::MAX;

/// What leads to an asset, breadth-first: states in the order of their distance to it.
pub(super) struct Ancestry<'a> {
    spread: &'a Spread,
    pub(super) states: Vec<State>,
    /// For each node its state as a whole and one, or 0.
    whole: Vec<u32>,
    /// The states of single columns; looked up only, never gone through.
    by_column: HashMap<(u32, u32), u32>,
    columns: Vec<&'a str>,
    column_ids: HashMap<&'a str, u32>,
    /// For each expanded state where its upstream states end in `upstream`.
    ends: Vec<usize>,
    upstream: Vec<u32>,
}

impl<'a> Ancestry<'a> {
    pub(super) fn new(spread: &'a Spread, node: u32) -> Self {
        let mut ancestry = Self {
            spread,
            states: Vec::new(),
            whole: vec![0; spread.node_count()],
            by_column: HashMap::new(),
            columns: Vec::new(),
            column_ids: HashMap::new(),
            ends: Vec::new(),
            upstream: Vec::new(),
        };
        if spread.get(node).is_some() {
            ancestry.place(node, WHOLE, 0);
        }
        ancestry
    }

    fn place(&mut self, node: u32, column: u32, next: u32) -> u32 {
        let fresh = self.states.len() as u32 + 1;
        let known = match column {
            WHOLE => &mut self.whole[node as usize],
            column => self.by_column.entry((node, column)).or_default(),
        };
        if *known == 0 {
            *known = fresh;
            self.states.push(State { node, column, next });
        }
        *known - 1
    }

    fn column_id(&mut self, column: &'a str) -> u32 {
        let count = self.columns.len() as u32;
        let id = *self.column_ids.entry(column).or_insert(count);
        if id == count {
            self.columns.push(column);
        }
        id
    }

    pub(super) fn column(&self, state: usize) -> Option<&'a str> {
        self.columns.get(self.states[state].column as usize).copied()
    }

    /// Finds the states upstream of one; each has to be expanded once, in order.
    pub(super) fn expand(&mut self, at: usize) {
        let spread = self.spread;
        let State { node, column, .. } = self.states[at];
        let made = self.column(at);
        for up in spread.passing_upstream(node) {
            if up.outgoing != Reach::Columns {
                let place = self.place(up.node, WHOLE, at as u32);
                self.upstream.push(place);
                continue;
            }
            let key = spread.key(up.node);
            for changed in spread.columns.get(&up.node).into_iter().flatten() {
                let reading = spread.lineages.get(&node).map(|lineage| lineage.reading(&key, [changed]));
                let leads_here = match reading {
                    None | Some(Reading::Unknown | Reading::Whole) => true,
                    Some(Reading::Columns(columns)) => match made {
                        Some(made) => columns.contains(made),
                        None => column == WHOLE && !columns.is_empty(),
                    },
                };
                if leads_here {
                    let id = self.column_id(changed);
                    let place = self.place(up.node, id, at as u32);
                    self.upstream.push(place);
                }
            }
        }
        self.ends.push(self.upstream.len());
    }

    /// The states upstream of an expanded one.
    pub(super) fn upstream(&self, at: usize) -> &[u32] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.upstream[start..self.ends[at]]
    }

    /// Whether a change begins here that reaches the asset that is asked for.
    pub(super) fn is_cause(&self, at: usize) -> bool {
        let Some(source) = self.spread.sources.get(&self.states[at].node) else { return false };
        if at == 0 {
            return true;
        }
        match (&source.columns, self.column(at)) {
            (ChangedColumns::Known(columns), Some(column)) => columns.contains(column),
            _ => source.effects.downstream != DownstreamEffect::None,
        }
    }

    /// The nodes from a state to the asset that is asked for.
    fn path(&self, at: usize) -> impl Iterator<Item = u32> + '_ {
        let next = |&at: &usize| (at != 0).then(|| self.states[at].next as usize);
        std::iter::successors(Some(at), next).map(|at| self.states[at].node)
    }
}
