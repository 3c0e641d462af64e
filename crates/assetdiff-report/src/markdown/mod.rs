//! Reports for the comment of a pull request.

mod details;
pub(crate) mod inline;

use std::cmp::Reverse;

use assetdiff::{AssetChange, ChangeSet, Effects};

use crate::effects;
use crate::facts;
use crate::overview::{Entry, Overview, Section};
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::{Detail, MarkdownStyle};
use inline::{Place, code, inline, units};

/// The first line of every report: by it a comment is found again, to be updated in place.
pub const MARKER: &str = "<!-- assetdiff -->";

/// What is kept free to tell what is cut.
const RESERVE: usize = 160;

/// Returns the report of a comparison in GitHub's Markdown, for the comment of a pull request.
///
/// First the totals, then the changed assets, what costs most first, then the old and new values of
/// each, folded. Where that is longer than [`max_chars`](MarkdownStyle::max_chars), the values of
/// the assets that cost least are left out first, then assets; how many is told.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Snapshot, diff};
/// use assetdiff_report::{MARKER, MarkdownStyle, markdown};
///
/// let graph = AssetGraph::new(Snapshot::default())?;
/// let changes = diff(&graph, &graph, &DiffOptions::default());
/// let comment = markdown(&changes, &MarkdownStyle::default());
/// assert!(comment.starts_with(MARKER));
/// assert!(comment.contains("No differences."));
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn markdown(changes: &ChangeSet, style: &MarkdownStyle) -> String {
    markdown_framed(changes, style, &MarkdownFrame::default())
}

/// What stands in a report in Markdown around the changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkdownFrame {
    /// The first line, by which a comment is found again; [`MARKER`] if it is empty.
    pub marker: String,
    /// What follows the totals.
    pub lead: String,
    /// What ends the report.
    pub tail: String,
}

/// Returns the report of [`markdown`] in a frame, which is always kept and counts for
/// [`max_chars`](MarkdownStyle::max_chars): whoever writes it keeps it well below that.
pub fn markdown_framed(changes: &ChangeSet, style: &MarkdownStyle, frame: &MarkdownFrame) -> String {
    let MarkdownFrame { marker, lead, tail } = frame;
    let marker = if marker.is_empty() { MARKER } else { marker };
    let overview = Overview::new(changes);
    let report = Report {
        overview: &overview,
        changes,
        detail: style.detail().with_places([&changes.base, &changes.head]),
    };
    let mut budget = Budget { left: style.max_chars.saturating_sub(RESERVE) };
    let head = format!("{marker}\n## {}\n\n**{}.**\n\n{lead}", heading(style), overview.totals());
    budget.left = budget.left.saturating_sub(units(&head) + units(tail));
    let summary = budget.take(report.summary()).unwrap_or_default();
    let sides = budget.take(report.sides()).unwrap_or_default();
    let share = budget.share();
    let undefined = share.list(|lines| report.undefined(lines));
    let following = share.list(|_| report.following());
    let ignored = share.list(|lines| report.ignored(lines));
    let lists = [&undefined, &following, &ignored];
    budget.left = budget.left.saturating_sub(lists.into_iter().map(|part| units(part)).sum());
    let table = report.table(&mut budget);
    let details = report.details(&mut budget);
    let parts = [head, sides, summary, table, undefined, following, details, ignored];
    let mut out = parts.concat();
    out.truncate(out.trim_end().len());
    out.push('\n');
    if !tail.is_empty() {
        out.push('\n');
        out.push_str(tail);
    }
    out
}

/// Returns a text as a code span of Markdown, in which nothing is markup, a link or a mention.
pub fn markdown_code(text: &str) -> String {
    code(&Shown::literal(text), Place::Paragraph)
}

/// What is left of the characters of a report.
struct Budget {
    left: usize,
}

impl Budget {
    /// Returns the text if it fits, and counts it.
    fn take(&mut self, text: String) -> Option<String> {
        self.left = self.left.checked_sub(units(&text))?;
        Some(text)
    }

    /// Returns a part for lists that must not take the place of all that follows.
    fn share(&self) -> Budget {
        Budget { left: self.left / 6 }
    }

    /// Returns a list whose lines fit; nothing if there is no room for its head.
    fn list(&self, lay_out: impl FnOnce(&mut Budget) -> String) -> String {
        let list = lay_out(&mut Budget { left: self.left.saturating_sub(RESERVE) });
        if units(&list) <= self.left { list } else { String::new() }
    }

    /// Appends the lines that fit, in order; returns how many do not.
    fn take_lines(&mut self, out: &mut String, lines: impl ExactSizeIterator<Item = String>) -> usize {
        let mut lines = lines;
        while let Some(line) = lines.next() {
            match self.take(line) {
                Some(line) => out.push_str(&line),
                None => return lines.len() + 1,
            }
        }
        0
    }
}

/// Returns the title: as code if it holds anything that a host could take for more than words.
fn heading(style: &MarkdownStyle) -> String {
    let title = style.title.as_deref().unwrap_or("Asset changes").trim();
    let is_words = title.chars().all(|c| c.is_alphanumeric() || " ,.-()/:'".contains(c))
        && title.split(':').skip(1).all(|after| after.starts_with(' '))
        && ["www.", "gh-"].iter().all(|mark| !title.to_lowercase().contains(mark))
        && !title.starts_with(['-', '.'])
        && title.chars().any(char::is_alphanumeric)
        && title.len() <= 200;
    if is_words { title.to_owned() } else { code(&Shown::name(title), Place::Paragraph) }
}

struct Report<'a> {
    overview: &'a Overview<'a>,
    changes: &'a ChangeSet,
    detail: Detail,
}

impl Report<'_> {
    fn sides(&self) -> String {
        let Some([base, head]) = self.overview.sides() else { return String::new() };
        let side = |words: &Phrase| match words.is_empty() {
            true => "unknown".to_owned(),
            false => inline(words, Place::Paragraph),
        };
        format!("Base: {}\\\nHead: {}\n\n", side(&base), side(&head))
    }

    fn summary(&self) -> String {
        let mut rows = String::new();
        let mut row = |name: &str, number: usize, effect: &str| {
            if number > 0 {
                rows.push_str(&format!("| {name} | {} | {effect} |\n", grouped(number)));
            }
        };
        for section in Section::ALL {
            let number = self.overview.of(section).count();
            row(section.title(), number, &self.overview.effect_counts(section));
        }
        if rows.is_empty() {
            return rows;
        }
        format!("| Change | Assets | Effect |\n|---|---:|---|\n{rows}\n")
    }

    /// Returns the changes that stand in the table, what costs most first.
    fn rows(&self) -> Vec<&Entry<'_>> {
        let entries = self.overview.entries.iter();
        let mut rows: Vec<_> = entries.filter(|entry| entry.section != Section::Following).collect();
        rows.sort_by_key(|entry| (Reverse(entry.effects), entry.section));
        rows
    }

    fn table(&self, budget: &mut Budget) -> String {
        let rows = self.rows();
        let head = "| Asset | Change | What changed | Effect |\n|---|---|---|---|\n".to_owned();
        if rows.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        let mut cut = rows.len();
        if let Some(head) = budget.take(head) {
            out = head;
            cut = budget.take_lines(&mut out, rows.iter().map(|entry| self.row(entry)));
        }
        if cut == rows.len() {
            out.clear();
        }
        if cut > 0 {
            let more = count(cut, "more changed asset", "more changed assets");
            out.push_str(&format!("\n… {more} not shown.\n"));
            // Values of assets that are told of come before those of assets that are not.
            budget.left = 0;
        }
        out.push('\n');
        out
    }

    fn row(&self, entry: &Entry<'_>) -> String {
        let (change, what) = match entry.change {
            AssetChange::Added(_) => ("added", String::new()),
            AssetChange::Removed(_) => ("removed", String::new()),
            AssetChange::Renamed(relocated) => {
                ("renamed", format!("was {}", code(&Shown::key(&relocated.old.key), Place::Cell)))
            }
            AssetChange::Moved(_) => ("moved", String::new()),
            AssetChange::Modified(_) => ("modified", String::new()),
        };
        let brief = facts::brief(&entry.change).map(|brief| inline(&brief, Place::Cell));
        let parts = [Some(what), brief, Some(self.aspects(entry))];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        format!("| {} | {change} | {} | {} |\n", key(entry), parts.join(", "), entry.effect_words())
    }

    /// Returns the names of the aspects that changed, those in bold that cause the effects.
    fn aspects(&self, entry: &Entry<'_>) -> String {
        let Some(modification) = entry.change.modification() else { return String::new() };
        let overrides = &self.changes.effect_overrides;
        let mut aspects: Vec<(Effects, &str)> = Vec::new();
        for aspect in modification.aspects() {
            let effects = effects::of_aspect(aspect, modification, entry.kinds.iter().copied(), overrides);
            aspects.push((effects, aspect.as_str()));
        }
        aspects.sort_by_key(|(effects, _)| Reverse(*effects));
        let names = aspects.iter().map(|(effects, name)| match effects::is_cause(*effects, entry.effects) {
            true => format!("**{name}**"),
            false => (*name).to_owned(),
        });
        names.collect::<Vec<_>>().join(", ")
    }

    fn details(&self, budget: &mut Budget) -> String {
        let mut out = String::new();
        let mut cut = 0;
        for entry in self.rows().into_iter().filter(|entry| entry.change.modification().is_some()) {
            // Nothing is shorter than this; to lay it out only to throw it away would cost time.
            let text = (budget.left > 100).then(|| self.detail_of(entry));
            match text.map(|text| text.map(|text| budget.take(text))) {
                Some(None) => {}
                Some(Some(Some(text))) => out.push_str(&text),
                None | Some(Some(None)) => cut += 1,
            }
        }
        if cut > 0 {
            let assets = count(cut, "changed asset", "changed assets");
            out.push_str(&format!("The old and new values of {assets} are not shown.\n\n"));
        }
        out
    }

    fn detail_of(&self, entry: &Entry<'_>) -> Option<String> {
        details::details(entry, &self.changes.effect_overrides, &self.detail)
    }

    fn following(&self) -> String {
        let keys: Vec<_> = self.overview.of(Section::Following).map(|entry| entry.change.key()).collect();
        if keys.is_empty() {
            return String::new();
        }
        let list = Phrase::keys(keys, self.detail.max_entries);
        format!("**Follow a rename:** {}\n\n", inline(&list, Place::Paragraph))
    }

    fn undefined(&self, budget: &mut Budget) -> String {
        let undefined = self.overview.undefined();
        let lists = [(&undefined.lost, "no longer defined"), (&undefined.new, "new")];
        let upstreams: Vec<_> = lists
            .iter()
            .flat_map(|(list, words)| list.iter().map(move |upstream| (upstream, *words)))
            .collect();
        let lines = upstreams.iter().take(self.detail.max_entries).map(|(upstream, words)| {
            let readers = Phrase::keys(&upstream.downstream, self.detail.max_entries.min(10));
            let readers = inline(&readers, Place::Paragraph);
            format!("- {}: {words}, read by {readers}\n", code(&Shown::key(&upstream.key), Place::Paragraph))
        });
        let listed = lines.len();
        let mut out = "**Undefined upstream:** read, and defined nowhere\n\n".to_owned();
        let more = budget.take_lines(&mut out, lines) + upstreams.len() - listed;
        if more > 0 {
            out.push_str(&format!("- … {} more\n", grouped(more)));
        }
        match undefined.known_words() {
            Some(known) => out.push_str(&format!("- {known}\n")),
            None if upstreams.is_empty() => return String::new(),
            None => {}
        }
        out.push('\n');
        out
    }

    fn ignored(&self, budget: &mut Budget) -> String {
        let ignored = self.overview.ignored();
        if ignored.is_empty() {
            return String::new();
        }
        let lines = ignored.iter().take(self.detail.max_entries);
        let lines =
            lines.map(|rules| format!("- {}: {}\n", inline(&rules.rules, Place::Paragraph), rules.words()));
        let listed = lines.len();
        let mut out = "**Ignored by rules**\n\n".to_owned();
        let more = budget.take_lines(&mut out, lines) + ignored.len() - listed;
        if more > 0 {
            out.push_str(&format!("- … {}\n", count(more, "more rule", "more rules")));
        }
        out.push('\n');
        out
    }
}

/// Returns the cell of the key, with the code location that tells definitions of one key apart.
fn key(entry: &Entry<'_>) -> String {
    let key = code(&Shown::key(entry.change.key()), Place::Cell);
    match entry.change.code_location() {
        Some(location) => format!("{key} in {}", code(&Shown::name(location), Place::Cell)),
        None => key,
    }
}
