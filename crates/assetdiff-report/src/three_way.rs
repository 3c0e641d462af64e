//! What two sides changed, and what does not go together.

use assetdiff::{Alike, MergeConflict, Side, ThreeWay};

use crate::excerpt;
use crate::markdown::{MARKER, MarkdownFrame, inline, markdown_framed};
use crate::overview::Overview;
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::{MarkdownStyle, TextStyle};
use crate::text::page::{Page, Role, Runs};
use crate::text::text;

/// Returns the report of a three-way comparison, as lines for a terminal or a log.
///
/// First the totals of both sides and of the merge, then the conflicts with their values, then what both changed
/// alike and what the base changed; at last the branch's own changes in full. What is cut is told.
pub fn three_way(three_way: &ThreeWay, style: &TextStyle) -> String {
    let max = style.max_entries.max(1);
    let mut page = Page::new(style);
    for (name, words) in totals(three_way) {
        let name = format!("{name:<11} ");
        page.line(0, 12, &Runs::ours(Role::Quiet, name).and(Role::Strong, words));
    }
    let mut list = |title: &str, items: Vec<Phrase>| {
        if items.is_empty() {
            return;
        }
        page.blank();
        let number = format!(" ({})", grouped(items.len()));
        page.line(0, 2, &Runs::ours(Role::Strong, title.to_owned()).and(Role::Quiet, number));
        for item in items.iter().take(max) {
            page.line(2, 4, &Runs::default().and_phrase(Role::Plain, item));
        }
        if items.len() > max {
            let more = format!("… {} more", grouped(items.len() - max));
            page.line(2, 4, &Runs::ours(Role::Quiet, more));
        }
    };
    list("Conflicts", conflicts(three_way, style.max_value));
    list("Changed alike on both sides", alike(three_way));
    list("Changed in the base meanwhile", theirs(three_way));
    page.blank();
    page.line(0, 2, &Runs::ours(Role::Strong, "Changed in the branch"));
    page.blank();
    page.finish() + &text(&three_way.yours, style)
}

/// Returns the report of a three-way comparison in GitHub's Markdown, for the comment of a pull request.
///
/// The totals, the conflicts and what the base changed stand before the report of the branch's own changes, which is
/// cut as [`markdown`](crate::markdown()) cuts it.
pub fn three_way_markdown(three_way: &ThreeWay, style: &MarkdownStyle) -> String {
    let style = MarkdownStyle {
        title: Some(style.title.clone().unwrap_or_else(|| "Changes of the branch".to_owned())),
        ..style.clone()
    };
    let lead = three_way_section(three_way, &style);
    let report =
        markdown_framed(&three_way.yours, &style, &MarkdownFrame { lead, ..MarkdownFrame::default() });
    debug_assert!(report.starts_with(MARKER));
    report
}

/// Returns the part of [`three_way_markdown`] that stands before the branch's own changes.
pub(crate) fn three_way_section(three_way: &ThreeWay, style: &MarkdownStyle) -> String {
    let max = style.max_entries.clamp(1, 20);
    let mut out = String::new();
    for (name, words) in totals(three_way) {
        out.push_str(&format!("- {name}: {words}\n"));
    }
    out.push('\n');
    let mut list = |title: &str, items: Vec<Phrase>| {
        if items.is_empty() {
            return;
        }
        out.push_str(&format!("**{title}**\n\n"));
        for item in items.iter().take(max) {
            out.push_str(&format!("- {}\n", inline::inline(item, inline::Place::Paragraph)));
        }
        if items.len() > max {
            out.push_str(&format!("- … {} more\n", grouped(items.len() - max)));
        }
        out.push('\n');
    };
    list("Conflicts with the base", conflicts(three_way, style.max_value.min(120)));
    list("Changed alike on both sides", alike(three_way));
    list("Changed in the base meanwhile", theirs(three_way));
    out
}

fn totals(three_way: &ThreeWay) -> Vec<(&'static str, String)> {
    let ThreeWay { yours, theirs, alike, conflicts, incoming, .. } = three_way;
    let of = |changes| format!("{}.", Overview::new(changes).totals());
    let merged = match (incoming, conflicts.len()) {
        (Some(incoming), _) => of(incoming),
        (None, number) => {
            format!("{}: it cannot be merged as it is.", count(number, "conflict", "conflicts"))
        }
    };
    let mut totals = vec![("branch", of(yours)), ("base", of(theirs)), ("merge", merged)];
    if !alike.is_empty() {
        totals.insert(2, ("both alike", format!("{}.", count(alike.len(), "change", "changes"))));
    }
    totals
}

fn alike(three_way: &ThreeWay) -> Vec<Phrase> {
    let words = |Alike { key, code_location, aspect, entry }: &Alike| {
        let place = location(Phrase::key(key), code_location.as_deref());
        match aspect {
            Some(aspect) => part(place.and(": ").and(aspect.as_str()), entry.as_deref()),
            None => place.and(": added, removed or renamed"),
        }
    };
    three_way.alike.iter().map(words).collect()
}

fn theirs(three_way: &ThreeWay) -> Vec<Phrase> {
    let changes = three_way.theirs.changes();
    let words = changes.iter().map(|change| {
        let kinds: Vec<&str> = change.kinds().iter().map(|kind| kind.as_str()).collect();
        location(Phrase::key(change.key()), change.code_location()).and(format!(": {}", kinds.join(", ")))
    });
    words.collect()
}

fn conflicts(three_way: &ThreeWay, max_value: usize) -> Vec<Phrase> {
    three_way.conflicts.iter().map(|conflict| conflict_words(conflict, max_value)).collect()
}

fn conflict_words(conflict: &MergeConflict, max_value: usize) -> Phrase {
    match conflict {
        MergeConflict::BothChanged { key, code_location, aspect, entry, old, yours, theirs } => {
            let place = location(Phrase::key(key), code_location.as_deref());
            let place = part(place.and(": ").and(aspect.map_or("key", |a| a.as_str())), entry.as_deref());
            let value = |json: &Option<assetdiff::Json>| match json {
                Some(json) => excerpt::value(json.as_str(), max_value, Shown::literal),
                None => Phrase::none(),
            };
            place
                .and(" was ")
                .and_phrase(value(old))
                .and(", in the branch ")
                .and_phrase(value(yours))
                .and(", in the base ")
                .and_phrase(value(theirs))
        }
        MergeConflict::RemovedAndChanged { key, code_location, removed_by, aspects } => {
            let aspects: Vec<&str> = aspects.iter().map(|aspect| aspect.as_str()).collect();
            let what = if aspects.is_empty() { "key".to_owned() } else { aspects.join(", ") };
            let words = format!(
                ": {} removed it, {} changed its {what}",
                side(*removed_by),
                side(removed_by.other())
            );
            location(Phrase::key(key), code_location.as_deref()).and(words)
        }
        MergeConflict::DependsOnRemoved { key, upstream, removed_by } => Phrase::key(key)
            .and(format!(": in {} it depends on ", side(removed_by.other())))
            .and_phrase(Phrase::key(upstream))
            .and(format!(", which {} removed", side(*removed_by))),
        MergeConflict::Cycle { path } => Phrase::ours("the merge would close a cycle: ")
            .and_phrase(Phrase::list(path.iter().map(Phrase::key), " -> ", 20)),
        MergeConflict::SamePlace { key, code_location } => {
            location(Phrase::key(key), code_location.as_deref()).and(": two assets would have this key")
        }
        other => Phrase::theirs(Shown::literal(&other.to_string())),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Yours => "the branch",
        Side::Theirs => "the base",
    }
}

fn location(phrase: Phrase, code_location: Option<&str>) -> Phrase {
    match code_location {
        Some(location) => phrase.and(" in ").and_phrase(Phrase::name(location)),
        None => phrase,
    }
}

fn part(phrase: Phrase, entry: Option<&str>) -> Phrase {
    match entry {
        Some(entry) => phrase.and(" ").and_phrase(Phrase::name(entry)),
        None => phrase,
    }
}
