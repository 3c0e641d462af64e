//! The head of the page.

use std::fmt::Write as _;

use assetdiff::{AffectedAsset, AffectedPartitions, Impact, ThreeWay};

use super::Model;
use super::input::{HtmlInput, PolicyOutcome};
use super::nodes::Status;
use super::page::Html;
use super::sides::ChangedBy;
use super::words::{self, plain, shown};
use crate::overview::{Overview, Section, provenance_parts};
use crate::shown::{count, grouped};

/// The most characters of a word, such as the name of a deployment.
const MAX_WORDS: usize = 80;

/// The most entries of a list.
const MAX_LISTED: usize = 50;

/// Writes the head: what was compared, how much of each sort changed, the plan, and what else is to be known.
pub(super) fn head(
    out: &mut Html,
    input: &HtmlInput<'_>,
    title: &str,
    model: &Model,
    overview: &Overview<'_>,
) {
    out.raw("<header class=\"top\">\n<div class=\"heading\"><h1>").text(title).raw("</h1>");
    sides(out, input);
    out.raw("</div>\n");
    tiles(out, input, model);
    out.raw("<div class=\"facts\">");
    if let Some(three_way) = input.three_way {
        merge_line(out, three_way);
    }
    plan_line(out, input, overview);
    notes(out, input, model, overview);
    out.raw("</div>\n</header>\n");
}

fn sides(out: &mut Html, input: &HtmlInput<'_>) {
    let graphs = input.changes.graphs;
    let base = if input.three_way.is_some() { "Parted at" } else { "Base" };
    let mut sides = vec![
        (base, &input.sides[0], &input.changes.base, graphs.map(|g| g.base_assets)),
        ("Head", &input.sides[1], &input.changes.head, graphs.map(|g| g.head_assets)),
    ];
    if let Some(three_way) = input.three_way {
        let theirs = &three_way.theirs;
        sides.insert(1, ("Base", &input.theirs, &theirs.head, theirs.graphs.map(|g| g.head_assets)));
    }
    out.raw("<dl class=\"sides\">");
    for (label, name, provenance, assets) in sides {
        let mut parts: Vec<String> = name.iter().map(|name| words::cut(name, MAX_WORDS)).collect();
        let time = provenance.created_at.map(|time| time.to_string());
        parts.extend(provenance_parts(provenance, assets).iter().map(plain).map(|part| match &time {
            Some(time) if part == *time => to_the_minute(time),
            _ => words::cut(&part, MAX_WORDS),
        }));
        if parts.is_empty() {
            parts.push("unknown".to_owned());
        }
        out.raw("<div><dt>").raw(label).raw("</dt><dd><b>").text(&parts[0]).raw("</b> <span>");
        out.text(&parts[1..].join(" · ")).raw("</span></dd></div>");
    }
    out.raw("</dl>");
}

/// Returns a time such as `2024-03-15T11:58:03.25Z` as people read it.
fn to_the_minute(time: &str) -> String {
    match (time.split_once('T'), time.ends_with('Z')) {
        (Some((day, clock)), true) if clock.is_char_boundary(5) => {
            format!("{day} {} UTC", &clock[..clock.len().min(5)])
        }
        _ => time.to_owned(),
    }
}

fn tiles(out: &mut Html, input: &HtmlInput<'_>, model: &Model) {
    let of = |status: Status| model.assets.status.iter().filter(|&&s| s == status).count();
    let affected = reached(model);
    if input.changes.is_empty() && model.sides.is_empty() {
        out.raw("<p class=\"none\">No differences.</p>\n");
        return;
    }
    let tiles = [
        (of(Status::Added), "new", "New in branch"),
        (of(Status::Modified), "changed", "Changed in branch"),
        (of(Status::Renamed), "renamed", "Renamed in branch"),
        (of(Status::Moved), "moved", "Moved in branch"),
        (of(Status::Removed), "removed", "Removed in branch"),
        (of(Status::Following), "following", "Follow a rename"),
        (affected, "affected", "Affected"),
    ];
    out.raw("<ul class=\"tiles\">");
    for (number, name, label) in tiles {
        if number > 0 || name == "affected" && input.impact.is_some() {
            tile(out, number, name, label);
        }
    }
    out.raw("</ul>\n");
    if !model.sides.is_empty() {
        out.raw("<ul class=\"tiles\" aria-label=\"Whose changes\">");
        for by in ChangedBy::ALL {
            let (name, label) = by.words();
            match model.sides.iter().filter(|(_, note)| note.by == by).count() {
                0 => {}
                number => tile(out, number, name, label),
            }
        }
        out.raw("</ul>\n");
    }
}

fn tile(out: &mut Html, number: usize, name: &str, label: &str) {
    let _ = write!(out.0, "<li class=\"tile s-{name}\"><a href=\"#show={name}\">");
    out.icon(name).raw("<b>").raw(&grouped(number)).raw("</b> <span>").raw(label).raw("</span></a></li>");
}

/// Tells what comes of both sides.
fn merge_line(out: &mut Html, three_way: &ThreeWay) {
    match (&three_way.incoming, three_way.conflicts.len()) {
        (Some(incoming), _) => {
            let totals = Overview::new(incoming).totals();
            out.raw("<p class=\"plan\"><b>Merge</b> brings ").text(&totals).raw("</p>");
        }
        (None, number) => {
            let words = count(number, "conflict", "conflicts");
            out.raw("<p class=\"plan bad\">").icon("conflict").raw(" ");
            out.text(&format!("{words}: it cannot be merged as it is")).raw("</p>");
        }
    }
}

/// The assets that did not change and have to be made or checked again.
fn reached(model: &Model) -> usize {
    let assets = &model.assets;
    let is_reached = |at: &usize| !assets.status[*at].is_change() && assets.effect[*at] > 0;
    (0..assets.len()).filter(is_reached).count()
}

fn plan_line(out: &mut Html, input: &HtmlInput<'_>, overview: &Overview<'_>) {
    let Some(plan) = input.plan else {
        if !input.changes.is_empty() {
            out.raw("<p class=\"plan\">").text(&overview.effect_counts(Section::Modified)).raw("</p>");
        }
        return;
    };
    let s = plan.summary();
    let partitions = match s.partitions {
        0 => String::new(),
        number => {
            format!(" ({})", count(usize::try_from(number).unwrap_or(usize::MAX), "partition", "partitions"))
        }
    };
    let mut parts =
        vec![format!("rebuild {} of {}{partitions}", grouped(s.rebuild), count(s.assets, "asset", "assets"))];
    let steps = plan.layers.len();
    if steps > 1 {
        parts.push(format!("in {} steps", grouped(steps)));
    }
    let others = [
        (s.recheck, "run checks of", ""),
        (s.reuse, "reuse", "from base"),
        (s.not_made, "", "made by others"),
        (s.already_made, "", "made already"),
    ];
    for (number, before, after) in others.into_iter().filter(|(number, ..)| *number > 0) {
        parts.push([before, &grouped(number), after].join(" ").trim().to_owned());
    }
    out.raw("<p class=\"plan\"><b>Plan</b> ").text(&parts.join(" · ")).raw("</p>");
    if s.broken + s.blocked > 0 {
        let mut words =
            format!("{} cannot be made: what they read is gone", count(s.broken, "asset", "assets"));
        if s.blocked > 0 {
            let _ = write!(words, "; {} for them", count(s.blocked, "waits", "wait"));
        }
        out.raw("<p class=\"plan bad\">").icon("warning").raw(" ").text(&words).raw("</p>");
    }
}

fn notes(out: &mut Html, input: &HtmlInput<'_>, model: &Model, overview: &Overview<'_>) {
    policies(out, input);
    let mut warnings: Vec<String> = input.warnings.iter().map(|text| shown(text)).collect();
    if model.left_out > 0 {
        let number = count(model.left_out, "asset is", "assets are");
        warnings
            .push(format!("{number} not in this report: it shows at most {}", grouped(model.assets.len())));
    }
    warnings.extend(input.impact.map(unseen).unwrap_or_default());
    // A conflict of no asset is in no panel.
    let conflicts = input.three_way.iter().flat_map(|three_way| &three_way.conflicts);
    warnings.extend(conflicts.filter(|conflict| conflict.key().is_none()).map(ToString::to_string));
    list(out, "warning", "Not seen", warnings);
    let stops = input.impact.map(Impact::stops).unwrap_or_default();
    let stops = stops.iter().map(|stop| {
        let readers = count(stop.downstream, "reader", "readers");
        format!("{}: stopped at {}, {readers} not followed", stop.key, shown(&stop.reason.to_string()))
    });
    list(out, "hidden", "Not followed", stops.collect());
    let undefined = overview.undefined();
    let lists = [(&undefined.lost, "no longer defined"), (&undefined.new, "new, and defined nowhere")];
    let mut lines: Vec<String> = lists
        .iter()
        .flat_map(|(list, words)| list.iter().map(move |up| (*up, *words)))
        .map(|(up, words)| {
            let readers: Vec<String> = up.downstream.iter().take(5).map(ToString::to_string).collect();
            format!("{}: {words}, read by {}", up.key, readers.join(", "))
        })
        .collect();
    lines.extend(undefined.known_words());
    list(out, "undefined", "Undefined upstream", lines);
    let ignored = overview.ignored();
    let lines = ignored.iter().map(|rules| format!("{}: {}", plain(&rules.rules), rules.words())).collect();
    list(out, "hidden", "Ignored by rules", lines);
}

/// Returns what an impact could not find out, a sentence each.
fn unseen(impact: &Impact) -> Vec<String> {
    let is_unknown = |asset: &AffectedAsset| matches!(asset.partitions, Some(AffectedPartitions::Unknown(_)));
    let unknown: Vec<String> = impact
        .unknown_partitions()
        .iter()
        .map(|(key, names)| {
            let names: Vec<String> = names.iter().take(5).map(|name| words::cut(name, MAX_WORDS)).collect();
            format!("{key} has no partitions {}", names.join(", "))
        })
        .collect();
    let all = match impact.assets().filter(is_unknown).count() {
        0 => None,
        number => {
            Some(format!("which partitions of {} are affected: all count", count(number, "asset", "assets")))
        }
    };
    all.into_iter().chain(unknown).collect()
}

fn policies(out: &mut Html, input: &HtmlInput<'_>) {
    if input.policies.is_empty() {
        return;
    }
    let of = |outcome| input.policies.iter().filter(|policy| policy.outcome == outcome).count();
    let (failed, warned) = (of(PolicyOutcome::Failed), of(PolicyOutcome::Warned));
    let words = match (failed, warned) {
        (0, 0) => format!("{} passed", count(input.policies.len(), "policy", "policies")),
        (0, warned) => count(warned, "policy warning", "policy warnings"),
        (failed, _) => format!("{} failed", count(failed, "policy", "policies")),
    };
    let _ = write!(out.0, "<details class=\"note\"{}><summary>", if failed > 0 { " open" } else { "" });
    out.icon(if failed > 0 { "fail" } else { "pass" }).text(&words).raw("</summary><ul>");
    let mut policies: Vec<_> = input.policies.iter().collect();
    policies.sort_by_key(|policy| std::cmp::Reverse(policy.outcome));
    for policy in policies {
        let (icon, word) = match policy.outcome {
            PolicyOutcome::Passed => ("pass", "passed"),
            PolicyOutcome::Warned => ("warning", "warning"),
            PolicyOutcome::Failed => ("fail", "failed"),
        };
        out.raw("<li>").icon(icon).raw("<b>").text(&shown(&policy.name)).raw("</b> ").raw(word);
        if !policy.message.is_empty() {
            out.raw(": ").text(&shown(&policy.message));
        }
        let keys: Vec<String> = policy.assets.iter().take(MAX_LISTED).map(ToString::to_string).collect();
        if !keys.is_empty() {
            out.raw(" <span>").text(&keys.join(", ")).raw("</span>");
        }
        out.raw("</li>");
    }
    out.raw("</ul></details>");
}

fn list(out: &mut Html, icon: &str, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    out.raw("<details class=\"note\"><summary>").icon(icon).raw(title);
    let _ = write!(out.0, " <span class=\"number\">{}</span></summary><ul>", grouped(lines.len()));
    for line in lines.iter().take(MAX_LISTED) {
        out.raw("<li>").text(line).raw("</li>");
    }
    if let Some(more @ 1..) = lines.len().checked_sub(MAX_LISTED) {
        let _ = write!(out.0, "<li>… {} more</li>", grouped(more));
    }
    out.raw("</ul></details>");
}
