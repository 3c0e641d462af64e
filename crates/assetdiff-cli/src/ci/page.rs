//! The report to look at in a browser.

use assetdiff_adapters::commands::tool_commands;
use assetdiff_report::{HtmlInput, HtmlStyle, ToolCommands, html};

use super::Found;
use crate::deployment::version_name;
use crate::report::policy_results;

pub(super) fn page(found: &Found) -> String {
    let Found { situation, baseline, notes, base, head, changes, impact, plan, policies, three_way, .. } =
        found;
    let mut input = HtmlInput::new(changes, base, head);
    input.impact = Some(impact);
    input.plan = Some(plan);
    let tools = tool_commands(plan, head.provenance().producer.as_deref());
    let shown = tools.into_iter().map(|(tool, all, each)| ToolCommands {
        tool: tool.to_owned(),
        commands: all.commands,
        notes: all.notes,
        each,
    });
    input.commands = shown.collect();
    let own = found.pushed.as_ref().map(version_name);
    input.sides = [
        baseline.version.as_ref().map(version_name),
        Some(own.unwrap_or_else(|| situation.deployment.to_string())),
    ];
    input.theirs = baseline.current.as_ref().map(version_name).filter(|_| three_way.is_some());
    input.three_way = three_way.as_ref();
    input.policies = policy_results(policies);
    input.warnings = notes.clone();
    let title = match situation.is_base {
        true => format!("Asset changes of {}", situation.deployment),
        false => format!("Asset changes of {} against {}", situation.deployment, situation.base),
    };
    html(&input, &HtmlStyle { title: Some(title), ..HtmlStyle::default() })
}
