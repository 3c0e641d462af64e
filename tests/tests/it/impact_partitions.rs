//! Which partitions a change reaches.

use assetdiff::{
    AffectedPartitions, AssetDefinition, AssetGraph, Dependency, DiffOptions, Impact, ImpactPolicy,
    OwnEffect, PartitionMapping, PartitionsDefinition, diff, impact,
};

use crate::build::{asset, graph, key, mapped};

/// In the afternoon of a Friday.
const NOW: &str = "2024-03-15T12:00:00Z";

fn windows(cron: &str, start: &str) -> PartitionsDefinition {
    let text = format!(
        r#"{{"type": "time_window", "value": {{
            "cron": "{cron}", "fmt": "%Y-%m-%d", "start": "{start}T00:00:00Z", "timezone": "UTC"}}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn daily(start: &str) -> PartitionsDefinition {
    windows("0 0 * * *", start)
}

fn keys(keys: &[&str]) -> PartitionsDefinition {
    serde_json::from_value(serde_json::json!({"type": "static", "value": {"keys": keys}})).unwrap()
}

fn mapping(json: serde_json::Value) -> PartitionMapping {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// An asset with partitions that depends on others.
fn split(name: &str, partitions: PartitionsDefinition, dependencies: Vec<Dependency>) -> AssetDefinition {
    AssetDefinition { partitions: Some(partitions), dependencies, ..asset(name, &[]) }
}

fn on(name: &str) -> Vec<Dependency> {
    vec![Dependency::new(key(name))]
}

fn policy() -> ImpactPolicy {
    let mut policy = ImpactPolicy::default();
    policy.now = Some(NOW.parse().unwrap());
    policy
}

fn compared<const B: usize, const H: usize>(
    base: [AssetDefinition; B],
    head: [AssetDefinition; H],
) -> Impact {
    by(&policy(), &graph(base), &graph(head))
}

fn by(policy: &ImpactPolicy, base: &AssetGraph, head: &AssetGraph) -> Impact {
    impact(&diff(base, head, &DiffOptions::default()), base, head, policy)
}

/// Each affected asset as its key, effect and partitions.
fn told(impact: &Impact) -> Vec<String> {
    let partitions = |partitions| match partitions {
        None => "-".to_owned(),
        Some(AffectedPartitions::Some(subset)) => subset.to_string(),
        Some(AffectedPartitions::Unknown(reason)) => format!("unknown: {reason}"),
    };
    impact.assets().map(|a| format!("{} {} {}", a.key, a.effect, partitions(a.partitions))).collect()
}

#[test]
fn an_earlier_start_reaches_what_reads_the_new_partitions() {
    let weekly = |name, upstream| split(name, windows("0 0 * * 0", "2024-01-07"), on(upstream));
    let rest = || [weekly("weeks", "days"), asset("total", &["weeks"])];
    let side = |start| {
        let [weeks, total] = rest();
        [split("days", daily(start), vec![]), weeks, total]
    };
    let impact = compared(side("2024-03-01"), side("2024-02-20"));
    assert_eq!(
        told(&impact),
        [
            "days rebuild 2024-02-20..2024-02-29 (10)",
            "total rebuild -",
            "weeks rebuild 2024-02-18..2024-02-25 (2)"
        ]
    );
    let change = impact.get(&key("days")).unwrap().partitions_change.unwrap();
    assert_eq!(change.to_string(), "+10 partitions 2024-02-20..2024-02-29, none removed");
    assert!(change.is_safe());
}

#[test]
fn a_later_start_reaches_what_read_the_partitions_that_are_gone() {
    let side = |start| {
        let from_first = split("copy", daily("2024-03-01"), on("days"));
        [split("days", daily(start), vec![]), from_first, asset("total", &["days"])]
    };
    let impact = compared(side("2024-03-01"), side("2024-03-04"));
    let days = impact.get(&key("days")).unwrap();
    assert_eq!(days.effect, OwnEffect::None, "there is nothing to make");
    assert_eq!(
        told(&impact)[..2],
        ["copy rebuild 2024-03-01..2024-03-03 (3)".to_owned(), "days none none".to_owned()]
    );
    assert_eq!(impact.get(&key("total")).unwrap().effect, OwnEffect::Rebuild);
}

#[test]
fn another_spelling_of_the_same_partitions_changes_no_data() {
    let side = |cron| [split("days", windows(cron, "2024-03-01"), vec![]), asset("total", &["days"])];
    let impact = compared(side("@daily"), side("0 0 * * *"));
    assert_eq!(told(&impact), ["days none none"]);
    assert!(impact.get(&key("days")).unwrap().partitions_change.unwrap().is_equivalent);
    // Without a time nothing is known of the keys.
    let impact = by(&ImpactPolicy::default(), &graph(side("@daily")), &graph(side("0 0 * * *")));
    assert_eq!(impact.summary().rebuild, 2);
}

#[test]
fn a_mapping_reaches_the_partitions_that_read_others_by_it() {
    let window =
        |start| mapping(serde_json::json!({"type": "time_window", "value": {"start_offset": start}}));
    let side = |dependency| {
        [split("days", daily("2024-03-11"), vec![]), split("sums", daily("2024-03-01"), vec![dependency])]
    };
    let inferred = || side(Dependency::new(key("days")));
    let changed = |from, to| told(&compared(from, to));
    assert_eq!(changed(inferred(), side(mapped("days", window(0)))), ["sums none none"]);
    // The first day that exists has none before it, so the first sum that reads it reads nothing else.
    let widened = changed(inferred(), side(mapped("days", window(-1))));
    assert_eq!(widened, ["sums rebuild 2024-03-12..2024-03-14 (3)"]);
    let some = |value| mapped("days", mapping(value));
    let last = || some(serde_json::json!({"type": "last"}));
    let all = || some(serde_json::json!({"type": "all"}));
    assert_eq!(changed(side(last()), side(all())), ["sums rebuild 2024-03-01..2024-03-14 (14)"]);
}

#[test]
fn a_root_that_changed_in_some_partitions_reaches_those_that_read_them() {
    let relation = mapping(
        serde_json::json!({"type": "static", "value": {"eu": ["west"], "us": ["west"], "jp": ["east"]}}),
    );
    let assets = || {
        [
            split("regions", keys(&["eu", "us", "jp"]), vec![]),
            split("sides", keys(&["west", "east", "north"]), vec![mapped("regions", relation.clone())]),
            split("north", keys(&["north"]), on("sides")),
            split("same", keys(&["us", "eu"]), on("regions")),
            asset("total", &["sides"]),
        ]
    };
    let mut policy = policy();
    policy.changed_partitions = [(key("regions"), vec!["jp".to_owned(), "mars".to_owned()])].into();
    let impact = by(&policy, &graph(assets()), &graph(assets()));
    assert_eq!(told(&impact), ["regions rebuild jp", "sides rebuild east", "total rebuild -"]);
    let spared: Vec<String> = impact
        .spared()
        .iter()
        .map(|s| format!("{} {:?}", s.key, s.upstream.iter().map(|u| u.by).collect::<Vec<_>>()))
        .collect();
    assert_eq!(spared, ["north [Partitions]", "same [Partitions]"]);
    assert_eq!(impact.unknown_partitions()[&key("regions")], ["mars"]);
    let mut policy = self::policy();
    policy.changed_partitions =
        [(key("regions"), vec!["mars".to_owned()]), (key("nothing"), vec!["x".to_owned()])].into();
    let nothing = by(&policy, &graph(assets()), &graph(assets()));
    assert!(told(&nothing).is_empty());
    assert_eq!(
        nothing.unknown_partitions().keys().cloned().collect::<Vec<_>>(),
        [key("nothing"), key("regions")]
    );
    assert_eq!(impact.causes(&key("total"), 9).causes[0].path, [key("regions"), key("sides"), key("total")]);
}

#[test]
fn an_asset_that_reads_its_day_before_is_reached_from_the_first_changed_day_on() {
    let day_before =
        mapping(serde_json::json!({"type": "time_window", "value": {"start_offset": -1, "end_offset": -1}}));
    let assets = || {
        [
            split("days", daily("2024-03-01"), vec![]),
            split(
                "running",
                daily("2024-03-01"),
                vec![on("days").remove(0), mapped("running", day_before.clone())],
            ),
        ]
    };
    let mut policy = policy();
    policy.changed_partitions = [(key("days"), vec!["2024-03-05".to_owned()])].into();
    let impact = by(&policy, &graph(assets()), &graph(assets()));
    assert_eq!(told(&impact), ["days rebuild 2024-03-05", "running rebuild 2024-03-05..2024-03-14 (10)"]);
}

#[test]
fn keys_that_only_the_tool_knows_are_unknown_and_count_as_all() {
    let dynamic = |name: &str| -> PartitionsDefinition {
        serde_json::from_value(serde_json::json!({"type": "dynamic", "value": {"name": name}})).unwrap()
    };
    let side =
        |name| [split("users", dynamic(name), vec![]), split("days", daily("2024-03-01"), on("users"))];
    let impact = compared(side("users"), side("customers"));
    let users = impact.get(&key("users")).unwrap();
    assert!(matches!(users.partitions, Some(AffectedPartitions::Unknown(_))), "{:?}", users.partitions);
    assert_eq!(impact.get(&key("days")).unwrap().effect, OwnEffect::Rebuild);
}

#[test]
fn a_new_asset_and_a_removed_one_count_in_all_their_partitions() {
    let days = || split("days", daily("2024-03-12"), vec![]);
    let copy = || split("copy", daily("2024-03-01"), on("days"));
    assert_eq!(
        told(&compared([copy()], [copy(), days()])),
        ["copy rebuild 2024-03-12..2024-03-14 (3)", "days rebuild 2024-03-12..2024-03-14 (3)"]
    );
    assert_eq!(
        told(&compared([copy(), days()], [copy()])),
        ["copy rebuild 2024-03-12..2024-03-14 (3)", "days none none"]
    );
}

#[test]
fn the_json_form_has_ranges_with_counts() {
    let side = |start| [split("days", daily(start), vec![])];
    let text = compared(side("2024-03-01"), side("2024-02-01")).to_json(&Default::default());
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json["assets"][0]["partitions"],
        serde_json::json!({"some": {"count": 29, "ranges": [{"first": "2024-02-01", "last": "2024-02-29", "count": 29}]}})
    );
    assert_eq!(json["assets"][0]["partitions_change"]["is_safe"], true);
}

#[test]
fn a_removed_asset_without_partitions_reaches_whoever_read_it_by_any_mapping() {
    let specific = mapping(serde_json::json!({"type": "specific", "value": ["a"]}));
    let reader =
        || AssetDefinition { dependencies: vec![mapped("gone", specific.clone())], ..asset("reader", &[]) };
    let impact = compared([asset("gone", &[]), reader()], [reader()]);
    assert_eq!(impact.get(&key("reader")).map(|reader| reader.effect), Some(OwnEffect::Rebuild));
}
