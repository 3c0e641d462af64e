//! What a change reaches, and why.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AffectedColumns, AssetDefinition, AssetGraph, AssetKey, AssetType, Barrier, ChangeSet, CodeVersion,
    Column, ColumnRef, DiffOptions, Impact, ImpactJson, ImpactPolicy, MetadataValue, Renames, SparedBy,
    SparedUpstream, Timestamp, diff, impact,
};
use assetdiff_tests::naive_impact::{NaiveImpact, Passes};
use proptest::prelude::*;

use crate::build::{asset, graph, key, snapshot, with_renames};

/// The same asset with another code version.
fn coded(version: &str, asset: AssetDefinition) -> AssetDefinition {
    let code = CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() };
    AssetDefinition { code_version: Some(code), ..asset }
}

fn described(asset: AssetDefinition) -> AssetDefinition {
    AssetDefinition { description: Some("new words".to_owned()), ..asset }
}

/// The same asset with these columns, each as its name and type.
fn with_columns(asset: AssetDefinition, columns: &[(&str, &str)]) -> AssetDefinition {
    let columns = columns.iter().map(|(name, data_type)| Column {
        name: (*name).to_owned(),
        data_type: Some((*data_type).to_owned()),
        ..Column::default()
    });
    AssetDefinition { columns: Some(columns.collect()), ..asset }
}

/// The same asset with column lineage: own column, upstream asset, its column.
fn made_from(mut asset: AssetDefinition, lineage: &[(&str, &str, &str)]) -> AssetDefinition {
    let mut columns: BTreeMap<String, Vec<ColumnRef>> = BTreeMap::new();
    for (own, upstream, column) in lineage {
        let source = ColumnRef { asset: key(upstream), column: (*column).to_owned() };
        columns.entry((*own).to_owned()).or_default().push(source);
    }
    asset.metadata.insert("lineage".to_owned(), MetadataValue::ColumnLineage(columns));
    asset
}

struct Compared {
    base: AssetGraph,
    head: AssetGraph,
    changes: ChangeSet,
}

impl Compared {
    fn new<const B: usize, const H: usize>(base: [AssetDefinition; B], head: [AssetDefinition; H]) -> Self {
        let (base, head) = (graph(base), graph(head));
        Self { changes: diff(&base, &head, &DiffOptions::default()), base, head }
    }

    fn impact(&self) -> Impact {
        self.impact_by(&ImpactPolicy::default())
    }

    fn impact_by(&self, policy: &ImpactPolicy) -> Impact {
        impact(&self.changes, &self.base, &self.head, policy)
    }
}

/// Each affected asset as its key, distance and effect.
fn told(impact: &Impact) -> Vec<String> {
    impact.assets().map(|asset| format!("{} {} {}", asset.key, asset.distance, asset.effect)).collect()
}

fn path(text: &str) -> Vec<AssetKey> {
    text.split(" > ").map(key).collect()
}

#[test]
fn a_change_reaches_everything_downstream_and_nothing_else() {
    let rest = || [asset("b", &["a"]), asset("c", &["b"]), asset("x", &[]), asset("y", &["x"])];
    let [b, c, x, y] = rest();
    let [b2, c2, x2, y2] = rest();
    let compared =
        Compared::new([asset("a", &[]), b, c, x, y], [coded("2", asset("a", &[])), b2, c2, x2, y2]);
    let impact = compared.impact();
    assert_eq!(told(&impact), ["a 0 rebuild", "b 1 rebuild", "c 2 rebuild"]);
    assert_eq!(impact.shortest_path(&key("c")), path("a > b > c"));
    assert!(impact.get(&key("x")).is_none() && impact.get(&key("nothing")).is_none());
    let summary = impact.summary();
    assert_eq!((summary.assets, summary.direct, summary.indirect, summary.rebuild), (5, 1, 2, 3));
}

/// The first plan that SQLMesh gets wrong: a breaking change above one that is not.
#[test]
fn a_breaking_change_passes_through_an_asset_with_a_harmless_change_of_its_own() {
    let b = || with_columns(asset("b", &["a"]), &[("id", "int")]);
    let compared = Compared::new(
        [coded("1", asset("a", &[])), b(), asset("c", &["b"])],
        [coded("2", asset("a", &[])), described(b()), asset("c", &["b"])],
    );
    let impact = compared.impact();
    assert_eq!(told(&impact), ["a 0 rebuild", "b 0 rebuild", "c 1 rebuild"]);
    // The harmless change is nearer, but it is not why.
    let causes = impact.causes(&key("c"), 10);
    assert_eq!(causes.causes.iter().map(|cause| cause.path.clone()).collect::<Vec<_>>(), [path("a > b > c")]);
    assert!(!causes.is_cut);
}

/// The second: a setting that is no query decides which rows there are.
#[test]
fn a_changed_unique_key_reaches_what_counts_the_rows() {
    let model = |unique_key: &str| {
        let mut a = asset("a", &[]);
        a.execution.insert("unique_key".to_owned(), crate::build::json(unique_key));
        a
    };
    let compared = Compared::new(
        [model(r#"["id"]"#), asset("c", &["a"])],
        [model(r#"["id", "v"]"#), asset("c", &["a"])],
    );
    assert_eq!(told(&compared.impact()), ["a 0 rebuild", "c 1 rebuild"]);
}

#[test]
fn a_change_without_effect_is_told_and_goes_nowhere() {
    let compared = Compared::new(
        [asset("a", &[]), asset("b", &["a"])],
        [described(asset("a", &[])), asset("b", &["a"])],
    );
    let impact = compared.impact();
    assert_eq!(told(&impact), ["a 0 none"]);
    assert_eq!(impact.summary().harmless, 1);
}

#[test]
fn where_only_checks_can_be_run_they_are_run_again() {
    let test = || AssetDefinition { asset_type: AssetType::CheckOnly, ..asset("not_null", &["a"]) };
    let compared = Compared::new([asset("a", &[]), test()], [coded("2", asset("a", &[])), test()]);
    assert_eq!(told(&compared.impact()), ["a 0 rebuild", "not_null 1 recheck"]);
    let compared = Compared::new([asset("a", &[]), test()], [asset("a", &[]), coded("2", test())]);
    assert_eq!(told(&compared.impact()), ["not_null 0 recheck"]);
}

#[test]
fn a_removed_asset_reaches_its_readers_through_base_and_marks_those_that_still_name_it() {
    let compared = Compared::new(
        [asset("a", &[]), asset("b", &["a"]), asset("c", &["a"]), asset("d", &["b"])],
        [asset("b", &["a"]), asset("c", &[]), asset("d", &["b"])],
    );
    let impact = compared.impact();
    assert_eq!(told(&impact), ["b 1 rebuild", "c 0 rebuild", "d 2 rebuild", "a 0 none"]);
    let missing = |name| impact.get(&key(name)).unwrap().missing_upstreams;
    assert_eq!((missing("b"), missing("c"), missing("d")), (vec![key("a")], vec![], vec![]));
    assert!(impact.get(&key("a")).unwrap().is_removed);
    assert_eq!(impact.summary().broken, 1);
    assert_eq!(impact.shortest_path(&key("d")), path("a > b > d"));
    let causes: Vec<_> = impact.causes(&key("c"), 10).causes.into_iter().map(|cause| cause.key).collect();
    assert_eq!(causes, [key("c"), key("a")]);
}

#[test]
fn a_rename_reaches_only_those_that_lost_it() {
    let versioned = |name| coded("7", asset(name, &[]));
    let base = [versioned("a"), asset("b", &["a"]), asset("c", &["b"])];
    let compared = Compared::new(base.clone(), [versioned("a2"), asset("b", &["a2"]), asset("c", &["b"])]);
    assert_eq!(compared.changes.renamed.len(), 1);
    assert_eq!(told(&compared.impact()), ["a2 0 rebuild", "b 0 none", "a 0 none"]);

    // Where a change set says that it was renamed and somebody still names it, the old key is missing.
    let head = graph([versioned("a2"), asset("b", &["a"]), asset("c", &["b"])]);
    let impact = impact(&compared.changes, &graph(base), &head, &ImpactPolicy::default());
    assert_eq!(impact.get(&key("b")).unwrap().missing_upstreams, [key("a")]);
}

#[test]
fn a_changed_column_reaches_only_what_uses_it() {
    let orders = |amount: &str| with_columns(asset("orders", &[]), &[("id", "int"), ("amount", amount)]);
    let rest = || {
        [
            made_from(asset("totals", &["orders"]), &[("total", "orders", "amount"), ("n", "orders", "id")]),
            made_from(asset("ids", &["orders"]), &[("id", "orders", "id")]),
            made_from(asset("big", &["orders"]), &[("id", "orders", "id"), ("", "orders", "amount")]),
            asset("opaque", &["orders"]),
            made_from(asset("after_totals", &["totals"]), &[("n", "totals", "n")]),
            made_from(asset("sum", &["totals"]), &[("sum", "totals", "total")]),
            made_from(asset("after_opaque", &["opaque"]), &[("x", "opaque", "x")]),
        ]
    };
    let with = |orders: AssetDefinition| graph([orders].into_iter().chain(rest()));
    let (base, head) = (with(orders("int")), with(orders("decimal")));
    let changes = diff(&base, &head, &DiffOptions::default());
    let impact_by = |policy| impact(&changes, &base, &head, &policy);
    let impact = impact_by(ImpactPolicy::default());
    let columns = |name| impact.get(&key(name)).map(|asset| asset.columns);
    let some = |name: &str| Some(AffectedColumns::Some([name.to_owned()].into()));
    assert_eq!(columns("orders"), some("amount"));
    assert_eq!(columns("totals"), some("total"));
    assert_eq!(columns("sum"), some("sum"));
    assert_eq!(columns("big"), Some(AffectedColumns::All), "a filter is a use of the whole asset");
    assert_eq!(columns("opaque"), Some(AffectedColumns::Unknown));
    assert_eq!(columns("after_opaque"), Some(AffectedColumns::Unknown));
    assert_eq!((columns("ids"), columns("after_totals")), (None, None));
    let by = |upstream| vec![SparedUpstream { key: key(upstream), by: SparedBy::Columns }];
    let spared: Vec<_> = impact.spared().into_iter().map(|spared| (spared.key, spared.upstream)).collect();
    assert_eq!(spared, [(key("after_totals"), by("totals")), (key("ids"), by("orders"))]);
    let explained = impact.explain(&key("sum"), 10).unwrap();
    let steps: Vec<_> = explained.paths[0].steps.iter().map(|step| step.column.as_deref()).collect();
    assert_eq!(steps, [Some("amount"), Some("total"), None]);

    let mut policy = ImpactPolicy::default();
    policy.narrow_columns = false;
    assert_eq!(impact_by(policy).summary().rebuild, 8);
}

#[test]
fn limits_and_barriers_are_told() {
    let chain = |a| [a, asset("b", &["a"]), asset("c", &["b"]), asset("d", &["c"])];
    let compared = Compared::new(chain(asset("a", &[])), chain(coded("2", asset("a", &[]))));
    let mut policy = ImpactPolicy::default();
    policy.max_distance = Some(1);
    let impact = compared.impact_by(&policy);
    assert_eq!(told(&impact), ["a 0 rebuild", "b 1 rebuild"]);
    let stops = |impact: &Impact| -> Vec<String> {
        impact
            .stops()
            .iter()
            .map(|stop| format!("{}: {}, {}", stop.key, stop.reason, stop.downstream))
            .collect()
    };
    assert_eq!(stops(&impact), ["b: the limit of 1 step, 1"]);

    let mut policy = ImpactPolicy::default();
    policy.barriers = vec![Barrier { name: "tag:reviewed".to_owned(), assets: [key("c")].into() }];
    let impact = compared.impact_by(&policy);
    assert_eq!(told(&impact), ["a 0 rebuild", "b 1 rebuild", "c 2 rebuild"]);
    assert_eq!(stops(&impact), ["c: barrier tag:reviewed, 1"]);
}

#[test]
fn an_explanation_lists_the_paths_from_the_shortest_and_tells_what_it_cut() {
    // A ladder: two ways at each of the steps, so 2^20 paths of one length.
    let ladder = |a: AssetDefinition| {
        let mut assets = vec![a];
        for step in 0..20 {
            let below = if step == 0 { "a".to_owned() } else { format!("j{}", step - 1) };
            assets.push(asset(&format!("l{step}"), &[&below]));
            assets.push(asset(&format!("r{step}"), &[&below]));
            assets.push(asset(&format!("j{step}"), &[&format!("l{step}"), &format!("r{step}")]));
        }
        graph(assets)
    };
    let (base, head) = (ladder(asset("a", &[])), ladder(coded("2", asset("a", &[]))));
    let changes = diff(&base, &head, &DiffOptions::default());
    let impact = impact(&changes, &base, &head, &ImpactPolicy::default());
    let explained = impact.explain(&key("j19"), 3).unwrap();
    assert_eq!((explained.total_paths, explained.paths.len(), explained.is_cut), (1 << 20, 3, true));
    assert!(explained.paths.iter().all(|path| path.steps.len() == 41));
    let paths: BTreeSet<_> = explained.paths.iter().collect();
    assert_eq!(paths.len(), 3, "no path is listed twice");
    assert!(impact.explain(&key("nothing"), 3).is_none());
}

#[test]
fn a_chain_of_a_hundred_thousand_assets_is_no_deep_recursion() {
    let chain = |version: &str| {
        let first = coded(version, asset("a000000", &[]));
        let rest = (1..100_000).map(|i| asset(&format!("a{i:06}"), &[&format!("a{:06}", i - 1)]));
        graph([first].into_iter().chain(rest))
    };
    let (base, head) = (chain("1"), chain("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    let impact = impact(&changes, &base, &head, &ImpactPolicy::default());
    assert_eq!(impact.get(&key("a099999")).unwrap().distance, 99_999);
    assert_eq!(impact.explain(&key("a099999"), 2).unwrap().paths[0].steps.len(), 100_000);
    assert_eq!(impact.causes(&key("a099999"), 2).causes[0].path.len(), 100_000);
}

#[test]
fn the_json_form_has_the_causes_of_each_asset() {
    let compared = Compared::new(
        [asset("a", &[]), asset("b", &["a"])],
        [coded("2", asset("a", &[])), asset("b", &["a"])],
    );
    let text = compared.impact().to_json(&ImpactJson::default());
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["summary"]["rebuild"], 2);
    assert_eq!(json["assets"][1]["causes"][0]["path"], serde_json::json!([["a"], ["b"]]));
    assert_eq!(json["assets"][1]["columns"], "all");
    assert_eq!(text, compared.impact().to_json(&ImpactJson::default()));
}

/// How one asset of a random pair is edited.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Nothing,
    Describe,
    Code,
    DropColumn,
    RetypeColumn,
    Remove,
    Add,
}

#[derive(Debug, Clone)]
struct RandomAsset {
    upstream: Vec<bool>,
    /// Own column, upstream asset, its column.
    lineage: Vec<(usize, usize, usize)>,
    edit: Edit,
}

const COLUMNS: [&str; 3] = ["", "x", "y"];

fn random_asset() -> impl Strategy<Value = RandomAsset> {
    let edit = prop_oneof![
        6 => Just(Edit::Nothing),
        1 => Just(Edit::Describe),
        1 => Just(Edit::Code),
        2 => Just(Edit::DropColumn),
        2 => Just(Edit::RetypeColumn),
        1 => Just(Edit::Remove),
        1 => Just(Edit::Add),
    ];
    let lineage = proptest::collection::vec((0..COLUMNS.len(), 0..8_usize, 1..COLUMNS.len()), 0..8);
    (proptest::collection::vec(any::<bool>(), 8), lineage, edit)
        .prop_map(|(upstream, lineage, edit)| RandomAsset { upstream, lineage, edit })
}

/// Both sides of a random pair.
fn sides(assets: &[RandomAsset]) -> [Vec<AssetDefinition>; 2] {
    let name = |at: usize| format!("a{at}");
    let mut sides = [Vec::new(), Vec::new()];
    for (at, random) in assets.iter().enumerate() {
        let upstream: Vec<String> = (0..at).filter(|&up| random.upstream[up]).map(name).collect();
        let plain = asset(&name(at), &upstream.iter().map(String::as_str).collect::<Vec<_>>());
        let mut old = with_columns(plain, &[("x", "int"), ("y", "int")]);
        let lineage = random.lineage.iter().filter(|(_, up, _)| *up < at && random.upstream[*up]);
        let lineage: Vec<_> =
            lineage.map(|&(own, up, column)| (COLUMNS[own], name(up), COLUMNS[column])).collect();
        if !lineage.is_empty() {
            old = made_from(
                old,
                &lineage.iter().map(|(own, up, column)| (*own, up.as_str(), *column)).collect::<Vec<_>>(),
            );
        }
        let new = match random.edit {
            Edit::Nothing | Edit::Remove | Edit::Add => old.clone(),
            Edit::Describe => described(old.clone()),
            Edit::Code => coded("2", old.clone()),
            Edit::DropColumn => with_columns(old.clone(), &[("y", "int")]),
            Edit::RetypeColumn => with_columns(old.clone(), &[("x", "text"), ("y", "int")]),
        };
        sides[0].extend((!matches!(random.edit, Edit::Add)).then_some(old));
        sides[1].extend((!matches!(random.edit, Edit::Remove)).then_some(new));
    }
    sides
}

proptest! {
    #![proptest_config(crate::properties::cases())]

    #[test]
    fn the_impact_is_that_of_rules_applied_until_nothing_moves(
        assets in proptest::collection::vec(random_asset(), 1..8),
    ) {
        let [base, head] = sides(&assets).map(snapshot);
        let (old, new) = (graph(base.assets.clone()), graph(head.assets.clone()));
        let changes = diff(&old, &new, &with_renames(Renames::Off));
        let naive = NaiveImpact::new(&changes, &base, &head);
        // With a time the change is followed from asset to asset, without one swept through the graph.
        for now in [None, Timestamp::from_unix_seconds(0).ok()] {
            let mut policy = ImpactPolicy::default();
            policy.now = now;
            let impact = impact(&changes, &old, &new, &policy);
            let found: Vec<AssetKey> = impact.assets().map(|asset| asset.key).collect();
            prop_assert_eq!(found.len(), naive.reached.len());
            for asset in impact.assets() {
                let expected = &naive.reached[&asset.key];
                prop_assert_eq!((asset.distance, asset.effect), (expected.distance, expected.effect), "{}", asset.key);
                let passes = match asset.columns {
                    AffectedColumns::None => Passes::Nothing,
                    AffectedColumns::Some(columns) => Passes::Columns(columns),
                    AffectedColumns::Unknown => Passes::Unknown,
                    AffectedColumns::All => Passes::All,
                };
                prop_assert_eq!(&passes, &expected.passes, "{}", asset.key);

                let paths = naive.paths(&asset.key);
                let explained = impact.explain(&asset.key, usize::MAX).unwrap();
                prop_assert_eq!(explained.total_paths, explained.paths.len() as u64);
                let lengths: Vec<usize> = explained.paths.iter().map(|path| path.steps.len()).collect();
                prop_assert!(lengths.is_sorted());
                let keys = |path: &assetdiff::Path| path.steps.iter().map(|step| step.key.clone()).collect::<Vec<_>>();
                let listed: BTreeSet<_> = explained.paths.iter().map(keys).collect();
                prop_assert_eq!(&listed, &paths, "{}", asset.key);

                let causes = impact.causes(&asset.key, usize::MAX);
                let roots: BTreeSet<_> = paths.iter().map(|path| path[0].clone()).collect();
                prop_assert_eq!(causes.causes.iter().map(|cause| cause.key.clone()).collect::<BTreeSet<_>>(), roots);
                for cause in &causes.causes {
                    let shortest = paths.iter().filter(|path| path[0] == cause.key).map(Vec::len).min();
                    prop_assert_eq!(Some(cause.path.len()), shortest);
                    prop_assert!(paths.contains(&cause.path));
                }
                prop_assert_eq!(impact.shortest_path(&asset.key).len() as u32, asset.distance + 1);
            }
        }
    }
}
