//! Policies as SARIF 2.1.0, for code scanning, and as JUnit, for test tabs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::policy::{Level, PolicyReport};

/// GitHub keeps so many results of a file.
const MAX_RESULTS: usize = 5000;

/// The most characters of one message.
const MAX_MESSAGE: usize = 1000;

/// What the results are told against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultPlace {
    /// The file that a result is shown at: the rules of the project.
    pub file: String,
    /// Where to read more.
    pub link: Option<String>,
}

fn shown(text: &str) -> String {
    let shown: String = text.chars().take(MAX_MESSAGE).collect();
    let cut = text.chars().count().saturating_sub(MAX_MESSAGE);
    let shown = assetdiff::escape_hidden(&shown).into_owned();
    if cut > 0 { format!("{shown}… ({cut} more characters)") } else { shown }
}

/// A text for SARIF, whose messages make links of brackets and take braces for arguments.
fn plain(text: &str) -> String {
    let text = shown(text);
    text.chars().flat_map(|c| ['\\', c].into_iter().skip(usize::from(!"[]".contains(c)))).collect()
}

/// What is escaped in a reference to a path.
const NOT_OF_PATHS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn uri(path: &str) -> String {
    utf8_percent_encode(&path.replace('\\', "/"), NOT_OF_PATHS).to_string()
}

/// Returns the broken policies as SARIF 2.1.0: a result per asset that breaks one, at most 5,000, errors first.
pub fn sarif(report: &PolicyReport, place: &ResultPlace, version: &str) -> String {
    let level = |level: Level| match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "note",
    };
    let rules: Vec<Value> = (report.results.iter())
        .map(|result| {
            json!({
                "id": rule_id(&result.name),
                "name": shown(&result.name),
                "shortDescription": {"text": plain(&result.name)},
                "fullDescription": {"text": plain(result.message.as_deref().unwrap_or(&result.name))},
                "help": {"text": plain(result.select.as_deref().unwrap_or("all assets"))},
                "defaultConfiguration": {"level": level(result.level)},
            })
        })
        .collect();
    let broken = report.broken();
    let total: u64 = broken.iter().map(|result| result.total_assets.max(1)).sum();
    let all = broken.iter().flat_map(|result| {
        let whole = result.assets.is_empty().then(|| (None, result.summary()));
        let assets = result.assets.iter().map(|asset| {
            let key = asset.key.to_string();
            let text = format!("{key}: {} ({})", result.summary(), asset.why);
            (Some(key), text)
        });
        whole.into_iter().chain(assets).map(move |(key, text)| {
            let identity = format!("{}\n{}", result.name, key.as_deref().unwrap_or_default());
            json!({
                "ruleId": rule_id(&result.name),
                "level": level(result.level),
                "message": {"text": plain(&text)},
                "partialFingerprints": {"assetdiff/v1": assetdiff::Fingerprint::of(identity.as_bytes()).to_string()},
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": {"uri": uri(&place.file), "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 1},
                    },
                    "logicalLocations": [{"fullyQualifiedName": shown(key.as_deref().unwrap_or(&result.name))}],
                }],
            })
        })
    });
    let results: Vec<Value> = all.take(MAX_RESULTS).collect();
    let cut = total.saturating_sub(results.len() as u64);
    let notes = (cut > 0).then(|| {
        json!({"level": "warning", "message": {"text": format!("{cut} more results are not in this file")}})
    });
    let run = json!({
        "tool": {"driver": {
            "name": "assetdiff",
            "version": version,
            "informationUri": place.link,
            "rules": rules,
        }},
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notes.into_iter().collect::<Vec<_>>()}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    let run = without_nulls(run);
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    // A value can be written, and memory takes it.
    serde_json::to_string_pretty(&sarif).unwrap_or_default() + "\n"
}

fn without_nulls(mut run: Value) -> Value {
    if let Some(driver) = run.pointer_mut("/tool/driver").and_then(Value::as_object_mut) {
        driver.retain(|_, value| !value.is_null());
    }
    run
}

fn rule_id(name: &str) -> String {
    let id: String = shown(name).chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("assetdiff/{id}")
}

/// Returns the policies as JUnit: a test case per policy, which fails if one of the level error is broken.
pub fn junit(report: &PolicyReport) -> String {
    let failures = report.broken().iter().filter(|result| result.level == Level::Error).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"assetdiff\" tests=\"{0}\" failures=\"{failures}\">\n  <testsuite name=\"policies\" tests=\"{0}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n",
        report.results.len()
    ));
    for result in &report.results {
        let name = xml(&result.name);
        if result.is_kept() {
            out.push_str(&format!("    <testcase classname=\"assetdiff.policies\" name=\"{name}\"/>\n"));
            continue;
        }
        let mut lines: Vec<String> =
            result.assets.iter().take(100).map(|asset| format!("{}: {}", asset.key, asset.why)).collect();
        let listed = lines.len() as u64;
        if result.total_assets > listed {
            lines.push(format!("… {} more", result.total_assets - listed));
        }
        let text = xml(&lines.join("\n"));
        let told = xml(&result.summary());
        let element = match result.level {
            Level::Error => format!("<failure type=\"error\" message=\"{told}\">{text}</failure>"),
            Level::Warning | Level::Notice => {
                format!("<system-out>{}: {told}\n{text}</system-out>", result.level.as_str())
            }
        };
        out.push_str(&format!(
            "    <testcase classname=\"assetdiff.policies\" name=\"{name}\">{element}</testcase>\n"
        ));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// A text inside XML; what XML cannot hold is escaped as we escape it.
fn xml(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(shown).collect();
    let mut out = String::new();
    for c in lines.join("\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
