//! A node of a manifest, and what dbt asks of it.

use globset::GlobMatcher;
use regex::Regex;

use super::pattern::fnmatch;
use crate::json::{Members, items};
use crate::select::resolve::Resolver;
use crate::select::resolve::records::{member, metadata, plain_text};

/// A node of a manifest, as a definition keeps it.
pub(super) struct Node<'a> {
    pub(super) asset: usize,
    joined_key: &'a str,
    record: &'a str,
}

impl<'a> Node<'a> {
    pub(super) fn all(resolver: &Resolver<'_, 'a>) -> impl Iterator<Item = Node<'a>> + 'a {
        let graph = resolver.scope.graph;
        let nodes = (0..graph.len()).map(move |asset| Node {
            asset,
            joined_key: graph.joined_key(asset),
            record: graph.record(graph.preferred_row(asset)),
        });
        // What dbt's tests test without being an asset is no node of dbt.
        nodes.filter(|node| member(node.record, "asset_type") != Some("\"check_only\""))
    }

    pub(super) fn component(&self, index: usize) -> &'a str {
        self.joined_key.split('\0').nth(index).unwrap_or_default()
    }

    pub(super) fn resource_type(&self) -> &'a str {
        self.component(0)
    }

    pub(super) fn type_is_not(&self, resource_type: &str) -> bool {
        self.resource_type() != resource_type
    }

    pub(super) fn package(&self) -> &'a str {
        self.component(1)
    }

    /// The rest of the unique id.
    pub(super) fn name(&self) -> String {
        self.joined_key.split('\0').skip(2).collect::<Vec<_>>().join(".")
    }

    /// Whether it stands in the section `nodes`.
    pub(super) fn is_of_nodes(&self) -> bool {
        ["model", "seed", "snapshot", "analysis", "operation", "sql_operation"]
            .contains(&self.resource_type())
    }

    pub(super) fn is_not_source_or_macro(&self) -> bool {
        self.type_is_not("source") && self.type_is_not("macro")
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        member(self.record, name).and_then(plain_text)
    }

    /// A member of dbt's node that is metadata here.
    pub(super) fn described(&self, name: &str) -> Option<String> {
        self.described_json(name).and_then(plain_text)
    }

    pub(super) fn described_json(&self, name: &str) -> Option<&'a str> {
        metadata(self.record, &format!("dbt.{name}"))
    }

    pub(super) fn fqn(&self) -> Vec<String> {
        self.described_json("fqn").into_iter().flat_map(items).filter_map(plain_text).collect()
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = String> {
        let tags = member(self.record, "tags").into_iter().flat_map(Members::of);
        tags.map(|(name, _)| name.into_owned())
    }

    pub(super) fn is_at(&self, glob: &GlobMatcher) -> bool {
        let path = self.described("original_file_path").unwrap_or_default();
        let path = path.replace('\\', "/");
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        let patch = self.described("patch_path").unwrap_or_default();
        let patch = patch.split_once("://").map_or("", |(_, path)| path);
        parents.chain([&*path, patch]).any(|path| !path.is_empty() && glob.is_match(path))
    }

    pub(super) fn is_in_file(&self, pattern: &Regex) -> bool {
        let path = self.described("original_file_path").unwrap_or_default();
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
        pattern.is_match(name) || pattern.is_match(stem)
    }

    pub(super) fn has_version(&self, wanted: &str) -> bool {
        if self.type_is_not("model") {
            return false;
        }
        let (version, latest) = (self.described_json("version"), self.described_json("latest_version"));
        match (wanted, version, latest) {
            ("none", version, _) => version.is_none(),
            ("latest", Some(version), Some(latest)) => version == latest,
            ("old", Some(version), Some(latest)) => compare_versions(version, latest).is_lt(),
            ("prerelease", Some(version), Some(latest)) => compare_versions(version, latest).is_gt(),
            _ => false,
        }
    }

    /// Whether a setting has a value, or holds it if it is a list.
    pub(super) fn is_configured(&self, path: &[String], wanted: &str) -> bool {
        let is_configurable = self.is_of_nodes() || self.resource_type() == "source";
        let Some((first, rest)) = path.split_first().filter(|_| is_configurable) else { return false };
        let found = match (&**first, rest) {
            ("enabled", []) => return wanted.eq_ignore_ascii_case("true"),
            ("tags", []) => return self.tags().any(|tag| tag == wanted),
            ("group", []) => return self.text("group").as_deref() == Some(wanted),
            ("access", []) => {
                return self.resource_type() == "model"
                    && self.described("access").as_deref() == Some(wanted);
            }
            ("contract", rest) => {
                member(self.record, "dbt.contract").and_then(|contract| inside(contract, rest))
            }
            ("meta", [name, rest @ ..]) => metadata(self.record, name).and_then(|value| inside(value, rest)),
            ("meta", []) => None,
            (name, rest) => {
                let name = name.replace("-hook", "_hook");
                let setting = member(self.record, "execution").and_then(|settings| member(settings, &name));
                setting.and_then(|setting| inside(setting, rest))
            }
        };
        let is_wanted = |json: &str| match json {
            "true" | "false" => wanted.eq_ignore_ascii_case(json),
            text => plain_text(text).is_some_and(|text| text == wanted),
        };
        found.is_some_and(|json| is_wanted(json) || items(json).any(is_wanted))
    }
}

/// Returns what stands at a path of member names.
fn inside<'a>(json: &'a str, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(json, |json, name| member(json, name))
}

/// Compares two versions as dbt does: as numbers if both are, else as texts.
fn compare_versions(a: &str, b: &str) -> std::cmp::Ordering {
    let text = |json: &str| plain_text(json).unwrap_or_else(|| json.to_owned());
    let (a, b) = (text(a), text(b));
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(&b),
    }
}

/// A name that is matched against the parts of where a node stands.
pub(super) struct FqnSelector {
    text: String,
    parts: Vec<String>,
    /// The first part with a wildcard, and the pattern from there on.
    wildcard: Option<(usize, Regex)>,
    /// The pattern of a name without dots.
    leaf: Option<Regex>,
}

impl FqnSelector {
    pub(super) fn new(text: &str) -> Result<Self, ()> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let first = parts.iter().position(|part| part.contains(['*', '?', '[', ']']));
        let wildcard = first.map(|at| Ok((at, fnmatch(&parts[at..].join("."))?))).transpose()?;
        let leaf = if wildcard.is_some() && parts.len() == 1 { Some(fnmatch(text)?) } else { None };
        Ok(Self { text: text.to_owned(), parts, wildcard, leaf })
    }

    pub(super) fn matches(&self, node: &Node<'_>) -> bool {
        let fqn = node.fqn();
        let is_versioned = node.resource_type() == "model" && node.described_json("version").is_some();
        self.matches_fqn(&fqn, is_versioned)
            || self.matches_fqn(fqn.get(1..).unwrap_or_default(), is_versioned)
    }

    pub(super) fn matches_fqn(&self, fqn: &[String], is_versioned: bool) -> bool {
        // The last part of a versioned model is its version.
        let leaf_at = fqn.len().checked_sub(1 + usize::from(is_versioned));
        let Some(leaf) = leaf_at.and_then(|at| fqn.get(at)) else { return false };
        if *leaf == self.text {
            return true;
        }
        let last_two = |parts: &[String]| parts[parts.len().saturating_sub(2)..].join("_");
        if is_versioned && last_two(fqn) == last_two(&self.parts) {
            return true;
        }
        let flat: Vec<&str> = fqn.iter().flat_map(|segment| segment.split('.')).collect();
        if flat.len() < self.parts.len() {
            return false;
        }
        let exact = self.wildcard.as_ref().map_or(self.parts.len(), |(at, _)| *at);
        if self.parts[..exact].iter().zip(&flat).any(|(part, found)| part != found) {
            return false;
        }
        match &self.wildcard {
            None => true,
            Some((at, pattern)) => {
                pattern.is_match(&flat[*at..].join("."))
                    || self.leaf.as_ref().is_some_and(|pattern| pattern.is_match(leaf))
            }
        }
    }
}
