//! What is there to copy: the steps of the action, the templates and the recipe, run as they stand.

use std::path::Path;

use crate::project::{Project, branched, on_github};
use crate::server::Server;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The lines of a YAML block that begins after a line, without their indent.
fn block(text: &str, after: &str) -> String {
    let mut lines = text.lines().skip_while(|line| line.trim() != after).skip(1).peekable();
    let indent = lines.peek().map_or(0, |line| line.len() - line.trim_start().len());
    let block =
        lines.take_while(|line| line.trim().is_empty() || line.len() - line.trim_start().len() >= indent);
    let block: Vec<&str> = block.map(|line| line.get(indent..).unwrap_or_default()).collect();
    assert!(!block.is_empty(), "{after}");
    block.join("\n")
}

fn changed() -> Project {
    branched("", r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#)
}

#[test]
fn the_step_of_the_action_compares_and_hands_on_what_it_found() {
    let server = Server::start();
    let mut project = changed();
    on_github(&mut project, &server.url, "t");
    let store = project.path("store").to_str().unwrap().to_owned();
    for (name, value) in
        [("SNAPSHOT", "assets.json"), ("STORE", &store), ("ARGUMENTS", "--sarif ../policies.sarif")]
    {
        project.environment.push((name.to_owned(), value.to_owned()));
    }
    let script = block(&file("action.yml"), "run: |");
    let run = project.shell("bash", &script);
    assert_eq!(run.code, 0, "{}{}", run.out, run.told);
    assert!(server.comments()[0].contains("2 assets to make again"), "{}", server.comments()[0]);
    assert!(project.read("policies.sarif").contains("\"2.1.0\""));
    let outputs = project.read("output.txt");
    // Every output of the action is one that the command writes.
    let action = file("action.yml");
    let named: Vec<&str> = action
        .split("steps.assetdiff.outputs.")
        .skip(1)
        .map(|rest| rest.split(' ').next().unwrap())
        .collect();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        assert!(outputs.contains(&format!("{name}<<")), "{name} in {outputs}");
    }
}

#[test]
fn an_input_of_the_action_is_never_a_part_of_the_script() {
    let script = block(&file("action.yml"), "run: |");
    assert!(!script.contains("${{"), "{script}");
    let mut project = changed();
    on_github(&mut project, "http://127.0.0.1:9", "");
    let store = project.path("store").to_str().unwrap().to_owned();
    let evil = "$(touch ../touched) `touch ../touched` ; touch ../touched";
    for (name, value) in [("SNAPSHOT", evil), ("STORE", &store), ("ARGUMENTS", evil)] {
        project.environment.push((name.to_owned(), value.to_owned()));
    }
    assert_ne!(project.shell("bash", &script).code, 0);
    assert!(!project.path("touched").exists());
}

#[test]
fn the_job_of_gitlab_writes_its_reports() {
    let server = Server::start();
    let mut project = changed();
    project.git("remote add origin .");
    let store = project.path("store").to_str().unwrap().to_owned();
    project.set(&[
        ("GITLAB_CI", "true"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "42"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "42"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/x"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_PROJECT_ID", "42"),
        ("CI_API_V4_URL", &server.url),
        ("GITLAB_TOKEN", "t"),
        ("ASSETDIFF_STORE", &store),
    ]);
    let steps = block(&file("examples/ci/gitlab-ci.yml"), "script:");
    let steps: Vec<&str> = steps.lines().filter_map(|line| line.strip_prefix("- ")).collect();
    assert_eq!(steps.len(), 2);
    for step in steps {
        let run = project.shell("sh", step);
        assert_eq!(run.code, 0, "{step}: {}{}", run.out, run.told);
    }
    assert_eq!(server.comments().len(), 1);
    for (name, words) in [
        ("policies.xml", "<testsuites"),
        ("policies.sarif", "2.1.0"),
        ("assetdiff.env", "ASSETDIFF_CHANGED=true\n"),
    ] {
        assert!(project.read(&format!("repo/{name}")).contains(words), "{name}");
    }
}

#[test]
fn the_recipe_for_any_pipeline_writes_a_summary() {
    let mut project = changed();
    let store = project.path("store").to_str().unwrap().to_owned();
    project.set(&[("ASSETDIFF_STORE", &store)]);
    let run = project.shell("sh", &file("examples/ci/assetdiff.sh"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.told);
    assert!(project.read("repo/assetdiff.md").contains("2 assets to make again"));
}

#[test]
fn the_hook_checks_the_rules() {
    let project = changed();
    let hooks = file(".pre-commit-hooks.yaml");
    let entry = hooks.lines().find_map(|line| line.trim().strip_prefix("entry: ")).unwrap();
    assert_eq!(project.shell("sh", &format!("{entry} assetdiff.toml")).code, 0);
    project.write("assetdiff.toml", "bases = 1\n");
    let run = project.shell("sh", &format!("{entry} assetdiff.toml"));
    assert_eq!(run.code, 2);
    assert!(run.told.contains("assetdiff.toml:1:1: unknown field `bases`"), "{}", run.told);
}

#[test]
fn the_workflows_ask_for_the_history_and_for_the_right_to_comment() {
    for name in ["examples/ci/github-dbt.yml", "examples/ci/github-dagster.yml"] {
        let text = file(name);
        for words in ["fetch-depth: 0", "pull-requests: write", "uses: assetdiff/assetdiff@v0", "closed]"] {
            assert!(text.contains(words), "{name}: {words}");
        }
        // Nothing of an output is part of a script.
        for line in text.lines().filter(|line| line.contains("run:")) {
            assert!(!line.contains("${{"), "{name}: {line}");
        }
    }
}
