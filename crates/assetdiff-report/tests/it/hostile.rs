//! Texts that try to be more than text: none of them may succeed, and each stays readable.

use crate::support::hostile;
use crate::support::markdown_parser::parse;
use assetdiff::{AssetDefinition, AssetKey, ChangeSet, is_hidden};
use assetdiff_report::{MARKER, MarkdownStyle, TextStyle, definition, markdown, snapshot, text};
use unicode_width::UnicodeWidthStr;

/// HTML is the marker, and `<details>` with a `<summary>` of escaped text.
fn assert_html_is_ours(html: &[String]) {
    let mut opened = 0;
    let mut closed = 0;
    assert_eq!(html[0].trim_end(), MARKER);
    for block in &html[1..] {
        if block.trim_end() == "</details>" {
            closed += 1;
            continue;
        }
        opened += 1;
        let inner = block.strip_prefix("<details>\n<summary><code>").unwrap_or_else(|| panic!("{block:?}"));
        let inner = inner.trim_end().strip_suffix("</summary>").unwrap_or_else(|| panic!("{block:?}"));
        let inner = inner.replacen("</code>", "", 1).replacen(" in <code>", "", 1).replacen("</code>", "", 1);
        assert!(!inner.contains(['<', '>', '"', '\'', '\n']), "{block:?}");
    }
    assert_eq!(opened, closed);
    assert!(opened > 0);
}

fn each_alone() -> impl Iterator<Item = (&'static str, ChangeSet)> {
    let all = hostile::changes();
    hostile::PAYLOADS.iter().enumerate().map(move |(index, payload)| {
        let mut changes = all.clone();
        let number = index.to_string();
        let is_of_payload =
            |key: &AssetKey| key.components().next() == Some(&format!("{index:03}")) || key.name() == number;
        changes.added.retain(|definition| is_of_payload(&definition.key));
        changes.removed.retain(|definition| is_of_payload(&definition.key));
        changes.renamed.retain(|renamed| is_of_payload(&renamed.new.key));
        changes.modified.retain(|modified| is_of_payload(&modified.key));
        assert!(!changes.added.is_empty() && !changes.modified.is_empty());
        (*payload, changes)
    })
}

fn generous() -> MarkdownStyle {
    MarkdownStyle { max_chars: usize::MAX, max_entries: 10_000, max_diff_lines: 10_000, ..Default::default() }
}

#[test]
fn markdown_holds_no_link_no_image_no_mention_and_only_our_html() {
    let mut looked_at = 0;
    for (payload, changes) in each_alone() {
        let report = markdown(&changes, &generous());
        let parsed = parse(&report);
        assert_html_is_ours(&parsed.html);
        assert_eq!(parsed.tables, 2 + report.matches("| Aspect |").count(), "{payload:?}\n{report}");
        assert!(!report.chars().any(|c| is_hidden(c) && c != '\n'), "{payload:?}");
        looked_at += parsed.codes.len();
    }
    assert!(looked_at > 1_000);
}

#[test]
fn markdown_shows_each_text_as_it_is() {
    for (payload, changes) in each_alone() {
        let report = markdown(&changes, &generous());
        let codes = parse(&report).codes;
        // A pipe after a backslash is written as an escape inside of tables.
        let expected = |text: &str| {
            let text = text.replace("\\|", "\\u{7c}");
            if payload.contains(&"`".repeat(60)) { text.replace('`', "\\u{60}") } else { text }
        };
        let quoted = quoted(&format!("{payload}2"));
        assert!(codes.contains(&expected(&quoted)), "{quoted} is not in\n{report}");
        let key = changes.modified[0].key.to_string();
        let key = without_commands(&key);
        assert!(codes.contains(&expected(&key)), "{key} is not in\n{report}");
    }
}

/// The expected quoted form, by another way than the crate's.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            c => assetdiff::escape_hidden(&c.to_string()).into_owned(),
        })
        .collect();
    without_commands(&format!("\"{escaped}\""))
}

fn without_commands(text: &str) -> String {
    text.replace("##[", "#\\u{23}[").replace("##vso[", "#\\u{23}vso[")
}

#[test]
fn markdown_fits_into_every_budget() {
    let changes = hostile::changes();
    let least = markdown(&changes, &MarkdownStyle { max_chars: 0, ..Default::default() });
    assert!(least.contains("modified") && least.len() < 1_000, "{least}");
    for max_chars in (0..20_000).step_by(487).chain([65_536, 262_144]) {
        let report = markdown(&changes, &MarkdownStyle { max_chars, ..Default::default() });
        let length = report.encode_utf16().count();
        assert!(length <= max_chars.max(least.encode_utf16().count()), "{length} of {max_chars}");
        let parsed = parse(&report);
        if parsed.html.len() > 1 {
            assert_html_is_ours(&parsed.html);
        }
        assert!(report.contains("not shown"), "{max_chars}");
    }
}

#[test]
fn a_title_is_text() {
    let changes = hostile::changes();
    // Letters of any script stand in a heading as they are.
    let is_words = |payload: &str| payload.chars().all(char::is_alphabetic);
    for payload in hostile::PAYLOADS.iter().filter(|payload| !is_words(payload)) {
        let style =
            MarkdownStyle { title: Some((*payload).to_owned()), max_chars: 4_000, ..Default::default() };
        parse(&markdown(&changes, &style));
    }
    let style = MarkdownStyle { title: Some("Assets: prod (nightly)".to_owned()), ..Default::default() };
    assert!(markdown(&changes, &style).contains("\n## Assets: prod (nightly)\n"));
}

fn texts(style: &TextStyle) -> Vec<String> {
    let mut texts = vec![text(&hostile::changes(), style), snapshot(&hostile::graph(1), style)];
    let definitions = hostile::graph(2);
    texts.extend(definitions.definitions().map(|asset| definition(&asset, None, style)));
    texts
}

#[test]
fn text_holds_no_hidden_character() {
    for width in [0, 100, 100_000] {
        let style = TextStyle { width, ..TextStyle::default() };
        for report in texts(&style) {
            assert!(report.len() > 20);
            assert!(report.ends_with('\n'));
            assert!(!report.chars().any(|c| is_hidden(c) && c != '\n'), "{report}");
        }
    }
}

#[test]
fn the_only_escapes_in_colored_text_are_colors() {
    for report in texts(&TextStyle { color: true, ..TextStyle::default() }) {
        for escape in report.split('\u{1b}').skip(1) {
            let code = escape.strip_prefix('[').and_then(|rest| rest.split_once('m')).unwrap().0;
            assert!(code.bytes().all(|b| b.is_ascii_digit() || b == b';'), "{escape:?}");
        }
        assert!(!report.chars().any(|c| is_hidden(c) && !"\n\u{1b}".contains(c)));
    }
}

#[test]
fn no_line_is_a_workflow_command() {
    let is_command =
        |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
    for width in [0, 60, 100, 100_000] {
        for color in [false, true] {
            for report in texts(&TextStyle { width, color, ..TextStyle::default() }) {
                for line in report.lines() {
                    assert!(!is_command(line), "{line:?}");
                }
            }
        }
    }
    for (_, changes) in each_alone() {
        let report = markdown(&changes, &generous());
        assert!(!report.lines().any(is_command));
    }
}

#[test]
fn lines_keep_to_the_width() {
    for width in [40, 72, 100] {
        for report in texts(&TextStyle { width, ..TextStyle::default() }) {
            for line in report.lines() {
                // A command at the start of a line is broken by an escape of five more columns.
                let slack = if line.contains("\\u{3a}:") { 5 } else { 0 };
                assert!(line.width() <= width + slack, "{} of {width}: {line:?}", line.width());
            }
        }
    }
}

#[test]
fn no_asset_name_can_hide_another_change() {
    let names = ["a\n  - b", "a\u{1b}[2K", "a\u{202e}"];
    for name in names {
        let asset = AssetDefinition::new(AssetKey::new([name]).unwrap());
        let shown = definition(&asset, None, &TextStyle::default());
        assert_eq!(shown.lines().count(), 2);
    }
}
