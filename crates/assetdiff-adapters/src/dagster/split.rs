//! Cuts the text of a repository into its nodes without reading them.
//!
//! The cut is right for every text that is JSON; whether it is, those find out who read the pieces.

use std::collections::HashMap;

use assetdiff::Limits;
use memchr::memmem;

use crate::scan::{after_byte, end_of_string, end_of_value, space};

/// A repository as text: its nodes, and what stands around them.
pub(super) struct Parts<'a> {
    pub(super) nodes: Vec<&'a str>,
    /// For each node the place among the known ones of one with the same text.
    pub(super) same: Vec<Option<usize>>,
    /// The text without its nodes.
    pub(super) around: String,
}

const NODES: &str = "external_asset_graph_data";

/// Deeper nodes are left to the reader that tells what is wrong.
const DEPTH: usize = 64;

/// Cuts a text; `None` for one that is not as Dagster writes it, holds more than the limits allow in one
/// node, or is no JSON as far as this can see.
///
/// A node that begins where a known one is expected, and goes on with the same text, is that one.
pub(super) fn split<'a>(text: &'a str, limits: &Limits, mut known: Known<'_>) -> Option<Parts<'a>> {
    let bytes = text.as_bytes();
    let mut parts = Parts { nodes: Vec::new(), same: Vec::new(), around: String::new() };
    let mut at = after_byte(bytes, 0, b'{')?;
    loop {
        at = space(bytes, at);
        let name = at;
        at = end_of_string(bytes, at)?;
        let is_nodes = &text[name + 1..at - 1] == NODES;
        at = space(bytes, after_byte(bytes, at, b':')?);
        if is_nodes {
            if !parts.around.is_empty() {
                return None;
            }
            let start = after_byte(bytes, at, b'[')?;
            let end = cut(text, start, limits, &mut known, &mut parts)?;
            parts.around = [&text[..start], &text[end..]].concat();
            at = end + 1;
        } else {
            at = end_of_value(bytes, at)?;
        }
        at = space(bytes, at);
        match bytes.get(at)? {
            b',' => at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    let is_whole = space(bytes, at + 1) == bytes.len() && !parts.around.is_empty();
    is_whole.then_some(parts)
}

/// How Dagster begins the list of nodes, and each of them: with a class that stands nowhere else.
const LIST: &str = "\"external_asset_graph_data\": [";
const NODE: &str = "{\"__class__\": \"ExternalAssetNode\", ";

/// Cuts a text as Dagster writes it where its nodes begin, and looks at nothing else; `None` for another text.
///
/// Returns the nodes and the text without them. Whether a node is one, its reader finds out.
pub(super) fn by_class(text: &[u8]) -> Option<(Vec<&[u8]>, Vec<u8>)> {
    // A quote within a string is escaped, so neither text can stand in one.
    let list = memmem::find(text, [LIST, NODE].concat().as_bytes())? + LIST.len();
    let separator = [", ", NODE].concat();
    let next = memmem::find_iter(&text[list..], separator.as_bytes());
    let mut starts: Vec<usize> = next.map(|at| list + at + 2).collect();
    starts.insert(0, list);
    let last = starts.last().copied().unwrap_or(list);
    let end = end_of_value(text, last)?;
    if text.get(end) != Some(&b']') {
        return None;
    }
    let ends = starts.iter().skip(1).map(|start| start - 2).chain([end]);
    let nodes = starts.iter().zip(ends).map(|(&start, end)| &text[start..end]).collect();
    Some((nodes, [&text[..list], &text[end..]].concat()))
}

/// Returns what follows the word `path` in the key of a node as Dagster writes it.
pub(super) fn path_of(node: &[u8]) -> Option<&[u8]> {
    node.strip_prefix(NODE.as_bytes())?.strip_prefix(br#""asset_key": {"__class__": "AssetKey", "path""#)
}

/// Cuts the list that begins before `at`; returns where its bracket closes.
fn cut<'a>(
    text: &'a str,
    mut at: usize,
    limits: &Limits,
    known: &mut Known<'_>,
    parts: &mut Parts<'a>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    loop {
        at = space(bytes, at);
        if bytes.get(at)? == &b']' && parts.nodes.is_empty() {
            return Some(at);
        }
        let same = known.expected(&bytes[at..]);
        let end = match same {
            Some(index) => at + known.nodes[index].len(),
            None => end_of_object(bytes, at, limits)?,
        };
        let node = &text[at..end];
        parts.same.push(same.or_else(|| known.elsewhere(node.as_bytes())));
        parts.nodes.push(node);
        at = space(bytes, end);
        match bytes.get(at)? {
            b',' => at += 1,
            b']' => return Some(at),
            _ => return None,
        }
    }
}

/// How many known nodes are looked at where one is expected: so many may be gone in a row.
const WINDOW: usize = 16;

/// After so many nodes in a row that are not found where they are expected, all known ones are searched.
const PATIENCE: usize = 64;

/// Nodes of another repository, mostly in the same order.
pub(super) struct Known<'k> {
    nodes: &'k [&'k [u8]],
    next: usize,
    misses: usize,
    by_text: HashMap<&'k [u8], usize>,
}

impl<'k> Known<'k> {
    pub(super) fn new(nodes: &'k [&'k [u8]]) -> Self {
        Self { nodes, next: 0, misses: 0, by_text: HashMap::new() }
    }

    /// Returns for each node the place of the known one that is the same.
    pub(super) fn same(mut self, nodes: &[&[u8]]) -> Vec<Option<usize>> {
        let same = nodes.iter().map(|node| {
            let expected = self.expected(node);
            expected.filter(|&index| self.nodes[index].len() == node.len()).or_else(|| self.elsewhere(node))
        });
        same.collect()
    }

    /// Returns the known node that a text begins with, of those that come next.
    fn expected(&mut self, text: &[u8]) -> Option<usize> {
        let window = self.nodes.iter().enumerate().skip(self.next).take(WINDOW);
        // An object ends where its text does, so a text that begins with it holds it.
        let found = window.filter(|(_, node)| text.starts_with(node)).map(|(index, _)| index).next();
        match found {
            Some(index) => (self.next, self.misses) = (index + 1, 0),
            None => self.misses += 1,
        }
        found
    }

    /// Returns the known node with this text, wherever it stands, if enough was not found nearby.
    fn elsewhere(&mut self, node: &[u8]) -> Option<usize> {
        if self.misses < PATIENCE {
            return None;
        }
        if self.by_text.is_empty() {
            self.by_text = self.nodes.iter().enumerate().map(|(index, node)| (*node, index)).collect();
        }
        let found = self.by_text.get(node).copied();
        if let Some(index) = found {
            (self.next, self.misses) = (index + 1, 0);
        }
        found
    }
}

/// Returns where an object ends that begins at `start`, if what it holds is within the limits.
fn end_of_object(bytes: &[u8], start: usize, limits: &Limits) -> Option<usize> {
    if bytes.get(start) != Some(&b'{') {
        return None;
    }
    // For each open list or object, how many commas stand in it.
    let mut commas = [0_u64; DEPTH];
    let (mut at, mut depth) = (start, 0);
    loop {
        match bytes.get(at)? {
            b'"' => {
                let end = end_of_string(bytes, at)?;
                if (end - at - 2) as u64 > limits.max_text_bytes {
                    return None;
                }
                at = end;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                *commas.get_mut(depth)? = 0;
            }
            b',' => {
                commas[depth] += 1;
                if commas[depth] >= limits.max_entries {
                    return None;
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}
