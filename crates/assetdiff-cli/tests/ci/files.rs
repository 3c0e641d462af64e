//! What a pipeline writes for people beside the comment.

use crate::project::{branched, on_github};

#[test]
fn the_report_is_written_and_told_in_the_comment_the_outputs_and_the_result() {
    let rules = "[[policy]]\nname = \"groups stay\"\nselect = 'changed_in_branch:ANY and group:a'\n";
    let mut project = branched(rules, r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    let run = project.ci("--report ../report.html --markdown ../comment.md --json ../result.json");
    assert_eq!(run.code, 3, "{}", run.told);
    let page = project.read("report.html");
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"), "{}", &page[..100]);
    for part in [
        "Asset changes of feature/x against prod",
        "groups stay",
        "prod@1",
        "feature/x@1",
        "1 selected asset, none allowed",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let comment = project.read("comment.md");
    assert!(comment.contains(" · full report in `../report.html` · baseline `prod@1`"), "{comment}");
    assert!(project.read("output.txt").contains("report<<ASSETDIFF_END\n../report.html\n"));
    let result: serde_json::Value = serde_json::from_str(&project.read("result.json")).unwrap();
    assert_eq!(
        (&result["report"], &result["report_url"]),
        (&"../report.html".into(), &serde_json::Value::Null)
    );
    project.ci("--report ../report.html --report-url https://host/report --markdown ../comment.md");
    let comment = project.read("comment.md");
    assert!(
        comment.contains("[Full report](https://host/report)") && !comment.contains("full report in"),
        "{comment}"
    );
}

#[test]
fn the_comment_draws_what_the_change_reaches_where_the_host_draws_it() {
    let mut project = branched("", r#""group": "a""#, r#""group": "a", "code_version": {"version": "2"}"#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    project.ci("--markdown ../comment.md");
    let comment = project.read("comment.md");
    let drawn = "```mermaid\nflowchart LR\n  n0[\"orders\"]:::changed\n  n1[\"report\"]\n  n0 --> n1\n  classDef changed";
    assert!(comment.contains(drawn), "{comment}");
    assert!(comment.find("mermaid") < comment.find("| Asset | Change |"), "{comment}");
    project.set(&[
        ("BITBUCKET_BUILD_NUMBER", "1"),
        ("BITBUCKET_BRANCH", "feature/x"),
        ("BITBUCKET_PR_ID", "7"),
    ]);
    project.ci("--markdown ../comment.md");
    assert!(!project.read("comment.md").contains("mermaid"));
}

#[test]
fn the_picture_goes_before_anything_else_does() {
    let mut project = branched("", r#""group": "a""#, r#""group": "b""#);
    let assets = |version: &str| {
        let asset = |index: usize| {
            let upstream =
                if index == 0 { String::new() } else { format!(r#"{{"key": ["a{}"]}}"#, index - 1) };
            let text = "x".repeat(60);
            format!(
                r#"{{"key": ["a{index}"], "description": "{text}{version}", "code_version": {{"version": "{version}"}}, "dependencies": [{upstream}]}}"#
            )
        };
        let assets: Vec<String> = (0..250).map(asset).collect();
        format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, assets.join(","))
    };
    project.git("checkout --quiet main");
    project.write("assets.json", &assets("1"));
    project.commit("many");
    assert_eq!(project.ci("").code, 0);
    project.git("checkout --quiet -b feature/z");
    project.write("assets.json", &assets("2"));
    project.commit("all");
    on_github(&mut project, "http://127.0.0.1:9", "");
    project
        .environment
        .iter_mut()
        .filter(|(name, _)| name == "GITHUB_HEAD_REF")
        .for_each(|(_, value)| *value = "feature/z".to_owned());
    project.ci("--markdown ../comment.md");
    let (comment, summary) = (project.read("comment.md"), project.read("summary.md"));
    assert!(comment.contains("old and new values") && !comment.contains("mermaid"), "{comment}");
    assert!(comment.contains("`a249`"), "the table is whole: {comment}");
    assert!(summary.contains("mermaid"), "there is room in the summary");
}

#[test]
fn owners_are_written_as_codeowners() {
    let mut project = branched("", r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    project.ci("--codeowners ../CODEOWNERS");
    assert_eq!(project.read("CODEOWNERS"), "# orders @o/sales\n# report @o/finance\n");
}
