//! How an asset is split.

use std::collections::BTreeSet;

use assetdiff::{
    DynamicPartitions, PartitionExclusion, PartitionsChange, PartitionsDefinition, StaticPartitions,
    TimeWindowPartitions, ValueDiff,
};

use super::values::{json_facts, json_words};
use super::{Fact, Line, Sign, order_line};
use crate::phrase::Phrase;
use crate::shown::{Shown, count};
use crate::style::Detail;

pub(super) fn partitions_facts(
    diff: &ValueDiff<Option<PartitionsDefinition>>,
    changes: &[PartitionsChange],
    detail: &Detail,
) -> Vec<Fact> {
    let sides = Sides { old: diff.old.as_ref(), new: diff.new.as_ref() };
    changes.iter().flat_map(|change| change_facts(&Phrase::default(), change, sides, detail)).collect()
}

/// The definitions that a change is about, of one dimension or of the whole.
#[derive(Clone, Copy)]
struct Sides<'a> {
    old: Option<&'a PartitionsDefinition>,
    new: Option<&'a PartitionsDefinition>,
}

impl<'a> Sides<'a> {
    fn dimension(self, name: &str) -> Self {
        let of = |side: Option<&'a PartitionsDefinition>| match side {
            Some(PartitionsDefinition::Multi(dimensions)) => dimensions.get(name),
            _ => None,
        };
        Self { old: of(self.old), new: of(self.new) }
    }
}

fn change_facts(prefix: &Phrase, change: &PartitionsChange, sides: Sides<'_>, detail: &Detail) -> Vec<Fact> {
    let about = |what: &'static str| prefix.clone().and(what);
    let whole = |side: Option<&PartitionsDefinition>| {
        side.map_or_else(Phrase::none, |definition| partitions_words(definition, detail))
    };
    let texts = |what, diff: &ValueDiff<String>| {
        let [old, new] = [&diff.old, &diff.new].map(|text| Phrase::theirs(Shown::quoted(text)));
        Line::changed(about(what), old, new)
    };
    let times = |what, old: Option<String>, new: Option<String>| {
        let [old, new] = [old, new].map(|time| {
            time.map_or_else(|| Phrase::ours("open"), |time| Phrase::theirs(Shown::literal(&time)))
        });
        Line::changed(about(what), old, new)
    };
    let names = |keys: &[String]| Some(Phrase::names(keys, detail.max_entries));
    let exclusions = |list: &[PartitionExclusion]| Some(exclusion_words(list, detail));
    let line = match change {
        PartitionsChange::Partitioned(_) => Line::added(about("partitioned by"), Some(whole(sides.new))),
        PartitionsChange::Unpartitioned(_) => {
            Line::removed(about("no longer partitioned by"), Some(whole(sides.old)))
        }
        PartitionsChange::Type(_) => Line::changed(prefix.clone(), whole(sides.old), whole(sides.new)),
        PartitionsChange::Cron(diff) => texts("cron", diff),
        PartitionsChange::Timezone(diff) => texts("time zone", diff),
        PartitionsChange::Format(diff) => texts("key format", diff),
        PartitionsChange::Start(diff) => {
            times("start", Some(diff.old.to_string()), Some(diff.new.to_string()))
        }
        PartitionsChange::End(diff) => {
            times("end", diff.old.map(|time| time.to_string()), diff.new.map(|time| time.to_string()))
        }
        PartitionsChange::EndOffset(diff) => {
            let [old, new] =
                [diff.old, diff.new].map(|offset| Phrase::theirs(Shown::literal(&offset.to_string())));
            Line::changed(about("end offset"), old, new)
        }
        PartitionsChange::ExclusionsAdded(list) => Line::added(about("left out"), exclusions(list)),
        PartitionsChange::ExclusionsRemoved(list) => Line::removed(about("left out"), exclusions(list)),
        PartitionsChange::ExclusionOrder => Line::told(
            Sign::Changed,
            about("left out"),
            Phrase::ours("the same windows, listed in another order or number"),
        ),
        PartitionsChange::KeysAdded(keys) => Line::added(about("keys"), names(keys)),
        PartitionsChange::KeysRemoved(keys) => Line::removed(about("keys"), names(keys)),
        PartitionsChange::KeyOrder => key_order(about("keys reordered"), sides, detail),
        PartitionsChange::KeysKnown(diff) => {
            let words = |known| Phrase::ours(if known { "known" } else { "not known" });
            Line::changed(about("keys"), words(diff.old), words(diff.new))
        }
        PartitionsChange::Name(diff) => {
            let words = |name: &Option<String>| match name {
                Some(name) => Phrase::theirs(Shown::quoted(name)),
                None => Phrase::none(),
            };
            Line::changed(about("name"), words(&diff.old), words(&diff.new))
        }
        PartitionsChange::DimensionAdded(name) => {
            let subject = about("dimension ").and_theirs(Shown::name(name));
            Line::added(subject, Some(whole(sides.dimension(name).new)))
        }
        PartitionsChange::DimensionRemoved(name) => {
            let subject = about("dimension ").and_theirs(Shown::name(name));
            Line::removed(subject, Some(whole(sides.dimension(name).old)))
        }
        PartitionsChange::Dimension { name, changes } => {
            let prefix = prefix.clone().and_theirs(Shown::name(name)).and(" ");
            let sides = sides.dimension(name);
            return changes.iter().flat_map(|change| change_facts(&prefix, change, sides, detail)).collect();
        }
        PartitionsChange::Parameters => return parameter_facts(about("parameters"), sides, detail),
        _ => Line::changed(prefix.clone(), whole(sides.old), whole(sides.new)),
    };
    vec![line.into()]
}

fn parameter_facts(subject: Phrase, sides: Sides<'_>, detail: &Detail) -> Vec<Fact> {
    use PartitionsDefinition::Other;
    match (sides.old, sides.new) {
        (Some(Other { value: old, .. }), Some(Other { value: new, .. })) => {
            json_facts(subject, old, new, detail)
        }
        _ => Vec::new(),
    }
}

fn key_order(subject: Phrase, sides: Sides<'_>, detail: &Detail) -> Line {
    let (mut old, mut new) = (keys_of(sides.old), keys_of(sides.new));
    let [in_old, in_new] = [&old, &new].map(|keys| keys.iter().copied().collect::<BTreeSet<&str>>());
    old.retain(|key| in_new.contains(key));
    new.retain(|key| in_old.contains(key));
    order_line(subject, &old, &new, detail)
}

fn keys_of(side: Option<&PartitionsDefinition>) -> Vec<&str> {
    let keys = match side {
        Some(PartitionsDefinition::Static(StaticPartitions { keys })) => Some(keys),
        Some(PartitionsDefinition::Dynamic(DynamicPartitions { keys, name: _ })) => keys.as_ref(),
        _ => None,
    };
    keys.into_iter().flatten().map(String::as_str).collect()
}

fn exclusion_words(exclusions: &[PartitionExclusion], detail: &Detail) -> Phrase {
    let words = exclusions.iter().map(|exclusion| match exclusion {
        PartitionExclusion::Cron(cron) => Phrase::ours("cron ").and_theirs(Shown::quoted(cron)),
        PartitionExclusion::Time(time) => Phrase::theirs(Shown::literal(&time.to_string())),
    });
    Phrase::list(words, ", ", detail.max_entries)
}

/// Returns a definition on one line.
pub(crate) fn partitions_words(definition: &PartitionsDefinition, detail: &Detail) -> Phrase {
    let keys = |keys: &[String]| {
        let number = Phrase::ours(count(keys.len(), "key: ", "keys: "));
        number.and_phrase(Phrase::names(keys, detail.max_entries))
    };
    match definition {
        PartitionsDefinition::TimeWindow(windows) => time_window_words(windows, detail),
        PartitionsDefinition::Static(StaticPartitions { keys: list }) => {
            Phrase::ours("static, ").and_phrase(keys(list))
        }
        PartitionsDefinition::Dynamic(DynamicPartitions { keys: list, name }) => {
            let mut words = Phrase::ours("dynamic");
            if let Some(name) = name {
                words = words.and(" ").and_theirs(Shown::quoted(name));
            }
            match list {
                Some(list) => words.and(", ").and_phrase(keys(list)),
                None => words,
            }
        }
        PartitionsDefinition::Multi(dimensions) => {
            let dimensions = dimensions.iter().map(|(name, definition)| {
                let inner = partitions_words(definition, detail);
                Phrase::name(name).and(" (").and_phrase(inner).and(")")
            });
            Phrase::list(dimensions, " × ", detail.max_entries)
        }
        PartitionsDefinition::Other { type_name, value } => {
            Phrase::name(type_name).and(" ").and_phrase(json_words(value, detail))
        }
        unknown => Phrase::name(unknown.type_name()),
    }
}

fn time_window_words(windows: &TimeWindowPartitions, detail: &Detail) -> Phrase {
    let TimeWindowPartitions { cron, end, end_offset, exclusions, fmt, start, timezone } = windows;
    let literal = |text: String| Shown::literal(&text);
    let mut words = Phrase::ours("windows of cron ").and_theirs(Shown::quoted(cron));
    words = words.and(" ").and_theirs(Shown::name(timezone));
    words = words.and(", from ").and_theirs(literal(start.to_string()));
    if let Some(end) = end {
        words = words.and(" to ").and_theirs(literal(end.to_string()));
    }
    words = words.and(", keys ").and_theirs(Shown::quoted(fmt));
    if *end_offset != 0 {
        words = words.and(format!(", end offset {end_offset:+}"));
    }
    if exclusions.is_empty() {
        words
    } else {
        words.and(", without ").and_phrase(exclusion_words(exclusions, detail))
    }
}
