//! Serialised Dagster repositories: one that holds something of everything, and broken ones.
//!
//! The Python tests compare this reader with live projects and with the reader in Python.

#![allow(clippy::unwrap_used)]

use assetdiff::{AssetKey, AssetType, DiffOptions, Limits, MetadataValue, PartitionsDefinition, diff};
use assetdiff_adapters::dagster::{graph, looks_like_repository};

const KITCHEN: &str = include_str!("../../../tests/fuzz/seeds/repository/kitchen.json");

fn refused(text: &str) -> String {
    graph(text.as_bytes(), None, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn a_repository_with_everything_is_read() {
    assert!(looks_like_repository(KITCHEN.as_bytes()));
    let graph = graph(KITCHEN.as_bytes(), Some("shop"), &Limits::default()).unwrap();
    assert_eq!(graph.len(), 11);
    assert!(graph.definitions().all(|definition| definition.code_location.as_deref() == Some("shop")));
    let kinds: Vec<_> = graph.definitions().map(|definition| definition.asset_type).collect();
    for kind in [AssetType::Materializable, AssetType::Observable, AssetType::External] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    let metadata: Vec<_> =
        graph.definitions().flat_map(|definition| definition.metadata.into_values()).collect();
    assert!(metadata.contains(&MetadataValue::Float(f64::NAN.into())));
    assert!(metadata.contains(&MetadataValue::Int("1180591620717411303424".parse().unwrap())));
    assert!(!metadata.iter().any(|value| matches!(value, MetadataValue::Other { .. })), "a type is unknown");
    let partitions: Vec<_> = graph.definitions().filter_map(|definition| definition.partitions).collect();
    assert!(partitions.iter().any(|p| matches!(p, PartitionsDefinition::Multi(_))));
    assert!(
        graph
            .definitions()
            .any(|d| d.dependencies.iter().any(|d| d.extra.contains_key("dagster.inferred_mapping")))
    );
    let written = graph.to_snapshot().to_json();
    let again = assetdiff::AssetGraph::from_json(&written, &Limits::default()).unwrap();
    assert!(diff(&graph, &again, &DiffOptions::default()).is_empty());
}

#[test]
fn one_changed_field_is_one_change() {
    let base = graph(KITCHEN.as_bytes(), None, &Limits::default()).unwrap();
    let changed = KITCHEN.replacen("https://a", "https://b", 1);
    let head = graph(changed.as_bytes(), None, &Limits::default()).unwrap();
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(changes.summary().modified, 1);
    assert!(base.contains(&AssetKey::new(changes.modified[0].key.components()).unwrap()));
}

/// A repository of one asset with one metadata entry, or with these members of the node.
fn node(members: &str) -> String {
    format!(r#"{{"external_asset_graph_data": [{{"asset_key": {{"path": ["a"]}}, {members}}}]}}"#)
}

fn entry(data: &str) -> String {
    node(&format!(r#""metadata_entries": [{{"label": "m", "entry_data": {data}}}]"#))
}

#[test]
fn a_known_class_with_another_content_is_an_error_and_an_unknown_class_is_kept() {
    for (data, expected) in [
        (r#"{"__class__": "IntMetadataEntryData", "value": "three"}"#, "expected a whole number"),
        (
            r#"{"__class__": "TextMetadataEntryData", "text": 3}"#,
            "invalid type: integer `3`, expected a string",
        ),
        (r#"{"__class__": "TableMetadataEntryData", "schema": {"columns": []}}"#, "expected `records`"),
        (
            r#"{"__class__": "CodeReferencesMetadataValue", "code_references": [{"__class__": "UrlCodeReference"}]}"#,
            "expected `url or file_path`",
        ),
    ] {
        assert!(refused(&entry(data)).contains(expected), "{}", refused(&entry(data)));
    }
    let unknown = entry(r#"{"__class__": "FutureMetadataValue", "text": 3}"#);
    let graph = graph(unknown.as_bytes(), None, &Limits::default()).unwrap();
    let value = &graph.definitions().next().unwrap().metadata["m"];
    assert_eq!(serde_json::to_string(value).unwrap(), r#"{"type":"dagster.Future","value":{"text":3}}"#);
}

#[test]
fn numbers_beyond_all_times_and_spans_are_errors_or_kept_and_never_overflow() {
    for seconds in ["1e300", "-1e300", "1e18", "-1e18"] {
        let data = format!(r#"{{"__class__": "TimestampMetadataValue", "value": {seconds}}}"#);
        assert!(refused(&entry(&data)).contains("expected a time between the years"), "{seconds}");
    }
    let policy = r#""new_freshness_policy": {"__class__": "TimeWindowFreshnessPolicy", "warn_window": null,
        "fail_window": {"days": 9223372036854775807, "seconds": 9223372036854775807, "microseconds": 0}}"#;
    assert!(graph(node(policy).as_bytes(), None, &Limits::default()).is_ok());
}

#[test]
fn a_freshness_policy_in_the_metadata_that_is_none_is_told() {
    let text = |policy: &str| {
        let policy = serde_json::to_string(policy).unwrap();
        node(&format!(
            r#""metadata_entries": [{{"label": "dagster/internal_freshness_policy",
                "entry_data": {{"__class__": "TextMetadataEntryData", "text": {policy}}}}}]"#
        ))
    };
    assert!(graph(text("null").as_bytes(), None, &Limits::default()).is_ok());
    for wrong in ["", "{", "{}", r#"{"__class__": "TimeWindowFreshnessPolicy"}"#] {
        let error = refused(&text(wrong));
        assert!(
            error.contains("expected a freshness policy in the metadata dagster/internal_freshness_policy"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_repository_is_told_with_its_place() {
    assert_eq!(
        refused(r#"{"__class__": "ExternalRepositoryData"}"#),
        "line 1, column 1: expected a serialised RepositorySnap of Dagster, found another object"
    );
    assert_eq!(
        refused(r#"{"format_version": "1.0", "assets": []}"#),
        "line 1, column 1: expected a serialised RepositorySnap of Dagster, found a snapshot of assetdiff"
    );
    for other in ["7", "[[]]"] {
        let expected = "line 1, column 1: expected a serialised RepositorySnap of Dagster, found no object";
        assert_eq!(refused(other), expected);
    }
    assert_eq!(
        refused("{\"external_asset_graph_data\": [\n{\"asset_key\": {\"path\": [\"a\"]}, \"owners\": 7}]}"),
        "line 2, column 42: asset a: invalid type: integer `7`, expected a sequence"
    );
    assert_eq!(
        refused("{\"external_asset_graph_data\": [\n{\"asset_key\": {\"path\": []}}]}"),
        "line 2, column 25: expected an asset key with at least one component, found none"
    );
    let deep = "{\"__class__\":\"ExternalMultiPartitionsDefinitionData\",\"external_partition_dimension_definitions\":[{\"name\":\"a\",\"external_partitions_def_data\":";
    let deep = format!(
        r#"{{"external_asset_graph_data": [{{"asset_key": {{"path": ["a"]}}, "partitions_def_data": {}"#,
        deep.repeat(100_000)
    );
    assert!(refused(&deep).ends_with("expected at most 128 nested lists and maps, found more"));
    for end in (0..KITCHEN.len()).step_by(97) {
        graph(&KITCHEN.as_bytes()[..end], None, &Limits::default()).unwrap_err();
    }
}
