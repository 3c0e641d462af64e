//! Dependencies by upstream key.

use std::collections::BTreeMap;

use assetdiff::{
    DependenciesDiff, Dependency, DimensionMapping, MapDiff, MultiToSingleMapping, PartitionMapping,
    TimeWindowMapping, ValueDiff,
};

use super::metadata::metadata_facts;
use super::values::{json_map_facts, json_words};
use super::{Fact, Line, Sign};
use crate::phrase::Phrase;
use crate::shown::Shown;
use crate::style::Detail;

pub(super) fn dependency_facts(diff: &DependenciesDiff, detail: &Detail) -> Vec<Fact> {
    let DependenciesDiff { added, removed, changed, renamed } = diff;
    let words = |dependency: &Dependency| {
        Some(dependency_words(dependency, detail)).filter(|words| !words.is_empty())
    };
    let added = added.iter().map(|new| Line::added(Phrase::key(&new.key), words(new)).into());
    let removed = removed.iter().map(|old| Line::removed(Phrase::key(&old.key), words(old)).into());
    let renamed = renamed.iter().map(|ValueDiff { old, new }| {
        let to = Phrase::ours("is now ").and_theirs(Shown::key(&new.key));
        Line::told(Sign::Renamed, Phrase::key(&old.key), to).into()
    });
    let changed = changed.iter().flat_map(|diff| changed_dependency(diff, detail));
    added.chain(removed).chain(changed).chain(renamed).collect()
}

/// Returns what is stated of a dependency besides its key.
pub(crate) fn dependency_words(dependency: &Dependency, detail: &Detail) -> Phrase {
    let Dependency { key: _, mapping, metadata, extra } = dependency;
    let mut parts = Vec::new();
    parts.extend(mapping.is_some().then(|| mapping_words(mapping, detail)));
    for (name, value) in metadata {
        let value = super::typed_metadata_words(value, detail);
        parts.push(Phrase::name(name).and(" ").and_phrase(value));
    }
    for (name, value) in extra {
        parts.push(Phrase::name(name).and(" ").and_phrase(json_words(value, detail)));
    }
    Phrase::list(parts, ", ", detail.max_entries)
}

fn changed_dependency(diff: &ValueDiff<Dependency>, detail: &Detail) -> Vec<Fact> {
    let ValueDiff { old: Dependency { key, mapping, metadata, extra }, new } = diff;
    let subject = Phrase::key(key);
    let mut facts = Vec::new();
    if *mapping != new.mapping {
        let words = [mapping, &new.mapping].map(|mapping| mapping_words(mapping, detail));
        let [old, new] = words;
        facts.push(Line::changed(subject.clone(), old, new).into());
    }
    if let Some(diff) = MapDiff::between(metadata.clone(), new.metadata.clone()) {
        facts.extend(metadata_facts(&subject.clone().and(" metadata "), &diff, detail));
    }
    if let Some(diff) = MapDiff::between(extra.clone(), new.extra.clone()) {
        facts.extend(json_map_facts(&subject.clone().and(" "), &diff, detail));
    }
    facts
}

/// Returns which partitions are read.
fn mapping_words(mapping: &Option<PartitionMapping>, detail: &Detail) -> Phrase {
    let Some(mapping) = mapping else { return Phrase::ours("default partition mapping") };
    let max = detail.max_entries;
    match mapping {
        PartitionMapping::Identity => Phrase::ours("same partition"),
        PartitionMapping::All => Phrase::ours("all partitions"),
        PartitionMapping::Last => Phrase::ours("last partition"),
        PartitionMapping::Specific(keys) => Phrase::ours("partitions ").and_phrase(Phrase::names(keys, max)),
        PartitionMapping::Static(keys) => static_words(keys, max),
        PartitionMapping::TimeWindow(mapping) => time_window_words(mapping),
        PartitionMapping::MultiToSingle(MultiToSingleMapping { dimension }) => match dimension {
            Some(dimension) => Phrase::ours("dimension ").and_theirs(Shown::name(dimension)),
            None => Phrase::ours("the dimension that fits"),
        },
        PartitionMapping::Multi(dimensions) => {
            let dimensions = dimensions.iter().map(|(name, DimensionMapping { dimension, mapping })| {
                let mapping = mapping_words(&Some(mapping.clone()), detail);
                let names = Phrase::name(name).and(" by ").and_theirs(Shown::name(dimension));
                names.and(" (").and_phrase(mapping).and(")")
            });
            Phrase::ours("dimensions ").and_phrase(Phrase::list(dimensions, ", ", max))
        }
        PartitionMapping::Other { type_name, value } => {
            Phrase::name(type_name).and(" ").and_phrase(json_words(value, detail))
        }
        unknown => Phrase::name(unknown.type_name()),
    }
}

fn static_words(keys: &BTreeMap<String, Vec<String>>, max: usize) -> Phrase {
    let pairs = keys.iter().map(|(upstream, downstream)| {
        Phrase::name(upstream).and(" for ").and_phrase(Phrase::names(downstream, max))
    });
    Phrase::ours("partitions ").and_phrase(Phrase::list(pairs, "; ", max))
}

fn time_window_words(mapping: &TimeWindowMapping) -> Phrase {
    let TimeWindowMapping { allow_nonexistent_upstream_partitions, end_offset, start_offset } = mapping;
    let mut words = Phrase::ours("overlapping windows");
    if (*start_offset, *end_offset) != (0, 0) {
        words = words.and(format!(", start {start_offset:+}, end {end_offset:+}"));
    }
    if *allow_nonexistent_upstream_partitions { words.and(", missing ones allowed") } else { words }
}
