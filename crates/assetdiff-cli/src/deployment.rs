//! Deployments: named logs of snapshots, and what differs between them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use assetdiff::{DiffOptions, diff3, escape_hidden};
use assetdiff_project::Config;
use assetdiff_report::{MarkdownStyle, markdown, text, three_way, three_way_markdown};
use assetdiff_store::{
    Against, DeploymentName, Origin, Prune, Push, Reference, SnapshotBase, Store, Version, VersionChoice,
};
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::{Format, Input, Output};
use crate::output::Trouble;
use crate::progress::Progress;
use crate::project::Project;
use crate::{input, reach};

#[derive(Debug, Subcommand)]
pub(crate) enum Deployment {
    /// Append a snapshot to a deployment, which is created if there is none.
    Push(PushArguments),
    /// Show what differs between a deployment and its base.
    ///
    /// Exit code as of diff.
    Diff(DiffArguments),
    /// List the deployments with their newest versions.
    List(ListArguments),
    /// List the versions of a deployment, the newest first.
    Log(LogArguments),
    /// Write the snapshot of a version: NAME, NAME@VERSION or NAME@COMMIT.
    Show(ShowArguments),
    /// Note that a deployment is closed, as its branch is.
    Close(CloseArguments),
    /// Remove deployments that are closed for long, and what nothing names any more.
    Prune(PruneArguments),
    /// Read everything in the store and compare it with what was written.
    ///
    /// Exit code: 0 if everything is there, 1 if something is wrong, 2 for trouble.
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PushArguments {
    /// The deployment, such as prod or feature/orders.
    name: DeploymentName,
    /// The snapshot, or anything else that `diff` takes.
    snapshot: PathBuf,
    /// The deployment that it is compared with; as before, or the project's, or prod.
    #[arg(long, value_name = "NAME")]
    base: Option<DeploymentName>,
    /// Which version of the base it is compared with.
    #[arg(long, value_enum)]
    snapshot_base: Option<SnapshotBaseArgument>,
    /// The commit.
    #[arg(long)]
    commit: Option<String>,
    /// The branch.
    #[arg(long)]
    branch: Option<String>,
    /// The number or address of the pull request.
    #[arg(long)]
    pull_request: Option<String>,
    /// Who made it.
    #[arg(long)]
    author: Option<String>,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SnapshotBaseArgument {
    /// What the base was when the deployment was created.
    OnCreate,
    /// What the base was at the last push.
    OnUpdate,
    /// What the base is now.
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The deployment: NAME, NAME@VERSION or NAME@COMMIT.
    reference: Reference,
    /// With what: the pinned version of its base (or the current one if none is), the current one, or any NAME@VERSION.
    #[arg(long, value_name = "pinned|current|NAME@VERSION", default_value = "pinned")]
    against: Against,
    /// Tell the branch's changes from those of the base: the pinned version is where they parted.
    #[arg(long, conflicts_with = "against")]
    three_way: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 1 if there is a difference (or, with --three-way, a conflict).
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// List closed ones, too.
    #[arg(long)]
    all: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// The deployment.
    name: DeploymentName,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The version.
    reference: Reference,
    /// The file to write (compressed if it ends in .zst or .gz).
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: PathBuf,
    #[command(flatten)]
    project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct CloseArguments {
    /// The deployment.
    name: DeploymentName,
    #[command(flatten)]
    project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    /// Remove deployments that are closed for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    closed_for: u64,
    /// Close deployments without a push for this many days.
    #[arg(long, value_name = "DAYS")]
    idle_for: Option<u64>,
    /// Never close or remove these; the project's base is always kept.
    #[arg(long, value_name = "NAME")]
    keep: Vec<DeploymentName>,
    /// Only tell what would be removed.
    #[arg(long)]
    dry_run: bool,
    /// End a prune that did not come to its end. Only if none runs.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    project: Project,
}

pub(crate) fn run(command: Deployment) -> Result<u8, Trouble> {
    match command {
        Deployment::Push(arguments) => push(arguments),
        Deployment::Diff(arguments) => diff(&arguments),
        Deployment::List(arguments) => list(&arguments),
        Deployment::Log(arguments) => log(&arguments),
        Deployment::Show(arguments) => show(&arguments),
        Deployment::Close(arguments) => close(&arguments),
        Deployment::Prune(arguments) => prune(arguments),
        Deployment::Verify(arguments) => verify(&arguments),
    }
}

fn say(text: &str) -> Result<(), Trouble> {
    Ok(assetdiff_adapters::file::write("-".as_ref(), |out| out.write_all(text.as_bytes()))?)
}

fn push(arguments: PushArguments) -> Result<u8, Trouble> {
    let PushArguments {
        name,
        snapshot,
        base,
        snapshot_base,
        commit,
        branch,
        pull_request,
        author,
        project,
        input,
    } = arguments;
    let config = project.config()?;
    let progress = Progress::new("pushing");
    let graph = input::read(&snapshot, &input)?;
    let store = project.open(&config)?;
    let mut what = Push::at(reach::current_time()?);
    (what.base, what.default_base) = (base, Some(config.base));
    what.snapshot_base = snapshot_base.map(|condition| match condition {
        SnapshotBaseArgument::OnCreate => SnapshotBase::OnCreate,
        SnapshotBaseArgument::OnUpdate => SnapshotBase::OnUpdate,
        SnapshotBaseArgument::Never => SnapshotBase::Never,
    });
    what.origin = Origin { commit, branch, pull_request, author };
    what.redaction = config.redaction;
    let pushed = store.push(&name, &graph, &what)?;
    drop(progress);
    let Version { number, assets, redacted, .. } = pushed.version;
    let mut words = format!("pushed {name}@{number}: {assets} assets");
    if pushed.unchanged {
        words.push_str(", as before");
    }
    if redacted > 0 {
        words.push_str(&format!(", {redacted} values redacted"));
    }
    if pushed.retries > 0 {
        words.push_str(&format!(", after {} others that pushed at once", pushed.retries));
    }
    say(&(words + "\n"))?;
    Ok(0)
}

fn diff(arguments: &DiffArguments) -> Result<u8, Trouble> {
    let DiffArguments { reference, against, three_way: is_three_way, format, exit_code, project, output } =
        arguments;
    let config = project.config()?;
    let progress = Progress::new("comparing");
    let store = project.open(&config)?;
    let head = store.find(reference)?;
    if *is_three_way {
        let (parted, base) =
            (store.base_of(&head, &Against::Pinned)?, store.base_of(&head, &Against::Current)?);
        let (parted, base) = (store.graph(&parted)?, store.graph(&base)?);
        let head = store.graph(&head)?;
        let found = diff3(&parted, &base, &head, &config.diff_options(&base, &head)?);
        let report = match format {
            Format::Text => three_way(&found, &output.style()),
            Format::Json => found.to_json(),
            Format::Markdown => three_way_markdown(&found, &MarkdownStyle::default()),
        };
        drop(progress);
        output.write(&report)?;
        return Ok(u8::from(*exit_code && !found.conflicts.is_empty()));
    }
    let base = store.base_of(&head, against)?;
    let changes = store.diff(&base, &head, &options(&config, &store, &base, &head)?)?;
    let report = match format {
        Format::Text => text(&changes, &output.style()),
        Format::Json => changes.to_json(),
        Format::Markdown => markdown(&changes, &MarkdownStyle::default()),
    };
    drop(progress);
    output.write(&report)?;
    Ok(u8::from(*exit_code && !changes.is_empty()))
}

/// The rules of the project. Only selections need the whole graphs.
fn options(config: &Config, store: &Store, base: &Version, head: &Version) -> Result<DiffOptions, Trouble> {
    match config.options_for_all() {
        Some(options) => Ok(options),
        None => Ok(config.diff_options(&store.graph(base)?, &store.graph(head)?)?),
    }
}

/// The text of a name or an origin, which others wrote.
fn shown(text: Option<&String>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| escape_hidden(text).into_owned())
}

fn rows(versions: &[Version]) -> String {
    let head = ["DEPLOYMENT", "VERSION", "STATE", "ASSETS", "AT", "COMMIT", "PULL REQUEST", "AUTHOR", "BASE"];
    let mut rows: Vec<Vec<String>> = vec![head.map(str::to_owned).to_vec()];
    for version in versions {
        let base = match (&version.base, version.pinned_base) {
            (Some(base), Some(pinned)) => format!("{base}@{pinned}"),
            (Some(base), None) => base.to_string(),
            (None, _) => "-".to_owned(),
        };
        rows.push(vec![
            version.deployment.to_string(),
            version.number.to_string(),
            if version.closed { "closed" } else { "open" }.to_owned(),
            version.assets.to_string(),
            version.at.to_string(),
            shown(version.origin.commit.as_ref()).chars().take(12).collect(),
            shown(version.origin.pull_request.as_ref()),
            shown(version.origin.author.as_ref()),
            base,
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn json(versions: &[Version]) -> Result<String, Trouble> {
    let text = serde_json::to_string_pretty(&BTreeMap::from([("versions", versions)]));
    text.map(|text| text + "\n").map_err(|error| Trouble::Message(error.to_string()))
}

fn list(arguments: &ListArguments) -> Result<u8, Trouble> {
    let ListArguments { all, json: as_json, project, output } = arguments;
    let mut versions = project.open(&project.config()?)?.list()?;
    versions.retain(|version| *all || !version.closed);
    output.write(&if *as_json { json(&versions)? } else { rows(&versions) })?;
    Ok(0)
}

fn log(arguments: &LogArguments) -> Result<u8, Trouble> {
    let LogArguments { name, json: as_json, project, output } = arguments;
    let versions = project.open(&project.config()?)?.log(name)?;
    output.write(&if *as_json { json(&versions)? } else { rows(&versions) })?;
    Ok(0)
}

fn show(arguments: &ShowArguments) -> Result<u8, Trouble> {
    let ShowArguments { reference, output, project } = arguments;
    let progress = Progress::new("reading the store");
    let store = project.open(&project.config()?)?;
    let graph = store.graph(&store.find(reference)?)?;
    drop(progress);
    assetdiff_adapters::file::write(output, |out| graph.write_json(out))?;
    Ok(0)
}

fn close(arguments: &CloseArguments) -> Result<u8, Trouble> {
    let CloseArguments { name, project } = arguments;
    let closed = project.open(&project.config()?)?.close(name, reach::current_time()?)?;
    say(&format!("closed {}@{}\n", closed.deployment, closed.number))?;
    Ok(0)
}

fn prune(arguments: PruneArguments) -> Result<u8, Trouble> {
    let PruneArguments { closed_for, idle_for, keep, dry_run, force, project } = arguments;
    let config = project.config()?;
    let mut what = Prune::at(reach::current_time()?);
    what.closed_for = closed_for.saturating_mul(24 * 3600);
    what.idle_for = idle_for.map(|days| days.saturating_mul(24 * 3600));
    what.keep.extend(keep);
    what.keep.insert(config.base.clone());
    (what.dry_run, what.force) = (dry_run, force);
    let progress = Progress::new("pruning");
    let pruned = project.open(&config)?.prune(&what)?;
    drop(progress);
    let would = if dry_run { "would have " } else { "" };
    let mut out = String::new();
    for name in pruned.closed {
        out.push_str(&format!("{would}closed {name}\n"));
    }
    for name in pruned.removed {
        out.push_str(&format!("{would}removed {name}\n"));
    }
    out.push_str(&format!("{would}removed {} objects of {} bytes\n", pruned.objects, pruned.bytes));
    say(&out)?;
    Ok(0)
}

fn verify(arguments: &VerifyArguments) -> Result<u8, Trouble> {
    let project = &arguments.project;
    let progress = Progress::new("reading the store");
    let found = project.open(&project.config()?)?.verify()?;
    drop(progress);
    for problem in &found.problems {
        crate::output::tell(&problem.to_string());
    }
    let wrong = if found.problems.is_empty() {
        "nothing wrong".to_owned()
    } else {
        format!("{} wrong", found.problems.len())
    };
    say(&format!(
        "{} deployments, {} versions, {} objects, {} bytes: {wrong}\n",
        found.deployments, found.versions, found.objects, found.bytes
    ))?;
    Ok(u8::from(!found.problems.is_empty()))
}

/// What stands for a version, for messages.
pub(crate) fn version_name(version: &Version) -> String {
    let number = VersionChoice::Number(version.number);
    Reference { name: version.deployment.clone(), version: number }.to_string()
}
