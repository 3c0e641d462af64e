//! The report to look at.

use assetdiff::{PlanOptions, Selection, impact, plan};
use assetdiff_adapters::commands::tool_commands;
use assetdiff_adapters::file;
use assetdiff_report::{HtmlInput, HtmlStyle, ToolCommands, html};

use crate::arguments::Report;
use crate::comparison::Comparison;
use crate::output::Trouble;
use crate::progress::Progress;
use crate::select;

/// Writes the report.
pub(crate) fn run(arguments: Report) -> Result<u8, Trouble> {
    let Report { compared, policy, select, title, max_assets, output } = arguments;
    let barriers = policy.barriers(compared.rules.language)?;
    let selection = select.map(|text| Selection::parse(&text, compared.rules.language)).transpose()?;
    let progress = Progress::new("comparing");
    let mut comparison = Comparison::of(&compared)?;
    let policy = policy.resolved(barriers, &comparison)?;
    if let Some(selection) = selection {
        select::keep_selected(&mut comparison.changes, &selection, &comparison.base, &comparison.head)?;
    }
    let Comparison { base, head, changes } = &comparison;
    let impact = impact(changes, base, head, &policy);
    let plan = plan(&impact, base, head, &PlanOptions::default());
    let mut input = HtmlInput::new(changes, base, head);
    input.impact = Some(&impact);
    input.plan = Some(&plan);
    input.commands = tool_commands(&plan, head.provenance().producer.as_deref())
        .into_iter()
        .map(|(tool, all, each)| ToolCommands {
            tool: tool.to_owned(),
            commands: all.commands,
            notes: all.notes,
            each,
        })
        .collect();
    let style = HtmlStyle { title, max_assets, ..HtmlStyle::default() };
    let page = html(&input, &style);
    drop(progress);
    file::write(&output, |out| out.write_all(page.as_bytes()))?;
    Ok(0)
}
