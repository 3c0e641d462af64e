//! Makes keys, values, definitions and snapshots out of bytes.
//!
//! Property tests feed it random bytes and fuzz targets what the fuzzer comes up with, so both look
//! at the same graphs. When the bytes run out, everything that follows is the first of its choices.
#![allow(clippy::redundant_closure, reason = "the function alone is not general enough in its lifetimes")]

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use arbitrary::{Arbitrary, Result, Unstructured};
use assetdiff::{
    AssetDefinition, AssetKey, AssetType, AutomationCondition, BackfillPolicy, Check, CodePart,
    CodeReference, CodeVersion, Column, ColumnRef, CronFreshness, Dependency, DimensionMapping,
    DynamicPartitions, FileReference, Float, FreshnessPolicy, Integer, JobRef, Json, MetadataValue,
    MultiToSingleMapping, PartitionExclusion, PartitionMapping, PartitionsDefinition, Provenance,
    PythonArtifact, Snapshot, StaticPartitions, Table, TableSchema, TimeWindowFreshness, TimeWindowMapping,
    TimeWindowPartitions, Timestamp, UrlReference,
};

/// Names that are taken most of the time, so that two graphs have some in common.
const PLAIN: [&str; 12] =
    ["orders", "raw", "a", "b", "c", "sales", "eu", "team", "x1", "x2", "stg_orders", "daily"];

/// Texts that something has stumbled over.
const HOSTILE: [&str; 28] = [
    "",
    " ",
    "a/b",
    "a\\b",
    "\\e",
    "\\u{41}",
    "é",
    "e\u{301}",
    "\u{202e}evil",
    "\u{1b}[31mred",
    "line\nbreak",
    "\r",
    "\t",
    "\"quoted\"",
    "'",
    "`|](http://x)",
    "<img src=x>",
    "@org/team #1",
    "::error::",
    "=cmd()",
    "null",
    "key",
    "\u{7f}",
    "\u{200b}",
    "\u{feff}",
    "\u{2028}",
    "\u{10ffff}",
    "{\"a\":1}",
];

const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1.00",
    "-0.0",
    "1e2",
    "100",
    "0.1",
    "0.10000000000000001",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e400",
    "-2.5E-400",
];

/// Returns a text without NUL: mostly a plain name, often a hostile one, sometimes any.
pub fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=9_u8)? {
        0..=5 => (*u.choose(&PLAIN)?).to_owned(),
        6..=8 => (*u.choose(&HOSTILE)?).to_owned(),
        _ => some(u, 4, |u| char::arbitrary(u))?.into_iter().filter(|&c| c != '\0').collect(),
    })
}

/// Returns a list of at most `most` things.
fn some<T>(
    u: &mut Unstructured<'_>,
    most: usize,
    mut item: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = u.int_in_range(0..=most)?;
    (0..count).map(|_| item(u)).collect()
}

fn maybe<T>(
    u: &mut Unstructured<'_>,
    item: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if bool::arbitrary(u)? { item(u).map(Some) } else { Ok(None) }
}

fn named<T>(
    u: &mut Unstructured<'_>,
    most: usize,
    mut item: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<BTreeMap<String, T>> {
    Ok(some(u, most, |u| Ok((text(u)?, item(u)?)))?.into_iter().collect())
}

/// Returns an asset key.
pub fn key(u: &mut Unstructured<'_>) -> Result<AssetKey> {
    let mut components = some(u, 2, text)?;
    components.push(text(u)?);
    AssetKey::new(components).map_err(|_| arbitrary::Error::IncorrectFormat)
}

/// Returns JSON nested at most `depth` deep.
pub fn json(u: &mut Unstructured<'_>, depth: usize) -> Result<Json> {
    Ok(match u.int_in_range(0..=if depth == 0 { 3 } else { 5_u8 })? {
        0 => Json::null(),
        1 => bool::arbitrary(u)?.into(),
        2 => parsed(u.choose(&NUMBERS)?)?,
        3 => text(u)?.as_str().into(),
        4 => Json::array(some(u, 3, |u| json(u, depth - 1))?),
        _ => Json::object(named(u, 3, |u| json(u, depth - 1))?),
    })
}

fn parsed(text: &str) -> Result<Json> {
    Json::parse(text).map_err(|_| arbitrary::Error::IncorrectFormat)
}

fn integer(u: &mut Unstructured<'_>) -> Result<Integer> {
    let whole: Vec<&str> = NUMBERS.iter().copied().filter(|n| !n.contains(['.', 'e', 'E'])).collect();
    if bool::arbitrary(u)? {
        return Ok(i64::arbitrary(u)?.into());
    }
    Integer::from_str(u.choose(&whole)?).map_err(|_| arbitrary::Error::IncorrectFormat)
}

fn float(u: &mut Unstructured<'_>) -> Result<Float> {
    if bool::arbitrary(u)? {
        return Ok(f64::arbitrary(u)?.into());
    }
    let special = ["NaN", "Infinity", "-Infinity"];
    let text = if bool::arbitrary(u)? { u.choose(&NUMBERS)? } else { u.choose(&special)? };
    Float::from_str(text).map_err(|_| arbitrary::Error::IncorrectFormat)
}

fn timestamp(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    let nanoseconds = u.int_in_range(-2_000_000_000..=4_000_000_000_i64)?;
    let scale = *u.choose(&[1_i128, 1_000_000_000, 86_400_000_000])?;
    Timestamp::from_unix_nanoseconds(i128::from(nanoseconds) * scale)
        .map_err(|_| arbitrary::Error::IncorrectFormat)
}

/// The name of a type that the format does not know.
fn unknown_type(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(format!("custom.{}", text(u)?))
}

/// How many kinds of metadata value [`metadata_value`] chooses from.
pub const METADATA_TYPES: u8 = 21;

/// Returns a metadata value of any type.
pub fn metadata_value(u: &mut Unstructured<'_>) -> Result<MetadataValue> {
    Ok(match u.int_in_range(0..=METADATA_TYPES - 1)? {
        0 => MetadataValue::Text(text(u)?),
        1 => MetadataValue::Url(text(u)?),
        2 => MetadataValue::Path(text(u)?),
        3 => MetadataValue::Notebook(text(u)?),
        4 => MetadataValue::Markdown(text(u)?),
        5 => MetadataValue::Json(json(u, 3)?),
        6 => MetadataValue::Int(integer(u)?),
        7 => MetadataValue::Float(float(u)?),
        8 => MetadataValue::Bool(bool::arbitrary(u)?),
        9 => MetadataValue::Timestamp(timestamp(u)?),
        10 => MetadataValue::Null,
        11 => MetadataValue::Table(Table { records: some(u, 2, |u| json(u, 2))?, schema: table_schema(u)? }),
        12 => MetadataValue::TableSchema(table_schema(u)?),
        13 => MetadataValue::ColumnLineage(named(u, 2, |u| {
            some(u, 2, |u| Ok(ColumnRef { asset: key(u)?, column: text(u)? }))
        })?),
        14 => MetadataValue::CodeReferences(some(u, 2, code_reference)?),
        15 => MetadataValue::Asset(key(u)?),
        16 => MetadataValue::Run(text(u)?),
        17 => MetadataValue::Job(JobRef {
            code_location: maybe(u, text)?,
            name: text(u)?,
            repository: maybe(u, text)?,
        }),
        18 => MetadataValue::Pool(text(u)?),
        19 => MetadataValue::PythonArtifact(PythonArtifact { module: text(u)?, name: text(u)? }),
        _ => MetadataValue::Other { type_name: unknown_type(u)?, value: json(u, 2)? },
    })
}

fn code_reference(u: &mut Unstructured<'_>) -> Result<CodeReference> {
    Ok(if bool::arbitrary(u)? {
        CodeReference::File(FileReference {
            label: maybe(u, text)?,
            line: maybe(u, |u| u64::arbitrary(u))?,
            path: text(u)?,
        })
    } else {
        CodeReference::Url(UrlReference { label: maybe(u, text)?, url: text(u)? })
    })
}

fn table_schema(u: &mut Unstructured<'_>) -> Result<TableSchema> {
    Ok(TableSchema { columns: some(u, 2, column)?, constraints: some(u, 2, text)? })
}

/// Returns a column.
pub fn column(u: &mut Unstructured<'_>) -> Result<Column> {
    Ok(Column {
        constraints: some(u, 2, |u| json(u, 1))?,
        data_type: maybe(u, text)?,
        description: maybe(u, text)?,
        name: text(u)?,
        nullable: maybe(u, |u| bool::arbitrary(u))?,
        tags: named(u, 2, text)?,
        extra: extra(u)?,
    })
}

/// Members that the format does not know: with a dot, or of a later version.
fn extra(u: &mut Unstructured<'_>) -> Result<BTreeMap<String, Json>> {
    let names = ["dbt.access", "zz_later", "a.b", "columnz", "keyz.\"", "\u{10ffff}."];
    Ok(some(u, 2, |u| Ok(((*u.choose(&names)?).to_owned(), json(u, 2)?)))?.into_iter().collect())
}

/// Returns a partitions definition of any type, with dimensions at most `depth` deep.
pub fn partitions(u: &mut Unstructured<'_>, depth: usize) -> Result<PartitionsDefinition> {
    Ok(match u.int_in_range(0..=if depth == 0 { 3 } else { 4_u8 })? {
        0 => PartitionsDefinition::TimeWindow(TimeWindowPartitions {
            cron: (*u.choose(&["0 0 * * *", "@daily", "0 * * * *", ""])?).to_owned(),
            end: maybe(u, timestamp)?,
            end_offset: i64::from(i8::arbitrary(u)?),
            exclusions: some(u, 2, |u| {
                Ok(if bool::arbitrary(u)? {
                    PartitionExclusion::Cron(text(u)?)
                } else {
                    PartitionExclusion::Time(timestamp(u)?)
                })
            })?,
            fmt: "%Y-%m-%d".to_owned(),
            start: timestamp(u)?,
            timezone: (*u.choose(&["UTC", "Europe/Berlin"])?).to_owned(),
        }),
        1 => PartitionsDefinition::Static(StaticPartitions { keys: some(u, 3, text)? }),
        2 => PartitionsDefinition::Dynamic(DynamicPartitions {
            keys: maybe(u, |u| some(u, 3, text))?,
            name: maybe(u, text)?,
        }),
        3 => PartitionsDefinition::Other { type_name: unknown_type(u)?, value: json(u, 2)? },
        _ => PartitionsDefinition::Multi(named(u, 2, |u| partitions(u, depth - 1))?),
    })
}

/// Returns a partition mapping of any type, nested at most `depth` deep.
pub fn mapping(u: &mut Unstructured<'_>, depth: usize) -> Result<PartitionMapping> {
    Ok(match u.int_in_range(0..=if depth == 0 { 7 } else { 8_u8 })? {
        0 => PartitionMapping::Identity,
        1 => PartitionMapping::All,
        2 => PartitionMapping::Last,
        3 => PartitionMapping::Specific(some(u, 2, text)?),
        4 => PartitionMapping::Static(named(u, 2, |u| some(u, 2, text))?),
        5 => PartitionMapping::TimeWindow(TimeWindowMapping {
            allow_nonexistent_upstream_partitions: bool::arbitrary(u)?,
            end_offset: i64::from(i8::arbitrary(u)?),
            start_offset: i64::from(i8::arbitrary(u)?),
        }),
        6 => PartitionMapping::MultiToSingle(MultiToSingleMapping { dimension: maybe(u, text)? }),
        7 => PartitionMapping::Other { type_name: unknown_type(u)?, value: json(u, 2)? },
        _ => PartitionMapping::Multi(named(u, 2, |u| {
            Ok(DimensionMapping { dimension: text(u)?, mapping: mapping(u, depth - 1)? })
        })?),
    })
}

fn dependency(u: &mut Unstructured<'_>, key: AssetKey) -> Result<Dependency> {
    // Most dependencies state nothing but the key, here as elsewhere.
    if u.ratio(1, 2)? {
        return Ok(Dependency::new(key));
    }
    Ok(Dependency {
        key,
        mapping: maybe(u, |u| mapping(u, 1))?,
        metadata: named(u, 2, metadata_value)?,
        extra: extra(u)?,
    })
}

/// How many aspects [`restate`] chooses from: all but the key and the code location.
pub const ASPECTS: u8 = 17;

/// The number of the dependencies among the choices of [`restate`].
const DEPENDENCIES: u8 = 6;

/// Gives one aspect of a definition another value, chosen among all; dependencies are on `upstream`.
pub fn restate(
    u: &mut Unstructured<'_>,
    aspect: u8,
    definition: &mut AssetDefinition,
    upstream: &[AssetKey],
) -> Result<()> {
    let AssetDefinition {
        asset_type,
        automation,
        backfill,
        checks,
        code_location: _,
        code_version,
        columns,
        dependencies,
        description,
        execution,
        freshness,
        group,
        key: _,
        kinds,
        metadata,
        owners,
        partitions: partitions_definition,
        tags,
        extra: extra_aspects,
    } = definition;
    match aspect {
        0 => {
            *asset_type = match u.int_in_range(0..=4_u8)? {
                0 => AssetType::Materializable,
                1 => AssetType::Observable,
                2 => AssetType::External,
                3 => AssetType::CheckOnly,
                _ => AssetType::Other(unknown_type(u)?),
            };
        }
        1 => {
            *automation =
                maybe(u, |u| Ok(AutomationCondition { condition: json(u, 2)?, label: maybe(u, text)? }))?;
        }
        2 => {
            let policy = |u: &mut Unstructured<'_>| {
                Ok(BackfillPolicy { max_partitions_per_run: maybe(u, |u| u64::arbitrary(u))? })
            };
            *backfill = maybe(u, policy)?;
        }
        3 => *checks = some(u, 3, check)?,
        4 => {
            let part =
                |u: &mut Unstructured<'_>| Ok(CodePart { fingerprint: text(u)?, via: some(u, 2, text)? });
            let version = |u: &mut Unstructured<'_>| {
                let source = |u: &mut Unstructured<'_>| Ok(some(u, 4, text)?.join("\n"));
                Ok(CodeVersion {
                    parts: named(u, 2, part)?,
                    source: maybe(u, source)?,
                    version: maybe(u, text)?,
                })
            };
            *code_version = maybe(u, version)?;
        }
        5 => *columns = maybe(u, |u| some(u, 4, column))?,
        DEPENDENCIES => {
            let choices: Vec<AssetKey> = some(u, 3, |u| match upstream {
                [] => key(u),
                upstream => Ok(u.choose(upstream)?.clone()),
            })?;
            *dependencies = choices.into_iter().map(|key| dependency(u, key)).collect::<Result<_>>()?;
        }
        7 => *description = maybe(u, text)?,
        8 => {
            let setting = |u: &mut Unstructured<'_>| match u.choose(&[
                "pools",
                "io_manager_key",
                "retry_policy",
                "",
            ])? {
                &"" => text(u),
                name => Ok((*name).to_owned()),
            };
            *execution = some(u, 2, |u| Ok((setting(u)?, json(u, 2)?)))?.into_iter().collect();
        }
        9 => *freshness = maybe(u, freshness_policy)?,
        10 => *group = maybe(u, text)?,
        11 => *kinds = some(u, 2, text)?.into_iter().collect(),
        12 => *metadata = named(u, 3, metadata_value)?,
        13 => *owners = some(u, 2, text)?.into_iter().collect(),
        14 => *partitions_definition = maybe(u, |u| partitions(u, 2))?,
        15 => *tags = named(u, 3, text)?,
        _ => *extra_aspects = extra(u)?,
    }
    Ok(())
}

fn check(u: &mut Unstructured<'_>) -> Result<Check> {
    Ok(Check {
        additional_dependencies: some(u, 2, key)?.into_iter().collect(),
        blocking: bool::arbitrary(u)?,
        description: maybe(u, text)?,
        name: text(u)?,
        extra: extra(u)?,
    })
}

fn freshness_policy(u: &mut Unstructured<'_>) -> Result<FreshnessPolicy> {
    Ok(match u.int_in_range(0..=2_u8)? {
        0 => FreshnessPolicy::TimeWindow(TimeWindowFreshness {
            fail_after_seconds: u64::arbitrary(u)?,
            warn_after_seconds: maybe(u, |u| u64::arbitrary(u))?,
        }),
        1 => FreshnessPolicy::Cron(CronFreshness {
            deadline_cron: text(u)?,
            lower_bound_seconds: u64::arbitrary(u)?,
            timezone: text(u)?,
        }),
        _ => FreshnessPolicy::Other { type_name: unknown_type(u)?, value: json(u, 2)? },
    })
}

/// Returns a definition in which a few aspects, or all, are stated.
pub fn definition(
    u: &mut Unstructured<'_>,
    key: AssetKey,
    code_location: Option<String>,
    upstream: &[AssetKey],
) -> Result<AssetDefinition> {
    let mut definition = AssetDefinition { code_location, ..AssetDefinition::new(key) };
    let all = u.ratio(1, 8)?;
    let mut aspects: BTreeSet<u8> = some(u, 4, |u| u.int_in_range(0..=ASPECTS - 1))?.into_iter().collect();
    aspects.insert(DEPENDENCIES);
    if all {
        aspects.extend(0..ASPECTS);
    }
    for aspect in aspects {
        restate(u, aspect, &mut definition, upstream)?;
    }
    Ok(definition)
}

/// Returns a valid snapshot of a few assets, in no particular order.
pub fn snapshot(u: &mut Unstructured<'_>) -> Result<Snapshot> {
    let mut snapshot = Snapshot { provenance: provenance(u)?, assets: Vec::new(), extra: named_extra(u)? };
    for _ in 0..u.int_in_range(0..=9_u8)? {
        add(u, &mut snapshot)?;
    }
    repair(&mut snapshot);
    Ok(snapshot)
}

fn provenance(u: &mut Unstructured<'_>) -> Result<Provenance> {
    if u.ratio(3, 4)? {
        return Ok(Provenance::default());
    }
    Ok(Provenance {
        commit: maybe(u, text)?,
        created_at: maybe(u, timestamp)?,
        deployment: maybe(u, text)?,
        producer: maybe(u, text)?,
        producer_version: maybe(u, text)?,
        extra: extra(u)?,
    })
}

fn named_extra(u: &mut Unstructured<'_>) -> Result<BTreeMap<String, Json>> {
    if u.ratio(3, 4)? { Ok(BTreeMap::new()) } else { extra(u) }
}

fn code_location(u: &mut Unstructured<'_>) -> Result<Option<String>> {
    Ok(u.choose(&[None, Some("prod"), Some("lake"), Some("")])?.map(str::to_owned))
}

/// Adds a definition, of a new key or of one that is there in another code location.
fn add(u: &mut Unstructured<'_>, snapshot: &mut Snapshot) -> Result<()> {
    let known: Vec<AssetKey> = snapshot.assets.iter().map(|asset| asset.key.clone()).collect();
    let key = if known.is_empty() || u.ratio(5, 6)? { key(u)? } else { u.choose(&known)?.clone() };
    // One of the choices may stay undefined, and one is the asset itself.
    let mut upstream = [&known[..], &known[..]].concat();
    upstream.extend([self::key(u)?, key.clone()]);
    let location = code_location(u)?;
    snapshot.assets.push(definition(u, key, location, &upstream)?);
    Ok(())
}

/// Returns a snapshot that came from another one by a few edits.
pub fn edited(u: &mut Unstructured<'_>, snapshot: &Snapshot) -> Result<Snapshot> {
    let mut edited = snapshot.clone();
    for _ in 0..u.int_in_range(0..=7_u8)? {
        edit(u, &mut edited)?;
    }
    repair(&mut edited);
    if bool::arbitrary(u)? {
        edited.assets.reverse();
    }
    Ok(edited)
}

fn edit(u: &mut Unstructured<'_>, snapshot: &mut Snapshot) -> Result<()> {
    if snapshot.assets.is_empty() {
        return add(u, snapshot);
    }
    let at = u.choose_index(snapshot.assets.len())?;
    let keys: Vec<AssetKey> = snapshot.assets.iter().map(|asset| asset.key.clone()).collect();
    match u.int_in_range(0..=10_u8)? {
        0 => add(u, snapshot)?,
        1 => drop(snapshot.assets.remove(at)),
        2 => snapshot.assets[at].code_location = code_location(u)?,
        3 => {
            let copy = AssetDefinition { code_location: code_location(u)?, ..snapshot.assets[at].clone() };
            snapshot.assets.push(copy);
        }
        4 => {
            let new = key(u)?;
            rename(snapshot, &keys[at], &new, true);
        }
        5 => {
            let new = key(u)?;
            rename(snapshot, &keys[at], &new, false);
        }
        6 | 7 => alter(u, &mut snapshot.assets[at])?,
        _ => {
            let aspect = u.int_in_range(0..=ASPECTS - 1)?;
            restate(u, aspect, &mut snapshot.assets[at], &keys)?;
        }
    }
    Ok(())
}

/// Changes a part of a column, a dependency, a check or a text, and leaves the rest of it as it is.
fn alter(u: &mut Unstructured<'_>, definition: &mut AssetDefinition) -> Result<()> {
    let AssetDefinition { checks, code_version, columns, dependencies, metadata, .. } = definition;
    let columns = columns.get_or_insert_default();
    if columns.is_empty() {
        columns.extend(some(u, 3, column)?);
    }
    match (u.int_in_range(0..=8_u8)?, &mut columns[..]) {
        (0, [column, ..]) => column.data_type = maybe(u, text)?,
        (1, [column, ..]) => column.nullable = maybe(u, |u| bool::arbitrary(u))?,
        (2, [column, ..]) => column.constraints = some(u, 2, |u| json(u, 1))?,
        (3, [column, ..]) => column.description = maybe(u, text)?,
        (4, columns) => columns.reverse(),
        (5, _) => {
            if let Some(dependency) = dependencies.first_mut() {
                dependency.mapping = maybe(u, |u| mapping(u, 1))?;
                dependency.metadata = named(u, 1, metadata_value)?;
            }
        }
        (6, _) => {
            if let Some(check) = checks.first_mut() {
                check.blocking = !check.blocking;
            }
        }
        (7, _) => code_version.get_or_insert_default().source = maybe(u, text)?,
        _ => drop(metadata.insert(text(u)?, metadata_value(u)?)),
    }
    Ok(())
}

/// Gives an asset another key, and its dependents too if they follow.
fn rename(snapshot: &mut Snapshot, old: &AssetKey, new: &AssetKey, follow: bool) {
    for asset in &mut snapshot.assets {
        if asset.key == *old {
            asset.key = new.clone();
        }
        let read = asset.dependencies.iter_mut().map(|dependency| &mut dependency.key);
        read.filter(|key| follow && *key == old).for_each(|key| *key = new.clone());
    }
}

/// Takes out what would make the snapshot invalid: repeats, and dependencies that close a circle.
fn repair(snapshot: &mut Snapshot) {
    let mut places = BTreeSet::new();
    snapshot.assets.retain(|asset| places.insert((asset.key.clone(), asset.code_location.clone())));
    // What is listed may only depend on what was listed before.
    let mut order = BTreeMap::new();
    for asset in &snapshot.assets {
        let next = order.len();
        order.entry(asset.key.clone()).or_insert(next);
    }
    for asset in &mut snapshot.assets {
        let (own, is_partitioned) = (asset.key.clone(), asset.partitions.is_some());
        let (mut upstream, mut names) = (BTreeSet::new(), BTreeSet::new());
        asset.dependencies.retain(|dependency| {
            let key = &dependency.key;
            let is_legal = match order.get(key) {
                Some(_) if *key == own => is_partitioned,
                Some(place) => *place < order[&own],
                None => true,
            };
            is_legal && upstream.insert(key.clone())
        });
        asset.checks.retain(|check| names.insert(check.name.clone()));
    }
}

/// Returns two snapshots: mostly the second came from the first by a few edits, else the two have
/// nothing to do with each other.
pub fn pair(u: &mut Unstructured<'_>) -> Result<(Snapshot, Snapshot)> {
    let base = snapshot(u)?;
    let head = if u.ratio(4, 5)? { edited(u, &base)? } else { snapshot(u)? };
    Ok((base, head))
}
