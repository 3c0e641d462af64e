//! Partitions definitions and mappings, and the mappings that Dagster infers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use assetdiff::{
    AssetDefinition, AssetKey, DimensionMapping, DynamicPartitions, Json, JsonText, MultiToSingleMapping,
    PartitionExclusion, PartitionMapping, PartitionsDefinition, ReadError, StaticPartitions,
    TimeWindowMapping, TimeWindowPartitions,
};
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::definition::{STUB, other};
use super::values::time;
use super::wire::{Class, Enum, Labelled, Node, PartitionedNode};

/// The mark of a dependency without a mapping: the one that Dagster makes of the partitions on both
/// sides, which changes when the upstream does.
const INFERRED: &str = "dagster.inferred_mapping";

/// How each asset is split that is; equal definitions are one.
pub(super) type Partitions = HashMap<AssetKey, Arc<PartitionsDefinition>>;

/// An asset that is split, and how.
pub(super) type Partitioned = (AssetKey, Arc<PartitionsDefinition>);

/// Returns the partitions of each node, `None` for those without and for stubs.
///
/// Each comes with the text that it is part of.
pub(super) fn of_nodes<'a>(
    nodes: impl Iterator<Item = (JsonText<'a>, &'a str)>,
) -> Result<Vec<Option<Partitioned>>, ReadError> {
    let mut definitions = Definitions::default();
    let stub = Finder::new(STUB);
    let mut of_node = |text: JsonText<'a>, node: &'a str| {
        if states_none(node.as_bytes()) {
            return Ok(None);
        }
        let has_stub = node.contains('\\') || stub.find(node.as_bytes()).is_some();
        let node: PartitionedNode<'a> = text.read(node)?;
        let Some(raw) = node.partitions_def_data else { return Ok(None) };
        if has_stub && is_stub(text, node.metadata_entries)? {
            return Ok(None);
        }
        Ok(Some((node.asset_key.path, definitions.read(text, raw)?)))
    };
    nodes
        .map(|(text, node)| of_node(text, node).map_err(|error| super::of_asset(text, node, error)))
        .collect()
}

/// Returns the partitions of nodes that were read, but for stubs; each comes with the text that it was read from.
pub(super) fn of_read<'n, 'a: 'n>(
    nodes: impl Iterator<Item = &'n (JsonText<'a>, Node<'a>)>,
) -> Result<Partitions, ReadError> {
    let mut definitions = Definitions::default();
    let mut partitions = Partitions::new();
    for (text, node) in nodes {
        let mut entries = node.metadata_entries.iter().flatten();
        let Some(raw) = node.partitions_def_data.filter(|_| !entries.any(|entry| entry.label == STUB)) else {
            continue;
        };
        partitions.insert(node.asset_key.path.clone(), definitions.read(*text, raw)?);
    }
    Ok(partitions)
}

/// Definitions by their text: most assets share a few.
#[derive(Default)]
struct Definitions<'a>(HashMap<&'a str, Arc<PartitionsDefinition>>);

impl<'a> Definitions<'a> {
    fn read(
        &mut self,
        text: JsonText<'a>,
        raw: &'a RawValue,
    ) -> Result<Arc<PartitionsDefinition>, ReadError> {
        if let Some(known) = self.0.get(raw.get()) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(definition(text, raw)?);
        self.0.insert(raw.get(), Arc::clone(&read));
        Ok(read)
    }
}

/// Returns whether a node says plainly that it is not split; most do, and need not be read.
pub(super) fn states_none(node: &[u8]) -> bool {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"partitions_def_data\": "));
    let Some(at) = NAME.find(node) else { return false };
    let after = &node[at + NAME.needle().len()..];
    // Where the name stands twice, or may stand in another spelling, one is inside of something else.
    after.starts_with(b"null") && NAME.find(after).is_none() && memchr::memchr(b'\\', node).is_none()
}

fn is_stub(text: JsonText<'_>, entries: Option<&RawValue>) -> Result<bool, ReadError> {
    let entries: Option<Vec<Labelled<'_>>> = entries.map(|raw| text.read(raw.get())).transpose()?;
    Ok(entries.into_iter().flatten().any(|entry| entry.label == STUB))
}

/// Marks the dependencies that have no mapping with the one that Dagster infers; none where neither
/// side is partitioned.
pub(super) fn mark_inferred(definition: &mut AssetDefinition, partitions: &Partitions) {
    let own = definition.partitions.as_ref();
    if own.is_none() && partitions.is_empty() {
        return;
    }
    for dependency in definition.dependencies.iter_mut().filter(|d| d.mapping.is_none()) {
        let upstream = partitions.get(&dependency.key);
        if upstream.is_some() || own.is_some() {
            dependency.extra.insert(INFERRED.to_owned(), inferred(upstream.map(|u| &**u), own));
        }
    }
}

fn inferred(upstream: Option<&PartitionsDefinition>, own: Option<&PartitionsDefinition>) -> Json {
    use PartitionsDefinition::{Multi, TimeWindow};
    static MAPPINGS: LazyLock<[Json; 4]> = LazyLock::new(|| {
        let typed = |name: &str| Json::object([("type", Json::from(name))]);
        let with = |name: &str, value: Json| Json::object([("type", Json::from(name)), ("value", value)]);
        let window = Json::object([
            ("allow_nonexistent_upstream_partitions", Json::from(false)),
            ("end_offset", Json::from(0)),
            ("start_offset", Json::from(0)),
        ]);
        let multi_to_single = with("multi_to_single", Json::object::<&str>([]));
        [typed("all"), typed("identity"), multi_to_single, with("time_window", window)]
    });
    let [all, identity, multi_to_single, time_window] = &*MAPPINGS;
    let mapping = match (upstream, own) {
        (None, _) | (_, None) => all,
        (Some(Multi(dimensions)), Some(single)) | (Some(single), Some(Multi(dimensions)))
            if !matches!((upstream, own), (Some(Multi(_)), Some(Multi(_))))
                && one_fits(dimensions, single) =>
        {
            multi_to_single
        }
        (Some(TimeWindow(_)), Some(TimeWindow(_))) => time_window,
        _ => identity,
    };
    mapping.clone()
}

fn one_fits(dimensions: &BTreeMap<String, PartitionsDefinition>, single: &PartitionsDefinition) -> bool {
    let is_window =
        |definition: &PartitionsDefinition| matches!(definition, PartitionsDefinition::TimeWindow(_));
    match dimensions.values().filter(|dimension| *dimension == single).count() {
        0 => is_window(single) && dimensions.values().filter(|dimension| is_window(dimension)).count() == 1,
        equal => equal == 1,
    }
}

/// Returns a serialised partitions definition.
pub(super) fn definition(text: JsonText<'_>, raw: &RawValue) -> Result<PartitionsDefinition, ReadError> {
    let Class { __class__: class } = text.read(raw.get())?;
    match &*class {
        "ExternalTimeWindowPartitionsDefinitionData" => time_window(text, raw),
        "ExternalStaticPartitionsDefinitionData" => {
            #[derive(Deserialize)]
            struct Static {
                partition_keys: Vec<String>,
            }
            let Static { partition_keys } = text.read(raw.get())?;
            // Snapshots from before 1.4 may hold a key twice; Dagster reads the first.
            let mut seen = std::collections::HashSet::new();
            let keys = partition_keys.into_iter().filter(|key| seen.insert(key.clone())).collect();
            Ok(PartitionsDefinition::Static(StaticPartitions { keys }))
        }
        "ExternalDynamicPartitionsDefinitionData" => {
            #[derive(Deserialize)]
            struct Dynamic {
                name: Option<String>,
            }
            let Dynamic { name } = text.read(raw.get())?;
            Ok(PartitionsDefinition::Dynamic(DynamicPartitions { keys: None, name }))
        }
        "ExternalMultiPartitionsDefinitionData" => {
            #[derive(Deserialize)]
            struct Multi<'a> {
                #[serde(borrow)]
                external_partition_dimension_definitions: Vec<Dimension<'a>>,
            }
            #[derive(Deserialize)]
            struct Dimension<'a> {
                name: String,
                #[serde(borrow)]
                external_partitions_def_data: &'a RawValue,
            }
            let Multi { external_partition_dimension_definitions: dimensions } = text.read(raw.get())?;
            let dimensions = dimensions.into_iter().map(|dimension| {
                Ok((dimension.name, definition(text, dimension.external_partitions_def_data)?))
            });
            Ok(PartitionsDefinition::Multi(dimensions.collect::<Result<_, ReadError>>()?))
        }
        _ => {
            let (type_name, value) = other(text, raw, &class)?;
            Ok(PartitionsDefinition::Other { type_name, value })
        }
    }
}

fn time_window(text: JsonText<'_>, raw: &RawValue) -> Result<PartitionsDefinition, ReadError> {
    #[derive(Deserialize)]
    struct TimeWindow<'a> {
        cron_schedule: Option<String>,
        fmt: String,
        start: f64,
        end: Option<f64>,
        timezone: Option<String>,
        end_offset: Option<i64>,
        exclusions: Option<Vec<Exclusion>>,
        #[serde(borrow, default)]
        schedule_type: Option<Enum<'a>>,
        minute_offset: Option<i64>,
        hour_offset: Option<i64>,
        day_offset: Option<i64>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Exclusion {
        Cron(String),
        Time { timestamp: f64 },
    }
    let window: TimeWindow<'_> = text.read(raw.get())?;
    let at = |seconds: f64| time(seconds).map_err(|error| text.error(raw.get(), error));
    let cron = match (window.cron_schedule.filter(|cron| !cron.is_empty()), &window.schedule_type) {
        (Some(cron), _) => cron,
        (None, Some(kind)) => {
            let minute = window.minute_offset.unwrap_or(0);
            let hour = window.hour_offset.unwrap_or(0);
            match kind.member() {
                "HOURLY" => format!("{minute} * * * *"),
                "DAILY" => format!("{minute} {hour} * * *"),
                "WEEKLY" => format!("{minute} {hour} * * {}", window.day_offset.unwrap_or(0)),
                "MONTHLY" => format!("{minute} {hour} {} * *", window.day_offset.unwrap_or(1)),
                other => {
                    let found = format!("expected a schedule type of Dagster, found {other:?}");
                    return Err(text.error(raw.get(), found));
                }
            }
        }
        (None, None) => return Err(text.error(raw.get(), "expected a cron schedule, found none".to_owned())),
    };
    let exclusions = window.exclusions.unwrap_or_default().into_iter().map(|exclusion| {
        Ok(match exclusion {
            Exclusion::Cron(cron) => PartitionExclusion::Cron(cron),
            Exclusion::Time { timestamp } => PartitionExclusion::Time(at(timestamp)?),
        })
    });
    Ok(PartitionsDefinition::TimeWindow(TimeWindowPartitions {
        cron,
        // Dagster reads an end at the epoch as none.
        end: window.end.filter(|end| *end != 0.0).map(at).transpose()?,
        end_offset: window.end_offset.unwrap_or(0),
        exclusions: exclusions.collect::<Result<_, ReadError>>()?,
        fmt: window.fmt,
        start: at(window.start)?,
        timezone: window.timezone.filter(|zone| !zone.is_empty()).unwrap_or_else(|| "UTC".to_owned()),
    }))
}

/// One key, a list of keys, or a serialised set of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Many(Vec<String>),
    Set(BTreeMap<String, Vec<String>>),
}

impl Keys {
    /// Dagster reads one key and a list of it alike, and takes the list as a set.
    fn sorted(self) -> Vec<String> {
        let mut keys = match self {
            Self::One(key) => vec![key],
            Self::Many(keys) => keys,
            Self::Set(set) => set.into_values().flatten().collect(),
        };
        keys.sort();
        keys.dedup();
        keys
    }
}

/// Returns a serialised partition mapping.
pub(super) fn mapping(text: JsonText<'_>, raw: &RawValue) -> Result<PartitionMapping, ReadError> {
    let Class { __class__: class } = text.read(raw.get())?;
    Ok(match &*class {
        "IdentityPartitionMapping" => PartitionMapping::Identity,
        "AllPartitionMapping" => PartitionMapping::All,
        "LastPartitionMapping" => PartitionMapping::Last,
        "SpecificPartitionsPartitionMapping" => {
            #[derive(Deserialize)]
            struct Specific {
                partition_keys: Vec<String>,
            }
            let Specific { partition_keys } = text.read(raw.get())?;
            PartitionMapping::Specific(partition_keys)
        }
        "StaticPartitionMapping" => {
            #[derive(Deserialize)]
            struct Static {
                downstream_partition_keys_by_upstream_partition_key: BTreeMap<String, Keys>,
            }
            let Static { downstream_partition_keys_by_upstream_partition_key: keys } =
                text.read(raw.get())?;
            PartitionMapping::Static(
                keys.into_iter().map(|(upstream, keys)| (upstream, keys.sorted())).collect(),
            )
        }
        "TimeWindowPartitionMapping" => {
            #[derive(Deserialize)]
            struct TimeWindow {
                start_offset: Option<i64>,
                end_offset: Option<i64>,
                allow_nonexistent_upstream_partitions: Option<bool>,
            }
            let window: TimeWindow = text.read(raw.get())?;
            PartitionMapping::TimeWindow(TimeWindowMapping {
                allow_nonexistent_upstream_partitions: window
                    .allow_nonexistent_upstream_partitions
                    .unwrap_or_default(),
                end_offset: window.end_offset.unwrap_or(0),
                start_offset: window.start_offset.unwrap_or(0),
            })
        }
        "MultiToSingleDimensionPartitionMapping" => {
            #[derive(Deserialize)]
            struct MultiToSingle {
                partition_dimension_name: Option<String>,
            }
            let MultiToSingle { partition_dimension_name: dimension } = text.read(raw.get())?;
            PartitionMapping::MultiToSingle(MultiToSingleMapping { dimension })
        }
        "MultiPartitionMapping" => {
            #[derive(Deserialize)]
            struct Multi<'a> {
                #[serde(borrow)]
                downstream_mappings_by_upstream_dimension: BTreeMap<String, Dimension<'a>>,
            }
            #[derive(Deserialize)]
            struct Dimension<'a> {
                dimension_name: String,
                #[serde(borrow)]
                partition_mapping: &'a RawValue,
            }
            let Multi { downstream_mappings_by_upstream_dimension: dimensions } = text.read(raw.get())?;
            let dimensions = dimensions.into_iter().map(|(upstream, dimension)| {
                let mapping = mapping(text, dimension.partition_mapping)?;
                Ok((upstream, DimensionMapping { dimension: dimension.dimension_name, mapping }))
            });
            PartitionMapping::Multi(dimensions.collect::<Result<_, ReadError>>()?)
        }
        _ => {
            let (type_name, value) = other(text, raw, &class)?;
            PartitionMapping::Other { type_name, value }
        }
    })
}
