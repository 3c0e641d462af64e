//! The form of `assetdiff.toml`.

use serde::Deserialize;
use toml::Spanned;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// The rules of a project.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "assetdiff.toml"))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Raw {
    /// The deployment that branches are compared with; prod if not stated.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) base: Option<Spanned<String>>,
    /// Where deployments are kept: a folder, s3://, gs:// or az://; .assetdiff if not stated.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) store: Option<Spanned<String>>,
    /// The language of selections: dagster or dbt.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) language: Option<Spanned<String>>,
    /// Rules for what differs between two environments of a tool's project: dbt, dagster.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) presets: Vec<Spanned<String>>,
    /// Which renames to look for: off, exact, or the least similarity in percent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) renames: Option<Spanned<String>>,
    /// Whether what looks like a credential is kept out of the store; true if not stated.
    pub(crate) redact_credentials: Option<bool>,
    /// How the project's assets are read.
    pub(crate) adapter: Option<RawAdapter>,
    /// Differences that are left out, and counted.
    pub(crate) ignore: Vec<RawIgnore>,
    /// Texts that are evened out before they are compared.
    pub(crate) normalize: Vec<RawNormalize>,
    /// What a change may not do.
    pub(crate) policy: Vec<RawPolicy>,
    /// What is never written to the store.
    pub(crate) redact: Vec<RawRedact>,
}

/// How the project's assets are read.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAdapter {
    /// dbt, dagster or snapshot.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) tool: Spanned<String>,
    /// dbt: the manifest, or the project or target folder. snapshot: the file.
    pub(crate) path: Option<String>,
    /// dagster: the module that holds the definitions.
    pub(crate) module: Option<String>,
    /// dagster: the Python file that holds the definitions.
    pub(crate) python_file: Option<String>,
    /// dagster: a workspace.yaml, with any number of code locations.
    pub(crate) workspace: Option<String>,
    /// dagster: the folder that modules are imported from.
    pub(crate) working_directory: Option<String>,
    /// dagster: the name of the code location.
    pub(crate) location: Option<String>,
    /// dagster: where code versions come from: auto, declared or both.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) code_versions: Option<Spanned<String>>,
    /// dagster: the Python that loads the project.
    pub(crate) python: Option<String>,
}

/// A difference that is left out.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIgnore {
    /// ASPECT[.ENTRY][#POINTER][ in KEYS], such as metadata.dagster/table_name.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) rule: Spanned<String>,
    /// Only for the assets of this selection.
    #[serde(rename = "where")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) selection: Option<Spanned<String>>,
}

/// Texts that are evened out.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNormalize {
    /// [ASPECT[.ENTRY][ in KEYS]:]s/REGEX/REPLACEMENT/.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) rule: Spanned<String>,
}

/// What a change may not do.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPolicy {
    /// How it is called.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) name: Spanned<String>,
    /// The assets it is about. Without a limit it is broken if the change touches any.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) select: Option<Spanned<String>>,
    /// error, warning or notice; error if not stated.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) level: Option<Spanned<String>>,
    /// What to tell those who break it.
    pub(crate) message: Option<String>,
    /// The most selected assets that may change or be affected.
    pub(crate) max_selected: Option<u64>,
    /// The most assets that may be affected (of the selected ones, if some are).
    pub(crate) max_affected: Option<u64>,
    /// The most assets that may have to be made again.
    pub(crate) max_rebuild: Option<u64>,
    /// The most partitions that may have to be made again.
    pub(crate) max_rebuild_partitions: Option<u64>,
}

/// What is never written to the store.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRedact {
    /// Entries of tags, metadata, execution settings and extra aspects by name, as a glob pattern.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) entry: Option<Spanned<String>>,
    /// A regular expression: what it matches in texts, or its first group.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) pattern: Option<Spanned<String>>,
    /// Only in the assets whose keys match this glob pattern.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) keys: Option<Spanned<String>>,
}

/// Returns the JSON Schema of `assetdiff.toml`, for editors.
#[cfg(feature = "schema")]
pub fn config_schema() -> String {
    let schema = schemars::schema_for!(Raw);
    // A schema can be written as JSON, and memory takes it.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
