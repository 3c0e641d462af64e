//! What dbt's methods name, by dbt's rules, from what a snapshot keeps of a manifest.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use super::SelectionProblem;
use super::dbt::{Method, MethodName};
use super::node_set::NodeSet;
use super::records::{assets_with, member, metadata, plain_text};
use super::resolve::Resolver;
use crate::json::{Members, items};

impl<'a> Resolver<'_, 'a> {
    pub(super) fn method(&self, method: &Method) -> Result<NodeSet, SelectionProblem> {
        let Method { name, value, arguments, .. } = method;
        let missing = |needs| SelectionProblem::Missing { asked: format!("{}:", name.as_str()), needs };
        let too_long = |()| SelectionProblem::Limit { what: "bytes of a pattern", limit: MAX_PATTERN };
        if *name == MethodName::State {
            let state = self.scope.state.ok_or_else(|| missing("a base manifest"))?;
            let keys = state.answer(&method.to_string()).map_err(|reason| SelectionProblem::Unanswerable {
                asked: method.to_string(),
                reason,
            })?;
            return Ok(self.of_keys(keys.iter()));
        }
        let mut set = self.universe.empty();
        let all = Node::all(self);
        match name {
            MethodName::Fqn => {
                let selector = FqnSelector::new(value).map_err(too_long)?;
                set.extend(all.filter(|node| node.is_not_source_or_macro() && selector.matches(node)).map(|n| n.asset));
            }
            MethodName::Tag => {
                let pattern = fnmatch(value).map_err(too_long)?;
                set.extend(all.filter(|n| n.type_is_not("macro") && n.tags().any(|t| pattern.is_match(&t))).map(|n| n.asset));
            }
            MethodName::Group => {
                let pattern = fnmatch(value).map_err(too_long)?;
                set.extend(
                    all.filter(|n| n.is_of_nodes() || n.resource_type() == "metric")
                        .filter(|n| n.text("group").is_some_and(|group| pattern.is_match(&group)))
                        .map(|n| n.asset),
                );
            }
            MethodName::Access => set.extend(
                all.filter(|n| n.resource_type() == "model" && n.described("access").as_ref() == Some(value))
                    .map(|n| n.asset),
            ),
            MethodName::Source => {
                let parts: Vec<&str> = value.split('.').collect();
                let (package, source, table) = match parts[..] {
                    [package, source, table] => (package, source, table),
                    [source, table] => ("*", source, table),
                    _ => ("*", &**value, "*"),
                };
                let patterns = [package, source, table].map(fnmatch);
                let [package, source, table] = patterns;
                let (package, source, table) =
                    (package.map_err(too_long)?, source.map_err(too_long)?, table.map_err(too_long)?);
                set.extend(
                    all.filter(|n| n.resource_type() == "source")
                        .filter(|n| {
                            let source_name = n.text("dbt.source_name").unwrap_or_default();
                            let prefix = format!("{source_name}.");
                            let name = n.name();
                            package.is_match(n.package())
                                && source.is_match(&source_name)
                                && table.is_match(name.strip_prefix(&prefix).unwrap_or(&name))
                        })
                        .map(|n| n.asset),
                );
            }
            MethodName::Exposure | MethodName::Metric | MethodName::SemanticModel | MethodName::SavedQuery => {
                let (package, own) = value.split_once('.').unwrap_or(("*", value));
                let (package, own) = (fnmatch(package).map_err(too_long)?, fnmatch(own).map_err(too_long)?);
                set.extend(
                    all.filter(|n| n.resource_type() == name.as_str())
                        .filter(|n| package.is_match(n.package()) && own.is_match(&n.name()))
                        .map(|n| n.asset),
                );
            }
            MethodName::Package => {
                let project = self.project_name();
                let pattern = match (&**value, &project) {
                    ("this", Some(project)) => fnmatch(project),
                    (value, _) => fnmatch(value),
                };
                let pattern = pattern.map_err(too_long)?;
                set.extend(all.filter(|n| n.type_is_not("macro") && pattern.is_match(n.package())).map(|n| n.asset));
            }
            MethodName::Path => {
                // The parser made sure that it is a pattern.
                if let Ok(glob) = path_glob(value) {
                    set.extend(all.filter(|n| n.type_is_not("macro") && n.is_at(&glob)).map(|n| n.asset));
                }
            }
            MethodName::File => {
                let pattern = fnmatch(value).map_err(too_long)?;
                set.extend(all.filter(|n| n.type_is_not("macro") && n.is_in_file(&pattern)).map(|n| n.asset));
            }
            MethodName::ResourceType => {
                set.extend(all.filter(|n| n.resource_type() == value).map(|n| n.asset));
            }
            MethodName::Version => set.extend(all.filter(|n| n.has_version(value)).map(|n| n.asset)),
            MethodName::Config => {
                set.extend(all.filter(|n| n.is_configured(arguments, value)).map(|n| n.asset));
            }
            MethodName::State => {}
        }
        Ok(set)
    }

    /// The name of the project: the package of most of what is not installed; dbt notes it in the
    /// manifest, which a snapshot does not keep.
    fn project_name(&self) -> Option<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for node in Node::all(self).filter(|node| node.resource_type() == "model") {
            *counts.entry(node.package()).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    }

    /// Returns the assets of each test of several.
    pub(super) fn tested_together(&self) -> Vec<Vec<usize>> {
        let graph = self.scope.graph;
        let with = assets_with(graph, "\"additional_dependencies\":[", |_| true);
        let of_asset = |asset: usize| {
            let checks = member(graph.record(graph.preferred_row(asset)), "checks").unwrap_or_default();
            let together = items(checks).filter_map(move |check| {
                let others = member(check, "additional_dependencies")?;
                let keys = items(others).filter_map(|key| serde_json::from_str(key).ok());
                let nodes = keys.filter_map(|key| graph.node(&key)).filter(|&node| node < graph.len());
                Some(nodes.chain([asset]).collect::<Vec<_>>())
            });
            together.collect::<Vec<_>>()
        };
        with.flat_map(of_asset).collect()
    }
}

/// A node of a manifest, as a definition keeps it.
struct Node<'a> {
    asset: usize,
    joined_key: &'a str,
    record: &'a str,
}

impl<'a> Node<'a> {
    fn all(resolver: &Resolver<'_, 'a>) -> impl Iterator<Item = Node<'a>> + 'a {
        let graph = resolver.scope.graph;
        let nodes = (0..graph.len()).map(move |asset| Node {
            asset,
            joined_key: graph.joined_key(asset),
            record: graph.record(graph.preferred_row(asset)),
        });
        // What dbt's tests test without being an asset is no node of dbt.
        nodes.filter(|node| member(node.record, "asset_type") != Some("\"check_only\""))
    }

    fn component(&self, index: usize) -> &'a str {
        self.joined_key.split('\0').nth(index).unwrap_or_default()
    }

    fn resource_type(&self) -> &'a str {
        self.component(0)
    }

    fn type_is_not(&self, resource_type: &str) -> bool {
        self.resource_type() != resource_type
    }

    fn package(&self) -> &'a str {
        self.component(1)
    }

    /// The rest of the unique id.
    fn name(&self) -> String {
        self.joined_key.split('\0').skip(2).collect::<Vec<_>>().join(".")
    }

    /// Whether it stands in the section `nodes`.
    fn is_of_nodes(&self) -> bool {
        ["model", "seed", "snapshot", "analysis", "operation", "sql_operation"].contains(&self.resource_type())
    }

    fn is_not_source_or_macro(&self) -> bool {
        self.type_is_not("source") && self.type_is_not("macro")
    }

    fn text(&self, name: &str) -> Option<String> {
        member(self.record, name).and_then(plain_text)
    }

    /// A member of dbt's node that is metadata here.
    fn described(&self, name: &str) -> Option<String> {
        self.described_json(name).and_then(plain_text)
    }

    fn described_json(&self, name: &str) -> Option<&'a str> {
        metadata(self.record, &format!("dbt.{name}"))
    }

    fn fqn(&self) -> Vec<String> {
        self.described_json("fqn").into_iter().flat_map(items).filter_map(plain_text).collect()
    }

    fn tags(&self) -> impl Iterator<Item = String> {
        let tags = member(self.record, "tags").into_iter().flat_map(Members::of);
        tags.map(|(name, _)| name.into_owned())
    }

    fn is_at(&self, glob: &GlobMatcher) -> bool {
        let path = self.described("original_file_path").unwrap_or_default();
        let path = path.replace('\\', "/");
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        let patch = self.described("patch_path").unwrap_or_default();
        let patch = patch.split_once("://").map_or("", |(_, path)| path);
        parents.chain([&*path, patch]).any(|path| !path.is_empty() && glob.is_match(path))
    }

    fn is_in_file(&self, pattern: &Regex) -> bool {
        let path = self.described("original_file_path").unwrap_or_default();
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
        pattern.is_match(name) || pattern.is_match(stem)
    }

    fn has_version(&self, wanted: &str) -> bool {
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
    fn is_configured(&self, path: &[String], wanted: &str) -> bool {
        let is_configurable = self.is_of_nodes() || self.resource_type() == "source";
        let Some((first, rest)) = path.split_first().filter(|_| is_configurable) else { return false };
        let found = match (&**first, rest) {
            ("enabled", []) => return wanted.eq_ignore_ascii_case("true"),
            ("tags", []) => return self.tags().any(|tag| tag == wanted),
            ("group", []) => return self.text("group").as_deref() == Some(wanted),
            ("access", []) => return self.resource_type() == "model" && self.described("access").as_deref() == Some(wanted),
            ("contract", rest) => member(self.record, "dbt.contract").and_then(|contract| inside(contract, rest)),
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
struct FqnSelector {
    text: String,
    parts: Vec<String>,
    /// The first part with a wildcard, and the pattern from there on.
    wildcard: Option<(usize, Regex)>,
    /// The pattern of a name without dots.
    leaf: Option<Regex>,
}

impl FqnSelector {
    fn new(text: &str) -> Result<Self, ()> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let first = parts.iter().position(|part| part.contains(['*', '?', '[', ']']));
        let wildcard = first.map(|at| Ok((at, fnmatch(&parts[at..].join("."))?))).transpose()?;
        let leaf = if wildcard.is_some() && parts.len() == 1 { Some(fnmatch(text)?) } else { None };
        Ok(Self { text: text.to_owned(), parts, wildcard, leaf })
    }

    fn matches(&self, node: &Node<'_>) -> bool {
        let fqn = node.fqn();
        let is_versioned = node.resource_type() == "model" && node.described_json("version").is_some();
        self.matches_fqn(&fqn, is_versioned) || self.matches_fqn(fqn.get(1..).unwrap_or_default(), is_versioned)
    }

    fn matches_fqn(&self, fqn: &[String], is_versioned: bool) -> bool {
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

/// The longest pattern in bytes.
const MAX_PATTERN: usize = 4096;

/// Returns the pattern of Python's `fnmatch`: `*`, `?`, `[seq]` and `[!seq]`.
fn fnmatch(pattern: &str) -> Result<Regex, ()> {
    if pattern.len() > MAX_PATTERN {
        return Err(());
    }
    let mut regex = String::from("(?s)^");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let negated = rest.starts_with('!');
                let inner = &rest[usize::from(negated)..];
                // A closing bracket that comes first is one of the set.
                let skip = inner.chars().next().map_or(0, char::len_utf8);
                let Some(end) = inner[skip..].find(']').map(|at| at + skip) else {
                    regex.push_str("\\[");
                    continue;
                };
                regex.push_str(&set(&inner[..end], negated));
                rest = &inner[end + 1..];
            }
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    Regex::new(&regex).map_err(|_| ())
}

/// Returns a set of characters; ranges that are empty hold nothing.
fn set(inner: &str, negated: bool) -> String {
    let chars: Vec<char> = inner.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let escaped = |c: char| format!("\\x{{{:x}}}", c as u32);
    while let Some(&c) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&end)) => {
                if c <= end {
                    out.push_str(&format!("{}-{}", escaped(c), escaped(end)));
                }
                at += 3;
            }
            _ => {
                out.push_str(&escaped(c));
                at += 1;
            }
        }
    }
    match (out.is_empty(), negated) {
        (true, false) => "[^\\x{0}-\\x{10ffff}]".to_owned(),
        (true, true) => ".".to_owned(),
        (false, true) => format!("[^{out}]"),
        (false, false) => format!("[{out}]"),
    }
}

/// Returns the pattern of Python's `Path.glob` for a path below the project: `*` stays within a
/// folder, `**` crosses them.
pub(super) fn path_glob(pattern: &str) -> Result<GlobMatcher, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("it is longer than {MAX_PATTERN} bytes"));
    }
    let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
    // Braces and backslashes mean nothing there.
    let escape = |part: &str| part.replace('\\', "[\\\\]").replace('{', "[{]").replace('}', "[}]");
    let pattern: Vec<String> = parts.map(escape).collect();
    let glob = GlobBuilder::new(&pattern.join("/")).literal_separator(true).backslash_escape(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}
