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
mod sides;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::style::Detail;
use change::{Change, Room};
use focus::View;
use nodes::{Edges, Names, Nodes};
use reach::Reached;
use sides::Note;

pub use input::{HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, ToolCommands};

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

/// Returns a report, as [`html`] made it, as a frame in another page, such as the output of a notebook's cell.
///
/// The frame has an origin of its own: its script sees nothing of the page around it, and asks no network. `height` is
/// in pixels. Costs O(n) for a page of `n` bytes.
///
/// ```
/// let frame = assetdiff_report::inline("<p title='a'>&amp;</p>", 400);
/// assert!(frame.contains("srcdoc='<p title=&#39;a&#39;>&amp;amp;</p>'"));
/// ```
pub fn inline(page: &str, height: u32) -> String {
    // Within single quotes only these two characters mean anything, and data has few of them.
    let page = page.replace('&', "&amp;").replace('\'', "&#39;");
    format!(
        "<iframe title=\"Asset changes\" sandbox=\"allow-scripts allow-downloads\" width=\"100%\" height=\"{height}\" \
         style=\"border:1px solid #8884;border-radius:8px\" srcdoc='{page}'></iframe>"
    )
}

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
    /// Whose changes they are; only in a comparison of three.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sides: Vec<(u32, Note)>,
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
        let mut room = Room::default();
        let changes = Self::changes(input, &found, &detail, &mut room);
        let sides = sides::notes(input, &found, &detail, &mut room);
        let assets = Nodes::new(input, &found, &mut names, &sides);
        let edges = Edges::new(input, &found);
        let reached = reach::all(input, &found);
        let drawing = layout::draw(assets.len(), &edges.pairs());
        let views = focus::views(&assets, &names.list, &edges, &drawing);
        let commands = input.commands.iter().map(|tool| Commands::new(tool, &found)).collect();
        let mut assets = assets;
        assets.rank = drawing.ranks;
        Self {
            names: names.list,
            assets,
            edges,
            changes,
            reached,
            sides,
            views,
            commands,
            left_out: found.left_out,
        }
    }

    fn changes(
        input: &HtmlInput<'_>,
        found: &nodes::Found<'_>,
        detail: &Detail,
        room: &mut Room,
    ) -> Vec<(u32, Vec<Change>)> {
        let mut by_node: BTreeMap<u32, Vec<Change>> = BTreeMap::new();
        for change in input.changes.changes() {
            if let Some(node) = found.node(change.key()) {
                let told = room.change(&change, &input.changes.effect_overrides, detail);
                by_node.entry(node).or_default().push(told);
            }
        }
        by_node.into_iter().collect()
    }
}

impl Commands {
    fn new(tool: &ToolCommands, found: &nodes::Found<'_>) -> Self {
        let ToolCommands { tool, commands, notes, each } = tool;
        // What is copied is what is seen: no hidden character gets into a shell.
        let all = |texts: &[String]| texts.iter().map(|text| words::shown(text)).collect();
        let each = each.iter().filter_map(|(key, commands)| Some((found.node(key)?, all(commands))));
        Self { tool: words::shown(tool), each: each.collect(), commands: all(commands), notes: all(notes) }
    }
}
