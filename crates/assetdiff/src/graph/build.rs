//! Takes definitions one by one and makes a valid graph of them, or tells all that is wrong.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::attributes::Collected;
use super::interner::Interner;
use super::problem::{GraphError, Problem};
use super::records::Records;
use super::rows::Rows;
use super::{AssetGraph, Topology, cycle};
use crate::asset::{AssetDefinition, AssetType};
use crate::buffer::{Adjacency, TextColumn};
use crate::fingerprint::Fingerprint;
use crate::json::Json;
use crate::key::AssetKey;
use crate::snapshot::{Header, LimitError, LimitKind, Limits, Provenance, escaped_nul, write_canonical};

/// Takes definitions one by one and makes a valid graph of them.
///
/// Only their canonical bytes are kept, so a million definitions need not be in memory as structs.
///
/// ```
/// use assetdiff::{AssetDefinition, AssetKey, GraphBuilder, Limits, Provenance};
///
/// let mut builder = GraphBuilder::new(Limits::default());
/// for name in ["a", "b"] {
///     builder.push(AssetDefinition::new(AssetKey::new([name])?))?;
/// }
/// assert_eq!(builder.finish(Provenance::default(), Default::default())?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct GraphBuilder {
    limits: Limits,
    /// The canonical texts of definitions that other graphs may hold too.
    shared: Records,
    /// Those that came since.
    records: Vec<u8>,
    /// The definitions in the order in which they came.
    received: Vec<Received>,
    /// For each definition, where its upstream keys end in `upstream`.
    upstream_ends: Vec<u32>,
    upstream: Vec<u32>,
    keys: Interner,
    locations: BTreeMap<Option<String>, u32>,
    /// `None` once a definition came that is too wide: then the first selection reads them.
    attributes: Option<Collected>,
    /// What is wrong with single definitions, each with its position.
    problems: Vec<(usize, Problem)>,
}

/// Where a definition lies, and what identifies it.
#[derive(Clone, Copy)]
struct Row {
    start: u64,
    len: u32,
    location: u32,
    fingerprint: Fingerprint,
}

#[derive(Clone, Copy)]
struct Received {
    row: Row,
    key: u32,
    is_partitioned: bool,
    is_check_only: bool,
}

impl GraphBuilder {
    /// Returns a builder that holds nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            shared: Records::default(),
            records: Vec::new(),
            received: Vec::new(),
            upstream_ends: Vec::new(),
            upstream: Vec::new(),
            keys: Interner::default(),
            locations: BTreeMap::new(),
            attributes: Some(Collected::default()),
            problems: Vec::new(),
        }
    }

    /// Takes a definition.
    ///
    /// # Errors
    /// [`LimitError`] if there are too many definitions or dependencies, or one is too large. What
    /// else is wrong is told by [`finish`](Self::finish).
    pub fn push(&mut self, mut definition: AssetDefinition) -> Result<(), LimitError> {
        definition.sort();
        let range = self.write(&definition)?;
        let json = self.check_text(&range)?;
        // A definition that was put together in memory may hold what cannot be written apart.
        let difference = match serde_json::from_str::<AssetDefinition>(json) {
            Ok(_) if escaped_nul(json).is_some() => Some("a text with the character NUL".to_owned()),
            Ok(read) if read == definition => None,
            Ok(_) => Some("another value".to_owned()),
            Err(error) => Some(crate::json::without_position(&error)),
        };
        if let Some(difference) = difference {
            let problem = Problem::NotWritable { key: definition.key.clone(), difference };
            self.problems.push((self.received.len(), problem));
        }
        self.take(definition, range)
    }

    /// Makes room for the definitions of a text of this size: their canonical form is seldom longer. Room that
    /// cannot be had is no error.
    pub fn reserve_text(&mut self, bytes: usize) {
        // Without the room the records grow as they come.
        let _ = self.records.try_reserve_exact(bytes);
    }

    /// Takes a definition that is known to be the same once it is written and read again: one that was
    /// read from JSON text, or whose texts were and whose extra aspects have no name of a field.
    ///
    /// Costs half of [`push`](Self::push), which makes sure.
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn push_read(&mut self, mut definition: AssetDefinition) -> Result<(), LimitError> {
        definition.sort();
        let range = self.write(&definition)?;
        self.check_text(&range)?;
        self.take(definition, range)
    }

    /// Takes a definition that was read from text within the limits.
    pub(crate) fn push_checked(&mut self, mut definition: AssetDefinition) -> Result<(), LimitError> {
        definition.sort();
        let range = self.write(&definition)?;
        self.take(definition, range)
    }

    /// Returns how many definitions were taken.
    pub fn len(&self) -> usize {
        self.received.len()
    }

    /// Returns whether none was taken.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    /// Takes definitions from another builder as they are, by their positions there.
    ///
    /// Positions that the other builder does not have are passed over. Costs a copy of the canonical bytes and a look
    /// at every key of the other builder; [`append`](Self::append) costs no copy.
    ///
    /// # Errors
    /// [`LimitError`] if there are too many definitions or dependencies. How large a single one may
    /// be was up to the other builder.
    pub fn extend_from(
        &mut self,
        other: &Self,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<(), LimitError> {
        self.take_from(other, positions, |builder, row| {
            let start = builder.end();
            builder.records.extend_from_slice(other.text(row));
            start
        })
    }

    /// Takes all definitions of another builder: readers share the work among threads, each with a builder of its own.
    /// Costs a look at every key of the other builder.
    ///
    /// # Errors
    /// Those of [`extend_from`](Self::extend_from).
    pub fn append(&mut self, mut other: Self) -> Result<(), LimitError> {
        self.share();
        other.share();
        let start = self.end();
        self.shared.append(std::mem::take(&mut other.shared));
        self.take_from(&other, 0..other.len(), |_, row| start + row.start)
    }

    /// Returns two builders that both hold what was taken, for two graphs that have it in common: they share the
    /// canonical bytes. Costs a copy of the keys.
    pub fn fork(mut self) -> [Self; 2] {
        self.share();
        [self.clone(), self]
    }

    /// Lets the texts be held by other graphs too.
    fn share(&mut self) {
        self.records.shrink_to_fit();
        self.shared.push(std::mem::take(&mut self.records));
    }

    /// Where the next text starts.
    fn end(&self) -> u64 {
        self.shared.len() + self.records.len() as u64
    }

    /// The canonical text of a definition.
    fn text(&self, row: Row) -> &[u8] {
        match row.start.checked_sub(self.shared.len()) {
            Some(start) => &self.records[start as usize..start as usize + row.len as usize],
            None => self.shared.get(row.start, row.len),
        }
    }

    /// Takes definitions, given where the text of each starts in this builder.
    fn take_from(
        &mut self,
        other: &Self,
        positions: impl IntoIterator<Item = usize>,
        mut place: impl FnMut(&mut Self, Row) -> u64,
    ) -> Result<(), LimitError> {
        let mut locations = vec![&None; other.locations.len()];
        for (location, &number) in &other.locations {
            locations[number as usize] = location;
        }
        let mut ids: Vec<Option<u32>> = vec![None; other.keys.len()];
        self.attributes.take_if(|_| other.attributes.is_none());
        let mut attributes = other.attributes.as_ref().map(Collected::of_positions);
        for at in positions {
            let Some(Received { row, key, is_partitioned, is_check_only }) = other.received.get(at).copied()
            else {
                continue;
            };
            self.limits.check(LimitKind::Assets, self.received.len() as u64 + 1)?;
            let upstream = other.upstream_of(at);
            self.limits.check(LimitKind::Dependencies, (self.upstream.len() + upstream.len()) as u64)?;
            let mut id = |builder: &mut Self, id: u32| {
                *ids[id as usize].get_or_insert_with(|| builder.keys.number(other.keys.get(id as usize)))
            };
            for &up in upstream {
                let up = id(self, up);
                self.upstream.push(up);
            }
            self.upstream_ends.push(self.upstream.len() as u32);
            let key = id(self, key);
            let problems = other.problems.iter().filter(|(position, _)| *position == at);
            self.problems.extend(problems.map(|(_, problem)| (self.received.len(), problem.clone())));
            let location = self.location_number(locations[row.location as usize]);
            let start = place(self, row);
            if let (Some(from), Some(to)) = (&mut attributes, &mut self.attributes) {
                from.append(at, to, self.received.len())?;
            }
            self.received.push(Received {
                row: Row { start, location, ..row },
                key,
                is_partitioned,
                is_check_only,
            });
        }
        Ok(())
    }

    /// Returns the number of a code location, in the order in which they came.
    fn location_number(&mut self, location: &Option<String>) -> u32 {
        if let Some(&number) = self.locations.get(location) {
            return number;
        }
        let number = self.locations.len() as u32;
        self.locations.insert(location.clone(), number);
        number
    }

    fn check_text(&self, range: &Range<usize>) -> Result<&str, LimitError> {
        // Only text is ever written.
        let json = std::str::from_utf8(&self.records[range.clone()]).unwrap_or_default();
        self.limits.check_text(json, 0).map_err(|(error, _)| error)?;
        Ok(json)
    }

    /// Appends the canonical bytes of a definition to the records; returns where they are.
    fn write(&mut self, definition: &AssetDefinition) -> Result<Range<usize>, LimitError> {
        self.limits.check(LimitKind::Assets, self.received.len() as u64 + 1)?;
        let start = self.records.len();
        write_canonical(&mut self.records, definition);
        Ok(start..self.records.len())
    }

    fn take(&mut self, definition: AssetDefinition, range: Range<usize>) -> Result<(), LimitError> {
        let dependencies = self.upstream.len() + definition.dependencies.len();
        self.limits.check(LimitKind::Dependencies, dependencies as u64)?;
        let len = u32::try_from(range.len())
            .map_err(|_| LimitError { kind: LimitKind::Bytes, limit: u32::MAX.into() })?;
        self.find_repeats(&definition);
        for dependency in &definition.dependencies {
            let id = self.keys.number(dependency.key.as_joined().as_bytes());
            self.upstream.push(id);
        }
        self.upstream_ends.push(self.upstream.len() as u32);
        let key = self.keys.number(definition.key.as_joined().as_bytes());
        let is_partitioned = definition.partitions.is_some();
        let is_check_only = definition.asset_type == AssetType::CheckOnly;
        let location = self.location_number(&definition.code_location);
        self.attributes.take_if(|_| Collected::is_too_wide(&definition));
        if let Some(attributes) = &mut self.attributes {
            attributes.push(&definition, self.received.len())?;
        }
        let start = self.shared.len() + range.start as u64;
        let row = Row { start, len, location, fingerprint: Fingerprint::of(&self.records[range]) };
        self.received.push(Received { row, key, is_partitioned, is_check_only });
        Ok(())
    }

    fn find_repeats(&mut self, definition: &AssetDefinition) {
        for pair in definition.dependencies.windows(2).filter(|pair| pair[0].key == pair[1].key) {
            let (key, upstream) = (definition.key.clone(), pair[0].key.clone());
            self.problems.push((self.received.len(), Problem::DuplicateDependency { key, upstream }));
        }
        for pair in definition.checks.windows(2).filter(|pair| pair[0].name == pair[1].name) {
            let (key, name) = (definition.key.clone(), pair[0].name.clone());
            self.problems.push((self.received.len(), Problem::DuplicateCheck { key, name }));
        }
    }

    /// Returns the graph of what was taken.
    ///
    /// # Errors
    /// [`GraphError`] with all problems, sorted.
    pub fn finish(
        mut self,
        provenance: Provenance,
        extra: BTreeMap<String, Json>,
    ) -> Result<AssetGraph, GraphError> {
        let header = Header { provenance, extra };
        if let Some(difference) = header.difference() {
            self.problems.push((self.received.len(), Problem::HeaderNotWritable { difference }));
        }
        self.finish_read(header)
    }

    /// Returns the graph of what was taken, with what stood around it in JSON text.
    pub(crate) fn finish_read(mut self, header: Header) -> Result<AssetGraph, GraphError> {
        let (keys, asset_count, node_of_id) = self.number_nodes();
        let (locations, rank_of_location) = rank_locations(std::mem::take(&mut self.locations));
        for received in &mut self.received {
            received.key = node_of_id[received.key as usize];
            received.row.location = rank_of_location[received.row.location as usize];
        }
        for id in &mut self.upstream {
            *id = node_of_id[*id as usize];
        }
        let mut by_key: Vec<u32> = (0..self.received.len() as u32).collect();
        by_key.sort_unstable_by_key(|&at| {
            let Received { row, key, .. } = &self.received[at as usize];
            (*key, row.location, at)
        });
        let mut problems: Vec<Problem> =
            std::mem::take(&mut self.problems).into_iter().map(|(_, problem)| problem).collect();
        for pair in by_key.windows(2) {
            let (first, second) = (&self.received[pair[0] as usize], &self.received[pair[1] as usize]);
            if (first.key, first.row.location) == (second.key, second.row.location) {
                problems.push(Problem::DuplicateAsset {
                    key: AssetKey::from_joined(keys.get(first.key as usize)),
                    code_location: locations[first.row.location as usize].clone(),
                    first: pair[0] as usize,
                    second: pair[1] as usize,
                });
            }
        }
        let mut first = Vec::with_capacity(asset_count + 1);
        for (index, &at) in by_key.iter().enumerate() {
            if self.received[at as usize].key as usize == first.len() {
                first.push(index as u32);
            }
        }
        first.push(by_key.len() as u32);
        let upstream = self.upstream_of_nodes(&by_key, keys.len());
        let downstream = reversed(&upstream, keys.len());
        let order = cycle::topological_order(&upstream, &downstream, keys.len());
        let key = |node: usize| AssetKey::from_joined(keys.get(node));
        for received in &by_key {
            let at = *received as usize;
            let node = self.received[at].key;
            if !self.received[at].is_partitioned && self.upstream_of(at).contains(&node) {
                problems.push(Problem::Cycle { path: vec![key(node as usize), key(node as usize)] });
            }
        }
        if order.len() < keys.len() {
            for path in cycle::cycles(&upstream, &order, keys.len()) {
                problems.push(Problem::Cycle { path: path.into_iter().map(key).collect() });
            }
        }
        if !problems.is_empty() {
            problems.sort();
            return Err(GraphError { problems });
        }
        let of_assets =
            by_key.chunk_by(|&a, &b| self.received[a as usize].key == self.received[b as usize].key);
        let check_only: Vec<u32> = of_assets
            .filter(|definitions| definitions.iter().all(|&at| self.received[at as usize].is_check_only))
            .map(|definitions| self.received[definitions[0] as usize].key)
            .collect();
        self.share();
        let attributes = self.attributes.map(|attributes| attributes.finish(&by_key, &first));
        let rows = || by_key.iter().map(|&at| self.received[at as usize].row);
        let rows = Rows {
            first: first.into(),
            fingerprints: rows().map(|row| *row.fingerprint.as_bytes()).collect::<Vec<_>>().into(),
            locations: rows().map(|row| row.location).collect::<Vec<_>>().into(),
            starts: rows().map(|row| row.start).collect::<Vec<_>>().into(),
            lens: rows().map(|row| row.len).collect::<Vec<_>>().into(),
            records: self.shared,
            ..Rows::default()
        };
        Ok(AssetGraph {
            provenance: header.provenance,
            extra: header.extra,
            topology: Arc::new(Topology::new(
                keys,
                asset_count,
                upstream,
                downstream,
                order.into(),
                check_only.into(),
            )),
            locations,
            fingerprint: rows.fingerprint_of_all(),
            rows,
            doubt: None,
            deep: OnceLock::new(),
            attributes: attributes.map_or_else(OnceLock::new, OnceLock::from),
        })
    }

    /// Returns the keys of all nodes (the defined in order, then the rest in order), how many are
    /// defined, and the node of each key id.
    fn number_nodes(&mut self) -> (TextColumn, usize, Vec<u32>) {
        let names = std::mem::take(&mut self.keys);
        let mut is_defined = vec![false; names.len()];
        for received in &self.received {
            is_defined[received.key as usize] = true;
        }
        let mut sorted: Vec<(&[u8], u32)> = (0..names.len()).map(|id| (names.get(id), id as u32)).collect();
        sorted.sort_unstable_by(|(a, a_id), (b, b_id)| {
            (!is_defined[*a_id as usize], a).cmp(&(!is_defined[*b_id as usize], b))
        });
        let mut node_of_id = vec![0; sorted.len()];
        for (node, (_, id)) in sorted.iter().enumerate() {
            node_of_id[*id as usize] = node as u32;
        }
        let keys = TextColumn::of(sorted.iter().map(|(key, _)| *key));
        (keys, is_defined.iter().filter(|&&defined| defined).count(), node_of_id)
    }

    /// The upstream of one definition.
    fn upstream_of(&self, at: usize) -> &[u32] {
        let start = if at == 0 { 0 } else { self.upstream_ends[at - 1] };
        &self.upstream[start as usize..self.upstream_ends[at] as usize]
    }

    /// Merges the upstream nodes of an asset's definitions.
    fn upstream_of_nodes(&self, by_key: &[u32], node_count: usize) -> Adjacency {
        let mut ends = Vec::with_capacity(node_count);
        let mut all = Vec::with_capacity(self.upstream.len());
        let mut rows = by_key.iter().map(|&at| at as usize).peekable();
        let mut nodes = Vec::new();
        for node in 0..node_count {
            while let Some(at) = rows.next_if(|&at| self.received[at].key as usize == node) {
                nodes.extend_from_slice(self.upstream_of(at));
            }
            nodes.sort_unstable();
            nodes.dedup();
            all.append(&mut nodes);
            ends.push(all.len() as u32);
        }
        Adjacency { ends: ends.into(), nodes: all.into() }
    }
}

/// Returns the code locations in order, and the place in it of each as they were numbered.
fn rank_locations(locations: BTreeMap<Option<String>, u32>) -> (Vec<Option<String>>, Vec<u32>) {
    let mut rank_of = vec![0; locations.len()];
    let sorted = locations.into_iter().enumerate().map(|(rank, (location, number))| {
        rank_of[number as usize] = rank as u32;
        location
    });
    (sorted.collect(), rank_of)
}

/// Turns every edge around.
pub(crate) fn reversed(adjacency: &Adjacency, node_count: usize) -> Adjacency {
    let mut ends = vec![0_u32; node_count];
    for &to in adjacency.nodes.iter() {
        ends[to as usize] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        (total, *end) = (total + *end, total);
    }
    let mut nodes = vec![0; adjacency.nodes.len()];
    for from in 0..node_count {
        for &to in adjacency.of(from) {
            nodes[ends[to as usize] as usize] = from as u32;
            ends[to as usize] += 1;
        }
    }
    Adjacency { ends: ends.into(), nodes: nodes.into() }
}
