//! The report to look at.

use assetdiff::{AssetGraph, DiffOptions, Plan, PlanOptions, Renames, ThreeWay, diff, diff3, plan};
use assetdiff_adapters::commands::tool_commands;
use assetdiff_adapters::{file, source};
use assetdiff_project::{Config, Level, PolicyReport, evaluate};
use assetdiff_report::{HtmlInput, HtmlStyle, PolicyOutcome, PolicyResult, ToolCommands, html};
use assetdiff_store::{Against, Reference, Store, Version};

use crate::arguments::{CompareRules, Report};
use crate::comparison::{Asked, Comparison, Reached};
use crate::deployment::version_name;
use crate::input;
use crate::output::Trouble;
use crate::progress::Progress;

/// What is compared, and what is known of it.
struct Sides {
    base: AssetGraph,
    head: AssetGraph,
    /// The base as it is now, where three versions are compared; then `base` is where both parted.
    theirs: Option<AssetGraph>,
    /// What base, head and theirs are called.
    names: [Option<String>; 3],
    warnings: Vec<String>,
}

/// Writes the report.
pub(crate) fn run(arguments: &Report) -> Result<u8, Trouble> {
    let Report { rules, policy, select, title, max_assets, output, project, .. } = arguments;
    let asked = Asked::new(policy, select.as_deref(), rules.language)?;
    rules.check()?;
    // Files are compared as `diff` compares them, unless rules are stated.
    let has_project = arguments.deployment.is_some() || project.config.is_some();
    let config = if has_project { project.config()? } else { Config::default() };
    let progress = Progress::new("comparing");
    let Sides { base, head, theirs, names, warnings } = sides(arguments, &config)?;
    let options = options(rules, has_project.then_some(&config), &base, &head)?;
    let three_way = theirs.map(|theirs| diff3(&base, &theirs, &head, &options));
    let changes = match &three_way {
        Some(ThreeWay { yours, .. }) => yours.clone(),
        None => diff(&base, &head, &options),
    };
    let reached = Reached::new(Comparison { base, head, changes }, policy, asked)?;
    let Reached { comparison: Comparison { base, head, changes }, impact } = &reached;
    let plan = plan(impact, base, head, &PlanOptions::default());
    let policies = evaluate(&config.policies, base, head, changes, impact, &plan)?;
    let mut input = HtmlInput::new(changes, base, head);
    input.impact = Some(impact);
    input.plan = Some(&plan);
    input.commands = shown_commands(&plan, head);
    let [base_name, head_name, theirs_name] = names;
    input.sides = [base_name, head_name];
    input.theirs = theirs_name;
    input.three_way = three_way.as_ref();
    input.policies = policy_results(&policies);
    input.warnings = warnings;
    let style = HtmlStyle { title: title.clone(), max_assets: *max_assets, ..HtmlStyle::default() };
    let page = html(&input, &style);
    drop(progress);
    file::write(output, |out| out.write_all(page.as_bytes()))?;
    Ok(0)
}

/// The commands that carry a plan out, as the report shows them.
pub(crate) fn shown_commands(plan: &Plan, head: &AssetGraph) -> Vec<ToolCommands> {
    let tools = tool_commands(plan, head.provenance().producer.as_deref());
    let shown = tools.into_iter().map(|(tool, all, each)| ToolCommands {
        tool: tool.to_owned(),
        commands: all.commands,
        notes: all.notes,
        each,
    });
    shown.collect()
}

/// Reads what is compared: files, or versions of deployments.
fn sides(arguments: &Report, config: &Config) -> Result<Sides, Trouble> {
    let Report { base, head, merge_base, input, deployment, against, three_way, project, .. } = arguments;
    if let Some(reference) = deployment {
        let against = if *three_way { None } else { Some(against.as_deref().unwrap_or("pinned")) };
        return deployments(&project.open(config)?, reference, against);
    }
    let (Some(base), Some(head)) = (base, head) else {
        return Err(Trouble::Message("expected BASE and HEAD, or --deployment".to_owned()));
    };
    input::check_paths(base, head)?;
    let (base, head) = source::read_pair(base, head, input.from.into(), &input.limits())?;
    let sides = Sides { base, head, theirs: None, names: [None, None, None], warnings: Vec::new() };
    Ok(match merge_base {
        None => sides,
        Some(path) => Sides { base: input::read(path, input)?, theirs: Some(sides.base), ..sides },
    })
}

/// Reads a deployment and what it is compared with: a version of its base, or the one at which both parted and the
/// current one.
fn deployments(store: &Store, reference: &Reference, other: Option<&str>) -> Result<Sides, Trouble> {
    let head = store.find(reference)?;
    let (base, theirs) = match other {
        Some(other) => (store.base_of(&head, &other.parse()?)?, None),
        None => (store.base_of(&head, &Against::Pinned)?, Some(store.base_of(&head, &Against::Current)?)),
    };
    let mut warnings = Vec::new();
    if head.pinned_base.is_none() && other.is_none_or(|other| other == "pinned") {
        warnings.push(format!(
            "no version of its base is pinned for {}: it is compared with the current one",
            version_name(&head)
        ));
    }
    for version in [Some(&base), theirs.as_ref(), Some(&head)].into_iter().flatten() {
        if version.redacted > 0 {
            warnings.push(format!("{} values of {} were redacted", version.redacted, version_name(version)));
        }
    }
    let names = [Some(&base), Some(&head), theirs.as_ref()].map(|version| version.map(told));
    Ok(Sides {
        base: graph(store, &base)?,
        head: graph(store, &head)?,
        theirs: theirs.map(|theirs| graph(store, &theirs)).transpose()?,
        names,
        warnings,
    })
}

/// What a version is called, and where it comes from.
fn told(version: &Version) -> String {
    let origin = &version.origin;
    let pull_request = origin.pull_request.as_ref().map(|number| format!("pull request {number}"));
    let author = origin.author.as_ref().map(|author| format!("by {author}"));
    let more: Vec<String> = pull_request.into_iter().chain(author).collect();
    match more.is_empty() {
        true => version_name(version),
        false => format!("{} ({})", version_name(version), more.join(", ")),
    }
}

/// Reads a version; what its snapshot does not say of commit and time, the version does.
fn graph(store: &Store, version: &Version) -> Result<AssetGraph, Trouble> {
    let mut graph = store.graph(version)?;
    let provenance = graph.provenance_mut();
    provenance.deployment = None;
    provenance.commit = version.origin.commit.clone().or(provenance.commit.take());
    provenance.created_at = provenance.created_at.or(Some(version.at));
    Ok(graph)
}

/// The rules of the project, if they count, and then those of the command line.
fn options(
    rules: &CompareRules,
    config: Option<&Config>,
    base: &AssetGraph,
    head: &AssetGraph,
) -> Result<DiffOptions, Trouble> {
    let stated = rules.options(base, head)?;
    let Some(config) = config else { return Ok(stated) };
    let mut options = config.diff_options(base, head)?;
    options.ignore.extend(stated.ignore);
    options.normalize.extend(stated.normalize);
    if stated.renames != Renames::default() {
        options.renames = stated.renames;
    }
    Ok(options)
}

/// What policies said, for the head of the report.
pub(crate) fn policy_results(report: &PolicyReport) -> Vec<PolicyResult> {
    let results = report.results.iter().map(|result| PolicyResult {
        name: result.name.clone(),
        outcome: match (result.is_kept(), result.level) {
            (true, _) => PolicyOutcome::Passed,
            (false, Level::Error) => PolicyOutcome::Failed,
            (false, Level::Warning | Level::Notice) => PolicyOutcome::Warned,
        },
        message: if result.is_kept() { String::new() } else { result.summary() },
        assets: result.assets.iter().map(|asset| asset.key.clone()).collect(),
    });
    results.collect()
}
