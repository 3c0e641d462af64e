//! Compares columnar snapshots that lie elsewhere: of each only the parts that differ are fetched.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::ops::Range;

use super::ColumnarError;
use super::layout::{Directory, MAGIC, Section};
use crate::asset::AssetDefinition;
use crate::diff::{ChangeSet, DiffOptions, GraphPart};
use crate::fingerprint::Fingerprint;
use crate::graph::{GraphBuilder, LoadError};
use crate::key::AssetKey;
use crate::snapshot::{Limits, Provenance, read};

/// A file of which parts can be read, for example in object storage.
pub trait RangeRead {
    /// The bytes of a range.
    type Part: AsRef<[u8]>;

    /// Returns how many bytes the file has.
    fn size(&self) -> u64;

    /// Returns the bytes of some ranges, which are within the file, in their order.
    ///
    /// Many are asked for at once and few times, so that they can be fetched side by side, and neighbours together.
    ///
    /// # Errors
    /// Whatever keeps it from reading them all.
    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Self::Part>>;
}

/// A file that is in memory or mapped, beside one that is not.
impl<'a> RangeRead for &'a [u8] {
    type Part = &'a [u8];

    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<&'a [u8]>> {
        let part = |range: &Range<u64>| self.get(range.start as usize..range.end as usize);
        ranges.iter().map(part).collect::<Option<_>>().ok_or(io::ErrorKind::UnexpectedEof.into())
    }
}

/// A columnar snapshot of which only parts are read, as [`ColumnarSnapshot`](super::ColumnarSnapshot) is mapped.
///
/// A comparison fetches the digests of all blocks (20 bytes for 64 assets), of blocks that differ 50 bytes an asset,
/// and of assets that differ their definitions; besides, the undefined upstreams with what reads them. That is
/// five requests for ranges of each file, whatever its size.
///
/// ```
/// use std::{io, ops::Range};
///
/// use assetdiff::{AssetGraph, DiffOptions, Limits, RangeRead, RangedSnapshot};
///
/// /// Stands for a file that is far away.
/// struct Far(Vec<u8>);
///
/// impl RangeRead for Far {
///     type Part = Vec<u8>;
///
///     fn size(&self) -> u64 {
///         self.0.len() as u64
///     }
///
///     fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Vec<u8>>> {
///         Ok(ranges.iter().map(|range| self.0[range.start as usize..range.end as usize].to_vec()).collect())
///     }
/// }
///
/// let store = |json: &[u8]| -> Result<Far, Box<dyn std::error::Error>> {
///     let mut file = Vec::new();
///     AssetGraph::from_json(json, &Limits::default())?.write_columns(&mut file)?;
///     Ok(Far(file))
/// };
/// let base = store(br#"{"format_version": "1.0", "assets": [{"key": ["a"]}]}"#)?;
/// let head = store(br#"{"format_version": "1.0", "assets": [{"key": ["a"], "group": "g"}]}"#)?;
/// let (base, head) = (RangedSnapshot::open(base)?, RangedSnapshot::open(head)?);
/// let changes = base.diff(&head, &DiffOptions::default(), &Limits::default())?;
/// assert_eq!(changes.summary().modified, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RangedSnapshot<R> {
    file: R,
    directory: Directory,
    provenance: Provenance,
    fingerprint: Fingerprint,
    blocks: Vec<Block>,
    undefined: BTreeMap<AssetKey, Vec<AssetKey>>,
}

/// Why parts of a columnar snapshot could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RangedError {
    /// They could not be fetched.
    #[error("cannot read: {0}")]
    Read(#[from] io::Error),
    /// They are not what was written.
    #[error(transparent)]
    Columnar(#[from] ColumnarError),
    /// The definitions that differ are too many or too large.
    #[error(transparent)]
    Load(LoadError),
}

/// Which of two snapshots could not be read, and why.
#[derive(Debug, thiserror::Error)]
pub enum RangedDiffError {
    /// It is base.
    #[error("base: {0}")]
    Base(RangedError),
    /// It is head.
    #[error("head: {0}")]
    Head(RangedError),
}

/// A run of assets.
struct Block {
    assets: Range<u64>,
    fingerprint: [u8; 16],
}

/// An asset in a block that differs.
struct Asset {
    key: [u8; 16],
    fingerprints: Vec<[u8; 16]>,
    /// Where the canonical texts of its definitions lie in the file.
    texts: Vec<Range<u64>>,
}

type Result<T, E = RangedError> = std::result::Result<T, E>;

impl<R: RangeRead> RangedSnapshot<R> {
    /// Opens a snapshot: reads its directory, the digests of its blocks and its undefined upstreams.
    ///
    /// # Errors
    /// [`RangedError`] if the file cannot be read or is no such snapshot.
    pub fn open(file: R) -> Result<Self> {
        let size = file.size();
        let ends = [0..size.min(MAGIC.len() as u64), size.saturating_sub(Directory::MAX_BYTES)..size];
        let [first, last] = fetch(&file, ends)?;
        let directory = Directory::read(first.as_ref(), last.as_ref(), size)?;
        let wanted = [
            Section::Header,
            Section::Fingerprint,
            Section::BlockEnds,
            Section::BlockFingerprints,
            Section::Undefined,
        ];
        let mut ranges = [const { 0..0 }; 5];
        for (range, section) in ranges.iter_mut().zip(wanted) {
            *range = directory.range(section)?;
        }
        let parts = fetch(&file, ranges)?;
        for (section, part) in wanted.into_iter().zip(&parts) {
            directory.verify(section, part.as_ref())?;
        }
        let [header, fingerprint, ends, fingerprints, undefined] = parts.each_ref().map(AsRef::as_ref);
        let header = read(header, &Limits::default(), &mut |_| Ok(()));
        let provenance = header.map_err(|_| damaged(Section::Header))?.provenance;
        let fingerprint = fingerprint.try_into().map_err(|_| damaged(Section::Fingerprint))?;
        let undefined: Vec<_> = serde_json::from_slice(undefined).map_err(|_| damaged(Section::Undefined))?;
        let mut snapshot = Self {
            file,
            directory,
            provenance,
            fingerprint: Fingerprint::from_bytes(fingerprint),
            blocks: Vec::new(),
            undefined: undefined.into_iter().collect(),
        };
        let mut start = 0;
        for (end, fingerprint) in numbers::<4>(ends).zip(fingerprints.as_chunks::<16>().0) {
            snapshot.blocks.push(Block { assets: start..end, fingerprint: *fingerprint });
            start = end;
        }
        let is_in_order = snapshot.blocks.iter().all(|block| block.assets.start < block.assets.end);
        let is_whole = is_in_order && start == snapshot.count(Section::KeyFingerprints)?;
        if is_whole { Ok(snapshot) } else { Err(damaged(Section::BlockEnds).into()) }
    }

    /// Returns the file.
    pub fn file(&self) -> &R {
        &self.file
    }

    /// Returns what differs between this snapshot, as base, and another one, as [`diff`](crate::diff) does.
    ///
    /// What is fetched is held against fingerprints: of a damaged file comes an error or the right answer. The limits
    /// are those of the definitions that differ.
    ///
    /// # Errors
    /// [`RangedDiffError`], which names the side.
    pub fn diff<S: RangeRead>(
        &self,
        head: &RangedSnapshot<S>,
        options: &DiffOptions,
        limits: &Limits,
    ) -> Result<ChangeSet, RangedDiffError> {
        let old = self.assets_in(&self.blocks_beside(head)).map_err(RangedDiffError::Base)?;
        let new = head.assets_in(&head.blocks_beside(self)).map_err(RangedDiffError::Head)?;
        let (old_part, new_part) = (beside(&old, &new), beside(&new, &old));
        let old = self.part(&old_part, limits).map_err(RangedDiffError::Base)?;
        let new = head.part(&new_part, limits).map_err(RangedDiffError::Head)?;
        Ok(old.diff(&new, options))
    }

    /// The blocks that another snapshot has not.
    fn blocks_beside<S>(&self, other: &RangedSnapshot<S>) -> Vec<&Block> {
        let theirs: HashSet<_> = other.blocks.iter().map(|block| block.fingerprint).collect();
        self.blocks.iter().filter(|block| !theirs.contains(&block.fingerprint)).collect()
    }

    /// Fetches what tells which assets of some blocks differ, and where they are.
    fn assets_in(&self, blocks: &[&Block]) -> Result<Vec<Asset>> {
        let mut stretches: Vec<Range<u64>> = Vec::new();
        for block in blocks {
            match stretches.last_mut() {
                Some(last) if last.end == block.assets.start => last.end = block.assets.end,
                _ => stretches.push(block.assets.clone()),
            }
        }
        // For each stretch the first definition of each of its assets, and then where those of the last one end.
        let firsts = stretches.iter().map(|stretch| stretch.start..stretch.end + 1);
        let firsts = self.elements(firsts.map(|range| (Section::FirstRows, range)))?;
        let firsts: Vec<Vec<u64>> = firsts.iter().map(|part| numbers::<4>(part.as_ref()).collect()).collect();
        let rows = self.count(Section::Fingerprints)?;
        let mut wanted = Vec::new();
        for (stretch, firsts) in stretches.iter().zip(&firsts) {
            let (Some(&start), Some(&end)) = (firsts.first(), firsts.last()) else { continue };
            if !firsts.is_sorted_by(|a, b| a < b) || end > rows {
                return Err(damaged(Section::FirstRows).into());
            }
            wanted.push((Section::KeyFingerprints, stretch.clone()));
            for section in [Section::Fingerprints, Section::RecordStarts, Section::RecordLengths] {
                wanted.push((section, start..end));
            }
        }
        let mut parts = self.elements(wanted.into_iter())?.into_iter();
        let records = self.directory.range(Section::Records)?;
        let mut assets = Vec::new();
        // Texts follow each other as their definitions do: no byte is fetched for two of them.
        let mut fetched = 0;
        for firsts in &firsts {
            let [keys, fingerprints, starts, lengths] = std::array::from_fn(|_| parts.next());
            let [Some(keys), Some(fingerprints), Some(starts), Some(lengths)] =
                [&keys, &fingerprints, &starts, &lengths].map(|part| part.as_ref().map(AsRef::as_ref))
            else {
                break;
            };
            let mut rows = (fingerprints.as_chunks::<16>().0.iter())
                .zip(numbers::<8>(starts).zip(numbers::<4>(lengths)));
            for (key, ends) in keys.as_chunks::<16>().0.iter().zip(firsts.windows(2)) {
                let mut asset = Asset { key: *key, fingerprints: Vec::new(), texts: Vec::new() };
                for (fingerprint, (start, length)) in rows.by_ref().take((ends[1] - ends[0]) as usize) {
                    let end = start.checked_add(length).filter(|&end| end <= records.end - records.start);
                    let end = end.filter(|_| start >= fetched).ok_or(damaged(Section::RecordStarts))?;
                    fetched = end;
                    asset.fingerprints.push(*fingerprint);
                    asset.texts.push(records.start + start..records.start + end);
                }
                assets.push(asset);
            }
        }
        let mut rest = &*assets;
        for block in blocks {
            let (of_block, others) = rest.split_at((block.assets.end - block.assets.start) as usize);
            rest = others;
            let fingerprints: Vec<_> =
                of_block.iter().flat_map(|asset| &asset.fingerprints).copied().collect();
            if *Fingerprint::of(fingerprints.as_flattened()).as_bytes() != block.fingerprint {
                return Err(damaged(Section::Fingerprints).into());
            }
        }
        Ok(assets)
    }

    /// Fetches the definitions of assets.
    fn part(&self, assets: &[&Asset], limits: &Limits) -> Result<GraphPart> {
        let ranges: Vec<_> = assets.iter().flat_map(|asset| asset.texts.iter().cloned()).collect();
        let texts = fetch_all(&self.file, &ranges)?;
        let fingerprints = assets.iter().flat_map(|asset| &asset.fingerprints);
        let mut builder = GraphBuilder::new(limits.clone());
        for (fingerprint, text) in fingerprints.zip(&texts) {
            let is_right = Fingerprint::of(text.as_ref()).as_bytes() == fingerprint;
            let definition = is_right.then(|| serde_json::from_slice::<AssetDefinition>(text.as_ref()).ok());
            let definition = definition.flatten().ok_or(damaged(Section::Records))?;
            builder.push(definition).map_err(|limit| RangedError::Load(limit.into()))?;
        }
        let graph = builder.finish(self.provenance.clone(), BTreeMap::new());
        Ok(GraphPart {
            graph: graph.map_err(|error| RangedError::Load(error.into()))?,
            undefined: self.undefined.clone(),
            fingerprint: self.fingerprint,
            assets: self.count(Section::KeyFingerprints)?,
        })
    }

    /// The number of elements of a section.
    fn count(&self, section: Section) -> Result<u64> {
        let range = self.directory.range(section)?;
        Ok((range.end - range.start) / u64::from(section.size()))
    }

    /// Fetches some elements of sections.
    fn elements(&self, wanted: impl Iterator<Item = (Section, Range<u64>)>) -> Result<Vec<R::Part>> {
        let range = |(section, elements): (Section, Range<u64>)| -> Result<Range<u64>> {
            if elements.end > self.count(section)? {
                return Err(damaged(section).into());
            }
            let (start, size) = (self.directory.range(section)?.start, u64::from(section.size()));
            Ok(start + elements.start * size..start + elements.end * size)
        };
        fetch_all(&self.file, &wanted.map(range).collect::<Result<Vec<_>>>()?)
    }
}

impl<R> std::fmt::Debug for RangedSnapshot<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RangedSnapshot({})", self.fingerprint)
    }
}

/// The assets that others have not, or have otherwise.
fn beside<'a>(assets: &'a [Asset], others: &[Asset]) -> Vec<&'a Asset> {
    let others: HashMap<_, _> = others.iter().map(|asset| (asset.key, &asset.fingerprints)).collect();
    assets.iter().filter(|asset| others.get(&asset.key) != Some(&&asset.fingerprints)).collect()
}

const fn damaged(section: Section) -> ColumnarError {
    ColumnarError::Damaged { section: section.name() }
}

fn fetch_all<R: RangeRead>(file: &R, ranges: &[Range<u64>]) -> Result<Vec<R::Part>> {
    let parts = if ranges.is_empty() { Vec::new() } else { file.read_ranges(ranges)? };
    let is_all = parts.len() == ranges.len()
        && parts
            .iter()
            .zip(ranges)
            .all(|(part, range)| part.as_ref().len() as u64 == range.end - range.start);
    // Whoever answers with less has another file, or cuts it off.
    if is_all { Ok(parts) } else { Err(ColumnarError::Truncated.into()) }
}

fn fetch<R: RangeRead, const N: usize>(file: &R, ranges: [Range<u64>; N]) -> Result<[R::Part; N]> {
    fetch_all(file, &ranges)?.try_into().map_err(|_| ColumnarError::Truncated.into())
}

/// Reads little-endian numbers of `N` bytes.
fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let number = |bytes: &[u8; N]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
    bytes.as_chunks::<N>().0.iter().map(number)
}
