//! What a real parser makes of a report.

use std::collections::BTreeSet;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    options.extension.alerts = true;
    options
}

/// What a parser made of a report.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) codes: BTreeSet<String>,
    pub(crate) tables: usize,
    pub(crate) html: Vec<String>,
}

/// Parses a report as its host would, and asserts that nothing in it is more than a report has.
pub(crate) fn parse(report: &str) -> Parsed {
    let arena = Arena::new();
    let root = parse_document(&arena, report, &options());
    let mut parsed = Parsed::default();
    for node in root.descendants() {
        look_at(node, &mut parsed);
    }
    parsed
}

fn look_at<'a>(node: &'a AstNode<'a>, parsed: &mut Parsed) {
    match &node.data.borrow().value {
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::Heading(_)
        | NodeValue::Strong
        | NodeValue::SoftBreak
        | NodeValue::LineBreak
        | NodeValue::List(_)
        | NodeValue::Item(_)
        | NodeValue::TableCell => {}
        NodeValue::Text(words) => assert_is_ours(words),
        NodeValue::Code(code) => drop(parsed.codes.insert(code.literal.clone())),
        NodeValue::CodeBlock(block) => {
            assert!(block.fenced && block.closed && block.info == "diff", "{block:?}");
            for line in block.literal.lines() {
                let known = ["@@ ", " ", "+", "-", "… "];
                assert!(known.iter().any(|start| line.starts_with(start)), "{line:?}");
                parsed.codes.insert(line.get(1..).unwrap_or_default().to_owned());
            }
        }
        NodeValue::Table(table) => {
            parsed.tables += 1;
            assert!(matches!(table.num_columns, 3 | 4), "{} columns", table.num_columns);
        }
        NodeValue::TableRow(_) => {
            let columns = match &node.parent().unwrap().data.borrow().value {
                NodeValue::Table(table) => table.num_columns,
                other => panic!("a row in {other:?}"),
            };
            assert_eq!(node.children().count(), columns);
        }
        NodeValue::HtmlBlock(html) => parsed.html.push(html.literal.clone()),
        other => panic!("{other:?} is nothing that a report has"),
    }
}

/// Texts outside of code are words of ours.
fn assert_is_ours(words: &str) {
    let is_ours = |c: char| c.is_ascii_alphanumeric() || " ,.;:()_+-…=×%".contains(c);
    assert!(words.chars().all(is_ours), "{words:?}");
    for foreign in ["www", "http", "smile", "GH-", "evil"] {
        assert!(!words.contains(foreign), "{words:?}");
    }
}
