//! The whole story of a pull request, as `make demo-ci` prints it.

use std::path::Path;

use serde_json::Value;

use crate::project::{Project, on_github};
use crate::server::Server;

const RULES: &str = r#"presets = ["dbt"]
language = "dagster"

[adapter]
tool = "dbt"
path = "target/manifest.json"

[[policy]]
name = "nothing is removed"
select = "changed:removed"
message = "Deprecate a model for a month before you remove it."

[[policy]]
name = "small changes"
max_rebuild = 5
level = "warning"
"#;

fn manifest(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dbt").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ci/golden").join(name);
    if std::env::var_os("ASSETDIFF_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not as expected; found:\n{found}");
}

struct Story {
    project: Project,
    server: Server,
}

impl Story {
    /// Commits a manifest and runs the pipeline; returns its exit code.
    fn push(&self, message: &str, manifest: &Value) -> i32 {
        self.project.write("target/manifest.json", &manifest.to_string());
        let commit = self.project.commit(message);
        println!("\n=== {} {}: {message}", self.project.git("branch --show-current"), &commit[..12]);
        let run = self.project.ci("");
        assert!([0, 3].contains(&run.code), "{}{}", run.out, run.told);
        println!("=== assetdiff ci exits with {}", run.code);
        run.code
    }

    /// Shows the comment, and compares it with one that people have read.
    fn comment(&self, name: &str) {
        let comments = self.server.comments();
        assert_eq!(comments.len(), 1);
        println!("=== the comment of the pull request:\n\n{}", comments[0]);
        let commit = self.project.git("rev-parse HEAD");
        let parted = self.project.git("merge-base main HEAD");
        check(name, &comments[0].replace(&commit[..12], "COMMIT").replace(&parted[..12], "PARTED"));
    }
}

#[test]
fn a_pull_request_from_its_first_commit_to_its_end() {
    let mut story = Story { project: Project::new(), server: Server::start() };
    let base = manifest("base.manifest.json");
    story.project.write("assetdiff.toml", RULES);
    assert_eq!(story.push("main-as-it-is", &base), 0);

    story.project.git("checkout --quiet -b feature/x");
    on_github(&mut story.project, &story.server.url, "t");
    let mut tagged = base.clone();
    tagged["nodes"]["model.jaffle.payment_gaps"]["tags"] = serde_json::json!(["audit"]);
    tagged["nodes"]["model.jaffle.payment_gaps"]["config"]["tags"] = serde_json::json!(["audit"]);
    assert_eq!(story.push("tag-a-model", &tagged), 0);
    story.comment("1.md");

    assert_eq!(story.push("the-whole-change", &manifest("head.manifest.json")), 3);
    story.comment("2.md");

    // Somebody else merges meanwhile: a description here is none of the branch's changes.
    let github = std::mem::take(&mut story.project.environment);
    story.project.git("checkout --quiet main");
    let mut moved = base.clone();
    moved["nodes"]["model.jaffle.daily_revenue"]["description"] = "One row per day.".into();
    moved["nodes"]["model.jaffle.payment_gaps"]["tags"] = serde_json::json!(["finance"]);
    assert_eq!(story.push("main-moves", &moved), 0);
    story.project.git("checkout --quiet feature/x");
    story.project.environment = github;

    let mut kept = manifest("head.manifest.json");
    let model = "model.jaffle.top_customers";
    kept["nodes"][model] = base["nodes"][model].clone();
    assert_eq!(story.push("keep-the-model", &kept), 0);
    story.comment("3.md");

    let event = story.project.path("event.json");
    let closed = std::fs::read_to_string(&event).unwrap().replace("synchronize", "closed");
    std::fs::write(&event, closed).unwrap();
    let run = story.project.ci("");
    println!("\n=== the pull request is merged: {}", run.out);
    assert_eq!(run.out, "closed feature/x@4\n");
    let pruned = story.project.assetdiff("deployment prune --closed-for 0");
    println!("=== assetdiff deployment prune --closed-for 0\n{}", pruned.out);
    assert!(pruned.out.starts_with("removed feature/x\n"), "{}", pruned.out);
    assert_eq!(story.project.assetdiff("deployment verify").code, 0);
}
