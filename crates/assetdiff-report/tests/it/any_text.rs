//! Reports of changes that hold any text at all.

use crate::support::{hostile, markdown_parser};
use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Snapshot, diff, is_hidden};
use assetdiff_report::{MarkdownStyle, TextStyle, markdown, text};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

/// What means something to a parser.
const PIECES: &[&str] = &[
    "`",
    "``",
    "```",
    "|",
    "\\",
    "\n",
    "\r",
    " ",
    "<",
    ">",
    "&",
    "@a",
    "#1",
    ":",
    "::",
    "##[",
    "[",
    "](",
    ")",
    "!",
    "*",
    "_",
    "~",
    "$",
    "-",
    "+",
    "=",
    "http://",
    "www.",
    ".",
    "<b>",
    "</details>",
    "-->",
    "\u{1b}[",
    "\u{202e}",
    "\u{85}",
    "\u{3000}",
    "表",
    "a",
    "1",
];

/// Returns texts of such pieces and of anything else.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("no key holds NUL", |c| *c != '\0').prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn changes(payload: &str) -> ChangeSet {
    let graph = |side| {
        let assets = vec![hostile::definition(payload, 0, side)];
        AssetGraph::new(Snapshot { assets, ..Snapshot::default() }).unwrap()
    };
    diff(&graph(1), &graph(2), &DiffOptions::default())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn markdown_holds_any_text(payload in any_text(), max_chars in 1_000_usize..60_000) {
        let changes = changes(&payload);
        prop_assume!(changes.modified.len() == 1);
        let report = markdown(&changes, &MarkdownStyle { max_chars, ..Default::default() });
        prop_assert!(report.encode_utf16().count() <= max_chars);
        prop_assert!(!report.chars().any(|c| is_hidden(c) && c != '\n'));
        markdown_parser::parse(&report);
    }

    #[test]
    fn text_holds_any_text(payload in any_text(), width in 40_usize..140) {
        let report = text(&changes(&payload), &TextStyle { width, ..Default::default() });
        prop_assert!(!report.chars().any(|c| is_hidden(c) && c != '\n'));
        for line in report.lines() {
            prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{:?}", line);
            let slack = if line.contains("\\u{3a}:") { 5 } else { 0 };
            prop_assert!(line.width() <= width + slack, "{:?}", line);
        }
    }
}
