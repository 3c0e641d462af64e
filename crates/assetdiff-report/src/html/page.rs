//! The HTML around the data: what is there before, and without, any script.

use std::fmt::Write as _;

use assetdiff::{Aspect, OwnEffect};

use super::input::{HtmlInput, HtmlStyle};
use super::nodes::Status;
use super::payload;
use super::words::shown;
use super::{Model, head};
use crate::overview::Overview;
use crate::shown::grouped;

const SCRIPT: &str = include_str!("page/report.js");
const STYLE: &str = include_str!("page/report.css");
const ICONS: &str = include_str!("page/icons.svg");

/// HTML as it grows; texts go in by [`text`](Self::text) only.
#[derive(Default)]
pub(super) struct Html(pub(super) String);

impl Html {
    /// Appends markup of ours.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends a text, as text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
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

    pub(super) fn icon(&mut self, name: &str) -> &mut Self {
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
    head::head(&mut out, input, &title, model, &overview);
    out.raw("<main id=\"app\">\n");
    table(&mut out, style, model);
    out.raw("</main>\n")
        .raw(&payload::element(&json))
        .raw("\n<script>")
        .raw(SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    out.0
}

/// The first rows of the table, for readers without script; the script puts its own in their place.
fn table(out: &mut Html, style: &HtmlStyle, model: &Model) {
    let assets = &model.assets;
    let is_noted = |at: usize| model.sides.binary_search_by_key(&(at as u32), |(node, _)| *node).is_ok();
    let mut rows: Vec<usize> = (0..assets.len())
        .filter(|&at| assets.status[at].is_change() || assets.effect[at] > 0 || is_noted(at))
        .collect();
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
    out.raw("<tr><th scope=\"row\">").text(&model.assets.key[at]).raw("</th><td>").icon(icon).raw(label);
    if let Ok(at) = model.sides.binary_search_by_key(&(at as u32), |(node, _)| *node) {
        out.raw(" · ").raw(model.sides[at].1.by.words().1);
    }
    out.raw("</td><td>");
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
        Status::Theirs => ("theirs", "Changed in base"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
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
