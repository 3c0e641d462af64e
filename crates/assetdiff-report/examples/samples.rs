//! Writes the reports that the tests in a browser open, and beside each what the engine says of it.
//!
//! `cargo run --release -p assetdiff-report --example samples -- FOLDER`

#![allow(clippy::unwrap_used, reason = "what panics here has failed")]

#[path = "../tests/it/support/hostile.rs"]
mod hostile;
#[path = "samples/project.rs"]
mod project;

use std::collections::BTreeMap;
use std::path::Path;

use assetdiff::{
    AssetGraph, AssetKey, ChangeSet, DiffOptions, Impact, ImpactPolicy, Language, Limits, Plan, PlanOptions,
    Selection, SelectionScope, ThreeWay, diff, diff3,
};
use assetdiff_report::{HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, ToolCommands, html, inline};
use serde_json::{Map, Value, json};

/// Selections that the page and the engine answer alike.
const SELECTIONS: [&str; 14] = [
    "group:sales",
    "owner:\"team:data\"",
    "kind:dbt",
    "tag:pii",
    "tag:tier=gold",
    "not kind:dbt",
    "group:sales and kind:dbt",
    "group:sales or tag:pii",
    "changed_in_branch:NEW",
    "changed_in_branch:CODE_VERSION",
    "+key:\"marts/a0003\"",
    "1+key:\"marts/a0003\"+1",
    "(group:sales or group:raw) and not tag:pii",
    "affected:rebuild",
];

struct Sample {
    name: String,
    base: AssetGraph,
    head: AssetGraph,
    changes: ChangeSet,
    three_way: Option<ThreeWay>,
}

impl Sample {
    fn new(name: &str, base: AssetGraph, head: AssetGraph) -> Self {
        let changes = diff(&base, &head, &DiffOptions::default());
        Self { name: name.to_owned(), base, head, changes, three_way: None }
    }

    fn three(name: &str, parted: AssetGraph, theirs: &AssetGraph, head: AssetGraph) -> Self {
        let three_way = diff3(&parted, theirs, &head, &DiffOptions::default());
        Self { three_way: Some(three_way), ..Self::new(name, parted, head) }
    }

    fn reach(&self) -> (Impact, Plan) {
        let mut policy = ImpactPolicy::default();
        policy.now = Some("2024-03-15T12:00:00Z".parse().unwrap());
        let impact = assetdiff::impact(&self.changes, &self.base, &self.head, &policy);
        let plan = assetdiff::plan(&impact, &self.base, &self.head, &PlanOptions::default());
        (impact, plan)
    }

    fn write(&self, folder: &Path, fill: impl FnOnce(&mut HtmlInput<'_>)) {
        let (impact, plan) = self.reach();
        let mut input = HtmlInput::new(&self.changes, &self.base, &self.head);
        input.impact = Some(&impact);
        input.plan = Some(&plan);
        input.three_way = self.three_way.as_ref();
        fill(&mut input);
        let page = html(&input, &HtmlStyle::default());
        if self.name == "hostile" {
            let cell = inline(&page, 640);
            let notebook =
                format!("<!doctype html><meta charset=utf-8><title>Notebook</title><p>Out [1]:</p>{cell}");
            std::fs::write(folder.join("notebook.html"), notebook).unwrap();
        }
        std::fs::write(folder.join(format!("{}.html", self.name)), page).unwrap();
        let expected = serde_json::to_vec_pretty(&self.expected(&impact)).unwrap();
        std::fs::write(folder.join(format!("{}.json", self.name)), expected).unwrap();
    }

    /// What the engine says: how many assets there are of each sort, and what each selection selects.
    fn expected(&self, impact: &Impact) -> Value {
        let changed: Vec<&AssetKey> = self.changes.changes().iter().map(|change| change.key()).collect();
        let is_reached = |asset: &assetdiff::AffectedAsset| {
            asset.effect != assetdiff::OwnEffect::None && !changed.contains(&&asset.key)
        };
        let affected: Vec<_> = impact.assets().filter(is_reached).collect();
        let summary = self.changes.summary();
        let mut selections = Map::new();
        for text in SELECTIONS {
            let Ok(selection) = Selection::parse(text, Language::Dagster) else { continue };
            let mut scope = SelectionScope::new(&self.head);
            scope.base = Some(&self.base);
            scope.changes = Some(&self.changes);
            scope.affected = Some(impact);
            scope.include_external = true;
            let keys = selection.resolve(&scope).map(|selected| selected.keys());
            let keys: Vec<String> = keys.unwrap().iter().map(ToString::to_string).collect();
            selections.insert(text.to_owned(), json!(keys));
        }
        let causes: BTreeMap<String, Vec<String>> = affected
            .iter()
            .take(5)
            .map(|asset| {
                let path = impact.shortest_path(&asset.key);
                (asset.key.to_string(), path.iter().map(ToString::to_string).collect())
            })
            .collect();
        let renamed: Vec<[String; 2]> =
            self.changes.renamed.iter().map(|r| [r.old.key.to_string(), r.new.key.to_string()]).collect();
        json!({
            "assets": self.head.len(),
            "added": summary.added,
            "removed": summary.removed,
            "renamed": summary.renamed,
            "modified": summary.modified,
            "following": summary.following_renames,
            "affected": affected.len(),
            "selections": selections,
            "paths": causes,
            "renames": renamed,
            "first": changed.first().map(ToString::to_string),
        })
    }
}

fn main() {
    let folder = std::env::args().nth(1).expect("the folder to write to");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for count in [50, 1_000, 10_000] {
        let sample = Sample::new(&count.to_string(), project::base(count), project::head(count));
        sample.write(folder, |_| {});
    }
    let empty = Sample::new("empty", project::base(20), project::base(20));
    empty.write(folder, |_| {});

    // Each side is without a cycle, and both together are not.
    let reads = |pairs: &[(&str, &str)]| {
        let asset = |name: &str| {
            let up = pairs.iter().filter(|(_, to)| *to == name).map(|(from, _)| json!({"key": [from]}));
            json!({"key": [name], "dependencies": up.collect::<Vec<_>>()})
        };
        let assets = ["customers", "ledger", "orders", "payments", "refunds", "revenue"].map(asset);
        let snapshot = json!({"format_version": "1.0", "assets": assets});
        AssetGraph::from_json(snapshot.to_string().as_bytes(), &Limits::default()).unwrap()
    };
    let both =
        [("customers", "orders"), ("orders", "revenue"), ("customers", "ledger"), ("ledger", "revenue")];
    let before = reads(&[&both[..], &[("orders", "payments"), ("payments", "refunds")]].concat());
    let after = reads(&[&both[..], &[("payments", "refunds"), ("refunds", "orders")]].concat());
    Sample::new("cycle", before, after).write(folder, |_| {});

    let key = |name: &str| AssetKey::new(["marts", name]).unwrap();
    let sample = Sample::new("told", project::base(120), project::head(120));
    sample.write(folder, |input| {
        input.sides = ["production".to_owned(), "pull request 12".to_owned()].map(Some);
        let policy = |name: &str, outcome, message: &str| PolicyResult {
            name: name.to_owned(),
            outcome,
            message: message.to_owned(),
            assets: vec![key("a0003")],
        };
        input.policies = vec![
            policy("no asset is removed", PolicyOutcome::Failed, "1 asset is removed"),
            policy("few partitions are rebuilt", PolicyOutcome::Warned, "300 of at most 100"),
            policy("owners are stated", PolicyOutcome::Passed, ""),
        ];
        input.warnings = vec!["code location legacy was not loaded".to_owned()];
        input.commands = vec![ToolCommands {
            tool: "dagster".to_owned(),
            commands: vec!["dagster asset materialize --select 'key:\"marts/a0003\"'".to_owned()],
            notes: vec!["run the checks of marts/a0004 again".to_owned()],
            each: [(key("a0003"), vec!["dagster asset materialize --select a0003".to_owned()])].into(),
        }];
    });

    let sample = Sample::three("three", project::base(120), &project::theirs(120), project::head(120));
    sample.write(folder, |input| {
        input.sides = [Some("merge base".to_owned()), Some("pull request 12".to_owned())];
        input.theirs = Some("main".to_owned());
    });
    let sample = Sample::three("hostile-three", hostile::graph(1), &hostile::graph(3), hostile::graph(2));
    sample.write(folder, |input| {
        input.theirs = Some("<img src=x onerror=alert(3)>".to_owned());
    });

    let (base, head) = (hostile::graph(1), hostile::graph(2));
    let hostile = Sample { changes: hostile::changes(), ..Sample::new("hostile", base, head) };
    hostile.write(folder, |input| {
        input.sides =
            ["</script><script>alert(1)</script>".to_owned(), "<img src=x onerror=alert(2)>".to_owned()]
                .map(Some);
        input.warnings = hostile::PAYLOADS.iter().map(|payload| (*payload).to_owned()).collect();
        let all: Vec<String> = hostile::PAYLOADS.iter().map(|payload| (*payload).to_owned()).collect();
        input.commands = vec![ToolCommands {
            tool: all[18].clone(),
            commands: all.clone(),
            notes: all,
            each: BTreeMap::new(),
        }];
    });
}
