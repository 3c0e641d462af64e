//! Three versions, case by case.

use assetdiff::{
    AssetDefinition, CodePart, CodeVersion, DiffOptions, IgnoreRule, MetadataValue, ThreeWay, diff3,
};

use crate::build::{asset, graph, told};

fn merged(
    parted: impl IntoIterator<Item = AssetDefinition>,
    base: impl IntoIterator<Item = AssetDefinition>,
    head: impl IntoIterator<Item = AssetDefinition>,
) -> ThreeWay {
    diff3(&graph(parted), &graph(base), &graph(head), &DiffOptions::default())
}

fn conflicts(three_way: &ThreeWay) -> Vec<String> {
    three_way.conflicts.iter().map(ToString::to_string).collect()
}

fn tagged(name: &str, tags: &[(&str, &str)]) -> AssetDefinition {
    let tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    AssetDefinition { tags: tags.collect(), ..asset(name, &[]) }
}

fn text(name: &str, value: &str) -> AssetDefinition {
    let mut definition = asset("orders", &[]);
    definition.metadata.insert(name.to_owned(), MetadataValue::Text(value.to_owned()));
    definition
}

#[test]
fn entries_of_one_aspect_are_merged_one_by_one() {
    let three_way = merged(
        [tagged("orders", &[("tier", "silver")])],
        [tagged("orders", &[("tier", "silver"), ("team", "sales")])],
        [tagged("orders", &[("tier", "gold")])],
    );
    assert_eq!(conflicts(&three_way), [""; 0]);
    let expected = graph([tagged("orders", &[("tier", "gold"), ("team", "sales")])]);
    assert_eq!(*three_way.merge().unwrap(), expected);
    assert_eq!(told(three_way.incoming.as_ref().unwrap()), ["orders: tags"]);
}

#[test]
fn one_entry_that_both_changed_differently_is_a_conflict_with_its_values() {
    let three_way = merged([text("owner", "a")], [text("owner", "b")], [text("owner", "c")]);
    assert_eq!(conflicts(&three_way), ["both changed metadata owner of orders differently"]);
    let error = three_way.merge().unwrap_err().to_string();
    assert_eq!(
        error,
        "expected changes that go together, found both changed metadata owner of orders differently"
    );
    let json: serde_json::Value = serde_json::from_str(&three_way.to_json()).unwrap();
    assert_eq!(json["conflicts"][0]["old"]["value"], "a");
    assert_eq!(json["conflicts"][0]["yours"]["value"], "c");
    assert_eq!(json["conflicts"][0]["theirs"]["value"], "b");
    assert_eq!(json["incoming"], serde_json::Value::Null);
}

#[test]
fn what_a_rule_leaves_out_is_no_conflict_and_is_merged_as_the_branch_has_it() {
    let mut options = DiffOptions::default();
    options.ignore.push("metadata.owner".parse::<IgnoreRule>().unwrap());
    let [parted, base, head] = ["a", "b", "c"].map(|value| graph([text("owner", value)]));
    let three_way = diff3(&parted, &base, &head, &options);
    assert_eq!(conflicts(&three_way), [""; 0]);
    assert_eq!(*three_way.merge().unwrap(), head);
    assert!(three_way.yours.is_empty());
}

#[test]
fn an_asset_that_one_removed_and_the_other_changed_is_a_conflict() {
    let three_way = merged([asset("orders", &[])], [], [tagged("orders", &[("tier", "gold")])]);
    assert_eq!(conflicts(&three_way), ["the base removed orders, the branch changed it"]);
}

#[test]
fn a_new_reader_of_what_the_base_removed_is_a_conflict() {
    let three_way = merged(
        [asset("raw", &[]), asset("orders", &[])],
        [asset("orders", &[])],
        [asset("raw", &[]), asset("orders", &[]), asset("report", &["raw"])],
    );
    assert_eq!(conflicts(&three_way), ["report depends on raw in the branch, the base removed it"]);
}

#[test]
fn a_reader_that_hangs_in_the_air_on_the_base_already_is_none() {
    let three_way = merged(
        [asset("raw", &[]), asset("orders", &["raw"])],
        [asset("orders", &["raw"])],
        [asset("raw", &[]), asset("orders", &["raw"]), asset("report", &["orders"])],
    );
    assert_eq!(conflicts(&three_way), [""; 0]);
}

#[test]
fn a_merge_that_would_close_a_cycle_tells_the_path() {
    let three_way = merged(
        [asset("a", &[]), asset("b", &[])],
        [asset("a", &["b"]), asset("b", &[])],
        [asset("a", &[]), asset("b", &["a"])],
    );
    assert_eq!(conflicts(&three_way), ["the merge would close a cycle: a -> b -> a"]);
    assert!(three_way.merge().is_err());
}

#[test]
fn a_change_of_an_asset_follows_it_to_its_new_key() {
    let described =
        |name: &str| AssetDefinition { description: Some("All orders".to_owned()), ..asset(name, &["raw"]) };
    let with_tag = AssetDefinition { group: Some("sales".to_owned()), ..described("orders") };
    let three_way = merged([described("orders")], [with_tag], [described("all_orders")]);
    assert_eq!(conflicts(&three_way), [""; 0]);
    let expected = AssetDefinition { group: Some("sales".to_owned()), ..described("all_orders") };
    assert_eq!(*three_way.merge().unwrap(), graph([expected]));
}

#[test]
fn a_new_reader_of_a_renamed_asset_is_a_conflict() {
    let described =
        |name: &str| AssetDefinition { description: Some("All orders".to_owned()), ..asset(name, &["raw"]) };
    let base = [described("orders"), asset("report", &["orders"])];
    let three_way = merged([described("orders")], base, [described("all_orders")]);
    assert_eq!(conflicts(&three_way), ["report depends on orders in the base, the branch removed it"]);
}

#[test]
fn two_names_for_one_asset_are_a_conflict() {
    let described =
        |name: &str| AssetDefinition { description: Some("All orders".to_owned()), ..asset(name, &["raw"]) };
    let three_way = merged([described("orders")], [described("b")], [described("c")]);
    assert_eq!(conflicts(&three_way), ["both changed key of orders differently"]);
}

#[test]
fn an_asset_renamed_to_what_the_base_added_is_a_conflict() {
    let described =
        |name: &str| AssetDefinition { description: Some("All orders".to_owned()), ..asset(name, &["raw"]) };
    let base = [described("orders"), tagged("sales", &[("tier", "gold")])];
    let three_way = merged([described("orders")], base, [described("sales")]);
    assert_eq!(conflicts(&three_way), ["two assets would be called sales"]);
}

#[test]
fn assets_that_both_added_conflict_where_they_differ() {
    let three_way = merged(
        [],
        [tagged("orders", &[("tier", "gold"), ("team", "sales")])],
        [tagged("orders", &[("tier", "silver"), ("team", "sales")])],
    );
    assert_eq!(conflicts(&three_way), ["both changed tags tier of orders differently"]);
    let alike = merged([], [asset("orders", &[])], [asset("orders", &[])]);
    assert_eq!(alike.alike.len(), 1);
    assert!(alike.merge().is_ok());
}

#[test]
fn shared_code_of_the_base_and_source_of_the_branch_go_together() {
    let code = |source: &str, part: &str| {
        let part = CodePart { fingerprint: part.to_owned(), via: Vec::new() };
        let parts = [("macro.shop.cents".to_owned(), part)].into();
        let code = CodeVersion { source: Some(source.to_owned()), parts, version: None };
        AssetDefinition { code_version: Some(code), ..asset("orders", &[]) }
    };
    let three_way = merged([code("select 1", "x")], [code("select 1", "y")], [code("select 2", "x")]);
    assert_eq!(conflicts(&three_way), [""; 0]);
    assert_eq!(*three_way.merge().unwrap(), graph([code("select 2", "y")]));
    let three_way = merged([code("select 1", "x")], [code("select 3", "y")], [code("select 2", "x")]);
    assert_eq!(conflicts(&three_way), ["both changed code_version source of orders differently"]);
}

#[test]
fn hidden_characters_of_a_name_are_shown_in_a_conflict() {
    let named = |value: &str| text("a\u{202e}b", value);
    let three_way = merged([named("a")], [named("b")], [named("c")]);
    assert_eq!(conflicts(&three_way), [r"both changed metadata a\u{202e}b of orders differently"]);
}

#[test]
fn of_two_definitions_each_side_may_remove_one_but_not_where_somebody_reads_the_asset() {
    let orders =
        |location: &str| AssetDefinition { code_location: Some(location.to_owned()), ..asset("orders", &[]) };
    let report = || asset("report", &["orders"]);
    let [shop, lake] = [orders("shop"), orders("lake")];
    let parted = [shop.clone(), lake.clone()];
    let alone = merged(parted.clone(), [lake.clone()], [shop.clone()]);
    assert_eq!(alone.merge().unwrap().len(), 0);
    let read = merged(parted, [lake.clone()], [shop.clone(), report()]);
    assert_eq!(conflicts(&read), ["report depends on orders in the branch, the base removed it"]);
    let read_before = merged([shop.clone(), lake.clone(), report()], [lake, report()], [shop, report()]);
    assert_eq!(
        conflicts(&read_before),
        [
            "report depends on orders in the base, the branch removed it",
            "report depends on orders in the branch, the base removed it"
        ]
    );
}
