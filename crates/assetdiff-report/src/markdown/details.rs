//! What changed in one asset, to be unfolded.

use assetdiff::EffectOverrides;

use super::inline::{Place, html, inline, longest_run};
use crate::facts::{self, DiffLine, Fact, Line, Reason, Sign, SourceDiff};
use crate::overview::Entry;
use crate::phrase::{Phrase, Span};
use crate::shown::{Shown, count, without_line_command};
use crate::style::Detail;

/// Returns the values of a change; `None` if all of it stands in the table of changes.
pub(super) fn details(entry: &Entry<'_>, overrides: &EffectOverrides, detail: &Detail) -> Option<String> {
    let modification = entry.change.modification()?;
    let reasons = facts::reasons(modification, overrides, detail);
    if reasons.is_empty() {
        return None;
    }
    let location =
        entry.change.code_location().map(|name| format!(" in <code>{}</code>", html(&Shown::name(name))));
    let mut out = format!(
        "<details>\n<summary><code>{}</code>{}: {}</summary>\n\n",
        html(&Shown::key(entry.change.key())),
        location.unwrap_or_default(),
        entry.effect_words(),
    );
    out.push_str(&values_table(&reasons));
    for reason in &reasons {
        for fact in &reason.facts {
            if let Fact::Source(diff) = fact {
                out.push_str(&source(reason, diff));
            }
        }
    }
    out.push_str("</details>\n\n");
    Some(out)
}

fn values_table(reasons: &[Reason]) -> String {
    let mut rows = String::new();
    for reason in reasons {
        let mut aspect = format!("**{}**", reason.aspect);
        let lines = reason.facts.iter().filter_map(|fact| match fact {
            Fact::Line(line) => Some(line),
            Fact::Source(_) => None,
        });
        for line in lines {
            rows.push_str(&table_row(&std::mem::take(&mut aspect), &line_cells(line)));
        }
        if let Some(more) = &reason.more {
            rows.push_str(&table_row(&aspect, &[more.clone(), String::new(), String::new()]));
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!("| Aspect | | Before | After |\n|---|---|---|---|\n{rows}\n")
}

/// Returns the cells of a line after the first one.
fn line_cells(line: &Line) -> [String; 3] {
    let Line { sign, subject, old, new, note } = line;
    let cell = |phrase: &Phrase| inline(phrase, Place::Cell);
    let optional = |phrase: &Option<Phrase>| phrase.as_ref().map(cell).unwrap_or_default();
    let mut after = optional(new);
    if !note.is_empty() {
        after = if after.is_empty() { cell(note) } else { format!("{after}, {}", cell(note)) };
    }
    let is_bare = old.is_none() && after.is_empty();
    let after = match sign {
        Sign::Added if is_bare => "added".to_owned(),
        Sign::Removed if after.is_empty() => "removed".to_owned(),
        Sign::None | Sign::Added | Sign::Removed | Sign::Changed | Sign::Renamed => after,
    };
    [cell(subject), optional(old), after]
}

fn table_row(first: &str, others: &[String; 3]) -> String {
    let cells = std::iter::once(first).chain(others.iter().map(String::as_str));
    let cells: Vec<String> =
        cells.map(|cell| if cell.is_empty() { " ".to_owned() } else { format!(" {cell} ") }).collect();
    format!("|{}|\n", cells.join("|"))
}

fn source(reason: &Reason, diff: &SourceDiff) -> String {
    let SourceDiff { subject, lines, more } = diff;
    let mut body = String::new();
    for DiffLine { sign, text } in lines {
        let line = format!("{}{}", sign.as_str(), plain(text));
        body.push_str(&without_line_command(&line));
        body.push('\n');
    }
    if *more > 0 {
        body.push_str(&format!("… {}\n", count(*more, "more line", "more lines")));
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    let gap = if subject.is_empty() { "" } else { " " };
    let subject = inline(subject, Place::Paragraph);
    format!("**{}**{gap}{subject}\n\n{fence}diff\n{body}{fence}\n\n", reason.aspect)
}

/// Returns a phrase where nothing is read as Markdown.
fn plain(phrase: &Phrase) -> String {
    let spans = phrase.spans().iter().map(|span| match span {
        Span::Ours(words) => words,
        Span::Theirs(text) => text.as_str(),
    });
    spans.collect()
}
