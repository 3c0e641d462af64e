//! What a tool says of one asset.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::key::AssetKey;
use crate::partitions::{PartitionMapping, PartitionsDefinition};
use crate::value::MetadataValue;
use crate::wire::{objects_only, record, tagged};

objects_only!(AutomationCondition, BackfillPolicy, CodePart, CodeVersion, CronFreshness, TimeWindowFreshness);

/// Everything that a tool says of one asset in one code location.
///
/// Every field but the key is an *aspect*: it has a default that means "not stated", and a change
/// of it is a change of its own. What a tool says beyond these fields goes to [`extra`](Self::extra).
///
/// ```
/// use assetdiff::{AssetDefinition, AssetKey, Dependency};
///
/// let orders = AssetDefinition {
///     dependencies: vec![Dependency::new(AssetKey::new(["raw", "orders"])?)],
///     ..AssetDefinition::new(AssetKey::new(["orders"])?)
/// };
/// assert_eq!(orders.dependencies.len(), 1);
/// # Ok::<(), assetdiff::KeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetDefinition {
    /// What the orchestrator can do with it; external if a tool only names it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub asset_type: AssetType,
    /// When the orchestrator makes it by itself.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub automation: Option<AutomationCondition>,
    /// How many partitions one run of a backfill takes.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub backfill: Option<BackfillPolicy>,
    /// The checks on its data; no two with one name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub checks: Vec<Check>,
    /// The project or process that defines it; tools with several keep the same key in each apart.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub code_location: Option<String>,
    /// The version of the code that makes it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub code_version: Option<CodeVersion>,
    /// Its columns in order; `None` if they are unknown.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub columns: Option<Vec<Column>>,
    /// The assets that it reads; no two of one key.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub dependencies: Vec<Dependency>,
    /// A text for people.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub description: Option<String>,
    /// How it is run: pools, IO manager, resources, retries and the like, by name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub execution: BTreeMap<String, Json>,
    /// How fresh it has to be.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub freshness: Option<FreshnessPolicy>,
    /// The group that it is shown in.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub group: Option<String>,
    /// Its name.
    pub key: AssetKey,
    /// The technologies that it is made of, such as `dbt` or `python`.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub kinds: BTreeSet<String>,
    /// Typed metadata by name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub metadata: BTreeMap<String, MetadataValue>,
    /// Who answers for it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub owners: BTreeSet<String>,
    /// How it is split.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub partitions: Option<PartitionsDefinition>,
    /// Tags by name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub tags: BTreeMap<String, String>,
    /// Aspects that this version does not know. Names of a tool's own aspects hold a dot
    /// (`dbt.access`); names without one belong to later versions of this format.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

record!(AssetDefinition: "an asset definition" {
    asset_type, automation, backfill, checks, code_location, code_version, columns, dependencies,
    description, execution [map], freshness, group, key [required], kinds, metadata [map], owners,
    partitions, tags [map],
});

impl AssetDefinition {
    /// Returns a definition that states nothing but its key.
    pub fn new(key: AssetKey) -> Self {
        Self {
            asset_type: AssetType::default(),
            automation: None,
            backfill: None,
            checks: Vec::new(),
            code_location: None,
            code_version: None,
            columns: None,
            dependencies: Vec::new(),
            description: None,
            execution: BTreeMap::new(),
            freshness: None,
            group: None,
            key,
            kinds: BTreeSet::new(),
            metadata: BTreeMap::new(),
            owners: BTreeSet::new(),
            partitions: None,
            tags: BTreeMap::new(),
            extra: BTreeMap::new(),
        }
    }

    /// Brings what has no order of its own (dependencies by key, checks by name) into one order.
    pub(crate) fn sort(&mut self) {
        self.dependencies.sort_by(|a, b| a.key.cmp(&b.key));
        self.checks.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// What an orchestrator can do with an asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AssetType {
    /// Make its data.
    #[default]
    Materializable,
    /// Look at its data, made elsewhere.
    Observable,
    /// Nothing: others make it.
    External,
    /// Only run its checks.
    CheckOnly,
    /// Something that this version does not know, by its name.
    Other(String),
}

impl AssetType {
    /// Returns the name, as it stands in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Materializable => "materializable",
            Self::Observable => "observable",
            Self::External => "external",
            Self::CheckOnly => "check_only",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for AssetType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AssetType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let crate::wire::Text(name) = Deserialize::deserialize(deserializer)?;
        Ok(match &*name {
            "materializable" => Self::Materializable,
            "observable" => Self::Observable,
            "external" => Self::External,
            "check_only" => Self::CheckOnly,
            _ => Self::Other(name.into_owned()),
        })
    }
}

/// The version of the code that makes an asset: what is declared, the text, and what it reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (code version)", deny_unknown_fields, default)]
pub struct CodeVersion {
    /// Shared code that the asset reaches (macros, helper functions, files), by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "crate::wire::unique_map")]
    pub parts: BTreeMap<String, CodePart>,
    /// The source text itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// A version as declared by a person or computed by the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Shared code that an asset reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (code part)", deny_unknown_fields)]
pub struct CodePart {
    /// A digest of its text.
    pub fingerprint: String,
    /// The code between the asset and this, nearest to the asset first; empty if it is direct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// An asset that another one reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dependency {
    /// The upstream asset.
    pub key: AssetKey,
    /// Which of its partitions are read; `None` leaves it to the orchestrator's own rule.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub mapping: Option<PartitionMapping>,
    /// Typed metadata of the dependency by name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub metadata: BTreeMap<String, MetadataValue>,
    /// What this version does not know.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

record!(Dependency: "a dependency" { key [required], mapping, metadata [map] });

impl Dependency {
    /// Returns a dependency that states nothing but the upstream key.
    pub fn new(key: AssetKey) -> Self {
        Self { key, mapping: None, metadata: BTreeMap::new(), extra: BTreeMap::new() }
    }
}

/// A column of an asset's table.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Column {
    /// Constraints as the tool states them.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub constraints: Vec<Json>,
    /// The type, as the tool spells it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub data_type: Option<String>,
    /// A text for people.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub description: Option<String>,
    /// Its name; empty only if the tool has none.
    pub name: String,
    /// Whether it may hold nulls, if that is known.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub nullable: Option<bool>,
    /// Tags by name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub tags: BTreeMap<String, String>,
    /// What this version does not know.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

record!(Column: "a column" { constraints, data_type, description, name [required], nullable, tags [map] });

/// A check on an asset's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// Other assets that it reads.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub additional_dependencies: BTreeSet<AssetKey>,
    /// Whether its failure keeps dependents from being made.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub blocking: bool,
    /// A text for people.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub description: Option<String>,
    /// Its name, which no other check of the asset has.
    pub name: String,
    /// What this version does not know; a tool's own names hold a dot.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub extra: BTreeMap<String, Json>,
}

record!(Check: "a check" { additional_dependencies, blocking, description, name [required] });

/// When an orchestrator makes an asset by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (automation condition)", deny_unknown_fields)]
pub struct AutomationCondition {
    /// The condition, in the tool's own form.
    pub condition: Json,
    /// How it is shown, such as `eager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// How many partitions one run of a backfill takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (backfill policy)", deny_unknown_fields)]
pub struct BackfillPolicy {
    /// The most partitions in one run; `None` for all in a single run.
    pub max_partitions_per_run: Option<u64>,
}

/// How fresh an asset has to be.
///
/// On the wire `{"type": "time_window", "value": {"fail_after_seconds": 86400, …}}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FreshnessPolicy {
    /// Not older than a span of time.
    TimeWindow(TimeWindowFreshness),
    /// Made in a span of time before each tick of a cron schedule.
    Cron(CronFreshness),
    /// A type that this version does not know, kept as it came.
    Other {
        /// The name of the type.
        type_name: String,
        /// Its parameters.
        value: Json,
    },
}

tagged!(FreshnessPolicy: "a freshness policy as an object with `type` and `value`" {
    TimeWindow(value) = "time_window",
    Cron(value) = "cron",
});

/// Fresh for a span of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (time window freshness)", deny_unknown_fields)]
pub struct TimeWindowFreshness {
    /// The age at which it has failed, in seconds.
    pub fail_after_seconds: u64,
    /// The age at which to warn, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_after_seconds: Option<u64>,
}

/// Fresh if made shortly before each deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", expecting = "an object (cron freshness)", deny_unknown_fields)]
pub struct CronFreshness {
    /// The deadlines as a cron schedule.
    pub deadline_cron: String,
    /// How long before a deadline it may be made at the earliest, in seconds.
    pub lower_bound_seconds: u64,
    /// The time zone of the deadlines.
    pub timezone: String,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AssetType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AssetType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "`materializable`, `observable`, `external`, `check_only` or another name.",
            "type": "string",
        })
    }
}
