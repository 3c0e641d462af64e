//! The test vectors by which another implementation can check its fingerprints.

use std::path::PathBuf;

use assetdiff::{AssetGraph, AssetKey, Limits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A snapshot as anyone may write it, and what follows from it.
#[derive(Serialize, Deserialize)]
struct Vector {
    name: String,
    snapshot: Box<RawValue>,
    /// The canonical texts of the definitions, in order, with their fingerprints.
    definitions: Vec<Definition>,
    /// The fingerprint of each asset with everything upstream of it.
    deep: Vec<Deep>,
    fingerprint: String,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Definition {
    canonical: String,
    fingerprint: String,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Deep {
    key: AssetKey,
    fingerprint: String,
}

/// The canonical text of each definition: what a written snapshot holds, without white space.
fn canonical_texts(graph: &AssetGraph) -> Vec<String> {
    graph.definitions().map(|definition| serde_json::to_string(&definition).unwrap()).collect()
}

fn of(graph: &AssetGraph) -> (Vec<Definition>, Vec<Deep>, String) {
    let fingerprints = graph.keys().flat_map(|key| graph.fingerprints_of(&key));
    let definitions = canonical_texts(graph).into_iter().zip(fingerprints);
    let definitions = definitions
        .map(|(canonical, fingerprint)| Definition { canonical, fingerprint: fingerprint.to_string() });
    let deep = graph.keys().map(|key| {
        let fingerprint = graph.deep_fingerprint(&key).unwrap().to_string();
        Deep { key, fingerprint }
    });
    (definitions.collect(), deep.collect(), graph.fingerprint().to_string())
}

#[test]
fn fingerprints_are_those_of_the_vectors() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/fingerprints.json"));
    let mut vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(vectors.len() >= 5, "only {} vectors", vectors.len());
    let bless = std::env::var_os("ASSETDIFF_BLESS").is_some();
    for vector in &mut vectors {
        let graph = AssetGraph::from_json(vector.snapshot.get().as_bytes(), &Limits::default()).unwrap();
        let (definitions, deep, fingerprint) = of(&graph);
        if bless {
            (vector.definitions, vector.deep, vector.fingerprint) = (definitions, deep, fingerprint);
            continue;
        }
        assert_eq!(vector.definitions, definitions, "{}", vector.name);
        assert_eq!(vector.deep, deep, "{}", vector.name);
        assert_eq!(vector.fingerprint, fingerprint, "{}", vector.name);
    }
    if bless {
        std::fs::write(path, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
}
