//! What graphs and comparisons do, one behaviour each.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use assetdiff::{
    ApplyError, Aspect, AssetChange, AssetDefinition, AssetGraph, AssetKey, AssetType, ChangeKind, ChangeSet,
    Check, CodeVersion, Conflict, Dependency, DiffOptions, DownstreamEffect, Effects, FreshnessPolicy,
    IgnoreRule, Json, KeyError, Limits, LoadError, MetadataValue, Modification, NormalizeRule, OwnEffect,
    PartitionMapping, PartitionsDefinition, Problem, Provenance, Relocated, Renames, RuleError, RuleScope,
    Snapshot, StaticPartitions, Suppressed, UndefinedUpstream, ValueDiff, diff,
};

pub(crate) fn key(text: &str) -> AssetKey {
    text.parse().unwrap()
}

pub(crate) fn keys<'a>(keys: impl IntoIterator<Item = &'a AssetKey>) -> Vec<String> {
    keys.into_iter().map(AssetKey::to_string).collect()
}

pub(crate) fn asset(name: &str) -> AssetDefinition {
    AssetDefinition::new(key(name))
}

pub(crate) fn reading(name: &str, upstream: &[&str]) -> AssetDefinition {
    let dependencies = upstream.iter().map(|up| Dependency::new(key(up))).collect();
    AssetDefinition { dependencies, ..asset(name) }
}

pub(crate) fn coded(name: &str, version: &str) -> AssetDefinition {
    let code = CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() };
    AssetDefinition { code_version: Some(code), ..asset(name) }
}

pub(crate) fn described(name: &str, description: &str) -> AssetDefinition {
    AssetDefinition { description: Some(description.to_owned()), ..asset(name) }
}

pub(crate) fn at(location: &str, definition: AssetDefinition) -> AssetDefinition {
    AssetDefinition { code_location: Some(location.to_owned()), ..definition }
}

pub(crate) fn metadata(entries: &[(&str, MetadataValue)]) -> BTreeMap<String, MetadataValue> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

pub(crate) fn with_metadata(name: &str, entries: &[(&str, MetadataValue)]) -> AssetDefinition {
    AssetDefinition { metadata: metadata(entries), ..asset(name) }
}

/// A metadata value of a type that is not known.
pub(crate) fn value(type_name: &str, json: &str) -> MetadataValue {
    MetadataValue::Other { type_name: type_name.to_owned(), value: Json::parse(json).unwrap() }
}

fn partitioned(definition: AssetDefinition) -> AssetDefinition {
    let partitions = PartitionsDefinition::Static(StaticPartitions { keys: vec!["eu".to_owned()] });
    AssetDefinition { partitions: Some(partitions), ..definition }
}

fn load(assets: &[AssetDefinition]) -> Result<AssetGraph, LoadError> {
    AssetGraph::new(Snapshot { assets: assets.to_vec(), ..Snapshot::default() })
}

fn graph(assets: &[AssetDefinition]) -> AssetGraph {
    load(assets).unwrap()
}

fn problems(assets: &[AssetDefinition]) -> (Vec<Problem>, String) {
    let error = load(assets).unwrap_err();
    let text = error.to_string();
    match error {
        LoadError::Graph(error) => (error.problems, text),
        other => panic!("expected problems of the graph, found {other:?}"),
    }
}

pub(crate) fn changes_with(
    base: &[AssetDefinition],
    head: &[AssetDefinition],
    options: &DiffOptions,
) -> ChangeSet {
    diff(&graph(base), &graph(head), options)
}

pub(crate) fn changes(base: &[AssetDefinition], head: &[AssetDefinition]) -> ChangeSet {
    changes_with(base, head, &DiffOptions::default())
}

/// Returns what differs in the only asset that does.
pub(crate) fn modification(changes: &ChangeSet) -> &Modification {
    match changes.changes()[..] {
        [AssetChange::Modified(modified)] => &modified.modification,
        ref other => panic!("expected one modified asset, found {other:?}"),
    }
}

pub(crate) fn kinds(modification: &Modification) -> Vec<ChangeKind> {
    modification.kinds().into_iter().collect()
}

pub(crate) fn ignoring(rules: &[&str]) -> DiffOptions {
    let mut options = DiffOptions::default();
    options.ignore = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    options
}

fn renames(renames: Renames) -> DiffOptions {
    let mut options = DiffOptions::default();
    options.renames = renames;
    options
}

fn suppressed(name: &str, aspect: Option<Aspect>, entry: Option<&str>, rules: &[&str]) -> Suppressed {
    Suppressed {
        key: key(name),
        code_location: None,
        aspect,
        entry: entry.map(str::to_owned),
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
    }
}

/// The keys of all changes, by sort.
#[derive(Debug, Default, PartialEq)]
struct Told {
    added: Vec<String>,
    removed: Vec<String>,
    /// Old key, new key and similarity.
    renamed: Vec<(String, String, u8)>,
    moved: Vec<String>,
    modified: Vec<String>,
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn told(changes: &ChangeSet) -> Told {
    let names = |r: &Relocated| (r.old.key.to_string(), r.new.key.to_string(), r.similarity);
    Told {
        added: keys(changes.added.iter().map(|d| &d.key)),
        removed: keys(changes.removed.iter().map(|d| &d.key)),
        renamed: changes.renamed.iter().map(names).collect(),
        moved: keys(changes.moved.iter().map(|r| &r.new.key)),
        modified: keys(changes.modified.iter().map(|m| &m.key)),
    }
}

fn renamed(old: &str, new: &str, similarity: u8) -> Told {
    Told { renamed: vec![(old.to_owned(), new.to_owned(), similarity)], ..Told::default() }
}

// Graphs.

#[test]
fn a_key_twice_is_told_with_both_positions_and_the_code_location() {
    let (_, text) = problems(&[asset("a"), asset("b"), asset("a")]);
    assert_eq!(text, "expected asset a once in the snapshot, found it at positions 0 and 2");
    let (found, text) = problems(&[at("etl", asset("a")), at("bi", asset("a")), at("etl", asset("a"))]);
    assert_eq!(text, "expected asset a once in code location \"etl\", found it at positions 0 and 2");
    let location = Some("etl".to_owned());
    let expected = Problem::DuplicateAsset { key: key("a"), code_location: location, first: 0, second: 2 };
    assert_eq!(found, [expected]);
}

#[test]
fn a_key_three_times_is_told_with_each_repetition() {
    let (_, text) = problems(&[asset("a"), asset("a"), asset("a")]);
    assert_eq!(
        text,
        "found 2 problems:\n\
         - expected asset a once in the snapshot, found it at positions 0 and 1\n\
         - expected asset a once in the snapshot, found it at positions 1 and 2"
    );
}

#[test]
fn all_problems_are_told_at_once_and_in_order() {
    let check = |name: &str| Check { name: name.to_owned(), ..Check::default() };
    let wrong_checks = AssetDefinition { checks: vec![check("rows"), check("rows")], ..asset("c") };
    let assets = [
        reading("z", &["y"]),
        reading("y", &["z"]),
        wrong_checks,
        reading("b", &["up", "up"]),
        asset("a"),
        asset("a"),
    ];
    let (found, text) = problems(&assets);
    assert_eq!(
        text,
        "found 4 problems:\n\
         - expected asset a once in the snapshot, found it at positions 4 and 5\n\
         - expected asset b to depend on up once, found it twice\n\
         - expected the checks of asset c to have different names, found \"rows\" twice\n\
         - expected no asset upstream of itself, found y -> z -> y"
    );
    let mut backwards = assets.to_vec();
    backwards[..4].reverse();
    assert_eq!(problems(&backwards).0, found);
}

#[test]
fn a_cycle_is_told_as_a_path() {
    let cycle = |assets: &[AssetDefinition]| problems(assets).1;
    let two = [reading("b", &["a"]), reading("a", &["b"]), reading("behind", &["a"])];
    assert_eq!(cycle(&two), "expected no asset upstream of itself, found a -> b -> a");
    let three = [reading("a", &["b"]), reading("b", &["c"]), reading("c", &["a", "d"]), asset("d")];
    assert_eq!(cycle(&three), "expected no asset upstream of itself, found a -> b -> c -> a");
    assert_eq!(cycle(&[reading("a", &["a"])]), "expected no asset upstream of itself, found a -> a");
    let apart = [reading("c", &["d"]), reading("d", &["c"]), reading("a", &["b"]), reading("b", &["a"])];
    assert_eq!(
        cycle(&apart),
        "found 2 problems:\n\
         - expected no asset upstream of itself, found a -> b -> a\n\
         - expected no asset upstream of itself, found c -> d -> c"
    );
}

#[test]
fn a_cycle_through_several_code_locations_is_one() {
    let assets = [at("one", reading("a", &["b"])), at("two", reading("b", &["a"])), at("two", asset("a"))];
    assert_eq!(problems(&assets).1, "expected no asset upstream of itself, found a -> b -> a");
}

#[test]
fn an_asset_with_partitions_may_read_itself() {
    let graph = graph(&[partitioned(reading("a", &["a"]))]);
    assert_eq!(graph.upstream(&key("a")), [key("a")]);
    assert_eq!(keys(&graph.topological_order().collect::<Vec<_>>()), ["a"]);
    let (_, text) = problems(&[partitioned(reading("a", &["b"])), partitioned(reading("b", &["a"]))]);
    assert_eq!(text, "expected no asset upstream of itself, found a -> b -> a");
}

#[test]
fn a_chain_of_200_000_assets_is_ordered() {
    const LENGTH: usize = 200_000;
    // 7,919 shares no divisor with the length: every name once, and none in order.
    let name = |index: usize| format!("n{:06}", (index * 7_919) % LENGTH);
    let mut json = String::from(r#"{"format_version": "1.0", "assets": ["#);
    for index in (1..LENGTH).rev() {
        let (name, upstream) = (name(index), name(index - 1));
        json += &format!(r#"{{"key": ["{name}"], "dependencies": [{{"key": ["{upstream}"]}}]}},"#);
    }
    json += &format!(r#"{{"key": ["{}"]}}]}}"#, name(0));
    let graph = AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(graph.len(), LENGTH);
    assert!(graph.topological_order().eq((0..LENGTH).map(|index| key(&name(index)))));
    assert!(graph.deep_fingerprint(&key(&name(LENGTH - 1))).is_some());
}

#[test]
fn an_undefined_upstream_is_no_asset() {
    let graph = graph(&[reading("report", &["orders"])]);
    assert_eq!((graph.len(), graph.undefined()), (1, vec![key("orders")]));
    assert!(graph.names(&key("orders")) && !graph.contains(&key("orders")));
    assert_eq!(graph.get(&key("orders")), None);
    assert_eq!(graph.downstream(&key("orders")), [key("report")]);
}

#[test]
fn an_undefined_upstream_that_is_defined_later_is_added() {
    let reader = reading("report", &["orders"]);
    let found = changes(from_ref(&reader), &[reader.clone(), asset("orders")]);
    assert_eq!(told(&found), Told { added: texts(["orders"]), ..Told::default() });
    assert_eq!(found.undefined_upstreams, []);
}

#[test]
fn an_upstream_that_is_no_longer_defined_is_removed_and_told_with_who_reads_it() {
    let readers = [reading("r2", &["orders"]), reading("r1", &["orders"])];
    let base = [&readers[..], &[asset("orders")]].concat();
    let found = changes(&base, &readers);
    assert_eq!(told(&found), Told { removed: texts(["orders"]), ..Told::default() });
    let downstream = vec![key("r1"), key("r2")];
    let expected = UndefinedUpstream { key: key("orders"), downstream, was_defined: true, is_new: false };
    assert_eq!(found.undefined_upstreams, [expected]);
}

#[test]
fn undefined_upstreams_are_told_with_whether_they_are_new() {
    let found = changes(&[reading("a", &["old"])], &[reading("a", &["new", "old"])]);
    let upstream = |name: &str, is_new| UndefinedUpstream {
        key: key(name),
        downstream: vec![key("a")],
        was_defined: false,
        is_new,
    };
    assert_eq!(found.undefined_upstreams, [upstream("new", true), upstream("old", false)]);
}

#[test]
fn a_key_may_be_defined_in_each_code_location() {
    let assets = [at("two", reading("a", &["y"])), asset("a"), at("one", reading("a", &["x"]))];
    let graph = graph(&assets);
    assert_eq!(graph.len(), 1);
    let locations: Vec<_> = graph.definitions_of(&key("a")).into_iter().map(|d| d.code_location).collect();
    assert_eq!(locations, [None, Some("one".to_owned()), Some("two".to_owned())]);
    assert_eq!(graph.upstream(&key("a")), [key("x"), key("y")]);
    assert_eq!(graph.get(&key("a")), Some(asset("a")));
}

#[test]
fn a_change_in_one_code_location_is_told_there_only() {
    let one = at("one", asset("a"));
    let found = changes(
        &[one.clone(), at("two", described("a", "old"))],
        &[one, at("two", described("a", "new")), at("three", asset("a"))],
    );
    assert_eq!(found.modified.len(), 1);
    assert_eq!(found.modified[0].code_location.as_deref(), Some("two"));
    assert_eq!(found.added, [at("three", asset("a"))]);
    assert_eq!((found.removed.len(), found.moved.len()), (0, 0));
}

#[test]
fn an_asset_in_another_code_location_has_moved() {
    let (old, new) = (at("old", described("a", "x")), at("new", described("a", "y")));
    let found = changes(from_ref(&old), from_ref(&new));
    assert_eq!(told(&found), Told { moved: texts(["a"]), ..Told::default() });
    let moved = &found.moved[0];
    assert_eq!((&moved.old, &moved.new), (&old, &new));
    assert_eq!(kinds(&moved.modification), [ChangeKind::CodeLocation, ChangeKind::Description]);
    assert_eq!(found.changes()[0].effects(&found.effect_overrides), Effects::NONE);
    let stated = changes(&[asset("a")], &[at("new", asset("a"))]);
    assert_eq!(stated.moved[0].modification.code_location.as_ref().unwrap().old, None);
}

#[test]
fn what_cannot_be_paired_by_code_location_is_removed_and_added() {
    let found = changes(&[at("one", asset("a"))], &[at("three", asset("a")), at("two", asset("a"))]);
    assert_eq!(told(&found), Told { added: texts(["a", "a"]), removed: texts(["a"]), ..Told::default() });
}

// Rules.

#[test]
fn an_ignored_aspect_is_left_out_and_counted() {
    let new = AssetDefinition { group: Some("g".to_owned()), ..described("a", "new") };
    let found = changes_with(&[described("a", "old")], &[new], &ignoring(&["description"]));
    assert_eq!(kinds(modification(&found)), [ChangeKind::Group]);
    let expected = suppressed("a", Some(Aspect::Description), None, &["description"]);
    assert_eq!(found.suppressed, [expected]);
    assert_eq!(found.summary().suppressed, 1);
}

#[test]
fn an_ignored_entry_is_left_out_and_the_others_stay() {
    let with = |text: &str| {
        let value = MetadataValue::Text(text.to_owned());
        let names = ["dagster/table_name", "dagster/table_rows", "dagster/uri", "table_name"];
        with_metadata("a", &names.map(|name| (name, value.clone())))
    };
    let rule = "metadata.dagster/table_*";
    let found = changes_with(&[with("old")], &[with("new")], &ignoring(&[rule]));
    let left: Vec<&String> = modification(&found).metadata.as_ref().unwrap().changed.keys().collect();
    assert_eq!(left, ["dagster/uri", "table_name"]);
    let expected = ["dagster/table_name", "dagster/table_rows"]
        .map(|entry| suppressed("a", Some(Aspect::Metadata), Some(entry), &[rule]));
    assert_eq!(found.suppressed, expected);
}

#[test]
fn an_ignored_entry_may_be_a_dependency_a_column_a_check_or_a_member() {
    let column = |name: &str, data_type: &str| assetdiff::Column {
        name: name.to_owned(),
        data_type: Some(data_type.to_owned()),
        ..Default::default()
    };
    let check = |name: &str, blocking| Check { name: name.to_owned(), blocking, ..Check::default() };
    let side = |upstream: &[&str], data_type: &str, blocking: bool, owner: &str| AssetDefinition {
        columns: Some(vec![column("id", "int"), column("loaded_at", data_type)]),
        checks: vec![check("rows", blocking)],
        owners: BTreeSet::from([owner.to_owned()]),
        ..reading("a", upstream)
    };
    let rules = ["dependencies.tmp/**", "columns.loaded_*", "checks.rows", "owners.bot-?"];
    let base = side(&["kept", "tmp/x/y"], "date", false, "bot-1");
    let found =
        changes_with(from_ref(&base), &[side(&["kept"], "timestamp", true, "bot-2")], &ignoring(&rules));
    assert!(found.is_empty(), "{found:?}");
    let expected = [
        suppressed("a", Some(Aspect::Checks), Some("rows"), &[rules[2]]),
        suppressed("a", Some(Aspect::Columns), Some("loaded_at"), &[rules[1]]),
        suppressed("a", Some(Aspect::Dependencies), Some("tmp/x/y"), &[rules[0]]),
        suppressed("a", Some(Aspect::Owners), Some("bot-1"), &[rules[3]]),
        suppressed("a", Some(Aspect::Owners), Some("bot-2"), &[rules[3]]),
    ];
    assert_eq!(found.suppressed, expected);
    let other = side(&["tmp/x/y", "up"], "date", false, "bot-1");
    let found = changes_with(&[base], &[other], &ignoring(&rules));
    assert_eq!(kinds(modification(&found)), [ChangeKind::Dependencies]);
    assert_eq!(found.suppressed, []);
}

#[test]
fn an_ignored_place_of_a_json_value_is_left_out_and_the_rest_of_the_value_stays() {
    let with = |json: &str| with_metadata("a", &[("stats", MetadataValue::Json(Json::parse(json).unwrap()))]);
    let rule = "metadata.stats#/rows";
    let base = [with(r#"{"rows": 1, "unit": "EUR"}"#)];
    let found = changes_with(&base, &[with(r#"{"rows": 2, "unit": "EUR"}"#)], &ignoring(&[rule]));
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(found.suppressed, [suppressed("a", Some(Aspect::Metadata), Some("stats"), &[rule])]);
    let head = with(r#"{"rows": 2, "unit": "USD"}"#);
    let found = changes_with(&base, from_ref(&head), &ignoring(&[rule]));
    let changed = &modification(&found).metadata.as_ref().unwrap().changed["stats"];
    assert_eq!(
        *changed,
        ValueDiff { old: base[0].metadata["stats"].clone(), new: head.metadata["stats"].clone() }
    );
    assert_eq!(found.suppressed, []);
}

#[test]
fn a_rule_for_some_keys_leaves_the_others_alone() {
    let names = ["scratch", "scratch/a", "scratch/b/c", "sales/scratch"];
    let side = |text: &str| names.map(|name| described(name, text));
    let found = changes_with(&side("old"), &side("new"), &ignoring(&["description in scratch/**"]));
    assert_eq!(told(&found).modified, ["sales/scratch", "scratch"]);
    assert_eq!(keys(found.suppressed.iter().map(|s| &s.key)), ["scratch/a", "scratch/b/c"]);
    let found = changes_with(&side("old"), &side("new"), &ignoring(&["description in scratch/*"]));
    assert_eq!(told(&found).modified, ["sales/scratch", "scratch", "scratch/b/c"]);
}

#[test]
fn an_ignored_asset_is_left_out_whatever_happens_to_it() {
    let rule = "* in tmp/**";
    let base = [described("tmp/changed", "old"), described("tmp/gone", "x"), described("kept", "old")];
    let head = [described("tmp/changed", "new"), asset("tmp/new"), described("kept", "new")];
    let found = changes_with(&base, &head, &ignoring(&[rule]));
    assert_eq!(told(&found), Told { modified: texts(["kept"]), ..Told::default() });
    let expected = ["tmp/changed", "tmp/gone", "tmp/new"].map(|name| suppressed(name, None, None, &[rule]));
    assert_eq!(found.suppressed, expected);
    assert_eq!(found.summary().suppressed, 3);
}

#[test]
fn an_ignored_move_leaves_what_else_changed() {
    let base = [at("old", described("a", "x")), at("old", asset("b"))];
    let head = [at("new", described("a", "y")), at("new", asset("b"))];
    let found = changes_with(&base, &head, &ignoring(&["code_location"]));
    assert_eq!(told(&found), Told { modified: texts(["a"]), ..Told::default() });
    assert_eq!(kinds(modification(&found)), [ChangeKind::Description]);
    assert_eq!(found.modified[0].code_location.as_deref(), Some("old"));
    assert_eq!(keys(found.suppressed.iter().map(|s| &s.key)), ["a", "b"]);
}

#[test]
fn a_normalized_text_differs_only_in_what_is_left() {
    let scope = RuleScope { aspect: Some(Aspect::Description), ..RuleScope::default() };
    let mut options = DiffOptions::default();
    options.normalize = vec![
        NormalizeRule::new("dates", scope.clone(), r"\d{4}-\d{2}-\d{2}", "DATE").unwrap(),
        NormalizeRule::new("spaces", scope, r"\s+", " ").unwrap(),
    ];
    let base = described("a", "built on 2024-01-01");
    let compare = |head: AssetDefinition| changes_with(from_ref(&base), &[head], &options);

    let found = compare(described("a", "built on 2025-12-31"));
    assert!(found.is_empty());
    assert_eq!(found.suppressed, [suppressed("a", Some(Aspect::Description), None, &["dates"])]);

    let found = compare(described("a", "built  on\n2025-12-31"));
    assert!(found.is_empty());
    assert_eq!(found.suppressed, [suppressed("a", Some(Aspect::Description), None, &["dates", "spaces"])]);

    let found = compare(described("a", "made on 2025-12-31"));
    let expected =
        ValueDiff { old: Some("built on 2024-01-01".to_owned()), new: Some("made on 2025-12-31".to_owned()) };
    assert_eq!(modification(&found).description, Some(expected));
    assert_eq!(found.suppressed, []);

    let group = |date: &str| AssetDefinition { group: Some(date.to_owned()), ..base.clone() };
    let found = changes_with(&[group("2024-01-01")], &[group("2025-12-31")], &options);
    assert_eq!(kinds(modification(&found)), [ChangeKind::Group]);
}

#[test]
fn a_rule_that_cannot_be_read_is_told_with_the_reason() {
    let error = |text: &str| text.parse::<IgnoreRule>().unwrap_err().to_string();
    let expected = "expected an ignore rule such as `metadata.dagster/table_name in sales/**`, found ";
    assert_eq!(error("*"), format!("{expected}\"*\": `*` needs ` in KEYS`"));
    assert_eq!(
        error("colour in a"),
        format!(
            "{expected}\"colour in a\": expected one of asset_type, automation, backfill, checks, \
             code_location, code_version, columns, dependencies, description, execution, extra, freshness, \
             group, kinds, metadata, owners, partitions, tags, found \"colour\""
        )
    );
    assert_eq!(
        error("metadata.stats#rows"),
        "expected a JSON pointer that is empty or begins with /, found \"rows\""
    );
    let wrong_glob = "tags.[a".parse::<IgnoreRule>().unwrap_err();
    assert!(matches!(wrong_glob, RuleError::Glob { ref pattern, .. } if pattern == "[a"), "{wrong_glob:?}");
    let wrong_regex = NormalizeRule::new("r", RuleScope::default(), "(", "").unwrap_err();
    assert!(matches!(wrong_regex, RuleError::Regex { ref pattern, .. } if pattern == "("), "{wrong_regex:?}");
}

// Renames.

#[test]
fn the_same_definition_under_another_key_is_renamed() {
    let found = changes(&[coded("old", "1")], &[coded("new", "1")]);
    assert_eq!(told(&found), renamed("old", "new", 100));
    assert!(found.renamed[0].modification.is_empty());
    assert_eq!(found.changes()[0].kinds(), BTreeSet::from([ChangeKind::Renamed]));
    assert_eq!(found.changes_of(&key("old")), found.changes_of(&key("new")));
    assert_eq!(found.changes_of(&key("old")).len(), 1);
}

/// Two assets with three of four lines in common.
fn rewritten() -> [AssetDefinition; 2] {
    let with = |name: &str, source: &str| {
        let code = CodeVersion { source: Some(source.to_owned()), ..CodeVersion::default() };
        AssetDefinition { code_version: Some(code), ..asset(name) }
    };
    [with("old", "line 1\nline 2\nline 3\nline 4\n"), with("new", "line 1\nline 2\nline 3\nline 5\n")]
}

#[test]
fn a_similar_definition_under_another_key_is_renamed_with_the_percentage() {
    let [old, new] = rewritten();
    let found = changes(&[old], &[new]);
    assert_eq!(told(&found), renamed("old", "new", 75));
    assert_eq!(kinds(&found.renamed[0].modification), [ChangeKind::CodeVersion]);
    let kinds = BTreeSet::from([ChangeKind::Renamed, ChangeKind::CodeVersion]);
    assert_eq!(found.changes()[0].kinds(), kinds);
}

#[test]
fn what_is_less_similar_than_the_threshold_is_removed_and_added() {
    let [old, new] = rewritten();
    let with = |mode| told(&changes_with(from_ref(&old), from_ref(&new), &renames(mode)));
    let apart = Told { added: texts(["new"]), removed: texts(["old"]), ..Told::default() };
    assert_eq!(with(Renames::Similar { threshold: 75 }), renamed("old", "new", 75));
    assert_eq!(with(Renames::Similar { threshold: 76 }), apart);
    assert_eq!(with(Renames::Exact), apart);
}

#[test]
fn renames_that_are_not_looked_for_are_not_found() {
    let found = changes_with(&[coded("old", "1")], &[coded("new", "1")], &renames(Renames::Off));
    let apart = Told { added: texts(["new"]), removed: texts(["old"]), ..Told::default() };
    assert_eq!(told(&found), apart);
}

#[test]
fn of_two_equally_good_renames_none_is_taken() {
    let found = changes(&[coded("old", "1")], &[coded("new1", "1"), coded("new2", "1")]);
    let apart = Told { added: texts(["new1", "new2"]), removed: texts(["old"]), ..Told::default() };
    assert_eq!(told(&found), apart);
    let found = changes(&[coded("old1", "1"), coded("old2", "1")], &[coded("new", "1")]);
    let apart = Told { added: texts(["new"]), removed: texts(["old1", "old2"]), ..Told::default() };
    assert_eq!(told(&found), apart);
}

#[test]
fn definitions_that_state_nothing_are_not_paired() {
    let apart = Told { added: texts(["new"]), removed: texts(["old"]), ..Told::default() };
    assert_eq!(told(&changes(&[asset("old")], &[asset("new")])), apart);
}

#[test]
fn a_key_that_is_still_read_is_not_renamed() {
    let reader = reading("r", &["old"]);
    let found = changes(&[coded("old", "1"), reader.clone()], &[coded("new", "1"), reader]);
    let apart = Told { added: texts(["new"]), removed: texts(["old"]), ..Told::default() };
    assert_eq!(told(&found), apart);
    assert!(found.undefined_upstreams[0].was_defined);
}

#[test]
fn what_only_follows_a_rename_has_no_effect_and_is_counted_apart() {
    let found =
        changes(&[coded("old", "1"), reading("r", &["old"])], &[coded("new", "1"), reading("r", &["new"])]);
    assert_eq!(told(&found), Told { modified: texts(["r"]), ..renamed("old", "new", 100) });
    let follower = &found.modified[0].modification;
    assert_eq!(kinds(follower), [ChangeKind::UpstreamRenamed]);
    assert!(follower.only_follows_renames());
    assert_eq!(follower.effects(&found.effect_overrides), Effects::NONE);
    let summary = found.summary();
    assert_eq!((summary.renamed, summary.modified, summary.following_renames), (1, 0, 1));
}

#[test]
fn a_follower_with_a_change_of_its_own_counts_as_modified() {
    let head = AssetDefinition { description: Some("x".to_owned()), ..reading("r", &["new"]) };
    let found = changes(&[coded("old", "1"), reading("r", &["old"])], &[coded("new", "1"), head]);
    let follower = &found.modified[0].modification;
    assert_eq!(kinds(follower), [ChangeKind::UpstreamRenamed, ChangeKind::Description]);
    assert!(!follower.only_follows_renames());
    assert_eq!((found.summary().modified, found.summary().following_renames), (1, 0));
}

#[test]
fn a_renamed_asset_that_is_read_in_another_way_is_another_dependency() {
    let all = Dependency { mapping: Some(PartitionMapping::All), ..Dependency::new(key("new")) };
    let head = AssetDefinition { dependencies: vec![all.clone()], ..asset("r") };
    let found = changes(&[coded("old", "1"), reading("r", &["old"])], &[coded("new", "1"), head]);
    let dependencies = found.modified[0].modification.dependencies.as_ref().unwrap();
    assert_eq!((&dependencies.added[..], &dependencies.renamed[..]), (&[all][..], &[][..]));
    assert_eq!(dependencies.removed, [Dependency::new(key("old"))]);
}

#[test]
fn a_whole_path_of_assets_is_renamed_with_its_prefix() {
    let side = |prefix: &str| {
        let name = |name: &str| format!("{prefix}/{name}");
        [coded(&name("a"), "1"), reading(&name("b"), &[&name("a")]), reading(&name("c"), &[&name("b")])]
    };
    let found = changes(&side("v1"), &side("v2"));
    let pair = |name: &str| (format!("v1/{name}"), format!("v2/{name}"), 100);
    assert_eq!(told(&found), Told { renamed: ["a", "b", "c"].map(pair).to_vec(), ..Told::default() });
}

// Effects.

#[test]
fn every_kind_of_change_has_effects() {
    use ChangeKind as Kind;
    let table = [
        (
            Effects::REBUILD_ALL,
            vec![
                Kind::Added,
                Kind::AssetType,
                Kind::CodeVersion,
                Kind::ColumnOrder,
                Kind::Dependencies,
                Kind::PartitionMapping,
                Kind::Execution,
                Kind::Extra,
                Kind::Partitions,
            ],
        ),
        (
            Effects::new(OwnEffect::Rebuild, DownstreamEffect::ByColumn),
            vec![Kind::ColumnsAdded, Kind::ColumnsRemoved, Kind::ColumnTypes],
        ),
        (
            Effects::new(OwnEffect::Rebuild, DownstreamEffect::None),
            vec![Kind::Renamed, Kind::ColumnConstraints],
        ),
        (Effects::new(OwnEffect::None, DownstreamEffect::All), vec![Kind::Removed]),
        (Effects::new(OwnEffect::Recheck, DownstreamEffect::None), vec![Kind::Checks]),
        (
            Effects::NONE,
            vec![
                Kind::CodeLocation,
                Kind::Automation,
                Kind::Backfill,
                Kind::ColumnDocs,
                Kind::DependencyMetadata,
                Kind::UpstreamRenamed,
                Kind::Description,
                Kind::Scheduling,
                Kind::Freshness,
                Kind::Group,
                Kind::Kinds,
                Kind::Metadata,
                Kind::Owners,
                Kind::Tags,
            ],
        ),
    ];
    for kind in Kind::ALL {
        let expected: Vec<Effects> =
            table.iter().filter(|(_, kinds)| kinds.contains(kind)).map(|(effects, _)| *effects).collect();
        assert_eq!(expected, [kind.default_effects()], "{kind}");
        assert_eq!(kind.as_str().parse(), Ok(*kind));
    }
}

#[test]
fn the_effects_of_a_change_are_the_costliest_of_its_kinds() {
    let check = Check { name: "rows".to_owned(), ..Check::default() };
    let columns = Some(vec![assetdiff::Column { name: "id".to_owned(), ..Default::default() }]);
    let head = AssetDefinition { checks: vec![check], columns, ..described("a", "new") };
    let found = changes(&[asset("a")], &[head]);
    assert_eq!(
        kinds(modification(&found)),
        [ChangeKind::Checks, ChangeKind::ColumnsAdded, ChangeKind::Description]
    );
    let expected = Effects::new(OwnEffect::Rebuild, DownstreamEffect::ByColumn);
    assert_eq!(found.changes()[0].effects(&found.effect_overrides), expected);
}

#[test]
fn effects_can_be_set_by_kind_and_by_extra_name() {
    let extra = |names: &[&str]| {
        let extra = names.iter().map(|name| ((*name).to_owned(), Json::from(true))).collect();
        AssetDefinition { extra, ..asset("a") }
    };
    let own = Effects::new(OwnEffect::Rebuild, DownstreamEffect::None);
    let mut options = DiffOptions::default();
    options.effects.kinds.insert(ChangeKind::Description, own);
    options.effects.kinds.insert(ChangeKind::Added, Effects::NONE);
    options.effects.extra.insert("dbt.access".to_owned(), Effects::NONE);
    let effects = |base: &[AssetDefinition], head: &[AssetDefinition]| {
        let found = changes_with(base, head, &options);
        assert_eq!(found.effect_overrides, options.effects);
        found.changes()[0].effects(&found.effect_overrides)
    };
    assert_eq!(effects(&[asset("a")], &[described("a", "x")]), own);
    assert_eq!(effects(&[], &[asset("a")]), Effects::NONE);
    assert_eq!(effects(&[asset("a")], &[extra(&["dbt.access"])]), Effects::NONE);
    assert_eq!(effects(&[asset("a")], &[extra(&["dbt.other"])]), Effects::REBUILD_ALL);
    assert_eq!(effects(&[asset("a")], &[extra(&["dbt.access", "dbt.other"])]), Effects::REBUILD_ALL);
    options.effects.kinds.insert(ChangeKind::Extra, own);
    let found = changes_with(&[asset("a")], &[extra(&["dbt.access", "dbt.other"])], &options);
    assert_eq!(found.changes()[0].effects(&found.effect_overrides), own);
}

// What is not known, and what is not compared.

const UNKNOWN: &str = r#"{
    "format_version": "1.0",
    "provenance": {"producer": "tool", "x.host": {"os": "linux"}},
    "x.snapshot": [1, 2.5],
    "assets": [{
        "key": ["a"],
        "asset_type": "streaming",
        "checks": [{"name": "rows", "x.check": {"severity": "warn"}}],
        "columns": [{"name": "id", "x.column": 18446744073709551616}],
        "dependencies": [{
            "key": ["up"],
            "mapping": {"type": "x.shifted", "value": {"by": 2}},
            "x.dependency": true
        }],
        "freshness": {"type": "x.sla", "value": "gold"},
        "metadata": {"m": {"type": "x.money", "value": [1, "EUR"]}},
        "partitions": {"type": "x.hash", "value": 16},
        "x.asset": null
    }]
}"#;

#[test]
fn what_is_not_known_survives_a_round_trip() {
    let limits = Limits::default();
    let snapshot = Snapshot::from_json(UNKNOWN.as_bytes(), &limits).unwrap();
    let json = |text: &str| Json::parse(text).unwrap();
    let extra = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), json(text))]);
    assert_eq!(snapshot.extra, extra("x.snapshot", "[1, 2.5]"));
    assert_eq!(snapshot.provenance.extra, extra("x.host", r#"{"os": "linux"}"#));
    let asset = &snapshot.assets[0];
    assert_eq!(asset.asset_type, AssetType::Other("streaming".to_owned()));
    assert_eq!(asset.extra, extra("x.asset", "null"));
    assert_eq!(asset.checks[0].extra, extra("x.check", r#"{"severity": "warn"}"#));
    assert_eq!(asset.columns.as_ref().unwrap()[0].extra, extra("x.column", "18446744073709551616"));
    assert_eq!(asset.dependencies[0].extra, extra("x.dependency", "true"));
    let mapping = PartitionMapping::Other { type_name: "x.shifted".to_owned(), value: json(r#"{"by": 2}"#) };
    assert_eq!(asset.dependencies[0].mapping, Some(mapping));
    let freshness = FreshnessPolicy::Other { type_name: "x.sla".to_owned(), value: json("\"gold\"") };
    assert_eq!(asset.freshness, Some(freshness));
    assert_eq!(asset.metadata, metadata(&[("m", value("x.money", r#"[1, "EUR"]"#))]));
    let partitions = PartitionsDefinition::Other { type_name: "x.hash".to_owned(), value: json("16") };
    assert_eq!(asset.partitions, Some(partitions));

    let written = snapshot.to_json();
    assert_eq!(Snapshot::from_json(&written, &limits).unwrap(), snapshot);
    assert_eq!(json(std::str::from_utf8(&written).unwrap()), json(UNKNOWN));

    let graph = AssetGraph::from_json(UNKNOWN.as_bytes(), &limits).unwrap();
    assert_eq!(graph.to_snapshot(), snapshot);
    let mut written_by_graph = Vec::new();
    graph.write_json(&mut written_by_graph).unwrap();
    assert_eq!(written_by_graph, written);
}

#[test]
fn what_is_not_known_is_compared_where_it_stands_in_a_definition() {
    let graph = |text: &str| AssetGraph::from_json(text.as_bytes(), &Limits::default()).unwrap();
    let base = graph(UNKNOWN);
    for (old, new, kind) in [
        ("\"x.asset\": null", "\"x.asset\": 0", ChangeKind::Extra),
        ("\"warn\"", "\"error\"", ChangeKind::Checks),
        ("18446744073709551616", "18446744073709551617", ChangeKind::ColumnDocs),
        ("\"x.dependency\": true", "\"x.dependency\": false", ChangeKind::Dependencies),
        ("\"by\": 2", "\"by\": 3", ChangeKind::PartitionMapping),
        ("gold", "silver", ChangeKind::Freshness),
        ("EUR", "USD", ChangeKind::Metadata),
        ("\"value\": 16", "\"value\": 17", ChangeKind::Partitions),
        ("streaming", "batch", ChangeKind::AssetType),
    ] {
        assert!(UNKNOWN.contains(old), "{old}");
        let found = diff(&base, &graph(&UNKNOWN.replace(old, new)), &DiffOptions::default());
        assert_eq!(kinds(modification(&found)), [kind], "{new}");
        assert_eq!(ChangeSet::from_json(&found.to_json()), Ok(found));
    }
}

#[test]
fn where_a_snapshot_comes_from_is_told_and_never_compared() {
    let provenance = |deployment: &str| Provenance {
        commit: Some(format!("{deployment}-commit")),
        created_at: Some("2024-01-01T00:00:00Z".parse().unwrap()),
        deployment: Some(deployment.to_owned()),
        producer: Some(format!("{deployment}-tool")),
        producer_version: Some(format!("{deployment}-version")),
        extra: BTreeMap::from([("x.run".to_owned(), Json::from(deployment))]),
    };
    let side = |deployment: &str| {
        let extra = BTreeMap::from([("x.snapshot".to_owned(), Json::from(deployment))]);
        let assets = vec![coded("a", "1")];
        AssetGraph::new(Snapshot { provenance: provenance(deployment), assets, extra }).unwrap()
    };
    let (base, head) = (side("prod"), side("branch"));
    assert_eq!((base.fingerprint(), &base), (head.fingerprint(), &head));
    let found = diff(&base, &head, &DiffOptions::default());
    assert!(found.is_empty(), "{found:?}");
    assert_eq!((found.base, found.head), (provenance("prod"), provenance("branch")));
}

// Keys.

#[test]
fn keys_have_a_text_form_that_is_read_back() {
    let table: &[(&[&str], &str)] = &[
        (&["orders"], "orders"),
        (&["lake", "orders"], "lake/orders"),
        (&["a/b", "c"], r"a\/b/c"),
        (&["a", "b/c"], r"a/b\/c"),
        (&["/"], r"\/"),
        (&["a\\b"], r"a\\b"),
        (&["a\\", "b"], r"a\\/b"),
        (&["a\\/b"], r"a\\\/b"),
        (&["\\e"], r"\\e"),
        (&[""], r"\e"),
        (&["", ""], r"\e/\e"),
        (&["a", "", "b"], r"a/\e/b"),
        (&["e"], "e"),
        (&["a\nb"], r"a\u{a}b"),
        (&["\u{1b}[31m"], r"\u{1b}[31m"),
        (&["\u{7f}"], r"\u{7f}"),
        (&["\u{202e}gpj"], r"\u{202e}gpj"),
        (&["a\u{200b}b"], r"a\u{200b}b"),
        (&["\u{e0041}"], r"\u{e0041}"),
        (&["\\u{41}"], r"\\u{41}"),
        (&["Größe", "数据", "🚀"], "Größe/数据/🚀"),
        (&[" a b "], " a b "),
        (&["a.b-c"], "a.b-c"),
    ];
    for (components, text) in table {
        let key = AssetKey::new(*components).unwrap();
        assert_eq!(key.to_string(), *text, "{components:?}");
        assert_eq!(text.parse(), Ok(key.clone()), "{text}");
        assert!(key.components().eq(components.iter().copied()), "{text}");
        assert_eq!(key.name(), components[components.len() - 1]);
    }
    let texts: BTreeSet<&str> = table.iter().map(|(_, text)| *text).collect();
    assert_eq!(texts.len(), table.len());
}

#[test]
fn keys_are_also_read_from_longer_spellings() {
    for (text, components) in [
        ("/", &["", ""][..]),
        ("a//b", &["a", "", "b"]),
        ("a/", &["a", ""]),
        (r"\u{41}\u{2f}", &["A/"]),
        (r"\u{1F680}", &["🚀"]),
        (r"\u{00000a}", &["\n"]),
    ] {
        assert_eq!(text.parse(), AssetKey::new(components), "{text}");
    }
}

#[test]
fn keys_order_by_their_components() {
    let sorted: &[&[&str]] = &[
        &[""],
        &["", "z"],
        &["\u{1}"],
        &["a"],
        &["a", ""],
        &["a", "\u{1}"],
        &["a", "b"],
        &["a", "b", "c"],
        &["a\u{1}"],
        &["a "],
        &["a-b"],
        &["a/b"],
        &["aa"],
        &["b"],
        &["é"],
        &["🚀"],
    ];
    let keys: Vec<AssetKey> = sorted.iter().map(|components| AssetKey::new(*components).unwrap()).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
    let graph = graph(&keys.iter().rev().cloned().map(AssetDefinition::new).collect::<Vec<_>>());
    assert!(graph.keys().eq(keys));
}

#[test]
fn a_text_that_is_no_key_is_told_with_the_place() {
    let error = |text: &str| text.parse::<AssetKey>().unwrap_err().to_string();
    let empty = "expected an asset key with at least one component, found none";
    assert_eq!(error(""), empty);
    for (text, offset) in [
        (r"a\x", 1),
        (r"\", 0),
        (r"é/\", 3),
        (r"a\\\", 3),
        (r"\n", 0),
        (r"\é", 0),
        (r"\u", 0),
        (r"\u{", 0),
        (r"\u{}", 0),
        (r"\u{41", 0),
        (r"\u0041", 0),
        (r"\u{+41}", 0),
        (r"\u{ 41}", 0),
        (r"\u{d800}", 0),
        (r"\u{110000}", 0),
        (r"\u{fffffffff}", 0),
    ] {
        let expected = format!(
            r"expected one of \\, \/, \e or \u{{hex}} at byte {offset} of the asset key, found another use of \"
        );
        assert_eq!(error(text), expected, "{text}");
    }
    let nul = |index| {
        format!("expected an asset key without NUL characters, found one in component {index} of the key")
    };
    assert_eq!(error(r"a/b\u{0}"), nul(1));
    assert_eq!(error("\0"), nul(0));
    assert_eq!(AssetKey::new(["a", "b", "\0"]), Err(KeyError::Nul { index: 2 }));
    assert_eq!(AssetKey::new::<&str>([]), Err(KeyError::Empty));
}

#[test]
fn keys_that_have_the_same_text_without_escapes_are_different_assets() {
    let [one, two] = [AssetKey::new(["a/b", "c"]), AssetKey::new(["a", "b", "c"])].map(Result::unwrap);
    let graph = graph(&[AssetDefinition::new(one.clone()), AssetDefinition::new(two.clone())]);
    assert_eq!(graph.len(), 2);
    assert!(graph.contains(&one) && graph.contains(&two) && one != two);
}

// Fingerprints.

#[test]
fn a_deep_fingerprint_changes_with_everything_upstream_only() {
    let side = |version: &str| {
        let m = AssetDefinition { dependencies: reading("m", &["up"]).dependencies, ..coded("m", version) };
        graph(&[asset("up"), m, reading("r1", &["m"]), reading("r2", &["other", "r1"]), asset("other")])
    };
    let (base, head) = (side("1"), side("2"));
    let changed = |of: &dyn Fn(&AssetGraph, &AssetKey) -> bool| {
        keys(&base.keys().filter(|k| of(&head, k)).collect::<Vec<_>>())
    };
    assert_eq!(
        changed(&|head, key| head.deep_fingerprint(key) != base.deep_fingerprint(key)),
        ["m", "r1", "r2"]
    );
    assert_eq!(changed(&|head, key| head.fingerprints_of(key) != base.fingerprints_of(key)), ["m"]);
    assert_eq!(base.deep_fingerprint(&key("nowhere")), None);
}

#[test]
fn a_deep_fingerprint_tells_whether_an_upstream_is_defined() {
    let reader = reading("r", &["up"]);
    let (named, defined) = (graph(from_ref(&reader)), graph(&[reader, asset("up")]));
    assert_ne!(named.deep_fingerprint(&key("r")), defined.deep_fingerprint(&key("r")));
    assert_eq!(named.fingerprints_of(&key("r")), defined.fingerprints_of(&key("r")));
    assert_eq!(named.deep_fingerprint(&key("up")), None);
}

// Change sets as things that are applied and joined.

#[test]
fn a_change_set_applied_to_another_base_tells_all_conflicts() {
    let tagged = |definition: AssetDefinition, value: &str| {
        let tags = BTreeMap::from([("t".to_owned(), value.to_owned())]);
        AssetDefinition { tags, ..definition }
    };
    let found = changes_with(
        &[
            tagged(described("both", "old"), "1"),
            asset("gone"),
            described("other", "old"),
            described("same", "old"),
        ],
        &[
            tagged(described("both", "new"), "2"),
            asset("new"),
            described("other", "new"),
            described("same", "new"),
        ],
        &renames(Renames::Off),
    );
    let wrong = [
        tagged(described("both", "mine"), "3"),
        described("gone", "mine"),
        described("new", "mine"),
        described("same", "old"),
    ];
    let error = found.apply(&graph(&wrong)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected the graph that the change set starts from, found another one at both (description, tags), \
         gone, new, other"
    );
    let conflict = |name: &str, aspects: &[Aspect]| Conflict {
        key: key(name),
        code_location: None,
        aspects: aspects.to_vec(),
    };
    let expected = ApplyError::Conflicts(vec![
        conflict("both", &[Aspect::Description, Aspect::Tags]),
        conflict("gone", &[]),
        conflict("new", &[]),
        conflict("other", &[]),
    ]);
    assert_eq!(error, expected);
}

#[test]
fn a_change_set_that_leads_to_a_cycle_is_not_applied() {
    let found = changes(&[asset("a"), asset("b")], &[reading("a", &["b"]), asset("b")]);
    let error = found.apply(&graph(&[asset("a"), reading("b", &["a"])])).unwrap_err();
    assert!(matches!(error, ApplyError::Graph(_)), "{error:?}");
    assert_eq!(error.to_string(), "expected no asset upstream of itself, found a -> b -> a");
}

#[test]
fn a_change_set_applies_to_a_graph_that_differs_elsewhere() {
    let found = changes(&[described("a", "old")], &[described("a", "new")]);
    let other = [described("a", "old"), asset("b")];
    assert_eq!(found.apply(&graph(&other)).unwrap(), graph(&[described("a", "new"), asset("b")]));
}

#[test]
fn two_renames_in_a_row_are_one() {
    let side = |name: &str| [coded(name, "1"), reading("r", &[name])];
    let composed = changes(&side("a"), &side("b")).compose(changes(&side("b"), &side("c")));
    assert_eq!(told(&composed), Told { modified: texts(["r"]), ..renamed("a", "c", 100) });
    let dependencies = composed.modified[0].modification.dependencies.as_ref().unwrap();
    let expected = ValueDiff { old: Dependency::new(key("a")), new: Dependency::new(key("c")) };
    assert_eq!(dependencies.renamed, [expected]);
    assert!(composed.modified[0].modification.only_follows_renames());
    assert_eq!(composed, changes(&side("a"), &side("c")));
    assert_eq!(composed.apply(&graph(&side("a"))).unwrap(), graph(&side("c")));
}

#[test]
fn a_rename_there_and_back_is_nothing() {
    let side = |name: &str| [coded(name, "1"), reading("r", &[name])];
    let composed = changes(&side("a"), &side("b")).compose(changes(&side("b"), &side("a")));
    assert!(composed.is_empty(), "{composed:?}");
}

#[test]
fn a_rename_composed_with_a_change_of_the_asset_keeps_both() {
    let (old, new) = (coded("old", "1"), coded("new", "1"));
    let changed = AssetDefinition { description: Some("x".to_owned()), ..new.clone() };
    let composed =
        changes(from_ref(&old), from_ref(&new)).compose(changes(from_ref(&new), from_ref(&changed)));
    assert_eq!(told(&composed), renamed("old", "new", 99));
    assert_eq!((&composed.renamed[0].old, &composed.renamed[0].new), (&old, &changed));
    assert_eq!(kinds(&composed.renamed[0].modification), [ChangeKind::Description]);

    let old_changed = AssetDefinition { description: Some("x".to_owned()), ..old.clone() };
    let composed = changes(from_ref(&old), from_ref(&old_changed))
        .compose(changes(from_ref(&old_changed), from_ref(&changed)));
    assert_eq!(told(&composed), renamed("old", "new", 99));
    assert_eq!((&composed.renamed[0].old, &composed.renamed[0].new), (&old, &changed));
}

#[test]
fn a_rename_composed_with_the_removal_of_the_asset_is_the_removal() {
    let (old, new) = (coded("old", "1"), coded("new", "1"));
    let composed = changes(from_ref(&old), from_ref(&new)).compose(changes(from_ref(&new), &[]));
    assert_eq!(told(&composed), Told { removed: texts(["old"]), ..Told::default() });
    let composed = changes(&[], from_ref(&old)).compose(changes(&[old], &[new]));
    assert_eq!(told(&composed), Told { added: texts(["new"]), ..Told::default() });
}

#[test]
fn a_glob_with_too_many_alternatives_is_an_error_and_no_panic() {
    for pattern in ["{a,".repeat(300) + &"}".repeat(300), "{".repeat(2000) + "a" + &"}".repeat(2000)] {
        let error = assetdiff::NameGlob::new(&pattern).unwrap_err().to_string();
        assert!(error.ends_with("it has more than 32 groups of alternatives"), "{error}");
    }
    assert!(assetdiff::NameGlob::new("{a,{b,c}}/**").unwrap().matches("b/x"));
}

#[test]
fn a_check_that_another_job_runs_is_scheduled_otherwise() {
    let side = |jobs: &str, description: &str| {
        let json = format!(
            r#"{{"format_version": "1.0", "assets": [{{"key": ["a"], "checks": [
                {{"name": "one", "dagster.job_names": [{jobs}], "description": "{description}"}},
                {{"name": "two"}}]}}]}}"#
        );
        AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
    };
    let kinds = |head: &AssetGraph| {
        let changes = diff(&side(r#""nightly""#, "d"), head, &DiffOptions::default());
        changes.modified[0].modification.kinds().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(kinds(&side(r#""nightly", "weekly""#, "d")), [ChangeKind::Scheduling]);
    assert_eq!(kinds(&side(r#""nightly""#, "e")), [ChangeKind::Checks]);
    assert_eq!(kinds(&side("", "e")), [ChangeKind::Checks]);
}
