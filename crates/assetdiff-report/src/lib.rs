//! Shows assetdiff's change sets, definitions and snapshots to people: as text for a terminal or a
//! log, as Markdown for the comment of a pull request, and as a page to look at in a browser.
//!
//! ```
//! use assetdiff::{AssetGraph, DiffOptions, Limits, diff};
//! use assetdiff_report::{TextStyle, text};
//!
//! let graph = |group: &str| {
//!     let json = format!(
//!         r#"{{"format_version": "1.0", "assets": [{{"key": ["orders"], "group": "{group}"}}]}}"#
//!     );
//!     AssetGraph::from_json(json.as_bytes(), &Limits::default())
//! };
//! let changes = diff(&graph("sales")?, &graph("finance")?, &DiffOptions::default());
//! let report = text(&changes, &TextStyle::default());
//! assert!(report.contains(r#"group          "sales" -> "finance""#));
//! # Ok::<(), assetdiff::LoadError>(())
//! ```
//!
//! Whatever a snapshot holds stays text: nothing in it can move a cursor, forge a line, run a
//! workflow command of a CI runner, or become a link, a mention or HTML. The crate reads no files,
//! no clock and no environment, and prints nothing. The same input gives the same bytes.

mod effects;
mod excerpt;
mod facts;
mod html;
mod markdown;
mod overview;
mod phrase;
mod picture;
mod places;
mod shown;
mod style;
mod text;
mod three_way;

pub use effects::effects_in_words;
pub use html::{HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, ToolCommands, html, inline};
pub use markdown::{MARKER, MarkdownFrame, markdown, markdown_code, markdown_framed};
pub use picture::{dot, mermaid, mermaid_impact};
pub use shown::line;
pub use style::{MarkdownStyle, TextStyle};
pub use text::{definition, explanation, impact, plan, snapshot, text};
pub use three_way::{three_way, three_way_markdown};
