//! A node as dbt compares it, aspect by aspect.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assetdiff::{AssetDefinition, AssetGraph, AssetKey, Check, Column, Fingerprint, Json, MetadataValue};

use super::{StateOptions, StateSelector};
use crate::dbt::config::RELATION;
use crate::dbt::definition::id_of_key;

/// The digests of the macros of base.
pub(super) struct MacroTexts(BTreeMap<String, String>);

impl MacroTexts {
    pub(super) fn of(base: &AssetGraph) -> Self {
        let macros = base.keys().filter(|key| key.components().next() == Some("macro"));
        let texts = macros.filter_map(|key| {
            let source = base.get(&key)?.code_version.and_then(|code| code.source).unwrap_or_default();
            Some((id_of_key(&key), Fingerprint::of(source.as_bytes()).to_string()))
        });
        Self(texts.collect())
    }
}

/// A node as dbt compares it.
pub(super) struct Node<'a> {
    pub(super) id: Cow<'a, str>,
    resource_type: &'a str,
    definition: &'a AssetDefinition,
    check: Option<&'a Check>,
}

/// What the checksum of a contract is made from.
#[derive(PartialEq)]
struct Contract<'a> {
    columns: Vec<(&'a String, &'a Option<String>, &'a Vec<Json>)>,
    /// How the model is stored, and the constraints on all of it, if they count.
    stored: Option<(&'a Json, Option<&'a Json>)>,
}

/// The parts of `unrendered_config` that `configs` leaves out.
const NOT_CONFIG: [&str; 5] = ["alias", "schema", "database", "tags", "group"];
const TEST_CONFIG: [&str; 8] =
    ["severity", "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures", "store_failures_as"];

impl<'a> Node<'a> {
    /// The nodes that one definition holds: the asset and its checks.
    pub(super) fn all_of(definition: &'a AssetDefinition) -> Vec<Self> {
        let resource_type = definition.key.components().next().unwrap_or_default();
        let selectable = !matches!(resource_type, "macro" | "operation" | "test" | "unit_test");
        let asset = selectable.then(|| Self {
            id: id_of_key(&definition.key).into(),
            resource_type,
            definition,
            check: None,
        });
        let checks = definition.checks.iter().map(|check| Self {
            id: check.name.as_str().into(),
            resource_type: check.name.split('.').next().unwrap_or_default(),
            definition,
            check: Some(check),
        });
        asset.into_iter().chain(checks).collect()
    }

    pub(super) fn matches(
        &self,
        old: Option<&Self>,
        selector: StateSelector,
        macros: &MacroTexts,
        options: StateOptions,
    ) -> bool {
        let differs = |types: &[&str], same: &dyn Fn(&Self) -> bool| {
            types.contains(&self.resource_type) && old.is_none_or(|old| !same(old))
        };
        let sql = ["model", "seed", "snapshot", "test", "analysis", "function"];
        let with_relation = [&sql[..], &["source"]].concat();
        let with_config =
            [&with_relation[..], &["exposure", "metric", "semantic_model", "saved_query"]].concat();
        match selector {
            StateSelector::New => old.is_none(),
            StateSelector::Old => old.is_some(),
            StateSelector::Modified => self.is_modified(old, macros, options),
            StateSelector::Unmodified => !self.is_modified(old, macros, options),
            StateSelector::Body => differs(&sql, &|old| self.same_body(old)),
            StateSelector::Configs => differs(&with_config, &|old| self.same_config(old, options)),
            StateSelector::Relation => differs(&with_relation, &|old| self.same_relation(old, options)),
            StateSelector::PersistedDescriptions => differs(&sql, &|old| self.same_descriptions(old)),
            StateSelector::Contract => differs(&sql, &|old| self.same_contract(old)),
            StateSelector::Macros => self.reaches_changed_macro(macros),
        }
    }

    fn is_modified(&self, old: Option<&Self>, macros: &MacroTexts, options: StateOptions) -> bool {
        // dbt does not call these modified when they are new.
        let silent_when_new =
            matches!(self.resource_type, "source" | "exposure" | "metric" | "semantic_model" | "saved_query");
        self.reaches_changed_macro(macros)
            || old.map_or(!silent_when_new, |old| !self.same_contents(old, options))
    }

    fn same_contents(&self, old: &Self, options: StateOptions) -> bool {
        let same_extra = |names: &[&str]| names.iter().all(|name| self.extra(name) == old.extra(name));
        let same_meta = |names: &[&str]| names.iter().all(|name| self.described(name) == old.described(name));
        let same_config = || self.same_config(old, options);
        let same_fqn = self.fqn() == old.fqn();
        let same_description = self.definition.description == old.definition.description;
        let same_sql = || {
            self.same_body(old)
                && same_config()
                && self.same_descriptions(old)
                && same_fqn
                && self.same_relation(old, options)
        };
        let same_upstream = || {
            let keys = |node: &Self| -> Vec<AssetKey> {
                node.definition.dependencies.iter().map(|d| d.key.clone()).collect()
            };
            keys(self) == keys(old)
        };
        match self.resource_type {
            "test" if self.extra("test_metadata").is_some() => same_config() && same_fqn,
            "model" => {
                same_sql()
                    && self.same_contract(old)
                    && same_meta(&["latest_version", "access", "deprecation_date"])
            }
            "function" => same_sql() && same_extra(&["arguments", "returns", "overloads"]),
            "source" => {
                self.same_relation(old, options)
                    && same_fqn
                    && same_config()
                    && same_extra(&["quoting", "loaded_at_field", "external"])
                    && self.definition.freshness == old.definition.freshness
            }
            "exposure" => {
                same_fqn
                    && same_description
                    && same_extra(&["type"])
                    && same_meta(&["owner", "maturity", "url", "label"])
                    && same_upstream()
                    && same_config()
            }
            "metric" => same_description && same_extra(&["type"]) && same_meta(&["label"]) && same_config(),
            "semantic_model" => {
                same_description
                    && same_config()
                    && same_extra(&[
                        "model",
                        "defaults",
                        "entities",
                        "dimensions",
                        "measures",
                        "primary_entity",
                    ])
                    && self.definition.group == old.definition.group
            }
            "saved_query" => {
                same_description
                    && same_meta(&["label"])
                    && same_config()
                    && same_extra(&["query_params", "exports"])
                    && self.definition.group == old.definition.group
                    && self.definition.tags == old.definition.tags
            }
            "unit_test" => self.extra("checksum") == old.extra("checksum"),
            _ => same_sql(),
        }
    }

    fn same_body(&self, old: &Self) -> bool {
        match self.check {
            Some(_) => self.extra("raw_code") == old.extra("raw_code"),
            None => {
                let code = |node: &Self| {
                    node.definition.code_version.clone().map(|code| (code.source, code.version))
                };
                code(self).unwrap_or_default() == code(old).unwrap_or_default()
            }
        }
    }

    fn same_config(&self, old: &Self, options: StateOptions) -> bool {
        let counts: &dyn Fn(&str) -> bool = match self.resource_type {
            "model" | "seed" | "snapshot" | "analysis" | "function" => &|name| !NOT_CONFIG.contains(&name),
            "metric" => &|name| name != "group",
            "test" => {
                &|name| TEST_CONFIG.contains(&name) || (options.sql_header_of_tests && name == "sql_header")
            }
            // These are compared as rendered.
            "semantic_model" | "saved_query" => {
                let rendered = |node: &Self| {
                    let AssetDefinition { execution, group, metadata, tags, .. } = node.definition;
                    let mut metadata = metadata.clone();
                    metadata.retain(|name, _| !name.starts_with("dbt."));
                    (execution.clone(), group.clone(), metadata, tags.clone())
                };
                return rendered(self) == rendered(old);
            }
            _ => &|_| true,
        };
        let config = |node: &Self| -> BTreeMap<String, Json> {
            node.unrendered_config().into_iter().filter(|(name, _)| counts(name)).collect()
        };
        config(self) == config(old)
    }

    fn same_relation(&self, old: &Self, options: StateOptions) -> bool {
        if self.resource_type == "source" {
            let rendered =
                |node: &Self| ["database", "schema"].map(|name| node.definition.execution.get(name).cloned());
            let unrendered = |node: &Self| {
                ["unrendered_database", "unrendered_schema"].map(|name| node.extra(name).cloned())
            };
            let same = if options.compare_more_unrendered_values {
                unrendered(self) == unrendered(old)
            } else {
                rendered(self) == rendered(old)
            };
            return same && self.extra("identifier") == old.extra("identifier");
        }
        let (new, old) = (self.unrendered_config(), old.unrendered_config());
        let of = |config: &BTreeMap<String, Json>, name| {
            config.get(name).filter(|v| v.as_str() != "null").cloned()
        };
        RELATION.iter().all(|name| of(&new, *name) == of(&old, *name))
    }

    fn same_descriptions(&self, old: &Self) -> bool {
        if self.check.is_some() {
            return true;
        }
        let persisted: BTreeMap<String, bool> = (self.definition.execution.get("persist_docs"))
            .and_then(|json| serde_json::from_str(json.as_str()).ok())
            .unwrap_or_default();
        let persists = |what: &str| persisted.get(what).copied().unwrap_or(false);
        let columns = |node: &Self| -> BTreeMap<String, Option<String>> {
            let columns = node.definition.columns.iter().flatten();
            columns.map(|column| (column.name.clone(), column.description.clone())).collect()
        };
        (!persists("relation") || self.definition.description == old.definition.description)
            && (!persists("columns") || columns(self) == columns(old))
    }

    fn same_contract(&self, old: &Self) -> bool {
        if self.resource_type != "model" {
            return true;
        }
        match (self.extra("contract").is_some(), old.extra("contract").is_some()) {
            (false, false) => true,
            (true, true) => self.contract() == old.contract(),
            _ => false,
        }
    }

    fn contract(&self) -> Contract<'_> {
        let mut columns: Vec<_> = (self.definition.columns.iter().flatten())
            .map(|Column { name, data_type, constraints, .. }| (name, data_type, constraints))
            .collect();
        columns.sort();
        let materialized = self.definition.execution.get("materialized");
        let stored = materialized.filter(|m| matches!(m.as_str(), "\"table\"" | "\"incremental\""));
        Contract { columns, stored: stored.map(|materialized| (materialized, self.extra("constraints"))) }
    }

    fn reaches_changed_macro(&self, macros: &MacroTexts) -> bool {
        let is_changed = |id: &str, text: &str| macros.0.get(id).is_none_or(|old| old != text);
        match self.check {
            Some(_) => {
                let reached: BTreeMap<String, String> = (self.extra("macros"))
                    .and_then(|json| serde_json::from_str(json.as_str()).ok())
                    .unwrap_or_default();
                reached.iter().any(|(id, text)| is_changed(id, text))
            }
            None => (self.definition.code_version.iter().flat_map(|code| &code.parts))
                .any(|(id, part)| is_changed(id, &part.fingerprint)),
        }
    }

    fn unrendered_config(&self) -> BTreeMap<String, Json> {
        let json = match self.check {
            Some(_) => self.extra("unrendered_config").cloned(),
            None => self.described("unrendered_config"),
        };
        json.and_then(|json| serde_json::from_str(json.as_str()).ok()).unwrap_or_default()
    }

    fn fqn(&self) -> Option<Json> {
        match self.check {
            Some(_) => self.extra("fqn").cloned(),
            None => self.described("fqn"),
        }
    }

    /// A member of dbt's node that changes data or is unknown.
    fn extra(&self, name: &str) -> Option<&Json> {
        let extra = self.check.map_or(&self.definition.extra, |check| &check.extra);
        extra.get(&format!("dbt.{name}"))
    }

    /// A member of dbt's node that describes it.
    fn described(&self, name: &str) -> Option<Json> {
        match self.definition.metadata.get(&format!("dbt.{name}"))? {
            MetadataValue::Json(json) => Some(json.clone()),
            MetadataValue::Text(text) => Some(Json::from(text.as_str())),
            MetadataValue::Int(number) => Json::parse(number.as_str()).ok(),
            MetadataValue::Float(number) => Json::parse(number.as_str()).ok(),
            MetadataValue::Bool(value) => Some(Json::from(*value)),
            _ => None,
        }
    }
}
