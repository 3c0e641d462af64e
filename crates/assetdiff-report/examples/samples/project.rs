//! A project of any size: sources, staging, marts, and what one pull request does to a hundredth of it.

use std::collections::BTreeMap;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, CodeVersion, Column, Dependency, Json, MetadataValue,
    PartitionsDefinition, Provenance, Snapshot, TimeWindowPartitions,
};

const LAYERS: usize = 12;
const GROUPS: [&str; 8] = ["raw", "sales", "finance", "marketing", "product", "risk", "people", "ops"];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

fn key(index: usize, layer: usize) -> AssetKey {
    let prefix = match layer {
        0 => "raw",
        1 | 2 => "staging",
        _ => "marts",
    };
    AssetKey::new([prefix.to_owned(), format!("a{index:04}")]).unwrap()
}

fn layer_of(index: usize, count: usize) -> usize {
    // The first few assets of every project stand in a late layer, so that tests can name them.
    if index < 5 { LAYERS.min(5) } else { index * LAYERS / count }
}

fn daily(start: &str) -> PartitionsDefinition {
    PartitionsDefinition::TimeWindow(TimeWindowPartitions {
        cron: "0 0 * * *".to_owned(),
        end: None,
        end_offset: 0,
        exclusions: Vec::new(),
        fmt: "%Y-%m-%d".to_owned(),
        start: format!("{start}T00:00:00Z").parse().unwrap(),
        timezone: "UTC".to_owned(),
    })
}

fn sql(index: usize, upstream: &[AssetKey]) -> String {
    let from = upstream.first().map_or_else(|| "raw_table".to_owned(), |key| key.name().to_owned());
    let mut text = format!("select\n    id,\n    customer_id,\n    amount / 100.0 as amount_{index},\n");
    for line in 0..index % 9 {
        text.push_str(&format!("    coalesce(c_{line}, 0) as c_{line},\n"));
    }
    text.push_str(&format!("    created_at\nfrom {from}\nwhere created_at >= '2024-01-01'\n"));
    text
}

fn column(name: &str, data_type: &str) -> Column {
    Column { name: name.to_owned(), data_type: Some(data_type.to_owned()), ..Column::default() }
}

fn definitions(count: usize) -> Vec<AssetDefinition> {
    let mut dice = Dice(7);
    let mut by_layer: Vec<Vec<usize>> = vec![Vec::new(); LAYERS + 1];
    (0..count).for_each(|index| by_layer[layer_of(index, count)].push(index));
    let asset = |index: usize| {
        let layer = layer_of(index, count);
        let mut upstream = BTreeMap::new();
        for _ in 0..if layer == 0 { 0 } else { 1 + dice.roll(3) } {
            let back = if dice.roll(5) == 0 { 1 + dice.roll(layer) } else { 1 };
            let candidates = &by_layer[layer - back.min(layer)];
            if !candidates.is_empty() {
                // Neighbours by number: real projects hang together by topic.
                let near = index * candidates.len() / count.max(1) + dice.roll(12);
                let up = candidates[near % candidates.len()];
                let up = key(up, layer_of(up, count));
                upstream.insert(up.clone(), Dependency::new(up));
            }
        }
        let keys: Vec<AssetKey> = upstream.keys().cloned().collect();
        let group = if layer == 0 { GROUPS[0] } else { GROUPS[1 + index * 7 / count.max(1) % 7] };
        let pii = index.is_multiple_of(11).then(|| ("pii".to_owned(), String::new()));
        let tier =
            index.is_multiple_of(3).then(|| ("tier".to_owned(), ["gold", "silver"][index % 2].to_owned()));
        AssetDefinition {
            code_version: Some(CodeVersion { source: Some(sql(index, &keys)), ..CodeVersion::default() }),
            columns: Some(vec![
                column("id", "bigint"),
                column("customer_id", "bigint"),
                column("amount", "numeric(10, 2)"),
                column("created_at", "timestamp"),
            ]),
            dependencies: upstream.into_values().collect(),
            description: Some(format!("Amounts per customer, as {group} needs them (number {index}).")),
            group: Some(group.to_owned()),
            kinds: [if index.is_multiple_of(4) { "python" } else { "dbt" }.to_owned(), "duckdb".to_owned()]
                .into(),
            metadata: [
                ("rows".to_owned(), MetadataValue::Json(rows(index as i64))),
                ("relation".to_owned(), MetadataValue::Text(format!("db.{group}.a{index}"))),
            ]
            .into(),
            owners: [["team:data", "team:finance", "ann@example.org"][index % 3].to_owned()].into(),
            partitions: index.is_multiple_of(2).then(|| daily("2023-06-01")),
            tags: pii.into_iter().chain(tier).collect(),
            ..AssetDefinition::new(key(index, layer))
        }
    };
    (0..count).map(asset).collect()
}

fn rows(number: i64) -> Json {
    let inner = Json::object([("rows", Json::from(number)), ("fresh", Json::from("daily"))]);
    Json::object([("stats", inner), ("version", Json::from(1_i64))])
}

fn graph(assets: Vec<AssetDefinition>, commit: &str, deployment: &str) -> AssetGraph {
    let provenance = Provenance {
        commit: Some(commit.repeat(10)),
        created_at: Some("2024-03-15T11:58:03Z".parse().unwrap()),
        deployment: Some(deployment.to_owned()),
        producer: Some("dagster".to_owned()),
        producer_version: Some("1.13.29".to_owned()),
        extra: BTreeMap::new(),
    };
    AssetGraph::new(Snapshot { provenance, assets, extra: BTreeMap::new() }).unwrap()
}

/// Returns the project before.
pub(crate) fn base(count: usize) -> AssetGraph {
    graph(definitions(count), "3fa1", "prod")
}

/// Returns what others made of the project meanwhile, which goes together with [`head`] here and there.
pub(crate) fn theirs(count: usize) -> AssetGraph {
    let mut assets = definitions(count);
    let source = |asset: &mut AssetDefinition| {
        let source = asset.code_version.as_mut().unwrap().source.as_mut().unwrap();
        *source = source.replace("/ 100.0", "/ 10.0");
    };
    source(&mut assets[112]);
    assets[104].tags.insert("sla".to_owned(), "1h".to_owned());
    assets[67].owners = ["team:platform".to_owned()].into();
    assets[50].description = Some("Amounts per customer, in cents.".to_owned());
    assets.remove(117);
    assets.push(AssetDefinition {
        dependencies: vec![Dependency::new(key(118, LAYERS))],
        group: Some("ops".to_owned()),
        ..AssetDefinition::new(AssetKey::new(["marts", "their_asset"]).unwrap())
    });
    graph(assets, "c0de", "prod")
}

/// Returns the project after: about one asset in a hundred is another, at least eight.
pub(crate) fn head(count: usize) -> AssetGraph {
    let mut assets = definitions(count);
    let changes = (count / 100).max(8);
    let mut read: BTreeMap<AssetKey, usize> = BTreeMap::new();
    assets
        .iter()
        .flat_map(|asset| &asset.dependencies)
        .for_each(|d| *read.entry(d.key.clone()).or_default() += 1);
    // Late ones mostly: a change of a source would reach everything.
    let places: Vec<usize> = (0..changes).map(|at| count - 1 - at * (count / 2) / changes).collect();
    for (at, &place) in places.iter().enumerate().filter(|(_, place)| **place >= 5) {
        let asset = &mut assets[place];
        match at % 8 {
            0 | 1 => {
                let source = asset.code_version.as_mut().unwrap().source.as_mut().unwrap();
                *source = source
                    .replace("/ 100.0", "/ 1000.0")
                    .replace("created_at\nfrom", "created_at,\n    updated_at\nfrom");
            }
            2 => {
                let columns = asset.columns.as_mut().unwrap();
                columns[2].data_type = Some("numeric(18, 4)".to_owned());
                columns.insert(3, column("currency", "text"));
                columns.remove(1);
            }
            3 => drop(asset.tags.insert("audit".to_owned(), "2024".to_owned())),
            4 => {
                asset.description = Some("Amounts per customer and day, as finance needs them.".to_owned());
                asset.metadata.insert("rows".to_owned(), MetadataValue::Json(rows(-1)));
            }
            5 => asset.partitions = Some(daily("2023-09-01")),
            6 => {
                let first = asset.dependencies.first().map(|d| d.key.clone());
                asset.dependencies.retain(|d| Some(&d.key) != first.as_ref());
            }
            _ => asset.owners = ["team:platform".to_owned()].into(),
        }
    }
    // One is new, one is gone that nothing reads, one has another key.
    let unread = (5..assets.len())
        .rev()
        .find(|&at| !read.contains_key(&assets[at].key) && !places.contains(&at))
        .unwrap();
    let upstream = assets[unread].dependencies.clone();
    assets.remove(unread);
    let renamed = (5..assets.len())
        .rev()
        .find(|&at| !read.contains_key(&assets[at].key) && !places.contains(&at))
        .unwrap();
    assets[renamed].key = AssetKey::new(["marts", "renamed_asset"]).unwrap();
    assets.push(AssetDefinition {
        code_version: Some(CodeVersion {
            source: Some("select id\nfrom somewhere\n".to_owned()),
            ..CodeVersion::default()
        }),
        dependencies: upstream,
        description: Some("What came with this branch.".to_owned()),
        group: Some("sales".to_owned()),
        ..AssetDefinition::new(AssetKey::new(["marts", "fresh_asset"]).unwrap())
    });
    graph(assets, "b7c2", "branch/amounts-in-mills")
}
