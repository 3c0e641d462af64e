//! The paths of an explanation as a picture in a text: for Graphviz and for Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use assetdiff::{AssetKey, Explanation};

use crate::shown::Shown;

/// The most edges: hosts refuse to draw a Mermaid picture with more than 500.
const MAX_EDGES: usize = 400;

/// Returns the paths of an explanation as a directed graph for Graphviz.
///
/// Changed assets are filled, the affected one has a double line. At most 400 edges are drawn; a node says how many
/// are missing. Keys are only ever text inside quotes.
pub fn dot(explanation: &Explanation) -> String {
    let picture = Picture::new(explanation);
    let mut out = String::from("digraph assetdiff {\n  rankdir=LR;\n  node [shape=box];\n");
    for (id, node) in picture.nodes.iter().enumerate() {
        let looks = match (node.is_cause, node.is_asked) {
            (_, true) => ", peripheries=2",
            (true, false) => ", style=filled",
            (false, false) => "",
        };
        let label = node.label.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a string has no way to fail.
        let _ = writeln!(out, "  n{id} [label=\"{label}\"{looks}];");
    }
    for (from, to) in &picture.edges {
        let _ = writeln!(out, "  n{from} -> n{to};");
    }
    out.push_str("}\n");
    out
}

/// Returns the paths of an explanation as a Mermaid flowchart, as the comments of GitHub and GitLab draw it.
///
/// As [`dot`], with every character of a key that could mean something to Mermaid or HTML as its number.
pub fn mermaid(explanation: &Explanation) -> String {
    let picture = Picture::new(explanation);
    let mut out = String::from("flowchart LR\n");
    for (id, node) in picture.nodes.iter().enumerate() {
        let label: String = node.label.chars().map(escaped).collect();
        let class = match (node.is_cause, node.is_asked) {
            (_, true) => ":::asked",
            (true, false) => ":::changed",
            (false, false) => "",
        };
        let _ = writeln!(out, "  n{id}[\"{label}\"]{class}");
    }
    for (from, to) in &picture.edges {
        let _ = writeln!(out, "  n{from} --> n{to}");
    }
    out.push_str("  classDef changed fill:#f5d76e,stroke:#8a6d00,color:#000\n");
    out.push_str("  classDef asked stroke-width:3px\n");
    out
}

fn escaped(c: char) -> String {
    if c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/') {
        c.to_string()
    } else {
        format!("#{};", c as u32)
    }
}

struct Node {
    label: String,
    is_cause: bool,
    is_asked: bool,
}

/// Nodes in the order in which the paths come to them, and the edges between them.
struct Picture {
    nodes: Vec<Node>,
    edges: Vec<(usize, usize)>,
}

impl Picture {
    fn new(explanation: &Explanation) -> Self {
        let mut picture = Self { nodes: Vec::new(), edges: Vec::new() };
        let mut ids: BTreeMap<&AssetKey, usize> = BTreeMap::new();
        let mut missing = 0_usize;
        let mut edges = std::collections::BTreeSet::new();
        for path in &explanation.paths {
            let mut before = None;
            for (at, step) in path.steps.iter().enumerate() {
                if edges.len() >= MAX_EDGES && !ids.contains_key(&step.key) {
                    missing += 1;
                    before = None;
                    continue;
                }
                let id = *ids.entry(&step.key).or_insert_with(|| {
                    let label = Shown::key(&step.key).as_str().to_owned();
                    let is_asked = step.key == explanation.asset.key;
                    picture.nodes.push(Node { label, is_cause: false, is_asked });
                    picture.nodes.len() - 1
                });
                picture.nodes[id].is_cause |= at == 0;
                if let Some(from) = before.replace(id)
                    && edges.len() < MAX_EDGES
                    && edges.insert((from, id))
                {
                    picture.edges.push((from, id));
                }
            }
        }
        if missing > 0 || explanation.is_cut {
            let label = match missing {
                0 => "… more paths".to_owned(),
                missing => format!("… {missing} more steps"),
            };
            picture.nodes.push(Node { label, is_cause: false, is_asked: false });
        }
        picture
    }
}
