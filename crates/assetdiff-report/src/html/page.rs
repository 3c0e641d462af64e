//! The HTML around the data: what is there before, and without, any script.

use std::fmt::Write as _;

use assetdiff::{Aspect, OwnEffect};

use super::Model;
use super::input::{HtmlInput, HtmlStyle, PolicyOutcome};
use super::nodes::Status;
use super::payload;
use super::words::{self, plain, shown};
use crate::overview::{Overview, Section, provenance_parts};
use crate::shown::{count, grouped};

const SCRIPT: &str = include_str!("page/report.js");
const STYLE: &str = include_str!("page/report.css");
const ICONS: &str = include_str!("page/icons.svg");

/// The most characters of a word in the head, such as the name of a deployment.
const MAX_WORDS: usize = 80;

/// The most entries of a list in the head.
const MAX_LISTED: usize = 50;

/// HTML as it grows; texts go in by [`text`](Self::text) only.
#[derive(Default)]
struct Html(String);

impl Html {
    /// Appends markup of ours.
    fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends a text, as text.
    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    fn icon(&mut self, name: &str) -> &mut Self {
        let _ = write!(
            self.0,
            "<svg class=\"icon i-{name}\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>"
        );
        self
    }
}

/// Returns the page.
pub(super) fn page(input: &HtmlInput<'_>, style: &HtmlStyle, model: &Model) -> String {
    // Every type of ours can be written as JSON, and memory takes it.
    let json = serde_json::to_string(model).unwrap_or_default();
    let title = shown(style.title.as_deref().unwrap_or("Asset changes"));
    let mut out = Html::default();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = writeln!(
        out.0,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {}; style-src {}; \
         img-src data:; base-uri 'none'; form-action 'none'\">",
        payload::hash(SCRIPT),
        payload::hash(STYLE)
    );
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    out.raw("<link rel=\"icon\" href=\"data:,\">\n<title>").text(&title).raw("</title>\n<style>");
    out.raw(STYLE).raw("</style>\n</head>\n<body>\n");
    out.raw(ICONS);
    out.raw("<a class=\"skip\" href=\"#table\">Skip to the table</a>\n");
    let overview = Overview::new(input.changes);
    head(&mut out, input, &title, model, &overview);
    out.raw("<main id=\"app\">\n");
    table(&mut out, style, model);
    out.raw("</main>\n")
        .raw(&payload::element(&json))
        .raw("\n<script>")
        .raw(SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    out.0
}

fn head(out: &mut Html, input: &HtmlInput<'_>, title: &str, model: &Model, overview: &Overview<'_>) {
    out.raw("<header class=\"top\">\n<div class=\"heading\"><h1>").text(title).raw("</h1>");
    sides(out, input);
    out.raw("</div>\n");
    tiles(out, input, model, overview);
    out.raw("<div class=\"facts\">");
    plan_line(out, input, overview);
    notes(out, input, model, overview);
    out.raw("</div>\n</header>\n");
}

fn sides(out: &mut Html, input: &HtmlInput<'_>) {
    let graphs = input.changes.graphs;
    let sides = [
        ("Base", &input.sides[0], &input.changes.base, graphs.map(|g| g.base_assets)),
        ("Head", &input.sides[1], &input.changes.head, graphs.map(|g| g.head_assets)),
    ];
    out.raw("<dl class=\"sides\">");
    for (label, name, provenance, assets) in sides {
        let mut parts: Vec<String> = name.iter().map(|name| words::cut(name, MAX_WORDS)).collect();
        parts.extend(
            provenance_parts(provenance, assets).iter().map(|part| words::cut(&plain(part), MAX_WORDS)),
        );
        if parts.is_empty() {
            parts.push("unknown".to_owned());
        }
        out.raw("<div><dt>").raw(label).raw("</dt><dd><b>").text(&parts[0]).raw("</b> <span>");
        out.text(&parts[1..].join(" · ")).raw("</span></dd></div>");
    }
    out.raw("</dl>");
}

fn tiles(out: &mut Html, input: &HtmlInput<'_>, model: &Model, overview: &Overview<'_>) {
    let _ = overview;
    let of = |status: Status| model.assets.status.iter().filter(|&&s| s == status).count();
    let affected = reached(model);
    let tiles = [
        (of(Status::Added), "new", "New in branch"),
        (of(Status::Modified), "changed", "Changed in branch"),
        (of(Status::Renamed), "renamed", "Renamed in branch"),
        (of(Status::Moved), "moved", "Moved in branch"),
        (of(Status::Removed), "removed", "Removed in branch"),
        (of(Status::Following), "following", "Follow a rename"),
        (affected, "affected", "Affected"),
    ];
    if input.changes.is_empty() {
        out.raw("<p class=\"none\">No differences.</p>\n");
        return;
    }
    out.raw("<ul class=\"tiles\">");
    for (number, name, label) in tiles {
        if number > 0 || name == "affected" && input.impact.is_some() {
            let _ = write!(out.0, "<li class=\"tile s-{name}\"><a href=\"#show={name}\">");
            out.icon(name)
                .raw("<b>")
                .raw(&grouped(number))
                .raw("</b> <span>")
                .raw(label)
                .raw("</span></a></li>");
        }
    }
    out.raw("</ul>\n");
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
    list(out, "warning", "Not seen", warnings);
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

/// The first rows of the table, for readers without script; the script puts its own in their place.
fn table(out: &mut Html, style: &HtmlStyle, model: &Model) {
    let assets = &model.assets;
    let mut rows: Vec<usize> =
        (0..assets.len()).filter(|&at| assets.status[at].is_change() || assets.effect[at] > 0).collect();
    let sort = |at: usize| {
        (!assets.status[at].is_change(), std::cmp::Reverse(assets.effect[at]), assets.distance[at], at)
    };
    rows.sort_by_key(|&at| sort(at));
    out.raw("<section id=\"static\" aria-labelledby=\"static-title\"><h2 id=\"static-title\">Changed and affected assets</h2>\n");
    if rows.is_empty() {
        out.raw("<p class=\"empty\">Nothing changed, and nothing is affected.</p></section>\n");
        return;
    }
    out.raw("<table id=\"table\"><thead><tr><th scope=\"col\">Asset</th><th scope=\"col\">Change</th>");
    out.raw("<th scope=\"col\">What changed</th><th scope=\"col\">Effect</th><th scope=\"col\">Steps</th></tr></thead><tbody>\n");
    for &at in rows.iter().take(style.static_rows) {
        row(out, model, at);
    }
    out.raw("</tbody></table>");
    if let Some(more @ 1..) = rows.len().checked_sub(style.static_rows) {
        let _ = write!(out.0, "<p>… {} more, with script.</p>", grouped(more));
    }
    out.raw("</section>\n");
}

fn row(out: &mut Html, model: &Model, at: usize) {
    let status = model.assets.status[at];
    let (icon, label) = label(status);
    out.raw("<tr><th scope=\"row\">")
        .text(&model.assets.key[at])
        .raw("</th><td>")
        .icon(icon)
        .raw(label)
        .raw("</td><td>");
    let found = model.changes.binary_search_by_key(&(at as u32), |(node, _)| *node).ok();
    let changes = found.map(|found| &model.changes[found].1).into_iter().flatten();
    let mut effect = match model.assets.effect[at] {
        0 => "no rebuild",
        1 => "recheck",
        _ => OwnEffect::Rebuild.as_str(),
    };
    let mut is_first = true;
    for change in changes {
        for (name, is_cause) in change.aspect_names() {
            out.raw(if std::mem::take(&mut is_first) { "" } else { ", " });
            let name = aspect_words(name);
            if is_cause {
                out.raw("<b>").text(&name).raw("</b>")
            } else {
                out.text(&name)
            };
        }
        effect = change.effect();
    }
    // A change can cost a rebuild and find no partition to rebuild.
    if model.assets.effect[at] == 0 && model.assets.distance[at] >= 0 && status != Status::Removed {
        effect = "no rebuild";
    }
    out.raw("</td><td>").text(effect).raw("</td><td>");
    if model.assets.distance[at] > 0 {
        let _ = write!(out.0, "{}", model.assets.distance[at]);
    }
    out.raw("</td></tr>\n");
}

fn aspect_words(name: &str) -> String {
    debug_assert!(name.parse::<Aspect>().is_ok());
    name.replace('_', " ")
}

/// The icon and the words of a status, as users of Dagster+ know them.
const fn label(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Same => ("affected", "Affected"),
        Status::Following => ("following", "Follows a rename"),
        Status::Modified => ("changed", "Changed in branch"),
        Status::Moved => ("moved", "Moved in branch"),
        Status::Renamed => ("renamed", "Renamed in branch"),
        Status::Removed => ("removed", "Removed in branch"),
        Status::Added => ("new", "New in branch"),
        Status::Undefined => ("undefined", "Not defined"),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn script_and_style_are_built_from_the_source() {
        let web = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let mut files: Vec<_> =
            std::fs::read_dir(web.join("src")).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 10, "{files:?}");
        let mut digest = Sha256::new();
        for file in files {
            digest.update(file.file_name().unwrap().as_encoded_bytes());
            digest.update([0]);
            digest.update(std::fs::read(file).unwrap());
            digest.update([0]);
        }
        digest.update(std::fs::read(web.join("package-lock.json")).unwrap());
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        for built in [SCRIPT, STYLE] {
            let stated = built.lines().next().unwrap();
            assert_eq!(stated, format!("/* source {hex} */"), "run `make report-page`");
        }
    }
}
