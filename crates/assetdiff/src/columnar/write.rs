//! Writes a graph as columns.

use std::io::{self, Write};

use super::layout::{Section, SectionWriter};
use crate::diff::{Aspect, aspect_fingerprints};
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
use crate::snapshot::{canonical_bytes, write_snapshot};

/// One key in 64 begins a block, whatever stands around it: so an asset more or less changes one block.
const BLOCK_MASK: u8 = 63;

impl AssetGraph {
    /// Writes the snapshot as columns, which [`ColumnarSnapshot`](super::ColumnarSnapshot) compares and
    /// [`AssetGraph`] uses as they lie in a mapped file. docs/columnar.md describes them.
    ///
    /// The bytes depend only on the definitions and where they come from. Costs O(n) and 100 bytes of
    /// memory an asset.
    ///
    /// # Errors
    /// What the writer returns; [`io::ErrorKind::Unsupported`] on a machine that is not little-endian.
    pub fn write_columns(&self, out: impl Write) -> io::Result<()> {
        if cfg!(target_endian = "big") {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "expected a little-endian machine"));
        }
        let (rows, topology) = (self.rows(), self.topology());
        let mut out = SectionWriter::new(out)?;
        let mut header = Vec::new();
        write_snapshot(&mut header, self.provenance(), self.extra(), std::iter::empty::<()>())?;
        out.section(Section::Header, &header)?;
        out.section(Section::Locations, &canonical_bytes(&self.locations()))?;
        out.section(Section::Fingerprint, self.fingerprint().as_bytes())?;
        out.section(Section::Fingerprints, &rows.fingerprints)?;
        out.section(Section::FirstRows, &rows.first)?;
        out.section(Section::RowLocations, &rows.locations)?;
        let mut end = 0;
        let starts: Vec<u64> = rows.lens.iter().map(|&len| (end, end += u64::from(len)).0).collect();
        out.section(Section::RecordStarts, &starts)?;
        out.section(Section::RecordLengths, &rows.lens)?;
        let aspects: Vec<_> = (0..rows.len()).map(|row| aspects(rows.record(row))).collect();
        out.section(Section::Aspects, &aspects)?;
        drop(aspects);
        let keys: Vec<[u8; 16]> =
            (0..self.len()).map(|asset| key_fingerprint(self.joined_key(asset))).collect();
        out.section(Section::KeyFingerprints, &keys)?;
        out.section(Section::KeyEnds, &topology.keys().ends)?;
        out.section(Section::Keys, &topology.keys().text)?;
        out.section(Section::UpstreamEnds, &topology.upstream_lists().ends)?;
        out.section(Section::Upstream, &topology.upstream_lists().nodes)?;
        out.section(Section::DownstreamEnds, &topology.downstream_lists().ends)?;
        out.section(Section::Downstream, &topology.downstream_lists().nodes)?;
        out.section(Section::Order, topology.order())?;
        out.section(Section::CheckOnly, topology.check_only())?;
        let ends = block_ends(&keys);
        let mut start = 0;
        let digests: Vec<[u8; 16]> = ends
            .iter()
            .map(|&end| {
                let rows = rows.first[start] as usize..rows.first[end as usize] as usize;
                start = end as usize;
                *Fingerprint::of(self.rows().fingerprints[rows].as_flattened()).as_bytes()
            })
            .collect();
        out.section(Section::BlockEnds, &ends)?;
        out.section(Section::BlockFingerprints, &digests)?;
        out.section(Section::Undefined, &undefined(self))?;
        out.pieces(Section::Records, (0..rows.len()).map(|row| rows.record(row).as_bytes()))?;
        out.finish()
    }
}

/// Returns the undefined upstreams of a graph, each with the assets that read it.
pub(super) fn undefined(graph: &AssetGraph) -> Vec<u8> {
    let undefined = graph.undefined();
    let with_downstream: Vec<_> = undefined.iter().map(|key| (key, graph.downstream(key))).collect();
    canonical_bytes(&with_downstream)
}

pub(super) fn key_fingerprint(joined: &str) -> [u8; 16] {
    *Fingerprint::of(joined.as_bytes()).as_bytes()
}

/// Returns where each block of assets ends.
pub(super) fn block_ends(keys: &[[u8; 16]]) -> Vec<u32> {
    let begins = |(index, key): (usize, &[u8; 16])| (key[0] & BLOCK_MASK == 0).then_some(index as u32);
    let starts = keys.iter().enumerate().filter_map(begins).filter(|&start| start > 0);
    starts.chain((!keys.is_empty()).then_some(keys.len() as u32)).collect()
}

/// Returns 32 bits of the fingerprint of each aspect's canonical text, 0 for one that is left out;
/// of several unknown members, their sum.
pub(super) fn aspects(record: &str) -> [u32; Aspect::ALL.len()] {
    aspect_fingerprints(record).map(|fingerprint| fingerprint as u32)
}
