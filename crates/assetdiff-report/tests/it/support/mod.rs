//! Change sets that several tests look at.

pub(crate) mod hostile;
pub(crate) mod markdown_parser;

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, IgnoreRule, Limits, diff};

/// Returns the graph of some JSON.
pub(crate) fn graph(json: &str) -> AssetGraph {
    AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

/// Returns the graph with these definitions.
pub(crate) fn assets(definitions: &[&str]) -> AssetGraph {
    graph(&format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, definitions.join(",\n")))
}

/// Returns a change set in which each aspect changes somewhere, and every sort of change occurs.
pub(crate) fn everything() -> ChangeSet {
    let base = graph(include_str!("everything-base.json"));
    let head = graph(include_str!("everything-head.json"));
    let rules = ["metadata.dagster/*", "tags.team_* in sales/**", "* in scratch/**"];
    let ignore: Vec<IgnoreRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    let mut options = DiffOptions::default();
    options.ignore = ignore;
    diff(&base, &head, &options)
}

/// Returns a change set of `count` modified assets, and as many added ones as fit a tenth.
pub(crate) fn huge(count: usize) -> ChangeSet {
    let side = |version: &str, added: usize| {
        let mut definitions = Vec::new();
        for index in 0..count {
            let code = format!(
                r#""code_version": {{"version": "{version}", "source": "select a,\n  b, -- {version}\n  c\nfrom raw.t{index}\nwhere x > {index}\n"}}"#
            );
            let tags = format!(r#""tags": {{"tier": "{version}"}}"#);
            let upstream = if index > 0 {
                format!(r#""dependencies": [{{"key": ["mart", "asset_{:05}"]}}]"#, index - 1)
            } else {
                r#""dependencies": []"#.to_owned()
            };
            definitions
                .push(format!(r#"{{"key": ["mart", "asset_{index:05}"], {code}, {tags}, {upstream}}}"#));
        }
        for index in 0..added {
            definitions.push(format!(
                r#"{{"key": ["new", "asset_{index:05}"], "group": "g{index}", "tags": {{"unique": "{index}"}}}}"#
            ));
        }
        graph(&format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, definitions.join(",")))
    };
    diff(&side("1", 0), &side("2", count / 10), &DiffOptions::default())
}
