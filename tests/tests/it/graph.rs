//! What makes a set of definitions a graph, and what is told where it is none.

use assetdiff::{
    AssetDefinition, AssetGraph, Check, Dependency, DiffOptions, Json, LimitKind, Limits, LoadError,
    PartitionsDefinition, Provenance, Snapshot, StaticPartitions, diff,
};

use crate::build::{asset, changes, graph, key, located, refused, snapshot, told, wrong};

fn partitioned(definition: AssetDefinition) -> AssetDefinition {
    let keys = vec!["eu".to_owned()];
    AssetDefinition {
        partitions: Some(PartitionsDefinition::Static(StaticPartitions { keys })),
        ..definition
    }
}

#[test]
fn an_asset_defined_twice_is_refused_with_both_positions() {
    assert_eq!(
        wrong([asset("a", &[]), asset("b", &[]), asset("a", &["b"])]),
        "expected asset a once in the snapshot, found it at positions 0 and 2"
    );
    assert_eq!(
        wrong([located("a", "lake"), located("a", "prod"), located("a", "prod")]),
        "expected asset a once in code location \"prod\", found it at positions 1 and 2"
    );
    assert_eq!(
        refused(r#"{"format_version": "1.0", "assets": [{"key": ["a"]}, {"key": ["a"]}]}"#),
        "expected asset a once in the snapshot, found it at positions 0 and 1"
    );
}

#[test]
fn a_cycle_is_told_as_a_shortest_path_through_its_first_key() {
    assert_eq!(
        wrong([asset("a", &["b"]), asset("b", &["c"]), asset("c", &["a", "d"]), asset("d", &["c"])]),
        "expected no asset upstream of itself, found a -> b -> c -> a"
    );
}

#[test]
fn every_cycle_is_told_once() {
    assert_eq!(
        wrong([
            asset("x", &["y"]),
            asset("y", &["x"]),
            asset("a", &["b"]),
            asset("b", &["a"]),
            asset("c", &["a"])
        ]),
        "found 2 problems:\n\
         - expected no asset upstream of itself, found a -> b -> a\n\
         - expected no asset upstream of itself, found x -> y -> x"
    );
}

#[test]
fn all_problems_are_told_at_once_and_sorted() {
    let check = |name: &str| Check { name: name.to_owned(), ..Check::default() };
    let unwritable =
        AssetDefinition { extra: [("group".to_owned(), Json::from("g"))].into(), ..asset("e", &[]) };
    let mut assets = vec![
        unwritable,
        asset("d", &["x", "x"]),
        AssetDefinition { checks: vec![check("c"), check("c")], ..asset("c", &[]) },
        asset("b", &["a"]),
        asset("a", &["b"]),
        asset("z", &[]),
        asset("z", &[]),
    ];
    let expected = "found 5 problems:\n\
         - expected asset z once in the snapshot, found it at positions 5 and 6\n\
         - expected asset d to depend on x once, found it twice\n\
         - expected the checks of asset c to have different names, found \"c\" twice\n\
         - expected no asset upstream of itself, found a -> b -> a\n\
         - expected asset e to be the same after writing and reading it, found another value";
    assert_eq!(wrong(assets.clone()), expected);
    assets[..5].reverse();
    assert_eq!(wrong(assets), expected);
}

#[test]
fn what_cannot_be_written_is_no_graph() {
    let with_nul = AssetDefinition { description: Some("a\0b".to_owned()), ..asset("a", &[]) };
    assert_eq!(
        wrong([with_nul]),
        "expected asset a to be the same after writing and reading it, found a text with the character NUL"
    );
    let known_type = assetdiff::AssetType::Other("external".to_owned());
    assert_eq!(
        wrong([AssetDefinition { asset_type: known_type, ..asset("a", &[]) }]),
        "expected asset a to be the same after writing and reading it, found another value"
    );
    let extra = [("assets".to_owned(), Json::null())].into();
    let error = AssetGraph::new(Snapshot { extra, ..Snapshot::default() }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected provenance and unknown members to be the same after writing and reading them, found expected \
         each key of an object once, found \"assets\" again (first at line 4, column 3)"
    );
    let provenance = Provenance { commit: Some("\0".to_owned()), ..Provenance::default() };
    assert!(AssetGraph::new(Snapshot { provenance, ..Snapshot::default() }).is_err());
}

#[test]
fn only_an_asset_with_partitions_may_depend_on_itself() {
    assert_eq!(wrong([asset("a", &["a"])]), "expected no asset upstream of itself, found a -> a");
    let graph = graph([partitioned(asset("a", &["a"]))]);
    assert_eq!(graph.upstream(&key("a")), [key("a")]);
    assert_eq!(graph.topological_order().collect::<Vec<_>>(), [key("a")]);
    assert!(graph.deep_fingerprint(&key("a")).is_some());
}

#[test]
fn the_partitions_of_another_code_location_do_not_excuse_a_dependency_on_itself() {
    let own = AssetDefinition { dependencies: vec![Dependency::new(key("a"))], ..located("a", "lake") };
    assert_eq!(
        wrong([own, partitioned(located("a", "prod"))]),
        "expected no asset upstream of itself, found a -> a"
    );
}

#[test]
fn an_undefined_upstream_that_becomes_defined_is_added_and_the_other_way_round_removed() {
    let (without, with) = ([asset("b", &["a"])], [asset("a", &[]), asset("b", &["a"])]);
    assert_eq!(graph(without.clone()).undefined(), [key("a")]);
    assert_eq!(told(&changes(without.clone(), with.clone())), ["a: added"]);
    let removed = changes(with, without);
    assert_eq!(told(&removed), ["a: removed"]);
    assert!(removed.undefined_upstreams[0].was_defined);
}

#[test]
fn undefined_upstreams_of_head_are_told_with_those_who_read_them() {
    let changes = changes([asset("b", &["old"])], [asset("b", &["old", "new"]), asset("c", &["new"])]);
    let told: Vec<_> = changes
        .undefined_upstreams
        .iter()
        .map(|u| (u.key.to_string(), u.downstream.len(), u.was_defined, u.is_new))
        .collect();
    assert_eq!(told, [("new".to_owned(), 2, false, true), ("old".to_owned(), 1, false, false)]);
}

#[test]
fn a_chain_of_any_length_is_built_without_recursion() {
    let length = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };
    let mut text = String::from(r#"{"format_version":"1.0","assets":[{"key":["0"]}"#);
    for number in 1..length {
        text.push_str(&format!(r#",{{"key":["{number}"],"dependencies":[{{"key":["{}"]}}]}}"#, number - 1));
    }
    text.push_str("]}");
    let chain = AssetGraph::from_json(text.as_bytes(), &Limits::default()).unwrap();
    let last = key(&(length - 1).to_string());
    assert_eq!(chain.topological_order().last(), Some(last.clone()));
    assert!(chain.deep_fingerprint(&last).is_some());
    drop(chain);

    // The same closed to a ring: one cycle that runs through all.
    let ring = text.replacen(
        r#"{"key":["0"]}"#,
        &format!(r#"{{"key":["0"],"dependencies":[{{"key":["{last}"]}}]}}"#),
        1,
    );
    let error = AssetGraph::from_json(ring.as_bytes(), &Limits::default()).unwrap_err();
    let LoadError::Graph(error) = error else { panic!("{error}") };
    let [assetdiff::Problem::Cycle { path }] = &error.problems[..] else {
        panic!("{} problems", error.problems.len())
    };
    assert_eq!((path.len(), &path[0], path.last()), (length + 1, &key("0"), Some(&key("0"))));
}

#[test]
fn an_asset_that_all_others_read_costs_no_more_than_they_do() {
    let count = 100_000;
    let mut text = String::from(r#"{"format_version":"1.0","assets":[{"key":["hub"]}"#);
    for number in 0..count {
        text.push_str(&format!(r#",{{"key":["{number}"],"dependencies":[{{"key":["hub"]}}]}}"#));
    }
    text.push_str("]}");
    let graph = AssetGraph::from_json(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(graph.downstream(&key("hub")).len(), count);
    assert_eq!(graph.topological_order().next(), Some(key("hub")));
}

#[test]
fn definitions_of_one_key_in_two_code_locations_stand_side_by_side() {
    let described = |location: &str, text: &str| AssetDefinition {
        description: Some(text.to_owned()),
        ..located("a", location)
    };
    let base = graph([described("lake", "1"), described("prod", "1")]);
    assert_eq!((base.len(), base.definitions_of(&key("a")).len()), (1, 2));
    let head = graph([described("lake", "1"), described("prod", "2")]);
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["a: description"]);
    assert_eq!(changes.modified[0].code_location.as_deref(), Some("prod"));
}

#[test]
fn an_asset_whose_one_code_location_is_another_has_moved_and_of_several_none_has() {
    let changes = changes(
        [located("a", "lake"), located("a", "prod"), located("b", "lake"), located("b", "prod")],
        [located("a", "lake"), located("a", "test"), located("b", "x"), located("b", "y")],
    );
    assert_eq!(changes.moved.len(), 1);
    assert_eq!(changes.moved[0].old.code_location.as_deref(), Some("prod"));
    assert_eq!((changes.removed.len(), changes.added.len()), (2, 2));
}

#[test]
fn limits_count_definitions_dependencies_entries_and_bytes() {
    let limited = |set: &dyn Fn(&mut Limits), assets: Vec<AssetDefinition>| {
        let mut limits = Limits::default();
        set(&mut limits);
        let mut builder = assetdiff::GraphBuilder::new(limits);
        let error = assets.into_iter().find_map(|asset| builder.push(asset).err()).unwrap();
        (error.kind, error.to_string())
    };
    let two = vec![asset("a", &["x"]), asset("b", &["x", "y"])];
    assert_eq!(
        limited(&|limits| limits.max_assets = 1, two.clone()),
        (LimitKind::Assets, "expected at most 1 assets, found more".to_owned())
    );
    assert_eq!(
        limited(&|limits| limits.max_dependencies = 2, two.clone()),
        (LimitKind::Dependencies, "expected at most 2 dependencies, found more".to_owned())
    );
    assert_eq!(
        limited(&|limits| limits.max_entries = 1, two.clone()),
        (
            LimitKind::Entries,
            "expected at most 1 entries in one list or map of an asset, found more".to_owned()
        )
    );
    let long = AssetDefinition { description: Some("x".repeat(20)), ..asset("a", &[]) };
    assert_eq!(
        limited(&|limits| limits.max_text_bytes = 19, vec![long]),
        (LimitKind::TextBytes, "expected at most 19 bytes in one text of an asset, found more".to_owned())
    );
}

#[test]
fn the_members_that_a_version_does_not_know_survive() {
    let json = r#"{"format_version": "1.7", "provenance": {"commit": "c", "later": [1]}, "assets": [
        {"key": ["a"], "dbt.access": "public", "later": {"x": 1.50},
         "columns": [{"name": "c", "later": 1}],
         "checks": [{"name": "k", "later": 2}],
         "dependencies": [{"key": ["b"], "later": 3}],
         "metadata": {"m": {"type": "later.type", "value": {"b": 1, "a": 2}}},
         "partitions": {"type": "later", "value": 4},
         "freshness": {"type": "later", "value": null},
         "asset_type": "later"}], "later": {"y": []}}"#;
    let read = Snapshot::from_json(json.as_bytes(), &Limits::default()).unwrap();
    let written = String::from_utf8(AssetGraph::new(read.clone()).unwrap().to_snapshot().to_json()).unwrap();
    for kept in [
        r#""later": {"y":[]}"#,
        r#""later": [1]"#,
        r#""dbt.access": "public""#,
        r#""later": {"x":1.5}"#,
        r#"{"later":1,"name":"c"}"#,
        r#"{"later":2,"name":"k"}"#,
        r#"{"key":["b"],"later":3}"#,
        r#"{"type":"later.type","value":{"a":2,"b":1}}"#,
        "\"partitions\": {\n        \"type\": \"later\",\n        \"value\": 4\n      }",
        "\"freshness\": {\n        \"type\": \"later\",\n        \"value\": null\n      }",
        r#""asset_type": "later""#,
    ] {
        assert!(written.contains(kept), "{kept} is missing in {written}");
    }
    assert_eq!(Snapshot::from_json(written.as_bytes(), &Limits::default()).unwrap(), read);
}

#[test]
fn a_snapshot_becomes_a_graph_and_the_same_snapshot_again() {
    let snapshot = snapshot([asset("b", &["a"]), asset("a", &[])]);
    let graph = AssetGraph::try_from(snapshot.clone()).unwrap();
    assert_eq!(graph.to_snapshot().to_json(), snapshot.to_json());
    assert_eq!(graph.keys().collect::<Vec<_>>(), [key("a"), key("b")]);
    assert!(graph.contains(&key("a")) && !graph.contains(&key("c")));
    assert_eq!(graph.get(&key("c")), None);
    assert!(AssetGraph::new(Snapshot::default()).unwrap().is_empty());
}
