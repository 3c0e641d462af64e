//! Texts, each kept once and known by its number.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Different texts in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Interner {
    texts: Vec<u8>,
    ends: Vec<u64>,
    numbers: HashTable<Entry>,
    hasher: DefaultHashBuilder,
}

/// A number with the hash of its text, so that the text is looked at only where it is most likely the one.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    number: u32,
}

impl Entry {
    /// The table takes its place from the low bits and a mark from the high ones.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl Interner {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, number: usize) -> &[u8] {
        text_of(&self.texts, &self.ends, number)
    }

    pub(super) fn find(&self, text: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(text) as u32;
        let is_it = |entry: &Entry| entry.hash == hash && self.get(entry.number as usize) == text;
        self.numbers.find(Entry::spread(hash), is_it).map(|entry| entry.number)
    }

    /// Returns the number of a text; a new one gets the next number, which is the [`len`](Self::len) before.
    pub(super) fn number(&mut self, text: &[u8]) -> u32 {
        let Self { texts, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text) as u32;
        let is_it = |entry: &Entry| entry.hash == hash && text_of(texts, ends, entry.number as usize) == text;
        if let Some(entry) = numbers.find(Entry::spread(hash), is_it) {
            return entry.number;
        }
        let number = ends.len() as u32;
        texts.extend_from_slice(text);
        ends.push(texts.len() as u64);
        numbers.insert_unique(Entry::spread(hash), Entry { hash, number }, |entry| Entry::spread(entry.hash));
        number
    }

    pub(super) fn shrink(&mut self) {
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.numbers.shrink_to_fit(|entry| Entry::spread(entry.hash));
    }
}

fn text_of<'a>(texts: &'a [u8], ends: &[u64], number: usize) -> &'a [u8] {
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &texts[start as usize..ends[number] as usize]
}
