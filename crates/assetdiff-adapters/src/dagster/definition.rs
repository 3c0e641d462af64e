//! How an asset node becomes an asset definition.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetKey, AssetType, AutomationCondition, BackfillPolicy, Check, CodeVersion,
    Dependency, Json, JsonText, MetadataValue, ReadError,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::partitions;
use super::values::{self, without_class};
use super::wire::{CheckNode, Edge, Node};

const KIND_PREFIX: &str = "dagster/kind/";
const COLUMN_SCHEMA: &str = "dagster/column_schema";

/// Marks a node that Dagster made of a key that is only depended on.
pub(super) const STUB: &str = "dagster/auto_created_stub_asset";

/// What could not be carried faithfully, each once.
#[derive(Default)]
pub(super) struct Told(pub(super) BTreeSet<String>);

impl Told {
    fn tell(&mut self, key: &AssetKey, text: &str) {
        self.0.insert(format!("{key}: {text}"));
    }
}

/// Returns the checks of each asset.
pub(super) fn checks_by_asset(
    text: JsonText<'_>,
    nodes: &[&RawValue],
    told: &mut Told,
) -> Result<BTreeMap<AssetKey, Vec<Check>>, ReadError> {
    let mut checks: BTreeMap<AssetKey, Vec<Check>> = BTreeMap::new();
    for node in nodes {
        let node: CheckNode<'_> = text.read(node.get())?;
        let key = node.asset_key.path.clone();
        let check = check(text, node, told)?;
        checks.entry(key).or_default().push(check);
    }
    Ok(checks)
}

fn check(text: JsonText<'_>, node: CheckNode<'_>, told: &mut Told) -> Result<Check, ReadError> {
    let mut extra = BTreeMap::new();
    let condition = match node.automation_condition {
        Some(condition) => Some(automation(text, condition)?),
        None => by_structure(text, &node.asset_key.path, node.automation_condition_snapshot, told)?,
    };
    if let Some(AutomationCondition { condition, label }) = condition {
        let label = label.map(|label| ("label", Json::from(label.as_str())));
        let members = [("condition", condition)].into_iter().chain(label);
        extra.insert("dagster.automation".to_owned(), Json::object(members));
    }
    if let Some(definition) = node.partitions_def_snapshot {
        let definition = partitions::definition(text, definition)?;
        extra.insert("dagster.partitions".to_owned(), values::json_of(&definition));
    }
    if let Some(id) = node.atomic_execution_unit_id {
        extra.insert("dagster.execution_set_id".to_owned(), Json::from(id.as_str()));
    }
    let mut job_names = own_jobs(node.job_names);
    job_names.sort();
    extra.extend(list(job_names).map(|names| ("dagster.job_names".to_owned(), names)));
    let others = node.additional_asset_keys.unwrap_or_default();
    Ok(Check {
        additional_dependencies: others.into_iter().map(|key| key.path).collect(),
        blocking: node.blocking.unwrap_or_default(),
        description: node.description,
        name: node.name,
        extra,
    })
}

/// Returns the definition of an asset that is defined elsewhere and only checked here.
pub(super) fn check_only(key: AssetKey, code_location: Option<&str>, checks: Vec<Check>) -> AssetDefinition {
    AssetDefinition {
        asset_type: AssetType::CheckOnly,
        checks,
        code_location: code_location.map(str::to_owned),
        ..AssetDefinition::new(key)
    }
}

/// Returns the definition of a node; `None` for a stub.
pub(super) fn of_node(
    text: JsonText<'_>,
    mut node: Node<'_>,
    code_location: Option<&str>,
    checks: Vec<Check>,
    told: &mut Told,
) -> Result<Option<AssetDefinition>, ReadError> {
    let key = node.asset_key.path.clone();
    let mut metadata = BTreeMap::new();
    for entry in node.metadata_entries.take().unwrap_or_default() {
        metadata.insert(entry.label, values::metadata(text, entry.entry_data)?);
    }
    if metadata.contains_key(STUB) {
        return Ok((!checks.is_empty()).then(|| check_only(key, code_location, checks)));
    }
    for (label, value) in &metadata {
        if is_unserializable(value) {
            let what =
                format!("metadata '{label}' has only its class: Dagster does not serialise such values");
            told.tell(&key, &what);
        }
    }
    let asset_type = asset_type(&node);
    let freshness =
        values::freshness(text, node.new_freshness_policy, &metadata, node.freshness_policy.take())?;
    let partitions = node.partitions_def_data.map(|raw| partitions::definition(text, raw)).transpose()?;
    let automation = match node.auto_materialize_policy {
        Some(policy) => Some(automation_of_policy(text, policy)?),
        None => by_structure(text, &key, node.automation_condition_snapshot, told)?,
    };
    let edges = node.dependencies.take().unwrap_or_default();
    let dependencies = edges.into_iter().map(|edge| dependency(text, edge)).collect::<Result<_, _>>()?;
    let (kinds, tags): (Vec<_>, Vec<_>) =
        node.tags.take().unwrap_or_default().into_iter().partition(|(name, _)| name.starts_with(KIND_PREFIX));
    let columns = match metadata.get(COLUMN_SCHEMA) {
        Some(MetadataValue::TableSchema(schema)) => Some(schema.columns.clone()),
        _ => None,
    };
    let is_virtual = node.is_virtual.unwrap_or_default();
    Ok(Some(AssetDefinition {
        asset_type,
        automation,
        backfill: node
            .backfill_policy
            .take()
            .map(|policy| BackfillPolicy { max_partitions_per_run: policy.max_partitions_per_run }),
        checks,
        code_location: code_location.map(str::to_owned),
        code_version: node
            .code_version
            .take()
            .map(|version| CodeVersion { version: Some(version), ..Default::default() }),
        columns,
        dependencies,
        description: node.op_description.take(),
        freshness,
        group: node.group_name.take(),
        key,
        kinds: kinds.into_iter().map(|(name, _)| name[KIND_PREFIX.len()..].to_owned()).collect(),
        metadata,
        owners: node.owners.take().unwrap_or_default().into_iter().map(owner).collect(),
        partitions,
        tags: tags.into_iter().collect(),
        execution: execution(text, node)?,
        extra: is_virtual.then(|| ("dagster.is_virtual".to_owned(), Json::from(true))).into_iter().collect(),
    }))
}

/// Dagster writes `[Class] (unserializable)` for a value that it has no JSON for.
fn is_unserializable(value: &MetadataValue) -> bool {
    let MetadataValue::Text(text) = value else { return false };
    let class = text.strip_prefix('[').and_then(|rest| rest.strip_suffix("] (unserializable)"));
    class.is_some_and(|class| !class.is_empty() && !class.contains('\n'))
}

fn asset_type(node: &Node<'_>) -> AssetType {
    match node.execution_type.as_ref().map(|stated| stated.member()) {
        Some("MATERIALIZATION") => AssetType::Materializable,
        Some("OBSERVATION") => AssetType::Observable,
        Some("UNEXECUTABLE") => AssetType::External,
        Some(other) => AssetType::Other(other.to_lowercase()),
        None if !node.is_source => AssetType::Materializable,
        None if node.is_observable => AssetType::Observable,
        None => AssetType::External,
    }
}

/// Up to 1.7.7 teams came without their prefix.
fn owner(owner: String) -> String {
    if owner.contains('@') || owner.starts_with("team:") { owner } else { format!("team:{owner}") }
}

fn dependency(text: JsonText<'_>, edge: Edge<'_>) -> Result<Dependency, ReadError> {
    let mapping = edge.partition_mapping.map(|raw| partitions::mapping(text, raw)).transpose()?;
    Ok(Dependency { mapping, ..Dependency::new(edge.upstream_asset_key.path) })
}

#[derive(Deserialize)]
struct Condition {
    label: Option<String>,
}

fn automation(text: JsonText<'_>, condition: &RawValue) -> Result<AutomationCondition, ReadError> {
    let Condition { label } = text.read(condition.get())?;
    Ok(AutomationCondition { condition: text.read(condition.get())?, label })
}

fn automation_of_policy(text: JsonText<'_>, policy: &RawValue) -> Result<AutomationCondition, ReadError> {
    #[derive(Deserialize)]
    struct Policy<'a> {
        #[serde(borrow, default)]
        asset_condition: Option<&'a RawValue>,
    }
    let Policy { asset_condition } = text.read(policy.get())?;
    automation(text, asset_condition.unwrap_or(policy))
}

/// Returns a condition that holds a class which Dagster cannot serialise; tells so.
fn by_structure(
    text: JsonText<'_>,
    key: &AssetKey,
    snapshot: Option<&RawValue>,
    told: &mut Told,
) -> Result<Option<AutomationCondition>, ReadError> {
    #[derive(Deserialize)]
    struct Snapshot {
        node_snapshot: Option<Condition>,
    }
    let Some(snapshot) = snapshot else { return Ok(None) };
    told.tell(
        key,
        "the automation condition is compared by its structure: a class in it is not serialisable",
    );
    let Snapshot { node_snapshot } = text.read(snapshot.get())?;
    let label = node_snapshot.and_then(|node| node.label);
    Ok(Some(AutomationCondition { condition: text.read(snapshot.get())?, label }))
}

/// A list of texts; nothing if it is empty.
fn list(values: Vec<String>) -> Option<Json> {
    (!values.is_empty()).then(|| Json::array(values.iter().map(|value| Json::from(value.as_str()))))
}

/// The names of jobs but those that Dagster makes itself.
fn own_jobs(names: Option<Vec<String>>) -> Vec<String> {
    let is_own =
        |name: &String| !name.starts_with("__ASSET_JOB") && !name.starts_with("__anonymous_asset_job_");
    names.unwrap_or_default().into_iter().filter(is_own).collect()
}

/// How the asset is run; what is not stated is left out.
fn execution(text: JsonText<'_>, node: Node<'_>) -> Result<BTreeMap<String, Json>, ReadError> {
    let one = |value: Option<String>| value.map(|value| Json::from(value.as_str()));
    let op_names = node.op_names.unwrap_or_default();
    let is_only_op = op_names.len() == 1 && op_names.first() == node.op_name.as_ref();
    let mut required = node.required_top_level_resources.unwrap_or_default();
    required.sort();
    let interval = node.auto_observe_interval_minutes.map(|raw| text.read(raw.get())).transpose()?;
    let settings = [
        ("auto_observe_interval_minutes", interval),
        ("compute_kind", one(node.compute_kind)),
        ("execution_set_id", one(node.atomic_execution_unit_id)),
        ("job_names", list(own_jobs(node.job_names))),
        ("op_name", one(node.op_name)),
        ("op_names", if is_only_op { None } else { list(op_names) }),
        ("output_name", one(node.output_name.filter(|name| name != "result"))),
        ("pools", list(node.pools.map(super::wire::Set::sorted).unwrap_or_default())),
        ("required_resources", list(required)),
    ];
    Ok(settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// Keeps an object of a class that this version does not know: `dagster.Class` and its members.
pub(super) fn other(text: JsonText<'_>, raw: &RawValue, class: &str) -> Result<(String, Json), ReadError> {
    Ok((format!("dagster.{class}"), without_class(text, raw)?))
}
