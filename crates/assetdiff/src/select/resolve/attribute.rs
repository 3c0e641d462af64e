//! The assets that have an attribute.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use super::node_set::NodeSet;
use super::records::{json_text, metadata};
use crate::diff::{AssetChange, BranchChange, ChangeKind, OwnEffect};
use crate::graph::{Attribute as Stated, TABLE_NAMES};
use crate::key::AssetKey;
use crate::select::expression::{Affect, Attribute, Executable, PartitionsType};
use crate::select::pattern::Pattern;
use crate::select::{Affected, SelectionProblem};

/// Dagster's prefix of the tags that are kinds.
const KIND_PREFIX: &str = "dagster/kind/";

/// The group of what nothing defines, in Dagster.
const DEFAULT_GROUP: &str = "default";

impl<'a> Resolver<'_, 'a> {
    pub(super) fn attribute(&self, attribute: &Attribute) -> Result<NodeSet, SelectionProblem> {
        let graph = self.scope.graph;
        let of = |stated, texts: &[&str]| self.set(&graph.attributes().of(stated, texts));
        let with = |stated| self.set(&graph.attributes().with(stated));
        let missing = |needs| SelectionProblem::Missing { asked: attribute.name().to_owned(), needs };
        Ok(match attribute {
            Attribute::Key(pattern) => self.keys(pattern),
            Attribute::Tag { name, value } => {
                let kind = name.strip_prefix(KIND_PREFIX).filter(|_| value.is_empty());
                self.selectable(match kind {
                    Some(kind) => of(Stated::Kind, &[kind]),
                    None => of(Stated::Tag, &[name, value]),
                })
            }
            Attribute::Owner(owner) => match owner {
                Some(owner) => of(Stated::Owner, &[owner]),
                None => self.universe.empty(),
            },
            Attribute::Kind(Some(kind)) => self.selectable(of(Stated::Kind, &[kind])),
            Attribute::Kind(None) => {
                let mut all = self.all();
                all.subtract(&with(Stated::Kind));
                all
            }
            Attribute::Group(None) => self.universe.empty(),
            Attribute::Group(Some(pattern)) => self.group(pattern),
            Attribute::Is(Executable::Materializable) => {
                let mut made = self.everything();
                made.intersect(&self.materializable());
                made
            }
            Attribute::Is(Executable::External) => {
                let mut all = self.everything();
                all.subtract(&self.materializable());
                all
            }
            Attribute::Partitions(PartitionsType::None) => {
                let mut all = self.everything();
                all.subtract(&with(Stated::Partitions));
                all
            }
            Attribute::Partitions(partitions) => {
                let name = match partitions {
                    PartitionsType::Time => "time_window",
                    PartitionsType::Multi => "multi",
                    PartitionsType::None | PartitionsType::Static | PartitionsType::Dynamic => {
                        partitions.as_str()
                    }
                };
                of(Stated::Partitions, &[name])
            }
            Attribute::CodeLocation(location) => {
                let location_of = |asset: usize| graph.location(graph.preferred_row(asset)).as_deref();
                let located = |wanted: &dyn Fn(Option<&str>) -> bool| {
                    self.of_nodes((0..graph.len()).filter(|&asset| wanted(location_of(asset))))
                };
                if !graph.is_empty() && located(&|location| location.is_some()).is_empty() {
                    return Err(missing("a snapshot that states code locations"));
                }
                match location.as_deref() {
                    None => located(&|location| location.is_none()),
                    Some(name) => {
                        let mut set = located(&|location| location == Some(name));
                        if name.contains('@') && set.is_empty() {
                            return Err(SelectionProblem::Unanswerable {
                                asked: format!("code_location:{name}"),
                                reason: "snapshots name code locations, not the repositories in them"
                                    .to_owned(),
                            });
                        }
                        // What nothing defines counts to the first of those who depend on it.
                        let undefined = graph.len()..graph.node_count();
                        set.extend(undefined.filter(|&node| {
                            let downstream = graph.downstream_of(node).iter();
                            downstream.filter_map(|&asset| location_of(asset as usize)).min() == Some(name)
                        }));
                        set
                    }
                }
            }
            Attribute::Job(job) => {
                if !graph.is_empty() && with(Stated::Job).is_empty() {
                    return Err(missing(
                        "a snapshot that states jobs, as one of a serialised repository does",
                    ));
                }
                let mut set = of(Stated::Job, &[&json_text(job)]);
                set.intersect(&self.materializable());
                set
            }
            Attribute::Column(Some(column)) => of(Stated::Column, &[column]),
            Attribute::Column(None) => {
                let mut unknown = self.assets();
                unknown.subtract(&with(Stated::Column));
                unknown.subtract(&with(Stated::NoColumns));
                unknown
            }
            Attribute::ColumnTag { name, value } => of(Stated::ColumnTag, &[name, value]),
            Attribute::TableName(Some(table)) => {
                let json = json_text(table);
                let named = graph.attributes().perhaps_of_table(table);
                self.of_nodes(
                    named
                        .filter(|&asset| table_name(graph.record(graph.preferred_row(asset))) == Some(&json)),
                )
            }
            Attribute::TableName(None) => {
                let mut without = self.assets();
                without.subtract(&self.of_nodes(graph.attributes().with_table()));
                without
            }
            Attribute::ChangedInBranch(wanted) => {
                let changes = self.branch_changes().ok_or_else(|| missing("a comparison of two graphs"))?;
                self.of_keys(
                    changes
                        .iter()
                        .filter(|(_, kinds)| match wanted {
                            Some(kind) => kinds.contains(kind),
                            None => !kinds.is_empty(),
                        })
                        .map(|(key, _)| key),
                )
            }
            Attribute::Changed(wanted) => {
                let changes = self.scope.changes.ok_or_else(|| missing("a comparison of two graphs"))?;
                let changes = changes.changes();
                let matching =
                    changes.iter().filter(|change| wanted.is_none_or(|kind| change.kinds().contains(&kind)));
                self.of_keys(matching.map(AssetChange::key))
            }
            Attribute::Affected(affect) => self
                .affected(|affected| affects(affected, *affect))
                .ok_or_else(|| missing("the impact of changes"))?,
            Attribute::Distance(most) => self
                .affected(|affected| affected.distance <= *most)
                .ok_or_else(|| missing("the impact of changes"))?,
            Attribute::Removed(pattern) => {
                let base = self.scope.base.ok_or_else(|| missing("a base graph"))?;
                let matcher = pattern.matcher(b'/');
                let matches = |key: &AssetKey| matcher.matches(key.as_joined().replace('\0', "/").as_bytes());
                let mut set = self.universe.empty();
                set.extend(self.universe.removed().filter(|(_, key)| matches(key)).map(|(node, _)| node));
                // What head only depends on may have been defined.
                let undefined = graph.len()..graph.node_count();
                set.extend(undefined.filter(|&node| {
                    let key = graph.key(node);
                    base.contains(&key) && matches(&key)
                }));
                set
            }
        })
    }

    /// Returns the nodes of head whose keys match, components joined by `/`.
    fn keys(&self, pattern: &Pattern) -> NodeSet {
        let graph = self.scope.graph;
        let mut set = self.universe.empty();
        if graph.has_slashes_in_components() {
            let matcher = pattern.matcher(b'/');
            let mut text = Vec::new();
            set.extend((0..graph.node_count()).filter(|&node| {
                text.clear();
                let joined = graph.joined_key(node).bytes();
                text.extend(joined.map(|byte| if byte == 0 { b'/' } else { byte }));
                matcher.matches(&text)
            }));
            return set;
        }
        let matcher = pattern.matcher(0);
        // What begins alike stands together.
        let prefix = String::from_utf8_lossy(matcher.prefix()).into_owned();
        for range in [0..graph.len(), graph.len()..graph.node_count()] {
            let end = range.end;
            let start = graph.first_node_from(range, &prefix);
            let alike = (start..end).take_while(|&node| graph.joined_key(node).starts_with(&prefix));
            set.extend(alike.filter(|&node| matcher.matches(graph.joined_key(node).as_bytes())));
        }
        set
    }

    fn group(&self, pattern: &Pattern) -> NodeSet {
        let attributes = self.scope.graph.attributes();
        let mut set = if pattern.has_wildcard() {
            let matcher = pattern.matcher(b'/');
            self.set(&attributes.matching(Stated::Group, |name| matcher.matches(name.as_bytes())))
        } else {
            self.set(&attributes.of(Stated::Group, &[pattern.as_str()]))
        };
        if pattern.matches(DEFAULT_GROUP) {
            set.extend(self.scope.graph.len()..self.scope.graph.node_count());
        }
        self.selectable(set)
    }

    fn of_nodes(&self, nodes: impl Iterator<Item = usize>) -> NodeSet {
        let mut set = self.universe.empty();
        set.extend(nodes);
        set
    }

    pub(in crate::select) fn of_keys<'k>(&self, keys: impl Iterator<Item = &'k AssetKey>) -> NodeSet {
        let mut set = self.universe.empty();
        set.extend(keys.filter_map(|key| self.universe.node(key)));
        set
    }

    fn affected(&self, wanted: impl Fn(Affected) -> bool) -> Option<NodeSet> {
        let mut set = self.universe.empty();
        self.scope.affected?.visit(&mut |key, affected| {
            if wanted(affected) {
                set.extend(self.universe.node(key));
            }
        });
        Some(set)
    }

    /// Returns what Dagster calls the changes of each asset.
    fn branch_changes(&self) -> Option<BTreeMap<AssetKey, BTreeSet<BranchChange>>> {
        let mut of_keys: BTreeMap<AssetKey, BTreeSet<BranchChange>> = BTreeMap::new();
        let head = self.scope.head.unwrap_or(self.scope.graph);
        let mut note = |key: &AssetKey, change: BranchChange| {
            // A definition in one more code location, or in one less, is neither new nor gone.
            let stays = match change {
                BranchChange::New => self.scope.base.is_some_and(|base| base.contains(key)),
                BranchChange::Removed => head.contains(key),
                _ => false,
            };
            if !stays {
                of_keys.entry(key.clone()).or_default().insert(change);
            }
        };
        for change in self.scope.changes?.changes() {
            if let AssetChange::Renamed(renamed) = change {
                note(&renamed.old.key, BranchChange::Removed);
                note(&renamed.new.key, BranchChange::New);
                continue;
            }
            change
                .kinds()
                .into_iter()
                .filter_map(ChangeKind::in_branch)
                .for_each(|kind| note(change.key(), kind));
        }
        Some(of_keys)
    }
}

fn table_name(record: &str) -> Option<&str> {
    TABLE_NAMES.iter().find_map(|name| metadata(record, name))
}

fn affects(affected: Affected, affect: Affect) -> bool {
    match affect {
        Affect::Any => true,
        Affect::Direct => affected.distance == 0,
        Affect::Indirect => affected.distance > 0,
        Affect::Recheck => affected.effect == OwnEffect::Recheck,
        Affect::Rebuild => affected.effect == OwnEffect::Rebuild,
    }
}
