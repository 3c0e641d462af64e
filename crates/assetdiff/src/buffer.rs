//! Columns of numbers and texts, in memory of our own or in that of a file that someone mapped.

use std::cmp::Ordering;
use std::ops::{Deref, Range};

use bytemuck::Pod;
use bytes::Bytes;

/// Values of a fixed size, one after the other.
pub(crate) enum Buffer<T> {
    Owned(Vec<T>),
    /// Little-endian bytes. What does not fit the type is seen as no value at all.
    Stored(Bytes),
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl<T> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        Self::Owned(values)
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Owned(values) => values,
            Self::Stored(bytes) => bytemuck::try_cast_slice(bytes).unwrap_or_default(),
        }
    }
}

/// Texts one after the other in one piece of memory.
#[derive(Default)]
pub(crate) struct TextColumn {
    pub(crate) text: Buffer<u8>,
    pub(crate) ends: Buffer<u64>,
}

impl TextColumn {
    /// Returns the column of some texts.
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for item in texts {
            text.extend_from_slice(item.as_bytes());
            ends.push(text.len() as u64);
        }
        Self { text: text.into(), ends: ends.into() }
    }

    /// Returns one text; of a damaged file, an empty one.
    pub(crate) fn get(&self, index: usize) -> &str {
        let start = if index == 0 { Some(0) } else { self.ends.get(index - 1).copied() };
        let range = start.zip(self.ends.get(index).copied()).map(|(start, end)| start as usize..end as usize);
        let bytes = range.and_then(|range| self.text.get(range)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Searches a range in which the texts are sorted.
    pub(crate) fn find(&self, range: Range<usize>, text: &str) -> Option<usize> {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(text) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Searches a range in which the texts are sorted, from a place on: quicker if the text stands near it.
    pub(crate) fn find_near(&self, range: Range<usize>, near: usize, text: &str) -> Option<usize> {
        let is_before = |at: usize| at < range.end && self.get(at) < text;
        if near < range.start || !is_before(near) {
            return self.find(range.start..range.end.min(near.saturating_add(1)), text);
        }
        let (mut low, mut step) = (near, 1);
        while is_before(low + step) {
            low += step;
            step *= 2;
        }
        self.find(low + 1..range.end.min(low + step + 1), text)
    }
}

/// For each node the nodes next to it, sorted (compressed sparse rows).
#[derive(Default)]
pub(crate) struct Adjacency {
    pub(crate) ends: Buffer<u32>,
    pub(crate) nodes: Buffer<u32>,
}

impl Adjacency {
    pub(crate) fn of(&self, node: usize) -> &[u32] {
        let ends = &*self.ends;
        let start = if node == 0 { Some(&0) } else { ends.get(node - 1) };
        let range = start.zip(ends.get(node)).map(|(&start, &end)| start as usize..end as usize);
        range.and_then(|range| self.nodes.get(range)).unwrap_or_default()
    }
}
