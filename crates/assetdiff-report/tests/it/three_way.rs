//! Three versions, as text and Markdown.

use assetdiff::{AssetGraph, DiffOptions, ThreeWay, diff3};
use assetdiff_report::{MarkdownStyle, TextStyle, three_way, three_way_markdown};

use crate::support;
use crate::support::hostile::PAYLOADS;
use crate::support::markdown_parser::parse;

fn compared(parted: &[&str], base: &[&str], head: &[&str]) -> ThreeWay {
    let [parted, base, head] = [parted, base, head].map(support::assets);
    diff3(&parted, &base, &head, &DiffOptions::default())
}

fn conflicting() -> ThreeWay {
    compared(
        &[
            r#"{"key": ["orders"], "tags": {"tier": "silver"}}"#,
            r#"{"key": ["raw"], "asset_type": "external"}"#,
            r#"{"key": ["a"]}"#,
            r#"{"key": ["b"]}"#,
            r#"{"key": ["old"]}"#,
        ],
        &[
            r#"{"key": ["orders"], "tags": {"tier": "bronze"}, "group": "sales"}"#,
            r#"{"key": ["a"], "dependencies": [{"key": ["b"]}]}"#,
            r#"{"key": ["b"], "owners": ["team:a"]}"#,
        ],
        &[
            r#"{"key": ["orders"], "tags": {"tier": "gold"}}"#,
            r#"{"key": ["raw"], "asset_type": "external"}"#,
            r#"{"key": ["report"], "dependencies": [{"key": ["raw"]}]}"#,
            r#"{"key": ["a"]}"#,
            r#"{"key": ["b"], "owners": ["team:a"], "dependencies": [{"key": ["a"]}]}"#,
            r#"{"key": ["old"], "description": "kept"}"#,
        ],
    )
}

#[test]
fn conflicts_stand_before_the_changes_of_the_branch() {
    let found = conflicting();
    crate::golden::check("three-way.txt", &three_way(&found, &TextStyle::default()));
    crate::golden::check("three-way.md", &three_way_markdown(&found, &MarkdownStyle::default()));
}

#[test]
fn a_merge_without_a_conflict_tells_what_it_brings() {
    let found = compared(
        &[r#"{"key": ["orders"]}"#],
        &[r#"{"key": ["orders"], "group": "sales"}"#],
        &[r#"{"key": ["orders"], "owners": ["team:a"]}"#],
    );
    let report = three_way(&found, &TextStyle::default());
    assert!(report.starts_with("branch      1 modified (1 no rebuild).\n"), "{report}");
    assert!(report.contains("merge       1 modified (1 no rebuild).\n"), "{report}");
}

#[test]
fn hostile_texts_stay_text() {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).unwrap();
        let asset = |value: &str| format!(r#"{{"key": [{quoted}], "tags": {{{quoted}: {value}}}}}"#);
        let graph = |value: &str| -> AssetGraph { support::assets(&[&asset(value)]) };
        let Ok([parted, base, head]) =
            std::panic::catch_unwind(|| [graph("\"a\""), graph("\"b\""), graph(&quoted)])
        else {
            // Not every payload can be a key.
            continue;
        };
        let found = diff3(&parted, &base, &head, &DiffOptions::default());
        let report = three_way_markdown(&found, &MarkdownStyle::default());
        let parsed = parse(&report);
        assert!(
            parsed.html.iter().all(|html| html.starts_with("<!--") || html.contains("details>")),
            "{report}"
        );
        let lines = three_way(&found, &TextStyle::default());
        assert!(!lines.lines().any(|line| line.trim_start().starts_with("::")), "{lines}");
        assert!(!lines.chars().any(|c| assetdiff::is_hidden(c) && c != '\n'), "{lines}");
    }
}
