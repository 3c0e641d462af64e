//! Checks by name.

use assetdiff::{AssetKey, Check, MapDiff};

use super::values::{json_map_facts, map_facts};
use super::{Fact, Line, Sign, optional_text_facts};
use crate::excerpt;
use crate::phrase::Phrase;
use crate::shown::Shown;
use crate::style::Detail;

pub(super) fn check_facts(diff: &MapDiff<String, Check>, detail: &Detail) -> Vec<Fact> {
    // Of a whole check, what it is; its settings are for `show`, and for what changed of them.
    let words = |check: &Check| {
        let settings = check.extra.len();
        let brief = check_words(&Check { extra: Default::default(), ..check.clone() }, detail);
        match (settings, brief.is_empty()) {
            (0, _) => brief,
            (_, true) => Phrase::ours(settings_in_words(settings)),
            (_, false) => brief.and(", ").and(settings_in_words(settings)),
        }
    };
    let mut facts = map_facts(&Phrase::default(), diff, &words, &|subject, old, new| {
        changed_check(&subject, old, new, detail)
    });
    // A check of which nothing but the name is known has no words of its own.
    for fact in &mut facts {
        if let Fact::Line(line) = fact {
            line.old = line.old.take().filter(|old| !old.is_empty());
            line.new = line.new.take().filter(|new| !new.is_empty());
        }
    }
    facts
}

fn settings_in_words(count: usize) -> String {
    if count == 1 { "1 setting".to_owned() } else { format!("{count} settings") }
}

/// Returns what is stated of a check besides its name.
pub(crate) fn check_words(check: &Check, detail: &Detail) -> Phrase {
    let Check { additional_dependencies, blocking, description, name: _, extra } = check;
    let mut parts = Vec::new();
    if *blocking {
        parts.push(Phrase::ours("blocking"));
    }
    if !additional_dependencies.is_empty() {
        parts.push(
            Phrase::ours("also reads ").and_phrase(Phrase::keys(additional_dependencies, detail.max_entries)),
        );
    }
    if let Some(description) = description {
        parts.push(excerpt::value(description, detail.max_value, Shown::quoted));
    }
    for (name, value) in extra {
        let value = super::values::json_words(value, detail);
        parts.push(Phrase::name(name).and(" ").and_phrase(value));
    }
    Phrase::list(parts, ", ", detail.max_entries)
}

fn changed_check(subject: &Phrase, old: &Check, new: &Check, detail: &Detail) -> Vec<Fact> {
    let Check { additional_dependencies, blocking, description, name: _, extra } = old;
    let mut facts = Vec::new();
    if *blocking != new.blocking {
        let note = if new.blocking { "is blocking now" } else { "is no longer blocking" };
        facts.push(Line::told(Sign::Changed, subject.clone(), Phrase::ours(note)).into());
    }
    let only = |these: &std::collections::BTreeSet<AssetKey>,
                those: &std::collections::BTreeSet<AssetKey>| {
        let keys: Vec<AssetKey> = these.difference(those).cloned().collect();
        (!keys.is_empty()).then(|| Phrase::keys(&keys, detail.max_entries))
    };
    let reads = || subject.clone().and(" also reads");
    if let Some(keys) = only(&new.additional_dependencies, additional_dependencies) {
        facts.push(Line::added(reads(), Some(keys)).into());
    }
    if let Some(keys) = only(additional_dependencies, &new.additional_dependencies) {
        facts.push(Line::removed(reads(), Some(keys)).into());
    }
    if *description != new.description {
        let diff = assetdiff::ValueDiff { old: description.clone(), new: new.description.clone() };
        facts.extend(optional_text_facts(subject.clone().and(" description"), &diff, detail));
    }
    if let Some(diff) = MapDiff::between(extra.clone(), new.extra.clone()) {
        facts.extend(json_map_facts(&subject.clone().and(" "), &diff, detail));
    }
    facts
}
