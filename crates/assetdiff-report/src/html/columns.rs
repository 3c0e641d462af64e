//! The columns of both sides as one table.

use std::collections::BTreeMap;

use assetdiff::{Column, ValueDiff};
use serde::Serialize;

use super::words::{self, plain};
use crate::facts::{Fact, column_facts};
use crate::style::Detail;

/// A column on both sides.
#[derive(Serialize)]
pub(super) struct ColumnRow {
    name: String,
    /// `+` only in head, `-` only in base, `~` differs, empty if it is the same.
    sign: &'static str,
    /// The type and whether nulls are allowed, in base and head.
    old: Option<String>,
    new: Option<String>,
    /// What else differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl ColumnRow {
    /// Returns how many bytes it takes.
    pub(super) fn length(&self) -> usize {
        let Self { name, sign: _, old, new, notes } = self;
        let kinds = [old, new].into_iter().flatten();
        name.len() + kinds.chain(notes).map(String::len).sum::<usize>()
    }
}

/// Returns the columns of head in order, each as in base and head; those that are gone stand where they stood.
pub(super) fn rows(diff: &ValueDiff<Option<Vec<Column>>>, detail: &Detail) -> Vec<ColumnRow> {
    let [old, new] = [&diff.old, &diff.new].map(|columns| columns.as_deref().unwrap_or_default());
    // Of columns of one name the first is meant.
    let mut in_old: BTreeMap<&str, &Column> = BTreeMap::new();
    for column in old {
        in_old.entry(&column.name).or_insert(column);
    }
    let in_new: BTreeMap<&str, &Column> = new.iter().map(|column| (column.name.as_str(), column)).collect();
    let gone = |column: &&Column| !in_new.contains_key(column.name.as_str());
    let mut rows = Vec::new();
    let mut before = old.iter().peekable();
    for column in new {
        let other = in_old.get(column.name.as_str()).copied();
        if other.is_some() {
            while before.peek().is_some_and(gone) {
                rows.extend(before.next().map(|column| row(Some(column), None, detail)));
            }
            if before.peek().is_some_and(|old| old.name == column.name) {
                before.next();
            }
        }
        rows.push(row(other, Some(column), detail));
    }
    rows.extend(before.filter(gone).map(|column| row(Some(column), None, detail)));
    rows
}

fn row(old: Option<&Column>, new: Option<&Column>, detail: &Detail) -> ColumnRow {
    let name = new.or(old).map(|column| words::cut(&column.name, 300)).unwrap_or_default();
    let sign = match (old, new) {
        (None, _) => "+",
        (_, None) => "-",
        (Some(old), Some(new)) if old == new => "",
        _ => "~",
    };
    let kind = |column: Option<&Column>| column.map(kind_words);
    let (old_kind, new_kind) = (kind(old), kind(new));
    let mut notes = Vec::new();
    if let (Some(old), Some(new)) = (old, new) {
        // The type and nulls have a cell of their own.
        let same = Column { data_type: new.data_type.clone(), nullable: new.nullable, ..old.clone() };
        notes.extend(column_facts(&same, new, detail).iter().map(note));
    } else if let Some(text) = new.or(old).and_then(|column| column.description.as_deref()) {
        notes.push(words::cut(text, detail.max_value));
    }
    ColumnRow { name, sign, old: old_kind, new: new_kind, notes }
}

fn kind_words(column: &Column) -> String {
    let name = column.data_type.as_deref().map_or_else(|| "no type".to_owned(), |name| words::cut(name, 300));
    match column.nullable {
        Some(false) => format!("{name}, not null"),
        Some(true) => format!("{name}, nullable"),
        None => name,
    }
}

fn note(fact: &Fact) -> String {
    match fact {
        Fact::Line(line) => {
            let subject = plain(&line.subject);
            let sides = [&line.old, &line.new].map(|side| side.as_ref().map(plain));
            match sides {
                [Some(old), Some(new)] => format!("{subject}: {old} → {new}"),
                [None, Some(new)] => format!("{subject}: + {new}"),
                [Some(old), None] => format!("{subject}: − {old}"),
                [None, None] => format!("{subject} {}", plain(&line.note)),
            }
        }
        Fact::Source(source) => format!("{} changed", plain(&source.subject)),
    }
}
