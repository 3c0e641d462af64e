//! What differs inside the aspects that have an inner structure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::kind::ChangeKind;
use super::value_diff::{MapDiff, ValueDiff};
use crate::asset::{CodePart, CodeVersion, Column};
use crate::partitions::{PartitionExclusion, PartitionsDefinition, TimeWindowPartitions};
use crate::value::Timestamp;

/// What differs between two lists of columns, by column name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ColumnChanges {
    /// Whether the columns are known now and were not before.
    pub known_now: bool,
    /// Whether the columns were known before and are not now.
    pub unknown_now: bool,
    /// Columns that only head has, in its order.
    pub added: Vec<String>,
    /// Columns that only base has, in its order.
    pub removed: Vec<String>,
    /// Columns whose type or nullability differs.
    pub types: Vec<String>,
    /// Columns whose constraints differ.
    pub constraints: Vec<String>,
    /// Columns whose description, tags or unknown members differ.
    pub docs: Vec<String>,
    /// Whether the columns that both have stand in another order.
    pub reordered: bool,
}

impl ColumnChanges {
    pub(super) fn of(diff: &ValueDiff<Option<Vec<Column>>>) -> Self {
        let mut changes =
            Self { known_now: diff.old.is_none(), unknown_now: diff.new.is_none(), ..Self::default() };
        let (old, new) = (numbered(&diff.old), numbered(&diff.new));
        let (old_by_name, new_by_name): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (old.iter().copied().collect(), new.iter().copied().collect());
        let name = |(name, _): &(&str, usize)| (*name).to_owned();
        let only = |these: &[(ColumnName<'_>, &Column)], those: &BTreeMap<_, _>| -> Vec<String> {
            these.iter().filter(|(key, _)| !those.contains_key(key)).map(|(key, _)| name(key)).collect()
        };
        changes.added = only(&new, &old_by_name);
        changes.removed = only(&old, &new_by_name);
        for (key, new) in &new {
            let Some(old) = old_by_name.get(key) else { continue };
            let Column { constraints, data_type, description, name: _, nullable, tags, extra } = new;
            if (&old.data_type, &old.nullable) != (data_type, nullable) {
                changes.types.push(name(key));
            }
            if old.constraints != *constraints {
                changes.constraints.push(name(key));
            }
            if (&old.description, &old.tags, &old.extra) != (description, tags, extra) {
                changes.docs.push(name(key));
            }
        }
        let kept_old = old.iter().map(|(key, _)| key).filter(|key| new_by_name.contains_key(*key));
        let kept_new = new.iter().map(|(key, _)| key).filter(|key| old_by_name.contains_key(*key));
        changes.reordered = !kept_old.eq(kept_new);
        changes
    }

    pub(super) fn kinds(&self) -> Vec<ChangeKind> {
        let Self { known_now, unknown_now, added, removed, types, constraints, docs, reordered } = self;
        let all = [
            (ChangeKind::ColumnsAdded, *known_now || !added.is_empty()),
            (ChangeKind::ColumnsRemoved, *unknown_now || !removed.is_empty()),
            (ChangeKind::ColumnTypes, !types.is_empty()),
            (ChangeKind::ColumnConstraints, !constraints.is_empty()),
            (ChangeKind::ColumnOrder, *reordered),
            (ChangeKind::ColumnDocs, !docs.is_empty()),
        ];
        all.into_iter().filter(|(_, applies)| *applies).map(|(kind, _)| kind).collect()
    }
}

/// A column's name, and how many columns of that name stand before it.
type ColumnName<'a> = (&'a str, usize);

fn numbered(columns: &Option<Vec<Column>>) -> Vec<(ColumnName<'_>, &Column)> {
    let mut seen = BTreeMap::new();
    let columns = columns.iter().flatten().map(|column| {
        let count = seen.entry(column.name.as_str()).or_insert(0);
        *count += 1;
        ((column.name.as_str(), *count - 1), column)
    });
    columns.collect()
}

/// One thing that differs between two partitions definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartitionsChange {
    /// It is partitioned now, by a definition of this type.
    Partitioned(String),
    /// It is no longer partitioned; before it was by a definition of this type.
    Unpartitioned(String),
    /// The type of the definition.
    Type(ValueDiff<String>),
    /// The cron schedule.
    Cron(ValueDiff<String>),
    /// The time zone.
    Timezone(ValueDiff<String>),
    /// Where the first window starts at the earliest.
    Start(ValueDiff<Timestamp>),
    /// Where the last window ends at the latest.
    End(ValueDiff<Option<Timestamp>>),
    /// The format of the keys.
    Format(ValueDiff<String>),
    /// The offset of the last window.
    EndOffset(ValueDiff<i64>),
    /// Windows left out now.
    ExclusionsAdded(Vec<PartitionExclusion>),
    /// Windows no longer left out.
    ExclusionsRemoved(Vec<PartitionExclusion>),
    /// The same windows are left out, listed in another order or number.
    ExclusionOrder,
    /// Keys that only head has, in its order.
    KeysAdded(Vec<String>),
    /// Keys that only base has, in its order.
    KeysRemoved(Vec<String>),
    /// The keys that both have stand in another order.
    KeyOrder,
    /// The keys of a dynamic definition are known now, or no longer.
    KeysKnown(ValueDiff<bool>),
    /// The name of a dynamic definition.
    Name(ValueDiff<Option<String>>),
    /// A dimension that only head has.
    DimensionAdded(String),
    /// A dimension that only base has.
    DimensionRemoved(String),
    /// What differs inside a dimension that both have.
    Dimension {
        /// The dimension.
        name: String,
        /// What differs.
        changes: Vec<PartitionsChange>,
    },
    /// The parameters of a type that this version does not know.
    Parameters,
}

impl PartitionsChange {
    pub(super) fn of(diff: &ValueDiff<Option<PartitionsDefinition>>) -> Vec<Self> {
        match (&diff.old, &diff.new) {
            (Some(old), Some(new)) => Self::between(old, new),
            (Some(old), None) => vec![Self::Unpartitioned(old.type_name().to_owned())],
            (None, Some(new)) => vec![Self::Partitioned(new.type_name().to_owned())],
            (None, None) => Vec::new(),
        }
    }

    fn between(old: &PartitionsDefinition, new: &PartitionsDefinition) -> Vec<Self> {
        use PartitionsDefinition::{Dynamic, Multi, Static, TimeWindow};
        match (old, new) {
            (old, new) if old == new => Vec::new(),
            (TimeWindow(old), TimeWindow(new)) => Self::of_windows(old, new),
            (Static(old), Static(new)) => Self::of_keys(&old.keys, &new.keys),
            (Dynamic(old), Dynamic(new)) => {
                let name = ValueDiff::between(old.name.clone(), new.name.clone()).map(Self::Name);
                let known = ValueDiff::between(old.keys.is_some(), new.keys.is_some()).map(Self::KeysKnown);
                let keys = |keys: &Option<Vec<String>>| keys.clone().unwrap_or_default();
                let keys = Self::of_keys(&keys(&old.keys), &keys(&new.keys));
                name.into_iter().chain(known).chain(keys).collect()
            }
            (Multi(old), Multi(new)) => {
                let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                let dimension = |name: &String| match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) if old == new => None,
                    (Some(old), Some(new)) => {
                        Some(Self::Dimension { name: name.clone(), changes: Self::between(old, new) })
                    }
                    (Some(_), None) => Some(Self::DimensionRemoved(name.clone())),
                    (None, _) => Some(Self::DimensionAdded(name.clone())),
                };
                names.into_iter().filter_map(dimension).collect()
            }
            (old, new) => {
                let types = ValueDiff::between(old.type_name().to_owned(), new.type_name().to_owned());
                vec![types.map_or(Self::Parameters, Self::Type)]
            }
        }
    }

    fn of_windows(old: &TimeWindowPartitions, new: &TimeWindowPartitions) -> Vec<Self> {
        let TimeWindowPartitions { cron, end, end_offset, exclusions, fmt, start, timezone } = old.clone();
        let mut changes = Vec::new();
        changes.extend(ValueDiff::between(cron, new.cron.clone()).map(Self::Cron));
        changes.extend(ValueDiff::between(timezone, new.timezone.clone()).map(Self::Timezone));
        changes.extend(ValueDiff::between(start, new.start).map(Self::Start));
        changes.extend(ValueDiff::between(end, new.end).map(Self::End));
        changes.extend(ValueDiff::between(fmt, new.fmt.clone()).map(Self::Format));
        changes.extend(ValueDiff::between(end_offset, new.end_offset).map(Self::EndOffset));
        if exclusions != new.exclusions {
            let (added, removed) = (only(&new.exclusions, &exclusions), only(&exclusions, &new.exclusions));
            match (added.is_empty(), removed.is_empty()) {
                (true, true) => changes.push(Self::ExclusionOrder),
                (added_none, removed_none) => {
                    changes.extend((!added_none).then_some(Self::ExclusionsAdded(added)));
                    changes.extend((!removed_none).then_some(Self::ExclusionsRemoved(removed)));
                }
            }
        }
        changes
    }

    fn of_keys(old: &[String], new: &[String]) -> Vec<Self> {
        if old == new {
            return Vec::new();
        }
        let (added, removed) = (only(new, old), only(old, new));
        let kept = |these: &[String], those: &[String]| -> Vec<String> {
            let those: BTreeSet<&String> = those.iter().collect();
            these.iter().filter(|key| those.contains(key)).cloned().collect()
        };
        let mut changes = Vec::new();
        changes.extend((!added.is_empty()).then_some(Self::KeysAdded(added)));
        changes.extend((!removed.is_empty()).then_some(Self::KeysRemoved(removed)));
        changes.extend((kept(old, new) != kept(new, old)).then_some(Self::KeyOrder));
        changes
    }
}

/// Returns what only the first list has, in its order.
fn only<T: Ord + Clone>(these: &[T], those: &[T]) -> Vec<T> {
    let those: BTreeSet<&T> = those.iter().collect();
    these.iter().filter(|item| !those.contains(item)).cloned().collect()
}

impl ValueDiff<Option<CodeVersion>> {
    /// Returns the shared code that differs, by name: with another text, newly reached or no longer.
    ///
    /// A part that is only reached by another way is not among them.
    pub fn parts(&self) -> MapDiff<String, CodePart> {
        let parts = |version: &Option<CodeVersion>| version.clone().unwrap_or_default().parts;
        let mut diff = MapDiff::between(parts(&self.old), parts(&self.new)).unwrap_or_default();
        diff.changed.retain(|_, part| part.old.fingerprint != part.new.fingerprint);
        diff
    }
}
