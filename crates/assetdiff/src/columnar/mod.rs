//! Snapshots as columns: written once, then compared as they lie in a mapped file.

mod layout;
mod ranges;
mod structure;
mod write;

use std::sync::OnceLock;

use bytes::Bytes;

use crate::buffer::{Adjacency, Buffer, TextColumn};
use crate::diff::{ChangeSet, DiffOptions, diff};
use crate::fingerprint::Fingerprint;
use crate::graph::{AssetGraph, Doubt, Records, Rows, Topology};
use crate::snapshot::{Limits, Provenance, read};
use layout::{Section, Sections};
pub use ranges::{RangeRead, RangedDiffError, RangedError, RangedSnapshot};

/// A snapshot as columns, such as [`AssetGraph::write_columns`] writes: compared without being read.
///
/// Opening costs the same for any size. A comparison touches the fingerprints of blocks that differ, and
/// the definitions that changed; each of those is compared with its fingerprint, so a damaged file gives
/// an error and no wrong answer. docs/columnar.md describes the format.
///
/// ```
/// use assetdiff::{AssetGraph, ColumnarSnapshot, DiffOptions, Limits};
///
/// let store = |json: &[u8]| -> Result<ColumnarSnapshot, Box<dyn std::error::Error>> {
///     let mut file = Vec::new();
///     AssetGraph::from_json(json, &Limits::default())?.write_columns(&mut file)?;
///     Ok(ColumnarSnapshot::open(file)?)
/// };
/// let base = store(br#"{"format_version": "1.0", "assets": [{"key": ["a"]}]}"#)?;
/// let head = store(br#"{"format_version": "1.0", "assets": [{"key": ["a"], "group": "g"}]}"#)?;
/// let changes = base.diff(&head, &DiffOptions::default())?;
/// assert_eq!(changes.summary().modified, 1);
/// let graph: AssetGraph = head.into_graph()?;
/// assert_eq!(graph.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ColumnarSnapshot {
    sections: Sections,
    /// Not verified: what is read of it is compared with fingerprints.
    graph: AssetGraph,
    lists_verified: OnceLock<Result<(), ColumnarError>>,
}

/// Why there is no columnar snapshot in some bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnarError {
    /// The bytes are something else.
    #[error("expected a columnar snapshot, found bytes that do not begin as one")]
    NotColumnar,
    /// The end is missing.
    #[error("expected a columnar snapshot, found one whose end is missing: copy or write it again")]
    Truncated,
    /// It was written in another major version of the format.
    #[error(
        "expected version 1.x of the columnar format, found {major}.{minor}: \
         write the snapshot anew with this version of assetdiff, or use the version that wrote it"
    )]
    Version {
        /// The major version.
        major: u16,
        /// The minor version.
        minor: u16,
    },
    /// A section is not what was written, or not what it says.
    #[error(
        "expected a columnar snapshot as it was written, found other bytes in its section {section:?}: copy or write it again"
    )]
    Damaged {
        /// The section.
        section: &'static str,
    },
    /// The bytes do not lie at a multiple of 8 in memory.
    #[error("expected the bytes of a columnar snapshot at a multiple of 8 in memory, found them elsewhere")]
    Unaligned,
    /// The machine orders bytes otherwise.
    #[error(
        "expected a little-endian machine, found another one: columnar snapshots cannot be used as they lie"
    )]
    BigEndian,
}

/// A comparison reads each text a few times, and the keys of those that read undefined upstreams once for each; more
/// than so many times the file is read only where texts overlap, as none that was written do.
const MOST_READS: u64 = 32;

/// Whatever the size of the file.
const FREE: u64 = 16 << 20;

impl ColumnarSnapshot {
    /// Returns whether bytes begin as a columnar snapshot does.
    pub fn looks_like(bytes: &[u8]) -> bool {
        bytes.starts_with(&layout::MAGIC)
    }

    /// Opens a snapshot that lies in memory, for example in a mapped file. Costs the same for any size.
    ///
    /// # Errors
    /// [`ColumnarError`] for what is no such snapshot, as far as its directory tells.
    pub fn open(bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Self, ColumnarError> {
        let sections = Sections::open(Bytes::from_owner(bytes))?;
        let get = |section| sections.get(section);
        // Small, and wanted by all; the rest is verified when it is used.
        [Section::Header, Section::Locations, Section::Fingerprint]
            .into_iter()
            .try_for_each(|section| sections.verify(section))?;
        let damaged = |section: Section| ColumnarError::Damaged { section: section.name() };
        let header = read(&get(Section::Header)?, &Limits::default(), &mut |_| Ok(()));
        let header = header.map_err(|_| damaged(Section::Header))?;
        let locations = serde_json::from_slice(&get(Section::Locations)?);
        let locations = locations.map_err(|_| damaged(Section::Locations))?;
        let fingerprint: [u8; 16] =
            get(Section::Fingerprint)?.as_ref().try_into().map_err(|_| damaged(Section::Fingerprint))?;
        let mut records = Records::default();
        records.push(get(Section::Records)?);
        let rows = Rows {
            first: Buffer::Stored(get(Section::FirstRows)?),
            fingerprints: Buffer::Stored(get(Section::Fingerprints)?),
            locations: Buffer::Stored(get(Section::RowLocations)?),
            starts: Buffer::Stored(get(Section::RecordStarts)?),
            lens: Buffer::Stored(get(Section::RecordLengths)?),
            records,
            block_ends: Buffer::Stored(get(Section::BlockEnds)?),
            block_fingerprints: Buffer::Stored(get(Section::BlockFingerprints)?),
        };
        let list = |ends, nodes| -> Result<Adjacency, ColumnarError> {
            Ok(Adjacency { ends: Buffer::Stored(get(ends)?), nodes: Buffer::Stored(get(nodes)?) })
        };
        let topology = Topology::new(
            TextColumn {
                text: Buffer::Stored(get(Section::Keys)?),
                ends: Buffer::Stored(get(Section::KeyEnds)?),
            },
            rows.first.len().saturating_sub(1),
            list(Section::UpstreamEnds, Section::Upstream)?,
            list(Section::DownstreamEnds, Section::Downstream)?,
            Buffer::Stored(get(Section::Order)?),
            Buffer::Stored(get(Section::CheckOnly)?),
        );
        let doubt = Doubt::new(Buffer::Stored(get(Section::KeyFingerprints)?));
        if topology.asset_count() > topology.len() {
            return Err(damaged(Section::KeyEnds));
        }
        let fingerprint = Fingerprint::from_bytes(fingerprint);
        let graph = AssetGraph::from_columns(header, topology, locations, rows, fingerprint, doubt);
        Ok(Self { sections, graph, lists_verified: OnceLock::new() })
    }

    /// Returns the number of assets.
    pub fn len(&self) -> usize {
        self.graph.len()
    }

    /// Returns whether it holds no asset.
    pub fn is_empty(&self) -> bool {
        self.graph.is_empty()
    }

    /// Returns the fingerprint of all definitions together, as the file states it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.graph.fingerprint()
    }

    /// Returns where the definitions come from.
    pub fn provenance(&self) -> &Provenance {
        self.graph.provenance()
    }

    /// Returns what differs between this snapshot, as base, and another one, as [`diff`] does.
    ///
    /// Blocks of definitions that are the same in both are passed over by their fingerprints.
    ///
    /// # Errors
    /// [`ColumnarError::Damaged`] if anything that was read is not what was written.
    pub fn diff(&self, head: &Self, options: &DiffOptions) -> Result<ChangeSet, ColumnarError> {
        self.verify_lists()?;
        head.verify_lists()?;
        for side in [self, head] {
            side.graph.allow_reading(FREE.saturating_add(side.sections.size().saturating_mul(MOST_READS)));
        }
        let changes = diff(&self.graph, &head.graph, options);
        self.graph
            .found_damage()
            .or_else(|| head.graph.found_damage())
            .map_or(Ok(changes), |section| Err(ColumnarError::Damaged { section }))
    }

    /// Compares everything with its digest, and the columns with each other. Costs O(n).
    ///
    /// # Errors
    /// [`ColumnarError::Damaged`] with the first section that is not what was written, or that holds what
    /// is never written: whoever made the file, what is verified can be used.
    pub fn verify(&self) -> Result<(), ColumnarError> {
        Section::ALL.iter().try_for_each(|&section| self.sections.verify(section))?;
        structure::verify(&self.graph)?;
        self.graph.allow_reading(u64::MAX);
        let is_right = self.sections.get(Section::Undefined)? == write::undefined(&self.graph);
        is_right.then_some(()).ok_or(ColumnarError::Damaged { section: Section::Undefined.name() })
    }

    /// Returns the graph that the columns are, once they are [verified](Self::verify); nothing is copied.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn into_graph(self) -> Result<AssetGraph, ColumnarError> {
        self.verify()?;
        Ok(self.graph.without_doubt())
    }

    /// Verifies what a comparison looks up without a fingerprint to hold it against.
    fn verify_lists(&self) -> Result<(), ColumnarError> {
        let verify = |sections: &[Section]| sections.iter().try_for_each(|&s| self.sections.verify(s));
        let verify = || {
            if !self.graph.rows().are_assets() || self.graph.locations().len() > 1 {
                verify(&[Section::FirstRows, Section::RowLocations])?;
                structure::verify_rows(&self.graph)?;
            }
            if self.graph.node_count() > self.graph.len() {
                // What depends on undefined upstreams is told whatever changed.
                verify(&[Section::KeyEnds, Section::Keys, Section::DownstreamEnds, Section::Downstream])?;
                structure::verify_readers(&self.graph)?;
            }
            Ok(())
        };
        self.lists_verified.get_or_init(verify).clone()
    }
}

impl std::fmt::Debug for ColumnarSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColumnarSnapshot({} assets, {})", self.len(), self.fingerprint())
    }
}
