//! What can be typed.

use std::path::PathBuf;

use assetdiff::{AssetKey, Have, Language, Limits, NormalizeRule, Renames, Timestamp};
use assetdiff_adapters::select::Ignore;
use assetdiff_adapters::source::SourceKind;
use assetdiff_store::Reference;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::project::Project;

/// Tells what a change does to a graph of data assets.
#[derive(Debug, Parser)]
#[command(name = "assetdiff", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what differs between two versions of an asset graph.
    ///
    /// Exit code: 0 without a difference (or without --exit-code), 1 with one, 2 for trouble.
    Diff(Diff),
    /// Show what a branch and its base changed since they parted, what conflicts, and what merging brings.
    ///
    /// Exit code: 0 without a conflict (or without --exit-code), 1 with one, 2 for trouble.
    Diff3(Diff3),
    /// Show what the changes between two versions reach: which assets and partitions, by which way.
    ///
    /// Exit code as of diff.
    Impact(Impact),
    /// Show the least that has to be made again, in order, and what can be read from BASE.
    Plan(Plan),
    /// Show why an asset is affected: the paths from the changes to it.
    Explain(Explain),
    /// Write what changed, what it reaches and what has to be made again as one HTML file to look at.
    ///
    /// The file needs nothing besides: it opens from disk and as an artifact of a CI run, and asks no network.
    Report(Report),
    /// Write a snapshot of a tool's assets.
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Show what a snapshot holds: its assets, or one of them in full.
    Show(Show),
    /// List the assets of a snapshot that a selection selects, one key a line.
    Select(Select),
    /// In a pipeline: push a branch's snapshot, compare it with its base, and show and gate what it changes.
    ///
    /// Exit code: 0, 2 for trouble, 3 if a policy of level error is broken.
    Ci(Box<crate::ci::Ci>),
    /// Keep snapshots as deployments: a branch's against its base, on every push.
    #[command(subcommand)]
    Deployment(crate::deployment::Deployment),
    /// Look at the rules of a project (assetdiff.toml).
    #[command(subcommand)]
    Config(crate::config::ConfigCommand),
    /// List the dbt nodes of HEAD that one of dbt's `state:` selectors names, one id a line.
    DbtState(DbtState),
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) compared: Compared,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Exit with 1 if there is a difference.
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Do not read the definitions whose text is the same in both: much faster for large inputs.
    ///
    /// For dbt manifests, Dagster repositories and JSON snapshots, however these are formatted. What is the same in both is
    /// then not validated, and undefined upstreams are shown only if they are new or lost.
    #[arg(long, conflicts_with = "select")]
    pub(crate) skip_equal: bool,
    /// Show only the changes of assets that a selection selects in BASE or HEAD (and count the rest).
    ///
    /// For example 'tag:pii+', 'owner:"team:data" and changed_in_branch:CODE_VERSION', or with --language dbt
    /// 'state:modified.body+'.
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) select: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Diff3 {
    /// The version at which branch and base parted: a snapshot, or anything else that `diff` takes.
    pub(crate) merge_base: PathBuf,
    #[command(flatten)]
    pub(crate) compared: Compared,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Write the graph as it will be after merging to a file, as a snapshot.
    #[arg(long, value_name = "FILE")]
    pub(crate) merged: Option<PathBuf>,
    /// Exit with 1 if there is a conflict.
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The two versions, and how they are compared.
#[derive(Debug, Args)]
pub(crate) struct Compared {
    #[command(flatten)]
    pub(crate) sides: Sides,
    #[command(flatten)]
    pub(crate) rules: CompareRules,
}

/// How versions are compared.
#[derive(Debug, Args)]
pub(crate) struct CompareRules {
    /// Leave differences out (and count them): ASPECT[.ENTRY][#POINTER][ in KEYS][ where EXPRESSION].
    ///
    /// For example 'metadata.dagster/code_references', 'tags.team_*', 'metadata.stats#/rows',
    /// 'description in model/shop/**', or '* in scratch/**' or '* where tag:scratch' for whole assets.
    #[arg(long, value_name = "RULE")]
    pub(crate) ignore: Vec<Ignore>,
    /// Even texts out before comparing them: [ASPECT[.ENTRY][ in KEYS]:]s/REGEX/REPLACEMENT/.
    ///
    /// For example 'metadata.dagster/table_name:s/^(dev|prod)_//'. Another character may stand for
    /// the slash.
    #[arg(long, value_name = "RULE")]
    pub(crate) normalize: Vec<NormalizeRule>,
    /// Add the rules for what differs between two environments of a tool's project.
    #[arg(long, value_enum)]
    pub(crate) preset: Vec<Preset>,
    /// Which renames to look for: off, exact, or the least similarity in percent.
    #[arg(long, value_name = "off|exact|PERCENT", default_value = "60")]
    pub(crate) renames: Renames,
    /// The language of selections.
    #[arg(long, value_name = "dagster|dbt", default_value = "dagster")]
    pub(crate) language: Language,
}

/// How far changes travel.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// Do not follow a change further than this many steps.
    #[arg(long, value_name = "STEPS")]
    pub(crate) max_distance: Option<u32>,
    /// Do not follow a change beyond the assets that a selection selects in HEAD (and tell where it stopped).
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) barrier: Vec<String>,
    /// Do not use column lineage.
    #[arg(long)]
    pub(crate) no_columns: bool,
    /// The time at which partitions are looked at, such as 2024-03-15T12:00:00Z; now if not stated.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Only these partitions of an asset changed, whatever else did: KEY=PARTITION[,PARTITION...].
    #[arg(long, value_name = "KEY=PARTITIONS", value_parser = partitions_of)]
    pub(crate) changed_partitions: Vec<(AssetKey, Vec<String>)>,
}

fn partitions_of(text: &str) -> Result<(AssetKey, Vec<String>), String> {
    let (key, partitions) = text.rsplit_once('=').ok_or("expected KEY=PARTITION[,PARTITION...]")?;
    let key = key.parse().map_err(|error: assetdiff::KeyError| error.to_string())?;
    Ok((key, partitions.split(',').map(str::to_owned).collect()))
}

#[derive(Debug, Args)]
pub(crate) struct Impact {
    #[command(flatten)]
    pub(crate) compared: Compared,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Show only what changes of assets reach that a selection selects in BASE or HEAD (and count the rest).
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) select: Option<String>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReachFormat,
    /// Exit with 1 if an asset has to be made or checked again.
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) compared: Compared,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Whom the plan is for: people, programs, or a tool's command line.
    #[arg(long = "for", value_enum, default_value_t, value_name = "WHOM")]
    pub(crate) form: PlanFor,
    /// What was made already by head's definitions: KEY, or KEY=PARTITION[,PARTITION...].
    #[arg(long, value_name = "KEY[=PARTITIONS]", value_parser = have)]
    pub(crate) have: Vec<(AssetKey, Have)>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Words for the end of each command, after --, such as -- -m my_project.definitions.
    #[arg(last = true, value_name = "WORDS")]
    pub(crate) more: Vec<String>,
}

fn have(text: &str) -> Result<(AssetKey, Have), String> {
    if text.contains('=') {
        return partitions_of(text).map(|(key, partitions)| (key, Have::Partitions(partitions)));
    }
    Ok((text.parse().map_err(|error: assetdiff::KeyError| error.to_string())?, Have::All))
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) compared: Compared,
    /// The asset, as its key is written in a report.
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// The most paths to list.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) max_paths: usize,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExplainFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The version before: a snapshot, or anything else that `diff` takes.
    #[arg(required_unless_present = "deployment")]
    pub(crate) base: Option<PathBuf>,
    /// The version after.
    #[arg(required_unless_present = "deployment")]
    pub(crate) head: Option<PathBuf>,
    /// The version at which BASE and HEAD parted: what each side changed is then told apart, and what conflicts.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["deployment", "select"])]
    pub(crate) merge_base: Option<PathBuf>,
    /// Instead of BASE and HEAD, a deployment: NAME, NAME@VERSION or NAME@COMMIT.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["base", "head"])]
    pub(crate) deployment: Option<Reference>,
    /// With what a deployment is compared, as of `deployment diff`; pinned if not stated.
    #[arg(long, value_name = "pinned|current|NAME@VERSION", conflicts_with_all = ["base", "head"])]
    pub(crate) against: Option<String>,
    /// Tell the changes of a deployment from those of its base: the pinned version is where they parted.
    #[arg(long, conflicts_with_all = ["base", "head", "against", "select"])]
    pub(crate) three_way: bool,
    #[command(flatten)]
    pub(crate) project: Project,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) rules: CompareRules,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Show only the changes of assets that a selection selects in BASE or HEAD (and count the rest).
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) select: Option<String>,
    /// The heading.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// The most assets to show, those that are affected first.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) max_assets: usize,
    /// The file to write, whole or not at all; - for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// The two versions that are compared.
#[derive(Debug, Args)]
pub(crate) struct Sides {
    /// The version before: a snapshot, a dbt manifest, a dbt project or target folder, a place in object storage
    /// (s3://, gs://, az://), or - for standard input.
    pub(crate) base: PathBuf,
    /// The version after.
    pub(crate) head: PathBuf,
    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct Input {
    /// What the input is; found out if not stated.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) from: Kind,
    /// Allow more or less: assets=N, bytes=N, dependencies=N, entries=N, text-bytes=N.
    #[arg(long, value_name = "NAME=N", value_parser = limit)]
    limit: Vec<(LimitName, u64)>,
}

impl Input {
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limit {
            *match name {
                LimitName::Assets => &mut limits.max_assets,
                LimitName::Bytes => &mut limits.max_bytes,
                LimitName::Dependencies => &mut limits.max_dependencies,
                LimitName::Entries => &mut limits.max_entries,
                LimitName::TextBytes => &mut limits.max_text_bytes,
            } = *value;
        }
        limits
    }
}

#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Write to a file (compressed if it ends in .zst or .gz), whole or not at all.
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// How many columns a line may take; that of the terminal, or 100.
    #[arg(long, value_parser = clap::value_parser!(u16).range(40..))]
    pub(crate) width: Option<u16>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Snapshot {
    /// From a dbt manifest, or a dbt project or target folder.
    Dbt(SnapshotDbt),
    /// From a Dagster project, loaded by its own Python, which must have assetdiff installed.
    ///
    /// Without -m, -f or -w the project or workspace is the one of the working directory
    /// (pyproject.toml, dg.toml or workspace.yaml).
    Dagster(SnapshotDagster),
    /// From any input that assetdiff reads, in another form: columns if FILE ends in .assets, Parquet if in .parquet, else JSON.
    ///
    /// Columns are compared as they lie in the file, which takes milliseconds for a million assets.
    Convert(SnapshotConvert),
}

/// Where a snapshot goes, and what is noted in it.
#[derive(Debug, Args)]
pub(crate) struct Written {
    /// The file to write (columns if it ends in .assets, Parquet if in .parquet, compressed if in .zst or .gz); - for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The deployment to note in the snapshot.
    #[arg(long)]
    pub(crate) deployment: Option<String>,
    /// The commit to note in the snapshot.
    #[arg(long)]
    pub(crate) commit: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotDbt {
    /// The manifest, or a folder that holds one; - for standard input.
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) written: Written,
    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotConvert {
    /// The snapshot, dbt manifest, dbt folder or Dagster repository; - for standard input.
    pub(crate) path: PathBuf,
    /// The file to write (columns if it ends in .assets, Parquet if in .parquet, compressed if in .zst or .gz); - for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotDagster {
    /// The module that holds the definitions, such as my_project.definitions.
    #[arg(short, long, value_name = "MODULE", conflicts_with_all = ["python_file", "workspace"])]
    pub(crate) module_name: Option<String>,
    /// The Python file that holds the definitions.
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "workspace")]
    pub(crate) python_file: Option<PathBuf>,
    /// A workspace.yaml, with any number of code locations.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) workspace: Option<PathBuf>,
    /// The folder that modules are imported from.
    #[arg(short = 'd', long, value_name = "FOLDER")]
    pub(crate) working_directory: Option<PathBuf>,
    /// The variable that holds the definitions; found out if not stated.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) attribute: Option<String>,
    /// The name of the code location of -m or -f.
    #[arg(long, value_name = "NAME")]
    pub(crate) location: Option<String>,
    /// The folder whose code makes up computed code versions.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: Option<PathBuf>,
    /// Where code versions come from; declared ones if not stated.
    #[arg(long, value_name = "auto|declared|both", value_parser = ["auto", "declared", "both"])]
    pub(crate) code_versions: Option<String>,
    #[command(flatten)]
    pub(crate) written: Written,
    /// The Python that loads the project; python3, or the one that this command is installed in.
    #[arg(long, value_name = "FILE")]
    pub(crate) python: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The snapshot, or anything else that `diff` takes.
    pub(crate) snapshot: PathBuf,
    /// The asset to show in full, as its key is written in the list.
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Select {
    /// The snapshot, or anything else that `diff` takes.
    pub(crate) snapshot: PathBuf,
    /// The selection, such as '+key:orders', or with --language dbt '+orders,tag:nightly'.
    pub(crate) expression: String,
    /// The language that the selection is written in.
    #[arg(long, value_name = "dagster|dbt", default_value = "dagster")]
    pub(crate) language: Language,
    /// The version before, for changed_in_branch:, changed:, removed: and state:.
    #[arg(long)]
    pub(crate) base: Option<PathBuf>,
    /// Let *, tag:, kind: and group: select what the orchestrator cannot make, too.
    #[arg(long)]
    pub(crate) include_external: bool,
    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct DbtState {
    #[command(flatten)]
    pub(crate) sides: Sides,
    /// The selector, such as state:modified or state:modified.body.
    #[arg(value_parser = clap::value_parser!(assetdiff_adapters::dbt::StateSelector))]
    pub(crate) selector: assetdiff_adapters::dbt::StateSelector,
    /// Leave out the tests that are named only because of the nodes that they test.
    #[arg(long)]
    pub(crate) without_indirect_tests: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal or a log.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For the comment of a pull request.
    Markdown,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    /// For a terminal or a log.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFor {
    /// For a terminal or a log.
    #[default]
    People,
    /// For programs.
    Json,
    /// Commands of dagster asset materialize.
    Dagster,
    /// Commands of dbt build and dbt test, with --defer.
    Dbt,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For a terminal or a log.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For Graphviz.
    Dot,
    /// For the comment of a pull request.
    Mermaid,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Look at the input.
    #[default]
    Auto,
    /// A snapshot of assetdiff.
    Snapshot,
    /// A dbt manifest.
    Dbt,
    /// The serialised snapshot of a Dagster repository.
    Dagster,
}

impl From<Kind> for SourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Auto => Self::Auto,
            Kind::Snapshot => Self::Snapshot,
            Kind::Dbt => Self::Dbt,
            Kind::Dagster => Self::Dagster,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// Database and schema, and the unrendered configuration, which repeats other aspects.
    Dbt,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LimitName {
    Assets,
    Bytes,
    Dependencies,
    Entries,
    TextBytes,
}

fn limit(text: &str) -> Result<(LimitName, u64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=N")?;
    let value = value.parse().map_err(|_| format!("expected a number, found {value:?}"))?;
    Ok((LimitName::from_str(name, false)?, value))
}
