//! Compares two snapshots in JSON by reading only the definitions whose text is not in both.
//!
//! A text that is the same on both sides means the same, so nobody has to read it. This is exact for texts as
//! assetdiff writes them, line by line; all others are left to the reader of whole snapshots (`None`), and so
//! is everything that is wrong with a text, which that reader tells.

mod lockstep;
mod names;

use std::ops::Range;

use assetdiff::{AssetDefinition, AssetGraph, ChangeSet, Common, DiffOptions, Limits};
use memchr::memmem::{self, Finder};

use crate::both::both;
use lockstep::{Unmatched, record_text, unmatched};
pub(crate) use names::Mentions;

/// How a definition begins in the list of a snapshot that was written line by line; a line cannot begin
/// within a string.
const START: &[u8] = b"\n    {\n";

/// How the list of definitions ends.
const END: &[u8] = b"\n  ]";

/// Returns the change set of two snapshots; `None` if they must be read whole.
pub(crate) fn changes(base: &[u8], head: &[u8], limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
    let (base, head) = both(|| Written::of(base, limits), || Written::of(head, limits));
    let (base, head) = (base?, head?);
    let start = Finder::new(START);
    let Unmatched { base: old, head: new, matched } = unmatched(base.list(), head.list(), &start)?;
    let (base_part, head_part) = both(|| base.graph(&old, limits), || head.graph(&new, limits));
    let (base_part, head_part) = (base_part?, head_part?);
    let asked = Common::asked(&base_part, &head_part);
    let mut common = Common::default();
    if !asked.is_empty() {
        let mentions = Mentions::new("\"key\"", &asked);
        let (first, second) = halves(&matched);
        let named = |stretches: &[Range<usize>]| {
            let stretches = stretches.iter().map(|stretch| &head.list()[stretch.clone()]);
            stretches.map(|stretch| named_by(stretch, &mentions, &start)).collect::<Option<Vec<_>>>()
        };
        let (first, second) = both(|| named(first), || named(second));
        for definition in first?.into_iter().chain(second?).flatten() {
            common.add(&definition, &asked);
        }
    }
    common.between_parts(&base_part, &head_part, options)
}

/// Splits stretches into two lists of about as many bytes.
fn halves(stretches: &[Range<usize>]) -> (&[Range<usize>], &[Range<usize>]) {
    let all: usize = stretches.iter().map(Range::len).sum();
    let mut seen = 0;
    let middle = stretches.iter().position(|stretch| {
        seen += stretch.len();
        seen * 2 >= all
    });
    stretches.split_at(middle.map_or(0, |middle| middle + 1))
}

/// Returns the definitions of a stretch of records that name some keys.
fn named_by(stretch: &[u8], keys: &Mentions<'_>, start: &Finder<'_>) -> Option<Vec<AssetDefinition>> {
    let mut definitions = Vec::new();
    let mut end = 0;
    for at in keys.find(stretch)? {
        // Of several places in one record the first one brings it.
        if at < end {
            continue;
        }
        let from = memmem::rfind(&stretch[end..at], START).map_or(end, |found| end + found);
        end = start.find(&stretch[at..]).map_or(stretch.len(), |found| at + found);
        definitions.push(serde_json::from_slice(record_text(stretch, &(from..end))).ok()?);
    }
    Some(definitions)
}

/// A snapshot that was written line by line.
struct Written<'a> {
    text: &'a [u8],
    /// Where the definitions stand.
    list: Range<usize>,
}

impl<'a> Written<'a> {
    fn of(text: &'a [u8], limits: &Limits) -> Option<Self> {
        if text.len() as u64 > limits.max_bytes || !text.starts_with(b"{\n  \"format_version\": \"1.") {
            return None;
        }
        let start = memmem::find(text, START)?;
        if !text[..start].ends_with(b"\n  \"assets\": [") {
            return None;
        }
        let end = start + memmem::find(&text[start..], END)?;
        Some(Self { text, list: start..end })
    }

    fn list(&self) -> &'a [u8] {
        &self.text[self.list.clone()]
    }

    /// The graph of some of the definitions.
    fn graph(&self, records: &[Range<usize>], limits: &Limits) -> Option<AssetGraph> {
        let list = self.list();
        let mut text = self.text[..self.list.start].to_vec();
        for (index, record) in records.iter().enumerate() {
            text.extend_from_slice(if index == 0 { b"" } else { b"," });
            text.extend_from_slice(record_text(list, record));
        }
        text.extend_from_slice(&self.text[self.list.end..]);
        AssetGraph::from_json(&text, limits).ok()
    }
}
