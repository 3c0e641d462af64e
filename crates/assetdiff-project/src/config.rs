//! `assetdiff.toml`, read and checked.

use std::collections::BTreeSet;
use std::ops::Range;

use assetdiff::{
    AssetGraph, DiffOptions, IgnoreRule, Language, NameGlob, NormalizeRule, Renames, Selection,
    SelectionError, SelectionScope,
};
use assetdiff_adapters::dbt;
use assetdiff_store::{DeploymentName, RedactRule, Redaction};
use toml::Spanned;

use crate::error::ConfigError;
use crate::policy::{Level, Limit, Policy};
use crate::raw::{Raw, RawAdapter, RawIgnore, RawNormalize, RawPolicy, RawRedact};

/// The most bytes of the file.
pub const MAX_BYTES: usize = 1 << 20;

/// The most rules of one kind.
const MAX_RULES: usize = 1000;

/// The rules of a project.
#[derive(Debug, Clone)]
pub struct Config {
    /// The deployment that branches are compared with.
    pub base: DeploymentName,
    /// Where deployments are kept, if it is stated.
    pub store: Option<String>,
    /// The language of selections.
    pub language: Language,
    /// Rules that come with a tool.
    pub presets: Vec<Preset>,
    /// Which renames are looked for.
    pub renames: Renames,
    /// What is kept out of the store.
    pub redaction: Redaction,
    /// How the project's assets are read, if it is stated.
    pub adapter: Option<Adapter>,
    /// What is left out of comparisons.
    pub ignore: Vec<IgnoreEntry>,
    /// What is evened out in comparisons.
    pub normalize: Vec<NormalizeRule>,
    /// What a change may not do.
    pub policies: Vec<Policy>,
}

/// An ignore rule, perhaps for the assets of a selection.
#[derive(Debug, Clone)]
pub struct IgnoreEntry {
    rule: String,
    selection: Option<Selection>,
}

/// Rules that come with a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Database and schema, and the unrendered configuration.
    Dbt,
    /// Table names and code references, which differ by environment and commit.
    Dagster,
}

/// The tool that a project is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// dbt.
    Dbt,
    /// Dagster.
    Dagster,
    /// Any: a snapshot that something else has written.
    Snapshot,
}

/// How a project's assets are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// The tool.
    pub tool: Tool,
    /// The manifest, or the folder that holds it; the snapshot.
    pub path: Option<String>,
    /// Dagster: the module that holds the definitions.
    pub module: Option<String>,
    /// Dagster: the Python file that holds the definitions.
    pub python_file: Option<String>,
    /// Dagster: the workspace file.
    pub workspace: Option<String>,
    /// Dagster: the folder that modules are imported from.
    pub working_directory: Option<String>,
    /// Dagster: the name of the code location.
    pub location: Option<String>,
    /// Dagster: where code versions come from.
    pub code_versions: Option<String>,
    /// Dagster: the Python that loads the project.
    pub python: Option<String>,
}

impl Default for Config {
    /// No rules; the base is `prod`, and what looks like a credential is redacted.
    fn default() -> Self {
        // An empty file is a valid one.
        let base = DeploymentName::new("prod").unwrap_or_else(|_| unreachable!("a name"));
        Self {
            base,
            store: None,
            language: Language::Dagster,
            presets: Vec::new(),
            renames: Renames::default(),
            redaction: Redaction::default(),
            adapter: None,
            ignore: Vec::new(),
            normalize: Vec::new(),
            policies: Vec::new(),
        }
    }
}

impl Config {
    /// Returns the rules of a file's text; the name is for errors.
    ///
    /// # Errors
    /// [`ConfigError`] with line and column for what is no TOML, not of the form, or a rule that cannot be read.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let place = Place { file, text };
        if text.len() > MAX_BYTES {
            return Err(
                place.error(0..0, format!("expected at most {MAX_BYTES} bytes, found {}", text.len()))
            );
        }
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            place.error(error.span().unwrap_or(0..0), assetdiff::escape_hidden(&message).into_owned())
        })?;
        let Raw {
            base,
            store,
            language,
            presets,
            renames,
            redact_credentials,
            adapter,
            ignore,
            normalize,
            policy,
            redact,
        } = raw;
        for (name, number) in [
            ("ignore", ignore.len()),
            ("normalize", normalize.len()),
            ("policy", policy.len()),
            ("redact", redact.len()),
        ] {
            if number > MAX_RULES {
                let message = format!("expected at most {MAX_RULES} [[{name}]] tables, found {number}");
                return Err(place.error(0..0, message));
            }
        }
        let mut config = Self::default();
        if let Some(base) = base {
            config.base = place.read(&base, DeploymentName::new)?;
        }
        if let Some(language) = language {
            config.language = place.read(&language, |text| text.parse::<Language>())?;
        }
        if let Some(renames) = renames {
            config.renames = place.read(&renames, |text| text.parse::<Renames>())?;
        }
        config.store = store.map(Spanned::into_inner);
        config.presets =
            presets.iter().map(|preset| place.read(preset, preset_of)).collect::<Result<_, _>>()?;
        config.adapter = adapter.map(|adapter| place.adapter(adapter)).transpose()?;
        config.ignore =
            ignore.into_iter().map(|rule| place.ignore(rule, config.language)).collect::<Result<_, _>>()?;
        config.normalize = (normalize.iter())
            .map(|RawNormalize { rule }| place.read(rule, |text| text.parse::<NormalizeRule>()))
            .collect::<Result<_, _>>()?;
        config.policies = policy
            .into_iter()
            .map(|policy| place.policy(policy, config.language))
            .collect::<Result<_, _>>()?;
        let mut names = BTreeSet::new();
        if let Some(twice) = config.policies.iter().find(|policy| !names.insert(policy.name.as_str())) {
            let at = text.rfind(&twice.name).unwrap_or(0);
            let message = format!("expected policies with different names, found {:?} twice", twice.name);
            return Err(place.error(at..at + twice.name.len(), message));
        }
        config.redaction.credentials = redact_credentials.unwrap_or(true);
        config.redaction.rules =
            redact.into_iter().map(|rule| place.redact(rule)).collect::<Result<_, _>>()?;
        Ok(config)
    }

    /// Returns the rules of a file's bytes; the name is for errors.
    ///
    /// # Errors
    /// Those of [`Self::parse`], and one with its place for what is not UTF-8.
    pub fn parse_bytes(file: &str, bytes: &[u8]) -> Result<Self, ConfigError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(file, text),
            Err(error) => {
                let at = error.valid_up_to();
                let text = String::from_utf8_lossy(bytes);
                Err(Place { file, text: &text }
                    .error(at..at, "expected UTF-8, found another byte".to_owned()))
            }
        }
    }

    /// Returns the place of the store: the stated one, or else that of the environment (`ASSETDIFF_STORE`), of the file,
    /// or `.assetdiff`.
    pub fn store_place(&self, stated: Option<&str>, environment: Option<&str>) -> String {
        let environment = environment.filter(|place| !place.is_empty());
        stated.or(environment).or(self.store.as_deref()).unwrap_or(".assetdiff").to_owned()
    }

    /// Returns how any two graphs are compared by these rules; `None` if a rule is for the assets of a selection, which
    /// asks for the graphs.
    pub fn options_for_all(&self) -> Option<DiffOptions> {
        let rules = self.ignore.iter().map(|entry| entry.selection.is_none().then(|| entry.rule.parse()));
        // Each was read once when the file was.
        let rules: Option<Vec<_>> = rules.collect();
        Some(self.with(rules?.into_iter().flatten().collect()))
    }

    /// Returns how two graphs are compared by these rules.
    ///
    /// # Errors
    /// [`SelectionError`] if a selection asks for what neither graph can answer.
    pub fn diff_options(&self, base: &AssetGraph, head: &AssetGraph) -> Result<DiffOptions, SelectionError> {
        let mut rules = Vec::new();
        for IgnoreEntry { rule, selection } in &self.ignore {
            rules.extend(match selection {
                None => rule.parse(),
                Some(selection) => {
                    let mut scope = SelectionScope::new(head);
                    scope.base = Some(base);
                    let name = format!("{rule} where {selection}");
                    IgnoreRule::for_assets(rule, &name, selection.select_changes(&scope)?)
                }
            });
        }
        Ok(self.with(rules))
    }

    fn with(&self, ignore: Vec<IgnoreRule>) -> DiffOptions {
        let mut options = DiffOptions::default();
        options.ignore = ignore;
        options.normalize = self.normalize.clone();
        options.renames = self.renames;
        for preset in &self.presets {
            match preset {
                // The rules of the presets are fixed, and read by tests.
                Preset::Dbt => drop(dbt::preset(&mut options)),
                Preset::Dagster => options.ignore.extend(DAGSTER.iter().filter_map(|rule| {
                    let parsed: IgnoreRule = rule.parse().ok()?;
                    Some(IgnoreRule { name: format!("dagster preset: {rule}"), ..parsed })
                })),
            }
        }
        options
    }
}

/// What differs between two environments of one Dagster project, or with every commit.
const DAGSTER: [&str; 2] = ["metadata.dagster/table_name", "metadata.dagster/code_references"];

fn preset_of(text: &str) -> Result<Preset, String> {
    match text {
        "dbt" => Ok(Preset::Dbt),
        "dagster" => Ok(Preset::Dagster),
        _ => Err(format!("expected dbt or dagster, found {text:?}")),
    }
}

/// The file, for errors.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, span: Range<usize>, message: String) -> ConfigError {
        ConfigError::at(self.file, self.text, span, message)
    }

    fn read<T, E: ToString>(
        &self,
        value: &Spanned<String>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        read(value.get_ref()).map_err(|error| self.error(value.span(), error.to_string()))
    }

    fn selection(&self, value: &Spanned<String>, language: Language) -> Result<Selection, ConfigError> {
        self.read(value, |text| Selection::parse(text, language))
    }

    fn adapter(&self, raw: RawAdapter) -> Result<Adapter, ConfigError> {
        let RawAdapter {
            tool: name,
            path,
            module,
            python_file,
            workspace,
            working_directory,
            location,
            code_versions,
            python,
        } = raw;
        let tool = self.read(&name, |text| match text {
            "dbt" => Ok(Tool::Dbt),
            "dagster" => Ok(Tool::Dagster),
            "snapshot" => Ok(Tool::Snapshot),
            _ => Err(format!("expected dbt, dagster or snapshot, found {text:?}")),
        })?;
        if tool == Tool::Snapshot && path.is_none() {
            return Err(
                self.error(name.span(), "expected a path for the tool snapshot, found none".to_owned())
            );
        }
        if let Some(from) = &code_versions {
            self.read(from, |text| match text {
                "auto" | "declared" | "both" => Ok(()),
                _ => Err(format!("expected auto, declared or both, found {text:?}")),
            })?;
        }
        let code_versions = code_versions.map(Spanned::into_inner);
        Ok(Adapter {
            tool,
            path,
            module,
            python_file,
            workspace,
            working_directory,
            location,
            code_versions,
            python,
        })
    }

    fn ignore(&self, raw: RawIgnore, language: Language) -> Result<IgnoreEntry, ConfigError> {
        let RawIgnore { rule, selection } = raw;
        let parsed = selection.as_ref().map(|selection| self.selection(selection, language)).transpose()?;
        self.read(&rule, |text| match &parsed {
            Some(_) => IgnoreRule::for_assets(text, text, BTreeSet::new()).map(drop),
            None => text.parse::<IgnoreRule>().map(drop),
        })?;
        Ok(IgnoreEntry { rule: rule.into_inner(), selection: parsed })
    }

    fn redact(&self, raw: RawRedact) -> Result<RedactRule, ConfigError> {
        let RawRedact { entry, pattern, keys } = raw;
        let glob = |value: &Option<Spanned<String>>| {
            value.as_ref().map(|value| self.read(value, NameGlob::new)).transpose()
        };
        let (entry, keys) = (glob(&entry)?, glob(&keys)?);
        match pattern {
            Some(pattern) => self.read(&pattern, |text| RedactRule::new(keys, entry, Some(text))),
            None => RedactRule::new(keys, entry, None).map_err(|error| self.error(0..0, error.to_string())),
        }
    }

    fn policy(&self, raw: RawPolicy, language: Language) -> Result<Policy, ConfigError> {
        let RawPolicy {
            name,
            select,
            level,
            message,
            max_selected,
            max_affected,
            max_rebuild,
            max_rebuild_partitions,
        } = raw;
        if name.get_ref().trim().is_empty() || name.get_ref().chars().any(assetdiff::is_hidden) {
            let message = "expected a name of visible characters, found another".to_owned();
            return Err(self.error(name.span(), message));
        }
        let selection = select.as_ref().map(|select| self.selection(select, language)).transpose()?;
        let level = level.as_ref().map(|level| self.read(level, |text| text.parse::<Level>())).transpose()?;
        let limits = [
            max_selected.map(Limit::Selected),
            max_affected.map(Limit::Affected),
            max_rebuild.map(Limit::Rebuild),
            max_rebuild_partitions.map(Limit::RebuildPartitions),
        ];
        let mut limits: Vec<Limit> = limits.into_iter().flatten().collect();
        if limits.is_empty() {
            if selection.is_none() {
                let message = "expected a selection or a limit for the policy, found neither".to_owned();
                return Err(self.error(name.span(), message));
            }
            limits.push(Limit::Selected(0));
        }
        if selection.is_none() && limits.iter().any(|limit| matches!(limit, Limit::Selected(_))) {
            let message = "expected a selection for max_selected, found none".to_owned();
            return Err(self.error(name.span(), message));
        }
        Ok(Policy { name: name.into_inner(), selection, limits, level: level.unwrap_or_default(), message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assetdiff::RuleError;

    #[test]
    fn every_rule_of_the_dagster_preset_can_be_read() -> Result<(), RuleError> {
        DAGSTER.iter().try_for_each(|rule| rule.parse::<IgnoreRule>().map(drop))
    }
}
