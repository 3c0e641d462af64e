//! The version of the code: what is declared, the source text, and shared code.

use std::collections::BTreeMap;

use assetdiff::{CodePart, CodeVersion, ValueDiff};

use super::{Fact, Line, Sign, SourceDiff, optional_text_facts};
use crate::phrase::Phrase;
use crate::places::{CodePlaces, Side};
use crate::shown::{Shown, count};
use crate::style::Detail;

/// The parts of an asset's code on one side of a comparison.
#[derive(Clone, Copy)]
struct Parts<'a> {
    parts: &'a BTreeMap<String, CodePart>,
    side: Side,
    places: &'a CodePlaces,
}

pub(super) fn code_facts(diff: &ValueDiff<Option<CodeVersion>>, detail: &Detail) -> Vec<Fact> {
    let nothing = CodeVersion::default();
    let [old, new] = [&diff.old, &diff.new].map(|code| code.as_ref().unwrap_or(&nothing));
    let CodeVersion { parts, source, version } = old;
    let mut facts = Vec::new();
    if *version != new.version {
        let versions = ValueDiff { old: version.clone(), new: new.version.clone() };
        facts.extend(optional_text_facts(Phrase::ours("version"), &versions, detail));
    }
    facts.extend(part_lines(parts, &new.parts, detail).into_iter().map(Fact::from));
    match (source, &new.source) {
        (old, new) if old == new => {}
        (Some(old), Some(new)) => {
            facts.push(Fact::Source(SourceDiff::between(Phrase::ours("source"), old, new, detail)));
        }
        (old, new) => facts.push(
            Line::changed(Phrase::ours("source"), source_words(old.as_deref()), source_words(new.as_deref()))
                .into(),
        ),
    }
    if facts.is_empty() && diff.old.is_some() != diff.new.is_some() {
        let stated = |code: &Option<CodeVersion>| match code {
            Some(_) => Phrase::ours("stated, empty"),
            None => Phrase::none(),
        };
        facts.push(Line::changed(Phrase::default(), stated(&diff.old), stated(&diff.new)).into());
    }
    facts
}

/// Returns how long a source text is: where the other side has none, there is nothing to compare.
pub(crate) fn source_words(source: Option<&str>) -> Phrase {
    match source {
        Some(source) => Phrase::ours(count(source.lines().count(), "line", "lines")),
        None => Phrase::ours("unknown"),
    }
}

/// Returns what changed of the code that an asset reaches, a phrase for each part.
pub(crate) fn code_reasons(diff: &ValueDiff<Option<CodeVersion>>, detail: &Detail) -> Vec<Phrase> {
    let nothing = CodeVersion::default();
    let [old, new] = [&diff.old, &diff.new].map(|code| code.as_ref().unwrap_or(&nothing));
    let lines = part_lines(&old.parts, &new.parts, detail).into_iter();
    let reason = |line: Line| match line.old.zip(line.new) {
        None => line.subject.and(" ").and_phrase(line.note),
        Some((old, new)) => line.subject.and(" ").and_phrase(old).and(" -> ").and_phrase(new),
    };
    lines.map(reason).collect()
}

fn part_lines(
    old_parts: &BTreeMap<String, CodePart>,
    new_parts: &BTreeMap<String, CodePart>,
    detail: &Detail,
) -> Vec<Line> {
    let places = &detail.code_places;
    let old = Parts { parts: old_parts, side: Side::Base, places };
    let new = Parts { parts: new_parts, side: Side::Head, places };
    let subject = |name: &str, parts: Parts<'_>| Phrase::name(name).and_phrase(parts.place_words(name));
    let mut lines: Vec<(&String, Line)> = Vec::new();
    for (name, part) in old_parts {
        let line = match new_parts.get(name) {
            None => Line::told(Sign::Removed, subject(name, old), Phrase::ours("no longer reached")),
            Some(now) if now.fingerprint != part.fingerprint => Line::told(
                Sign::Changed,
                subject(name, new),
                Phrase::ours("changed, ").and_phrase(new.way_words(now)),
            ),
            Some(now) if now.via != part.via => {
                Line::changed(subject(name, new), old.way_words(part), new.way_words(now))
            }
            Some(_) => continue,
        };
        lines.push((name, line));
    }
    for (name, part) in new_parts.iter().filter(|(name, _)| !old_parts.contains_key(*name)) {
        let note = Phrase::ours("new, ").and_phrase(new.way_words(part));
        lines.push((name, Line::told(Sign::Added, subject(name, new), note)));
    }
    lines.sort_by_key(|(name, _)| *name);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Returns each part of an asset's code with how the asset reaches it.
pub(crate) fn part_words<'a>(
    parts: &'a BTreeMap<String, CodePart>,
    detail: &'a Detail,
) -> impl Iterator<Item = (Phrase, Phrase)> + 'a {
    let of = Parts { parts, side: Side::Head, places: &detail.code_places };
    parts
        .iter()
        .map(move |(name, part)| (Phrase::name(name).and_phrase(of.place_words(name)), of.way_words(part)))
}

impl Parts<'_> {
    /// Returns how the asset reaches a part.
    fn way_words(self, part: &CodePart) -> Phrase {
        let CodePart { fingerprint: _, via } = part;
        if via.is_empty() {
            return Phrase::ours("used directly");
        }
        let steps =
            via.iter().map(|step| Phrase::theirs(Shown::name(step)).and_phrase(self.place_words(step)));
        Phrase::ours("reached via ").and_phrase(Phrase::list(steps, ", then ", 10))
    }

    /// Returns where a part stands, in brackets; nothing if it is unknown.
    fn place_words(self, name: &str) -> Phrase {
        let fingerprint = self.parts.get(name).map_or("", |part| &part.fingerprint);
        let place = self.places.get(self.side, name, fingerprint);
        place
            .map_or_else(Phrase::default, |place| Phrase::ours(" (").and_theirs(Shown::name(&place)).and(")"))
    }
}
