//! `assetdiff deployment` and `assetdiff config` as a user types them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, line: &str) -> Output {
    let words = line.split_whitespace();
    let mut command = Command::new(env!("CARGO_BIN_EXE_assetdiff"));
    command.current_dir(folder).args(words).env_remove("ASSETDIFF_STORE").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn said(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn trouble(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
    assert_eq!(output.stdout, b"");
    String::from_utf8(output.stderr).unwrap()
}

fn snapshot(folder: &Path, name: &str, tags: &str) {
    let text = format!(r#"{{"format_version": "1.0", "assets": [{{"key": ["orders"], "tags": {tags}}}]}}"#);
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_branch_is_pushed_compared_listed_closed_and_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    snapshot(at, "prod.json", r#"{"tier": "silver"}"#);
    snapshot(at, "branch.json", r#"{"tier": "gold"}"#);
    snapshot(at, "moved.json", r#"{"tier": "silver", "team": "a"}"#);
    assert_eq!(said(at, "deployment push prod prod.json --commit 4f0c2a9d1e"), "pushed prod@1: 1 assets\n");
    let push =
        "deployment push feature/x branch.json --snapshot-base on-create --pull-request 7 --author ann";
    assert_eq!(said(at, push), "pushed feature/x@1: 1 assets\n");
    assert_eq!(said(at, push), "pushed feature/x@2: 1 assets, as before\n");
    assert_eq!(said(at, "deployment push prod moved.json"), "pushed prod@2: 1 assets\n");
    let pinned = said(at, "deployment diff feature/x");
    assert!(pinned.contains(r#"~ tier  "silver" -> "gold""#) && !pinned.contains("team"), "{pinned}");
    let current = said(at, "deployment diff feature/x --against current");
    assert!(current.contains(r#"- team  "a""#), "{current}");
    let other = said(at, "deployment diff prod@4f0c2a9 --against prod@2");
    assert!(other.contains(r#"- team  "a""#), "{other}");
    assert_eq!(run(at, "deployment diff feature/x --exit-code").status.code(), Some(1));
    let three = said(at, "deployment diff feature/x --three-way");
    assert!(three.starts_with("branch      1 modified (1 no rebuild).\nbase        1 modified"), "{three}");
    let list = said(at, "deployment list");
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.lines().nth(1).unwrap().starts_with("feature/x   2        open   1       "), "{list}");
    assert!(list.contains("prod@1") && list.contains("ann"), "{list}");
    let shown = said(at, "deployment show feature/x@1");
    assert!(shown.contains("gold"), "{shown}");
    let log: serde_json::Value = serde_json::from_str(&said(at, "deployment log feature/x --json")).unwrap();
    assert_eq!(log["versions"][0]["number"], 2);
    assert_eq!(log["versions"][1]["pull_request"], "7");
    assert_eq!(said(at, "deployment close feature/x"), "closed feature/x@3\n");
    assert_eq!(said(at, "deployment list").lines().count(), 2);
    assert_eq!(said(at, "deployment list --all").lines().count(), 3);
    assert!(said(at, "deployment prune --closed-for 0").starts_with("removed feature/x\n"));
    let verified = said(at, "deployment verify");
    assert!(verified.starts_with("1 deployments, 2 versions, ") && verified.ends_with("nothing wrong\n"));
    let error = trouble(at, "deployment show feature/x");
    let expected = "assetdiff: expected a deployment, found none called feature/x; push one, or see assetdiff deployment list\n";
    assert_eq!(error, expected);
}

#[test]
fn a_report_is_made_of_a_deployment_by_the_rules_of_its_project() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    snapshot(at, "prod.json", r#"{"tier": "silver", "noise": "1"}"#);
    snapshot(at, "branch.json", r#"{"tier": "gold", "noise": "2"}"#);
    snapshot(at, "moved.json", r#"{"tier": "bronze", "noise": "1"}"#);
    said(at, "deployment push prod prod.json --commit 4f0c2a9d1e");
    said(at, "deployment push feature/x branch.json --snapshot-base on-create --pull-request 7 --author ann");
    said(at, "deployment push prod moved.json");
    let rules = "[[ignore]]\nrule = \"tags.noise\"\n[[policy]]\nname = \"nothing changes\"\nselect = \"key:orders\"\nlevel = \"error\"\nmessage = \"Ask <ann>.\"\n";
    fs::write(at.join("assetdiff.toml"), rules).unwrap();
    let page = |more: &str| said(at, &format!("report --deployment feature/x {more} -o -"));
    let pinned = page("");
    for text in [
        "<b>prod@1</b> <span>commit 4f0c2a9d1e · ",
        "<b>feature/x@1 (pull request 7, by ann)</b>",
        "1 policy failed",
        "Ask &lt;ann&gt;.",
        "<dt>Base</dt>",
        "Ignored by rules",
        "tags.noise: ",
    ] {
        assert!(pinned.contains(text), "{text}");
    }
    assert!(
        pinned.contains("silver") && !pinned.contains("bronze") && !pinned.contains("<dt>Parted at</dt>")
    );
    assert!(page("--against current").contains("bronze"));
    assert!(page("--against prod@2").contains("<b>prod@2</b>"));
    let three = page("--three-way");
    for text in
        ["<dt>Parted at</dt><dd><b>prod@1</b>", "<dt>Base</dt><dd><b>prod@2</b>", "1 conflict: ", "bronze"]
    {
        assert!(three.contains(text), "{text}");
    }
    // Files are compared as by diff: rules count if they are stated.
    let files = said(at, "report prod.json branch.json -o -");
    assert!(!files.contains("Ignored by rules") && !files.contains("1 policy failed"));
    let files = said(at, "report prod.json branch.json --config assetdiff.toml -o -");
    assert!(files.contains("Ignored by rules") && files.contains("1 policy failed"));
    let three = said(at, "report --merge-base prod.json moved.json branch.json -o -");
    assert!(
        three.contains("<dt>Parted at</dt>")
            && three.contains("both changed tags tier of orders differently")
    );
    for line in [
        "report -o -",
        "report prod.json -o -",
        "report prod.json branch.json --deployment feature/x -o -",
        "report --merge-base prod.json --deployment feature/x -o -",
        "report prod.json branch.json --against current -o -",
    ] {
        trouble(at, line);
    }
    let without = said(at, "deployment push loose branch.json --snapshot-base never");
    assert!(without.starts_with("pushed loose@1"));
    let loose = said(at, "report --deployment loose -o -");
    assert!(
        loose.contains("no version of its base is pinned for loose@1: it is compared with the current one")
    );
}

#[test]
fn a_damaged_store_is_told_and_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    snapshot(at, "prod.json", "{}");
    said(at, "deployment push prod prod.json --store kept");
    let objects = walk(&at.join("kept/objects"));
    fs::write(&objects[0], b"x").unwrap();
    let output = run(at, "deployment verify --store kept");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("restore it from a backup"));
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_name_that_leads_out_of_the_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    snapshot(folder.path(), "prod.json", "{}");
    for name in ["../x", "/x", "a/../b", "C:x"] {
        let output = run(folder.path(), &format!("deployment push {name} prod.json"));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!folder.path().join(".assetdiff").exists());
    }
}

#[test]
fn the_rules_of_the_project_say_where_the_store_is_and_what_is_kept_out_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let rules =
        "base = \"main\"\nstore = \"kept\"\n[[redact]]\nentry = \"note\"\n[[ignore]]\nrule = \"tags.team\"\n";
    fs::write(at.join("assetdiff.toml"), rules).unwrap();
    snapshot(at, "one.json", r#"{"note": "quiet", "password": "hunter2", "team": "a"}"#);
    snapshot(at, "two.json", r#"{"note": "quiet", "password": "hunter3", "team": "b"}"#);
    assert_eq!(said(at, "deployment push main one.json"), "pushed main@1: 1 assets, 2 values redacted\n");
    said(at, "deployment push x two.json");
    assert!(at.join("kept/store.json").exists() && !at.join(".assetdiff").exists());
    let changes = said(at, "deployment diff x");
    assert!(changes.contains("~ password  \"redacted:") && !changes.contains("hunter"), "{changes}");
    assert!(changes.contains("tags.team"), "{changes}");
    let checked = said(at, "config check");
    assert_eq!(checked, "assetdiff.toml: 0 policies, 1 ignore rule, 0 normalize rules, 1 redact rule\n");
}

#[test]
fn what_is_wrong_with_the_rules_is_told_with_line_column_and_a_caret() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let check = |text: &str| {
        fs::write(at.join("assetdiff.toml"), text).unwrap();
        trouble(at, "config check")
    };
    let error = check("[[policy]]\nname = \"gold\"\nselect = 'tag:('\n");
    assert!(error.starts_with("assetdiff: assetdiff.toml:3:10: "), "{error}");
    assert!(error.ends_with("3 | select = 'tag:('\n  |          ^^^^^^^\n"), "{error}");
    let error = check("bases = \"x\"\n");
    assert!(error.contains("assetdiff.toml:1:1: unknown field `bases`"), "{error}");
    let error = check("[[policy]]\nname = \"a\"\n");
    assert!(error.contains("2:8: expected a selection or a limit for the policy, found neither"), "{error}");
    let error = check("[[policy]]\nname = \"a\"\nmax_affected = 1\nlevel = \"fatal\"\n");
    assert!(error.contains("4:9: expected error, warning or notice, found \"fatal\""), "{error}");
    let error = check("[[redact]]\npattern = \"(\"\n");
    assert!(error.contains("2:11: expected a regular expression, found \"(\""), "{error}");
    let error = check("x = \n");
    assert!(error.contains("assetdiff.toml:1:"), "{error}");
}
