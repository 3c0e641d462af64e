//! A change set whose every text tries to be more than text.

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, AssetType, AutomationCondition, BackfillPolicy, ChangeSet, Check,
    CodePart, CodeReference, CodeVersion, Column, ColumnRef, CronFreshness, Dependency, DiffOptions,
    DynamicPartitions, FileReference, FreshnessPolicy, IgnoreRule, JobRef, Json, MetadataValue,
    PartitionMapping, PartitionsDefinition, Provenance, PythonArtifact, Renames, Snapshot, StaticPartitions,
    Table, TableSchema, diff,
};

/// Texts that terminals, Markdown, HTML and CI runners could take for commands.
pub(crate) const PAYLOADS: &[&str] = &[
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]8;;http://evil.example\u{7}click\u{1b}]8;;\u{7}",
    "\u{1b}]52;c;aGk=\u{7}",
    "\u{9b}31m",
    "over\rwritten",
    "bell\u{7}",
    "rtl\u{202e}txt.exe",
    "zero\u{200b}width\u{feff}",
    "pipe|pipe||",
    "back\\|slash\\\\|",
    "`code` ``more`` ```",
    "````\nfence\n````",
    "```",
    "~~~",
    "`````````````````````````````````````````````````````````````````````````````````````````",
    "[link](http://evil.example)",
    "](http://evil.example)",
    "![image](http://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</code></summary></details><b>out</b>",
    "<!-- comment",
    "-->",
    "@org/team",
    "@someone",
    "#123",
    "org/repo#1",
    "GH-1",
    "www.evil.example",
    "http://evil.example/path",
    "mailto:a@evil.example",
    "a@evil.example",
    ":smile:",
    "line\nbreak\n\n# heading\n",
    "\n::set-output name=a::b",
    "::set-output name=a::b",
    "  ::error file=a::b",
    "\u{2003}::warning::b",
    "##[error]b",
    "x ##[set-env name=PATH;]b",
    "###[error]b",
    "##vso[task.setvariable variable=a]b",
    "%0A::error::b",
    "&lt;b&gt; &amp; &#64;org",
    "*bold* _it_ **b** ~~s~~",
    "$x$ $`x`$",
    "- item",
    "1. item",
    "> quote",
    "| a | b |\n|---|---|\n| c | d |",
    "\\",
    "\\`",
    " ",
    "  padded  ",
    "",
    "\t",
    "\u{85}nel\u{2028}ls",
    "e\u{301}\u{301}\u{301}",
    "表表表表表表表表表表表表表表表表表表表表表表表表表表表表表表",
    "[^1]: note",
    "[x]: http://evil.example",
    "```diff\n+ x\n```\n</details>",
];

/// Returns a definition that holds a text in every place that takes one; `side` makes two differ.
pub(crate) fn definition(payload: &str, index: usize, side: u8) -> AssetDefinition {
    let name = payload.replace('\0', "");
    let text = format!("{payload}{side}");
    let lines = format!("{payload}\nsame\n{payload}{side}\n");
    let json = Json::object([(payload, Json::from(text.as_str())), ("both", Json::from(side as i64))]);
    let key = AssetKey::new([format!("{index:03}"), name.clone()]).unwrap();
    let upstream = AssetKey::new([format!("up{side}"), name.clone()]).unwrap();
    let shared = AssetKey::new(["shared", &name]).unwrap();
    let column = |data_type: &str| Column {
        name: name.clone(),
        data_type: Some(data_type.to_owned()),
        description: Some(text.clone()),
        tags: [(name.clone(), text.clone())].into(),
        constraints: vec![Json::from(text.as_str())],
        extra: [(format!("x.{name}"), json.clone())].into(),
        nullable: Some(side == 1),
    };
    let schema = TableSchema { columns: vec![column(&text)], constraints: vec![text.clone()] };
    let reference = ColumnRef { asset: upstream.clone(), column: text.clone() };
    let metadata = [
        MetadataValue::Text(text.clone()),
        MetadataValue::Markdown(lines.clone()),
        MetadataValue::Json(json.clone()),
        MetadataValue::Table(Table { records: vec![json.clone()], schema: schema.clone() }),
        MetadataValue::TableSchema(schema),
        MetadataValue::ColumnLineage([(name.clone(), vec![reference])].into()),
        MetadataValue::CodeReferences(vec![CodeReference::File(FileReference {
            label: Some(text.clone()),
            line: Some(1),
            path: text.clone(),
        })]),
        MetadataValue::Asset(upstream.clone()),
        MetadataValue::Job(JobRef {
            code_location: Some(text.clone()),
            name: text.clone(),
            repository: Some(text.clone()),
        }),
        MetadataValue::PythonArtifact(PythonArtifact { module: text.clone(), name: text.clone() }),
        MetadataValue::Other { type_name: format!("t{text}"), value: json.clone() },
    ];
    let metadata = metadata.into_iter().enumerate().map(|(i, value)| (format!("{i:02}{name}"), value));
    let partitions = [
        ("d".to_owned(), PartitionsDefinition::Static(StaticPartitions { keys: vec![text.clone()] })),
        (
            name.clone() + "m",
            PartitionsDefinition::Dynamic(DynamicPartitions { keys: None, name: Some(text.clone()) }),
        ),
    ];
    AssetDefinition {
        asset_type: AssetType::Other(format!("t{text}")),
        automation: Some(AutomationCondition { condition: json.clone(), label: Some(text.clone()) }),
        backfill: Some(BackfillPolicy { max_partitions_per_run: Some(side as u64) }),
        checks: vec![Check {
            additional_dependencies: [upstream.clone()].into(),
            blocking: side == 1,
            description: Some(text.clone()),
            name: name.clone(),
            extra: [(format!("x.{name}"), json.clone())].into(),
        }],
        code_location: Some(name.clone()),
        code_version: Some(CodeVersion {
            parts: [(name.clone(), CodePart { fingerprint: text.clone(), via: vec![name.clone()] })].into(),
            source: Some(lines.clone()),
            version: Some(text.clone()),
        }),
        columns: Some(vec![column(&text)]),
        dependencies: vec![
            Dependency::new(upstream),
            Dependency {
                mapping: Some(PartitionMapping::Specific(vec![text.clone()])),
                metadata: [(name.clone(), MetadataValue::Url(text.clone()))].into(),
                extra: [(format!("x.{name}"), json.clone())].into(),
                ..Dependency::new(shared)
            },
        ],
        description: Some(lines),
        execution: [(name.clone(), json.clone())].into(),
        freshness: Some(FreshnessPolicy::Cron(CronFreshness {
            deadline_cron: text.clone(),
            lower_bound_seconds: 60,
            timezone: text.clone(),
        })),
        group: Some(text.clone()),
        kinds: [text.clone()].into(),
        metadata: metadata.collect(),
        owners: [text.clone()].into(),
        partitions: Some(PartitionsDefinition::Multi(partitions.into())),
        tags: [(name.clone(), text)].into(),
        extra: [(format!("x.{name}"), json)].into(),
        key,
    }
}

/// Returns the graph of one side: every payload as an asset that changes, one that comes, one that
/// goes and one that is renamed.
pub(crate) fn graph(side: u8) -> AssetGraph {
    let mut assets = Vec::new();
    for (index, payload) in PAYLOADS.iter().enumerate() {
        assets.push(definition(payload, index, side));
        let key = |word: &str| AssetKey::new([word, payload, &index.to_string()]).unwrap();
        let plain = AssetDefinition {
            description: Some((*payload).to_owned()),
            group: Some((*payload).to_owned()),
            tags: [("unique".to_owned(), format!("{index} {payload}"))].into(),
            ..AssetDefinition::new(key(if side == 1 { "old" } else { "new" }))
        };
        assets.push(plain);
        let whole = if side == 1 { key("gone") } else { key("come") };
        assets.push(AssetDefinition {
            owners: [format!("{side} {index}")].into(),
            asset_type: AssetType::Other((*payload).to_owned()),
            kinds: [(*payload).to_owned()].into(),
            dependencies: vec![Dependency::new(key(if side == 1 { "old" } else { "new" }))],
            ..AssetDefinition::new(whole)
        });
        assets.push(AssetDefinition {
            dependencies: vec![Dependency::new(key(if side == 1 { "old" } else { "new" }))],
            ..AssetDefinition::new(key("follows"))
        });
        assets.push(AssetDefinition {
            group: Some(side.to_string()),
            ..AssetDefinition::new(AssetKey::new(["ignored", payload]).unwrap())
        });
    }
    let provenance = Provenance {
        commit: Some(PAYLOADS.concat()),
        created_at: None,
        deployment: Some(PAYLOADS[side as usize * 3].to_owned()),
        producer: Some("@org/team".to_owned()),
        producer_version: Some("`|`<img src=x>".to_owned()),
        extra: Default::default(),
    };
    AssetGraph::new(Snapshot { provenance, assets, extra: Default::default() }).unwrap()
}

/// Returns what differs between the sides, with rules of hostile names.
pub(crate) fn changes() -> ChangeSet {
    let mut options = DiffOptions::default();
    options.renames = Renames::Exact;
    for payload in PAYLOADS {
        let rule: IgnoreRule = "group in ignored/**".parse().unwrap();
        options.ignore.push(IgnoreRule { name: (*payload).to_owned(), ..rule });
    }
    let mut changes = diff(&graph(1), &graph(2), &options);
    for (suppressed, payload) in changes.suppressed.iter_mut().zip(PAYLOADS) {
        suppressed.rules = vec![(*payload).to_owned()];
    }
    changes
}
