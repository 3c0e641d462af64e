//! What `config` and `meta` become.

use std::collections::BTreeMap;

use assetdiff::{Json, MetadataValue, ReadError};

use super::manifest::{Fields, stated};

/// The members of `config` that have a place of their own in a definition, or that only repeat
/// what stands in the node itself.
const ELSEWHERE: [&str; 12] = [
    "access",
    "alias",
    "contract",
    "database",
    "docs",
    "enabled",
    "freshness",
    "group",
    "meta",
    "schema",
    "tags",
    "loaded_at_field",
];

/// The members of a configuration that name the relation.
pub(super) const RELATION: [&str; 3] = ["database", "schema", "alias"];

/// Members of a node that describe it without changing its data.
const DESCRIPTIVE: [&str; 13] = [
    "access",
    "deprecation_date",
    "fqn",
    "label",
    "latest_version",
    "loader",
    "maturity",
    "owner",
    "primary_key",
    "source_description",
    "source_meta",
    "url",
    "version",
];

/// Takes `config` out and returns what it says of how the node is made.
///
/// Hooks are called `pre-hook` by some versions of dbt and `pre_hook` by others.
pub(super) fn execution(fields: &mut Fields<'_>) -> Result<BTreeMap<String, Json>, ReadError> {
    let mut config = fields.take_fields("config")?;
    config.drop(&ELSEWHERE);
    let settings = config.take_rest()?.into_iter();
    let mut execution: BTreeMap<String, Json> =
        settings.map(|(name, value)| (name.replace("-hook", "_hook"), value)).collect();
    // What is written of the relation's name; what it is rendered to can differ by environment.
    let written: BTreeMap<String, Json> = fields.peek_fields("unrendered_config")?.values()?;
    for (name, value) in written.iter().filter(|(name, _)| RELATION.contains(&name.as_str())) {
        execution.extend(stated(value).map(|value| (format!("unrendered_{name}"), value)));
    }
    Ok(execution)
}

/// Takes the metadata out: `meta` by name, and what else describes a node without changing its data.
pub(super) fn metadata(fields: &mut Fields<'_>) -> Result<BTreeMap<String, MetadataValue>, ReadError> {
    let meta = fields.take_fields("meta")?.values()?;
    let mut metadata: BTreeMap<String, MetadataValue> =
        meta.into_iter().map(|(name, value)| (name, typed(value))).collect();
    // Shown, in the usual colour: that is how dbt writes that nothing is stated.
    let docs = fields.take_stated("docs")?.filter(|docs| docs.as_str() != r#"{"show":true}"#);
    metadata.extend(docs.map(|docs| ("dbt.docs".to_owned(), typed(docs))));
    // What was written, and be it a default, as dbt compares it.
    let unrendered = fields.take::<Json>("unrendered_config")?.filter(|config| config.as_str() != "{}");
    metadata.extend(unrendered.map(|config| ("dbt.unrendered_config".to_owned(), typed(config))));
    for name in DESCRIPTIVE {
        if let Some(value) = fields.take_stated(name)? {
            metadata.insert(format!("dbt.{name}"), typed(value));
        }
    }
    for name in ["original_file_path", "patch_path"] {
        if let Some(path) = fields.take_text(name)? {
            metadata.insert(format!("dbt.{name}"), MetadataValue::Path(path));
        }
    }
    Ok(metadata)
}

/// Returns the metadata value of a JSON value.
fn typed(value: Json) -> MetadataValue {
    let text = value.as_str();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map_or(MetadataValue::Json(value), MetadataValue::Text),
        Some(b't') => MetadataValue::Bool(true),
        Some(b'f') => MetadataValue::Bool(false),
        Some(b'n') => MetadataValue::Null,
        Some(b'{' | b'[') => MetadataValue::Json(value),
        _ => match (text.parse(), text.parse()) {
            (Ok(integer), _) => MetadataValue::Int(integer),
            (_, Ok(float)) => MetadataValue::Float(float),
            _ => MetadataValue::Json(value),
        },
    }
}
