//! What is to be told of a change, before it is laid out as text or Markdown.

mod checks;
mod code;
mod columns;
mod dependencies;
mod metadata;
mod partitions;
mod policies;
mod source;
mod values;

use assetdiff::{
    Aspect, AssetChange, AssetDefinition, EffectOverrides, Effects, Modification, SetDiff, ValueDiff,
};

use crate::effects;
use crate::excerpt;
use crate::phrase::Phrase;
use crate::shown::{Shown, count, grouped};
use crate::style::Detail;

pub(crate) use checks::check_words;
pub(crate) use code::{code_reasons, part_words};
pub(crate) use columns::{column_facts, column_words};
pub(crate) use dependencies::dependency_words;
pub(crate) use metadata::typed_metadata_words;
pub(crate) use partitions::partitions_words;
pub(crate) use policies::{automation_words, backfill_words, freshness_words};
pub(crate) use source::{DiffLine, DiffSign, SourceDiff, compare_lines};

/// Everything that changed in one aspect.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(crate) aspect: Aspect,
    /// What the changes of this aspect alone mean.
    pub(crate) effects: Effects,
    pub(crate) facts: Vec<Fact>,
    /// What is left out, in words.
    pub(crate) more: Option<String>,
}

/// One thing that changed.
#[derive(Debug)]
pub(crate) enum Fact {
    Line(Line),
    Source(SourceDiff),
}

/// A change that fits on a line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    /// What changed, if it is not the aspect as a whole.
    pub(crate) subject: Phrase,
    pub(crate) old: Option<Phrase>,
    pub(crate) new: Option<Phrase>,
    /// What is to be said besides the values.
    pub(crate) note: Phrase,
}

/// What happened to the subject of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The aspect as a whole is the subject.
    #[default]
    None,
    Added,
    Removed,
    Changed,
    Renamed,
}

impl Line {
    pub(crate) fn added(subject: Phrase, new: Option<Phrase>) -> Self {
        Self { sign: Sign::Added, subject, new, ..Self::default() }
    }

    pub(crate) fn removed(subject: Phrase, old: Option<Phrase>) -> Self {
        Self { sign: Sign::Removed, subject, old, ..Self::default() }
    }

    pub(crate) fn changed(subject: Phrase, old: Phrase, new: Phrase) -> Self {
        let sign = if subject.is_empty() { Sign::None } else { Sign::Changed };
        Self { sign, subject, old: Some(old), new: Some(new), ..Self::default() }
    }

    pub(crate) fn told(sign: Sign, subject: Phrase, note: Phrase) -> Self {
        Self { sign, subject, note, ..Self::default() }
    }
}

impl From<Line> for Fact {
    fn from(line: Line) -> Self {
        Self::Line(line)
    }
}

/// Returns what changed by aspect: what costs most first, then in the order of the aspects.
pub(crate) fn reasons(
    modification: &Modification,
    overrides: &EffectOverrides,
    detail: &Detail,
) -> Vec<Reason> {
    let kinds = modification.kinds();
    let reason = |(aspect, mut facts): (Aspect, Vec<Fact>)| {
        if facts.is_empty() {
            // A change set that was put together by hand may state a difference of equal values.
            facts.push(Line::told(Sign::None, Phrase::default(), Phrase::ours("differs")).into());
        }
        let more = more_words(facts.get(detail.max_entries..).unwrap_or_default());
        facts.truncate(detail.max_entries);
        let effects = effects::of_aspect(aspect, modification, kinds.iter().copied(), overrides);
        Reason { aspect, effects, facts, more }
    };
    let mut reasons: Vec<Reason> = facts_by_aspect(modification, detail).into_iter().map(reason).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.effects));
    reasons
}

/// Returns how many facts of each sort are left out; `None` if there are none.
fn more_words(facts: &[Fact]) -> Option<String> {
    let number = |wanted: &[Sign]| {
        let signs = facts.iter().map(|fact| match fact {
            Fact::Line(line) => line.sign,
            Fact::Source(_) => Sign::Changed,
        });
        signs.filter(|sign| wanted.contains(sign)).count()
    };
    let numbers = [
        (number(&[Sign::Added]), "added"),
        (number(&[Sign::Removed]), "removed"),
        (number(&[Sign::None, Sign::Changed, Sign::Renamed]), "changed"),
    ];
    let words = numbers.into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<String> = words.map(|(number, word)| format!("{} more {word}", grouped(number))).collect();
    (!words.is_empty()).then(|| format!("… {}", words.join(", ")))
}

fn facts_by_aspect(modification: &Modification, detail: &Detail) -> Vec<(Aspect, Vec<Fact>)> {
    // Without `..`, so that a new aspect has to be given words.
    let Modification {
        asset_type,
        automation,
        backfill,
        checks,
        code_location,
        code_version,
        columns,
        dependencies,
        description,
        execution,
        extra,
        freshness,
        group,
        kinds,
        metadata,
        owners,
        partitions,
        tags,
    } = modification;
    let facts = [
        (
            Aspect::AssetType,
            asset_type.as_ref().map(|diff| {
                let [old, new] = [&diff.old, &diff.new].map(|asset_type| Phrase::name(asset_type.as_str()));
                one(Line::changed(Phrase::default(), old, new))
            }),
        ),
        (Aspect::Automation, automation.as_ref().map(|diff| policies::automation_facts(diff, detail))),
        (
            Aspect::Backfill,
            backfill.as_ref().map(|diff| {
                one(Line::changed(Phrase::default(), backfill_words(&diff.old), backfill_words(&diff.new)))
            }),
        ),
        (Aspect::Checks, checks.as_ref().map(|diff| checks::check_facts(diff, detail))),
        (
            Aspect::CodeLocation,
            code_location.as_ref().map(|diff| optional_text_facts(Phrase::default(), diff, detail)),
        ),
        (Aspect::CodeVersion, code_version.as_ref().map(|diff| code::code_facts(diff, detail))),
        (Aspect::Columns, columns.as_ref().map(|diff| columns::columns_facts(diff, detail))),
        (
            Aspect::Dependencies,
            dependencies.as_ref().map(|diff| dependencies::dependency_facts(diff, detail)),
        ),
        (
            Aspect::Description,
            description.as_ref().map(|diff| optional_text_facts(Phrase::default(), diff, detail)),
        ),
        (
            Aspect::Execution,
            execution.as_ref().map(|diff| values::json_map_facts(&Phrase::default(), diff, detail)),
        ),
        (Aspect::Extra, extra.as_ref().map(|diff| values::json_map_facts(&Phrase::default(), diff, detail))),
        (Aspect::Freshness, freshness.as_ref().map(|diff| policies::freshness_facts(diff, detail))),
        (Aspect::Group, group.as_ref().map(|diff| optional_text_facts(Phrase::default(), diff, detail))),
        (Aspect::Kinds, kinds.as_ref().map(|diff| set_facts(diff, detail))),
        (
            Aspect::Metadata,
            metadata.as_ref().map(|diff| metadata::metadata_facts(&Phrase::default(), diff, detail)),
        ),
        (Aspect::Owners, owners.as_ref().map(|diff| set_facts(diff, detail))),
        (
            Aspect::Partitions,
            partitions
                .as_ref()
                .map(|diff| partitions::partitions_facts(diff, &modification.partitions_changes(), detail)),
        ),
        (Aspect::Tags, tags.as_ref().map(|diff| values::text_map_facts(&Phrase::default(), diff, detail))),
    ];
    facts.into_iter().filter_map(|(aspect, facts)| facts.map(|facts| (aspect, facts))).collect()
}

fn one(line: Line) -> Vec<Fact> {
    vec![line.into()]
}

fn set_facts(diff: &SetDiff<String>, detail: &Detail) -> Vec<Fact> {
    let SetDiff { added, removed } = diff;
    let mut facts = Vec::new();
    if !added.is_empty() {
        facts.push(Line::added(Phrase::names(added, detail.max_entries), None).into());
    }
    if !removed.is_empty() {
        facts.push(Line::removed(Phrase::names(removed, detail.max_entries), None).into());
    }
    facts
}

/// Returns a text that became another one: texts of several lines as a diff.
fn text_fact(subject: Phrase, old: &str, new: &str, detail: &Detail) -> Fact {
    let is_long = |text: &str| text.trim_end_matches('\n').contains('\n');
    if is_long(old) || is_long(new) {
        return Fact::Source(SourceDiff::between(subject, old, new, detail));
    }
    let (old, new) = excerpt::pair(old, new, detail.max_value, Shown::quoted);
    Line::changed(subject, old, new).into()
}

fn optional_text_facts(subject: Phrase, diff: &ValueDiff<Option<String>>, detail: &Detail) -> Vec<Fact> {
    if let (Some(old), Some(new)) = (&diff.old, &diff.new) {
        return vec![text_fact(subject, old, new, detail)];
    }
    one(Line::changed(subject, text_words(&diff.old, detail), text_words(&diff.new, detail)))
}

pub(crate) fn text_words(text: &Option<String>, detail: &Detail) -> Phrase {
    let text = text.as_ref().map(|text| excerpt::value(text, detail.max_value, Shown::quoted));
    text.unwrap_or_else(Phrase::none)
}

/// Returns two lists of names that hold the same in another order, from where they part.
fn order_line(subject: Phrase, old: &[&str], new: &[&str], detail: &Detail) -> Line {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let list = |names: &[&str]| {
        let names = names[same..].iter().map(|name| Phrase::name(name));
        let list = Phrase::list(names, ", ", detail.max_entries);
        if same > 0 { Phrase::ours("…, ").and_phrase(list) } else { list }
    };
    Line::changed(subject, list(old), list(new))
}

/// Returns the one-line description of an asset that was added or removed.
pub(crate) fn brief(change: &AssetChange<'_>) -> Option<Phrase> {
    let definition = match change {
        AssetChange::Added(definition) | AssetChange::Removed(definition) => definition,
        AssetChange::Renamed(_) | AssetChange::Moved(_) | AssetChange::Modified(_) => return None,
    };
    Some(brief_words(definition))
}

/// Returns the one-line description of a definition.
pub(crate) fn brief_words(definition: &AssetDefinition) -> Phrase {
    let mut parts = vec![Phrase::name(definition.asset_type.as_str())];
    if let Some(group) = &definition.group {
        parts.push(Phrase::ours("group ").and_theirs(Shown::name(group)));
    }
    if !definition.kinds.is_empty() {
        parts.push(Phrase::names(&definition.kinds, 5));
    }
    let count_of = |number: usize, one, many| (number > 0).then(|| count(number, one, many));
    let counts = [
        count_of(definition.dependencies.len(), "dependency", "dependencies"),
        count_of(definition.columns.as_ref().map_or(0, Vec::len), "column", "columns"),
        count_of(definition.checks.len(), "check", "checks"),
    ];
    parts.extend(counts.into_iter().flatten().map(Phrase::ours));
    Phrase::list(parts, ", ", usize::MAX)
}
