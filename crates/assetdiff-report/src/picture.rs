//! The paths of an explanation as a picture in a text: for Graphviz and for Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use assetdiff::{AssetGraph, AssetKey, Explanation, Impact};

use crate::shown::Shown;

/// The most edges: hosts refuse to draw a Mermaid picture with more than 500.
const MAX_EDGES: usize = 400;

/// The most bytes of the nodes and edges of a picture: hosts refuse to draw more than 50,000 characters.
const MAX_BYTES: usize = 45_000;

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

/// Returns what changes reach as a Mermaid flowchart: the changed assets, filled, and every affected one that reads
/// another one of them. `None` if none does.
///
/// Those nearest to a change come first; at most 400 edges and 45,000 bytes are drawn, and a node says how many assets are
/// missing. Costs O(n log n) in the affected assets and their dependencies.
pub fn mermaid_impact(impact: &Impact, base: &AssetGraph, head: &AssetGraph) -> Option<String> {
    let mut affected: Vec<_> = impact.assets().collect();
    affected.sort_by(|a, b| a.distance.cmp(&b.distance).then_with(|| a.key.cmp(&b.key)));
    let places: BTreeMap<&AssetKey, usize> =
        affected.iter().enumerate().map(|(at, asset)| (&asset.key, at)).collect();
    let mut drawn = vec![false; affected.len()];
    let (mut nodes, mut edges) = (String::new(), String::new());
    let mut edge_count = 0;
    let mut draw = |at: usize, out: &mut String| {
        if !std::mem::replace(&mut drawn[at], true) {
            let label: String = Shown::key(&affected[at].key).as_str().chars().map(escaped).collect();
            let class = if affected[at].is_direct { ":::changed" } else { "" };
            let _ = writeln!(out, "  n{at}[\"{label}\"]{class}");
        }
    };
    let mut missing = 0_usize;
    for (to, asset) in affected.iter().enumerate() {
        let graph = if asset.is_removed { base } else { head };
        let upstream = graph.upstream(&asset.key);
        let mut froms: Vec<usize> = upstream.iter().filter_map(|key| places.get(key).copied()).collect();
        // What is gone is read by what still names it.
        froms.extend(asset.missing_upstreams.iter().filter_map(|key| places.get(key).copied()));
        froms.sort_unstable();
        froms.dedup();
        let (mut new_nodes, mut new_edges) = (String::new(), String::new());
        for &from in &froms {
            draw(from, &mut new_nodes);
            let _ = writeln!(new_edges, "  n{from} --> n{to}");
        }
        if !froms.is_empty() {
            draw(to, &mut new_nodes);
        }
        let length = nodes.len() + edges.len() + new_nodes.len() + new_edges.len();
        if edge_count + froms.len() > MAX_EDGES || length > MAX_BYTES {
            missing = affected.len() - to;
            break;
        }
        edge_count += froms.len();
        nodes.push_str(&new_nodes);
        edges.push_str(&new_edges);
    }
    if edge_count == 0 {
        return None;
    }
    if missing > 0 {
        let _ = writeln!(nodes, "  more[\"… {missing} more assets\"]");
    }
    let class = "  classDef changed fill:#f5d76e,stroke:#8a6d00,color:#000\n";
    Some(format!("flowchart LR\n{nodes}{edges}{class}"))
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
