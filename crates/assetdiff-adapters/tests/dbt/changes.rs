//! What differs between two manifests, found by reading little of them, is what a comparison of the whole finds.

use assetdiff::{AssetGraph, ChangeSet, DiffOptions, Limits, UndefinedUpstream, diff};
use assetdiff_adapters::dbt;
use assetdiff_adapters::source::{self, SourceKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recorded;

/// Compares two manifests in both ways; returns whether little was read.
fn compare(base: &str, head: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let [base, head] = [("base", base), ("head", head)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (path, text)
    });
    let (kind, limits, options) = (SourceKind::Dbt, Limits::default(), DiffOptions::default());
    let whole = |text: &str| dbt::graph(text.as_bytes(), &limits);
    let (old, new) = match (whole(base.1), whole(head.1)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(error), _) | (_, Err(error)) => {
            let found = source::read_pair(&base.0, &head.0, kind, &limits).unwrap_err().to_string();
            assert!(found.ends_with(&error.to_string()), "{found}: {error}");
            return false;
        }
    };
    let expected = diff(&old, &new, &options);
    let found = source::changes(&base.0, &head.0, kind, &limits, &options).unwrap();
    let is_little = found.graphs.is_none();
    let tells = |upstream: &UndefinedUpstream| upstream.was_defined || upstream.is_new;
    let expected = if is_little {
        let undefined_upstreams = expected.undefined_upstreams.into_iter().filter(tells).collect();
        ChangeSet { graphs: None, undefined_upstreams, ..expected }
    } else {
        expected
    };
    assert_eq!(found, expected);
    let (read_old, read_new) = source::read_pair(&base.0, &head.0, kind, &limits).unwrap();
    let told = |graph: &AssetGraph| (graph.fingerprint(), graph.provenance().clone());
    assert_eq!(told(&read_old), told(&old));
    assert_eq!(told(&read_new), told(&new));
    is_little
}

#[test]
fn recorded_edits_differ_as_their_graphs_do() {
    let manifests = recorded::manifests("1.12");
    let base = &manifests["base"];
    // A third of them; all take a minute.
    let heads: Vec<&String> = manifests.values().step_by(3).collect();
    let little = heads.iter().filter(|head| compare(base, head)).count();
    // All but those with other owners of a group.
    assert!(little + 3 > heads.len(), "{little} of {}", heads.len());
}

/// A manifest of dbt 1.12 with few macros.
fn manifest() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/dbt/base.manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let macros = manifest["macros"].as_object_mut().unwrap();
    let is_kept =
        |name: &String| name.contains("jaffle") || name.contains("test_") || name.contains("duckdb__c");
    macros.retain(|name, _| is_kept(name));
    manifest
}

#[derive(Debug, Clone)]
enum Edit {
    /// Every time of making is another one, as after each parse.
    Times,
    Remove,
    Rename,
    Code(u8),
    Tag(u8),
    Description(u8),
    Enabled(bool),
    Attached(u8),
    Upstream(u8),
    Macro(u8),
    Unknown(u8),
    Compiled(u8),
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, Edit)>> {
    let few = 0..3_u8;
    let edit = prop_oneof![
        1 => Just(Edit::Times),
        2 => Just(Edit::Remove),
        2 => Just(Edit::Rename),
        2 => few.clone().prop_map(Edit::Code),
        1 => few.clone().prop_map(Edit::Tag),
        1 => few.clone().prop_map(Edit::Description),
        2 => any::<bool>().prop_map(Edit::Enabled),
        2 => few.clone().prop_map(Edit::Attached),
        2 => few.clone().prop_map(Edit::Upstream),
        2 => few.clone().prop_map(Edit::Macro),
        1 => few.clone().prop_map(Edit::Unknown),
        1 => few.prop_map(Edit::Compiled),
    ];
    proptest::collection::vec((0..6_usize, any::<usize>(), edit), 0..6)
}

const SECTIONS: [&str; 6] = ["nodes", "nodes", "sources", "exposures", "macros", "unit_tests"];

fn edited(manifest: &Value, edits: &[(usize, usize, Edit)]) -> String {
    let mut manifest = manifest.clone();
    for (section, number, edit) in edits {
        let assets: Vec<String> = manifest["nodes"].as_object().unwrap().keys().cloned().collect();
        let macros: Vec<String> = manifest["macros"].as_object().unwrap().keys().cloned().collect();
        let section = manifest[SECTIONS[*section]].as_object_mut().unwrap();
        let ids: Vec<String> = section.keys().cloned().collect();
        if ids.is_empty() {
            continue;
        }
        let id = &ids[number % ids.len()];
        let other = |few: u8| assets.get(number.wrapping_add(few.into()) % assets.len().max(1)).cloned();
        let node = section.get_mut(id).unwrap();
        let mut set =
            |name: &str, value: Value| drop(node.as_object_mut().unwrap().insert(name.to_owned(), value));
        match edit {
            Edit::Times => section.values_mut().for_each(|node| node["created_at"] = json!(*number as f64)),
            Edit::Remove => drop(section.remove(id)),
            Edit::Rename => {
                let node = section.remove(id).unwrap();
                section.insert(format!("{id}_2"), node);
            }
            Edit::Code(few) => {
                set("raw_code", json!(format!("select {few}")));
                set("macro_sql", json!(format!("select {few}")));
            }
            Edit::Tag(few) => set("tags", json!([few.to_string()])),
            Edit::Description(few) => set("description", json!(few.to_string())),
            Edit::Enabled(enabled) => set("config", json!({ "enabled": enabled })),
            Edit::Attached(few) => set("attached_node", json!(other(*few))),
            Edit::Upstream(few) => {
                let upstream: Vec<_> =
                    (0..*few).filter_map(other).chain([format!("model.gone.{few}")]).collect();
                let called: Vec<&String> = macros.iter().skip(number % macros.len().max(1)).take(1).collect();
                set("depends_on", json!({ "nodes": upstream, "macros": called }));
            }
            Edit::Macro(few) => {
                let called: Vec<&String> = macros.iter().skip(usize::from(*few)).take(2).collect();
                set("depends_on", json!({ "macros": called }));
            }
            Edit::Unknown(few) => set("unknown", json!(few)),
            Edit::Compiled(few) => set("compiled_code", json!(few.to_string())),
        }
    }
    manifest.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edited_manifests_differ_as_their_graphs_do(first in edits(), second in edits()) {
        let manifest = manifest();
        compare(&edited(&manifest, &first), &edited(&manifest, &[first, second].concat()));
    }
}

/// A wrong text is refused by the reader of whole manifests; what is the same in both is not looked at.
#[test]
fn what_is_wrong_is_told_as_ever() {
    let manifest = manifest().to_string();
    let first = r#""nodes":{"#;
    let twice = manifest.replacen(first, r#""nodes":{"model.a.b":{"tags":[],"tags":[]},"#, 1);
    let (kind, limits) = (SourceKind::Dbt, Limits::default());
    for (base, head) in [(&manifest, &twice), (&twice, &manifest), (&twice, &twice)] {
        let (old, new) = source::parse_pair(base.as_bytes(), head.as_bytes(), kind, &limits);
        assert_eq!((old.is_err(), new.is_err()), (base == &twice, head == &twice));
    }
    // Even in what is no part of a definition, and differs in any two manifests.
    let timed = |times: &str| {
        let node = r#""nodes":{"model.jaffle.orders":{"#;
        assert!(manifest.contains(first));
        manifest.replacen(first, &format!("{node}{times}\"name\":\"x\"}},"), 1).replacen(
            r#""model.jaffle.orders":{"access""#,
            r#""model.jaffle.other":{"access""#,
            1,
        )
    };
    let (old, new) = (timed(r#""created_at":1,"created_at":1,"#), timed(r#""created_at":2,"#));
    let (old, new) = source::parse_pair(old.as_bytes(), new.as_bytes(), kind, &limits);
    assert!(old.unwrap_err().to_string().contains("\"created_at\" again"));
    assert!(new.is_ok());
    let folder = tempfile::tempdir().unwrap();
    let paths = [("base", &manifest), ("head", &twice)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let error = source::changes(&paths[0], &paths[1], kind, &limits, &DiffOptions::default()).unwrap_err();
    assert!(
        error.to_string().contains("head: line 1") && error.to_string().contains("\"tags\" again"),
        "{error}"
    );
}
