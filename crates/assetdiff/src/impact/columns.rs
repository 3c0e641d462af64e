//! Which columns of an asset are made from which columns upstream.

use std::collections::{BTreeMap, BTreeSet};

use crate::asset::AssetDefinition;
use crate::key::AssetKey;
use crate::value::{ColumnRef, MetadataValue};

/// What an asset's definitions say of the columns that it reads.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    /// For each upstream asset that is spoken of, its columns that are read and what is made of them.
    sources: BTreeMap<AssetKey, BTreeMap<String, Uses>>,
}

/// What is made of one column.
#[derive(Debug, Default)]
struct Uses {
    /// It decides which rows there are: every column depends on it.
    whole: bool,
    columns: BTreeSet<String>,
}

/// What a change of some columns means for an asset that reads them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing says which columns are read.
    Unknown,
    /// It decides which rows there are.
    Whole,
    /// These are made from them; none if they are not read.
    Columns(BTreeSet<String>),
}

impl Lineage {
    /// Joins what the definitions of one asset say. An upstream asset counts only if each definition
    /// of head that reads it speaks of it; base adds what was read there.
    pub(super) fn of(head: &[AssetDefinition], base: &[AssetDefinition]) -> Self {
        let mut lineage = Self::default();
        for definition in head.iter().chain(base) {
            lineage.add(definition);
        }
        for definition in head {
            let spoken_of = spoken_of(definition);
            for dependency in definition.dependencies.iter().filter(|d| !spoken_of.contains(&d.key)) {
                lineage.sources.remove(&dependency.key);
            }
        }
        lineage
    }

    fn add(&mut self, definition: &AssetDefinition) {
        for (column, ColumnRef { asset, column: source }) in references(definition) {
            let uses = self.sources.entry(asset.clone()).or_default().entry(source.clone()).or_default();
            if column.is_empty() {
                uses.whole = true;
            } else {
                uses.columns.insert(column.clone());
            }
        }
    }

    /// Returns what a change of these columns of an upstream asset means.
    pub(super) fn reading<'a>(
        &self,
        upstream: &AssetKey,
        columns: impl IntoIterator<Item = &'a String>,
    ) -> Reading {
        let Some(sources) = self.sources.get(upstream) else { return Reading::Unknown };
        let mut made = BTreeSet::new();
        for column in columns {
            let Some(uses) = sources.get(column) else { continue };
            if uses.whole {
                return Reading::Whole;
            }
            made.extend(uses.columns.iter().cloned());
        }
        Reading::Columns(made)
    }
}

/// Each column of a definition with a column that it is made from.
fn references(definition: &AssetDefinition) -> impl Iterator<Item = (&String, &ColumnRef)> {
    let lineages = definition.metadata.values().filter_map(|value| match value {
        MetadataValue::ColumnLineage(columns) => Some(columns),
        _ => None,
    });
    lineages.flatten().flat_map(|(column, made_from)| made_from.iter().map(move |source| (column, source)))
}

fn spoken_of(definition: &AssetDefinition) -> BTreeSet<&AssetKey> {
    references(definition).map(|(_, source)| &source.asset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> AssetKey {
        name.parse().expect("a key")
    }

    fn lineage(entries: &[(&str, &str, &str)]) -> Lineage {
        let mut columns: BTreeMap<String, Vec<ColumnRef>> = BTreeMap::new();
        for (column, asset, source) in entries {
            let made_from = ColumnRef { asset: key(asset), column: (*source).to_owned() };
            columns.entry((*column).to_owned()).or_default().push(made_from);
        }
        let mut definition = AssetDefinition::new(key("report"));
        definition.metadata.insert("lineage".to_owned(), MetadataValue::ColumnLineage(columns));
        Lineage::of(&[definition], &[])
    }

    fn reading(lineage: &Lineage, upstream: &str, columns: &[&str]) -> Reading {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        lineage.reading(&key(upstream), &columns)
    }

    #[test]
    fn a_column_reaches_what_is_made_from_it() {
        let lineage =
            lineage(&[("total", "orders", "amount"), ("net", "orders", "amount"), ("id", "orders", "id")]);
        let made = Reading::Columns(["net".to_owned(), "total".to_owned()].into());
        assert_eq!(reading(&lineage, "orders", &["amount"]), made);
        assert_eq!(reading(&lineage, "orders", &["comment"]), Reading::Columns(BTreeSet::new()));
    }

    #[test]
    fn an_upstream_asset_that_no_lineage_speaks_of_is_unknown() {
        assert_eq!(reading(&lineage(&[("id", "orders", "id")]), "customers", &["id"]), Reading::Unknown);
        assert_eq!(reading(&Lineage::default(), "orders", &["id"]), Reading::Unknown);
    }

    #[test]
    fn the_column_without_a_name_stands_for_filters_joins_and_group_keys() {
        let lineage = lineage(&[("", "orders", "status"), ("id", "orders", "id")]);
        assert_eq!(reading(&lineage, "orders", &["status"]), Reading::Whole);
        assert_eq!(reading(&lineage, "orders", &["id"]), Reading::Columns(["id".to_owned()].into()));
    }
}
