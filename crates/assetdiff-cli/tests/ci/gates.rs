//! Policies, baselines, outputs: what a pipeline decides by and hands on.

use serde_json::Value;

use crate::project::{Project, branched, on_github, snapshot};

const RULES: &str = r#"
[[policy]]
name = "groups stay"
select = 'changed_in_branch:ANY and group:a'
message = "Ask team:data before moving an asset."

[[policy]]
name = "small changes"
max_affected = 1
level = "warning"
"#;

fn json(project: &Project, name: &str) -> Value {
    serde_json::from_str(&project.read(name)).unwrap()
}

#[test]
fn a_broken_policy_of_level_error_exits_with_3_and_says_who_broke_it() {
    let mut project = branched(RULES, r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    let run = project.ci(
        "--json ../result.json --sarif ../policies.sarif --junit ../policies.xml --markdown ../comment.md",
    );
    assert_eq!(run.code, 3, "{}{}", run.out, run.told);
    let annotation = "::error file=assetdiff.toml,title=assetdiff%3A groups stay::1 selected asset, none allowed. Ask team:data before moving an asset. (orders)\n";
    assert!(run.out.contains(annotation), "{}", run.out);
    assert!(
        run.out.contains("::warning file=assetdiff.toml,title=assetdiff%3A small changes::"),
        "{}",
        run.out
    );
    let result = json(&project, "result.json");
    assert_eq!(result["baseline"]["state"], "exact");
    assert_eq!(result["policies"]["results"][0]["assets"][0]["why"], "changed: code_version, group");
    assert_eq!(result["policies"]["results"][1]["broken_by"][0]["found"], 2);
    assert_eq!(result["owners"], serde_json::json!({"team:finance": 1, "team:sales": 1}));
    let sarif = json(&project, "policies.sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    assert_eq!(results[0]["ruleId"], "assetdiff/groups-stay");
    assert_eq!(results[0]["level"], "error");
    let junit = project.read("policies.xml");
    assert!(junit.contains("<testsuite name=\"policies\" tests=\"2\" failures=\"1\""), "{junit}");
    assert!(junit.contains("made again: orders -&gt; report"), "{junit}");
    let comment = project.read("comment.md");
    assert!(comment.contains("**Policies:** 2 broken, 0 kept\n\n- ❌ error `groups stay`: 1 selected asset, none allowed. `Ask team:data before moving an asset.`\n  - `orders`: `changed: code_version, group`\n"), "{comment}");
    assert!(
        comment.contains("**Owners of what is affected:** `team:finance` (1), `team:sales` (1)"),
        "{comment}"
    );
    assert_eq!(project.read("summary.md"), comment);
    let outputs = project.read("output.txt");
    assert!(outputs.contains("changed<<ASSETDIFF_END\ntrue\nASSETDIFF_END\n"), "{outputs}");
    assert!(outputs.contains("policies<<ASSETDIFF_END\nfailed\n"), "{outputs}");
    assert!(
        outputs.contains("dagster_selection<<ASSETDIFF_END\nkey:\"orders\" or key:\"report\"\n"),
        "{outputs}"
    );
}

#[test]
fn a_policy_about_a_group_is_broken_only_by_what_touches_the_group() {
    let rules = "[[policy]]\nname = \"finance stays\"\nselect = 'owner:\"team:finance\"'\n";
    let project = branched(rules, r#""group": "a""#, r#""group": "b""#);
    let run = project.ci("");
    assert_eq!(run.code, 0, "a new group of orders does not reach report: {}", run.out);
    project.write("assets.json", &snapshot(r#""group": "a", "code_version": {"version": "2"}"#));
    project.commit("code");
    let run = project.ci("");
    assert_eq!(run.code, 3, "{}", run.out);
    assert!(run.out.contains("  report: made again: orders -> report\n"), "{}", run.out);
}

#[test]
fn what_is_removed_is_selected_by_what_it_was() {
    let rules =
        "[[policy]]\nname = \"gold stays\"\nselect = 'changed_in_branch:REMOVED and tag:tier=\"gold\"'\n";
    let project = branched(rules, r#""tags": {"tier": "gold"}"#, r#""tags": {"tier": "gold"}"#);
    assert_eq!(project.ci("").code, 0);
    project.write("assets.json", r#"{"format_version": "1.0", "assets": [{"key": ["report"]}]}"#);
    project.commit("remove");
    let run = project.ci("");
    assert_eq!(run.code, 3, "{}", run.out);
    assert!(run.out.contains("  orders: changed: removed\n"), "{}", run.out);
}

#[test]
fn a_branch_cannot_weaken_its_own_gate() {
    let project = branched(RULES, r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    assert_eq!(project.ci("").code, 3);
    let adapter = "[adapter]\ntool = \"snapshot\"\npath = \"assets.json\"\n";
    project.write("assetdiff.toml", adapter);
    project.commit("weaker");
    assert_eq!(project.ci("").code, 3);
    assert_eq!(project.ci("--rules-from head").code, 0);
    project.write("assetdiff.toml", &format!("{adapter}[[ignore]]\nrule = \"group\"\n"));
    project.commit("hide");
    assert_eq!(project.ci("").code, 3);
}

#[test]
fn without_the_base_in_the_checkout_the_gate_does_not_open() {
    let project = branched(RULES, r#""group": "a""#, r#""group": "b", "code_version": {"version": "2"}"#);
    project.git("branch --quiet -D main");
    let run = project.ci("--base-branch main");
    assert_eq!(run.code, 2);
    assert!(
        run.told.contains(
            "expected main in the checkout, to read assetdiff.toml there, found no such branch; fetch it"
        ),
        "{}",
        run.told
    );
}

#[test]
fn a_missing_baseline_is_told_at_the_top() {
    let project = Project::new();
    project.write("assetdiff.toml", "[adapter]\ntool = \"snapshot\"\npath = \"assets.json\"\n");
    project.write("assets.json", &snapshot(r#""group": "a""#));
    project.commit("base");
    project.git("checkout --quiet -b feature/x");
    let run = project.ci("--markdown ../comment.md");
    assert_eq!(run.code, 0, "{}", run.told);
    assert!(run.out.starts_with("note: No baseline: prod was never pushed"), "{}", run.out);
    let comment = project.read("comment.md");
    assert!(
        comment.contains("> ⚠️ **No baseline:** prod was never pushed, so nothing can be compared."),
        "{comment}"
    );
}

#[test]
fn a_stale_baseline_is_told_with_how_far_it_is_behind() {
    let project = branched("", r#""group": "a""#, r#""group": "b""#);
    project.git("checkout --quiet main");
    project.commit("one");
    project.commit("two");
    project.git("checkout --quiet -b feature/y");
    project.write("assets.json", &snapshot(r#""group": "c""#));
    project.commit("three");
    let run = project.ci("--json ../result.json");
    assert!(run.out.contains("note: Stale baseline: no snapshot of prod was pushed at the commit where this branch parted; compared with prod@1, 2 commits before."), "{}", run.out);
    let result = json(&project, "result.json");
    assert_eq!(
        (&result["baseline"]["state"], &result["baseline"]["behind"]),
        (&"ancestor".into(), &2.into())
    );
}

#[test]
fn the_snapshot_of_the_merge_base_is_compared_with_however_far_the_base_has_moved() {
    let project = branched("", r#""group": "a""#, r#""group": "a", "tags": {"x": "y"}"#);
    project.git("checkout --quiet main");
    project.write("assets.json", &snapshot(r#""group": "moved""#));
    project.commit("moved");
    assert_eq!(project.ci("").code, 0);
    project.git("checkout --quiet feature/x");
    project.ci("--json ../result.json --markdown ../comment.md");
    let result = json(&project, "result.json");
    assert_eq!(result["baseline"]["state"], "exact");
    assert_eq!(result["baseline"]["version"]["version"], 1);
    assert_eq!(result["baseline"]["current"]["version"], 2);
    assert_eq!(result["conflicts"], serde_json::json!([]));
    let comment = project.read("comment.md");
    assert!(comment.contains("**The base has moved on** to `prod@2`: nothing conflicts"), "{comment}");
    assert!(!comment.contains("group"), "{comment}");
    project.write("assets.json", &snapshot(r#""group": "other", "tags": {"x": "y"}"#));
    project.commit("conflict");
    project.ci("--markdown ../comment.md");
    let comment = project.read("comment.md");
    assert!(
        comment.contains("`prod@2`: 1 conflict\n\n- `both changed group of orders differently`"),
        "{comment}"
    );
}

#[test]
fn a_fork_whose_branch_is_called_as_the_base_is_not_the_base() {
    let mut project = branched("", r#""group": "a""#, r#""group": "b""#);
    let event = project.path("event.json");
    let text = r#"{"action": "opened", "pull_request": {"number": 7, "head": {"repo": {"full_name": "fork/r"}}, "base": {"repo": {"full_name": "o/r"}}}}"#;
    std::fs::write(&event, text).unwrap();
    project.set(&[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ("GITHUB_HEAD_REF", "main"),
        ("GITHUB_BASE_REF", "main"),
    ]);
    let before = project.assetdiff("deployment log prod").out;
    let run = project.ci("--rules-from head");
    assert!(run.out.contains("pushed pull/7@1"), "{}{}", run.out, run.told);
    assert_eq!(project.assetdiff("deployment log prod").out, before);
}

#[test]
fn a_closed_pull_request_closes_its_deployment() {
    let mut project = branched("", r#""group": "a""#, r#""group": "b""#);
    on_github(&mut project, "http://127.0.0.1:9", "");
    project.ci("");
    let event = project.path("event.json");
    let closed = std::fs::read_to_string(&event).unwrap().replace("synchronize", "closed");
    std::fs::write(&event, closed).unwrap();
    let run = project.ci("");
    assert_eq!((run.code, run.out.as_str()), (0, "closed feature/x@2\n"));
}

#[test]
fn nothing_in_a_name_runs_a_command_of_the_runner() {
    let evil = r#"::error::x\n::set-output name=a::b\u001b[31m##[error]y ##vso[task]z"#;
    let rules = "[[policy]]\nname = \"none\"\nmax_affected = 0\n";
    let mut project = branched(rules, r#""group": "a""#, r#""group": "b""#);
    let assets =
        format!(r#"{{"format_version": "1.0", "assets": [{{"key": ["{evil}"], "owners": ["{evil}"]}}]}}"#);
    project.write("assets.json", &assets);
    project.commit("evil");
    on_github(&mut project, "http://127.0.0.1:9", "");
    let run = project.ci("--sarif ../policies.sarif --junit ../policies.xml --outputs ../lines.env");
    assert_eq!(run.code, 3);
    let commands: Vec<&str> = run.out.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 1, "{}", run.out);
    assert!(commands[0].starts_with("::error file=assetdiff.toml,title=assetdiff%3A none::"));
    for text in
        [&run.out, &project.read("summary.md"), &project.read("policies.xml"), &project.read("lines.env")]
    {
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("::set-output")), "{text}");
    }
    assert!(!run.out.contains("##[error]") && !run.out.contains("##vso["), "{}", run.out);
    assert_eq!(project.read("lines.env").lines().count(), 10);
}

#[test]
fn a_huge_change_keeps_the_limit_the_policies_and_the_link() {
    let mut project = branched(RULES, r#""group": "a""#, r#""group": "b""#);
    let assets: Vec<String> = (0..3000)
        .map(|index| {
            format!(r#"{{"key": ["orders{index}"], "group": "{}", "owners": ["o{index}"]}}"#, "x".repeat(50))
        })
        .collect();
    project
        .write("assets.json", &format!(r#"{{"format_version": "1.0", "assets": [{}]}}"#, assets.join(",")));
    project.commit("huge");
    on_github(&mut project, "http://127.0.0.1:9", "");
    let run = project.ci("--markdown ../comment.md --sarif ../policies.sarif");
    // What was in the group a is gone with the rest.
    assert_eq!(run.code, 3, "{}", run.told);
    let comment = project.read("comment.md");
    assert!(comment.encode_utf16().count() <= 65_536);
    assert!(comment.contains("**Policies:** 2 broken, 0 kept"), "{}", &comment[..2000]);
    assert!(comment.contains("more changed assets not shown"));
    assert!(
        comment
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("[Run](https://host/o/r/actions/runs/99) · baseline")
    );
    assert!(std::fs::metadata(project.path("summary.md")).unwrap().len() <= 1 << 20);
    let sarif = json(&project, "policies.sarif");
    assert!(sarif["runs"][0]["results"].as_array().unwrap().len() <= 5000);
    project.environment.retain(|(name, _)| !name.starts_with("GITHUB_"));
    project.environment.extend(
        [("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_BRANCH", "feature/x"), ("BITBUCKET_PR_ID", "7")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    project.ci("--markdown ../comment.md");
    assert!(project.read("comment.md").encode_utf16().count() <= 32_768);
}
