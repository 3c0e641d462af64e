//! `assetdiff diff3` as a user types it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn asset(tags: &str) -> String {
    format!(r#"{{"format_version": "1.0", "assets": [{{"key": ["orders"], "tags": {tags}}}]}}"#)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, tags) in [
        ("parted", r#"{"tier": "silver"}"#),
        ("base", r#"{"tier": "silver", "team": "sales"}"#),
        ("head", r#"{"tier": "gold"}"#),
        ("other", r#"{"tier": "bronze"}"#),
        ("merged", r#"{"tier": "gold", "team": "sales"}"#),
    ] {
        fs::write(folder.path().join(format!("{name}.json")), asset(tags)).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assetdiff")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_merged_graph_is_written_and_is_what_both_sides_make_together() {
    let folder = folder();
    let all = ["diff3", "parted.json", "base.json", "head.json", "--exit-code", "--merged", "out.json"];
    let output = run(folder.path(), &all);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).starts_with("branch      1 modified"), "{output:?}");
    let compared = run(folder.path(), &["diff", "out.json", "merged.json", "--exit-code"]);
    assert_eq!(compared.status.code(), Some(0), "{compared:?}");
}

#[test]
fn a_conflict_exits_with_1_if_asked_and_writes_no_merged_graph() {
    let folder = folder();
    let sides = ["diff3", "parted.json", "other.json", "head.json"];
    assert_eq!(run(folder.path(), &sides).status.code(), Some(0));
    let output = run(folder.path(), &[&sides[..], &["--exit-code"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = r#"orders: tags tier was "silver", in the branch "gold", in the base "bronze""#;
    assert!(text(&output.stdout).contains(told), "{output:?}");
    let output = run(folder.path(), &[&sides[..], &["--merged", "out.json"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let expected =
        "assetdiff: expected changes that go together, found both changed tags tier of orders differently\n";
    assert_eq!(text(&output.stderr), expected);
    assert!(!folder.path().join("out.json").exists());
}

#[test]
fn a_rule_makes_a_conflict_none_and_the_json_says_so() {
    let folder = folder();
    let sides = ["diff3", "parted.json", "other.json", "head.json", "--format", "json"];
    let output = run(folder.path(), &[&sides[..], &["--ignore", "tags.tier"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["conflicts"], serde_json::json!([]));
    assert_eq!(json["incoming"]["summary"]["suppressed"], 1);
    let json: serde_json::Value = serde_json::from_slice(&run(folder.path(), &sides).stdout).unwrap();
    assert_eq!(json["conflicts"][0]["type"], "both_changed");
}
