//! The assets that have an attribute.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use super::node_set::NodeSet;
use super::records::{assets_with, has_column, has_column_tag, json_text, member, metadata, plain_text};
use crate::diff::{AssetChange, BranchChange, ChangeKind, OwnEffect};
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
        let attributes = || graph.attributes();
        let missing = |needs| SelectionProblem::Missing { asked: attribute.name().to_owned(), needs };
        Ok(match attribute {
            Attribute::Key(pattern) => self.keys(pattern),
            Attribute::Tag { name, value } => {
                let kind = name.strip_prefix(KIND_PREFIX).filter(|_| value.is_empty());
                let nodes = match kind {
                    Some(kind) => attributes().kinds.of(&json_text(kind)),
                    None => attributes().tags.of(&format!("{}:{}", json_text(name), json_text(value))),
                };
                self.selectable(self.set(nodes))
            }
            Attribute::Owner(owner) => {
                self.set(owner.as_ref().map_or(&[], |owner| attributes().owners.of(&json_text(owner))))
            }
            Attribute::Kind(Some(kind)) => self.selectable(self.set(attributes().kinds.of(&json_text(kind)))),
            Attribute::Kind(None) => {
                let mut all = self.all();
                all.subtract(&self.set(attributes().kinds.nodes()));
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
                all.subtract(&self.set(attributes().partitions.nodes()));
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
                self.set(attributes().partitions.of(&json_text(name)))
            }
            Attribute::CodeLocation(location) => {
                let locations = &attributes().code_locations;
                if locations.nodes().is_empty() && !graph.is_empty() {
                    return Err(missing("a snapshot that states code locations"));
                }
                match location.as_deref() {
                    None => {
                        let mut all = self.assets();
                        all.subtract(&self.set(locations.nodes()));
                        all
                    }
                    Some(name) if name.contains('@') && locations.of(name).is_empty() => {
                        return Err(SelectionProblem::Unanswerable {
                            asked: format!("code_location:{name}"),
                            reason: "snapshots name code locations, not the repositories in them".to_owned(),
                        });
                    }
                    Some(name) => {
                        let mut set = self.set(locations.of(name));
                        // What nothing defines counts to the first of those who depend on it.
                        let location_of =
                            |&asset: &u32| graph.location(graph.preferred_row(asset as usize)).as_deref();
                        let undefined = graph.len()..graph.node_count();
                        set.extend(undefined.filter(|&node| {
                            graph.downstream_of(node).iter().filter_map(location_of).min() == Some(name)
                        }));
                        set
                    }
                }
            }
            Attribute::Job(job) => {
                let jobs = &attributes().jobs;
                if jobs.nodes().is_empty() && !graph.is_empty() {
                    return Err(missing(
                        "a snapshot that states jobs, as one of a serialised repository does",
                    ));
                }
                let mut set = self.set(jobs.of(&json_text(job)));
                set.intersect(&self.materializable());
                set
            }
            Attribute::Column(Some(column)) => {
                let name = json_text(column);
                self.holding(&name.clone(), move |record| has_column(record, &name))
            }
            Attribute::Column(None) => {
                self.lacking(self.holding("\"columns\":", |record| member(record, "columns").is_some()))
            }
            Attribute::ColumnTag { name, value } => {
                let (name, value) = (json_text(name), json_text(value));
                let plain = plain_text(&name).unwrap_or_default();
                self.holding(&name, move |record| has_column_tag(record, &plain, &value))
            }
            Attribute::TableName(Some(table)) => {
                let table = json_text(table);
                self.holding(&table.clone(), move |record| table_name(record) == Some(&table))
            }
            Attribute::TableName(None) => {
                self.lacking(self.holding("\"dagster/", |record| table_name(record).is_some()))
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
        let groups = &self.scope.graph.attributes().groups;
        let mut set = if pattern.has_wildcard() {
            let matcher = pattern.matcher(b'/');
            let mut set = self.universe.empty();
            for (name, nodes) in groups.iter() {
                if plain_text(name).is_some_and(|name| matcher.matches(name.as_bytes())) {
                    set.unite(&self.set(nodes));
                }
            }
            set
        } else {
            self.set(groups.of(&json_text(pattern.as_str())))
        };
        if pattern.matches(DEFAULT_GROUP) {
            set.extend(self.scope.graph.len()..self.scope.graph.node_count());
        }
        self.selectable(set)
    }

    /// Returns the assets whose definition holds a piece of text and answers a question with yes.
    pub(super) fn holding(&self, piece: &str, holds: impl Fn(&'a str) -> bool + 'a) -> NodeSet {
        let mut set = self.universe.empty();
        set.extend(assets_with(self.scope.graph, piece, holds));
        set
    }

    fn lacking(&self, set: NodeSet) -> NodeSet {
        let mut all = self.assets();
        all.subtract(&set);
        all
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
        let head = self.scope.graph;
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

/// The metadata that name a table, the newer one first.
const TABLE_NAMES: [&str; 2] = ["dagster/table_name", "dagster/relation_identifier"];

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
