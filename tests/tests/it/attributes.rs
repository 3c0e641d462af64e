//! What selections find by attributes is what the definitions say, however a graph was put together.

use std::collections::BTreeMap;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, AssetType, Column, GraphBuilder, Json, Limits, MetadataValue,
    Provenance, Selection, SelectionScope, Snapshot,
};
use assetdiff_tests::strategies;
use proptest::prelude::*;

use crate::build::{asset, graph, located};

/// The definition of each asset that counts, by the rule as it is documented.
fn counting(snapshot: &Snapshot) -> BTreeMap<&AssetKey, &AssetDefinition> {
    let mut of_keys: BTreeMap<&AssetKey, Vec<&AssetDefinition>> = BTreeMap::new();
    for definition in &snapshot.assets {
        of_keys.entry(&definition.key).or_default().push(definition);
    }
    let first = |mut definitions: Vec<&AssetDefinition>| -> Option<AssetDefinition> {
        definitions.sort_by_key(|definition| &definition.code_location);
        let of_type = |wanted| definitions.iter().find(|definition| definition.asset_type == wanted);
        let is_check = |definition: &&&AssetDefinition| definition.asset_type == AssetType::CheckOnly;
        let best = of_type(AssetType::Materializable)
            .or_else(|| of_type(AssetType::Observable))
            .or_else(|| definitions.iter().find(|definition| !is_check(definition)));
        best.or(definitions.first()).copied().cloned()
    };
    let found = of_keys.into_iter().filter_map(|(key, definitions)| {
        let counts = first(definitions)?;
        let same = snapshot.assets.iter().find(|definition| **definition == counts)?;
        Some((key, same))
    });
    found.collect()
}

/// What a definition says, as selections.
fn said(definition: &AssetDefinition) -> Vec<String> {
    let AssetDefinition { columns, group, kinds, owners, tags, metadata, .. } = definition;
    let pair = |name: &str, (tag, value): (&String, &String)| format!("{name}:\"{tag}\"=\"{value}\"");
    let mut said: Vec<String> = tags.iter().map(|tag| pair("tag", tag)).collect();
    said.extend(kinds.iter().map(|kind| format!("kind:\"{kind}\"")));
    said.extend(owners.iter().map(|owner| format!("owner:\"{owner}\"")));
    said.extend(group.iter().map(|group| format!("group:\"{group}\"")));
    for column in columns.iter().flatten() {
        said.push(format!("column:\"{}\"", column.name));
        said.extend(column.tags.iter().map(|tag| pair("column_tag", tag)));
    }
    if columns.is_none() {
        said.push("column:<null>".to_owned());
    }
    if kinds.is_empty() {
        said.push("kind:<null>".to_owned());
    }
    let table = ["dagster/table_name", "dagster/relation_identifier"];
    match table.iter().find_map(|name| metadata.get(*name)) {
        Some(MetadataValue::Text(name) | MetadataValue::Path(name)) => {
            said.push(format!("table_name:\"{name}\""));
        }
        Some(_) => {}
        None => said.push("table_name:<null>".to_owned()),
    }
    said.push(
        if definition.asset_type == AssetType::Materializable { "is:materializable" } else { "is:external" }
            .to_owned(),
    );
    said
}

fn check(snapshot: &Snapshot, graph: &AssetGraph) -> Result<usize, TestCaseError> {
    let mut wanted: BTreeMap<String, Vec<AssetKey>> = BTreeMap::new();
    for (key, definition) in counting(snapshot) {
        let mut said = said(definition);
        said.sort_unstable();
        said.dedup();
        for text in said {
            wanted.entry(text).or_default().push(key.clone());
        }
    }
    let mut scope = SelectionScope::new(graph);
    scope.include_external = true;
    let mut looked_at = 0;
    for (text, keys) in wanted {
        // Not every value can be spelled, some are patterns, none stands for nothing, and one prefix of
        // tags means kinds.
        let is_plain = !text.contains(['\\', '*', '\r', '\n'])
            && !text.ends_with(":\"\"")
            && !text.contains("dagster/kind/");
        let Some(selection) = is_plain.then(|| Selection::parse_dagster(&text).ok()).flatten() else {
            continue;
        };
        let mut found =
            selection.resolve(&scope).map_err(|error| TestCaseError::fail(error.to_string()))?.keys();
        found.retain(|key| graph.contains(key));
        prop_assert_eq!(found, keys, "{}", text);
        looked_at += 1;
    }
    Ok(looked_at)
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("ASSETDIFF_CASES").map_or(256, |text| text.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_selection_of_an_attribute_is_what_the_definitions_say(snapshot in strategies::snapshot()) {
        let graph = AssetGraph::new(snapshot.clone()).unwrap();
        let looked_at = check(&snapshot, &graph)?;
        prop_assert!(snapshot.assets.is_empty() || looked_at > 0);
    }

    #[test]
    fn a_graph_that_took_over_definitions_answers_as_one_that_read_them(
        snapshot in strategies::snapshot(), order in any::<u64>(), own in 0_usize..5,
    ) {
        let mut other = GraphBuilder::new(Limits::default());
        for definition in &snapshot.assets {
            other.push(definition.clone()).unwrap();
        }
        let own = own.min(snapshot.assets.len());
        let mut builder = GraphBuilder::new(Limits::default());
        for definition in &snapshot.assets[..own] {
            builder.push(definition.clone()).unwrap();
        }
        let mut rest: Vec<usize> = (own..snapshot.assets.len()).collect();
        rest.sort_by_key(|at| (*at as u64).wrapping_mul(order | 1));
        builder.extend_from(&other, rest).unwrap();
        let graph = builder.finish(Provenance::default(), BTreeMap::new()).unwrap();
        check(&snapshot, &graph)?;
    }

    #[test]
    fn graphs_that_share_definitions_are_those_of_all_that_each_was_given(
        snapshot in strategies::snapshot(), places in proptest::collection::vec(0_u8..5, 64),
    ) {
        let place = |at: usize| places[at % places.len()];
        let some = |range: std::ops::Range<u8>| {
            let some = snapshot.assets.iter().enumerate().filter(move |(at, _)| range.contains(&place(*at)));
            some.map(|(_, definition)| definition.clone())
        };
        let of = |range: std::ops::Range<u8>| {
            let mut builder = GraphBuilder::new(Limits::default());
            some(range).for_each(|definition| builder.push(definition).unwrap());
            builder
        };
        // In common are what two builders took and some of a third; then each side gets its own.
        let mut common = of(0..1);
        common.append(of(1..2)).unwrap();
        let third = of(2..4);
        let is_common = |at: &usize| some(2..4).nth(*at).is_some_and(|found| {
            snapshot.assets.iter().position(|other| *other == found).is_some_and(|at| place(at) == 2)
        });
        common.extend_from(&third, (0..third.len()).filter(is_common)).unwrap();
        let [mut base, mut head] = common.fork();
        base.append(of(3..4)).unwrap();
        some(4..5).for_each(|definition| head.push(definition).unwrap());
        for (builder, wanted) in [(base, [0..3, 3..4]), (head, [0..3, 4..5])] {
            let assets = wanted.into_iter().flat_map(some).collect();
            let whole = assetdiff::Snapshot { assets, ..assetdiff::Snapshot::default() };
            // A part of a valid snapshot is valid, as what it depends on need not be defined.
            let whole = AssetGraph::new(whole).unwrap();
            let graph = builder.finish(Provenance::default(), BTreeMap::new()).unwrap();
            prop_assert_eq!(graph.fingerprint(), whole.fingerprint());
            prop_assert_eq!(graph.to_snapshot(), whole.to_snapshot());
            check(&whole.to_snapshot(), &graph)?;
        }
    }
}

#[test]
fn a_table_is_named_by_a_text_of_any_type_and_the_newer_name_counts() {
    let named = |key: &str, name: &str, value: MetadataValue| {
        let mut named = asset(key, &[]);
        named.metadata.insert(name.to_owned(), value);
        named
    };
    let json = |text: &str| MetadataValue::Json(Json::parse(text).unwrap());
    let mut both = named("both", "dagster/table_name", MetadataValue::Text("new".to_owned()));
    both.metadata.insert("dagster/relation_identifier".to_owned(), MetadataValue::Text("t".to_owned()));
    let graph = graph([
        named("text", "dagster/table_name", MetadataValue::Text("t".to_owned())),
        named("path", "dagster/relation_identifier", MetadataValue::Path("t".to_owned())),
        named("json", "dagster/table_name", json("\"t\"")),
        named("list", "dagster/table_name", json("[\"t\"]")),
        named("between", "dagster/rows", MetadataValue::Text("t".to_owned())),
        both,
    ]);
    let scope = SelectionScope::new(&graph);
    let selected = |text: &str| -> Vec<String> {
        let found = Selection::parse_dagster(text).unwrap().resolve(&scope).unwrap();
        found.keys().iter().map(ToString::to_string).collect()
    };
    assert_eq!(selected("table_name:t"), ["json", "path", "text"]);
    assert_eq!(selected("table_name:new"), ["both"]);
    assert_eq!(selected("table_name:<null>"), ["between"]);
}

#[test]
fn an_asset_of_several_code_locations_has_the_attributes_of_the_one_that_makes_it() {
    let tagged = |location: &str, asset_type, tag: &str| {
        let mut definition = AssetDefinition { asset_type, ..located("a", location) };
        definition.tags.insert(tag.to_owned(), String::new());
        definition.columns = Some(vec![Column { name: tag.to_owned(), ..Column::default() }]);
        definition
    };
    let graph = graph([
        tagged("one", AssetType::CheckOnly, "checked"),
        tagged("two", AssetType::Observable, "seen"),
        tagged("three", AssetType::External, "named"),
        located("b", "one"),
    ]);
    let mut scope = SelectionScope::new(&graph);
    scope.include_external = true;
    for (text, count) in [("tag:seen", 1), ("column:seen", 1), ("tag:checked", 0), ("column:named", 0)] {
        let found = Selection::parse_dagster(text).unwrap().resolve(&scope).unwrap();
        assert_eq!(found.len(), count, "{text}");
    }
}

#[test]
fn an_asset_with_very_many_kinds_is_selected_by_any_of_them() {
    let mut wide = crate::build::asset("wide", &[]);
    wide.kinds = (0..70_000).map(|number| format!("k{number}")).collect();
    let mut narrow = crate::build::asset("narrow", &[]);
    narrow.kinds = ["k69999".to_owned()].into();
    let graph = crate::build::graph([narrow, wide]);
    let selection = assetdiff::Selection::parse_dagster("kind:k69999").unwrap();
    let found = selection.resolve(&assetdiff::SelectionScope::new(&graph)).unwrap();
    assert_eq!(found.keys().iter().map(ToString::to_string).collect::<Vec<_>>(), ["narrow", "wide"]);
}
