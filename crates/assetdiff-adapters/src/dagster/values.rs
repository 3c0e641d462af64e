//! Typed metadata and freshness policies.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assetdiff::{
    CodeReference, Column, ColumnRef, CronFreshness, FileReference, FreshnessPolicy, JobRef, Json, JsonText,
    MetadataValue, PythonArtifact, ReadError, Table, TableSchema, TimeWindowFreshness, Timestamp,
    UrlReference,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::wire::{Class, Key, LegacyFreshness};

/// Where a freshness policy travelled as text before it had a field.
const FRESHNESS: &str = "dagster/internal_freshness_policy";

/// Returns the time that lies this many seconds after 1970, to the nanosecond.
pub(super) fn time(seconds: f64) -> Result<Timestamp, String> {
    // Whole seconds and the rest apart, because a float of nanoseconds would have too few digits.
    let (whole, rest) = (seconds.floor(), seconds - seconds.floor());
    // What is far beyond any time stays so.
    let nanoseconds =
        (whole as i128).saturating_mul(1_000_000_000).saturating_add((rest * 1e9).round_ties_even() as i128);
    Timestamp::from_unix_nanoseconds(nanoseconds).map_err(|error| error.to_string())
}

/// Returns a value of ours as JSON.
pub(super) fn json_of<T: Serialize>(value: &T) -> Json {
    let text = serde_json::to_string(value).unwrap_or_default();
    Json::parse(&text).unwrap_or_else(|_| Json::null())
}

/// Returns the members of an object but its class.
pub(super) fn without_class(text: JsonText<'_>, raw: &RawValue) -> Result<Json, ReadError> {
    let mut members: BTreeMap<String, Json> = text.read(raw.get())?;
    members.remove("__class__");
    Ok(Json::object(members))
}

/// The classes that are read into types of ours, without what their names end in.
const CLASSES: [&str; 21] = [
    "Bool",
    "CodeReferences",
    "DagsterAsset",
    "DagsterJob",
    "DagsterPipelineRun",
    "DagsterRun",
    "Float",
    "Int",
    "Json",
    "Markdown",
    "Notebook",
    "Null",
    "Path",
    "Pool",
    "PythonArtifact",
    "Table",
    "TableColumnLineage",
    "TableSchema",
    "Text",
    "Timestamp",
    "Url",
];

/// The fields that metadata values have, whichever class they are of.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    __class__: Cow<'a, str>,
    text: Option<String>,
    url: Option<String>,
    path: Option<String>,
    md_str: Option<String>,
    run_id: Option<String>,
    pool: Option<String>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    asset_key: Option<Key>,
    records: Option<Vec<Record>>,
    schema: Option<Schema>,
    #[serde(alias = "lineage")]
    column_lineage: Option<Lineage>,
    #[serde(borrow, default)]
    code_references: Option<Vec<Reference<'a>>>,
    job_name: Option<String>,
    location_name: Option<String>,
    repository_name: Option<String>,
    module: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    data: Json,
}

#[derive(Deserialize)]
struct Schema {
    columns: Vec<SchemaColumn>,
    constraints: Option<TableConstraints>,
}

#[derive(Deserialize)]
struct TableConstraints {
    other: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct SchemaColumn {
    name: String,
    #[serde(rename = "type")]
    data_type: Option<String>,
    description: Option<String>,
    constraints: Option<ColumnConstraints>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ColumnConstraints {
    nullable: Option<bool>,
    unique: Option<bool>,
    other: Option<Vec<Json>>,
}

#[derive(Deserialize)]
struct Lineage {
    deps_by_column: BTreeMap<String, Vec<LineageDep>>,
}

#[derive(Deserialize)]
struct LineageDep {
    asset_key: Key,
    column_name: String,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    __class__: Cow<'a, str>,
    label: Option<String>,
    url: Option<String>,
    file_path: Option<String>,
    line_number: Option<u64>,
}

/// Returns a value of the classes that most metadata is of, if it is written the way Dagster writes it
/// and holds no escapes: `{"__class__": "TextMetadataEntryData", "text": "…"}`.
fn plain(text: JsonText<'_>, raw: &str) -> Option<MetadataValue> {
    let (class, rest) = raw.strip_prefix("{\"__class__\": \"")?.split_once("\", \"")?;
    let (field, value) = rest.split_once("\": ")?;
    let value = value.strip_suffix('}')?;
    let name = class.strip_suffix("MetadataEntryData")?;
    let string = || {
        let inner = value.strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains(['"', '\\'])).then(|| inner.to_owned())
    };
    // One scalar: where anything else follows, or stands in place of it, reading it fails.
    Some(match (name, field) {
        ("Text", "text") => MetadataValue::Text(string()?),
        ("Url", "url") => MetadataValue::Url(string()?),
        ("Path", "path") => MetadataValue::Path(string()?),
        ("Markdown", "md_str") => MetadataValue::Markdown(string()?),
        ("Int", "value") if value != "null" => MetadataValue::Int(text.read(value).ok()?),
        ("Bool", "value") => MetadataValue::Bool(text.read(value).ok()?),
        ("Float", "value") if value != "null" => MetadataValue::Float(text.read(value).ok()?),
        _ => return None,
    })
}

/// Returns a serialised metadata value.
pub(super) fn metadata(text: JsonText<'_>, raw: &RawValue) -> Result<MetadataValue, ReadError> {
    if let Some(value) = plain(text, raw.get()) {
        return Ok(value);
    }
    let Class { __class__: class } = text.read(raw.get())?;
    let name = class.trim_end_matches("EntryData").trim_end_matches("Value").trim_end_matches("Metadata");
    if !CLASSES.contains(&name) {
        return other(text, raw, name);
    }
    let fields: Fields<'_> = text.read(raw.get())?;
    let missing = |field: &str| {
        text.error(raw.get(), format!("expected `{field}` of a {}, found none", fields.__class__))
    };
    // Old snapshots hold typed values without a value; no type of ours takes nothing.
    let empty =
        |name: &str| MetadataValue::Other { type_name: format!("dagster.{name}"), value: Json::null() };
    let of_text = |value: Option<String>, name: &str, make: fn(String) -> MetadataValue| {
        value.map_or_else(|| empty(name), make)
    };
    Ok(match name {
        "Text" => of_text(fields.text, "text", MetadataValue::Text),
        "Url" => of_text(fields.url, "url", MetadataValue::Url),
        "Path" => of_text(fields.path, "path", MetadataValue::Path),
        "Notebook" => of_text(fields.path, "notebook", MetadataValue::Notebook),
        "Markdown" => of_text(fields.md_str, "markdown", MetadataValue::Markdown),
        "DagsterRun" | "DagsterPipelineRun" => of_text(fields.run_id, "run", MetadataValue::Run),
        "Pool" => of_text(fields.pool, "pool", MetadataValue::Pool),
        "Int" => match fields.value {
            Some(value) => MetadataValue::Int(text.read(value.get())?),
            None => empty("int"),
        },
        "Bool" => match fields.value {
            Some(value) => MetadataValue::Bool(text.read(value.get())?),
            None => empty("bool"),
        },
        "Float" => match fields.value {
            Some(value) => MetadataValue::Float(text.read(value.get())?),
            None => empty("float"),
        },
        "Timestamp" => {
            let value = fields.value.ok_or_else(|| missing("value"))?;
            let at = time(text.read(value.get())?).map_err(|error| text.error(raw.get(), error))?;
            MetadataValue::Timestamp(at)
        }
        "Null" => MetadataValue::Null,
        "Json" => match fields.data {
            Some(data) => MetadataValue::Json(text.read(data.get())?),
            None => MetadataValue::Json(Json::null()),
        },
        "DagsterAsset" => MetadataValue::Asset(fields.asset_key.ok_or_else(|| missing("asset_key"))?.path),
        "Table" => MetadataValue::Table(Table {
            records: fields
                .records
                .ok_or_else(|| missing("records"))?
                .into_iter()
                .map(|record| record.data)
                .collect(),
            schema: table_schema(fields.schema.ok_or_else(|| missing("schema"))?),
        }),
        "TableSchema" => {
            MetadataValue::TableSchema(table_schema(fields.schema.ok_or_else(|| missing("schema"))?))
        }
        "TableColumnLineage" => {
            let lineage = fields.column_lineage.ok_or_else(|| missing("column_lineage"))?;
            let refs = |deps: Vec<LineageDep>| {
                let dep = |dep: LineageDep| ColumnRef { asset: dep.asset_key.path, column: dep.column_name };
                deps.into_iter().map(dep).collect()
            };
            let columns = lineage.deps_by_column.into_iter().map(|(column, deps)| (column, refs(deps)));
            MetadataValue::ColumnLineage(columns.collect())
        }
        "CodeReferences" => {
            let references = fields.code_references.ok_or_else(|| missing("code_references"))?;
            let references = references
                .into_iter()
                .map(|reference| code_reference(reference).ok_or_else(|| missing("url or file_path")));
            MetadataValue::CodeReferences(references.collect::<Result<_, _>>()?)
        }
        "DagsterJob" => MetadataValue::Job(JobRef {
            code_location: fields.location_name,
            name: fields.job_name.ok_or_else(|| missing("job_name"))?,
            repository: fields.repository_name,
        }),
        "PythonArtifact" => MetadataValue::PythonArtifact(PythonArtifact {
            module: fields.module.ok_or_else(|| missing("module"))?,
            name: fields.name.ok_or_else(|| missing("name"))?,
        }),
        _ => return other(text, raw, name),
    })
}

fn other(text: JsonText<'_>, raw: &RawValue, name: &str) -> Result<MetadataValue, ReadError> {
    let value = without_class(text, raw)?;
    Ok(MetadataValue::Other { type_name: format!("dagster.{name}"), value })
}

fn table_schema(schema: Schema) -> TableSchema {
    TableSchema {
        columns: schema.columns.into_iter().map(column).collect(),
        constraints: schema.constraints.and_then(|constraints| constraints.other).unwrap_or_default(),
    }
}

fn column(column: SchemaColumn) -> Column {
    let (nullable, constraints) = match column.constraints {
        None => (None, Vec::new()),
        Some(ColumnConstraints { nullable, unique, other }) => {
            // An object, so that it is not the same as a constraint that someone calls "unique".
            let unique = unique.unwrap_or_default().then(|| Json::object([("type", Json::from("unique"))]));
            (nullable, unique.into_iter().chain(other.unwrap_or_default()).collect())
        }
    };
    Column {
        constraints,
        data_type: column.data_type,
        description: column.description,
        name: column.name,
        nullable,
        tags: column.tags.unwrap_or_default(),
        extra: BTreeMap::new(),
    }
}

/// `None` if it does not say where.
fn code_reference(reference: Reference<'_>) -> Option<CodeReference> {
    let Reference { __class__: class, label, url, file_path, line_number } = reference;
    Some(match &*class {
        "UrlCodeReference" => CodeReference::Url(UrlReference { label, url: url? }),
        _ => CodeReference::File(FileReference { label, line: line_number, path: file_path? }),
    })
}

/// A span of time.
#[derive(Deserialize)]
struct Delta {
    days: i64,
    seconds: i64,
    microseconds: i64,
}

impl Delta {
    /// Returns whole seconds; `Err` with the exact decimal number if there is a fraction.
    fn seconds(&self) -> Result<u64, Json> {
        let whole = self.days.saturating_mul(86_400).saturating_add(self.seconds);
        let decimal = format!("{whole}.{:06}", self.microseconds);
        let exact = || Json::parse(&decimal).unwrap_or_else(|_| Json::null());
        if self.microseconds == 0 {
            u64::try_from(whole).map_err(|_| Json::from(whole))
        } else {
            Err(exact())
        }
    }

    fn json(&self) -> Json {
        self.seconds().map_or_else(|fraction| fraction, |whole| Json::from(whole as i64))
    }
}

/// Returns the freshness policy, the deprecated one, or both as a type of their own.
pub(super) fn freshness(
    text: JsonText<'_>,
    policy: Option<&RawValue>,
    metadata: &BTreeMap<String, MetadataValue>,
    legacy: Option<LegacyFreshness<'_>>,
) -> Result<Option<FreshnessPolicy>, ReadError> {
    let current = match (policy, metadata.get(FRESHNESS)) {
        (Some(policy), _) => Some(current_freshness(text, policy)?),
        (None, Some(MetadataValue::Text(policy))) => {
            // The text stands inside a string: errors in it have no place of their own.
            let error = |error: &dyn std::fmt::Display| {
                text.error(
                    text.as_str(),
                    format!("expected a freshness policy in the metadata {FRESHNESS}: {error}"),
                )
            };
            let inner =
                JsonText::new(policy.as_bytes(), &assetdiff::Limits::default()).map_err(|e| error(&e))?;
            let raw: &RawValue = inner.read(inner.as_str()).map_err(|e| error(&e))?;
            match raw.get() {
                "null" => None,
                _ => Some(current_freshness(inner, raw).map_err(|e| error(&e))?),
            }
        }
        _ => None,
    };
    let Some(legacy) = legacy else { return Ok(current) };
    let text_of = |value: Option<String>| value.map(|value| Json::from(value.as_str()));
    let lag = legacy.maximum_lag_minutes.map(|raw| text.read(raw.get())).transpose()?;
    let members = [
        ("maximum_lag_minutes", lag),
        ("cron_schedule", text_of(legacy.cron_schedule)),
        ("cron_schedule_timezone", text_of(legacy.cron_schedule_timezone)),
    ];
    let old = Json::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let (name, value) = match current {
        None => ("dagster.legacy", old),
        Some(current) => ("dagster.both", Json::object([("legacy", old), ("policy", json_of(&current))])),
    };
    Ok(Some(FreshnessPolicy::Other { type_name: name.to_owned(), value }))
}

fn current_freshness(text: JsonText<'_>, raw: &RawValue) -> Result<FreshnessPolicy, ReadError> {
    let Class { __class__: class } = text.read(raw.get())?;
    match &*class {
        "TimeWindowFreshnessPolicy" => {
            #[derive(Deserialize)]
            struct TimeWindow {
                fail_window: Delta,
                warn_window: Option<Delta>,
            }
            let TimeWindow { fail_window: fail, warn_window: warn } = text.read(raw.get())?;
            match (fail.seconds(), warn.as_ref().map(Delta::seconds).transpose()) {
                (Ok(fail_after_seconds), Ok(warn_after_seconds)) => {
                    Ok(FreshnessPolicy::TimeWindow(TimeWindowFreshness {
                        fail_after_seconds,
                        warn_after_seconds,
                    }))
                }
                // The format has whole seconds; a span with a fraction is a type of its own rather than cut.
                _ => {
                    let warn = warn.map(|warn| ("warn_after_seconds", warn.json()));
                    let members = [("fail_after_seconds", fail.json())].into_iter().chain(warn);
                    Ok(FreshnessPolicy::Other {
                        type_name: "dagster.time_window".to_owned(),
                        value: Json::object(members),
                    })
                }
            }
        }
        "CronFreshnessPolicy" => {
            #[derive(Deserialize)]
            struct Cron {
                deadline_cron: String,
                lower_bound_delta: Delta,
                timezone: String,
            }
            let Cron { deadline_cron, lower_bound_delta: lower, timezone } = text.read(raw.get())?;
            match lower.seconds() {
                Ok(lower_bound_seconds) => {
                    Ok(FreshnessPolicy::Cron(CronFreshness { deadline_cron, lower_bound_seconds, timezone }))
                }
                Err(lower) => Ok(FreshnessPolicy::Other {
                    type_name: "dagster.cron".to_owned(),
                    value: Json::object([
                        ("deadline_cron", Json::from(deadline_cron.as_str())),
                        ("lower_bound_seconds", lower),
                        ("timezone", Json::from(timezone.as_str())),
                    ]),
                }),
            }
        }
        name => {
            let (type_name, value) = super::definition::other(text, raw, name)?;
            Ok(FreshnessPolicy::Other { type_name, value })
        }
    }
}
