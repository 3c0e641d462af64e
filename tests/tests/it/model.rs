//! Rules, renames and effects.

use std::collections::BTreeMap;

use assetdiff::{
    ApplyError, Aspect, AssetDefinition, AssetGraph, ChangeKind, ChangeSet, CodeVersion, Column, Dependency,
    DiffOptions, DownstreamEffect, Effects, IgnoreRule, MetadataValue, NameGlob, NormalizeRule, OwnEffect,
    Renames, RuleScope, diff,
};

use crate::build::{asset, changes, graph, json, key, located, told, with_renames};

fn described(name: &str, text: &str, upstream: &[&str]) -> AssetDefinition {
    AssetDefinition { description: Some(text.to_owned()), ..asset(name, upstream) }
}

fn ignoring(rules: &[&str]) -> DiffOptions {
    let mut options = DiffOptions::default();
    options.ignore = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    options
}

/// What was left out, as `key aspect entry by rules`.
fn suppressed(changes: &ChangeSet) -> Vec<String> {
    let told = changes.suppressed.iter().map(|s| {
        let aspect = s.aspect.map_or("-", Aspect::as_str);
        format!("{} {aspect} {} by {}", s.key, s.entry.as_deref().unwrap_or("-"), s.rules.join(" + "))
    });
    told.collect()
}

fn tagged(name: &str, tags: &[(&str, &str)]) -> AssetDefinition {
    let tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    AssetDefinition { tags: tags.collect(), ..asset(name, &[]) }
}

#[test]
fn ignored_differences_are_left_out_and_counted() {
    let base = graph([tagged("sales/a", &[("team", "x"), ("tier", "1")]), tagged("b", &[("team", "x")])]);
    let head = graph([tagged("sales/a", &[("team", "y"), ("tier", "2")]), tagged("b", &[("team", "y")])]);
    let changes = diff(&base, &head, &ignoring(&["tags.team in sales/**"]));
    assert_eq!(told(&changes), ["b: tags", "sales/a: tags"]);
    assert_eq!(suppressed(&changes), ["sales/a tags team by tags.team in sales/**"]);
    assert_eq!(changes.summary().suppressed, 1);
    let tags = changes.modified[1].modification.tags.as_ref().unwrap();
    assert_eq!(tags.keys().collect::<Vec<_>>(), ["tier"]);
}

#[test]
fn whole_assets_can_be_left_out() {
    let base = graph([asset("scratch/a", &[]), described("scratch/b", "1", &[])]);
    let head = graph([described("scratch/b", "2", &[]), described("scratch/c", "new", &[])]);
    let changes = diff(&base, &head, &ignoring(&["* in scratch/**"]));
    assert!(changes.is_empty(), "{changes:?}");
    let rule = "by * in scratch/**";
    assert_eq!(
        suppressed(&changes),
        [format!("scratch/a - - {rule}"), format!("scratch/b - - {rule}"), format!("scratch/c - - {rule}")]
    );
}

#[test]
fn a_pointer_leaves_out_one_place_of_a_json_value() {
    let of = |text: &str| {
        let metadata = [("stats".to_owned(), MetadataValue::Json(json(text)))];
        graph([AssetDefinition { metadata: metadata.into(), ..asset("a", &[]) }])
    };
    let options = ignoring(&["metadata.stats#/rows"]);
    let same = diff(&of(r#"{"rows": 1, "v": 1}"#), &of(r#"{"rows": 2, "v": 1}"#), &options);
    assert!(same.is_empty());
    assert_eq!(suppressed(&same), ["a metadata stats by metadata.stats#/rows"]);
    let other = diff(&of(r#"{"rows": 1, "v": 1}"#), &of(r#"{"rows": 2, "v": 2}"#), &options);
    assert_eq!(told(&other), ["a: metadata"]);
    assert!(other.suppressed.is_empty());
}

#[test]
fn texts_are_evened_out_before_they_are_compared() {
    let of = |version: &str| {
        let code = CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() };
        graph([AssetDefinition { code_version: Some(code), ..asset("a", &[]) }])
    };
    let scope = RuleScope { aspect: Some(Aspect::CodeVersion), ..RuleScope::default() };
    let mut options = DiffOptions::default();
    options.normalize = vec![NormalizeRule::new("build number", scope, r"\+\d+$", "").unwrap()];
    let same = diff(&of("1.2+17"), &of("1.2+18"), &options);
    assert!(same.is_empty());
    assert_eq!(suppressed(&same), ["a code_version - by build number"]);
    assert_eq!(told(&diff(&of("1.2+17"), &of("1.3+18"), &options)), ["a: code_version"]);
}

#[test]
fn a_column_is_an_entry_that_can_be_left_out() {
    let of = |names: &[(&str, &str)]| {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).to_owned(),
            data_type: Some((*data_type).to_owned()),
            ..Column::default()
        };
        graph([AssetDefinition { columns: Some(names.iter().map(column).collect()), ..asset("a", &[]) }])
    };
    let changes = diff(
        &of(&[("id", "int"), ("_loaded", "date")]),
        &of(&[("id", "bigint"), ("_loaded", "time"), ("_run", "text")]),
        &ignoring(&["columns._*"]),
    );
    let columns = changes.modified[0].modification.column_changes().unwrap();
    assert_eq!((columns.types, columns.added), (vec!["id".to_owned()], vec![]));
    assert_eq!(suppressed(&changes), ["a columns _loaded by columns._*", "a columns _run by columns._*"]);
}

#[test]
fn a_move_that_is_left_out_leaves_a_change_in_the_old_place() {
    let moved = |location: &str, text: &str| AssetDefinition {
        description: Some(text.to_owned()),
        ..located("z", location)
    };
    let base = graph([described("a", "1", &[]), moved("lake", "1")]);
    let head = graph([described("a", "2", &[]), moved("prod", "2")]);
    let changes = diff(&base, &head, &ignoring(&["code_location"]));
    assert_eq!(told(&changes), ["a: description", "z: description"]);
    assert!(changes.moved.is_empty());
    let applied = changes.apply(&base).unwrap();
    assert_eq!(applied, graph([described("a", "2", &[]), moved("lake", "2")]));
}

#[test]
fn what_rules_left_out_of_a_rename_is_not_applied() {
    let of = |name: &str, tier: &str| AssetDefinition {
        description: Some("a long text that both have".to_owned()),
        ..tagged(name, &[("tier", tier)])
    };
    let base = graph([of("old", "1")]);
    let changes = diff(&base, &graph([of("new", "2")]), &ignoring(&["tags"]));
    assert_eq!(told(&changes), ["new: renamed"]);
    assert_eq!(changes.apply(&base).unwrap(), graph([of("new", "1")]));
}

#[test]
fn wrong_rules_are_refused_with_the_reason() {
    let error = |text: &str| text.parse::<IgnoreRule>().unwrap_err().to_string();
    let form = "expected an ignore rule such as `metadata.dagster/table_name in sales/**`, found";
    assert_eq!(error("*"), format!("{form} \"*\": `*` needs ` in KEYS`"));
    assert!(
        error("colour").starts_with(&format!("{form} \"colour\": expected one of asset_type, automation,"))
    );
    assert_eq!(error("metadata.a#b"), "expected a JSON pointer that is empty or begins with /, found \"b\"");
    assert!(error("tags.[").starts_with("expected a glob pattern, found \"[\": "));
    let long = NameGlob::new(&"x".repeat(5000)).unwrap_err().to_string();
    assert!(long.ends_with("it is longer than 4096 bytes"), "{long}");
    let bomb =
        NormalizeRule::new("n", RuleScope::default(), r"(\w{1000}){1000}", "").unwrap_err().to_string();
    assert!(bomb.starts_with(r#"expected a regular expression, found "(\\w{1000}){1000}": "#), "{bomb}");
}

#[test]
fn an_equal_definition_under_another_key_is_renamed() {
    for renames in [Renames::Exact, Renames::default()] {
        let changes = diff(
            &graph([described("old", "text", &["raw"])]),
            &graph([described("new", "text", &["raw"])]),
            &with_renames(renames),
        );
        assert_eq!(told(&changes), ["new: renamed"]);
        assert_eq!(changes.renamed[0].similarity, 100);
        assert!(changes.renamed[0].modification.is_empty());
    }
}

#[test]
fn a_similar_definition_is_renamed_and_what_differs_is_told() {
    let of = |name: &str, group: &str| AssetDefinition {
        group: Some(group.to_owned()),
        ..described(name, "a description that is long enough", &["raw"])
    };
    let (base, head) = (graph([of("old", "a")]), graph([of("new", "b")]));
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["new: renamed, group"]);
    assert!((60..100).contains(&changes.renamed[0].similarity), "{}", changes.renamed[0].similarity);
    assert_eq!(told(&diff(&base, &head, &with_renames(Renames::Exact))), ["new: added", "old: removed"]);
    let strict = with_renames(Renames::Similar { threshold: 99 });
    assert_eq!(told(&diff(&base, &head, &strict)), ["new: added", "old: removed"]);
}

#[test]
fn definitions_that_differ_are_never_an_exact_rename() {
    // Both are cut into the same pieces: an empty list of columns is none, and a line of source text
    // is a line of version text.
    let of = |name: &str, columns: Option<Vec<Column>>, version: CodeVersion| {
        graph([AssetDefinition { columns, code_version: Some(version), ..described(name, "text", &[]) }])
    };
    let text = || Some("x".to_owned());
    let version = || CodeVersion { version: text(), ..CodeVersion::default() };
    let source = || CodeVersion { source: text(), ..CodeVersion::default() };
    let exact = with_renames(Renames::Exact);
    let changes = diff(&of("a", None, version()), &of("b", Some(Vec::new()), version()), &exact);
    assert_eq!(told(&changes), ["a: removed", "b: added"]);
    let changes = diff(&of("a", None, version()), &of("b", None, source()), &exact);
    assert_eq!(told(&changes), ["a: removed", "b: added"]);
    let similar = diff(&of("a", None, version()), &of("b", None, source()), &DiffOptions::default());
    assert_eq!(told(&similar), ["b: renamed, code_version"]);
    assert_eq!(similar.renamed[0].similarity, 99);
}

#[test]
fn of_two_equal_partners_neither_is_taken() {
    let changes = changes(
        [described("old", "text", &[])],
        [described("new1", "text", &[]), described("new2", "text", &[])],
    );
    assert_eq!(told(&changes), ["new1: added", "new2: added", "old: removed"]);
}

#[test]
fn definitions_that_state_nothing_are_not_renamed() {
    assert_eq!(told(&changes([asset("a", &[])], [asset("b", &[])])), ["a: removed", "b: added"]);
}

#[test]
fn renames_can_be_left_off() {
    let off = with_renames(Renames::Off);
    let changes = diff(&graph([described("a", "x", &[])]), &graph([described("b", "x", &[])]), &off);
    assert_eq!(told(&changes), ["a: removed", "b: added"]);
}

#[test]
fn a_key_that_the_other_side_still_names_is_not_renamed() {
    // Someone still reads the old key, so it is gone for them and not renamed.
    let left_behind = changes(
        [described("old", "text", &[]), asset("reader", &["old"])],
        [described("new", "text", &[]), asset("reader", &["old"])],
    );
    assert_eq!(told(&left_behind), ["new: added", "old: removed"]);
    assert!(left_behind.undefined_upstreams[0].was_defined);
    // The new key was someone else's before.
    let taken = changes(
        [described("old", "text", &[]), asset("reader", &["new"])],
        [described("new", "text", &[]), asset("reader", &["new"])],
    );
    assert_eq!(told(&taken), ["new: added", "old: removed"]);
}

#[test]
fn a_renamed_chain_is_found_from_its_root_and_costs_no_more_than_its_length() {
    let chain = |prefix: &str, count: usize| {
        let name = |number: usize| format!("{prefix}/{number:06}");
        let assets = (0..count).map(|number| match number {
            0 => described(&name(0), "root", &[]),
            number => asset(&name(number), &[&name(number - 1)]),
        });
        graph(assets)
    };
    let count = if cfg!(debug_assertions) { 5_000 } else { 50_000 };
    let changes = diff(&chain("old", count), &chain("new", count), &DiffOptions::default());
    assert_eq!((changes.renamed.len(), changes.added.len(), changes.removed.len()), (count, 0, 0));
    assert!(changes.renamed.iter().skip(1).all(|r| r.modification.only_follows_renames()));
}

#[test]
fn a_dependent_that_also_changed_does_not_only_follow() {
    let changes = changes(
        [described("old", "text", &[]), asset("reader", &["old"])],
        [described("new", "text", &[]), described("reader", "now described", &["new"])],
    );
    assert_eq!(told(&changes), ["new: renamed", "reader: upstream_renamed, description"]);
    assert_eq!((changes.summary().modified, changes.summary().following_renames), (1, 0));
}

#[test]
fn a_changed_dependency_on_a_renamed_asset_is_no_mere_rename() {
    let reader = |name: &str, mapping| AssetDefinition {
        dependencies: vec![Dependency { mapping, ..Dependency::new(key(name)) }],
        ..asset("reader", &[])
    };
    let changes = changes(
        [described("old", "text", &[]), reader("old", None)],
        [described("new", "text", &[]), reader("new", Some(assetdiff::PartitionMapping::All))],
    );
    assert_eq!(told(&changes), ["new: renamed", "reader: dependencies"]);
}

#[test]
fn effects_are_the_costliest_of_the_kinds_and_can_be_stated() {
    let head = AssetDefinition {
        group: Some("g".to_owned()),
        extra: BTreeMap::from([("dbt.access".to_owned(), json("1")), ("x.y".to_owned(), json("1"))]),
        ..asset("a", &[])
    };
    let (base, head) = (graph([asset("a", &[])]), graph([head]));
    let mut options = DiffOptions::default();
    let effects = |options: &DiffOptions| {
        let changes = diff(&base, &head, options);
        changes.changes()[0].effects(&changes.effect_overrides)
    };
    assert_eq!(effects(&options), Effects::REBUILD_ALL);
    options.effects.extra.insert("dbt.access".to_owned(), Effects::NONE);
    assert_eq!(effects(&options), Effects::REBUILD_ALL);
    options.effects.extra.insert("x.y".to_owned(), Effects::NONE);
    assert_eq!(effects(&options), Effects::NONE);
    let rebuild = Effects::new(OwnEffect::Rebuild, DownstreamEffect::None);
    options.effects.kinds.insert(ChangeKind::Group, rebuild);
    assert_eq!(effects(&options), rebuild);
    let read = ChangeSet::from_json(&diff(&base, &head, &options).to_json()).unwrap();
    assert_eq!(read.effect_overrides, options.effects);
}

#[test]
fn a_change_set_that_does_not_fit_tells_every_place() {
    let base = [described("a", "1", &[]), described("b", "1", &[]), asset("c", &[])];
    let changes = changes(base, [described("a", "2", &[]), described("d", "new", &["x", "y"])]);
    let other = graph([described("a", "3", &[]), described("d", "old", &[])]);
    let error = changes.apply(&other).unwrap_err();
    assert!(matches!(error, ApplyError::Conflicts(_)));
    assert_eq!(
        error.to_string(),
        "expected the graph that the change set starts from, found another one at a (description), b, c, d"
    );
}

#[test]
fn a_change_set_of_a_deep_value_can_be_read_again() {
    let deep = |text: &str| {
        let value = format!("{}{text}{}", "[".repeat(124), "]".repeat(124));
        let metadata = [("m".to_owned(), MetadataValue::Json(json(&value)))];
        graph([AssetDefinition { metadata: metadata.into(), ..asset("a", &[]) }])
    };
    let changes = diff(&deep("1"), &deep("2"), &DiffOptions::default());
    assert_eq!(ChangeSet::from_json(&changes.to_json()).unwrap(), changes);
}

#[test]
fn a_change_set_of_another_version_or_form_is_refused() {
    let error = |text: &str| ChangeSet::from_json(text).unwrap_err().to_string();
    let form = "expected a change set of format_version 1.0, found";
    assert_eq!(error(r#"{"format_version": "2.0"}"#), format!("{form} version \"2.0\" at line 1, column 1"));
    assert_eq!(error(r#"{"format_version": "1"}"#), format!("{form} version \"1\" at line 1, column 1"));
    assert_eq!(error("{}"), format!("{form} missing field `format_version` at line 1, column 2"));
    let empty = changes([], []).to_json();
    assert!(ChangeSet::from_json(&empty).unwrap().is_empty());
    let twice = empty.replacen("\"added\": []", "\"added\": [], \"added\": []", 1);
    assert!(error(&twice).contains("expected each key of an object once, found \"added\" again"));
}

#[test]
fn the_graphs_of_a_change_set_are_named_by_their_fingerprints() {
    let (base, head): (AssetGraph, AssetGraph) = (graph([asset("a", &[])]), graph([]));
    let graphs = diff(&base, &head, &DiffOptions::default()).graphs.unwrap();
    assert_eq!((graphs.base, graphs.head), (base.fingerprint(), head.fingerprint()));
    assert_eq!((graphs.base_assets, graphs.head_assets), (1, 0));
}
