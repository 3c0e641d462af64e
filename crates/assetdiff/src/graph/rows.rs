//! Definitions in columns: where each lies, and what identifies it.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::records::Records;
use crate::buffer::{Buffer, fetch};
use crate::fingerprint::{Fingerprint, Hasher};

/// The definitions of a graph, by key and code location.
#[derive(Default)]
pub(crate) struct Rows {
    /// For each asset the first of its rows, then the number of rows.
    pub(crate) first: Buffer<u32>,
    pub(crate) fingerprints: Buffer<[u8; 16]>,
    pub(crate) locations: Buffer<u32>,
    /// Where the canonical text of each row starts in the records.
    pub(crate) starts: Buffer<u64>,
    pub(crate) lens: Buffer<u32>,
    /// Canonical texts, in any order.
    pub(crate) records: Records,
    /// For each block of assets where it ends, and a fingerprint of it; only in columnar snapshots.
    pub(crate) block_ends: Buffer<u32>,
    pub(crate) block_fingerprints: Buffer<[u8; 16]>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// The rows of an asset; of a damaged file, none.
    pub(crate) fn of(&self, asset: usize) -> Range<usize> {
        if self.are_assets() {
            return asset..asset + 1;
        }
        match *self.first.get(asset..asset + 2).unwrap_or_default() {
            [start, end] => start as usize..(end as usize).min(self.len()),
            _ => 0..0,
        }
    }

    /// The asset of a row.
    pub(crate) fn asset(&self, row: usize) -> usize {
        if self.are_assets() {
            return row;
        }
        self.first.partition_point(|&first| first as usize <= row).saturating_sub(1)
    }

    /// Looks through `len` assets from one on beside the other's from another one on, where each asset has one definition, until
    /// `differing` is full; adds to it how far those are that differ, and returns how many were looked at.
    pub(crate) fn differing(
        &self,
        asset: usize,
        other: &Self,
        other_asset: usize,
        len: usize,
        differing: &mut Vec<usize>,
    ) -> usize {
        const TOGETHER: usize = 4;
        let mine = self.fingerprints.get(asset..).unwrap_or_default();
        let theirs = other.fingerprints.get(other_asset..).unwrap_or_default();
        let len = len.min(mine.len()).min(theirs.len());
        let (mine, theirs) = (&mine[..len], &theirs[..len]);
        let groups = mine.as_chunks::<TOGETHER>().0.iter().zip(theirs.as_chunks::<TOGETHER>().0);
        for (group, (a, b)) in groups.enumerate() {
            if a == b {
                continue;
            }
            let start = group * TOGETHER;
            differing.extend((0..TOGETHER).filter(|&index| a[index] != b[index]).map(|index| start + index));
            if differing.len() + TOGETHER > differing.capacity() {
                return start + TOGETHER;
            }
        }
        let rest = len - len % TOGETHER;
        differing.extend((rest..len).filter(|&index| mine[index] != theirs[index]));
        len
    }

    /// How many assets from one on, but not past an `end`, are the same as the other's from another one on;
    /// of those that more than one code location defines, at most one is looked at.
    pub(crate) fn equal_assets(&self, asset: usize, end: usize, other: &Self, other_asset: usize) -> usize {
        if self.are_assets() && other.are_assets() {
            let mine = self.fingerprints.get(asset..end.min(self.len())).unwrap_or_default();
            let theirs = other.fingerprints.get(other_asset..).unwrap_or_default();
            let both = mine.len().min(theirs.len());
            return mine.iter().zip(theirs).position(|(a, b)| a != b).unwrap_or(both);
        }
        let mine = self.fingerprints.get(self.of(asset)).unwrap_or_default();
        let theirs = other.fingerprints.get(other.of(other_asset)).unwrap_or_default();
        usize::from(!mine.is_empty() && mine == theirs)
    }

    /// Whether each asset has one definition: then its number is that of its row.
    pub(crate) fn are_assets(&self) -> bool {
        self.len() + 1 == self.first.len()
    }

    pub(crate) fn blocks(&self) -> Blocks<'_> {
        Blocks { ends: &self.block_ends, fingerprints: &self.block_fingerprints, start: 0 }
    }

    pub(crate) fn fingerprint(&self, row: usize) -> Fingerprint {
        Fingerprint::from_bytes(self.fingerprints.get(row).copied().unwrap_or_default())
    }

    /// The canonical text of a row; of a damaged file, maybe none.
    pub(crate) fn record(&self, row: usize) -> &str {
        // Only text that this crate wrote is in the records.
        std::str::from_utf8(self.record_bytes(row)).unwrap_or_default()
    }

    pub(crate) fn fetch(&self, row: usize) {
        fetch(self.record_bytes(row));
    }

    pub(crate) fn record_bytes(&self, row: usize) -> &[u8] {
        let start = self.starts.get(row).copied().unwrap_or_default();
        self.records.get(start, self.lens.get(row).copied().unwrap_or_default())
    }

    /// The fingerprint of all definitions together, in order.
    pub(crate) fn fingerprint_of_all(&self) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.update(self.fingerprints.as_flattened());
        hasher.finish()
    }
}

/// Runs of assets that begin wherever the key says so: the same in every snapshot that holds the key.
pub(crate) struct Blocks<'a> {
    ends: &'a [u32],
    fingerprints: &'a [[u8; 16]],
    /// Where the first of the blocks starts.
    start: usize,
}

/// A block of assets.
pub(crate) struct Block {
    pub(crate) end: usize,
    pub(crate) fingerprint: [u8; 16],
}

impl Blocks<'_> {
    /// Returns the block that starts at an asset, none before the last one that was asked for.
    pub(crate) fn starting_at(&mut self, asset: usize) -> Option<Block> {
        loop {
            let (&[end, ref ends @ ..], [fingerprint, fingerprints @ ..]) = (self.ends, self.fingerprints)
            else {
                return None;
            };
            if self.start >= asset {
                let block = Block { end: end as usize, fingerprint: *fingerprint };
                return (self.start == asset && block.end > asset).then_some(block);
            }
            *self = Self { ends, fingerprints, start: end as usize };
        }
    }

    /// Returns where the next block starts after an asset that was asked for.
    pub(crate) fn next_start(&self, asset: usize) -> usize {
        match self.ends.first() {
            Some(&end) if self.start <= asset => end as usize,
            Some(_) => self.start,
            None => usize::MAX,
        }
    }
}

/// What is read is compared with its fingerprint, and a difference is noted: the rows lie in a file that
/// nobody has verified.
pub(crate) struct Doubt {
    key_fingerprints: Buffer<[u8; 16]>,
    /// So many bytes of text may still be read: in a file that was made for it, all texts may be the same long one.
    allowed: AtomicU64,
    /// The section that is not what was written.
    damaged: OnceLock<&'static str>,
}

impl Doubt {
    pub(crate) fn new(key_fingerprints: Buffer<[u8; 16]>) -> Self {
        Self { key_fingerprints, allowed: AtomicU64::new(0), damaged: OnceLock::new() }
    }

    /// Lets further bytes of text be read.
    pub(super) fn allow(&self, bytes: u64) {
        let more = |allowed: u64| Some(allowed.saturating_add(bytes));
        let _ = self.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    pub(super) fn damaged(&self) -> Option<&'static str> {
        self.damaged.get().copied()
    }

    pub(super) fn key<'a>(&self, asset: usize, joined: &'a [u8]) -> &'a [u8] {
        if self.is_right("keys", joined, self.key_fingerprints.get(asset)) { joined } else { &[] }
    }

    pub(super) fn record_bytes<'a>(&self, rows: &'a Rows, row: usize) -> &'a [u8] {
        let record = rows.record_bytes(row);
        if self.is_right("records", record, rows.fingerprints.get(row)) { record } else { &[] }
    }

    fn is_right(&self, section: &'static str, text: &[u8], expected: Option<&[u8; 16]>) -> bool {
        let take = |allowed: u64| allowed.checked_sub(text.len() as u64);
        let is_allowed = self.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        let is_right = is_allowed && expected == Some(Fingerprint::of(text).as_bytes());
        if !is_right {
            // The first one that is found is told.
            let _ = self.damaged.set(section);
        }
        is_right
    }
}
