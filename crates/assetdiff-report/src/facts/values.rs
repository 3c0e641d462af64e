//! JSON values and texts by name.

use assetdiff::{Json, MapDiff};

use super::{Fact, Line, text_fact};
use crate::excerpt;
use crate::phrase::Phrase;
use crate::shown::Shown;
use crate::style::Detail;

/// Returns each entry that differs, JSON values down to the place.
pub(super) fn json_map_facts(prefix: &Phrase, diff: &MapDiff<String, Json>, detail: &Detail) -> Vec<Fact> {
    map_facts(prefix, diff, &|json| json_words(json, detail), &|subject, old, new| {
        json_facts(subject, old, new, detail)
    })
}

pub(super) fn text_map_facts(prefix: &Phrase, diff: &MapDiff<String, String>, detail: &Detail) -> Vec<Fact> {
    let words = |text: &String| excerpt::value(text, detail.max_value, Shown::quoted);
    map_facts(prefix, diff, &words, &|subject, old, new| vec![text_fact(subject, old, new, detail)])
}

/// Returns the facts of all entries, in the order of their names.
pub(super) fn map_facts<V>(
    prefix: &Phrase,
    diff: &MapDiff<String, V>,
    words: &dyn Fn(&V) -> Phrase,
    changed: &dyn Fn(Phrase, &V, &V) -> Vec<Fact>,
) -> Vec<Fact> {
    let mut entries: Vec<(&String, Vec<Fact>)> = Vec::new();
    let subject = |name: &String| prefix.clone().and_theirs(Shown::name(name));
    let MapDiff { added, removed, changed: both } = diff;
    for (name, new) in added {
        entries.push((name, vec![Line::added(subject(name), Some(words(new))).into()]));
    }
    for (name, old) in removed {
        entries.push((name, vec![Line::removed(subject(name), Some(words(old))).into()]));
    }
    for (name, value) in both {
        entries.push((name, changed(subject(name), &value.old, &value.new)));
    }
    entries.sort_by_key(|(name, _)| *name);
    entries.into_iter().flat_map(|(_, facts)| facts).collect()
}

pub(crate) fn json_words(json: &Json, detail: &Detail) -> Phrase {
    excerpt::value(json.as_str(), detail.max_value, Shown::literal)
}

/// Returns each place where two JSON values differ, as `subject#/pointer`: the form of ignore rules.
pub(super) fn json_facts(subject: Phrase, old: &Json, new: &Json, detail: &Detail) -> Vec<Fact> {
    let facts = old.changes_to(new).into_iter().map(|change| {
        let subject = match change.pointer.as_str() {
            "" => subject.clone(),
            pointer => subject.clone().and_pointer(pointer),
        };
        match (&change.old, &change.new) {
            (Some(old), Some(new)) => {
                let (old, new) = excerpt::pair(old.as_str(), new.as_str(), detail.max_value, Shown::literal);
                Line::changed(subject, old, new)
            }
            (None, new) => Line::added(subject, new.as_ref().map(|new| json_words(new, detail))),
            (old, None) => Line::removed(subject, old.as_ref().map(|old| json_words(old, detail))),
        }
        .into()
    });
    facts.collect()
}
