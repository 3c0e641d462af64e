//! The HTML report: what stands in it, whatever the texts are.

use std::collections::BTreeSet;

use assetdiff::{Aspect, ChangeSet, DiffOptions, ImpactPolicy, PlanOptions, diff, diff3, is_hidden};
use assetdiff_report::{HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, html};
use serde_json::Value;

use crate::support::{assets, graph, hostile};

fn page(
    changes: &ChangeSet,
    base: &assetdiff::AssetGraph,
    head: &assetdiff::AssetGraph,
    style: &HtmlStyle,
) -> String {
    let impact = assetdiff::impact(changes, base, head, &ImpactPolicy::default());
    let plan = assetdiff::plan(&impact, base, head, &PlanOptions::default());
    let mut input = HtmlInput::new(changes, base, head);
    input.impact = Some(&impact);
    input.plan = Some(&plan);
    html(&input, style)
}

/// The data of a small page.
fn data(page: &str) -> Value {
    let start = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(start).expect("data that is not packed");
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// The page without its script, style and data.
fn markup(page: &str) -> String {
    let mut left = page.to_owned();
    for (start, end) in [("<style>", "</style>"), ("<script type", "</script>"), ("<script>", "</script>")] {
        let at = left.find(start).unwrap();
        let length = left[at..].find(end).unwrap() + end.len();
        left.replace_range(at..at + length, "");
    }
    left
}

#[test]
fn hostile_texts_are_no_markup() {
    let (base, head) = (hostile::graph(1), hostile::graph(2));
    let changes = hostile::changes();
    let page = page(&changes, &base, &head, &HtmlStyle::default());
    assert_eq!(page.matches("<script").count(), 2);
    let markup = markup(&page);
    let ours: BTreeSet<&str> = [
        "a", "b", "body", "dd", "details", "div", "dl", "dt", "h1", "h2", "head", "header", "html", "li",
        "link", "main", "meta", "p", "path", "section", "span", "summary", "svg", "symbol", "table", "tbody",
        "td", "th", "thead", "title", "tr", "ul", "use", "!doctype",
    ]
    .into();
    let mut looked_at = 0;
    for tag in markup.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap();
        assert!(ours.contains(name), "<{tag}");
        looked_at += 1;
    }
    assert!(looked_at > 1_000);
    assert!(!page.chars().any(|c| is_hidden(c) && c != '\n'));
}

#[test]
fn every_aspect_is_shown() {
    let base = graph(include_str!("support/everything-base.json"));
    let head = graph(include_str!("support/everything-head.json"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let page = page(&changes, &base, &head, &HtmlStyle::default());
    let mut shown = BTreeSet::new();
    let data = data(&page);
    for changes in data["changes"].as_array().unwrap() {
        for change in changes[1].as_array().unwrap() {
            for aspect in change["aspects"].as_array().unwrap() {
                assert!(!aspect["blocks"].as_array().unwrap().is_empty(), "{aspect}");
                shown.insert(aspect["name"].as_str().unwrap().to_owned());
            }
        }
    }
    // A move is a change of its own.
    let expected: BTreeSet<String> = Aspect::ALL.iter().map(|aspect| aspect.as_str().to_owned()).collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (base, head) = (hostile::graph(1), hostile::graph(2));
    let changes = hostile::changes();
    let style = HtmlStyle::default();
    assert_eq!(page(&changes, &base, &head, &style), page(&changes, &base, &head, &style));
}

#[test]
fn what_is_left_out_is_told_and_changes_stay() {
    let side = |version: &str| {
        let mut definitions: Vec<String> = (0..60)
            .map(|n| format!(r#"{{"key": ["z{n:02}"], "dependencies": [{{"key": ["a"]}}]}}"#))
            .collect();
        definitions.push(format!(r#"{{"key": ["y"], "tags": {{"v": "{version}"}}}}"#));
        definitions.push(r#"{"key": ["a"]}"#.to_owned());
        assets(&definitions.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (base, head) = (side("1"), side("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let page = page(&changes, &base, &head, &HtmlStyle { max_assets: 10, ..HtmlStyle::default() });
    assert!(page.contains("52 assets are not in this report: it shows at most 10"), "{}", markup(&page));
    let keys = &data(&page)["assets"]["key"];
    assert_eq!(keys.as_array().unwrap().len(), 10);
    assert!(keys.as_array().unwrap().contains(&Value::from("y")));
}

#[test]
fn a_long_way_is_told_by_its_ends() {
    let side =
        |version: &str| {
            let mut definitions =
                vec![format!(r#"{{"key": ["a000"], "code_version": {{"version": "{version}"}}}}"#)];
            definitions.extend((1..200).map(|n| {
                format!(r#"{{"key": ["a{n:03}"], "dependencies": [{{"key": ["a{:03}"]}}]}}"#, n - 1)
            }));
            assets(&definitions.iter().map(String::as_str).collect::<Vec<_>>())
        };
    let (base, head) = (side("1"), side("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let data = data(&page(&changes, &base, &head, &HtmlStyle { static_rows: 1, ..HtmlStyle::default() }));
    let last = data["reached"].as_array().unwrap().iter().find(|entry| entry[0] == 199).unwrap();
    let path = last[1]["paths"][0].as_array().unwrap();
    assert_eq!(
        (path.len(), &path[0], &path[20], &path[40]),
        (41, &Value::from(0), &Value::from(-160), &Value::from(199))
    );
}

#[test]
fn three_versions_tell_whose_change_it_is() {
    let parted = assets(&[
        r#"{"key": ["a"], "tags": {"tier": "silver"}, "group": "g"}"#,
        r#"{"key": ["b"]}"#,
        r#"{"key": ["c"], "code_version": {"source": "select a\nselect b\nselect c\n"}, "dependencies": [{"key": ["b"]}]}"#,
        r#"{"key": ["d"], "metadata": {"n": {"type": "json", "value": [1.10]}}}"#,
    ]);
    let theirs = assets(&[
        r#"{"key": ["a"], "tags": {"tier": "bronze"}, "group": "g"}"#,
        r#"{"key": ["b"], "owners": ["team:x"]}"#,
        r#"{"key": ["c2"], "code_version": {"source": "select a\nselect b\nselect c\n"}, "dependencies": [{"key": ["b"]}, {"key": ["new"]}]}"#,
        r#"{"key": ["new"], "group": "theirs"}"#,
        r#"{"key": ["d"], "metadata": {"n": {"type": "json", "value": [1.10, 2]}}}"#,
    ]);
    let head = assets(&[
        r#"{"key": ["a"], "tags": {"tier": "gold"}, "group": "h"}"#,
        r#"{"key": ["b"], "owners": ["team:x"]}"#,
        r#"{"key": ["c"], "code_version": {"source": "select a\nselect b\nselect c\n"}, "dependencies": [{"key": ["b"]}], "description": "more"}"#,
        r#"{"key": ["d"], "metadata": {"n": {"type": "json", "value": [1.10]}}}"#,
    ]);
    let three_way = diff3(&parted, &theirs, &head, &DiffOptions::default());
    let mut input = HtmlInput::new(&three_way.yours, &parted, &head);
    input.three_way = Some(&three_way);
    input.theirs = Some("main".to_owned());
    let page = html(&input, &HtmlStyle::default());
    let data = data(&page);
    let keys: Vec<&str> =
        data["assets"]["key"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(keys, ["a", "b", "c", "d", "new"]);
    let sides: Vec<(&str, &str)> = data["sides"]
        .as_array()
        .unwrap()
        .iter()
        .map(|side| (keys[side[0].as_u64().unwrap() as usize], side[1]["by"].as_str().unwrap()))
        .collect();
    assert_eq!(
        sides,
        [("a", "conflict"), ("b", "alike"), ("c", "both"), ("d", "theirs"), ("new", "theirs")],
        "{data}"
    );
    let of = |at: usize| &data["sides"][at][1];
    let values = &of(0)["values"][0];
    assert_eq!(values["what"], "tags tier");
    assert_eq!(values["old"], serde_json::json!(["silver"]));
    assert_eq!(
        values["yours"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect::<String>(),
        "gold"
    );
    assert_eq!(
        values["theirs"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect::<String>(),
        "bronze"
    );
    assert_eq!(of(1)["words"], serde_json::json!(["alike: owners team:x"]));
    assert_eq!(of(2)["words"], serde_json::json!(["the base calls it c2"]));
    assert_eq!(of(3)["theirs"][0]["aspects"][0]["name"], "metadata");
    // What only the base reads is an edge, to the asset under its old name.
    let edges = &data["edges"];
    let edge = (0..edges["from"].as_array().unwrap().len()).find(|&edge| edges["from"][edge] == 4).unwrap();
    assert_eq!((&edges["to"][edge], &edges["state"][edge]), (&Value::from(2), &Value::from(4)));
    for text in
        ["<dt>Parted at</dt>", "<b>main</b>", "1 conflict: it cannot be merged as it is", "In conflict"]
    {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_cycle_of_many_does_not_grow_with_their_square() {
    let count = 2_000;
    let side = |reads: &dyn Fn(usize) -> bool| {
        let asset = |n: usize| {
            let up = (n + count - 1) % count;
            let reads = if reads(n) { format!(r#"{{"key": ["a{up:05}"]}}"#) } else { String::new() };
            format!(r#"{{"key": ["a{n:05}"], "dependencies": [{reads}]}}"#)
        };
        let definitions: Vec<String> = (0..count).map(asset).collect();
        assets(&definitions.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (parted, theirs, head) = (side(&|_| false), side(&|n| n > 0), side(&|n| n == 0));
    let three_way = diff3(&parted, &theirs, &head, &DiffOptions::default());
    assert_eq!(three_way.conflicts.len(), 1);
    assert!(three_way.conflicts[0].to_string().len() > 2_000 * 10);
    let mut input = HtmlInput::new(&three_way.yours, &parted, &head);
    input.three_way = Some(&three_way);
    let page = html(&input, &HtmlStyle::default());
    assert!(page.contains("<b>2,000</b> <span>In conflict</span>"));
    assert!(page.len() < 1_000_000, "{}", page.len());
}

#[test]
fn policies_and_warnings_stand_in_the_head() {
    let graph = assets(&[r#"{"key": ["a"]}"#]);
    let changes = diff(&graph, &graph, &DiffOptions::default());
    let mut input = HtmlInput::new(&changes, &graph, &graph);
    input.policies = vec![PolicyResult {
        name: "no <removals>".to_owned(),
        outcome: PolicyOutcome::Failed,
        message: "one".to_owned(),
        assets: vec!["a".parse().unwrap()],
    }];
    input.warnings = vec!["a location was not loaded".to_owned()];
    input.sides = [Some("prod".to_owned()), None];
    let page = html(&input, &HtmlStyle { title: Some("<Shop>".to_owned()), ..HtmlStyle::default() });
    for text in [
        "1 policy failed",
        "<b>no &lt;removals&gt;</b> failed: one",
        "a location was not loaded",
        "<b>prod</b>",
        "<h1>&lt;Shop&gt;</h1>",
    ] {
        assert!(page.contains(text), "{text}");
    }
}
