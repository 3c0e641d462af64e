//! What later steps and people find: the log, the summary, outputs, annotations and files.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use assetdiff_adapters::commands::{dagster_selection, dbt_selection};
use assetdiff_adapters::file;
use assetdiff_project::{Level, ResultPlace, codeowners, junit, sarif};
use assetdiff_report::{TextStyle, line, text};
use serde_json::{Value, json};

use super::baseline::State;
use super::place::{Environment, System};
use super::{Ci, Found, comment, page};
use crate::output::{Trouble, tell};
use crate::project::CONFIG;

/// The version of the result's JSON form: within a major version members are only added.
const FORMAT_VERSION: &str = "1.0";

/// GitHub shows ten annotations of a level and step.
const MAX_ANNOTATIONS: usize = 10;

/// The most bytes of one output; hosts take 1 MiB in all.
const MAX_OUTPUT: usize = 200_000;

pub(super) fn say(words: &str) -> Result<(), Trouble> {
    Ok(file::write("-".as_ref(), |out| out.write_all(words.as_bytes()))?)
}

pub(super) fn write(arguments: &Ci, environment: &Environment, found: &Found) -> Result<(), Trouble> {
    let body = comment::body(arguments, found);
    if arguments.dry_run {
        say(&body)?;
        tell("dry run: nothing is pushed");
    } else {
        say(&log(found))?;
    }
    annotations(found)?;
    let own = |name: &str| environment.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let on_github = found.situation.system == System::GitHub;
    if let Some(path) = arguments.summary.clone().or_else(|| own("GITHUB_STEP_SUMMARY").filter(|_| on_github))
    {
        append(&path, &comment::summary(arguments, found))?;
    }
    match (&arguments.outputs, own("GITHUB_OUTPUT").filter(|_| on_github)) {
        (Some(path), _) => append(path, &as_lines(&outputs(arguments, found)))?,
        (None, Some(path)) => append(&path, &as_github(&outputs(arguments, found)))?,
        (None, None) => {}
    }
    let file = |path: &Option<PathBuf>, content: &dyn Fn() -> String| -> Result<(), Trouble> {
        match path {
            Some(path) => Ok(file::write(path, |out| out.write_all(content().as_bytes()))?),
            None => Ok(()),
        }
    };
    let rules = arguments.project.config.as_deref().unwrap_or(Path::new(CONFIG));
    let place = ResultPlace { file: rules.display().to_string(), link: None };
    file(&arguments.markdown, &|| body.clone())?;
    file(&arguments.json, &|| result(arguments, found))?;
    file(&arguments.report, &|| page::page(found))?;
    // A team is of the organisation that the repository is of.
    let organization = found.situation.repository.as_deref().and_then(|name| name.split_once('/'));
    let organization = organization.map(|(organization, _)| organization);
    file(&arguments.codeowners, &|| codeowners(&found.impact, &found.base, &found.head, organization))?;
    file(&arguments.sarif, &|| sarif(&found.policies, &place, env!("CARGO_PKG_VERSION")))?;
    file(&arguments.junit, &|| junit(&found.policies))
}

/// The log: notes and policies first, then the changes.
fn log(found: &Found) -> String {
    let mut out = String::new();
    for note in &found.notes {
        out.push_str(&format!("note: {}\n", line(note)));
    }
    if let Some(version) = &found.pushed {
        out.push_str(&format!("pushed {}\n", line(&crate::deployment::version_name(version))));
    }
    for result in &found.policies.results {
        let name = line(&result.name);
        let level = result.level.as_str();
        out.push_str(&match result.is_kept() {
            true => format!("policy {name}: kept\n"),
            false => format!("policy {name}: broken ({level}), {}\n", line(&result.summary())),
        });
        for asset in result.assets.iter().take(20) {
            out.push_str(&format!("  {}: {}\n", line(&asset.key.to_string()), line(&asset.why)));
        }
    }
    out.push('\n');
    out.push_str(&text(&found.changes, &TextStyle::default()));
    out
}

/// Tells broken policies by the commands that the runners of GitHub and Azure look for.
fn annotations(found: &Found) -> Result<(), Trouble> {
    let mut out = String::new();
    for result in found.policies.broken().into_iter().take(MAX_ANNOTATIONS) {
        let keys: Vec<String> = result.assets.iter().take(5).map(|asset| asset.key.to_string()).collect();
        let words = format!("{} ({})", result.summary(), keys.join(", "));
        match found.situation.system {
            System::GitHub => {
                let (level, title) =
                    (result.level.as_str(), property(&format!("assetdiff: {}", result.name)));
                out.push_str(&format!("::{level} file={CONFIG},title={title}::{}\n", data(&words)));
            }
            System::Azure => {
                let level = if result.level == Level::Error { "error" } else { "warning" };
                let words = data(&format!("assetdiff: {}: {words}", result.name));
                out.push_str(&format!("##vso[task.logissue type={level}]{words}\n"));
            }
            _ => {}
        }
    }
    if out.is_empty() { Ok(()) } else { say(&out) }
}

/// A text in the data of a workflow command.
fn data(text: &str) -> String {
    // A line holds no line break any more.
    line(text).replace('%', "%25")
}

/// A text in a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn outputs(arguments: &Ci, found: &Found) -> Vec<(&'static str, String)> {
    let (dagster, _) = dagster_selection(&found.plan);
    let (dbt, _) = dbt_selection(&found.plan);
    let summary = found.impact.summary();
    let policies = if found.policies.has_error() { "failed" } else { "passed" };
    let whole = |text: String| if text.len() > MAX_OUTPUT { String::new() } else { text };
    let affected: Vec<String> = found.impact.assets().map(|asset| asset.key.to_string()).collect();
    let mut outputs = vec![
        ("changed", (!found.changes.is_empty()).to_string()),
        ("affected", whole(json!(affected).to_string())),
        ("affected_count", affected.len().to_string()),
        ("rebuild_count", summary.rebuild.to_string()),
        ("dagster_selection", whole(dagster)),
        ("dbt_selection", whole(dbt)),
        ("policies", policies.to_owned()),
        ("deployment", found.situation.deployment.to_string()),
        ("baseline", found.baseline.state.name().to_owned()),
        ("conflicts", found.three_way.as_ref().map_or(0, |three_way| three_way.conflicts.len()).to_string()),
    ];
    outputs.extend(arguments.report.as_ref().map(|path| ("report", path.display().to_string())));
    outputs
}

/// Outputs as lines; no value holds a line break.
fn as_lines(outputs: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| {
        format!("ASSETDIFF_{}={}\n", name.to_uppercase(), assetdiff::escape_hidden(value))
    };
    outputs.iter().map(line).collect()
}

/// Outputs as GitHub reads them, between delimiters that no value holds.
fn as_github(outputs: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (name, value) in outputs {
        let value = assetdiff::escape_hidden(value);
        let mut delimiter = "ASSETDIFF_END".to_owned();
        while value.contains(&delimiter) {
            delimiter.push('_');
        }
        out.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    }
    out
}

fn append(path: &Path, content: &str) -> Result<(), Trouble> {
    let trouble = |e: std::io::Error| Trouble::Message(format!("{}: {e}", path.display()));
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(trouble)?;
    file.write_all(content.as_bytes()).map_err(trouble)
}

fn result(arguments: &Ci, found: &Found) -> String {
    let situation = &found.situation;
    let version = |version: &Option<assetdiff_store::Version>| {
        version
            .as_ref()
            .map(|v| json!({"deployment": v.deployment, "version": v.number, "commit": v.origin.commit}))
    };
    let behind = match found.baseline.state {
        State::Exact => Some(0),
        State::Ancestor(distance) => Some(distance),
        State::Newest | State::Missing | State::Unreadable => None,
    };
    let (dagster, dbt) = (dagster_selection(&found.plan).0, dbt_selection(&found.plan).0);
    let conflicts = found.three_way.as_ref().map(|three_way| &three_way.conflicts);
    let value: Value = json!({
        "format_version": FORMAT_VERSION,
        "system": situation.system.name(),
        "deployment": situation.deployment,
        "base": situation.base,
        "branch": situation.branch,
        "commit": situation.commit,
        "pull_request": situation.pull_request,
        "pushed": version(&found.pushed),
        "baseline": {
            "state": found.baseline.state.name(),
            "behind": behind,
            "merge_base": situation.merge_base,
            "version": version(&found.baseline.version),
            "current": version(&found.baseline.current),
        },
        "notes": found.notes,
        "report": arguments.report.as_ref().map(|path| path.display().to_string()),
        "report_url": arguments.report_url,
        "changed": !found.changes.is_empty(),
        "summary": found.changes.summary(),
        "impact": found.impact.summary(),
        "plan": found.plan.summary(),
        "policies": found.policies,
        "owners": found.owners,
        "conflicts": conflicts,
        "selections": {"dagster": dagster, "dbt": dbt},
        "assets": {"base": found.base.len(), "head": found.head.len()},
    });
    // A value can be written, and memory takes it.
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}
