//! What a pull request is told.

use assetdiff_project::{Level, PolicyResult};
use assetdiff_report::{MarkdownFrame, MarkdownStyle, markdown_code, markdown_framed, mermaid_impact};

use super::forge::{Forge, Host};
use super::place::{Environment, System};
use super::{Ci, Found};
use crate::output::tell;

/// The most bytes of a job summary are 1 MiB; a character has at most three for each unit that is counted.
const MAX_SUMMARY: usize = 340_000;

/// The length of a comment that every server takes.
const MAX_SHORT: usize = 4_000;

/// The most entries of a list in front of the changes.
const MAX_LIST: usize = 10;

/// The most assets of a broken policy.
const MAX_ASSETS: usize = 5;

/// The line by which the comment is found again.
pub(super) fn marker(arguments: &Ci) -> String {
    let id: String = arguments.comment_id.chars().take(60).collect();
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    // Two dashes would end an HTML comment's text.
    let id = id.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    format!("<!-- assetdiff ci: {id} -->")
}

pub(super) fn body(arguments: &Ci, found: &Found) -> String {
    report(arguments, found, found.situation.system.max_comment())
}

pub(super) fn summary(arguments: &Ci, found: &Found) -> String {
    report(arguments, found, MAX_SUMMARY)
}

/// The report of a length. Notes, totals, policies and the link are always kept, each list of them cut by itself. The
/// picture is dropped first; then the values of changes, those that cost least before others, then lines of the table.
fn report(arguments: &Ci, found: &Found, max_chars: usize) -> String {
    let deployment = &found.situation.deployment;
    let title = match found.situation.is_base {
        true => format!("Asset changes of {deployment}"),
        false => format!("Asset changes of {deployment} against {}", found.situation.base),
    };
    let style = MarkdownStyle { max_chars, title: Some(title), ..MarkdownStyle::default() };
    let mut frame =
        MarkdownFrame { marker: marker(arguments), lead: lead(found), tail: tail(arguments, found) };
    let report = markdown_framed(&found.changes, &style, &frame);
    let picture = picture(found);
    if picture.is_empty() {
        return report;
    }
    frame.lead.push_str(&picture);
    let pictured = markdown_framed(&found.changes, &style, &frame);
    // It has a place if nothing else had to go for it.
    if pictured.len() == report.len() + picture.len() { pictured } else { report }
}

/// What the change reaches, drawn where the host draws it.
fn picture(found: &Found) -> String {
    if !found.situation.system.draws_mermaid() {
        return String::new();
    }
    match mermaid_impact(&found.impact, &found.base, &found.head) {
        Some(drawn) => format!(
            "<details>\n<summary>What it reaches, as a picture</summary>\n\n```mermaid\n{drawn}```\n\n</details>\n\n"
        ),
        None => String::new(),
    }
}

fn lead(found: &Found) -> String {
    let mut out = String::new();
    for note in &found.notes {
        out.push_str(&format!("> ⚠️ {}\n\n", plain(note)));
    }
    policies(&mut out, found);
    reach(&mut out, found);
    moved(&mut out, found);
    owners(&mut out, found);
    out
}

/// Our own sentence, which may hold names: they are shown as code.
fn plain(note: &str) -> String {
    match note.split_once(": ") {
        Some((head, rest)) if head.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') => {
            format!("**{head}:** {}", words(rest))
        }
        _ => words(note),
    }
}

/// Text word by word: a word that is more than letters becomes code.
fn words(text: &str) -> String {
    let word = |word: &str| {
        let (bare, end) = match word.strip_suffix([',', ';', '.', ':']) {
            Some(bare) if !bare.is_empty() => (bare, &word[bare.len()..]),
            _ => (word, ""),
        };
        let is_plain = bare.chars().all(|c| c.is_ascii_alphanumeric() || "()'-".contains(c));
        if is_plain { word.to_owned() } else { format!("{}{end}", markdown_code(bare)) }
    };
    text.split(' ').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}

fn policies(out: &mut String, found: &Found) {
    let broken = found.policies.broken();
    if found.policies.results.is_empty() {
        return;
    }
    let kept = found.policies.results.len() - broken.len();
    out.push_str(&format!("**Policies:** {} broken, {kept} kept\n\n", broken.len()));
    for result in broken.iter().take(MAX_LIST) {
        policy(out, result);
    }
    if broken.len() > MAX_LIST {
        out.push_str(&format!("- … {} more broken\n", broken.len() - MAX_LIST));
    }
    if !broken.is_empty() {
        out.push('\n');
    }
}

fn policy(out: &mut String, result: &PolicyResult) {
    let sign = match result.level {
        Level::Error => "❌",
        Level::Warning => "⚠️",
        Level::Notice => "ℹ️",
    };
    let limits: Vec<String> = result.broken_by.iter().map(ToString::to_string).collect();
    let message = result.message.as_ref().map(|message| format!(". {}", markdown_code(message)));
    out.push_str(&format!(
        "- {sign} {} {}: {}{}\n",
        result.level.as_str(),
        markdown_code(&result.name),
        limits.join("; "),
        message.unwrap_or_default()
    ));
    for asset in result.assets.iter().take(MAX_ASSETS) {
        out.push_str(&format!(
            "  - {}: {}\n",
            markdown_code(&asset.key.to_string()),
            markdown_code(&asset.why)
        ));
    }
    let more = result.total_assets.saturating_sub(result.assets.len().min(MAX_ASSETS) as u64);
    if more > 0 {
        out.push_str(&format!("  - … {more} more\n"));
    }
}

fn reach(out: &mut String, found: &Found) {
    let plan = found.plan.summary();
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    let mut parts = vec![format!("{} to make again", count(plan.rebuild, "asset", "assets"))];
    if plan.partitions > 0 {
        parts.push(match plan.partitions {
            1 => "1 partition".to_owned(),
            partitions => format!("{partitions} partitions"),
        });
    }
    if plan.recheck > 0 {
        parts.push(format!("{} whose checks run again", count(plan.recheck, "asset", "assets")));
    }
    if plan.broken > 0 {
        parts.push(format!("{} that name what is gone", count(plan.broken, "asset", "assets")));
    }
    parts.push(format!("{} as before", plan.reuse));
    out.push_str(&format!("**Reaches:** {}\n\n", parts.join(", ")));
}

fn moved(out: &mut String, found: &Found) {
    let (Some(three_way), Some(current)) = (&found.three_way, &found.baseline.current) else { return };
    let current = crate::deployment::version_name(current);
    let number = three_way.conflicts.len();
    let words = match number {
        0 => "nothing conflicts".to_owned(),
        1 => "1 conflict".to_owned(),
        number => format!("{number} conflicts"),
    };
    out.push_str(&format!("**The base has moved on** to {}: {words}\n\n", markdown_code(&current)));
    for conflict in three_way.conflicts.iter().take(MAX_LIST) {
        out.push_str(&format!("- {}\n", markdown_code(&conflict.to_string())));
    }
    if number > MAX_LIST {
        out.push_str(&format!("- … {} more\n", number - MAX_LIST));
    }
    if number > 0 {
        out.push('\n');
    }
}

fn owners(out: &mut String, found: &Found) {
    if found.owners.is_empty() {
        return;
    }
    let mut owners: Vec<_> = found.owners.iter().collect();
    owners.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let named =
        owners.iter().take(MAX_LIST).map(|(owner, number)| format!("{} ({number})", markdown_code(owner)));
    let mut named: Vec<String> = named.collect();
    if owners.len() > MAX_LIST {
        named.push(format!("{} more", owners.len() - MAX_LIST));
    }
    out.push_str(&format!("**Owners of what is affected:** {}\n\n", named.join(", ")));
}

fn tail(arguments: &Ci, found: &Found) -> String {
    let mut parts = Vec::new();
    let links = [("Full report", &arguments.report_url), ("Run", &found.situation.run)];
    for (name, url) in links {
        parts.extend(url.as_deref().filter(|url| is_safe(url)).map(|url| format!("[{name}]({url})")));
    }
    if let (Some(path), true) = (&arguments.report, arguments.report_url.is_none()) {
        parts.push(format!("full report in {}", markdown_code(&path.display().to_string())));
    }
    if let Some(version) = &found.baseline.version {
        parts.push(format!("baseline {}", markdown_code(&crate::deployment::version_name(version))));
    }
    if let Some(commit) = &found.situation.commit {
        let short: String = commit.chars().take(12).collect();
        parts.push(format!("commit {}", markdown_code(&short)));
    }
    format!("{}\n", parts.join(" · "))
}

/// Whether an address can stand in a link as it is.
fn is_safe(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/._?=&%~#+,;-".contains(c);
    url.starts_with("https://") && url.chars().all(is_plain) && url.len() <= 2_000
}

/// Writes the comment to the pull request. What goes wrong is told, and does not fail the job.
pub(super) fn write(arguments: &Ci, environment: &Environment, found: &Found) {
    if found.situation.is_base {
        return;
    }
    let Some(number) = found.situation.pull_request else { return };
    let (host, names) = match found.situation.system {
        System::GitHub => (Host::GitHub, ["ASSETDIFF_TOKEN", "GITHUB_TOKEN"]),
        System::GitLab => (Host::GitLab, ["ASSETDIFF_TOKEN", "GITLAB_TOKEN"]),
        other => {
            let how = "take --markdown FILE and a tool of the host";
            return tell(&format!(
                "no comment: assetdiff writes those of GitHub and GitLab, not of {}; {how}",
                other.name()
            ));
        }
    };
    if arguments.dry_run {
        return tell(&format!("would write the comment to pull request {number}"));
    }
    let token = names.iter().find_map(|name| environment.get(*name).filter(|token| !token.is_empty()));
    let Some(token) = token else {
        return tell(&format!(
            "no comment: {} is not set, as in pull requests of forks; the summary has everything",
            names[1]
        ));
    };
    let (Some(api), Some(repository)) = (&found.situation.api, &found.situation.repository) else {
        return tell("no comment: the environment does not say where the API and the repository are");
    };
    let short = report(arguments, found, MAX_SHORT);
    let written = Forge::new(host, api, repository, number, token)
        .and_then(|forge| forge.comment(&marker(arguments), &body(arguments, found), &short));
    match written {
        Ok(written) => {
            let how = if written.updated { "updated" } else { "written" };
            let short =
                if written.shortened { ", in a short form: the server did not take the whole" } else { "" };
            let url = written.url.map(|url| format!(": {url}")).unwrap_or_default();
            tell(&format!("comment {how}{short}{url}"));
        }
        Err(error) => tell(&error.to_string()),
    }
}
