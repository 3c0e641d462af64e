//! Graphs of several shapes and any size, always the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, CodeReference, CodeVersion, Column, Dependency, FileReference,
    GraphBuilder, Json, Limits, MetadataValue, PartitionMapping, PartitionsDefinition, Provenance, Snapshot,
    StaticPartitions, TimeWindowMapping, TimeWindowPartitions, Timestamp,
};

/// How the assets of a graph depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// Each on the one before.
    Chain,
    /// All on the first.
    Star,
    /// Ten layers as in a warehouse: each on about three of the layer before.
    Layered,
}

/// A small generator of numbers (SplitMix64), so that graphs are the same everywhere.
pub struct Random(u64);

impl Random {
    /// Returns a generator.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

const LAYERS: [&str; 10] = ["raw", "stg", "base", "int", "dim", "fct", "mart", "agg", "report", "export"];

/// Returns the key of the asset with a number.
fn key(number: usize, count: usize) -> AssetKey {
    let layer = LAYERS[number * LAYERS.len() / count.max(1)];
    // Every component is free of NUL and there are two, so the key is one.
    AssetKey::new([layer, &format!("t_{number:07}")]).unwrap_or_else(|_| unreachable!())
}

fn upstream(shape: Shape, number: usize, count: usize, random: &mut Random) -> BTreeSet<usize> {
    match shape {
        _ if number == 0 => BTreeSet::new(),
        Shape::Chain => BTreeSet::from([number - 1]),
        Shape::Star => BTreeSet::from([0]),
        Shape::Layered => {
            let layer = number * LAYERS.len() / count;
            let first = |layer: usize| (layer * count).div_ceil(LAYERS.len());
            if layer == 0 {
                return BTreeSet::new();
            }
            let (start, end) = (first(layer - 1), first(layer));
            (0..2 + random.below(3)).map(|_| start + random.below(end - start)).collect()
        }
    }
}

/// Returns a definition of about 784 bytes of compact JSON: about 3 upstream assets, 5 tags, 10
/// metadata entries, columns, a code version, and partitions for one in three.
fn definition(number: usize, key: AssetKey, upstream: Vec<AssetKey>, random: &mut Random) -> AssetDefinition {
    let is_partitioned = number.is_multiple_of(3);
    let dependencies = upstream.into_iter().enumerate().map(|(index, key)| {
        let mapping = TimeWindowMapping { start_offset: -1, ..TimeWindowMapping::default() };
        let mapping = (is_partitioned && index == 0).then_some(PartitionMapping::TimeWindow(mapping));
        Dependency { mapping, ..Dependency::new(key) }
    });
    let column = |name: &str, data_type: &str| Column {
        name: name.to_owned(),
        data_type: Some(data_type.to_owned()),
        ..Column::default()
    };
    let text = |text: &str| MetadataValue::Text(text.to_owned());
    let json = |text: &str| MetadataValue::Json(Json::parse(text).unwrap_or_else(|_| Json::null()));
    let metadata = [
        ("chan", text("#eng")),
        ("limit", MetadataValue::Int((random.below(1_000_000) as i64).into())),
        ("ratio", MetadataValue::Float((random.below(1000) as f64 / 8.0).into())),
        ("pii", MetadataValue::Bool(number.is_multiple_of(7))),
        ("docs", MetadataValue::Url(format!("https://d/{number}"))),
        ("path", MetadataValue::Path(format!("/l/t{number}"))),
        ("stats", json(&format!(r#"{{"rows":{},"v":1.5}}"#, random.below(100_000)))),
        ("note", MetadataValue::Markdown("**ok**".to_owned())),
        ("pool", MetadataValue::Pool("w".to_owned())),
        (
            "code",
            MetadataValue::CodeReferences(vec![CodeReference::File(FileReference {
                label: None,
                line: Some(random.below(900) as u64 + 1),
                path: "m.py".to_owned(),
            })]),
        ),
    ];
    let tags = [("team", number % 11), ("tier", number % 3), ("cost", number % 5), ("sla", 1), ("env", 0)];
    AssetDefinition {
        code_version: Some(CodeVersion {
            version: Some(format!("{:08x}", random.below(1 << 32))),
            ..CodeVersion::default()
        }),
        columns: Some(vec![column("id", "int"), column("at", "date")]),
        dependencies: dependencies.collect(),
        metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        partitions: is_partitioned.then(|| partitions(number)),
        tags: tags.into_iter().map(|(name, value)| (name.to_owned(), format!("v{value}"))).collect(),
        ..AssetDefinition::new(key)
    }
}

fn partitions(number: usize) -> PartitionsDefinition {
    if number.is_multiple_of(2) {
        return PartitionsDefinition::Static(StaticPartitions {
            keys: vec!["eu".to_owned(), "us".to_owned()],
        });
    }
    PartitionsDefinition::TimeWindow(TimeWindowPartitions {
        cron: "0 0 * * *".to_owned(),
        end: None,
        end_offset: 0,
        exclusions: Vec::new(),
        fmt: "%Y-%m-%d".to_owned(),
        start: Timestamp::from_unix_seconds(1_704_067_200).unwrap_or_else(|_| unreachable!()),
        timezone: "UTC".to_owned(),
    })
}

fn definitions(shape: Shape, count: usize, seed: u64) -> impl Iterator<Item = AssetDefinition> {
    let mut random = Random::new(seed);
    (0..count).map(move |number| {
        let upstream = upstream(shape, number, count, &mut random);
        let upstream = upstream.into_iter().map(|number| key(number, count)).collect();
        definition(number, key(number, count), upstream, &mut random)
    })
}

fn provenance() -> Provenance {
    Provenance { producer: Some("benches".to_owned()), ..Provenance::default() }
}

/// Returns a snapshot of so many assets.
pub fn snapshot(shape: Shape, count: usize, seed: u64) -> Snapshot {
    let assets = definitions(shape, count, seed).collect();
    Snapshot { provenance: provenance(), assets, extra: BTreeMap::new() }
}

/// More assets are made one graph after the other, as both together would not fit into memory.
const SIDE_BY_SIDE: usize = 2_000_000;

/// Hands on the graphs of a snapshot of so many assets, called base, and of the same with one percent changed, called
/// head, each in a thread of its own.
///
/// # Panics
/// When the engine refuses what is generated here.
pub fn for_base_and_head(shape: Shape, count: usize, hand_on: impl Fn(&str, AssetGraph) + Sync) {
    let make = |name: &str, percent: usize| {
        let (mut random, mut builder) = (Random::new(2), GraphBuilder::new(Limits::default()));
        for (number, mut asset) in definitions(shape, count, 1).enumerate() {
            if random.below(100) < percent {
                change(&mut asset, number, &mut random);
            }
            builder.push_read(asset).unwrap_or_else(|error| panic!("{error}"));
        }
        let graph = builder.finish(provenance(), BTreeMap::new());
        hand_on(name, graph.unwrap_or_else(|error| panic!("{error}")));
    };
    std::thread::scope(|scope| {
        let base = scope.spawn(|| make("base", 0));
        if count > SIDE_BY_SIDE {
            base.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        make("head", 1);
    });
}

/// Returns the snapshot with so many percent of its definitions changed: of a hundred changes 99 are
/// of one aspect, and one removes the asset and adds another.
pub fn changed(snapshot: &Snapshot, percent: usize, seed: u64) -> Snapshot {
    let mut random = Random::new(seed);
    let mut head = snapshot.clone();
    let count = head.assets.len();
    for number in 0..count {
        if random.below(100) < percent {
            change(&mut head.assets[number], number, &mut random);
        }
    }
    head
}

fn change(asset: &mut AssetDefinition, number: usize, random: &mut Random) {
    let name = format!("changed_{number}");
    match random.below(100) {
        0 => *asset = definition(number, asset_key(&name), Vec::new(), random),
        1..=40 => asset.code_version.get_or_insert_default().version = Some(name),
        41..=55 => drop(asset.tags.insert("team".to_owned(), name)),
        56..=70 => drop(asset.metadata.insert("note".to_owned(), MetadataValue::Markdown(name))),
        71..=80 => asset.columns.get_or_insert_default().push(Column { name, ..Column::default() }),
        81..=90 => drop(asset.dependencies.pop()),
        91..=95 => asset.owners = BTreeSet::from([name]),
        _ => asset.description = Some(name),
    }
}

fn asset_key(name: &str) -> AssetKey {
    AssetKey::new(["new", name]).unwrap_or_else(|_| unreachable!())
}

/// Returns compact JSON of a snapshot, as a machine would write it.
pub fn compact_json(snapshot: &Snapshot) -> Vec<u8> {
    let document = serde_json::json!({ "format_version": "1.0" });
    let mut text = document.to_string();
    text.pop();
    text.push_str(",\"assets\":[");
    let mut bytes = text.into_bytes();
    for (index, asset) in snapshot.assets.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        // Writing to memory has no way to fail.
        let _ = serde_json::to_writer(&mut bytes, asset);
    }
    bytes.extend_from_slice(b"]}");
    bytes
}
