//! What selections select, and what is told of those that are none.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    Affected, AssetDefinition, AssetGraph, AssetType, ChangeKind, ChangeSet, Column, DiffOptions, Language,
    MetadataValue, OwnEffect, Selection, SelectionError, SelectionScope, diff,
};
use proptest::prelude::*;

use crate::build::{asset, graph, key, located};

fn parse(text: &str) -> Selection {
    Selection::parse_dagster(text).unwrap()
}

fn selected(text: &str, scope: &SelectionScope<'_>) -> Vec<String> {
    parse(text).resolve(scope).unwrap().keys().iter().map(ToString::to_string).collect()
}

/// What is told of an expression, at parsing or else at resolving.
fn refused(text: &str, scope: &SelectionScope<'_>) -> SelectionError {
    Selection::parse_dagster(text).and_then(|selection| selection.resolve(scope)).unwrap_err()
}

/// The sentence without its beginning, and the carets.
fn pointed(text: &str, language: Language) -> Vec<String> {
    let error = Selection::parse(text, language).unwrap_err();
    error.pointed().lines().map(str::to_owned).collect()
}

fn shop() -> AssetGraph {
    let mut raw = AssetDefinition { asset_type: AssetType::External, ..asset("raw", &[]) };
    raw.tags.insert("pii".to_owned(), String::new());
    let mut orders = asset("sales/orders", &["raw", "gone"]);
    orders.tags.insert("team".to_owned(), "core".to_owned());
    orders.kinds.insert("dbt".to_owned());
    orders.columns = Some(vec![
        Column {
            name: "id".to_owned(),
            tags: BTreeMap::from([("key".to_owned(), String::new())]),
            ..Column::default()
        },
        Column { name: "na\"me".to_owned(), ..Column::default() },
    ]);
    let table = MetadataValue::Text("db.orders".to_owned());
    orders.metadata.insert("dagster/table_name".to_owned(), table);
    let mut report = asset("report", &["sales/orders"]);
    report.owners.insert("team:sales".to_owned());
    graph([raw, orders, report])
}

#[test]
fn a_traversal_upstream_keeps_what_can_be_made_and_one_downstream_keeps_all() {
    let shop = shop();
    let scope = SelectionScope::new(&shop);
    assert_eq!(selected("+key:report", &scope), ["report", "sales/orders"]);
    assert_eq!(selected("key:raw+1", &scope), ["raw", "sales/orders"]);
    assert_eq!(selected("1+key:sales/*+", &scope), ["report", "sales/orders"]);
    assert_eq!(selected("key:gone+", &scope), ["gone", "report", "sales/orders"]);
    assert_eq!(selected("roots(*)", &scope), ["sales/orders"]);
    assert_eq!(selected("sinks(key:raw or key:sales/orders)", &scope), ["sales/orders"]);
    assert_eq!(selected("++report", &scope), ["report", "sales/orders"]);
}

#[test]
fn what_dagster_parses_and_does_not_answer_is_answered_from_the_definitions() {
    let shop = shop();
    let scope = SelectionScope::new(&shop);
    assert_eq!(selected("column:id", &scope), ["sales/orders"]);
    assert_eq!(selected("column:name", &scope), [""; 0]);
    assert_eq!(selected("column:<null>", &scope), ["raw", "report"]);
    assert_eq!(selected("column_tag:\"key\"", &scope), ["sales/orders"]);
    assert_eq!(selected("column_tag:id", &scope), [""; 0]);
    assert_eq!(selected("table_name:\"db.orders\"", &scope), ["sales/orders"]);
    assert_eq!(selected("table_name:<null>", &scope), ["raw", "report"]);
    let located = graph([located("a", "x"), located("b", "y"), asset("c", &[])]);
    let scope = SelectionScope::new(&located);
    assert_eq!(selected("code_location:y", &scope), ["b"]);
    assert_eq!(selected("code_location:<null>", &scope), ["c"]);
}

/// Base and head: one asset is new, one gone, one renamed, one with other tags, one with another owner.
fn compared() -> (AssetGraph, AssetGraph, ChangeSet) {
    let with_description = |name: &str| AssetDefinition {
        description: Some("A text long enough to be known again".to_owned()),
        ..asset(name, &["stays"])
    };
    let base = graph([
        asset("stays", &[]),
        asset("old", &["stays"]),
        asset("reader", &["old"]),
        with_description("before"),
    ]);
    let mut stays = asset("stays", &[]);
    stays.tags.insert("team".to_owned(), "core".to_owned());
    let mut reader = asset("reader", &[]);
    reader.owners.insert("me@example.com".to_owned());
    let mut new = asset("new", &["stays"]);
    new.description = Some("Nothing like it was there before, whatever anybody says".to_owned());
    new.kinds.extend(["dbt", "duckdb", "python"].map(str::to_owned));
    let head = graph([stays, reader, new, with_description("after")]);
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(changes.renamed.len(), 1);
    (base, head, changes)
}

#[test]
fn changes_are_selected_in_dagsters_words_and_in_ours() {
    let (base, head, changes) = compared();
    let mut scope = SelectionScope::new(&head);
    scope.base = Some(&base);
    scope.changes = Some(&changes);
    assert_eq!(selected("changed_in_branch:NEW", &scope), ["after", "new"]);
    assert_eq!(selected("changed_in_branch:REMOVED", &scope), ["before", "old"]);
    assert_eq!(selected("changed_in_branch:TAGS", &scope), ["stays"]);
    assert_eq!(selected("changed_in_branch:DEPENDENCIES", &scope), ["reader"]);
    assert_eq!(
        selected("changed_in_branch:ANY", &scope),
        ["after", "before", "new", "old", "reader", "stays"]
    );
    assert_eq!(selected("changed:owners", &scope), ["reader"]);
    assert_eq!(selected("changed:renamed", &scope), ["after"]);
    assert_eq!(selected("removed:*", &scope), ["before", "old"]);
    assert_eq!(selected("removed:o*", &scope), ["old"]);
}

#[test]
fn what_was_removed_lies_where_it_lay_in_base() {
    let (base, head, changes) = compared();
    let mut scope = SelectionScope::new(&head);
    scope.base = Some(&base);
    scope.changes = Some(&changes);
    assert_eq!(selected("removed:old+", &scope), ["old", "reader"]);
    assert_eq!(selected("+removed:old", &scope), ["old", "stays"]);
    assert_eq!(selected("+key:reader and removed:*", &scope), ["old"]);
    // What head still reads is removed too, where nothing defines it any more.
    let head = graph([asset("reader", &["old"])]);
    scope.graph = &head;
    assert_eq!(selected("removed:old+", &scope), ["old", "reader"]);
}

#[test]
fn impact_is_selected_by_what_the_scope_says_of_it() {
    let shop = shop();
    let affected = BTreeMap::from([
        (key("sales/orders"), Affected { distance: 0, effect: OwnEffect::Rebuild }),
        (key("report"), Affected { distance: 1, effect: OwnEffect::Recheck }),
    ]);
    let mut scope = SelectionScope::new(&shop);
    scope.affected = Some(&affected);
    assert_eq!(selected("affected:any", &scope), ["report", "sales/orders"]);
    assert_eq!(selected("affected:direct", &scope), ["sales/orders"]);
    assert_eq!(selected("affected:indirect", &scope), ["report"]);
    assert_eq!(selected("affected:rebuild or affected:recheck", &scope), ["report", "sales/orders"]);
    assert_eq!(selected("distance:0", &scope), ["sales/orders"]);
    assert_eq!(selected("distance:1", &scope), ["report", "sales/orders"]);
}

#[test]
fn of_several_code_locations_the_one_that_can_make_an_asset_says_what_it_is() {
    let external = AssetDefinition {
        asset_type: AssetType::External,
        group: Some("outer".to_owned()),
        ..located("a", "x")
    };
    let made = AssetDefinition { group: Some("inner".to_owned()), ..located("a", "y") };
    let graph = graph([external, made]);
    let scope = SelectionScope::new(&graph);
    assert_eq!(selected("*", &scope), ["a"]);
    assert_eq!(selected("group:inner and code_location:y", &scope), ["a"]);
    assert_eq!(selected("group:outer or code_location:x", &scope), [""; 0]);
}

#[test]
fn a_selection_without_what_it_needs_says_so() {
    let shop = shop();
    let scope = SelectionScope::new(&shop);
    let told = |text| refused(text, &scope).to_string();
    assert_eq!(
        told("key:a or changed_in_branch:NEW"),
        r#"expected a comparison of two graphs to answer "changed_in_branch:" at byte 9 of the selection, found none"#
    );
    assert_eq!(
        told("removed:x"),
        r#"expected a base graph to answer "removed:" at byte 0 of the selection, found none"#
    );
    assert_eq!(
        told("affected:any"),
        r#"expected the impact of changes to answer "affected:" at byte 0 of the selection, found none"#
    );
    assert_eq!(
        told("job:nightly"),
        "expected a snapshot that states jobs, as one of a serialised repository does to answer \"job:\" at \
         byte 0 of the selection, found none"
    );
    assert_eq!(
        told("status:FAILED"),
        "expected what a snapshot can answer, found \"status:\" at byte 0 of the selection: the state of runs \
         and materializations is no part of a definition"
    );
    assert_eq!(
        told("+nowhere"),
        r#"expected the name of an asset, found "nowhere" at byte 0 of the selection"#
    );
    let dbt = Selection::parse_dbt("tag:x state:new").unwrap().resolve(&scope).unwrap_err();
    assert_eq!(
        dbt.to_string(),
        r#"expected a base manifest to answer "state:" at byte 6 of the selection, found none"#
    );
}

#[test]
fn an_error_stands_under_its_place() {
    let dagster = |text| pointed(text, Language::Dagster);
    assert_eq!(
        dagster("key:a and key:my-asset"),
        [
            "expected a word, or quotes around a text with other characters, found \"-\" at byte 16 of the selection",
            "  key:a and key:my-asset",
            "                  ^",
        ]
    );
    assert_eq!(
        dagster("(key:a or tag:b"),
        [
            "expected \"and\", \"or\", \"+\" or \")\", found the end at byte 15 of the selection",
            "  (key:a or tag:b",
            "                 ^",
        ]
    );
    assert_eq!(
        dagster("not partitions:daily"),
        [
            "expected one of none, static, dynamic, time, multipartitions, found \"daily\" at byte 15 of the selection",
            "  not partitions:daily",
            "                 ^^^^^",
        ]
    );
    assert_eq!(dagster("group:g* and")[1..], ["  group:g* and", "        ^^"]);
    assert_eq!(dagster("+*")[1..], ["  +*", "   ^"]);
    assert_eq!(dagster("kind:")[1..], ["  kind:", "       ^"]);
    assert_eq!(
        pointed("+orders,@stg+ b", Language::Dbt),
        [
            "expected the end of a selector with \"@\", which takes no \"+\" behind it, found \"+\" at byte 12 of the selection",
            "  +orders,@stg+ b",
            "              ^",
        ]
    );
    assert_eq!(
        pointed("tag:a test_type:unit", Language::Dbt),
        [
            "expected what a snapshot can answer, found \"test_type:\" at byte 6 of the selection: tests are no \
             assets here but checks of the assets that they test",
            "  tag:a test_type:unit",
            "        ^^^^^^^^^^^^^^",
        ]
    );
}

#[test]
fn hostile_wide_and_long_text_is_shown_safely_and_in_its_place() {
    let dagster = |text: &str| pointed(text, Language::Dagster);
    // Each of the two takes two columns.
    assert_eq!(dagster("\"表表\" and")[1..], ["  \"表表\" and", "  ^^^^^^"]);
    assert_eq!(dagster("key:a and 表x")[1..], ["  key:a and 表x", "            ^^"]);
    assert_eq!(
        dagster("key:\"a\u{1b}[31m\" \u{202e}"),
        [
            "expected a word, or quotes around a text with other characters, found \"\\u{202e}\" at byte 13 of the selection",
            "  key:\"a\\u{1b}[31m\" \\u{202e}",
            "                    ^^^^^^^^",
        ]
    );
    let long = format!("{}key:a ] {}", "key:a or ".repeat(5000), "or key:b ".repeat(5000));
    let lines = dagster(&long);
    assert_eq!(lines[1].chars().count(), 2 + 1 + 60 + 60 + 1);
    assert_eq!(lines[1].chars().nth(lines[2].chars().count() - 1), Some(']'));
    let name = "x".repeat(1_000_000);
    assert!(dagster(&format!("{name}:a"))[0].len() < 250);
}

#[test]
fn nesting_has_a_limit_and_chains_have_none() {
    let nested = |levels: usize| format!("{}key:a{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(parse(&nested(256)), parse("key:a"));
    let error = Selection::parse_dagster(&nested(257)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected at most 256 levels of nesting, found more at byte 256 of the selection"
    );
    assert!(Selection::parse_dagster(&"(".repeat(1 << 20)).unwrap_err().is_syntax());
    assert!(Selection::parse_dagster(&"not ".repeat(1 << 18)).unwrap_err().is_syntax());
    let chain = "key:a or ".repeat(50_000) + "key:b";
    assert_eq!(parse(&parse(&chain).to_string()), parse(&chain));
    let too_long = "a".repeat((16 << 20) + 1);
    assert_eq!(
        Selection::parse_dagster(&too_long).unwrap_err().to_string(),
        "expected at most 16777216 bytes, found more at byte 16777216 of the selection"
    );
}

#[test]
fn a_long_chain_is_walked_without_recursion() {
    // A million where that takes no minute.
    let count = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };
    let assets = (0..count).map(|number| {
        let upstream = (number > 0).then(|| format!("{:07}", number - 1));
        asset(&format!("{number:07}"), &upstream.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let graph = graph(assets);
    let scope = SelectionScope::new(&graph);
    let last = format!("{:07}", count - 1);
    let resolved = |text: &str| parse(text).resolve(&scope).unwrap();
    assert_eq!(resolved(&format!("+key:\"{last}\"")).len(), count);
    assert_eq!(resolved("sinks(*)").keys(), [key(&last)]);
    // Only its ends are selected: what lies between them is walked.
    assert_eq!(resolved(&format!("roots(key:\"0000000\" or key:\"{last}\")")).keys(), [key("0000000")]);
    assert_eq!(resolved("key:\"0000000\"+10").len(), 11);
    assert_eq!(Selection::parse_dbt(&format!("@{last}")).unwrap().resolve(&scope).unwrap().len(), 0);
}

#[test]
fn every_kind_of_change_can_be_selected_by_its_name() {
    let head = graph([asset("a", &[])]);
    let changes = diff(&head, &head, &DiffOptions::default());
    let mut scope = SelectionScope::new(&head);
    scope.changes = Some(&changes);
    for kind in ChangeKind::ALL {
        assert_eq!(selected(&format!("changed:{kind}"), &scope), [""; 0]);
    }
}

#[test]
fn changes_are_kept_if_their_asset_is_selected_on_either_side_and_the_rest_is_told() {
    let (base, head, mut changes) = compared();
    let all = changes.changes().len();
    let keys = {
        let mut scope = SelectionScope::new(&head);
        scope.base = Some(&base);
        parse("+old").select_changes(&scope).unwrap()
    };
    assert_eq!(keys, BTreeSet::from([key("old"), key("stays")]));
    changes.keep_only(&keys, "--select +old");
    let kept: Vec<_> = changes.changes().iter().map(|change| change.key().to_string()).collect();
    assert_eq!(kept, ["old", "stays"]);
    assert_eq!(changes.suppressed.len(), all - 2);
    assert!(changes.suppressed.iter().all(|suppressed| suppressed.rules == ["--select +old"]));
    let mut scope = SelectionScope::new(&head);
    scope.base = Some(&base);
    let error = parse("nowhere").select_changes(&scope).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected the name of an asset, found "nowhere" at byte 0 of the selection"#
    );
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("ASSETDIFF_CASES").map_or(256, |text| text.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Any expression in Dagster's language, by its text.
fn expressions() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("<null>".to_owned()),
        "[a-z_][a-z0-9_/]{0,3}x".prop_map(|word| word),
        "[^\"\\\\\r\n]{0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    let of_names = |names: &'static [&'static str]| proptest::sample::select(names);
    let atom = prop_oneof![
        ("[a-c*/]{1,4}").prop_map(|pattern| format!("key:\"{pattern}\"")),
        Just("removed:*".to_owned()),
        Just("distance:3".to_owned()),
        of_names(&[
            "is:external",
            "partitions:time",
            "changed_in_branch:ANY",
            "changed:tags",
            "affected:direct"
        ])
        .prop_map(str::to_owned),
        (of_names(&["owner", "group", "kind", "column", "table_name", "code_location"]), value.clone())
            .prop_map(|(name, value)| format!("{name}:{value}")),
        // A tag has a name.
        (of_names(&["tag", "column_tag"]), "\"[^\"\\\\\r\n]{0,6}\"", value)
            .prop_map(|(name, tag, value)| format!("{name}:{tag}={value}")),
    ];
    let up = proptest::sample::select(vec!["", "", "+", "2+", "99999999999999999999+"]);
    let down = proptest::sample::select(vec!["", "", "+", "+0", "+1"]);
    atom.prop_recursive(6, 40, 2, move |inner| {
        prop_oneof![
            (inner.clone(), proptest::sample::select(vec!["and", "or"]), inner.clone())
                .prop_map(|(left, word, right)| format!("{left} {word} {right}")),
            inner.clone().prop_map(|inner| format!("not {inner}")),
            Just("*".to_owned()),
            (up.clone(), proptest::sample::select(vec!["", "sinks", "roots"]), inner, down.clone())
                .prop_map(|(up, function, inner, down)| format!("{up}{function}({inner}){down}")),
        ]
    })
}

/// Up to twelve assets, each on some of those before it.
fn edges() -> impl Strategy<Value = Vec<Vec<bool>>> {
    proptest::collection::vec(proptest::collection::vec(any::<bool>(), 12), 1..12)
}

fn graph_of(edges: &[Vec<bool>]) -> AssetGraph {
    graph(edges.iter().enumerate().map(|(number, row)| {
        let upstream: Vec<String> = (0..number).filter(|&up| row[up]).map(|up| format!("n{up}")).collect();
        asset(&format!("n{number}"), &upstream.iter().map(String::as_str).collect::<Vec<_>>())
    }))
}

/// Steps from each asset down to each other one, by trying all paths.
fn distances(edges: &[Vec<bool>]) -> BTreeMap<(usize, usize), usize> {
    let count = edges.len();
    let mut of = BTreeMap::new();
    for (down, row) in edges.iter().enumerate() {
        of.extend((0..down).filter(|&up| row[up]).map(|up| ((up, down), 1)));
    }
    for middle in 0..count {
        for up in 0..count {
            for down in 0..count {
                if let (Some(a), Some(b)) = (of.get(&(up, middle)), of.get(&(middle, down))) {
                    let through = a + b;
                    let steps = of.entry((up, down)).or_insert(through);
                    *steps = through.min(*steps);
                }
            }
        }
    }
    of
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_text_of_a_selection_parses_to_the_same(text in expressions()) {
        let selection = parse(&text);
        prop_assert_eq!(&Selection::parse_dagster(&selection.to_string()).unwrap(), &selection, "{}", selection);
    }

    #[test]
    fn any_text_is_a_selection_or_an_error_with_a_place(text in any::<String>()) {
        for language in [Language::Dagster, Language::Dbt] {
            match Selection::parse(&text, language) {
                Ok(selection) => prop_assert_eq!(
                    &Selection::parse(&selection.to_string(), language).unwrap(), &selection
                ),
                Err(error) => {
                    prop_assert!(error.span.end <= text.len());
                    prop_assert_eq!(error.pointed().lines().count(), 3);
                    prop_assert!(!error.pointed().chars().any(|c| c != '\n' && assetdiff::is_hidden(c)));
                }
            }
        }
    }

    #[test]
    fn dbt_selectors_are_written_as_they_were_read(
        parts in proptest::collection::vec("[@]?(2[+])?(tag|path|fqn|config.x)?:?[a-z*./]{1,5}", 1..5),
        separators in proptest::collection::vec(proptest::sample::select(vec![" ", ","]), 5),
    ) {
        let text: String = parts.iter().zip(&separators).flat_map(|(part, separator)| [part.as_str(), separator]).collect();
        let text = text.trim_end_matches([' ', ',']);
        if let Ok(selection) = Selection::parse_dbt(text) {
            prop_assert_eq!(&Selection::parse_dbt(&selection.to_string()).unwrap(), &selection);
        }
    }

    #[test]
    fn traversals_reach_what_the_distances_say(edges in edges(), start in 0_usize..12, steps in 0_usize..5) {
        let graph = graph_of(&edges);
        let scope = SelectionScope::new(&graph);
        let of = distances(&edges);
        let start = start % edges.len();
        let named = |numbers: Vec<usize>| -> BTreeSet<String> { numbers.iter().map(|n| format!("n{n}")).collect() };
        let all = 0..edges.len();
        let near = |up: usize, down: usize, most: usize| up == down || of.get(&(up, down)).is_some_and(|d| *d <= most);
        let got = |text: String| -> BTreeSet<String> { selected(&text, &scope).into_iter().collect() };
        prop_assert_eq!(
            got(format!("{steps}+key:n{start}")),
            named(all.clone().filter(|&n| near(n, start, steps)).collect())
        );
        prop_assert_eq!(
            got(format!("key:n{start}+{steps}")),
            named(all.clone().filter(|&n| near(start, n, steps)).collect())
        );
        prop_assert_eq!(
            got(format!("+key:n{start}+")),
            named(all.clone().filter(|&n| near(n, start, 99) || near(start, n, 99)).collect())
        );
        // Ends of every second asset: paths may leave the selection.
        let chosen: Vec<usize> = all.filter(|n| n % 2 == start % 2).collect();
        let text = chosen.iter().map(|n| format!("key:n{n}")).collect::<Vec<_>>().join(" or ");
        let reaches = |a: usize, b: usize| a != b && of.contains_key(&(a, b));
        prop_assert_eq!(
            got(format!("sinks({text})")),
            named(chosen.iter().copied().filter(|&n| !chosen.iter().any(|&m| reaches(n, m))).collect())
        );
        prop_assert_eq!(
            got(format!("roots({text})")),
            named(chosen.iter().copied().filter(|&n| !chosen.iter().any(|&m| reaches(m, n))).collect())
        );
    }
}
