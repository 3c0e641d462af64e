//! What must not be written: values of entries with telling names, and parts of texts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use assetdiff::{
    AssetDefinition, AssetGraph, Check, Column, Dependency, GraphBuilder, Json, Limits, LoadError,
    MetadataValue, NameGlob, RuleError,
};
use regex::{Captures, Regex, RegexBuilder};
use serde::Serialize;
use serde_json::value::RawValue;

/// The most bytes that a regular expression may have.
const MAX_PATTERN: usize = 4096;

/// Takes values out of a graph before it is written.
///
/// In the place of a value stands `redacted:` and a fingerprint of it, keyed by the store's salt: equal values
/// have equal ones, so that a change is still seen.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// The rules of the project.
    pub rules: Vec<RedactRule>,
    /// Whether to take out what looks like a credential, by the name of its entry or by its form.
    pub credentials: bool,
}

impl Default for Redaction {
    /// No rules, and no credentials.
    fn default() -> Self {
        Self { rules: Vec::new(), credentials: true }
    }
}

/// Says what to take out: entries by name, or what a regular expression matches in texts.
#[derive(Debug, Clone)]
pub struct RedactRule {
    /// The assets, by the text form of their keys; all if `None`.
    pub keys: Option<NameGlob>,
    /// The entries of tags, metadata, execution settings and extra aspects, and the members of JSON in them.
    pub entry: Option<NameGlob>,
    pattern: Option<Regex>,
}

/// Why a rule is none, or a graph cannot be redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedactError {
    /// The regular expression is wrong or too large.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// What is left is no valid graph.
    #[error("expected a valid graph after redacting, found {0}")]
    Graph(Box<LoadError>),
}

impl RedactRule {
    /// Returns a rule; one with neither an entry nor a pattern takes out nothing.
    ///
    /// # Errors
    /// [`RedactError::Rule`] for a regular expression that is wrong, longer than 4,096 bytes or too large.
    pub fn new(
        keys: Option<NameGlob>,
        entry: Option<NameGlob>,
        pattern: Option<&str>,
    ) -> Result<Self, RedactError> {
        let compile = |pattern: &str| -> Result<Regex, RedactError> {
            let error = |reason: String| RuleError::Regex { pattern: pattern.to_owned(), reason };
            if pattern.len() > MAX_PATTERN {
                return Err(error(format!("it is longer than {MAX_PATTERN} bytes")).into());
            }
            let regex = RegexBuilder::new(pattern).size_limit(1 << 20).nest_limit(64).build();
            Ok(regex.map_err(|e| error(e.to_string()))?)
        };
        Ok(Self { keys, entry, pattern: pattern.map(compile).transpose()? })
    }
}

/// Names of entries that hold credentials.
const NAMES: &str = r"(?xi)
    pass(word|wd|phrase) | secret | credential | private[_-]?key | (api|access|account|encryption|signing)[_-]?key
    | connection[_-]?str(ing)? | authorization | (^|[^a-z])(pwd|dsn) $ | token $";

/// Forms of credentials; the first group is what is taken out, or all if there is none.
const FORMS: [&str; 5] = [
    // The password of a URL.
    r#"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@'"]*:([^@/\s'"]+)@"#,
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)-----END [A-Z ]*PRIVATE KEY-----",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,})",
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
];

/// The expressions are constants, and a test compiles them: none is missing.
static CREDENTIAL_NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMES).ok());
static CREDENTIAL_FORMS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| FORMS.iter().filter_map(|form| Regex::new(form).ok()).collect());

impl Redaction {
    /// Returns the graph without what the rules take out, if they take out anything, and how many values that are.
    ///
    /// # Errors
    /// [`RedactError::Graph`] if the result is no graph, which texts as long as before cannot cause.
    pub fn apply(
        &self,
        graph: &AssetGraph,
        salt: &[u8; 32],
    ) -> Result<(Option<AssetGraph>, u64), RedactError> {
        let mut total = 0;
        let mut definitions = Vec::with_capacity(graph.len());
        for mut definition in graph.definitions() {
            let rules = self.rules.iter().filter(|rule| {
                rule.keys.as_ref().is_none_or(|keys| keys.matches(&definition.key.to_string()))
            });
            let mut redactor =
                Redactor { rules: rules.collect(), credentials: self.credentials, salt, count: 0 };
            redactor.definition(&mut definition);
            total += redactor.count;
            definitions.push(definition);
        }
        if total == 0 {
            return Ok((None, 0));
        }
        let error = |error: LoadError| RedactError::Graph(Box::new(error));
        let mut builder = GraphBuilder::new(Limits::default());
        for definition in definitions {
            builder.push(definition).map_err(|limit| error(limit.into()))?;
        }
        let finished = builder.finish(graph.provenance().clone(), graph.extra().clone());
        Ok((Some(finished.map_err(|e| error(e.into()))?), total))
    }
}

struct Redactor<'a> {
    rules: Vec<&'a RedactRule>,
    credentials: bool,
    salt: &'a [u8; 32],
    count: u64,
}

impl Redactor<'_> {
    fn definition(&mut self, definition: &mut AssetDefinition) {
        let AssetDefinition {
            asset_type: _,
            automation: _,
            backfill: _,
            checks,
            code_location: _,
            code_version,
            columns,
            dependencies,
            description,
            execution,
            freshness: _,
            group: _,
            key: _,
            kinds: _,
            metadata,
            owners: _,
            partitions: _,
            tags,
            extra,
        } = definition;
        self.optional_text(description);
        self.json_entries(execution);
        self.json_entries(extra);
        self.metadata(metadata);
        self.tags(tags);
        if let Some(code) = code_version {
            self.optional_text(&mut code.source);
        }
        for Check { additional_dependencies: _, blocking: _, description, name: _, extra } in checks {
            self.optional_text(description);
            self.json_entries(extra);
        }
        for Column { constraints: _, data_type: _, description, name: _, nullable: _, tags, extra } in
            columns.iter_mut().flatten()
        {
            self.optional_text(description);
            self.tags(tags);
            self.json_entries(extra);
        }
        for Dependency { key: _, mapping: _, metadata, extra } in dependencies {
            self.metadata(metadata);
            self.json_entries(extra);
        }
    }

    fn is_named(&self, name: &str) -> bool {
        let by_rule = self.rules.iter().filter_map(|rule| rule.entry.as_ref()).any(|glob| glob.matches(name));
        by_rule || self.credentials && CREDENTIAL_NAMES.as_ref().is_some_and(|names| names.is_match(name))
    }

    fn marker(&mut self, value: &str) -> String {
        self.count += 1;
        let hash = blake3::keyed_hash(self.salt, value.as_bytes()).to_hex();
        format!("redacted:{}", &hash[..16])
    }

    /// Takes out of a text what patterns match.
    fn text(&mut self, text: &str) -> Option<String> {
        let forms: &[Regex] = if self.credentials { &CREDENTIAL_FORMS } else { &[] };
        let rules: Vec<&Regex> = self.rules.iter().filter_map(|rule| rule.pattern.as_ref()).collect();
        let mut found: Option<String> = None;
        for pattern in forms.iter().chain(rules) {
            let current = found.as_deref().unwrap_or(text);
            if !pattern.is_match(current) {
                continue;
            }
            let replaced = pattern.replace_all(current, |captures: &Captures<'_>| {
                let all = &captures[0];
                let secret = captures.get(1).map_or(all, |group| group.as_str());
                let marker = self.marker(secret);
                all.replacen(secret, &marker, 1)
            });
            found = Some(replaced.into_owned());
        }
        found
    }

    fn optional_text(&mut self, text: &mut Option<String>) {
        if let Some(redacted) = text.as_deref().and_then(|text| self.text(text)) {
            *text = Some(redacted);
        }
    }

    fn tags(&mut self, tags: &mut BTreeMap<String, String>) {
        for (name, value) in tags {
            if self.is_named(name) {
                *value = self.marker(value);
            } else if let Some(redacted) = self.text(value) {
                *value = redacted;
            }
        }
    }

    fn json_entries(&mut self, entries: &mut BTreeMap<String, Json>) {
        for (name, value) in entries {
            if self.is_named(name) {
                *value = string(&self.marker(value.as_str()));
            } else if let Some(redacted) = self.json(value.as_str()) {
                *value = Json::parse(&redacted).unwrap_or_else(|_| string("redacted"));
            }
        }
    }

    fn metadata(&mut self, metadata: &mut BTreeMap<String, MetadataValue>) {
        for (name, value) in metadata {
            let json = written(value);
            if self.is_named(name) {
                *value = MetadataValue::Text(self.marker(&json));
            } else if let Some(redacted) = self.json(&json) {
                // What is no value of its type any more is shown as text.
                *value = serde_json::from_str(&redacted)
                    .unwrap_or_else(|_| MetadataValue::Text("redacted".to_owned()));
            }
        }
    }

    /// Takes values out of a JSON text; `None` if there is nothing to take out. As deep as JSON may be.
    fn json(&mut self, text: &str) -> Option<String> {
        match text.as_bytes().first() {
            Some(b'"') => {
                let value: String = serde_json::from_str(text).ok()?;
                self.text(&value).map(|redacted| written(&redacted))
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let redacted: Vec<Option<String>> = items.iter().map(|item| self.json(item.get())).collect();
                redacted.iter().any(Option::is_some).then(|| {
                    let items = items.iter().zip(&redacted);
                    let items: Vec<&str> =
                        items.map(|(item, redacted)| redacted.as_deref().unwrap_or(item.get())).collect();
                    format!("[{}]", items.join(","))
                })
            }
            Some(b'{') => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
                let mut changed = false;
                let mut out = Vec::with_capacity(members.len());
                for (name, value) in members {
                    let redacted = match self.is_named(&name) {
                        true => Some(written(&self.marker(value.get()))),
                        false => self.json(value.get()),
                    };
                    changed |= redacted.is_some();
                    let value = redacted.as_deref().unwrap_or(value.get());
                    out.push(format!("{}:{value}", written(&name)));
                }
                changed.then(|| format!("{{{}}}", out.join(",")))
            }
            _ => None,
        }
    }
}

fn string(text: &str) -> Json {
    Json::parse(&written(text)).unwrap_or_else(|_| Json::null())
}

fn written<T: Serialize + ?Sized>(value: &T) -> String {
    // Every type of ours can be written as JSON, and memory takes it.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_of_the_preset_compiles() {
        assert!(CREDENTIAL_NAMES.is_some());
        assert_eq!(CREDENTIAL_FORMS.len(), FORMS.len());
    }

    #[test]
    fn names_of_credentials_are_known_and_others_are_not() {
        let names = CREDENTIAL_NAMES.as_ref().unwrap();
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "api-key",
            "auth_token",
            "accessToken",
            "client_secret",
            "dsn",
        ] {
            assert!(names.is_match(name), "{name}");
        }
        for name in ["token_count", "tokens", "owner", "dagster/table_name", "primary_key", "keys", "passed"]
        {
            assert!(!names.is_match(name), "{name}");
        }
    }
}
