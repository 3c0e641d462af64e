//! Columns by name.

use std::collections::BTreeMap;

use assetdiff::{Column, Json, MapDiff, ValueDiff};

use super::values::{json_map_facts, text_map_facts};
use super::{Fact, Line, Sign, optional_text_facts, order_line, text_words};
use crate::phrase::Phrase;
use crate::shown::{Shown, count};
use crate::style::Detail;

pub(super) fn columns_facts(diff: &ValueDiff<Option<Vec<Column>>>, detail: &Detail) -> Vec<Fact> {
    let mut facts = Vec::new();
    let columns = |list: &Vec<Column>| count(list.len(), "column", "columns");
    match (&diff.old, &diff.new) {
        (None, Some(new)) => {
            let note = Phrase::ours(format!("{} known now", columns(new)));
            facts.push(Line::told(Sign::None, Phrase::default(), note).into());
        }
        (Some(old), None) => {
            let note = Phrase::ours(format!("{} no longer known", columns(old)));
            facts.push(Line::told(Sign::None, Phrase::default(), note).into());
        }
        _ => {}
    }
    let [old, new] = [&diff.old, &diff.new].map(|list| list.as_deref().unwrap_or_default());
    facts.extend(list_facts(&Phrase::default(), old, new, detail));
    facts
}

/// Returns what differs between two lists of columns: first what head has, in its order.
pub(super) fn list_facts(prefix: &Phrase, old: &[Column], new: &[Column], detail: &Detail) -> Vec<Fact> {
    let (old_columns, new_columns) = (numbered(old), numbered(new));
    let old_by_name: BTreeMap<_, _> = old_columns.iter().copied().collect();
    let new_by_name: BTreeMap<_, _> = new_columns.iter().copied().collect();
    let subject = |column: &Column| prefix.clone().and_theirs(Shown::name(&column.name));
    let mut facts = Vec::new();
    for (key, column) in &new_columns {
        match old_by_name.get(key) {
            Some(old) => facts.extend(changed_column(&subject(column), old, column, detail)),
            None => facts.push(Line::added(subject(column), Some(column_words(column, detail))).into()),
        }
    }
    for (_, column) in old_columns.iter().filter(|(key, _)| !new_by_name.contains_key(key)) {
        facts.push(Line::removed(subject(column), Some(column_words(column, detail))).into());
    }
    let kept = |these: &[(ColumnName<'_>, &Column)], those: &BTreeMap<_, _>| -> Vec<usize> {
        let kept = these.iter().enumerate().filter(|(_, (key, _))| those.contains_key(key));
        kept.map(|(index, _)| index).collect()
    };
    let (kept_old, kept_new) = (kept(&old_columns, &new_by_name), kept(&new_columns, &old_by_name));
    let keys = |columns: &[(ColumnName<'_>, &Column)], kept: &[usize]| -> bool {
        kept.iter().zip(&kept_new).all(|(a, b)| columns[*a].0 == new_columns[*b].0)
    };
    if !keys(&old_columns, &kept_old) {
        let old: Vec<&str> = kept_old.iter().map(|&index| old_columns[index].0.0).collect();
        let new: Vec<&str> = kept_new.iter().map(|&index| new_columns[index].0.0).collect();
        facts.push(order_line(prefix.clone().and("reordered"), &old, &new, detail).into());
    }
    facts
}

/// A column's name, and how many columns of that name stand before it.
type ColumnName<'a> = (&'a str, usize);

fn numbered(columns: &[Column]) -> Vec<(ColumnName<'_>, &Column)> {
    let mut seen = BTreeMap::new();
    let columns = columns.iter().map(|column| {
        let count = seen.entry(column.name.as_str()).or_insert(0);
        *count += 1;
        ((column.name.as_str(), *count - 1), column)
    });
    columns.collect()
}

/// Returns what is stated of a column besides its name.
pub(crate) fn column_words(column: &Column, detail: &Detail) -> Phrase {
    let Column { constraints, data_type, description, name: _, nullable, tags, extra } = column;
    let mut parts = vec![match data_type {
        Some(data_type) => Phrase::name(data_type),
        None => Phrase::ours("no type"),
    }];
    parts.extend(nullable.map(|nullable| nullable_words(Some(nullable))));
    parts.extend(constraints.iter().map(|constraint| super::values::json_words(constraint, detail)));
    parts.extend(description.is_some().then(|| text_words(description, detail)));
    for (name, value) in tags {
        let tag = Phrase::ours("tag ").and_theirs(Shown::name(name)).and("=");
        parts.push(tag.and_theirs(Shown::name(value)));
    }
    for (name, value) in extra {
        parts.push(Phrase::name(name).and(" ").and_phrase(super::values::json_words(value, detail)));
    }
    Phrase::list(parts, ", ", detail.max_entries)
}

/// Returns what differs between a column on both sides, without its name.
pub(crate) fn column_facts(old: &Column, new: &Column, detail: &Detail) -> Vec<Fact> {
    changed_column(&Phrase::default(), old, new, detail)
}

fn nullable_words(nullable: Option<bool>) -> Phrase {
    Phrase::ours(match nullable {
        Some(true) => "nullable",
        Some(false) => "not null",
        None => "nullability unknown",
    })
}

fn changed_column(subject: &Phrase, old: &Column, new: &Column, detail: &Detail) -> Vec<Fact> {
    let Column { constraints, data_type, description, name: _, nullable, tags, extra } = old;
    let about = |what: &'static str| subject.clone().and(what);
    let mut facts: Vec<Fact> = Vec::new();
    if *data_type != new.data_type {
        let words = |data_type: &Option<String>| match data_type {
            Some(data_type) => Phrase::name(data_type),
            None => Phrase::ours("no type"),
        };
        facts.push(Line::changed(subject.clone(), words(data_type), words(&new.data_type)).into());
    }
    if *nullable != new.nullable {
        let line = Line::changed(subject.clone(), nullable_words(*nullable), nullable_words(new.nullable));
        facts.push(line.into());
    }
    if *constraints != new.constraints {
        let words = |list: &[Json]| match list {
            [] => Phrase::none(),
            list => Phrase::list(
                list.iter().map(|constraint| super::values::json_words(constraint, detail)),
                ", ",
                detail.max_entries,
            ),
        };
        let line = Line::changed(about(" constraints"), words(constraints), words(&new.constraints));
        facts.push(line.into());
    }
    if *description != new.description {
        let diff = ValueDiff { old: description.clone(), new: new.description.clone() };
        facts.extend(optional_text_facts(about(" description"), &diff, detail));
    }
    if let Some(diff) = MapDiff::between(tags.clone(), new.tags.clone()) {
        facts.extend(text_map_facts(&about(" tag "), &diff, detail));
    }
    if let Some(diff) = MapDiff::between(extra.clone(), new.extra.clone()) {
        facts.extend(json_map_facts(&about(" "), &diff, detail));
    }
    facts
}
