//! What has to be made again, and what can be read from base.

use std::collections::BTreeMap;

use assetdiff::{
    AffectedPartitions, AssetDefinition, AssetGraph, AssetType, Check, CodeVersion, Dependency, DiffOptions,
    Have, ImpactPolicy, PartitionsDefinition, Plan, PlanOptions, ReuseReason, diff, impact, plan,
};
use assetdiff_tests::strategies;
use proptest::prelude::*;

use crate::build::{asset, graph, key};

fn coded(version: &str, asset: AssetDefinition) -> AssetDefinition {
    let code = CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() };
    AssetDefinition { code_version: Some(code), ..asset }
}

fn policy() -> ImpactPolicy {
    let mut policy = ImpactPolicy::default();
    policy.now = Some("2024-03-15T12:00:00Z".parse().unwrap());
    policy
}

fn planned(base: &AssetGraph, head: &AssetGraph, options: &PlanOptions) -> Plan {
    let changes = diff(base, head, &DiffOptions::default());
    plan(&impact(&changes, base, head, &policy()), base, head, options)
}

fn of<const B: usize, const H: usize>(base: [AssetDefinition; B], head: [AssetDefinition; H]) -> Plan {
    planned(&graph(base), &graph(head), &PlanOptions::default())
}

fn layers(plan: &Plan) -> Vec<Vec<String>> {
    plan.layers.iter().map(|layer| layer.iter().map(|asset| asset.key.to_string()).collect()).collect()
}

fn reused(plan: &Plan) -> Vec<String> {
    plan.reused().map(|reused| format!("{} {:?}", reused.key, reused.reason)).collect()
}

#[test]
fn each_layer_needs_only_those_before_it() {
    let rest = || [asset("b", &["a"]), asset("c", &["a", "b"]), asset("d", &["a"]), asset("x", &[])];
    let [b, c, d, x] = rest();
    let [b2, c2, d2, x2] = rest();
    let plan = of([asset("a", &[]), b, c, d, x], [coded("2", asset("a", &[])), b2, c2, d2, x2]);
    assert_eq!(layers(&plan), [vec!["a"], vec!["b", "d"], vec!["c"]]);
    assert_eq!(reused(&plan), ["x Identical"]);
    let summary = plan.summary();
    assert_eq!((summary.assets, summary.rebuild, summary.reuse), (5, 4, 1));
}

#[test]
fn a_change_without_effect_leaves_everything_to_be_reused() {
    let described = AssetDefinition { description: Some("words".to_owned()), ..asset("a", &[]) };
    let plan = of([asset("a", &[]), asset("b", &["a"])], [described, asset("b", &["a"])]);
    assert!(plan.layers.is_empty());
    assert_eq!(reused(&plan), ["a SameData", "b SameData"]);
}

#[test]
fn what_names_a_key_that_is_gone_is_broken_and_what_reads_it_waits() {
    let head = [asset("b", &["a"]), asset("c", &["b"]), asset("d", &["c"]), coded("2", asset("e", &[]))];
    let plan = of(
        [asset("a", &[]), asset("b", &["a"]), asset("c", &["b"]), asset("d", &["c"]), asset("e", &[])],
        head,
    );
    assert_eq!(layers(&plan), [["e"]]);
    assert_eq!(plan.broken[0].missing_upstreams, [key("a")]);
    let blocked: Vec<_> =
        plan.blocked.iter().map(|blocked| (blocked.key.clone(), blocked.by.clone())).collect();
    assert_eq!(blocked, [(key("c"), vec![key("b")]), (key("d"), vec![key("b")])]);
    assert_eq!(plan.removed, [key("a")]);
}

#[test]
fn checks_run_again_where_they_read_what_is_made() {
    let checked = || {
        let check = Check {
            name: "adds_up".to_owned(),
            additional_dependencies: [key("a")].into(),
            ..Check::default()
        };
        AssetDefinition {
            checks: vec![check, Check { name: "alone".to_owned(), ..Check::default() }],
            ..asset("x", &[])
        }
    };
    let test = || AssetDefinition { asset_type: AssetType::CheckOnly, ..asset("not_null", &["a"]) };
    let exposure = || AssetDefinition {
        asset_type: AssetType::Other("exposure".to_owned()),
        ..asset("dashboard", &["a"])
    };
    let plan = of(
        [asset("a", &[]), checked(), test(), exposure()],
        [coded("2", asset("a", &[])), checked(), test(), exposure()],
    );
    let recheck: Vec<_> = plan.recheck.iter().map(|r| (r.key.to_string(), r.checks.join(","))).collect();
    assert_eq!(recheck, [("not_null".to_owned(), String::new()), ("x".to_owned(), "adds_up".to_owned())]);
    assert_eq!(plan.not_made, [key("dashboard")]);
    assert_eq!(reused(&plan), ["x Identical"]);
}

fn daily() -> PartitionsDefinition {
    serde_json::from_str(
        r#"{"type": "time_window", "value": {
            "cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": "2024-03-01T00:00:00Z", "timezone": "UTC"}}"#,
    )
    .unwrap()
}

#[test]
fn what_was_made_already_is_left_out() {
    let days = |name: &str, upstream: &[&str]| AssetDefinition {
        partitions: Some(daily()),
        ..asset(name, upstream)
    };
    let side = |days_of_a: AssetDefinition| graph([days_of_a, days("b", &["a"]), asset("total", &["b"])]);
    let (base, head) = (side(days("a", &[])), side(coded("2", days("a", &[]))));
    let mut options = PlanOptions::default();
    options.have = BTreeMap::from([
        (key("a"), Have::All),
        (key("b"), Have::Partitions((1..=12).map(|day| format!("2024-03-{day:02}")).collect())),
    ]);
    let plan = planned(&base, &head, &options);
    assert_eq!(plan.already_made, [key("a")]);
    assert_eq!(layers(&plan), [["b"], ["total"]]);
    let b = &plan.layers[0][0];
    let Some(AffectedPartitions::Some(left)) = &b.partitions else { panic!("{b:?}") };
    assert_eq!((left.to_string(), b.total_partitions), ("2024-03-13..2024-03-14 (2)".to_owned(), Some(14)));
    assert_eq!(plan.summary().partitions, 2);
}

#[test]
fn the_json_form_begins_with_the_numbers() {
    let plan = of([asset("a", &[])], [coded("2", asset("a", &[]))]);
    let json: serde_json::Value = serde_json::from_str(&plan.to_json()).unwrap();
    assert_eq!(json["summary"]["rebuild"], 1);
    assert_eq!(json["layers"][0][0]["key"], serde_json::json!(["a"]));
}

proptest! {
    #![proptest_config(crate::properties::cases())]

    #[test]
    fn every_asset_has_one_place_and_reused_ones_read_nothing_that_is_made((base, head) in strategies::pair()) {
        let (base, head) = (AssetGraph::new(base).unwrap(), AssetGraph::new(head).unwrap());
        let plan = planned(&base, &head, &PlanOptions::default());
        let made: BTreeMap<_, usize> = (0..)
            .zip(&plan.layers)
            .flat_map(|(layer, assets)| assets.iter().map(move |asset| (asset.key.clone(), layer)))
            .collect();
        let reused: BTreeMap<_, _> = plan.reused().map(|reused| (reused.key, reused.reason)).collect();
        for key in head.keys() {
            let places = [
                made.contains_key(&key),
                reused.contains_key(&key),
                plan.recheck.iter().any(|recheck| recheck.key == key && !reused.contains_key(&key)),
                plan.broken.iter().any(|broken| broken.key == key),
                plan.blocked.iter().any(|blocked| blocked.key == key),
                plan.not_made.contains(&key),
            ];
            prop_assert_eq!(places.iter().filter(|place| **place).count(), 1, "{} {:?}", key, places);
            for upstream in head.upstream(&key) {
                if let (Some(layer), Some(before)) = (made.get(&key), made.get(&upstream)) {
                    prop_assert!(before < layer || upstream == key);
                }
            }
            if reused.get(&key) == Some(&ReuseReason::Identical) {
                prop_assert!(head.upstream(&key).iter().all(|upstream| !made.contains_key(upstream)));
            }
        }
    }
}

#[test]
fn a_dependency_on_itself_is_no_layer_of_its_own() {
    let cumulative = |version: &str| {
        let of_day_before = Dependency::new(key("a"));
        coded(
            version,
            AssetDefinition {
                partitions: Some(daily()),
                dependencies: vec![of_day_before],
                ..asset("a", &[])
            },
        )
    };
    assert_eq!(layers(&of([cumulative("1")], [cumulative("2")])), [["a"]]);
}
