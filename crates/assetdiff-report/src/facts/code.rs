//! The version of the code: what is declared, the source text, and shared code.

use std::collections::BTreeMap;

use assetdiff::{CodePart, CodeVersion, ValueDiff};

use super::{Fact, Line, Sign, SourceDiff, optional_text_facts};
use crate::phrase::Phrase;
use crate::shown::{Shown, count};
use crate::style::Detail;

/// Where parts of code stand, by name.
type CodePlaces = BTreeMap<String, String>;

pub(super) fn code_facts(diff: &ValueDiff<Option<CodeVersion>>, detail: &Detail) -> Vec<Fact> {
    let nothing = CodeVersion::default();
    let [old, new] = [&diff.old, &diff.new].map(|code| code.as_ref().unwrap_or(&nothing));
    let CodeVersion { parts, source, version } = old;
    let mut facts = Vec::new();
    if *version != new.version {
        let versions = ValueDiff { old: version.clone(), new: new.version.clone() };
        facts.extend(optional_text_facts(Phrase::ours("version"), &versions, detail));
    }
    facts.extend(part_facts(parts, &new.parts, &detail.code_places));
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

fn part_facts(
    old: &BTreeMap<String, CodePart>,
    new: &BTreeMap<String, CodePart>,
    places: &CodePlaces,
) -> Vec<Fact> {
    let subject = |name: &str| Phrase::name(name).and_phrase(place_words(name, places));
    let mut facts: Vec<(&String, Line)> = Vec::new();
    for (name, part) in old {
        let line = match new.get(name) {
            None => Line::told(Sign::Removed, subject(name), Phrase::ours("no longer reached")),
            Some(now) if now.fingerprint != part.fingerprint => Line::told(
                Sign::Changed,
                subject(name),
                Phrase::ours("changed, ").and_phrase(part_words(now, places)),
            ),
            Some(now) if now.via != part.via => {
                let paths = (part_words(part, places), part_words(now, places));
                Line::changed(subject(name), paths.0, paths.1)
            }
            Some(_) => continue,
        };
        facts.push((name, line));
    }
    for (name, part) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let note = Phrase::ours("new, ").and_phrase(part_words(part, places));
        facts.push((name, Line::told(Sign::Added, subject(name), note)));
    }
    facts.sort_by_key(|(name, _)| *name);
    facts.into_iter().map(|(_, line)| line.into()).collect()
}

/// Returns how the asset reaches shared code.
pub(crate) fn part_words(part: &CodePart, places: &CodePlaces) -> Phrase {
    let CodePart { fingerprint: _, via } = part;
    if via.is_empty() {
        return Phrase::ours("used directly");
    }
    let steps =
        via.iter().map(|step| Phrase::theirs(Shown::name(step)).and_phrase(place_words(step, places)));
    Phrase::ours("reached via ").and_phrase(Phrase::list(steps, ", then ", 10))
}

/// Returns where a part of code stands, in brackets; nothing if it is unknown.
fn place_words(name: &str, places: &CodePlaces) -> Phrase {
    places
        .get(name)
        .map_or_else(Phrase::default, |place| Phrase::ours(" (").and_theirs(Shown::name(place)).and(")"))
}
