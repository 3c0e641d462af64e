//! The report to look at in a browser.

use assetdiff_report::{HtmlInput, HtmlStyle, html};

use super::Found;
use crate::deployment::version_name;
use crate::report::{policy_results, shown_commands};

pub(super) fn page(found: &Found) -> String {
    let Found { situation, baseline, notes, base, head, changes, impact, plan, policies, three_way, .. } =
        found;
    let mut input = HtmlInput::new(changes, base, head);
    input.impact = Some(impact);
    input.plan = Some(plan);
    input.commands = shown_commands(plan, head);
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
