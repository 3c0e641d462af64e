//! Secrets never reach the store.

use assetdiff::{AssetDefinition, AssetGraph, DiffOptions, Limits, NameGlob};
use assetdiff_store::{RedactRule, Reference, Store};

use crate::support::{files, name, open, push};

/// A definition with a secret in every place that can hold one.
fn with_secrets(secret: &str) -> AssetGraph {
    let json = format!(
        r#"{{"format_version": "1.0", "assets": [{{
            "key": ["orders"],
            "description": "loads from postgres://etl:{secret}@db.internal/shop",
            "tags": {{"api_key": "{secret}", "team": "sales"}},
            "metadata": {{
                "password": {{"type": "text", "value": "{secret}"}},
                "connection": {{"type": "json", "value": {{"host": "db", "auth": [{{"client_secret": "{secret}"}}]}}}},
                "url": {{"type": "url", "value": "https://user:{secret}@example.com/x"}},
                "rows": {{"type": "int", "value": 12}}
            }},
            "execution": {{"resource": {{"token": "{secret}", "retries": 3}}}},
            "dbt.config": {{"snowflake": {{"private_key": "{secret}"}}}},
            "code_version": {{"source": "connect('mysql://a:{secret}@h/d')"}},
            "columns": [{{"name": "id", "description": "see https://x:{secret}@h", "tags": {{"secret": "{secret}"}}}}],
            "checks": [{{"name": "c", "description": "https://x:{secret}@h"}}],
            "dependencies": [{{"key": ["raw"], "metadata": {{"access_token": {{"type": "text", "value": "{secret}"}}}}}}]
        }}]}}"#
    );
    AssetGraph::from_json(json.as_bytes(), &Limits::default()).unwrap()
}

fn stored(store: &Store) -> AssetDefinition {
    let version = store.find(&"prod".parse::<Reference>().unwrap()).unwrap();
    store.graph(&version).unwrap().definitions().next().unwrap()
}

fn all_content(folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        all.extend(zstd::decode_all(&*bytes).unwrap_or(bytes));
        all.push(b'\n');
    }
    all
}

#[test]
fn no_credential_is_in_any_file_of_the_store_and_a_change_of_one_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let pushed = store.push(&name("prod"), &with_secrets("hunter2-one"), &push(0)).unwrap();
    assert_eq!(pushed.version.redacted, 12);
    let kept = stored(&store);
    assert_eq!(kept.tags["team"], "sales");
    assert!(kept.tags["api_key"].starts_with("redacted:"), "{kept:?}");
    assert!(kept.description.unwrap().starts_with("loads from postgres://etl:redacted:"));
    let content = String::from_utf8_lossy(&all_content(folder.path())).into_owned();
    assert!(content.contains("db.internal") && content.contains("redacted:"), "looked at something");
    assert!(!content.contains("hunter2"), "{content}");
    let again = store.push(&name("prod"), &with_secrets("hunter2-one"), &push(1)).unwrap();
    assert!(again.unchanged);
    let other = store.push(&name("prod"), &with_secrets("hunter2-two"), &push(2)).unwrap();
    let changes = store.diff(&again.version, &other.version, &DiffOptions::default()).unwrap();
    assert_eq!(changes.modified.len(), 1);
    assert!(changes.modified[0].modification.tags.is_some());
    assert!(!changes.to_json().contains("hunter2"));
}

#[test]
fn the_fingerprint_of_a_redacted_value_is_keyed_by_the_store() {
    let stores = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let values = stores.each_ref().map(|folder| {
        let store = open(folder.path());
        store.push(&name("prod"), &with_secrets("hunter2"), &push(0)).unwrap();
        stored(&store).tags["api_key"].clone()
    });
    assert_ne!(values[0], values[1]);
}

#[test]
fn rules_of_the_project_take_out_entries_and_parts_of_texts() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut what = push(0);
    what.redaction.credentials = false;
    let entry = Some(NameGlob::new("team").unwrap());
    what.redaction.rules = vec![
        RedactRule::new(None, entry.clone(), None).unwrap(),
        RedactRule::new(None, None, Some(r"db\.internal")).unwrap(),
        RedactRule::new(Some(NameGlob::new("nothing/**").unwrap()), None, Some("etl")).unwrap(),
    ];
    let pushed = store.push(&name("prod"), &with_secrets("x"), &what).unwrap();
    assert_eq!(pushed.version.redacted, 2);
    let kept = stored(&store);
    assert!(kept.tags["team"].starts_with("redacted:"));
    let description = kept.description.unwrap();
    assert!(description.starts_with("loads from postgres://etl:x@redacted:"), "{description}");
    assert!(RedactRule::new(None, None, Some("(")).is_err());
}
