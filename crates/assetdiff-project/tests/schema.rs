//! The JSON Schema of `assetdiff.toml`.
#![cfg(feature = "schema")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use assetdiff_project::{Config, config_schema};
use jsonschema::Validator;

fn validator() -> Validator {
    jsonschema::validator_for(&serde_json::from_str(&config_schema()).unwrap()).unwrap()
}

/// The file in the docs, which says everything that can be said.
fn documented() -> String {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md")).unwrap();
    text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_schema_of_the_repository_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/config.schema.json");
    if std::env::var_os("ASSETDIFF_BLESS").is_some() {
        std::fs::write(&path, config_schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), config_schema());
}

#[test]
fn the_file_in_the_docs_is_valid_by_the_schema_and_by_the_command() {
    let config = Config::parse("assetdiff.toml", &documented()).unwrap();
    assert_eq!((config.policies.len(), config.ignore.len(), config.redaction.rules.len()), (2, 1, 1));
    let value: serde_json::Value = toml::from_str(&documented()).unwrap();
    assert!(validator().is_valid(&value));
}

#[test]
fn what_the_command_refuses_for_its_form_the_schema_refuses_too() {
    for text in [
        "bases = 'x'",
        "[[policy]]\nselect = '*'",
        "[[ignore]]\nrule = 1",
        "[adapter]\npath = 'x'",
        "presets = 'dbt'",
    ] {
        assert!(Config::parse("assetdiff.toml", text).is_err(), "{text}");
        let value: serde_json::Value = toml::from_str(text).unwrap();
        assert!(!validator().is_valid(&value), "{text}");
    }
}
