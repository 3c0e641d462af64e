//! The checked-in JSON Schemas: they are what the types say, and they accept and reject what we do.
//!
//! A schema cannot say everything that is refused: definitions and dependencies that stand twice,
//! cycles, object keys that stand twice, limits, and how texts inside are spelled (time stamps).

use std::path::PathBuf;

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, diff};
use assetdiff_tests::strategies;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn checked_in(name: &str, generated: String) -> Validator {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas")).join(name);
    if std::env::var_os("ASSETDIFF_BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text == generated, "{name} is not what the types say: run `make schemas`");
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn snapshot_validator() -> Validator {
    checked_in("snapshot.schema.json", assetdiff::snapshot_schema())
}

fn check(validator: &Validator, json: &[u8]) -> Result<(), String> {
    let instance: serde_json::Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    validator.validate(&instance).map_err(|error| format!("{error} at {}", error.instance_path()))
}

#[test]
fn the_schemas_accept_what_is_written() {
    let (snapshots, change_sets) =
        (snapshot_validator(), checked_in("change_set.schema.json", assetdiff::change_set_schema()));
    let mut runner = TestRunner::new(ProptestConfig { cases: 128, ..ProptestConfig::default() });
    let result = runner.run(&strategies::pair(), |(base, head)| {
        // The validator knows no numbers beyond floats, which our files may hold.
        let readable = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).is_ok();
        prop_assume!(readable(&base.to_json()) && readable(&head.to_json()));
        prop_assert_eq!(check(&snapshots, &base.to_json()), Ok(()));
        let changes: ChangeSet =
            diff(&AssetGraph::new(base).unwrap(), &AssetGraph::new(head).unwrap(), &DiffOptions::default());
        prop_assert_eq!(check(&change_sets, changes.to_json().as_bytes()), Ok(()));
        Ok(())
    });
    result.unwrap();
}

#[test]
fn the_schema_rejects_what_the_reader_rejects() {
    let validator = snapshot_validator();
    let asset =
        |members: &str| format!(r#"{{"format_version": "1.0", "assets": [{{"key": ["a"], {members}}}]}}"#);
    let wrong = [
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"format_version": "1.0"}"#.to_owned(),
        r#"{"assets": []}"#.to_owned(),
        r#"{"format_version": "2.0", "assets": []}"#.to_owned(),
        r#"{"format_version": 1, "assets": []}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": {}}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": [{}]}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": [{"key": []}]}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": [{"key": "a"}]}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": [{"key": [1]}]}"#.to_owned(),
        r#"{"format_version": "1.0", "assets": [], "provenance": {"commit": 1}}"#.to_owned(),
        asset(r#""tags": {"a": 1}"#),
        asset(r#""tags": []"#),
        asset(r#""owners": "o""#),
        asset(r#""group": 1"#),
        asset(r#""dependencies": [{"mapping": null}]"#),
        asset(r#""dependencies": [{"key": ["b"], "mapping": {"type": "identity", "value": 1}}]"#),
        asset(r#""metadata": {"m": 1}"#),
        asset(r#""metadata": {"m": {"type": "int", "value": "1"}}"#),
        asset(r#""metadata": {"m": {"type": "int", "value": 1.5}}"#),
        asset(r#""metadata": {"m": {"type": "bool", "value": 1}}"#),
        asset(r#""metadata": {"m": {"value": 1}}"#),
        asset(r#""metadata": {"m": {"type": "text", "value": "a", "more": 1}}"#),
        asset(r#""partitions": {"type": "static", "value": {"keys": "a"}}"#),
        asset(r#""partitions": {"type": "static", "value": ["a"]}"#),
        asset(r#""partitions": {"type": "time_window", "value": {"cron": "@daily"}}"#),
        asset(r#""columns": [{"data_type": "int"}]"#),
        asset(r#""columns": [{"name": "a", "nullable": "yes"}]"#),
        asset(r#""checks": [{"name": "c", "blocking": "yes"}]"#),
        asset(r#""code_version": {"version": 1}"#),
        asset(r#""code_version": {"vresion": "1"}"#),
        asset(r#""freshness": {"type": "time_window", "value": {"fail_after_seconds": -1}}"#),
        asset(r#""backfill": {"max_partitions_per_run": "all"}"#),
        asset(r#""asset_type": 1"#),
        // Lists of the fields in order, which derived readers take for objects.
        asset(r#""backfill": [3]"#),
        asset(r#""automation": [{}, "eager"]"#),
        asset(r#""code_version": [{}, null, "1"]"#),
        asset(r#""freshness": {"type": "time_window", "value": [3600, null]}"#),
        asset(r#""metadata": {"m": {"type": "job", "value": [null, "daily", null]}}"#),
        asset(r#""metadata": {"m": {"type": "code_references", "value": [{"url": [null, "u"]}]}}"#),
    ];
    for text in wrong {
        assert!(AssetGraph::from_json(text.as_bytes(), &Limits::default()).is_err(), "read: {text}");
        assert!(check(&validator, text.as_bytes()).is_err(), "accepted by the schema: {text}");
    }
}

#[test]
fn the_schema_accepts_unknown_members_that_the_reader_keeps() {
    let text = r#"{"format_version": "1.7", "new": 1, "assets": [{"key": ["a"], "tool.more": [],
        "metadata": {"m": {"type": "odd", "value": {}}}, "checks": [{"name": "c", "tool.x": 1}]}]}"#;
    assert!(AssetGraph::from_json(text.as_bytes(), &Limits::default()).is_ok());
    assert_eq!(check(&snapshot_validator(), text.as_bytes()), Ok(()));
}
