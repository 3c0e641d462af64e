//! The checked-in JSON Schemas: they are what the types say, and they accept and reject what we do.
//!
//! A schema cannot say everything that is refused: definitions and dependencies that stand twice,
//! cycles, object keys that stand twice, limits, and how texts inside are spelled (time stamps).

use std::path::PathBuf;

use assetdiff::{
    AssetGraph, Barrier, ChangeSet, DiffOptions, Have, ImpactJson, ImpactPolicy, Limits, PlanOptions, diff,
    impact, plan,
};
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
fn the_schemas_accept_the_impacts_and_plans_that_are_written() {
    let impacts = checked_in("impact.schema.json", assetdiff::impact_schema());
    let plans = checked_in("plan.schema.json", assetdiff::plan_schema());
    let mut runner = TestRunner::new(ProptestConfig { cases: 256, ..ProptestConfig::default() });
    let mut seen = std::collections::BTreeSet::new();
    let seen_in = std::cell::RefCell::new(&mut seen);
    let result = runner.run(&(strategies::pair(), any::<[bool; 4]>()), |((base, head), with)| {
        let [with_time, with_limit, with_barrier, with_have] = with;
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let changes = diff(&base, &head, &DiffOptions::default());
        let mut policy = ImpactPolicy::default();
        policy.now = with_time.then(|| "2024-03-05T12:00:00Z".parse().unwrap());
        policy.max_distance = with_limit.then_some(1);
        if with_barrier {
            policy.barriers.push(Barrier { name: "key:*".to_owned(), assets: head.keys().take(2).collect() });
        }
        let impact = impact(&changes, &base, &head, &policy);
        let json = impact.to_json(&ImpactJson::default());
        prop_assert_eq!(check(&impacts, json.as_bytes()), Ok(()));
        let mut options = PlanOptions::default();
        if with_have {
            options.have.extend(head.keys().take(1).map(|key| (key, Have::All)));
        }
        let plan = plan(&impact, &base, &head, &options).to_json();
        prop_assert_eq!(check(&plans, plan.as_bytes()), Ok(()));
        for member in ["\"barrier\"", "\"ranges\"", "\"identical\"", "\"path\"", "\"own_effects\""] {
            if json.contains(member) || plan.contains(member) {
                seen_in.borrow_mut().insert(member);
            }
        }
        Ok(())
    });
    result.unwrap();
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn the_schemas_of_impacts_and_plans_reject_what_is_none() {
    let impacts = checked_in("impact.schema.json", assetdiff::impact_schema());
    let plans = checked_in("plan.schema.json", assetdiff::plan_schema());
    let graph = |version: &str| {
        let json = format!(
            r#"{{"format_version": "1.0", "assets": [
                {{"key": ["raw"], "code_version": {{"version": "{version}"}}}},
                {{"key": ["split"], "partitions": {{"type": "static", "value": {{"keys": ["a", "{version}"]}}}}}},
                {{"key": ["orders"], "dependencies": [{{"key": ["raw"]}}]}}]}}"#
        );
        AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
    };
    let (base, head) = (graph("1"), graph("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let mut policy = ImpactPolicy::default();
    policy.now = Some("2024-03-05T12:00:00Z".parse().unwrap());
    let impact = impact(&changes, &base, &head, &policy);
    let plan = plan(&impact, &base, &head, &PlanOptions::default()).to_json();
    let impact = impact.to_json(&ImpactJson::default());
    assert_eq!((check(&impacts, impact.as_bytes()), check(&plans, plan.as_bytes())), (Ok(()), Ok(())));
    let wrong = |text: &str, old: &str, new: &str| {
        assert!(text.contains(old), "{old} in {text}");
        text.replacen(old, new, 1)
    };
    for (old, new) in [
        ("\"1.0\"", "\"2.0\""),
        ("\"format_version\"", "\"version\""),
        ("\"rebuild\"", "\"remake\""),
        ("\"distance\": 0", "\"distance\": -1"),
        ("\"is_direct\": true", "\"is_direct\": 1"),
        ("\"stops\": []", "\"stops\": {}"),
        ("\"all\"", "\"every\""),
        ("\"count\": 1", "\"count\": \"1\""),
    ] {
        assert!(check(&impacts, wrong(&impact, old, new).as_bytes()).is_err(), "{new}");
    }
    for (old, new) in [
        ("\"1.0\"", "\"2.0\""),
        ("\"is_new\": false", "\"is_new\": null"),
        ("\"broken\": []", "\"broken\": [1]"),
        ("\"layers\"", "\"steps\""),
    ] {
        assert!(check(&plans, wrong(&plan, old, new).as_bytes()).is_err(), "{new}");
    }
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
