//! The JSON Schemas of the files, generated from the types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};

use crate::impact::WrittenImpact;
use crate::plan::WrittenPlan;
use crate::{ChangeSet, Snapshot};

/// Returns the JSON Schema (draft 2020-12) of a snapshot file, as text.
pub fn snapshot_schema() -> String {
    with_version::<Snapshot>("assetdiff snapshot")
}

/// Returns the JSON Schema (draft 2020-12) of a change set file, as text.
pub fn change_set_schema() -> String {
    with_version::<ChangeSet>("assetdiff change set")
}

/// Returns the JSON Schema (draft 2020-12) of the JSON form of an impact, as text.
pub fn impact_schema() -> String {
    with_version::<WrittenImpact<'_>>("assetdiff impact")
}

/// Returns the JSON Schema (draft 2020-12) of the JSON form of a plan, as text.
pub fn plan_schema() -> String {
    with_version::<WrittenPlan<'_>>("assetdiff plan")
}

fn with_version<T: JsonSchema>(title: &str) -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema: Schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    let version = json_schema!({ "type": "string", "pattern": "^1\\.[0-9]+$" });
    if let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) {
        properties.insert("format_version".to_owned(), version.into());
    }
    if let Some(required) = schema.get_mut("required").and_then(|r| r.as_array_mut()) {
        required.retain(|name| name != "format_version");
        required.insert(0, "format_version".into());
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
