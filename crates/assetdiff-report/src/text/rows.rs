//! Rows with a label: the facts of a change, the aspects of a definition.

use super::page::{Page, Role, Runs, width};
use crate::facts::{DiffLine, DiffSign, Fact, Line, Reason, Sign, SourceDiff};
use crate::phrase::Phrase;
use crate::shown::count;

/// The columns of a label: the longest name of an aspect.
const LABEL: usize = 13;
/// The column where labels begin.
const INDENT: usize = 4;
/// Pages below this width have labels on lines of their own.
const WIDE: usize = 72;
/// Subjects wider than this are not padded.
const MAX_SUBJECT: usize = 28;

/// Writes rows that belong to one label; only the first one shows it.
pub(super) struct Rows<'p> {
    page: &'p mut Page,
    label: Option<(Role, &'static str)>,
    is_wide: bool,
    body: usize,
}

impl<'p> Rows<'p> {
    pub(super) fn new(page: &'p mut Page, role: Role, label: &'static str) -> Self {
        let is_wide = page.width() >= WIDE;
        let body = if is_wide { INDENT + LABEL + 2 } else { INDENT + 2 };
        Self { page, label: Some((role, label)), is_wide, body }
    }

    /// Returns the columns that a row has.
    fn room(&self) -> usize {
        self.page.width().saturating_sub(self.body)
    }

    pub(super) fn row(&mut self, indent: usize, runs: Runs) {
        let hang = self.body + indent + 2;
        match self.label.take() {
            Some((role, label)) if self.is_wide => {
                let gap = LABEL + 2 - width(label) + indent;
                let labelled = Runs::ours(role, label).and(Role::Plain, " ".repeat(gap)).and_runs(runs);
                self.page.line(INDENT, hang, &labelled);
            }
            Some((role, label)) => {
                self.page.line(INDENT, INDENT, &Runs::ours(role, label));
                self.page.line(self.body + indent, hang, &runs);
            }
            None => self.page.line(self.body + indent, hang, &runs),
        }
    }

    pub(super) fn reason(&mut self, reason: &Reason) {
        let subjects = reason.facts.iter().filter_map(|fact| match fact {
            Fact::Line(line) if !line.subject.is_empty() => Some(phrase_width(&line.subject)),
            Fact::Line(_) | Fact::Source(_) => None,
        });
        let pad = subjects.filter(|&width| width <= MAX_SUBJECT).max().unwrap_or(0);
        for fact in &reason.facts {
            match fact {
                Fact::Line(line) => self.fact_line(line, pad),
                Fact::Source(diff) => self.source(diff),
            }
        }
        if let Some(more) = &reason.more {
            self.row(0, Runs::ours(Role::Quiet, more.clone()));
        }
    }

    fn fact_line(&mut self, line: &Line, pad: usize) {
        let Line { sign, subject, old, new, note } = line;
        let head = sign_runs(*sign).and_phrase(Role::Plain, subject);
        let (old_role, new_role) = (Role::Removed, Role::Added);
        let mut tail = Runs::default();
        match (old, new) {
            (Some(old), Some(new)) => {
                tail = tail.and_phrase(old_role, old).and(Role::Quiet, " -> ").and_phrase(new_role, new);
            }
            (Some(value), None) | (None, Some(value)) => tail = tail.and_phrase(Role::Plain, value),
            (None, None) => {}
        }
        let subject_width = phrase_width(subject);
        let gap = if subject.is_empty() { 0 } else { pad.saturating_sub(subject_width) + 2 };
        if let (Some(old), Some(new)) = (old, new)
            && head.width() + gap + tail.width() > self.room()
        {
            if !(subject.is_empty() && note.is_empty()) {
                self.row(0, with_note(head, note));
            }
            let indent = if subject.is_empty() { 0 } else { 2 };
            self.row(indent, Runs::ours(old_role, "- ").and_phrase(old_role, old));
            self.row(indent, Runs::ours(new_role, "+ ").and_phrase(new_role, new));
            return;
        }
        let has_tail = old.is_some() || new.is_some() || !note.is_empty();
        let head = if has_tail { head.and(Role::Plain, " ".repeat(gap)) } else { head };
        let runs = head.and_runs(tail);
        self.row(0, if note.is_empty() { runs } else { runs.and_phrase(Role::Quiet, note) });
    }

    fn source(&mut self, diff: &SourceDiff) {
        let SourceDiff { subject, lines, more } = diff;
        if !subject.is_empty() {
            self.row(0, sign_runs(Sign::Changed).and_phrase(Role::Plain, subject));
        }
        for DiffLine { sign, text } in lines {
            let role = match sign {
                DiffSign::Hunk => Role::Quiet,
                DiffSign::Both => Role::Plain,
                DiffSign::Old => Role::Removed,
                DiffSign::New => Role::Added,
            };
            self.row(2, Runs::ours(role, sign.as_str()).and_phrase(role, text));
        }
        if *more > 0 {
            let more = count(*more, "more line", "more lines");
            self.row(2, Runs::ours(Role::Quiet, format!("… {more}")));
        }
    }
}

fn sign_runs(sign: Sign) -> Runs {
    match sign {
        Sign::None => Runs::default(),
        Sign::Added => Runs::ours(Role::Added, "+ "),
        Sign::Removed => Runs::ours(Role::Removed, "- "),
        Sign::Changed => Runs::ours(Role::Changed, "~ "),
        Sign::Renamed => Runs::ours(Role::Changed, "> "),
    }
}

fn with_note(runs: Runs, note: &Phrase) -> Runs {
    if note.is_empty() { runs } else { runs.and(Role::Plain, "  ").and_phrase(Role::Quiet, note) }
}

pub(super) fn phrase_width(phrase: &Phrase) -> usize {
    Runs::default().and_phrase(Role::Plain, phrase).width()
}
