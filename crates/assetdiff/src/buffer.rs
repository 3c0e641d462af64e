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

/// Brings bytes near that are read soon. The processor fetches what is asked for together side by side: it does
/// not have to wait for one place of memory after the other.
pub(crate) fn fetch(bytes: &[u8]) {
    const LINE: usize = 64;
    /// Who reads a long text waits for its first lines only.
    const LINES: usize = 128;
    for line in bytes.chunks(LINE).take(LINES) {
        std::hint::black_box(line.first().copied());
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
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for item in texts {
            text.extend_from_slice(item);
            ends.push(text.len() as u64);
        }
        Self { text: text.into(), ends: ends.into() }
    }

    /// Returns one text; of a damaged file, an empty one.
    pub(crate) fn get(&self, index: usize) -> &str {
        std::str::from_utf8(self.bytes(index)).unwrap_or_default()
    }

    pub(crate) fn bytes(&self, index: usize) -> &[u8] {
        let start = if index == 0 { Some(0) } else { self.ends.get(index - 1).copied() };
        let range = start.zip(self.ends.get(index).copied()).map(|(start, end)| start as usize..end as usize);
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// Brings near what tells where a text lies.
    pub(crate) fn fetch_place(&self, index: usize) {
        std::hint::black_box(self.ends.get(index).copied());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Searches a range in which the texts are sorted.
    pub(crate) fn find(&self, range: Range<usize>, text: &str) -> Option<usize> {
        let at = self.first_from(range.clone(), text);
        (at < range.end && self.bytes(at) == text.as_bytes()).then_some(at)
    }

    /// Searches many texts, which are quicker to find together if they are sorted themselves.
    pub(crate) fn find_all(&self, range: Range<usize>, texts: &[&str]) -> Vec<Option<usize>> {
        if !texts.is_sorted() {
            return texts.iter().map(|text| self.find(range.clone(), text)).collect();
        }
        let mut firsts = vec![0; texts.len()];
        self.first_from_each(range.clone(), texts, &mut firsts);
        let is_there = |at: usize, text: &str| at < range.end && self.bytes(at) == text.as_bytes();
        firsts.into_iter().zip(texts).map(|(at, text)| Some(at).filter(|&at| is_there(at, text))).collect()
    }

    /// The first of a range of sorted texts that is not before a text; its end if all are.
    fn first_from(&self, range: Range<usize>, text: &str) -> usize {
        let Range { start: mut low, end: mut high } = range;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.bytes(middle).cmp(text.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return middle,
                Ordering::Greater => high = middle,
            }
        }
        low
    }

    /// Where the text in the middle stands bounds where those on either side of it can be.
    fn first_from_each(&self, range: Range<usize>, texts: &[&str], firsts: &mut [usize]) {
        let middle = texts.len() / 2;
        let (Some(text), Some(first)) = (texts.get(middle), firsts.get_mut(middle)) else { return };
        let at = self.first_from(range.clone(), text);
        *first = at;
        self.first_from_each(range.start..at, &texts[..middle], &mut firsts[..middle]);
        self.first_from_each(at..range.end, &texts[middle + 1..], &mut firsts[middle + 1..]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_searched_together_are_found_as_each_alone() {
        let texts: Vec<String> = (0..200).map(|n| format!("{:03}", n * 3 / 2 * 2)).collect();
        let column = TextColumn::of(texts.iter().map(String::as_bytes));
        let mut wanted: Vec<String> = (0..620).map(|n| format!("{n:03}")).chain([String::new()]).collect();
        for is_sorted in [false, true] {
            if is_sorted {
                wanted.sort();
            }
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
            assert_eq!(wanted.is_sorted(), is_sorted);
            for range in [0..200, 20..60, 5..6, 7..7] {
                let found = column.find_all(range.clone(), &wanted);
                for (at, text) in found.into_iter().zip(&wanted) {
                    let is_there = texts[range.clone()].iter().any(|other| other == text);
                    assert_eq!(
                        at.map(|at| texts[at].as_str()),
                        is_there.then_some(*text),
                        "{range:?} {text}"
                    );
                    assert!(at.is_none_or(|at| range.contains(&at)));
                }
            }
        }
    }
}
