//! What changes reach, as a user types it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

struct Folder(TempDir);

/// A source with daily partitions, a copy of it, a report and something else.
fn shop(start: &str, version: &str) -> String {
    let windows = |start: &str| {
        format!(
            r#"{{"type": "time_window", "value": {{"cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": "{start}T00:00:00Z", "timezone": "UTC"}}}}"#
        )
    };
    format!(
        r#"{{"format_version": "1.0", "assets": [
            {{"key": ["days"], "partitions": {}, "backfill": {{"max_partitions_per_run": null}}}},
            {{"key": ["copy"], "partitions": {}, "dependencies": [{{"key": ["days"]}}], "tags": {{"reviewed": ""}}}},
            {{"key": ["total"], "code_version": {{"version": "{version}"}}, "dependencies": [{{"key": ["copy"]}}]}},
            {{"key": ["other"]}}]}}"#,
        windows(start),
        windows("2024-01-01")
    )
}

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.0.path().join("base.json"), shop("2024-03-10", "1")).unwrap();
        fs::write(folder.0.path().join("head.json"), shop("2024-03-01", "1")).unwrap();
        fs::write(folder.0.path().join("code.json"), shop("2024-03-10", "2")).unwrap();
        folder
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assetdiff"));
        command
            .current_dir(self.0.path())
            .args(arguments)
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs a command on base and head at a stated time.
    fn at_noon(&self, command: &str, more: &[&str]) -> String {
        let arguments =
            [&[command, "base.json", "head.json", "--now", "2024-03-15T12:00:00Z"], more].concat();
        let output = self.run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn trouble(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn an_impact_begins_with_the_numbers_and_names_partitions_and_ways() {
    assert_eq!(
        Folder::new().at_noon("impact", &[]),
        "3 of 4 assets affected: 3 to rebuild.\n\
         1 changed; 2 reached.\n\
         \n\
         Changed (1)\n  \
           days  rebuild; partitions; +9 partitions 2024-03-01..2024-03-09, none removed; 9 of 14 partitions:\n      \
               2024-03-01..2024-03-09 (9)\n\
         \n\
         Reached (2)\n  \
           copy   rebuild <- days; 9 of 74 partitions: 2024-03-01..2024-03-09 (9)\n  \
           total  rebuild <- copy <- days\n"
    );
}

#[test]
fn a_plan_begins_with_the_numbers_and_goes_step_by_step() {
    let folder = Folder::new();
    assert_eq!(
        folder.at_noon("plan", &[]),
        "Rebuild 3 of 4 assets, 18 partitions; reuse 1.\n\
         \n\
         Step 1 (1)\n  days  9 of 14 partitions: 2024-03-01..2024-03-09 (9)\n\
         \n\
         Step 2 (1)\n  copy  9 of 74 partitions: 2024-03-01..2024-03-09 (9)\n\
         \n\
         Step 3 (1)\n  total\n"
    );
    let left = folder.at_noon("plan", &["--have", "days", "--have", "copy=2024-03-01,2024-03-02"]);
    assert!(left.starts_with("Rebuild 2 of 4 assets, 7 partitions; reuse 1.\n1 made already.\n"), "{left}");
}

#[test]
fn a_plan_becomes_commands_of_dagster() {
    let commands = Folder::new().at_noon(
        "plan",
        &[
            "--for",
            "dagster",
            "--have",
            "copy=2024-03-01,2024-03-02,2024-03-03,2024-03-04,2024-03-05,2024-03-06,2024-03-07",
            "--",
            "-m",
            "shop definitions",
        ],
    );
    let of = |select: &str, partition: &str| {
        format!("dagster asset materialize --select 'key:\"{select}\"'{partition} -m 'shop definitions'\n")
    };
    assert_eq!(
        commands,
        of("days", " --partition-range 2024-03-01...2024-03-09")
            + &of("copy", " --partition 2024-03-08")
            + &of("copy", " --partition 2024-03-09")
            + &of("total", "")
    );
}

#[test]
fn an_explanation_is_text_or_a_picture() {
    let folder = Folder::new();
    assert_eq!(
        folder.at_noon("explain", &["total"]),
        "total: rebuild, 2 steps from the nearest change.\n1 path.\n\n  days  partitions\n  -> copy\n  -> total\n"
    );
    assert!(
        folder.at_noon("explain", &["total", "--format", "mermaid"]).contains("n0[\"days\"]:::changed\n")
    );
    assert!(
        folder
            .at_noon("explain", &["total", "--format", "dot"])
            .contains("n0 [label=\"days\", style=filled];\n")
    );
    assert_eq!(folder.at_noon("explain", &["other"]), "other is not affected: no change reaches it.\n");
    assert_eq!(
        trouble(&folder.run(&["explain", "base.json", "head.json", "nothing"])),
        "assetdiff: expected an asset of BASE or HEAD, found nothing\n"
    );
}

#[test]
fn changes_go_as_far_as_the_policy_lets_them() {
    let folder = Folder::new();
    let barrier = folder.at_noon("impact", &["--barrier", "tag:reviewed"]);
    assert!(
        barrier.contains("Stopped (1)\n  copy  at barrier tag:reviewed, 1 reader not followed\n"),
        "{barrier}"
    );
    let near = folder.at_noon("impact", &["--max-distance", "1"]);
    assert!(near.contains("Stopped (1)\n  copy  at the limit of 1 step, 1 reader not followed\n"), "{near}");
    let some = folder.at_noon("impact", &["--changed-partitions", "days=2024-03-02,nothing"]);
    assert!(some.contains("copy   rebuild <- days; 1 of 74 partitions: 2024-03-02\n"), "{some}");
    assert!(some.contains("No such partitions (1)\n  days  nothing\n"), "{some}");
    let wrong = trouble(&folder.run(&["impact", "missing.json", "head.json", "--barrier", "tag:("]));
    assert!(wrong.starts_with("assetdiff: expected ") && wrong.contains('^'), "{wrong}");
}

#[test]
fn rules_and_selections_say_which_changes_are_followed() {
    let folder = Folder::new();
    let impact = |more: &[&str]| {
        let output = folder.run(&[&["impact", "base.json", "code.json", "--exit-code"], more].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(impact(&[]).0, Some(1));
    let (code, text) = impact(&["--ignore", "code_version where +key:total"]);
    assert_eq!((code, text.as_str()), (Some(0), "No data is affected, of 4 assets.\n0 changed.\n"));
    assert_eq!(impact(&["--ignore", "* where key:other"]).0, Some(1));
    assert_eq!(impact(&["--select", "key:other"]).0, Some(0));
    assert_eq!(impact(&["--select", "key:total"]).0, Some(1));
    let wrong = trouble(&folder.run(&["diff", "base.json", "code.json", "--ignore", "nothing where key:a"]));
    assert!(wrong.contains("expected one of asset_type"), "{wrong}");
}

#[test]
fn the_json_forms_state_their_version() {
    let folder = Folder::new();
    for (command, more) in [("impact", ["--format", "json"]), ("plan", ["--for", "json"])] {
        let json: serde_json::Value = serde_json::from_str(&folder.at_noon(command, &more)).unwrap();
        assert_eq!(json["format_version"], "1.0");
        assert_eq!(json["summary"]["rebuild"], 3);
    }
}

#[test]
fn a_report_is_one_file_with_the_plan_and_its_commands() {
    let folder = Folder::new();
    let said = folder.at_noon("report", &["-o", "report.html", "--title", "Days <now>"]);
    assert_eq!(said, "");
    let page = fs::read_to_string(folder.0.path().join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for text in [
        "<h1>Days &lt;now&gt;</h1>",
        "rebuild 3 of 4 assets (18 partitions)",
        "9 of 14 partitions",
        "dagster asset materialize --select",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/").count()
    );
    let output = folder.run(&["report", "base.json", "head.json"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let one = folder.at_noon("report", &["-o", "-", "--select", "key:other", "--max-assets", "2"]);
    assert!(one.contains("No differences.") && one.contains("2 assets are not in this report"));
}
