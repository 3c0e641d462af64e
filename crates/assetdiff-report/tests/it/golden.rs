//! Reports compared with files that people have read.
//!
//! With `ASSETDIFF_BLESS=1` in the environment the files are written anew.

use std::path::Path;

use crate::support;
use assetdiff::{Aspect, AssetGraph, DiffOptions, Snapshot, diff};
use assetdiff_report::{MarkdownStyle, TextStyle, definition, markdown, snapshot, text};

pub(crate) fn check(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("ASSETDIFF_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not as expected; found:\n{found}");
}

fn style(width: usize) -> TextStyle {
    TextStyle { width, ..TextStyle::default() }
}

#[test]
fn a_change_of_every_aspect() {
    let changes = support::everything();
    check("everything.txt", &text(&changes, &style(100)));
    check("everything.md", &markdown(&changes, &MarkdownStyle::default()));
}

#[test]
fn a_narrow_page_keeps_its_width() {
    let report = text(&support::everything(), &style(48));
    check("narrow.txt", &report);
    let longest = report.lines().map(|line| line.chars().count()).max();
    assert_eq!(longest.filter(|longest| *longest <= 48), longest);
}

#[test]
fn colors_are_ansi_codes_around_the_same_text() {
    let changes = support::everything();
    let colored = text(&changes, &TextStyle { color: true, ..style(100) });
    check("color.txt", &colored.replace('\u{1b}', "^["));
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, text(&changes, &style(100)));
}

#[test]
fn shared_code_is_told_with_its_place_and_the_chain_to_it() {
    let graph = |fingerprint: &str, line: u32| {
        let json = format!(
            r#"{{"format_version": "1.0",
                "provenance": {{"code_places": {{"clean": "lib/text.py:{line}", "tidy": "lib/shop.py:3"}}}},
                "assets": [{{"key": ["orders"], "code_version": {{"parts": {{
                    "tidy": {{"fingerprint": "1"}},
                    "clean": {{"fingerprint": "{fingerprint}", "via": ["tidy"]}}}}}}}}]}}"#
        );
        AssetGraph::from_json(json.as_bytes(), &assetdiff::Limits::default()).unwrap()
    };
    let report = text(&diff(&graph("1", 9), &graph("2", 14), &DiffOptions::default()), &style(100));
    assert!(
        report.contains("clean (lib/text.py:14)  changed, reached via tidy (lib/shop.py:3)\n"),
        "{report}"
    );
    // A place is no part of the definition: what only moves is no change.
    assert!(diff(&graph("1", 9), &graph("1", 14), &DiffOptions::default()).is_empty());
}

#[test]
fn no_difference() {
    let graph = support::assets(&[r#"{"key": ["orders"]}"#]);
    let changes = diff(&graph, &graph, &DiffOptions::default());
    check("empty.txt", &text(&changes, &style(100)));
    check("empty.md", &markdown(&changes, &MarkdownStyle::default()));
}

#[test]
fn no_difference_but_what_rules_left_out() {
    let graph =
        |value: u8| support::assets(&[&format!(r#"{{"key": ["orders"], "tags": {{"run": "{value}"}}}}"#)]);
    let mut options = DiffOptions::default();
    options.ignore = vec!["tags.run".parse().unwrap()];
    let changes = diff(&graph(1), &graph(2), &options);
    check("suppressed.txt", &text(&changes, &style(100)));
    check("suppressed.md", &markdown(&changes, &MarkdownStyle::default()));
}

#[test]
fn a_change_set_that_does_not_fit() {
    let changes = support::huge(60);
    check("cut-details.md", &markdown(&changes, &MarkdownStyle { max_chars: 9_000, ..Default::default() }));
    check("cut-rows.md", &markdown(&changes, &MarkdownStyle { max_chars: 3_000, ..Default::default() }));
}

#[test]
fn long_values_are_cut_around_the_difference() {
    let lines = |word: &str| (0..200).map(|i| format!("line {i} {word}\\n")).collect::<String>();
    let long = "x".repeat(3_000);
    let keys: Vec<String> = (0..500).map(|i| format!(r#""k{i}""#)).collect();
    let side = |word: &str, keys: &str| {
        support::assets(&[&format!(
            r#"{{"key": ["orders"], "description": "{long}{word}{long}", "code_version": {{"source": "{}"}},
                "partitions": {{"type": "static", "value": {{"keys": [{keys}]}}}}}}"#,
            lines(word)
        )])
    };
    let changes = diff(&side("old", r#""k0""#), &side("new", &keys.join(",")), &DiffOptions::default());
    let style = TextStyle { max_diff_lines: 8, max_entries: 12, max_value: 120, ..style(100) };
    check("long.txt", &text(&changes, &style));
}

#[test]
fn long_lists_are_cut_and_the_rest_is_counted() {
    let names = |prefix: &str, form: &dyn Fn(String) -> String| -> String {
        (0..30).map(|i| form(format!("{prefix}{i:02}"))).collect::<Vec<_>>().join(", ")
    };
    let side = |value: u8| {
        let tags = names("tag", &|name| format!(r#""{name}": "{value}""#));
        let upstreams =
            names(if value == 1 { "old" } else { "new" }, &|name| format!(r#"{{"key": ["{name}"]}}"#));
        let mut definitions = vec![
            format!(r#"{{"key": ["orders"], "tags": {{{tags}}}}}"#),
            format!(r#"{{"key": ["report"], "dependencies": [{upstreams}]}}"#),
        ];
        definitions
            .extend((0..30).map(|i| format!(r#"{{"key": ["quiet", "a{i:02}"], "group": "g{value}"}}"#)));
        let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
        support::assets(&definitions)
    };
    let mut options = DiffOptions::default();
    options.ignore = (0..30).map(|i| format!("group in quiet/a{i:02}").parse().unwrap()).collect();
    let changes = diff(&side(1), &side(2), &options);
    check("lists.txt", &text(&changes, &TextStyle { max_entries: 4, ..style(100) }));
    check("lists.md", &markdown(&changes, &MarkdownStyle { max_entries: 4, ..MarkdownStyle::default() }));
}

#[test]
fn what_is_invisible_in_a_source_text_is_made_visible() {
    let side = |source: &str| {
        support::assets(&[&format!(r#"{{"key": ["orders"], "code_version": {{"source": "{source}"}}}}"#)])
    };
    let old = side(r"select\n    a,\n  b \n  c\r\nfrom t\n");
    let new = side(r"select\n\ta,\n  b\n  c\nfrom t");
    let changes = diff(&old, &new, &DiffOptions::default());
    check("whitespace.txt", &text(&changes, &style(100)));
}

#[test]
fn texts_too_long_to_compare_line_by_line_are_shown_as_replaced() {
    let side = |word: &str| {
        let source: String = (0..5_000).map(|i| format!("{word} {i}\\nsame\\n")).collect();
        support::assets(&[&format!(
            r#"{{"key": ["orders"], "code_version": {{"source": "head\n{source}tail\n"}}}}"#
        )])
    };
    let changes = diff(&side("old"), &side("new"), &DiffOptions::default());
    let report = text(&changes, &style(100));
    assert!(report.contains("@@ -1,10002 +1,10002 @@"), "{report}");
    assert!(report.contains("… 19,962 more lines"), "{report}");
}

#[test]
fn one_definition_and_a_whole_snapshot() {
    let graph = support::graph(include_str!("support/everything-head.json"));
    let orders = graph.get(&"sales/orders".parse().unwrap()).unwrap();
    check("definition.txt", &definition(&orders, None, &style(100)));
    check("snapshot.txt", &snapshot(&graph, &style(100)));
    let empty = AssetGraph::new(Snapshot::default()).unwrap();
    check("snapshot-empty.txt", &snapshot(&empty, &style(100)));
}

#[test]
fn every_aspect_is_shown() {
    let changes = support::everything();
    let shown: std::collections::BTreeSet<Aspect> =
        changes.changes().iter().flat_map(|c| c.modification()).flat_map(|m| m.aspects()).collect();
    assert_eq!(shown.len(), Aspect::ALL.len(), "the change set has every aspect");
    let (text, markdown) = (text(&changes, &style(100)), markdown(&changes, &MarkdownStyle::default()));
    let graph = support::graph(include_str!("support/everything-head.json"));
    let defined: String = graph.definitions().map(|d| definition(&d, None, &style(100))).collect();
    for aspect in Aspect::ALL {
        let label = format!("\n    {aspect:<13}  ");
        assert!(text.contains(&label), "{aspect} in the text");
        assert!(defined.contains(&label), "{aspect} in the definitions");
        assert!(markdown.contains(&format!("**{aspect}**")), "{aspect} in the Markdown");
    }
}
