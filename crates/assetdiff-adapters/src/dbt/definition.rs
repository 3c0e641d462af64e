//! Every node but the tests as an asset definition.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetKey, AssetType, CodeVersion, Column, Dependency, FreshnessPolicy, Json, LimitError,
    LoadError, ReadError, TimeWindowFreshness,
};

use super::checks::{Checks, is_check, is_enabled};
use super::config;
use super::macros::{Macros, called_macros};
use super::manifest::{Fields, Manifest, Node, stated};

/// What a manifest says of a run or repeats, and what is no part of a definition.
pub(super) const IGNORED: [&str; 22] = [
    "build_path",
    "compiled",
    "compiled_code",
    "compiled_path",
    "created_at",
    "deferred",
    "doc_blocks",
    "extra_ctes",
    "extra_ctes_injected",
    "file_key_name",
    "functions",
    "metrics",
    "package_name",
    "path",
    "refs",
    "relation_name",
    "resource_type",
    "root_path",
    "schema_yaml",
    "sources",
    "unique_id",
    "name",
];

/// The sections that hold assets, and what the orchestrator can do with theirs.
const SECTIONS: [&str; 8] =
    ["nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "functions", "macros"];

/// Hands on a definition for every node of the manifest that is an asset.
pub(super) fn each(
    manifest: &Manifest<'_>,
    macros: &Macros,
    mut checks: Checks,
    sink: &mut dyn FnMut(AssetDefinition) -> Result<(), LimitError>,
) -> Result<(), LoadError> {
    let owners = owners_of_groups(manifest)?;
    let kinds: BTreeSet<String> = ["dbt"].into_iter().chain(manifest.adapter()).map(str::to_owned).collect();
    for section in SECTIONS {
        for entry in manifest.section(section).iter().filter(|entry| !is_check(&entry.id)) {
            let mut node = manifest.node(entry)?;
            if !is_enabled(&mut node.fields)? {
                continue;
            }
            let mut definition = definition(node, macros)?;
            definition.kinds.extend(kinds.iter().cloned());
            let group_owners = definition.group.as_ref().and_then(|group| owners.get(group));
            definition.owners.extend(group_owners.into_iter().flatten().cloned());
            definition.checks = checks.remove(&id_of_key(&definition.key)).unwrap_or_default();
            sink(definition)?;
        }
    }
    for (id, checks) in checks {
        // A test of nothing, or of something that is turned off, still runs.
        let text = manifest.text;
        let key = AssetKey::new(id.split('.')).map_err(|e| text.error(text.as_str(), e.to_string()))?;
        let asset_type = AssetType::CheckOnly;
        sink(AssetDefinition { asset_type, checks, kinds: kinds.clone(), ..AssetDefinition::new(key) })?;
    }
    Ok(())
}

/// Returns the key of a unique id: its parts between the dots.
pub(super) fn key_of_id(id: &str, fields: &Fields<'_>) -> Result<AssetKey, ReadError> {
    AssetKey::new(id.split('.')).map_err(|error| fields.error(error.to_string()))
}

/// The inverse of [`key_of_id`].
pub(super) fn id_of_key(key: &AssetKey) -> String {
    key.components().collect::<Vec<_>>().join(".")
}

fn definition(mut node: Node<'_>, macros: &Macros) -> Result<AssetDefinition, ReadError> {
    let fields = &mut node.fields;
    let key = key_of_id(&node.id, fields)?;
    let resource_type = key.components().next().unwrap_or_default().to_owned();
    let mut depends_on = fields.take_fields("depends_on")?;
    let mut upstream: Vec<String> = depends_on.take("nodes")?.unwrap_or_default();
    upstream.sort();
    upstream.dedup();
    let upstream = upstream.iter().map(|id| key_of_id(id, fields).map(Dependency::new));
    let dependencies = upstream.collect::<Result<Vec<_>, _>>()?;
    let mut execution = config::execution(fields)?;
    for name in config::RELATION {
        if let Some(value) = fields.take_stated(name)? {
            execution.insert(name.to_owned(), value);
        }
    }
    let mut definition = AssetDefinition {
        asset_type: asset_type(&resource_type),
        code_version: code_version(fields, &resource_type, &called_macros(&mut depends_on)?, macros)?,
        columns: columns(fields)?,
        dependencies,
        description: fields.take_text("description")?,
        freshness: freshness(fields)?,
        group: fields.take_text("group")?,
        metadata: config::metadata(fields)?,
        owners: owner(fields)?.into_iter().collect(),
        tags: tags(fields)?,
        execution,
        ..AssetDefinition::new(key)
    };
    if let Some(contract) = contract(fields)? {
        definition.extra.insert("dbt.contract".to_owned(), contract);
    }
    if fields.take_text("language")?.as_deref() == Some("python") {
        definition.kinds.insert("python".to_owned());
    }
    fields.drop(&IGNORED);
    let rest = fields.take_rest()?.into_iter();
    definition.extra.extend(rest.map(|(name, value)| (format!("dbt.{name}"), value)));
    Ok(definition)
}

fn asset_type(resource_type: &str) -> AssetType {
    match resource_type {
        "model" | "seed" | "snapshot" => AssetType::Materializable,
        "source" => AssetType::External,
        other => AssetType::Other(other.to_owned()),
    }
}

/// The source text, or the checksum of what has none, and the macros that are reached.
fn code_version(
    fields: &mut Fields<'_>,
    resource_type: &str,
    called: &[String],
    macros: &Macros,
) -> Result<Option<CodeVersion>, ReadError> {
    #[derive(serde::Deserialize)]
    struct Checksum {
        name: String,
        checksum: String,
    }
    let checksum: Option<Checksum> = fields.take("checksum")?;
    let text_field = if resource_type == "macro" { "macro_sql" } else { "raw_code" };
    let source = fields.take_text(text_field)?;
    // Where there is text, its checksum only repeats it, and by another rule in each version of dbt.
    let version = checksum
        .filter(|sum| source.is_none() && sum.name != "none")
        .map(|Checksum { name, checksum }| format!("{name}:{checksum}"));
    // A macro is reached with all that it calls: it is compared by its own text alone.
    let parts = if resource_type == "macro" { BTreeMap::new() } else { macros.reached(called) };
    let code = CodeVersion { parts, source, version };
    Ok((code != CodeVersion::default()).then_some(code))
}

fn columns(fields: &mut Fields<'_>) -> Result<Option<Vec<Column>>, ReadError> {
    let mut columns = Vec::new();
    for (name, mut column) in fields.take_ordered("columns")? {
        let meta = column.take_stated("meta")?;
        let tags = tags(&mut column)?;
        // Newer versions of dbt repeat meta and tags there.
        let mut config = column.take_fields("config")?;
        config.drop(&["meta", "tags"]);
        let config = stated(&Json::object(config.take_rest()?));
        column.drop(&["name", "doc_blocks"]);
        let constraints: Vec<Json> = column.take("constraints")?.unwrap_or_default();
        let mut read = Column {
            name: name.into_owned(),
            constraints: constraints.iter().filter_map(stated).collect(),
            data_type: column.take_text("data_type")?,
            description: column.take_text("description")?,
            tags,
            ..Column::default()
        };
        let named = [("meta", meta), ("config", config)].map(|(name, value)| (name.to_owned(), value));
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let all = column.take_rest()?.into_iter().chain(named);
        read.extra = all.map(|(name, value)| (format!("dbt.{name}"), value)).collect();
        columns.push(read);
    }
    Ok((!columns.is_empty()).then_some(columns))
}

/// The contract, if it is enforced. Its checksum only repeats columns and constraints.
fn contract(fields: &mut Fields<'_>) -> Result<Option<Json>, ReadError> {
    let mut contract = fields.take_fields("contract")?;
    contract.drop(&["checksum"]);
    let stated = contract.take_rest()?;
    let is_enforced = stated.get("enforced") == Some(&Json::from(true));
    Ok(is_enforced.then(|| Json::object(stated)))
}

/// Takes the tags out; dbt's have no values.
fn tags(fields: &mut Fields<'_>) -> Result<BTreeMap<String, String>, ReadError> {
    let tags: Option<OneOrMany> = fields.take("tags")?;
    let names = match tags {
        None => Vec::new(),
        Some(OneOrMany::One(name)) => vec![name],
        Some(OneOrMany::Many(names)) => names,
    };
    Ok(names.into_iter().map(|name| (name, String::new())).collect())
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The freshness of a source.
fn freshness(fields: &mut Fields<'_>) -> Result<Option<FreshnessPolicy>, ReadError> {
    #[derive(serde::Deserialize)]
    struct Freshness {
        warn_after: Option<Span>,
        error_after: Option<Span>,
        filter: Option<Json>,
    }
    #[derive(serde::Deserialize)]
    struct Span {
        count: Option<u64>,
        period: Option<String>,
    }
    impl Span {
        fn seconds(&self) -> Option<u64> {
            let unit = match self.period.as_deref()? {
                "minute" => 60,
                "hour" => 3600,
                "day" => 86400,
                _ => return None,
            };
            self.count?.checked_mul(unit)
        }
    }
    let Some(stated) = fields.take_stated("freshness")? else { return Ok(None) };
    let spans: Option<Freshness> = serde_json::from_str(stated.as_str()).ok();
    let typed = spans.filter(|spans| spans.filter.is_none()).and_then(|spans| {
        let fail_after_seconds = spans.error_after.as_ref()?.seconds()?;
        let warn = spans.warn_after.as_ref().filter(|span| span.count.is_some());
        let warn_after_seconds = warn.map(|span| span.seconds().ok_or(())).transpose().ok()?;
        Some(FreshnessPolicy::TimeWindow(TimeWindowFreshness { fail_after_seconds, warn_after_seconds }))
    });
    Ok(Some(typed.unwrap_or(FreshnessPolicy::Other { type_name: "dbt".to_owned(), value: stated })))
}

/// The owner of an exposure: the address, or the name of one without.
fn owner(fields: &Fields<'_>) -> Result<Option<String>, ReadError> {
    #[derive(Default, serde::Deserialize)]
    struct Owner {
        email: Option<Json>,
        name: Option<String>,
    }
    let Owner { email, name } = fields.peek("owner")?.unwrap_or_default();
    Ok(email.and_then(|email| first_text(&email)).or(name).filter(|owner| !owner.is_empty()))
}

/// A text, or the first of a list of texts.
fn first_text(json: &Json) -> Option<String> {
    let texts: OneOrMany = serde_json::from_str(json.as_str()).ok()?;
    match texts {
        OneOrMany::One(text) => Some(text),
        OneOrMany::Many(texts) => texts.into_iter().next(),
    }
}

/// Returns the owners of each group.
pub(super) fn owners_of_groups(
    manifest: &Manifest<'_>,
) -> Result<BTreeMap<String, BTreeSet<String>>, ReadError> {
    let mut owners = BTreeMap::new();
    for entry in manifest.section("groups") {
        let mut node = manifest.node(entry)?;
        let name = node.fields.take_text("name")?.unwrap_or_default();
        owners.insert(name, owner(&node.fields)?.into_iter().collect());
    }
    Ok(owners)
}
