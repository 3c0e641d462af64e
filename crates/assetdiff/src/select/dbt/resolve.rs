//! What dbt's methods name, by dbt's rules, from what a snapshot keeps of a manifest.

use std::collections::BTreeMap;

use super::node::{FqnSelector, Node};
use super::pattern::{MAX_PATTERN, fnmatch, path_glob};
use super::{Method, MethodName};
use crate::json::items;
use crate::select::SelectionProblem;
use crate::select::resolve::Resolver;
use crate::select::resolve::node_set::NodeSet;
use crate::select::resolve::records::{assets_with, member};

impl<'a> Resolver<'_, 'a> {
    pub(in crate::select) fn method(&self, method: &Method) -> Result<NodeSet, SelectionProblem> {
        let Method { name, value, arguments, .. } = method;
        let missing = |needs| SelectionProblem::Missing { asked: format!("{}:", name.as_str()), needs };
        let too_long = |()| SelectionProblem::Limit { what: "bytes of a pattern", limit: MAX_PATTERN };
        if *name == MethodName::State {
            let state = self.scope.state.ok_or_else(|| missing("a base manifest"))?;
            let keys = state
                .answer(&method.to_string())
                .map_err(|reason| SelectionProblem::Unanswerable { asked: method.to_string(), reason })?;
            return Ok(self.of_keys(keys.iter()));
        }
        let mut set = self.universe.empty();
        let all = Node::all(self);
        match name {
            MethodName::Fqn => {
                let selector = FqnSelector::new(value).map_err(too_long)?;
                set.extend(
                    all.filter(|node| node.is_not_source_or_macro() && selector.matches(node))
                        .map(|n| n.asset),
                );
            }
            MethodName::Tag => {
                let pattern = fnmatch(value).map_err(too_long)?;
                set.extend(
                    all.filter(|n| n.type_is_not("macro") && n.tags().any(|t| pattern.is_match(&t)))
                        .map(|n| n.asset),
                );
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
            MethodName::Exposure
            | MethodName::Metric
            | MethodName::SemanticModel
            | MethodName::SavedQuery => {
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
                set.extend(
                    all.filter(|n| n.type_is_not("macro") && pattern.is_match(n.package())).map(|n| n.asset),
                );
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
    pub(in crate::select) fn tested_together(&self) -> Vec<Vec<usize>> {
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
