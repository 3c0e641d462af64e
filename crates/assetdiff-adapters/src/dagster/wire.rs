//! The objects on the wire, as far as they have one form; what has several stays text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use assetdiff::AssetKey;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Repository<'a> {
    #[serde(borrow, default)]
    pub(super) external_asset_graph_data: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    pub(super) external_asset_checks: Option<Vec<&'a RawValue>>,
    /// Of a snapshot of our own.
    #[serde(default)]
    pub(super) format_version: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    pub(super) path: AssetKey,
}

/// An enum's member, as `Class.MEMBER`.
#[derive(Deserialize)]
pub(super) struct Enum<'a> {
    #[serde(borrow)]
    __enum__: Cow<'a, str>,
}

impl Enum<'_> {
    pub(super) fn member(&self) -> &str {
        self.__enum__.split_once('.').map_or(&self.__enum__, |(_, member)| member)
    }
}

/// A set, which old versions wrote as a list.
pub(super) struct Set(Vec<String>);

impl Set {
    pub(super) fn sorted(self) -> Vec<String> {
        let Self(mut members) = self;
        members.sort();
        members
    }
}

impl<'de> Deserialize<'de> for Set {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Set;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a serialised set, or a list of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Set, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = seq.next_element()? {
                    members.push(member);
                }
                Ok(Set(members))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Set, A::Error> {
                let mut members = None;
                while let Some(Name(name)) = map.next_key()? {
                    match &*name {
                        "__set__" | "__frozenset__" if members.is_some() => {
                            return Err(A::Error::duplicate_field("__set__"));
                        }
                        "__set__" | "__frozenset__" => members = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                members.map(Set).ok_or_else(|| A::Error::missing_field("__set__"))
            }
        }
        deserializer.deserialize_any(Members)
    }
}

/// A member's name.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Which asset it is.
#[derive(Deserialize)]
pub(super) struct Keyed {
    pub(super) asset_key: Key,
}

/// What decides how an asset is split, and who reads whom.
#[derive(Deserialize)]
pub(super) struct PartitionedNode<'a> {
    pub(super) asset_key: Key,
    #[serde(borrow, default)]
    pub(super) partitions_def_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) metadata_entries: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Labelled<'a> {
    #[serde(borrow)]
    pub(super) label: Cow<'a, str>,
}

/// `AssetNodeSnap`.
#[derive(Deserialize)]
pub(super) struct Node<'a> {
    pub(super) asset_key: Key,
    #[serde(borrow, default)]
    pub(super) dependencies: Option<Vec<Edge<'a>>>,
    #[serde(borrow, default)]
    pub(super) execution_type: Option<Enum<'a>>,
    #[serde(default)]
    pub(super) is_source: bool,
    #[serde(default)]
    pub(super) is_observable: bool,
    #[serde(default)]
    pub(super) is_virtual: Option<bool>,
    pub(super) code_version: Option<String>,
    pub(super) op_description: Option<String>,
    pub(super) group_name: Option<String>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    #[serde(borrow, default)]
    pub(super) metadata_entries: Option<Vec<MetadataEntry<'a>>>,
    pub(super) owners: Option<Vec<String>>,
    #[serde(borrow, default)]
    pub(super) partitions_def_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) auto_materialize_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) automation_condition_snapshot: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) new_freshness_policy: Option<&'a RawValue>,
    pub(super) freshness_policy: Option<LegacyFreshness<'a>>,
    pub(super) backfill_policy: Option<Backfill>,
    #[serde(borrow, default)]
    pub(super) auto_observe_interval_minutes: Option<&'a RawValue>,
    pub(super) compute_kind: Option<String>,
    pub(super) atomic_execution_unit_id: Option<String>,
    pub(super) job_names: Option<Vec<String>>,
    pub(super) op_name: Option<String>,
    pub(super) op_names: Option<Vec<String>>,
    pub(super) output_name: Option<String>,
    pub(super) pools: Option<Set>,
    pub(super) required_top_level_resources: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Edge<'a> {
    pub(super) upstream_asset_key: Key,
    #[serde(borrow, default)]
    pub(super) partition_mapping: Option<&'a RawValue>,
}

/// Whom an asset reads.
#[derive(Deserialize)]
pub(super) struct Edges<'a> {
    #[serde(borrow, default)]
    pub(super) dependencies: Option<Vec<Edge<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct MetadataEntry<'a> {
    pub(super) label: String,
    #[serde(borrow)]
    pub(super) entry_data: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct LegacyFreshness<'a> {
    #[serde(borrow, default)]
    pub(super) maximum_lag_minutes: Option<&'a RawValue>,
    pub(super) cron_schedule: Option<String>,
    pub(super) cron_schedule_timezone: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Backfill {
    pub(super) max_partitions_per_run: Option<u64>,
}

/// `AssetCheckNodeSnap`.
#[derive(Deserialize)]
pub(super) struct CheckNode<'a> {
    pub(super) asset_key: Key,
    pub(super) name: String,
    pub(super) blocking: Option<bool>,
    pub(super) description: Option<String>,
    pub(super) additional_asset_keys: Option<Vec<Key>>,
    pub(super) job_names: Option<Vec<String>>,
    pub(super) atomic_execution_unit_id: Option<String>,
    #[serde(borrow, default)]
    pub(super) automation_condition: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) automation_condition_snapshot: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) partitions_def_snapshot: Option<&'a RawValue>,
}

/// The class of an object.
#[derive(Deserialize)]
pub(super) struct Class<'a> {
    #[serde(borrow)]
    pub(super) __class__: Cow<'a, str>,
}
