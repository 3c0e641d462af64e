//! SARIF as its schema has it, and within what hosts take.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;

use assetdiff::AssetKey;
use assetdiff_project::{
    BrokenBy, Level, Limit, PolicyAsset, PolicyReport, PolicyResult, ResultPlace, sarif,
};
use serde_json::Value;

/// The schema of SARIF 2.1.0, which comes with the package serde-sarif.
fn schema() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline", "--manifest-path"]);
    let found = cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).output().unwrap();
    let metadata: Value = serde_json::from_slice(&found.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
    let text = std::fs::read_to_string(folder.join("src/schema.json")).unwrap();
    // The bracket that is one too many there keeps two patterns from being regular expressions.
    let (wrong, mended) = ("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    assert_eq!(text.matches(wrong).count(), 2);
    serde_json::from_str(&text.replace(wrong, mended)).unwrap()
}

fn result(name: &str, level: Level, assets: usize, why: &str) -> PolicyResult {
    let asset = |index: usize| PolicyAsset {
        key: AssetKey::new(["analytics", &format!("model_{index:06}")]).unwrap(),
        why: why.to_owned(),
    };
    PolicyResult {
        name: name.to_owned(),
        level,
        message: Some("Ask [the team](https://host) {0} first.".to_owned()),
        select: Some("tag:gold".to_owned()),
        broken_by: vec![BrokenBy { limit: Limit::Selected(0), found: assets as u64, unknown: 0 }],
        assets: (0..assets).map(asset).collect(),
        total_assets: assets as u64,
    }
}

fn place() -> ResultPlace {
    ResultPlace { file: "rules of ours/assetdiff.toml".to_owned(), link: None }
}

#[test]
fn what_is_written_is_valid_by_the_official_schema() {
    let validator = jsonschema::options().should_validate_formats(true).build(&schema()).unwrap();
    let whole = PolicyResult { assets: Vec::new(), total_assets: 0, ..result("whole", Level::Notice, 1, "") };
    let reports = [
        PolicyReport::default(),
        PolicyReport { results: vec![result("gold stays", Level::Error, 3, "changed: removed"), whole] },
        PolicyReport {
            results: (0..8).map(|i| result(&format!("p{i}"), Level::Warning, 1000, "x")).collect(),
        },
    ];
    for report in reports {
        let written: Value = serde_json::from_str(&sarif(&report, &place(), "0.1.0")).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&written).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    // The schema is one that says no.
    let mut written: Value =
        serde_json::from_str(&sarif(&PolicyReport::default(), &place(), "0.1.0")).unwrap();
    written["runs"][0]["tool"]["driver"]["name"].take();
    assert!(!validator.is_valid(&written));
}

#[test]
fn the_largest_file_has_5_000_results_and_less_than_10_mb_compressed() {
    // What compresses badly: every reason another one, longer than a message may be.
    let mut state = 1_u64;
    let mut noise = || -> String {
        (0..2000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + (state >> 33) as u8 % 94)
            })
            .collect()
    };
    let mut results: Vec<PolicyResult> =
        (0..20).map(|i| result(&format!("policy {i}"), Level::Error, 1000, "")).collect();
    for asset in results.iter_mut().flat_map(|result| &mut result.assets) {
        asset.why = noise();
    }
    let text = sarif(&PolicyReport { results }, &place(), "0.1.0");
    let written: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["runs"][0]["results"].as_array().unwrap().len(), 5000);
    let notes = &written["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["message"]["text"], "15000 more results are not in this file");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    let compressed = encoder.finish().unwrap().len();
    assert!(compressed < 10_000_000, "{compressed}");
}
