//! Which assets have which attributes: what selections look up.

use std::collections::HashMap;

use super::AssetGraph;
use crate::buffer::TextColumn;
use crate::json::{Members, entries, items};

/// For each attribute that selections name, the assets that have each of its values.
///
/// Made of one definition per asset: of several code locations that define a key, the first that can
/// make it counts, else the first that can look at it, else the first.
pub(crate) struct Attributes {
    /// Assets that the orchestrator can make.
    pub(crate) materializable: Vec<u32>,
    pub(crate) code_locations: Postings,
    pub(crate) groups: Postings,
    /// By the name of a job in `execution.job_names`.
    pub(crate) jobs: Postings,
    pub(crate) kinds: Postings,
    pub(crate) owners: Postings,
    /// By the type of the partitions definition.
    pub(crate) partitions: Postings,
    /// By tag as a member of JSON: `"name":"value"`.
    pub(crate) tags: Postings,
}

/// The nodes that have each value of an attribute; values are JSON texts.
pub(crate) struct Postings {
    values: TextColumn,
    ends: Vec<u32>,
    nodes: Vec<u32>,
}

impl Postings {
    /// Returns the nodes that have a value, in order.
    pub(crate) fn of(&self, value: &str) -> &[u32] {
        self.values.find(0..self.values.len(), value).map_or(&[], |index| self.at(index))
    }

    /// Returns the values in order, each with its nodes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u32])> {
        (0..self.values.len()).map(|index| (self.values.get(index), self.at(index)))
    }

    /// Returns all nodes that have a value; one with several stands there as often.
    pub(crate) fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    fn at(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.nodes[start as usize..self.ends[index] as usize]
    }
}

/// Values and nodes as they come.
#[derive(Default)]
struct Collected<'a> {
    ids: HashMap<&'a str, u32>,
    pairs: Vec<(u32, u32)>,
}

impl<'a> Collected<'a> {
    fn add(&mut self, value: &'a str, node: usize) {
        let next = self.ids.len() as u32;
        let id = *self.ids.entry(value).or_insert(next);
        // The builder numbers nodes below `u32::MAX`.
        self.pairs.push((id, node as u32));
    }

    fn finish(self) -> Postings {
        let mut values: Vec<(&str, u32)> = self.ids.into_iter().collect();
        values.sort_unstable();
        let mut rank = vec![0_usize; values.len()];
        for (index, (_, id)) in values.iter().enumerate() {
            rank[*id as usize] = index;
        }
        let mut ends = vec![0_u32; values.len()];
        for (id, _) in &self.pairs {
            ends[rank[*id as usize]] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            // For now where the nodes of the value start; each node that is placed moves it on.
            (*end, sum) = (sum, sum + *end);
        }
        let mut nodes = vec![0; self.pairs.len()];
        for (id, node) in self.pairs {
            let place = &mut ends[rank[id as usize]];
            nodes[*place as usize] = node;
            *place += 1;
        }
        Postings { values: TextColumn::of(values.iter().map(|(value, _)| *value)), ends, nodes }
    }
}

impl Attributes {
    /// Reads the attributes of all assets, in one pass over their text.
    pub(super) fn of(graph: &AssetGraph) -> Self {
        let mut materializable = Vec::new();
        let mut all: [Collected<'_>; 7] = Default::default();
        let [code_locations, groups, jobs, kinds, owners, partitions, tags] = &mut all;
        for node in 0..graph.len() {
            let row = graph.preferred_row(node);
            if let Some(location) = graph.location(row) {
                code_locations.add(location, node);
            }
            let mut is_materializable = true;
            for (name, value) in Members::of(graph.record(row)) {
                match &*name {
                    "asset_type" => is_materializable = value == r#""materializable""#,
                    "execution" => {
                        let jobs_of = Members::of(value).find(|(name, _)| name == "job_names");
                        jobs_of
                            .into_iter()
                            .flat_map(|(_, names)| items(names))
                            .for_each(|n| jobs.add(n, node));
                    }
                    "group" => groups.add(value, node),
                    "kinds" => items(value).for_each(|kind| kinds.add(kind, node)),
                    "owners" => items(value).for_each(|owner| owners.add(owner, node)),
                    "partitions" => {
                        let kind = Members::of(value).find(|(name, _)| name == "type");
                        partitions.add(kind.map_or("", |(_, kind)| kind), node);
                    }
                    "tags" => entries(value).for_each(|tag| tags.add(tag, node)),
                    _ => {}
                }
            }
            if is_materializable {
                materializable.push(node as u32);
            }
        }
        let [code_locations, groups, jobs, kinds, owners, partitions, tags] = all.map(Collected::finish);
        Self { materializable, code_locations, groups, jobs, kinds, owners, partitions, tags }
    }
}

impl AssetGraph {
    /// The row that stands for an asset which several code locations define.
    pub(crate) fn preferred_row(&self, asset: usize) -> usize {
        let rows = self.rows_of(asset);
        if rows.len() == 1 {
            return rows.start;
        }
        let rank = |row: usize| {
            let asset_type = Members::of(self.record(row)).find(|(name, _)| name == "asset_type");
            match asset_type.map(|(_, value)| value) {
                None | Some(r#""materializable""#) => 0,
                Some(r#""observable""#) => 1,
                Some(r#""check_only""#) => 3,
                Some(_) => 2,
            }
        };
        rows.clone().min_by_key(|&row| rank(row)).unwrap_or(rows.start)
    }
}
