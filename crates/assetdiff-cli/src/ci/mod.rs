//! One command for a pipeline: what a branch changes against its base, kept, shown and gated.

mod baseline;
mod comment;
mod forge;
mod git;
mod outputs;
mod page;
mod place;
mod rules;
mod situation;

use std::collections::BTreeMap;
use std::path::PathBuf;

use assetdiff::{
    AssetGraph, ChangeSet, Impact, ImpactPolicy, Limits, Plan, PlanOptions, ThreeWay, Timestamp, diff, diff3,
    impact, plan,
};
use assetdiff_adapters::source::{self, SourceKind};
use assetdiff_project::{Adapter, Config, PolicyReport, Tool, evaluate, review_owners};
use assetdiff_store::{DeploymentName, Origin, Push, SnapshotBase, Store, StoreError, Version};
use clap::Args;

use crate::Host;
use crate::arguments::{SnapshotDagster, Written};
use crate::output::{Trouble, tell};
use crate::progress::Progress;
use crate::project::Project;
use crate::{dagster, reach};
use baseline::{Baseline, Graphs, State};
use rules::RulesFrom;
use situation::Situation;

/// The exit code for a broken policy of the level error.
const GATE: u8 = 3;

#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// The snapshot of the branch, or anything else that `diff` takes; made by the project's adapter if not stated.
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    project: Project,
    /// The deployment of the branch; called as the branch if not stated.
    #[arg(long, value_name = "NAME")]
    deployment: Option<DeploymentName>,
    /// The deployment that it is compared with; the project's, or prod.
    #[arg(long, value_name = "NAME")]
    base: Option<DeploymentName>,
    /// The branch that the base deployment is made of; the pull request's, or the main one.
    #[arg(long, value_name = "BRANCH")]
    base_branch: Option<String>,
    /// The branch; found out if not stated.
    #[arg(long)]
    branch: Option<String>,
    /// The commit; found out if not stated.
    #[arg(long)]
    commit: Option<String>,
    /// The number of the pull request; found out if not stated.
    #[arg(long, value_name = "NUMBER")]
    pull_request: Option<u64>,
    /// Whose rules count: those at the base branch, which a branch cannot weaken, or its own.
    #[arg(long, value_enum, default_value_t)]
    rules_from: RulesFrom,
    /// Do not write a comment to the pull request.
    #[arg(long)]
    no_comment: bool,
    /// What tells the comments of several projects in one repository apart.
    #[arg(long, value_name = "NAME", default_value = "assetdiff")]
    comment_id: String,
    /// Show the comment, push nothing, and write nothing to the pull request.
    #[arg(long)]
    dry_run: bool,
    /// The time at which partitions are looked at; now if not stated.
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Append the summary to a file, as Markdown; GITHUB_STEP_SUMMARY if not stated.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Append outputs for later steps to a file, as NAME=VALUE lines; GITHUB_OUTPUT if not stated.
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
    /// Write the comment to a file, as Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the result to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write broken policies to a file, as SARIF 2.1.0.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write policies to a file, as JUnit.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the full report to a file, as a page to look at in a browser.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The address at which the pipeline publishes the full report, for the comment and the summary.
    #[arg(long, value_name = "URL")]
    report_url: Option<String>,
    /// Write the owners of what is affected to a file, in the form of CODEOWNERS.
    #[arg(long, value_name = "FILE")]
    codeowners: Option<PathBuf>,
}

/// Everything that is found out about a branch.
struct Found {
    situation: Situation,
    baseline: Baseline,
    /// What to know before reading on.
    notes: Vec<String>,
    base: AssetGraph,
    head: AssetGraph,
    changes: ChangeSet,
    impact: Impact,
    plan: Plan,
    policies: PolicyReport,
    owners: BTreeMap<String, usize>,
    /// With what the base is now, if it has moved on.
    three_way: Option<ThreeWay>,
    pushed: Option<Version>,
}

pub(crate) fn run(arguments: &Ci, host: &Host) -> Result<u8, Trouble> {
    let environment: place::Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let own = arguments.project.config()?;
    let situation = Situation::of(arguments, &environment, &own)?;
    let mut notes = Vec::new();
    let config = rules::rules(arguments, &situation, own, &mut notes)?;
    let store = open(arguments, &situation, &config)?;
    if situation.is_closed {
        return close(arguments, &situation, store.as_ref());
    }
    let progress = Progress::new("making the snapshot");
    let mut head = snapshot(arguments, &config, host)?;
    let provenance = head.provenance_mut();
    provenance.commit = situation.commit.clone();
    provenance.deployment = Some(situation.deployment.to_string());
    drop(progress);
    let found = find(arguments, situation, &config, store.as_ref(), head, notes)?;
    outputs::write(arguments, &environment, &found)?;
    if !arguments.no_comment {
        comment::write(arguments, &environment, &found);
    }
    Ok(if found.policies.has_error() { GATE } else { 0 })
}

/// Opens the store; a dry run makes none.
fn open(arguments: &Ci, situation: &Situation, config: &Config) -> Result<Option<Store>, Trouble> {
    let place = arguments.project.place(config);
    if arguments.dry_run && !place.contains("://") && !std::path::Path::new(&place).exists() {
        return Ok(None);
    }
    match situation.is_fork {
        true => allowed(situation, arguments.project.open_unsigned(config)),
        false => Ok(Some(arguments.project.open(config)?)),
    }
}

/// What the store refuses to a pull request of a fork, which has no credentials, is told and no trouble.
fn allowed<T>(situation: &Situation, asked: Result<T, StoreError>) -> Result<Option<T>, Trouble> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(error @ StoreError::Storage { .. }) if situation.is_fork => {
            tell(&format!("the store is not for pull requests of forks: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn close(arguments: &Ci, situation: &Situation, store: Option<&Store>) -> Result<u8, Trouble> {
    let name = &situation.deployment;
    let known = match store {
        Some(store) => {
            allowed(situation, store.list())?.is_some_and(|all| all.iter().any(|v| v.deployment == *name))
        }
        None => false,
    };
    let words = match (known, arguments.dry_run, store) {
        (true, false, Some(store)) => match allowed(situation, store.close(name, reach::current_time()?))? {
            Some(closed) => format!("closed {name}@{}\n", closed.number),
            None => format!("not closed: {name}\n"),
        },
        (true, _, _) => format!("would close {name}\n"),
        (false, _, _) => format!("nothing to close: no deployment is called {name}\n"),
    };
    outputs::say(&words)?;
    Ok(0)
}

/// Makes the snapshot of the branch.
fn snapshot(arguments: &Ci, config: &Config, host: &Host) -> Result<AssetGraph, Trouble> {
    let read = |path: &std::path::Path, kind| Ok(source::read(path, kind, &Limits::default())?);
    if let Some(path) = &arguments.snapshot {
        return read(path, SourceKind::Auto);
    }
    let Some(adapter) = &config.adapter else {
        return Err(Trouble::Message(
            "expected a snapshot, found neither --snapshot nor [adapter] in assetdiff.toml".to_owned(),
        ));
    };
    let path = PathBuf::from(adapter.path.as_deref().unwrap_or("."));
    match adapter.tool {
        Tool::Dbt => read(&path, SourceKind::Dbt),
        Tool::Snapshot => read(&path, SourceKind::Auto),
        Tool::Dagster => {
            let folder =
                tempfile::tempdir().map_err(|e| Trouble::Message(format!("temporary folder: {e}")))?;
            let output = folder.path().join("snapshot.json");
            dagster::run(&dagster_arguments(adapter, output.clone()), host)?;
            read(&output, SourceKind::Snapshot)
        }
    }
}

fn dagster_arguments(adapter: &Adapter, output: PathBuf) -> SnapshotDagster {
    let Adapter {
        tool: _,
        path: _,
        module,
        python_file,
        workspace,
        working_directory,
        location,
        code_versions,
        python,
    } = adapter.clone();
    SnapshotDagster {
        module_name: module,
        python_file: python_file.map(PathBuf::from),
        workspace: workspace.map(PathBuf::from),
        working_directory: working_directory.map(PathBuf::from),
        attribute: None,
        location,
        root: None,
        code_versions,
        written: Written { output, deployment: None, commit: None },
        python: python.map(PathBuf::from),
    }
}

/// Pushes, compares, and measures by the rules.
fn find(
    arguments: &Ci,
    situation: Situation,
    config: &Config,
    store: Option<&Store>,
    head: AssetGraph,
    mut notes: Vec<String>,
) -> Result<Found, Trouble> {
    let progress = Progress::new("comparing");
    let read = match store {
        Some(store) => allowed(&situation, baseline::read(&situation, store))?,
        None if situation.is_fork => None,
        None => Some((Baseline::none(State::Missing), Graphs::default())),
    };
    let (baseline, graphs) = read.unwrap_or_else(|| (Baseline::none(State::Unreadable), Graphs::default()));
    notes.splice(0..0, baseline.notes(&situation));
    let mut pushed = None;
    if let (Some(store), false) = (store, arguments.dry_run) {
        pushed = allowed(&situation, push(&situation, config, store, &head, &baseline)?)?;
        if pushed.is_none() {
            notes.push("Not kept: a pull request of a fork may not write to the store.".to_owned());
        }
    }
    // What is kept is what is compared: redacted on both sides.
    let head = match (&pushed, store) {
        (Some(version), Some(store)) if version.redacted > 0 => store.graph(version)?,
        _ => head,
    };
    // Without anything to compare with, nothing differs, and the notes say why.
    let base = match graphs.version {
        Some(base) => base,
        None => AssetGraph::new(head.to_snapshot()).map_err(|e| Trouble::Message(e.to_string()))?,
    };
    let options = config.diff_options(&base, &head)?;
    let changes = diff(&base, &head, &options);
    let three_way = graphs.current.map(|current| diff3(&base, &current, &head, &options));
    let mut policy = ImpactPolicy::default();
    policy.now = Some(arguments.now.map_or_else(reach::current_time, Ok)?);
    let impact = impact(&changes, &base, &head, &policy);
    let plan = plan(&impact, &base, &head, &PlanOptions::default());
    let policies = match situation.is_base {
        // What is merged cannot be gated any more.
        true => PolicyReport::default(),
        false => evaluate(&config.policies, &base, &head, &changes, &impact, &plan)?,
    };
    let owners = review_owners(&impact, &base, &head);
    let owners = owners.into_iter().map(|(owner, assets)| (owner, assets.len())).collect();
    drop(progress);
    Ok(Found {
        situation,
        baseline,
        notes,
        base,
        head,
        changes,
        impact,
        plan,
        policies,
        owners,
        three_way,
        pushed,
    })
}

fn push(
    situation: &Situation,
    config: &Config,
    store: &Store,
    head: &AssetGraph,
    baseline: &Baseline,
) -> Result<Result<Version, StoreError>, Trouble> {
    let mut what = Push::at(reach::current_time()?);
    what.base = Some(situation.base.clone()).filter(|base| *base != situation.deployment);
    // The version that the branch was compared with is the one that it stays compared with.
    what.snapshot_base = (!situation.is_base).then_some(SnapshotBase::OnUpdate);
    what.pin = baseline.version.as_ref().map(|version| version.number).filter(|_| !situation.is_base);
    what.origin = Origin {
        commit: situation.commit.clone(),
        branch: situation.branch.clone(),
        pull_request: situation.pull_request.map(|number| number.to_string()),
        author: situation.author.clone(),
    };
    what.redaction = config.redaction.clone();
    let pushed = store.push(&situation.deployment, head, &what);
    if let Ok(pushed) = &pushed
        && pushed.retries > 0
    {
        tell(&format!("another push was quicker {} times: pushed again", pushed.retries));
    }
    Ok(pushed.map(|pushed| pushed.version))
}
