//! The report that people look at: one HTML file.

mod change;
mod columns;
mod focus;
mod head;
mod input;
mod layout;
mod nodes;
mod page;
mod payload;
mod reach;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::style::Detail;
use change::Change;
use focus::View;
use nodes::{Edges, Names, Nodes};
use reach::Reached;

pub use input::{ChangedBy, HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, SideNote, ToolCommands};

/// Returns the report as one HTML file that needs nothing besides: script, style and data are inside.
///
/// It opens from disk, asks no network, and its own Content-Security-Policy lets run only the script that it came
/// with. What stands in a snapshot is text wherever it is shown. The head and the first rows of the table are there
/// without script too. Costs O(n log n) for `n` assets and the cost of the paths that are told; at most
/// [`max_assets`](HtmlStyle::max_assets) assets are shown, those that are affected first, and how many are left out
/// is told.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Snapshot, diff};
/// use assetdiff_report::{HtmlInput, HtmlStyle, html};
///
/// let graph = AssetGraph::new(Snapshot::default())?;
/// let changes = diff(&graph, &graph, &DiffOptions::default());
/// let page = html(&HtmlInput::new(&changes, &graph, &graph), &HtmlStyle::default());
/// assert!(page.starts_with("<!doctype html>"));
/// assert!(page.contains("No differences."));
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn html(input: &HtmlInput<'_>, style: &HtmlStyle) -> String {
    let model = Model::new(input, style);
    page::page(input, style, &model)
}

/// The most bytes of old and new values; beyond that only the names of what changed are told.
const MAX_DETAILS: usize = 32 << 20;

/// What the page is drawn from.
#[derive(Serialize)]
struct Model {
    /// Texts that occur often, once each; others refer to them by number.
    names: Vec<String>,
    assets: Nodes,
    edges: Edges,
    /// By asset, as a list of pairs.
    changes: Vec<(u32, Vec<Change>)>,
    reached: Vec<(u32, Reached)>,
    views: Vec<View>,
    commands: Vec<Commands>,
    #[serde(skip)]
    left_out: usize,
}

/// The commands of a tool, as the page shows them.
#[derive(Serialize)]
struct Commands {
    tool: String,
    commands: Vec<String>,
    notes: Vec<String>,
    /// By asset.
    each: Vec<(u32, Vec<String>)>,
}

impl Model {
    fn new(input: &HtmlInput<'_>, style: &HtmlStyle) -> Self {
        let detail = style.detail().with_places([&input.changes.base, &input.changes.head]);
        let mut names = Names::default();
        let found = nodes::Found::new(input, style);
        let assets = Nodes::new(input, &found, &mut names);
        let edges = Edges::new(input, &found);
        let changes = Self::changes(input, &found, &detail);
        let reached = reach::all(input, &found);
        let drawing = layout::draw(assets.len(), &edges.pairs());
        let views = focus::views(&assets, &names.list, &edges, &drawing);
        let commands = input.commands.iter().map(|tool| Commands::new(tool, &found)).collect();
        let mut assets = assets;
        assets.rank = drawing.ranks;
        Self { names: names.list, assets, edges, changes, reached, views, commands, left_out: found.left_out }
    }

    fn changes(input: &HtmlInput<'_>, found: &nodes::Found, detail: &Detail) -> Vec<(u32, Vec<Change>)> {
        let mut by_node: BTreeMap<u32, Vec<Change>> = BTreeMap::new();
        let mut length = 0;
        for change in input.changes.changes() {
            if let Some(node) = found.node(change.key()) {
                let mut told = Change::new(&change, &input.changes.effect_overrides, detail);
                length += told.length();
                if length > MAX_DETAILS {
                    told.leave_out_values();
                }
                by_node.entry(node).or_default().push(told);
            }
        }
        by_node.into_iter().collect()
    }
}

impl Commands {
    fn new(tool: &ToolCommands, found: &nodes::Found) -> Self {
        let ToolCommands { tool, commands, notes, each } = tool;
        let each = each.iter().filter_map(|(key, commands)| Some((found.node(key)?, commands.clone())));
        Self { tool: tool.clone(), commands: commands.clone(), notes: notes.clone(), each: each.collect() }
    }
}
