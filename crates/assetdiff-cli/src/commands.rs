//! What each command does.

use assetdiff::{AssetGraph, AssetKey, DiffOptions, Selection, diff};
use assetdiff_adapters::{dbt, file, source};
use assetdiff_report::{MarkdownStyle, definition, markdown, snapshot, text};

use crate::arguments::{
    Arguments, Command, DbtState, Diff, Format, Output, Show, Snapshot, SnapshotConvert, SnapshotDbt, Written,
};
use crate::comparison::{self, Comparison};
use crate::output::Trouble;
use crate::progress::Progress;
use crate::{Host, ci, config, dagster, deployment, diff3, input, reach, report, select};

/// Runs a command and returns its exit code.
pub(crate) fn run(arguments: Arguments, host: &Host) -> Result<u8, Trouble> {
    match arguments.command {
        Command::Diff(arguments) => run_diff(arguments),
        Command::Diff3(arguments) => diff3::run(&arguments),
        Command::Impact(arguments) => reach::run_impact(arguments),
        Command::Plan(arguments) => reach::run_plan(arguments),
        Command::Explain(arguments) => reach::run_explain(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Snapshot(Snapshot::Dbt(arguments)) => run_snapshot_dbt(arguments),
        Command::Snapshot(Snapshot::Dagster(arguments)) => dagster::run(&arguments, host),
        Command::Snapshot(Snapshot::Convert(arguments)) => run_snapshot_convert(&arguments),
        Command::Show(arguments) => run_show(&arguments),
        Command::Select(arguments) => select::run(&arguments),
        Command::Ci(arguments) => ci::run(&arguments, host),
        Command::Deployment(command) => deployment::run(command),
        Command::Config(command) => config::run(&command),
        Command::DbtState(arguments) => run_dbt_state(&arguments),
    }
}

fn run_diff(arguments: Diff) -> Result<u8, Trouble> {
    let Diff { compared, format, exit_code, skip_equal, select, output } = arguments;
    let selection = select.map(|text| Selection::parse(&text, compared.rules.language)).transpose()?;
    let progress = Progress::new("comparing");
    let changes = match selection {
        Some(selection) => {
            let Comparison { base, head, mut changes } = Comparison::of(&compared)?;
            select::keep_selected(&mut changes, &selection, &base, &head)?;
            changes
        }
        None => comparison::changes(&compared, skip_equal)?,
    };
    let report = match format {
        Format::Text => text(&changes, &output.style()),
        Format::Json => changes.to_json(),
        Format::Markdown => markdown(&changes, &MarkdownStyle::default()),
    };
    drop(progress);
    output.write(&report)?;
    Ok(u8::from(exit_code && !changes.is_empty()))
}

fn run_snapshot_dbt(arguments: SnapshotDbt) -> Result<u8, Trouble> {
    let SnapshotDbt { path, written: Written { output, deployment, commit }, mut input } = arguments;
    input.from = crate::arguments::Kind::Dbt;
    let _progress = Progress::new("reading the manifest");
    let mut graph = input::read(&path, &input)?;
    let provenance = graph.provenance_mut();
    provenance.deployment = deployment;
    provenance.commit = commit;
    source::write(&output, &graph)?;
    Ok(0)
}

fn run_snapshot_convert(arguments: &SnapshotConvert) -> Result<u8, Trouble> {
    let SnapshotConvert { path, output, input } = arguments;
    let _progress = Progress::new("reading");
    source::write(output, &input::read(path, input)?)?;
    Ok(0)
}

fn run_show(arguments: &Show) -> Result<u8, Trouble> {
    let Show { snapshot: path, key, input, output } = arguments;
    let progress = Progress::new("reading the snapshot");
    let graph = input::read(path, input)?;
    drop(progress);
    let Some(key) = key else {
        output.write(&snapshot(&graph, &output.style()))?;
        return Ok(0);
    };
    show_asset(&graph, key, output, &source::name(path))
}

fn show_asset(graph: &AssetGraph, key: &str, output: &Output, file: &str) -> Result<u8, Trouble> {
    let key: AssetKey = key.parse().map_err(|error| Trouble::Message(format!("{error}")))?;
    let definitions = graph.definitions_of(&key);
    if definitions.is_empty() {
        let found = match graph.names(&key) {
            true => "it is only depended on, and nothing defines it".to_owned(),
            false => nearest(graph, &key).map_or_else(
                || "no such asset".to_owned(),
                |similar| format!("no such asset; did you mean {similar}?"),
            ),
        };
        return Err(Trouble::Message(format!("{file}: expected asset {key}, found {found}")));
    }
    let shown: Vec<String> =
        definitions.iter().map(|d| definition(d, Some(graph.provenance()), &output.style())).collect();
    output.write(&shown.join("\n"))?;
    Ok(0)
}

/// Returns the key with the same last component, if there is just one.
fn nearest(graph: &AssetGraph, key: &AssetKey) -> Option<AssetKey> {
    let mut same_name = graph.keys().filter(|candidate| candidate.name() == key.name());
    same_name.next().filter(|_| same_name.next().is_none())
}

fn run_dbt_state(arguments: &DbtState) -> Result<u8, Trouble> {
    let DbtState { sides, selector, without_indirect_tests } = arguments;
    let (base, head) = input::read_sides(sides)?;
    let changes = diff(&base, &head, &DiffOptions::default());
    let mut options = dbt::StateOptions::of(&head);
    if *without_indirect_tests {
        options.indirect = dbt::IndirectSelection::Empty;
    }
    let mut lines = String::new();
    for id in dbt::State::new(&changes, &base, &head).select(*selector, options) {
        lines.push_str(&assetdiff::escape_hidden(&id));
        lines.push('\n');
    }
    file::write("-".as_ref(), |out| out.write_all(lines.as_bytes()))?;
    Ok(0)
}
