//! Compares two snapshots in JSON by reading only the definitions whose text is not in both.
//!
//! A text that is the same on both sides means the same, so nobody has to read it. Texts as assetdiff writes
//! them, line by line, are compared byte by byte, others token by token. Everything that is wrong with a text is
//! left to the reader of whole snapshots (`None`), which tells it.

mod form;
mod graphs;
mod lockstep;
mod names;

use std::ops::Range;

use assetdiff::{AssetDefinition, AssetGraph, ChangeSet, Common, DiffOptions, JsonText, Limits};
use memchr::memmem;

use crate::both::both;
use crate::scan::{after_byte, end_of_string, end_of_value, space};
use form::{Form, Lines, Tokens, record_text};
use lockstep::{Unmatched, unmatched};
pub(crate) use names::Mentions;

/// How a definition begins in the list of a snapshot that was written line by line; a line cannot begin
/// within a string, and what is within a definition is indented further.
const START: &[u8] = b"\n    {\n";

/// How a definition ends there.
const CLOSE: &[u8] = b"\n    }";

/// How the list of definitions ends there.
const END: &[u8] = b"\n  ]";

/// Two snapshots as texts, with the records that only one of them has.
struct Compared<'a, F> {
    base: Side<'a>,
    head: Side<'a>,
    found: Unmatched,
    form: F,
}

/// A text, and the place of its list of definitions.
struct Side<'a> {
    text: &'a [u8],
    list: Range<usize>,
}

impl<'a, F: Form + Sync> Compared<'a, F> {
    /// The lists may be followed by more than the texts' other members.
    fn new([base, head]: [(&'a [u8], Range<usize>); 2], form: F) -> Option<Self> {
        let found = unmatched(&base.0[base.1.clone()], &head.0[head.1.clone()], &form)?;
        let side =
            |(text, list): (_, Range<usize>), length| Side { text, list: list.start..list.start + length };
        Some(Self { base: side(base, found.base_end), head: side(head, found.head_end), found, form })
    }
}

/// Returns the change set of two snapshots; `None` if they must be read whole.
pub(crate) fn changes(base: &[u8], head: &[u8], limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
    match lists(base, head, limits)? {
        (lists, true) => Compared::new(lists, Lines::new(START, CLOSE))?.changes(limits, options),
        (lists, false) => Compared::new(lists, Tokens)?.changes(limits, options),
    }
}

/// Returns the graphs of two snapshots; `None` if each must be read for itself.
pub(crate) fn pair(base: &[u8], head: &[u8], limits: &Limits) -> Option<(AssetGraph, AssetGraph)> {
    let valid = |text| JsonText::unchecked(text, limits).ok();
    let (old, new) = both(|| valid(base), || valid(head));
    let texts = [old?.as_str(), new?.as_str()];
    match lists(base, head, limits)? {
        (lists, true) => Compared::new(lists, Lines::new(START, CLOSE))?.graphs(texts, limits),
        (lists, false) => Compared::new(lists, Tokens)?.graphs(texts, limits),
    }
}

type Lists<'a> = [(&'a [u8], Range<usize>); 2];

/// Returns where the lists of two texts are, and whether both were written line by line.
fn lists<'a>(base: &'a [u8], head: &'a [u8], limits: &Limits) -> Option<(Lists<'a>, bool)> {
    if [base, head].iter().any(|text| text.len() as u64 > limits.max_bytes) {
        return None;
    }
    let (old, new) = both(|| written_list(base), || written_list(head));
    if let (Some(old), Some(new)) = (old, new) {
        return Some(([(base, old), (head, new)], true));
    }
    Some(([(base, list(base)?), (head, list(head)?)], false))
}

impl<F: Form + Sync> Compared<'_, F> {
    fn changes(&self, limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
        let Self { base, head, found, form } = self;
        let (base_part, head_part) =
            both(|| base.graph_of(&found.base, limits), || head.graph_of(&found.head, limits));
        let (base_part, head_part) = (base_part?, head_part?);
        let asked = Common::asked(&base_part, &head_part);
        let mut common = Common::default();
        if !asked.is_empty() {
            let mentions = Mentions::new("\"key\"", &asked);
            let (first, second) = halves(&found.matched);
            let named = |stretches: &[Range<usize>]| {
                let named = stretches
                    .iter()
                    .map(|stretch| named_by(head.list(), stretch, &found.starts, &mentions, form));
                named.collect::<Option<Vec<_>>>()
            };
            let (first, second) = both(|| named(first), || named(second));
            for definition in first?.into_iter().chain(second?).flatten() {
                common.add(&definition, &asked);
            }
        }
        common.between_parts(&base_part, &head_part, options)
    }
}

impl<'a> Side<'a> {
    fn list(&self) -> &'a [u8] {
        &self.text[self.list.clone()]
    }

    /// Returns the graph of some of the definitions.
    fn graph_of(&self, records: &[Range<usize>], limits: &Limits) -> Option<AssetGraph> {
        let mut part = self.text[..self.list.start].to_vec();
        for (index, record) in records.iter().enumerate() {
            part.extend_from_slice(if index == 0 { b"" } else { b"," });
            part.extend_from_slice(record_text(self.list(), record));
        }
        part.extend_from_slice(&self.text[self.list.end..]);
        AssetGraph::from_json(&part, limits).ok()
    }
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
fn named_by(
    list: &[u8],
    stretch: &Range<usize>,
    starts: &[usize],
    keys: &Mentions<'_>,
    form: &impl Form,
) -> Option<Vec<AssetDefinition>> {
    let mut definitions = Vec::new();
    let mut end = stretch.start;
    for at in keys.find(&list[stretch.clone()])?.into_iter().map(|at| stretch.start + at) {
        // Of several places in one record the first one brings it.
        if at < end {
            continue;
        }
        let record = form.around(list, at, &(end..stretch.end), starts)?;
        end = record.end;
        definitions.push(serde_json::from_slice(record_text(list, &record)).ok()?);
    }
    Some(definitions)
}

/// Returns where the definitions stand in a snapshot that was written line by line.
fn written_list(text: &[u8]) -> Option<Range<usize>> {
    if !text.starts_with(b"{\n  \"format_version\": \"1.") {
        return None;
    }
    let open = list(text)?.start;
    let start = open.checked_sub(START.len() - 2).filter(|&start| text[start..].starts_with(START))?;
    if !text[..start].ends_with(b"\n  \"assets\": [") {
        return None;
    }
    let end = start + memmem::find(&text[start..], END)?;
    Some(start..end)
}

/// Returns where the definitions start in any snapshot, up to the end of the text.
fn list(text: &[u8]) -> Option<Range<usize>> {
    let mut at = after_byte(text, 0, b'{')?;
    loop {
        let name = space(text, at);
        let end = end_of_string(text, name)?;
        let value = space(text, after_byte(text, end, b':')?);
        if &text[name..end] == b"\"assets\"" {
            let start = space(text, after_byte(text, value, b'[')?);
            return matches!(text.get(start), Some(b'{' | b']')).then_some(start..text.len());
        }
        at = after_byte(text, end_of_value(text, value)?, b',')?;
    }
}
