//! Typed metadata by name.

use std::collections::BTreeMap;

use assetdiff::{
    CodeReference, ColumnRef, FileReference, JobRef, Json, MapDiff, MetadataValue, PythonArtifact, Table,
    TableSchema, UrlReference,
};

use super::columns::list_facts;
use super::values::{json_facts, json_words, map_facts};
use super::{Fact, Line, text_fact};
use crate::excerpt;
use crate::phrase::Phrase;
use crate::shown::{Shown, count};
use crate::style::Detail;

pub(super) fn metadata_facts(
    prefix: &Phrase,
    diff: &MapDiff<String, MetadataValue>,
    detail: &Detail,
) -> Vec<Fact> {
    map_facts(prefix, diff, &|value| typed_metadata_words(value, detail), &|subject, old, new| {
        changed_metadata(subject, old, new, detail)
    })
}

fn changed_metadata(subject: Phrase, old: &MetadataValue, new: &MetadataValue, detail: &Detail) -> Vec<Fact> {
    use MetadataValue::{ColumnLineage, Json, Other, Table, TableSchema};
    if old.type_name() != new.type_name() {
        let [old, new] = [old, new].map(|value| typed_metadata_words(value, detail));
        return vec![Line::changed(subject, old, new).into()];
    }
    if let (Some(old), Some(new)) = (text_of(old), text_of(new)) {
        return vec![text_fact(subject, old, new, detail)];
    }
    match (old, new) {
        (Json(old), Json(new)) | (Other { value: old, .. }, Other { value: new, .. }) => {
            json_facts(subject, old, new, detail)
        }
        (TableSchema(old), TableSchema(new)) => schema_facts(&subject, old, new, detail),
        (Table(old), Table(new)) => {
            let mut facts = schema_facts(&subject.clone().and(" schema"), &old.schema, &new.schema, detail);
            let [old, new] = [old, new].map(|table| assetdiff::Json::array(table.records.iter().cloned()));
            facts.extend(json_facts(subject.and(" rows"), &old, &new, detail));
            facts
        }
        (ColumnLineage(old), ColumnLineage(new)) => {
            let Some(diff) = MapDiff::between(old.clone(), new.clone()) else { return Vec::new() };
            let words = |refs: &Vec<ColumnRef>| references_words(refs, detail);
            map_facts(&subject.and(" column "), &diff, &words, &|subject, old, new| {
                vec![Line::changed(subject, words(old), words(new)).into()]
            })
        }
        (old, new) => {
            let [old, new] = [old, new].map(|value| metadata_words(value, detail));
            vec![Line::changed(subject, old, new).into()]
        }
    }
}

fn schema_facts(subject: &Phrase, old: &TableSchema, new: &TableSchema, detail: &Detail) -> Vec<Fact> {
    let TableSchema { columns, constraints } = old;
    let mut facts = list_facts(&subject.clone().and(" column "), columns, &new.columns, detail);
    if *constraints != new.constraints {
        let words = |list: &[String]| match list {
            [] => Phrase::none(),
            list => Phrase::names(list, detail.max_entries),
        };
        let subject = subject.clone().and(" constraints");
        facts.push(Line::changed(subject, words(constraints), words(&new.constraints)).into());
    }
    facts
}

/// Returns a value of a type that is a text.
fn text_of(value: &MetadataValue) -> Option<&str> {
    match value {
        MetadataValue::Text(text)
        | MetadataValue::Url(text)
        | MetadataValue::Path(text)
        | MetadataValue::Notebook(text)
        | MetadataValue::Markdown(text)
        | MetadataValue::Run(text)
        | MetadataValue::Pool(text) => Some(text),
        _ => None,
    }
}

/// Returns a value with its type before it.
pub(crate) fn typed_metadata_words(value: &MetadataValue, detail: &Detail) -> Phrase {
    let type_name = match value {
        MetadataValue::Other { type_name, .. } => Phrase::name(type_name),
        MetadataValue::Null => return Phrase::ours("null"),
        known => Phrase::ours(known.type_name().to_owned()),
    };
    type_name.and(" ").and_phrase(metadata_words(value, detail))
}

/// Returns a value without its type.
pub(crate) fn metadata_words(value: &MetadataValue, detail: &Detail) -> Phrase {
    if let Some(text) = text_of(value) {
        return excerpt::value(text, detail.max_value, Shown::quoted);
    }
    let literal = |text: &str| Phrase::theirs(Shown::literal(text));
    match value {
        MetadataValue::Json(json) | MetadataValue::Other { value: json, .. } => json_words(json, detail),
        MetadataValue::Int(number) => excerpt::value(number.as_str(), detail.max_value, Shown::literal),
        MetadataValue::Float(number) => excerpt::value(number.as_str(), detail.max_value, Shown::literal),
        MetadataValue::Bool(value) => literal(if *value { "true" } else { "false" }),
        MetadataValue::Timestamp(time) => literal(&time.to_string()),
        MetadataValue::Null => Phrase::ours("null"),
        MetadataValue::Table(Table { records, schema }) => {
            let size = format!(
                "{}, {}",
                count(records.len(), "row", "rows"),
                count(schema.columns.len(), "column", "columns")
            );
            Phrase::ours(size)
        }
        MetadataValue::TableSchema(TableSchema { columns, constraints }) => {
            let columns = columns.iter().map(|column| {
                let data_type = column.data_type.iter();
                data_type.fold(Phrase::name(&column.name), |name, data_type| {
                    name.and(" ").and_theirs(Shown::name(data_type))
                })
            });
            let constraints = constraints.iter().map(|constraint| Phrase::name(constraint));
            Phrase::list(columns.chain(constraints), ", ", detail.max_entries)
        }
        MetadataValue::ColumnLineage(lineage) => lineage_words(lineage, detail),
        MetadataValue::CodeReferences(references) => {
            Phrase::list(references.iter().map(code_reference_words), ", ", detail.max_entries)
        }
        MetadataValue::Asset(key) => Phrase::key(key),
        MetadataValue::Job(JobRef { code_location, name, repository }) => {
            let places = [repository, code_location].into_iter().flatten();
            places.fold(Phrase::name(name), |words, place| words.and(" in ").and_theirs(Shown::name(place)))
        }
        MetadataValue::PythonArtifact(PythonArtifact { module, name }) => {
            Phrase::name(&format!("{module}.{name}"))
        }
        unknown => {
            let text = serde_json::to_string(unknown).unwrap_or_default();
            let json = Json::parse(&text).unwrap_or_else(|_| Json::null());
            json_words(&json, detail)
        }
    }
}

fn lineage_words(lineage: &BTreeMap<String, Vec<ColumnRef>>, detail: &Detail) -> Phrase {
    let columns = lineage.iter().map(|(column, references)| {
        Phrase::name(column).and(" from ").and_phrase(references_words(references, detail))
    });
    Phrase::list(columns, "; ", detail.max_entries)
}

fn references_words(references: &[ColumnRef], detail: &Detail) -> Phrase {
    if references.is_empty() {
        return Phrase::ours("nothing");
    }
    let words = references.iter().map(|ColumnRef { asset, column }| {
        Phrase::key(asset).and(" column ").and_theirs(Shown::name(column))
    });
    Phrase::list(words, ", ", detail.max_entries)
}

fn code_reference_words(reference: &CodeReference) -> Phrase {
    let (place, line, label) = match reference {
        CodeReference::File(FileReference { label, line, path }) => (path, *line, label),
        CodeReference::Url(UrlReference { label, url }) => (url, None, label),
    };
    let words = match line {
        Some(line) => Phrase::name(&format!("{place}:{line}")),
        None => Phrase::name(place),
    };
    match label {
        Some(label) => words.and(" (").and_theirs(Shown::name(label)).and(")"),
        None => words,
    }
}
