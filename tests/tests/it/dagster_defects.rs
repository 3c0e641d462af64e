//! The defects of another differ, Dagster's `AssetGraphDiffer`: what each case has to give.
//!
//! D1 to D23 are cases that it was seen to get wrong. D24, jobs, schedules, sensors and resources, is
//! out of scope here as there: a snapshot holds assets.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetType, AutomationCondition, BackfillPolicy, ChangeKind, Check, CodeVersion, Column,
    Dependency, DiffOptions, FreshnessPolicy, MetadataValue, PartitionMapping, PartitionsChange,
    PartitionsDefinition, StaticPartitions, TableSchema, TimeWindowFreshness, TimeWindowMapping,
    TimeWindowPartitions, ValueDiff, diff,
};

use crate::build::{asset, changes, graph, json, key, located, mapped, told};

fn reading(dependencies: Vec<Dependency>) -> [AssetDefinition; 1] {
    [AssetDefinition { dependencies, ..asset("down", &[]) }]
}

fn partitioned(name: &str, partitions: PartitionsDefinition) -> AssetDefinition {
    AssetDefinition { partitions: Some(partitions), ..asset(name, &[]) }
}

fn daily() -> TimeWindowPartitions {
    TimeWindowPartitions {
        cron: "0 0 * * *".to_owned(),
        end: None,
        end_offset: 0,
        exclusions: Vec::new(),
        fmt: "%Y-%m-%d".to_owned(),
        start: "2024-01-01T00:00:00Z".parse().unwrap(),
        timezone: "UTC".to_owned(),
    }
}

fn keys(keys: &[&str]) -> PartitionsDefinition {
    PartitionsDefinition::Static(StaticPartitions { keys: keys.iter().map(|&key| key.to_owned()).collect() })
}

fn with_metadata(value: MetadataValue) -> [AssetDefinition; 1] {
    [AssetDefinition { metadata: BTreeMap::from([("m".to_owned(), value)]), ..asset("a", &[]) }]
}

/// The upstream keys whose mapping changed.
fn remapped(changes: &assetdiff::ChangeSet) -> Vec<String> {
    let dependencies = changes.modified[0].modification.dependencies.as_ref().unwrap();
    dependencies.changed.iter().map(|change| change.new.key.to_string()).collect()
}

#[test]
fn d1_every_changed_mapping_is_told_and_always_the_same() {
    let all = |mapping: fn() -> PartitionMapping| {
        reading(["u1", "u2", "u3", "u4"].iter().map(|name| mapped(name, mapping())).collect())
    };
    for _ in 0..5 {
        let changes = changes(all(|| PartitionMapping::Identity), all(|| PartitionMapping::Last));
        assert_eq!(remapped(&changes), ["u1", "u2", "u3", "u4"]);
    }
}

#[test]
fn d2_a_removed_dependency_does_not_hide_changed_mappings() {
    let before = ["u1", "u2", "u3", "u4"].map(|name| mapped(name, PartitionMapping::Identity));
    let after = ["u1", "u2", "u4"].map(|name| mapped(name, PartitionMapping::All));
    let changes = changes(reading(before.to_vec()), reading(after.to_vec()));
    assert_eq!(remapped(&changes), ["u1", "u2", "u4"]);
    let dependencies = changes.modified[0].modification.dependencies.as_ref().unwrap();
    assert_eq!(dependencies.removed, [mapped("u3", PartitionMapping::Identity)]);
    assert_eq!(told(&changes), ["down: dependencies, partition_mapping"]);
}

#[test]
fn d3_mappings_without_parameters_differ_by_their_type() {
    use PartitionMapping::{All, Identity, Last};
    for (old, new) in [(Identity, Last), (Identity, All), (All, Last)] {
        let changes = changes(reading(vec![mapped("u", old)]), reading(vec![mapped("u", new)]));
        assert_eq!(told(&changes), ["down: partition_mapping"]);
    }
}

#[test]
fn d4_an_explicit_default_mapping_is_told_as_a_mapping_and_not_as_another_dependency() {
    // A snapshot states what is defined: that the explicit mapping is the one that would be inferred
    // is the orchestrator's to know. The change is told as what it is, with both values, and a rule
    // can leave it out.
    let explicit = mapped("u", PartitionMapping::TimeWindow(TimeWindowMapping::default()));
    let (base, head) = (graph(reading(vec![Dependency::new(key("u"))])), graph(reading(vec![explicit])));
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["down: partition_mapping"]);
    let dependencies = changes.modified[0].modification.dependencies.as_ref().unwrap();
    let ValueDiff { old, new } = &dependencies.changed[0];
    assert_eq!((&old.mapping, new.mapping.as_ref().unwrap().type_name()), (&None, "time_window"));

    let mut options = DiffOptions::default();
    options.ignore = vec!["dependencies.u".parse().unwrap()];
    assert!(diff(&base, &head, &options).is_empty());
}

#[test]
fn d5_one_key_and_a_list_of_one_key_are_the_same_static_mapping() {
    // There is one way to write a static mapping, so the two cannot be told apart.
    let mapping = |keys: &str| {
        let json = format!(
            r#"{{"format_version": "1.0", "assets": [{{"key": ["down"], "dependencies": [{{"key": ["u"],
                "mapping": {{"type": "static", "value": {{"a": {keys}}}}}}}]}}]}}"#
        );
        crate::build::load(&json)
    };
    assert_eq!(
        mapping(r#""a""#).unwrap_err().to_string(),
        "line 2, column 66: invalid type: string \"a\", expected a sequence"
    );
    let (one, other) = (mapping(r#"["a"]"#).unwrap(), mapping(r#"[ "\u0061" ]"#).unwrap());
    assert!(diff(&one, &other, &DiffOptions::default()).is_empty());
}

#[test]
fn d6_a_change_of_partitions_says_what_changed() {
    let told = |old: PartitionsDefinition, new: PartitionsDefinition| {
        let changes = changes([partitioned("a", old)], [partitioned("a", new)]);
        changes.modified[0].modification.partitions_changes()
    };
    let window = PartitionsDefinition::TimeWindow;
    let hourly = TimeWindowPartitions { cron: "0 * * * *".to_owned(), ..daily() };
    let cron = ValueDiff { old: "0 0 * * *".to_owned(), new: "0 * * * *".to_owned() };
    assert_eq!(told(window(daily()), window(hourly)), [PartitionsChange::Cron(cron)]);

    let start = "2025-01-01T00:00:00Z".parse().unwrap();
    let later = TimeWindowPartitions { start, ..daily() };
    let moved = ValueDiff { old: daily().start, new: start };
    assert_eq!(told(window(daily()), window(later)), [PartitionsChange::Start(moved)]);

    let added = PartitionsChange::KeysAdded(vec!["us".to_owned()]);
    assert_eq!(told(keys(&["eu"]), keys(&["eu", "us"])), std::slice::from_ref(&added));

    let multi = |region: PartitionsDefinition| {
        let dimensions = [("day".to_owned(), window(daily())), ("region".to_owned(), region)];
        PartitionsDefinition::Multi(BTreeMap::from(dimensions))
    };
    let dimension = PartitionsChange::Dimension { name: "region".to_owned(), changes: vec![added] };
    assert_eq!(told(multi(keys(&["eu"])), multi(keys(&["eu", "us"]))), [dimension]);
}

#[test]
fn d6d_another_spelling_of_a_schedule_is_told_as_the_cron_text() {
    // Schedules are compared as the tool spells them; a rule can even out what means the same.
    let daily = |cron: &str| {
        let windows = TimeWindowPartitions { cron: cron.to_owned(), ..daily() };
        graph([partitioned("a", PartitionsDefinition::TimeWindow(windows))])
    };
    let (base, head) = (daily("0 0 * * *"), daily("@daily"));
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["a: partitions"]);
    let mut options = DiffOptions::default();
    let scope = assetdiff::RuleScope { aspect: Some(assetdiff::Aspect::Partitions), ..Default::default() };
    let rule = assetdiff::NormalizeRule::new("daily", scope, "^@daily$", "0 0 * * *").unwrap();
    options.normalize = vec![rule];
    let changes = diff(&base, &head, &options);
    assert!(changes.is_empty());
    assert_eq!(changes.suppressed.len(), 1);
}

#[test]
fn d7_those_who_read_a_repartitioned_asset_are_found_through_the_graph() {
    // The dependent's definition is the same; that its inferred mapping is another one follows from
    // the graph, which has it downstream of a change that reaches all.
    let base = graph([
        partitioned("up", PartitionsDefinition::TimeWindow(daily())),
        AssetDefinition { partitions: Some(keys(&["eu"])), ..asset("down", &["up"]) },
    ]);
    let head = graph([
        partitioned("up", keys(&["eu"])),
        AssetDefinition { partitions: Some(keys(&["eu"])), ..asset("down", &["up"]) },
    ]);
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["up: partitions"]);
    let effects = changes.changes()[0].effects(&changes.effect_overrides);
    assert_eq!(effects.downstream, assetdiff::DownstreamEffect::All);
    assert_eq!(head.downstream(&key("up")), [key("down")]);
    assert_ne!(base.deep_fingerprint(&key("down")), head.deep_fingerprint(&key("down")));
}

#[test]
fn d8_every_aspect_is_compared() {
    let text = |text: &str| Some(text.to_owned());
    let setting = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), json(value))]);
    let plain = || asset("a", &[]);
    let cases: [(&str, AssetDefinition); 13] = [
        ("owners", AssetDefinition { owners: BTreeSet::from(["team".to_owned()]), ..plain() }),
        ("group", AssetDefinition { group: text("g"), ..plain() }),
        ("description", AssetDefinition { description: text("d"), ..plain() }),
        (
            "automation",
            AssetDefinition {
                automation: Some(AutomationCondition { condition: json("{}"), label: text("eager") }),
                ..plain()
            },
        ),
        (
            "backfill",
            AssetDefinition { backfill: Some(BackfillPolicy { max_partitions_per_run: Some(3) }), ..plain() },
        ),
        (
            "freshness",
            AssetDefinition {
                freshness: Some(FreshnessPolicy::TimeWindow(TimeWindowFreshness {
                    fail_after_seconds: 60,
                    warn_after_seconds: None,
                })),
                ..plain()
            },
        ),
        ("scheduling", AssetDefinition { execution: setting("pools", r#"["p"]"#), ..plain() }),
        ("scheduling", AssetDefinition { execution: setting("retry_policy", "{}"), ..plain() }),
        ("scheduling", AssetDefinition { execution: setting("op_tags", "{}"), ..plain() }),
        ("execution", AssetDefinition { execution: setting("config_schema", "{}"), ..plain() }),
        ("execution", AssetDefinition { execution: setting("io_manager_key", r#""s3""#), ..plain() }),
        ("scheduling", AssetDefinition { execution: setting("compute_kind", r#""dbt""#), ..plain() }),
        ("kinds", AssetDefinition { kinds: BTreeSet::from(["dbt".to_owned()]), ..plain() }),
    ];
    for (kind, head) in cases {
        assert_eq!(told(&changes([plain()], [head])), [format!("a: {kind}")]);
    }
}

#[test]
fn d9_an_added_check_is_a_change() {
    let check = Check { name: "not_null".to_owned(), blocking: true, ..Check::default() };
    let head = AssetDefinition { checks: vec![check.clone()], ..asset("a", &[]) };
    let changes = changes([asset("a", &[])], [head]);
    assert_eq!(told(&changes), ["a: checks"]);
    let checks = changes.modified[0].modification.checks.as_ref().unwrap();
    assert_eq!(checks.added, BTreeMap::from([("not_null".to_owned(), check)]));
}

#[test]
fn d10_another_type_of_asset_is_a_change() {
    let of = |asset_type: AssetType| [AssetDefinition { asset_type, ..asset("a", &[]) }];
    let types = [AssetType::Materializable, AssetType::External, AssetType::Observable];
    for pair in types.windows(2) {
        let changes = changes(of(pair[0].clone()), of(pair[1].clone()));
        assert_eq!(told(&changes), ["a: asset_type"]);
    }
}

#[test]
fn d11_what_was_only_depended_on_is_added_and_what_still_is_depended_on_is_removed() {
    let (stub, defined) = (graph([asset("b", &["a"])]), graph([asset("a", &[]), asset("b", &["a"])]));
    let added = diff(&stub, &defined, &DiffOptions::default());
    assert_eq!(told(&added), ["a: added"]);
    assert!(added.undefined_upstreams.is_empty());

    let removed = diff(&defined, &stub, &DiffOptions::default());
    assert_eq!(told(&removed), ["a: removed"]);
    let [undefined] = &removed.undefined_upstreams[..] else { panic!("{removed:?}") };
    assert_eq!((&undefined.key, &undefined.downstream[..]), (&key("a"), &[key("b")][..]));
    assert!(undefined.was_defined && !undefined.is_new);
}

#[test]
fn d12_an_asset_in_another_code_location_has_moved() {
    let changes = changes([located("a", "prod")], [located("a", "lake")]);
    assert_eq!(told(&changes), ["a: code_location"]);
    let [moved] = &changes.moved[..] else { panic!("{changes:?}") };
    assert_eq!(moved.old.code_location.as_deref(), Some("prod"));
    assert_eq!(moved.new.code_location.as_deref(), Some("lake"));
}

#[test]
fn d13_a_key_in_neither_graph_has_no_change() {
    let changes = changes([asset("a", &[])], [asset("b", &["a2"])]);
    assert!(changes.changes_of(&key("nowhere")).is_empty());
    assert!(changes.changes_of(&key("a2")).is_empty());
}

#[test]
fn d14_a_rename_is_one_change_and_its_dependents_only_follow() {
    let orders =
        |name: &str| AssetDefinition { description: Some("all orders".to_owned()), ..asset(name, &[]) };
    let changes = changes(
        [orders("orders"), asset("report", &["orders"])],
        [orders("fct_orders"), asset("report", &["fct_orders"])],
    );
    assert_eq!(told(&changes), ["fct_orders: renamed", "report: upstream_renamed"]);
    assert_eq!(changes.renamed[0].similarity, 100);
    assert_eq!((changes.summary().modified, changes.summary().following_renames), (0, 1));
    for name in ["orders", "fct_orders"] {
        assert_eq!(changes.changes_of(&key(name)).len(), 1);
    }
}

#[test]
fn d15_a_change_of_code_reaches_those_downstream() {
    let shop = |version: &str| {
        let code = CodeVersion { version: Some(version.to_owned()), ..CodeVersion::default() };
        let root = AssetDefinition { code_version: Some(code), ..asset("root", &[]) };
        graph([root, asset("mid", &["root"]), asset("leaf", &["mid"]), asset("other", &[])])
    };
    let (base, head) = (shop("1"), shop("2"));
    let changes = diff(&base, &head, &DiffOptions::default());
    assert_eq!(told(&changes), ["root: code_version"]);
    let effects = changes.changes()[0].effects(&changes.effect_overrides);
    assert_eq!(effects, assetdiff::Effects::REBUILD_ALL);
    let reached = |name: &str| base.deep_fingerprint(&key(name)) != head.deep_fingerprint(&key(name));
    assert_eq!(["mid", "leaf", "other"].map(reached), [true, true, false]);
}

#[test]
fn d16_noise_of_the_environment_is_left_out_by_rules_and_counted() {
    let of = |environment: &str| {
        let entry = |name: &str| (name.to_owned(), MetadataValue::Text(format!("{environment}/{name}")));
        let metadata = ["dagster/table_name", "dagster/code_references", "real"].map(entry);
        graph([AssetDefinition { metadata: metadata.into(), ..asset("a", &[]) }])
    };
    let mut options = DiffOptions::default();
    options.ignore = vec!["metadata.dagster/*".parse().unwrap()];
    let changes = diff(&of("dev"), &of("prod"), &options);
    let metadata = changes.modified[0].modification.metadata.as_ref().unwrap();
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["real"]);
    let entries: Vec<_> = changes.suppressed.iter().map(|s| s.entry.as_deref().unwrap()).collect();
    assert_eq!(entries, ["dagster/code_references", "dagster/table_name"]);
}

#[test]
fn d17_metadata_of_another_type_is_another_value() {
    use MetadataValue::{Bool, Float, Int, Json, Markdown, Notebook, Path, Text, Timestamp, Url};
    let text = || "x".to_owned();
    let pairs = [
        (Text(text()), Url(text())),
        (Url(text()), Path(text())),
        (Path(text()), Markdown(text())),
        (Markdown(text()), Notebook(text())),
        (Int(1.into()), Float(1.0.into())),
        (Bool(true), Int(1.into())),
        (Timestamp("1970-01-01T00:00:01Z".parse().unwrap()), Float(1.0.into())),
        (Json(json("1")), Json(json("1.0"))),
    ];
    for (old, new) in pairs {
        let changes = changes(with_metadata(old.clone()), with_metadata(new.clone()));
        let metadata = changes.modified[0].modification.metadata.as_ref().unwrap();
        assert_eq!(metadata.changed["m"], ValueDiff { old, new });
    }
}

#[test]
fn d18_a_change_of_a_column_names_the_column() {
    let of = |data_type: &str| {
        let column = |name: &str, data_type: &str| Column {
            name: name.to_owned(),
            data_type: Some(data_type.to_owned()),
            ..Column::default()
        };
        vec![column("id", "bigint"), column("total", data_type)]
    };
    let with = |columns| [AssetDefinition { columns: Some(columns), ..asset("a", &[]) }];
    let columns = changes(with(of("int")), with(of("text")));
    assert_eq!(told(&columns), ["a: column_types"]);
    assert_eq!(columns.modified[0].modification.column_changes().unwrap().types, ["total"]);

    // As a schema in metadata both values are told whole.
    let schema = |data_type| {
        with_metadata(MetadataValue::TableSchema(TableSchema { columns: of(data_type), constraints: vec![] }))
    };
    let metadata = changes(schema("int"), schema("text"));
    assert!(metadata.to_json().contains(r#""data_type": "text""#), "{}", metadata.to_json());
}

#[test]
fn d19_objects_of_unknown_type_keep_their_value() {
    let custom = |value: &str| {
        with_metadata(MetadataValue::Other { type_name: "custom.Foo".to_owned(), value: json(value) })
    };
    assert_eq!(told(&changes(custom(r#"{"a": 1}"#), custom(r#"{"a": 2}"#))), ["a: metadata"]);
    assert!(changes(custom(r#"{"a": 1, "b": 2}"#), custom(r#"{"b": 2, "a": 1}"#)).is_empty());
}

#[test]
fn d20_a_mapping_of_unknown_type_is_compared() {
    let custom = PartitionMapping::Other { type_name: "my.Mapping".to_owned(), value: json("{}") };
    let changes = changes(reading(vec![Dependency::new(key("u"))]), reading(vec![mapped("u", custom)]));
    assert_eq!(told(&changes), ["down: partition_mapping"]);
}

#[test]
fn d21_tags_and_metadata_tell_both_values() {
    let tagged = |value: &str| {
        [AssetDefinition { tags: BTreeMap::from([("tier".to_owned(), value.to_owned())]), ..asset("a", &[]) }]
    };
    let changes = changes(tagged("silver"), tagged("gold"));
    let tags = changes.modified[0].modification.tags.as_ref().unwrap();
    let both = ValueDiff { old: "silver".to_owned(), new: "gold".to_owned() };
    assert_eq!(tags.changed["tier"], both);
}

#[test]
fn d22_kinds_come_in_one_order() {
    let head = AssetDefinition {
        group: Some("g".to_owned()),
        tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        owners: BTreeSet::from(["o".to_owned()]),
        description: Some("d".to_owned()),
        ..asset("a", &["u"])
    };
    for _ in 0..5 {
        let changes = changes([asset("a", &[])], [head.clone()]);
        assert_eq!(told(&changes), ["a: dependencies, description, group, owners, tags"]);
    }
    assert!(ChangeKind::ALL.is_sorted());
}

#[test]
fn d23_an_asset_in_two_code_locations_is_compared_in_both() {
    let lake = |upstream: &[&str]| AssetDefinition {
        dependencies: upstream.iter().map(|name| Dependency::new(key(name))).collect(),
        ..located("a", "lake")
    };
    let changes = changes([located("a", "prod"), lake(&[])], [located("a", "prod"), lake(&["extra"])]);
    assert_eq!(told(&changes), ["a: dependencies"]);
    assert_eq!(changes.modified[0].code_location.as_deref(), Some("lake"));
}
