//! The canonical texts of definitions, in pieces that graphs can share.

use bytes::Bytes;

/// Texts one after the other, in a few pieces of memory; each text is within one of them.
#[derive(Clone, Default)]
pub(crate) struct Records {
    pieces: Vec<Bytes>,
    /// Where each piece ends, counted from the start of the first.
    ends: Vec<u64>,
}

impl Records {
    pub(crate) fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Returns a text by where it starts; of a damaged file, an empty one.
    pub(crate) fn get(&self, start: u64, len: u32) -> &[u8] {
        let piece = self.ends.partition_point(|&end| end <= start);
        let Some(bytes) = self.pieces.get(piece) else { return &[] };
        let before = if piece == 0 { 0 } else { self.ends[piece - 1] };
        let start = (start - before) as usize;
        start.checked_add(len as usize).and_then(|end| bytes.get(start..end)).unwrap_or_default()
    }

    /// Takes further texts.
    pub(crate) fn push(&mut self, piece: impl Into<Bytes>) {
        let piece = piece.into();
        if !piece.is_empty() {
            self.ends.push(self.len() + piece.len() as u64);
            self.pieces.push(piece);
        }
    }

    /// Takes all texts of others behind its own.
    pub(crate) fn append(&mut self, others: Self) {
        others.pieces.into_iter().for_each(|piece| self.push(piece));
    }
}
