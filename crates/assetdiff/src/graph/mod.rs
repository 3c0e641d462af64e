//! A valid snapshot, sorted and indexed.

mod attributes;
mod build;
mod cycle;
mod interner;
mod problem;
mod records;
mod rows;
mod topology;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::asset::AssetDefinition;
use crate::buffer::{Adjacency, fetch};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::json::Json;
use crate::key::AssetKey;
use crate::snapshot::{
    Header, LimitError, Limits, Provenance, ReadError, Snapshot, canonical_bytes, read, write_snapshot,
};

pub(crate) use attributes::{Attribute, Attributes, TABLE_NAMES};
pub use build::GraphBuilder;
pub(crate) use build::reversed;
pub use problem::{GraphError, LoadError, Problem};
pub(crate) use records::Records;
pub(crate) use rows::{Doubt, Rows};
pub(crate) use topology::Topology;

/// A valid snapshot, sorted and indexed: what diffs are made of.
///
/// Each definition is kept as its canonical bytes and read when it is asked for, so a graph takes
/// about the memory of its JSON text and 100 bytes an asset, and is freed at once. An asset is a
/// key; it has one definition per code location that defines it. A key that is only depended on is
/// an *undefined upstream*: it is in the graph of dependencies but is no asset.
///
/// ```
/// use assetdiff::{AssetGraph, AssetKey, Limits};
///
/// let json = br#"{"format_version": "1.0", "assets": [
///     {"key": ["orders"], "dependencies": [{"key": ["raw"]}]},
///     {"key": ["report"], "dependencies": [{"key": ["orders"]}]}]}"#;
/// let graph = AssetGraph::from_json(json, &Limits::default())?;
/// let orders = AssetKey::new(["orders"]).unwrap();
/// assert_eq!(graph.len(), 2);
/// assert_eq!(graph.upstream(&orders), [AssetKey::new(["raw"]).unwrap()]);
/// assert_eq!(graph.downstream(&orders), [AssetKey::new(["report"]).unwrap()]);
/// assert_eq!(graph.undefined(), [AssetKey::new(["raw"]).unwrap()]);
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub struct AssetGraph {
    provenance: Provenance,
    extra: BTreeMap<String, Json>,
    topology: Arc<Topology>,
    /// Code locations in order, the unstated one first.
    locations: Vec<Option<String>>,
    rows: Rows,
    /// Set while the rows lie in a file that is not verified.
    doubt: Option<Doubt>,
    fingerprint: Fingerprint,
    deep: OnceLock<Vec<Fingerprint>>,
    attributes: OnceLock<Attributes>,
}

impl AssetGraph {
    /// Returns the valid graph of a snapshot, with the default limits.
    ///
    /// # Errors
    /// [`LoadError::Graph`] with *all* problems, sorted: keys defined twice in one code location,
    /// dependencies and checks that stand twice, cycles (an asset with partitions may depend on
    /// itself), definitions that cannot be written. [`LoadError::Limit`] for too many definitions or
    /// dependencies. Costs O(n log n) for n definitions and dependencies.
    pub fn new(snapshot: Snapshot) -> Result<Self, LoadError> {
        let mut builder = GraphBuilder::new(Limits::default());
        for definition in snapshot.assets {
            builder.push(definition)?;
        }
        Ok(builder.finish(snapshot.provenance, snapshot.extra)?)
    }

    /// Returns the valid graph of a snapshot's JSON text, one definition in memory at a time.
    ///
    /// # Errors
    /// [`LoadError::Read`] as of [`Snapshot::from_json`], and those of [`new`](Self::new).
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, LoadError> {
        let mut builder = GraphBuilder::new(limits.clone());
        builder.reserve_text(bytes.len());
        let header = read(bytes, limits, &mut |definition| builder.push_checked(definition))?;
        Ok(builder.finish_read(header)?)
    }

    /// Returns the number of assets: of keys that are defined.
    pub fn len(&self) -> usize {
        self.topology.asset_count
    }

    /// Returns whether nothing is defined.
    pub fn is_empty(&self) -> bool {
        self.topology.asset_count == 0
    }

    /// Returns where the definitions come from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Returns where the definitions come from, to note more of it.
    pub fn provenance_mut(&mut self) -> &mut Provenance {
        &mut self.provenance
    }

    /// Returns the keys of the assets in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = AssetKey> + '_ {
        (0..self.topology.asset_count).map(|node| self.key(node))
    }

    /// Returns whether the key is defined. Costs O(log n).
    pub fn contains(&self, key: &AssetKey) -> bool {
        self.asset(key).is_some()
    }

    /// Returns whether the key is defined or depended on. Costs O(log n).
    pub fn names(&self, key: &AssetKey) -> bool {
        self.node(key).is_some()
    }

    /// Returns the definition of an asset in the first of its code locations.
    pub fn get(&self, key: &AssetKey) -> Option<AssetDefinition> {
        let asset = self.asset(key)?;
        self.rows_of(asset).next().map(|row| self.definition(row))
    }

    /// Returns the definitions of an asset, one per code location, in their order.
    pub fn definitions_of(&self, key: &AssetKey) -> Vec<AssetDefinition> {
        let rows = self.asset(key).map(|asset| self.rows_of(asset));
        rows.into_iter().flatten().map(|row| self.definition(row)).collect()
    }

    /// Returns all definitions, by key and code location; each is read when its turn comes.
    pub fn definitions(&self) -> impl ExactSizeIterator<Item = AssetDefinition> + '_ {
        (0..self.rows.len()).map(|row| self.definition(row))
    }

    /// Returns the keys that an asset reads in any of its code locations, sorted.
    pub fn upstream(&self, key: &AssetKey) -> Vec<AssetKey> {
        self.neighbours(&self.topology.upstream, key)
    }

    /// Returns the assets that read a key, sorted; the key may be undefined.
    pub fn downstream(&self, key: &AssetKey) -> Vec<AssetKey> {
        self.neighbours(&self.topology.downstream, key)
    }

    /// Returns the keys that assets depend on and nothing defines, sorted.
    pub fn undefined(&self) -> Vec<AssetKey> {
        (self.topology.asset_count..self.topology.keys.len()).map(|node| self.key(node)).collect()
    }

    /// Returns the assets in an order in which each comes after what it reads.
    pub fn topological_order(&self) -> impl Iterator<Item = AssetKey> + '_ {
        let assets = self.topology.order.iter().map(|&node| node as usize);
        assets.filter(|&node| node < self.topology.asset_count).map(|node| self.key(node))
    }

    /// Returns the fingerprints of an asset's definitions, in the order of
    /// [`definitions_of`](Self::definitions_of).
    pub fn fingerprints_of(&self, key: &AssetKey) -> Vec<Fingerprint> {
        let rows = self.asset(key).map(|asset| self.rows_of(asset));
        rows.into_iter().flatten().map(|row| self.rows.fingerprint(row)).collect()
    }

    /// Returns the fingerprint of an asset with everything upstream of it.
    ///
    /// Equal ones mean that the asset and all that it is made from are defined alike. The first call
    /// computes those of all assets, in O(n).
    pub fn deep_fingerprint(&self, key: &AssetKey) -> Option<Fingerprint> {
        let asset = self.asset(key)?;
        Some(self.deep.get_or_init(|| self.deep_fingerprints())[asset])
    }

    /// Returns the fingerprint of all definitions together. Costs nothing: it is made with the graph.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Writes the snapshot as canonical JSON, as [`Snapshot::to_json`] does.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn write_json(&self, out: impl Write) -> io::Result<()> {
        write_snapshot(out, &self.provenance, &self.extra, self.definitions())
    }

    /// Returns the snapshot, with the definitions sorted by key and code location.
    pub fn to_snapshot(&self) -> Snapshot {
        Snapshot {
            provenance: self.provenance.clone(),
            assets: self.definitions().collect(),
            extra: self.extra.clone(),
        }
    }

    /// Returns the snapshot without its definitions: where they come from, and unknown members.
    pub fn header(&self) -> Snapshot {
        Snapshot { provenance: self.provenance.clone(), assets: Vec::new(), extra: self.extra.clone() }
    }

    fn neighbours(&self, adjacency: &Adjacency, key: &AssetKey) -> Vec<AssetKey> {
        let Some(node) = self.node(key) else { return Vec::new() };
        adjacency.of(node).iter().map(|&node| self.key(node as usize)).collect()
    }

    fn deep_fingerprints(&self) -> Vec<Fingerprint> {
        let mut deep = vec![Fingerprint::UNDEFINED; self.topology.keys.len()];
        for &node in self.topology.order.iter() {
            let node = node as usize;
            if node >= self.topology.asset_count {
                continue;
            }
            let mut hasher = Hasher::default();
            let rows = self.rows_of(node);
            hasher.update(&(rows.len() as u64).to_le_bytes());
            for row in rows {
                hasher.update(self.rows.fingerprint(row).as_bytes());
            }
            // Nodes number the defined before the undefined; the documented order is that of keys.
            let mut upstream: Vec<usize> =
                self.topology.upstream.of(node).iter().map(|&up| up as usize).collect();
            upstream.sort_unstable_by_key(|&up| self.topology.keys.get(up));
            for up in upstream.into_iter().filter(|&up| up != node) {
                hasher.update(&canonical_bytes(&self.key(up)));
                hasher.update(deep[up].as_bytes());
            }
            deep[node] = hasher.finish();
        }
        deep
    }
}

/// What the diff reads: assets as numbers, definitions as rows and bytes.
impl AssetGraph {
    /// A graph whose columns lie in a file that is not verified.
    pub(crate) fn from_columns(
        header: Header,
        topology: Topology,
        locations: Vec<Option<String>>,
        rows: Rows,
        fingerprint: Fingerprint,
        doubt: Doubt,
    ) -> Self {
        Self {
            provenance: header.provenance,
            extra: header.extra,
            topology: Arc::new(topology),
            locations,
            rows,
            doubt: Some(doubt),
            fingerprint,
            deep: OnceLock::new(),
            attributes: OnceLock::new(),
        }
    }

    /// The section of a file of which something was read that was never written.
    pub(crate) fn found_damage(&self) -> Option<&'static str> {
        self.doubt.as_ref().and_then(Doubt::damaged)
    }

    /// Lets so many bytes of texts be read from a file that is not verified, beyond those allowed before.
    pub(crate) fn allow_reading(&self, bytes: u64) {
        self.doubt.iter().for_each(|doubt| doubt.allow(bytes));
    }

    /// The graph, once its file is verified.
    pub(crate) fn without_doubt(self) -> Self {
        Self { doubt: None, ..self }
    }

    pub(crate) fn joined_key(&self, node: usize) -> &str {
        std::str::from_utf8(self.joined_bytes(node)).unwrap_or_default()
    }

    /// The bytes of a joined key, which order as keys do.
    pub(crate) fn joined_bytes(&self, node: usize) -> &[u8] {
        let joined = self.topology.keys.bytes(node);
        match &self.doubt {
            Some(doubt) if node < self.len() => doubt.key(node, joined),
            _ => joined,
        }
    }

    /// The first asset whose key is not before a joined one.
    pub(crate) fn first_from(&self, joined: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.joined_key(middle) < joined { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(crate) fn locations(&self) -> &[Option<String>] {
        &self.locations
    }

    pub(crate) fn key(&self, node: usize) -> AssetKey {
        self.topology.key(node)
    }

    pub(crate) fn rows_of(&self, asset: usize) -> Range<usize> {
        self.rows.of(asset)
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(crate) fn location(&self, row: usize) -> &Option<String> {
        match &*self.locations {
            [only] => only,
            locations => {
                let location = self.rows.locations.get(row).copied().unwrap_or_default();
                locations.get(location as usize).unwrap_or(&None)
            }
        }
    }

    pub(crate) fn row_fingerprint(&self, row: usize) -> Fingerprint {
        self.rows.fingerprint(row)
    }

    /// The canonical text of a definition.
    pub(crate) fn record(&self, row: usize) -> &str {
        std::str::from_utf8(self.record_bytes(row)).unwrap_or_default()
    }

    /// The canonical text of a row, of which nobody has made sure that it is text.
    pub(crate) fn record_bytes(&self, row: usize) -> &[u8] {
        let rows = &self.rows;
        self.doubt.as_ref().map_or_else(|| rows.record_bytes(row), |doubt| doubt.record_bytes(rows, row))
    }

    pub(crate) fn fetch_key_place(&self, node: usize) {
        self.topology.keys.fetch_place(node);
    }

    pub(crate) fn fetch_key(&self, node: usize) {
        fetch(self.topology.keys.bytes(node));
    }

    pub(crate) fn definition(&self, row: usize) -> AssetDefinition {
        // What was written when the graph was built can be read again: the builder made sure.
        serde_json::from_str(self.record(row)).unwrap_or_else(|_| AssetDefinition::new(self.key_of_row(row)))
    }

    pub(crate) fn key_of_row(&self, row: usize) -> AssetKey {
        self.key(self.rows.asset(row))
    }

    /// Returns the members of the snapshot that this version does not know.
    pub fn extra(&self) -> &BTreeMap<String, Json> {
        &self.extra
    }

    pub(crate) fn topology(&self) -> &Arc<Topology> {
        &self.topology
    }

    /// The number of assets and undefined upstreams.
    pub(crate) fn node_count(&self) -> usize {
        self.topology.keys.len()
    }

    /// The nodes that a node reads, sorted.
    pub(crate) fn upstream_of(&self, node: usize) -> &[u32] {
        self.topology.upstream.of(node)
    }

    /// The nodes that read a node, sorted.
    pub(crate) fn downstream_of(&self, node: usize) -> &[u32] {
        self.topology.downstream.of(node)
    }

    /// The attributes of all assets. Of columns in a file the first call reads them, in O(n).
    pub(crate) fn attributes(&self) -> &Attributes {
        self.attributes.get_or_init(|| Attributes::read(self))
    }

    /// The first of the nodes in a range, sorted by key, whose joined key is not below a text.
    pub(crate) fn first_node_from(&self, range: Range<usize>, joined: &str) -> usize {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.topology.keys.get(middle) < joined { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The assets whose keys another graph neither defines nor depends on.
    pub(crate) fn keys_not_named_by(&self, other: &Self) -> Vec<AssetKey> {
        let (mut node, mut at) = (0, 0);
        let mut missing = Vec::new();
        while node < self.len() {
            // Equal definitions have equal keys, and most are equal.
            let equal = self.rows.equal_assets(node, usize::MAX, &other.rows, at);
            if equal > 0 {
                (node, at) = (node + equal, at + equal);
                continue;
            }
            let key = self.topology.keys.bytes(node);
            while at < other.len() && other.topology.keys.bytes(at) < key {
                at += 1;
            }
            if at == other.len() || other.topology.keys.bytes(at) != key {
                let key = self.key(node);
                missing.extend((!other.names(&key)).then_some(key));
            }
            node += 1;
        }
        missing
    }

    /// Whether a component of any key holds a `/`.
    pub(crate) fn has_slashes_in_components(&self) -> bool {
        memchr::memchr(b'/', &self.topology.keys.text).is_some()
    }

    fn asset(&self, key: &AssetKey) -> Option<usize> {
        self.topology.asset(key)
    }

    /// The number of a key that is defined or depended on.
    pub(crate) fn node(&self, key: &AssetKey) -> Option<usize> {
        self.topology.node(key)
    }
}

impl PartialEq for AssetGraph {
    /// Compares the definitions, not where they come from.
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for AssetGraph {}

impl std::fmt::Debug for AssetGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AssetGraph({} assets, {})", self.topology.asset_count, self.fingerprint())
    }
}

impl TryFrom<Snapshot> for AssetGraph {
    type Error = LoadError;

    fn try_from(snapshot: Snapshot) -> Result<Self, LoadError> {
        Self::new(snapshot)
    }
}

/// Errors of reading, under the name that [`AssetGraph::from_json`] returns them by.
impl LoadError {
    /// Returns the place of the error in the text, if it has one: line and column from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Read(ReadError { line, column, .. }) => Some((*line, *column)),
            Self::Graph(_) | Self::Limit(LimitError { .. }) => None,
        }
    }
}
