//! Tests and unit tests as checks of the assets that they test.

use std::collections::BTreeMap;

use assetdiff::{AssetKey, Check, Json, ReadError};

use super::definition::{IGNORED, key_of_id};
use super::macros::{Macros, called_macros};
use super::manifest::{Fields, Manifest, Node, stated};

/// The checks of each asset, by its unique id; those of no asset under their own id.
pub(super) type Checks = BTreeMap<String, Vec<Check>>;

/// Returns the tests and unit tests of a manifest by the asset that they test.
///
/// A test that reads several assets is a check of the one that it is attached to, or of the first.
pub(super) fn by_asset(manifest: &Manifest<'_>, macros: &Macros) -> Result<Checks, ReadError> {
    let mut checks = Checks::new();
    for section in ["nodes", "unit_tests"] {
        for entry in manifest.section(section).iter().filter(|entry| is_check(&entry.id)) {
            let mut node = manifest.node(entry)?;
            if is_enabled(&mut node.fields)? {
                let (asset, check) = check(node, macros)?;
                checks.entry(asset).or_default().push(check);
            }
        }
    }
    Ok(checks)
}

/// Returns whether a node is a test or a unit test.
pub(super) fn is_check(id: &str) -> bool {
    id.starts_with("test.") || id.starts_with("unit_test.")
}

/// Returns whether the configuration does not turn the node off.
pub(super) fn is_enabled(fields: &mut Fields<'_>) -> Result<bool, ReadError> {
    #[derive(serde::Deserialize)]
    struct Config {
        #[serde(default = "yes")]
        enabled: bool,
    }
    fn yes() -> bool {
        true
    }
    Ok(fields.peek::<Config>("config")?.is_none_or(|config| config.enabled))
}

fn check(mut node: Node<'_>, macros: &Macros) -> Result<(String, Check), ReadError> {
    let fields = &mut node.fields;
    let mut depends_on = fields.take_fields("depends_on")?;
    let upstream: Vec<String> = depends_on.take("nodes")?.unwrap_or_default();
    let attached = fields.take_text("attached_node")?;
    let asset = attached.or_else(|| upstream.first().cloned()).unwrap_or_else(|| node.id.to_string());
    let mut additional_dependencies = std::collections::BTreeSet::<AssetKey>::new();
    for id in upstream.iter().filter(|id| **id != asset) {
        additional_dependencies.insert(key_of_id(id, fields)?);
    }
    let description = fields.take_text("description")?;
    let config: BTreeMap<String, Json> = fields.take_fields("config")?.take_rest()?;
    let blocking = config.get("severity").is_some_and(|s| s.as_str().eq_ignore_ascii_case("\"error\""));
    let reached = macros.reached(&called_macros(&mut depends_on)?);
    let reached = reached.into_iter().map(|(id, part)| (id, Json::from(part.fingerprint.as_str())));
    // What was written, and be it a default, as dbt compares it.
    let unrendered = fields.take::<Json>("unrendered_config")?.filter(|config| config.as_str() != "{}");
    fields.drop(&IGNORED);
    // Tests have none; dbt writes the default.
    fields.drop(&["contract", "docs"]);
    let mut extra: BTreeMap<String, Json> =
        fields.take_rest()?.into_iter().map(|(name, value)| (format!("dbt.{name}"), value)).collect();
    extra.extend(unrendered.map(|config| ("dbt.unrendered_config".to_owned(), config)));
    let objects = [("dbt.macros", Json::object(reached)), ("dbt.config", Json::object(config))];
    extra.extend(objects.into_iter().filter_map(|(name, value)| Some((name.to_owned(), stated(&value)?))));
    Ok((asset, Check { name: node.id.into_owned(), blocking, description, additional_dependencies, extra }))
}
