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

#[test]
fn what_is_no_repository_is_told_with_its_place() {
    assert_eq!(
        refused(r#"{"__class__": "ExternalRepositoryData"}"#),
        "line 1, column 39: missing field `external_asset_graph_data`"
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
