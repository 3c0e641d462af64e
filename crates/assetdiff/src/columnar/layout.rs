//! Where what stands in a columnar snapshot: sections, and at the end a directory of them.
//!
//! ```text
//! magic                             8 bytes
//! sections, each at a multiple of 64 bytes
//! directory: an entry of 48 bytes for each section
//! footer: offset and count of the entries, version, digest of the directory, magic    64 bytes
//! ```

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use bytes::Bytes;

use super::ColumnarError;
use crate::fingerprint::{Fingerprint, Hasher};

pub(super) const MAGIC: [u8; 8] = *b"\x89ASSETS\n";

/// Readers refuse another major version, and pass over sections that they don't know.
const VERSION: [u16; 2] = [1, 0];

const ALIGNMENT: u64 = 64;
const ENTRY: usize = 48;
const FOOTER: usize = 64;

/// More is no directory that a version 1.x writes.
const MAX_SECTIONS: u32 = 1024;

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $size:literal, $text:literal;)*) => {
        /// The sections, each with its number and the size of its elements.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Section { $($(#[$doc])* $name = $id,)* }

        impl Section {
            pub(super) const ALL: &[Self] = &[$(Self::$name),*];

            /// The bytes of one element.
            pub(super) const fn size(self) -> u32 {
                match self { $(Self::$name => $size,)* }
            }

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

sections! {
    /// A snapshot in JSON without assets: provenance, and members that nobody knows.
    Header = 1, 1, "header";
    /// The code locations in order: a JSON list of texts, `null` for the unstated one.
    Locations = 2, 1, "locations";
    /// The fingerprint of all definitions.
    Fingerprint = 3, 16, "fingerprint";
    /// For each definition, by key and code location, its fingerprint.
    Fingerprints = 4, 16, "fingerprints";
    /// For each asset the first of its definitions, then their number.
    FirstRows = 5, 4, "first_rows";
    /// For each definition the number of its code location.
    RowLocations = 6, 4, "row_locations";
    /// For each definition where its canonical text starts.
    RecordStarts = 7, 8, "record_starts";
    /// For each definition the bytes of its canonical text.
    RecordLengths = 8, 4, "record_lengths";
    /// For each definition 32 bits of the fingerprint of each of its aspects, in the order of their names.
    Aspects = 9, 72, "aspects";
    /// For each asset the fingerprint of its key: of its components, joined by NUL.
    KeyFingerprints = 10, 16, "key_fingerprints";
    /// For each key, of assets and then of undefined upstreams, where its text ends.
    KeyEnds = 11, 8, "key_ends";
    /// The keys: their components, joined by NUL.
    Keys = 12, 1, "keys";
    /// For each key where the list of what it reads ends.
    UpstreamEnds = 13, 4, "upstream_ends";
    /// What the keys read, as numbers of keys.
    Upstream = 14, 4, "upstream";
    /// For each key where the list of what reads it ends.
    DownstreamEnds = 15, 4, "downstream_ends";
    /// What reads the keys, as numbers of keys.
    Downstream = 16, 4, "downstream";
    /// The numbers of all keys, each after those that it reads.
    Order = 17, 4, "order";
    /// The numbers of the assets of which only checks can be run.
    CheckOnly = 18, 4, "check_only";
    /// For each block of assets where it ends.
    BlockEnds = 19, 4, "block_ends";
    /// For each block the fingerprint of the fingerprints of its definitions.
    BlockFingerprints = 20, 16, "block_fingerprints";
    /// The canonical texts of the definitions.
    Records = 21, 1, "records";
    /// The undefined upstreams, each with the assets that read it: a JSON list of pairs, by key.
    Undefined = 22, 1, "undefined";
}

/// Writes sections one after the other, and the directory behind them.
pub(super) struct SectionWriter<W> {
    out: W,
    written: u64,
    directory: Vec<u8>,
}

impl<W: Write> SectionWriter<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        Ok(Self { out, written: MAGIC.len() as u64, directory: Vec::new() })
    }

    /// Writes a section whose bytes come in pieces.
    pub(super) fn pieces<'b>(
        &mut self,
        section: Section,
        pieces: impl Iterator<Item = &'b [u8]>,
    ) -> io::Result<()> {
        self.align()?;
        let start = self.written;
        let mut hasher = Hasher::default();
        for piece in pieces {
            hasher.update(piece);
            self.out.write_all(piece)?;
            self.written += piece.len() as u64;
        }
        self.directory.extend_from_slice(&(section as u32).to_le_bytes());
        self.directory.extend_from_slice(&section.size().to_le_bytes());
        self.directory.extend_from_slice(&start.to_le_bytes());
        self.directory.extend_from_slice(&(self.written - start).to_le_bytes());
        self.directory.extend_from_slice(&[0; 8]);
        self.directory.extend_from_slice(hasher.finish().as_bytes());
        Ok(())
    }

    pub(super) fn section<T: bytemuck::NoUninit>(
        &mut self,
        section: Section,
        values: &[T],
    ) -> io::Result<()> {
        self.pieces(section, std::iter::once(bytemuck::cast_slice(values)))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.align()?;
        let mut footer = [0; FOOTER];
        footer[..8].copy_from_slice(&self.written.to_le_bytes());
        footer[8..12].copy_from_slice(&((self.directory.len() / ENTRY) as u32).to_le_bytes());
        footer[12..14].copy_from_slice(&VERSION[0].to_le_bytes());
        footer[14..16].copy_from_slice(&VERSION[1].to_le_bytes());
        footer[16..32].copy_from_slice(Fingerprint::of(&self.directory).as_bytes());
        footer[56..].copy_from_slice(&MAGIC);
        self.out.write_all(&self.directory)?;
        self.out.write_all(&footer)?;
        self.out.flush()
    }

    fn align(&mut self) -> io::Result<()> {
        let gap = self.written.next_multiple_of(ALIGNMENT) - self.written;
        self.out.write_all(&[0; ALIGNMENT as usize][..gap as usize])?;
        self.written += gap;
        Ok(())
    }
}

/// Where a section lies, and the digest of its bytes.
struct Entry {
    range: Range<u64>,
    digest: Fingerprint,
}

/// Where the sections of a file lie: within it. Their contents are not looked at.
pub(super) struct Directory(BTreeMap<u32, Entry>);

impl Directory {
    /// The most bytes at the end of a file in which its directory stands.
    pub(super) const MAX_BYTES: u64 = (MAX_SECTIONS as usize * ENTRY + FOOTER) as u64;

    /// Reads the directory of a file, given how it begins, how it ends, and its size.
    pub(super) fn read(first: &[u8], last: &[u8], size: u64) -> Result<Self, ColumnarError> {
        if cfg!(target_endian = "big") {
            return Err(ColumnarError::BigEndian);
        }
        if !first.starts_with(&MAGIC) {
            return Err(ColumnarError::NotColumnar);
        }
        let Some((rest, footer)) = last.split_last_chunk::<FOOTER>().filter(|(_, end)| end.ends_with(&MAGIC))
        else {
            return Err(ColumnarError::Truncated);
        };
        let (start, count) = (number(&footer[0..8]), number(&footer[8..12]) as u32);
        let (major, minor) = (number(&footer[12..14]) as u16, number(&footer[14..16]) as u16);
        if major != VERSION[0] {
            return Err(ColumnarError::Version { major, minor });
        }
        let damaged = ColumnarError::Damaged { section: "directory" };
        if count > MAX_SECTIONS {
            return Err(damaged);
        }
        let length = count as usize * ENTRY;
        let is_before_footer = start.checked_add((length + FOOTER) as u64) == Some(size);
        let directory = rest.len().checked_sub(length).and_then(|start| rest.get(start..));
        let Some(directory) = directory.filter(|_| is_before_footer) else { return Err(damaged) };
        if Fingerprint::of(directory).as_bytes() != &footer[16..32] {
            return Err(damaged);
        }
        let mut entries = BTreeMap::new();
        for entry in directory.chunks_exact(ENTRY) {
            let id = number(&entry[0..4]) as u32;
            let (offset, length) = (number(&entry[8..16]), number(&entry[16..24]));
            let end = offset.checked_add(length).filter(|&end| end <= start);
            let is_aligned = offset % ALIGNMENT == 0 && offset >= MAGIC.len() as u64;
            let (Some(end), true) = (end, is_aligned) else { return Err(damaged) };
            let mut digest = [0; 16];
            digest.copy_from_slice(&entry[32..]);
            let known = Section::ALL.iter().find(|section| **section as u32 == id);
            let entry_of = Entry { range: offset..end, digest: Fingerprint::from_bytes(digest) };
            if known.is_some_and(|section| number(&entry[4..8]) != u64::from(section.size()))
                || entries.insert(id, entry_of).is_some()
            {
                return Err(damaged);
            }
        }
        Ok(Self(entries))
    }

    /// Returns where a section lies: a whole number of elements.
    pub(super) fn range(&self, section: Section) -> Result<Range<u64>, ColumnarError> {
        let entry = self.0.get(&(section as u32)).map(|entry| entry.range.clone());
        let range = entry.filter(|range| (range.end - range.start).is_multiple_of(section.size().into()));
        range.ok_or(ColumnarError::Damaged { section: section.name() })
    }

    /// Compares the bytes of a section with its digest.
    pub(super) fn verify(&self, section: Section, bytes: &[u8]) -> Result<(), ColumnarError> {
        let digest = self.0.get(&(section as u32)).map(|entry| entry.digest);
        let is_right = digest == Some(Fingerprint::of(bytes));
        is_right.then_some(()).ok_or(ColumnarError::Damaged { section: section.name() })
    }
}

/// Returns a little-endian number of at most 8 bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The sections of a file in memory.
pub(super) struct Sections {
    bytes: Bytes,
    directory: Directory,
}

impl Sections {
    /// Reads the directory of a file. Costs the same for any size of file.
    pub(super) fn open(bytes: Bytes) -> Result<Self, ColumnarError> {
        let directory = Directory::read(&bytes, &bytes, bytes.len() as u64)?;
        Ok(Self { bytes, directory })
    }

    /// Returns how many bytes the file has.
    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Returns the bytes of a section, a whole number of elements.
    pub(super) fn get(&self, section: Section) -> Result<Bytes, ColumnarError> {
        let range = self.directory.range(section)?;
        let bytes = self.bytes.slice(range.start as usize..range.end as usize);
        // Sections lie at multiples of 64 bytes of the file; the file must lie at one of 8 in memory.
        if bytes.as_ptr().align_offset(8) != 0 && !bytes.is_empty() {
            return Err(ColumnarError::Unaligned);
        }
        Ok(bytes)
    }

    /// Compares a section with its digest.
    pub(super) fn verify(&self, section: Section) -> Result<(), ColumnarError> {
        self.directory.verify(section, &self.get(section)?)
    }
}
