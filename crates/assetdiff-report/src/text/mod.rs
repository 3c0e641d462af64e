//! Reports for a terminal or a log.

mod definition;
pub(crate) mod page;
mod reach;
mod rows;

use assetdiff::{AssetChange, AssetDefinition, ChangeSet, DownstreamEffect, Effects, OwnEffect};

use crate::excerpt;
use crate::facts;
use crate::overview::{Entry, Overview, Section};
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::{Detail, TextStyle};

pub use definition::{definition, snapshot};
use page::{Page, Role, Runs};
pub use reach::{explanation, impact, plan};
use rows::{Rows, phrase_width};

/// Keys wider than this are not padded.
const MAX_KEY: usize = 44;

/// Returns the report of a comparison, as lines for a terminal or a log.
///
/// First what was compared and the totals, then each change with its effect and, by aspect, the old
/// and new values: what costs most first. Every line ends in a newline and keeps to the width. What
/// is cut is told. Costs O(n) for a change set of n bytes, but for the line diffs of source texts,
/// whose cost a limit bounds.
///
/// ```
/// use assetdiff::{AssetGraph, DiffOptions, Snapshot, diff};
/// use assetdiff_report::{TextStyle, text};
///
/// let graph = AssetGraph::new(Snapshot::default())?;
/// let changes = diff(&graph, &graph, &DiffOptions::default());
/// let report = text(&changes, &TextStyle::default());
/// assert_eq!(report.lines().last(), Some("No differences."));
/// # Ok::<(), assetdiff::LoadError>(())
/// ```
pub fn text(changes: &ChangeSet, style: &TextStyle) -> String {
    let overview = Overview::new(changes);
    let mut report = Report {
        page: Page::new(style),
        detail: style.detail().with_places([&changes.base, &changes.head]),
        changes,
        overview: &overview,
    };
    report.head();
    for section in Section::ALL {
        match section {
            Section::Added | Section::Removed => report.whole_assets(section),
            Section::Renamed | Section::Moved | Section::Modified => report.modifications(section),
            Section::Following => report.following(),
        }
    }
    report.undefined();
    report.ignored();
    report.page.finish()
}

struct Report<'a> {
    page: Page,
    detail: Detail,
    changes: &'a ChangeSet,
    overview: &'a Overview<'a>,
}

impl Report<'_> {
    fn head(&mut self) {
        if let Some([base, head]) = self.overview.sides() {
            for (name, words) in [("base  ", base), ("head  ", head)] {
                if !words.is_empty() {
                    let runs = Runs::ours(Role::Quiet, name).and_phrase(Role::Plain, &words);
                    self.page.line(0, 8, &runs);
                }
            }
            self.page.blank();
        }
        let totals = format!("{}.", self.overview.totals());
        if page::width(&totals) <= self.page.width() {
            self.page.line(0, 2, &Runs::ours(Role::Strong, totals));
            return;
        }
        let mut parts = self.overview.total_parts().into_iter();
        let changes = parts.next().unwrap_or_default();
        let others = parts.collect::<Vec<_>>().join("; ");
        let end = if others.is_empty() { "." } else { ";" };
        self.page.line(0, 2, &Runs::ours(Role::Strong, changes + end));
        if !others.is_empty() {
            self.page.line(0, 2, &Runs::ours(Role::Strong, others + "."));
        }
    }

    fn title(&mut self, title: &'static str, number: usize, words: Option<&'static str>) {
        self.page.blank();
        let title = Runs::ours(Role::Strong, title).and(Role::Quiet, format!(" ({})", grouped(number)));
        let runs = match words {
            Some(words) => title.and(Role::Quiet, ": ").and(Role::Quiet, words),
            None => title,
        };
        self.page.line(0, 2, &runs);
    }

    fn whole_assets(&mut self, section: Section) {
        let overview = self.overview;
        let Some(first) = overview.of(section).next() else { return };
        // What adding and removing mean is the same for all of them.
        self.title(section.title(), overview.of(section).count(), Some(first.effect_words()));
        let keys = overview.of(section).map(|entry| key_runs(entry, Role::Plain).width());
        let pad = keys.filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
        for entry in overview.of(section) {
            let key = key_runs(entry, Role::Plain);
            let gap = pad.saturating_sub(key.width()) + 2;
            let brief = facts::brief(&entry.change).unwrap_or_default();
            let runs = sign_runs(section).and_runs(key);
            let runs = runs.and(Role::Plain, " ".repeat(gap)).and_phrase(Role::Quiet, &brief);
            self.page.line(2, 6, &runs);
            if let AssetChange::Added(definition) | AssetChange::Removed(definition) = entry.change {
                self.first_line(definition);
            }
        }
    }

    fn first_line(&mut self, definition: &AssetDefinition) {
        let description = definition.description.as_deref().unwrap_or_default().trim();
        let Some(line) = description.lines().next() else { return };
        let more = description.lines().count() - 1;
        let mut words = excerpt::value(line.trim_end(), self.detail.max_value, Shown::literal);
        if more > 0 {
            words = words.and(format!(" … {}", count(more, "more line", "more lines")));
        }
        self.page.line(4, 6, &Runs::default().and_phrase(Role::Quiet, &words));
    }

    fn modifications(&mut self, section: Section) {
        let overview = self.overview;
        let number = overview.of(section).count();
        if number == 0 {
            return;
        }
        self.title(section.title(), number, None);
        for (index, entry) in overview.of(section).enumerate() {
            if index > 0 {
                self.page.blank();
            }
            self.entry(entry);
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let mut head = sign_runs(entry.section);
        let relocated = match entry.change {
            AssetChange::Renamed(relocated) | AssetChange::Moved(relocated) => Some(relocated),
            AssetChange::Added(_) | AssetChange::Removed(_) | AssetChange::Modified(_) => None,
        };
        if let Some(relocated) = relocated.filter(|relocated| relocated.old.key != relocated.new.key) {
            head = head.and_shown(Role::Strong, &Shown::key(&relocated.old.key)).and(Role::Quiet, " -> ");
        }
        head = head.and_runs(key_runs(entry, Role::Strong));
        head = head.and(Role::Plain, "  ").and(effect_role(entry.effects), entry.effect_words());
        let overrides = &self.changes.effect_overrides;
        if let Some(causes) = entry.causes(overrides) {
            head = head.and(Role::Quiet, format!(" ({causes})"));
        }
        if let Some(relocated) = relocated.filter(|relocated| relocated.similarity < 100) {
            head = head.and(Role::Quiet, format!("  {}% alike", relocated.similarity));
        }
        self.page.line(2, 6, &head);
        let Some(modification) = entry.change.modification() else { return };
        for reason in facts::reasons(modification, overrides, &self.detail) {
            let role = if reason.effects == Effects::NONE { Role::Quiet } else { Role::Plain };
            Rows::new(&mut self.page, role, reason.aspect.as_str()).reason(&reason);
        }
    }

    fn following(&mut self) {
        let entries: Vec<_> = self.overview.of(Section::Following).collect();
        if entries.is_empty() {
            return;
        }
        self.title(Section::Following.title(), entries.len(), Some("they read an asset under its new key"));
        let keys = entries.iter().map(|entry| Phrase::key(entry.change.key()));
        let list = Phrase::list(keys, ", ", self.detail.max_entries);
        self.page.line(2, 4, &sign_runs(Section::Following).and_phrase(Role::Plain, &list));
    }

    fn undefined(&mut self) {
        let undefined = self.overview.undefined();
        let total = self.changes.undefined_upstreams.len();
        if total == 0 {
            return;
        }
        self.title("Undefined upstream", total, Some("read, and defined nowhere"));
        let all =
            [(&undefined.lost, Role::Removed, "no longer defined"), (&undefined.new, Role::Changed, "new")];
        let keys = all.iter().flat_map(|(list, ..)| list.iter());
        let widths = keys.map(|upstream| phrase_width(&Phrase::key(&upstream.key)));
        let pad = widths.filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
        for (list, role, words) in all {
            for upstream in list.iter().take(self.detail.max_entries) {
                let key = Shown::key(&upstream.key);
                let gap = pad.saturating_sub(page::width(key.as_str())) + 2;
                let readers = Phrase::keys(&upstream.downstream, self.detail.max_entries.min(10));
                let runs = Runs::ours(role, "! ").and_shown(Role::Plain, &key);
                let runs = runs.and(Role::Quiet, format!("{}{words}, read by ", " ".repeat(gap)));
                self.page.line(2, 6, &runs.and_phrase(Role::Plain, &readers));
            }
            let more = list.len().saturating_sub(self.detail.max_entries);
            if more > 0 {
                let more = format!("… {} more {words}", grouped(more));
                self.page.line(4, 6, &Runs::ours(Role::Quiet, more));
            }
        }
        if let Some(known) = undefined.known_words() {
            self.page.line(4, 6, &Runs::ours(Role::Quiet, known));
        }
    }

    fn ignored(&mut self) {
        let ignored = self.overview.ignored();
        if ignored.is_empty() {
            return;
        }
        self.title("Ignored by rules", self.changes.suppressed.len(), None);
        let widths = ignored.iter().map(|ignored| phrase_width(&ignored.rules));
        let pad = widths.filter(|&width| width <= MAX_KEY).max().unwrap_or(0);
        for rules in ignored.iter().take(self.detail.max_entries) {
            let gap = pad.saturating_sub(phrase_width(&rules.rules)) + 2;
            let runs = Runs::default().and_phrase(Role::Plain, &rules.rules);
            self.page.line(4, 6, &runs.and(Role::Quiet, format!("{}{}", " ".repeat(gap), rules.words())));
        }
        let more = ignored.len().saturating_sub(self.detail.max_entries);
        if more > 0 {
            let more = format!("… {}", count(more, "more rule", "more rules"));
            self.page.line(4, 6, &Runs::ours(Role::Quiet, more));
        }
    }
}

fn sign_runs(section: Section) -> Runs {
    let role = match section {
        Section::Added => Role::Added,
        Section::Removed => Role::Removed,
        Section::Renamed | Section::Moved | Section::Modified | Section::Following => Role::Changed,
    };
    Runs::ours(role, section.sign()).and(Role::Plain, " ")
}

/// Returns the key, and the code location that tells definitions of one key apart.
fn key_runs(entry: &Entry<'_>, role: Role) -> Runs {
    let key = Runs::default().and_shown(role, &Shown::key(entry.change.key()));
    match entry.change.code_location() {
        Some(location) => key.and(Role::Quiet, " in ").and_shown(Role::Quiet, &Shown::name(location)),
        None => key,
    }
}

fn effect_role(effects: Effects) -> Role {
    match (effects.own, effects.downstream) {
        (OwnEffect::None, DownstreamEffect::None) => Role::Quiet,
        (OwnEffect::Recheck, DownstreamEffect::None) => Role::Plain,
        _ => Role::Changed,
    }
}
