//! Reads repositories on two threads, and what two of them have in common once.
//!
//! Nothing here tells what is wrong with a text: `None` stands for anything that is not as it should
//! be, and the reader that goes node by node finds out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Check, Common, DiffOptions, GraphBuilder, JsonText,
    Limits,
};

use super::definition::{self, Told};
use super::partitions::{self, Partitioned, Partitions};
use super::split::{Known, Parts, by_class, split};
use super::{provenance, wire};
use crate::both::both;
use crate::parts::Mentions;

/// Returns the graph of one repository.
pub(super) fn graph(text: JsonText<'_>, code_location: Option<&str>, limits: &Limits) -> Option<AssetGraph> {
    let repository = Repository::of(text, limits, None)?;
    repository.build(code_location, limits, None)?.finish()
}

/// Returns the graphs of two repositories.
pub(super) fn pair(
    base: JsonText<'_>,
    head: JsonText<'_>,
    limits: &Limits,
) -> Option<(AssetGraph, AssetGraph)> {
    let base = Repository::of(base, limits, None)?;
    let head = Repository::of(head, limits, Some(&base))?;
    let base_built = base.build(None, limits, None)?;
    let head_built = head.build(None, limits, Some((&base, &base_built)))?;
    let (base, head) = both(|| base_built.finish(), || head_built.finish());
    Some((base?, head?))
}

/// Returns what differs between two repositories, from the nodes that are not the same in both.
pub(super) fn changes(
    base: JsonText<'_>,
    head: JsonText<'_>,
    limits: &Limits,
    options: &DiffOptions,
) -> Option<ChangeSet> {
    let base = Repository::cut(base, by_class(base.as_str(), &mut Known::new(&[]))?, limits, None)?;
    let parts = by_class(head.as_str(), &mut Known::new(&base.nodes))?;
    let head = Repository::cut(head, parts, limits, Some(&base))?;
    let context = Context::between(&base, &head);
    let elsewhere = Mentions::new(PATH, context.checks.iter().chain(&context.partitions).copied());
    let (mut old, mut new, mut same_nodes) = (vec![true; base.nodes.len()], Vec::new(), Vec::new());
    for (index, same) in head.same.iter().enumerate() {
        let node = head.nodes[index];
        // A node that names an asset with other checks or partitions may mean something else.
        match *same {
            Some(same) if elsewhere.is_empty() || elsewhere.find(node.as_bytes())?.is_empty() => {
                old[same] = false;
                same_nodes.push(index);
            }
            _ => new.push(index),
        }
    }
    let old: Vec<usize> = (0..old.len()).filter(|&index| old[index]).collect();
    let (base_part, head_part) =
        both(|| base.part(&old, &context, limits), || head.part(&new, &context, limits));
    let (base_part, head_part) = (base_part?, head_part?);
    let asked = Common::asked(&base_part, &head_part);
    // A key that has checks and no node is defined by them.
    let has_checks_only = |key: &AssetKey| {
        let of =
            |side: &Repository<'_>, part: &AssetGraph| side.checks.contains_key(key) && !part.contains(key);
        of(&base, &base_part) || of(&head, &head_part)
    };
    if asked.iter().any(has_checks_only) {
        return None;
    }
    let mut common = Common::default();
    if !asked.is_empty() {
        let mentions = Mentions::new(PATH, &asked);
        let (first, second) = same_nodes.split_at(same_nodes.len() / 2);
        let naming = |nodes: &[usize]| head.naming(nodes, &mentions);
        let (first, second) = both(|| naming(first), || naming(second));
        for definition in first?.into_iter().chain(second?) {
            common.add(&definition, &asked);
        }
    }
    common.between_parts(&base_part, &head_part, options)
}

/// The member that holds a key's components.
const PATH: &str = "\"path\"";

/// A repository that is cut, but whose nodes are not read.
struct Repository<'a> {
    text: JsonText<'a>,
    nodes: Vec<&'a str>,
    /// For each node the one of the other repository that has the same text.
    same: Vec<Option<usize>>,
    checks: BTreeMap<AssetKey, Vec<Check>>,
    /// What the checks tell.
    told: Told,
    partitioned: Vec<Option<Partitioned>>,
    partitions: Partitions,
}

/// The definitions of a repository.
struct Built {
    builder: GraphBuilder,
    /// What became of each node that was read, in order.
    read: Vec<Read>,
    told: Told,
}

/// What became of a node.
struct Read {
    key: AssetKey,
    /// Whether it has a definition: stubs have none.
    is_defined: bool,
    /// What it tells.
    told: Told,
}

impl Built {
    fn finish(self) -> Option<AssetGraph> {
        self.builder.finish(provenance(self.told), BTreeMap::new()).ok()
    }
}

impl<'a> Repository<'a> {
    /// Cuts a text, and looks up how each asset is split.
    fn of(text: JsonText<'a>, limits: &Limits, other: Option<&Repository<'_>>) -> Option<Self> {
        let known = Known::new(other.map_or(&[], |other| &other.nodes));
        Self::cut(text, split(text.as_str(), limits, known)?, limits, other)
    }

    /// Looks up how each asset of a text is split.
    fn cut(
        text: JsonText<'a>,
        parts: Parts<'a>,
        limits: &Limits,
        other: Option<&Repository<'_>>,
    ) -> Option<Self> {
        let Parts { nodes, same, around } = parts;
        let around = JsonText::unparsed(around.as_bytes(), limits).ok()?;
        let wire::Repository { external_asset_checks: checks, .. } = around.read(around.as_str()).ok()?;
        let mut told = Told::default();
        let checks = definition::checks_by_asset(around, &checks.unwrap_or_default(), &mut told).ok()?;
        let (first, second) = nodes.split_at(nodes.len() / 2);
        let (first_same, second_same) = same.split_at(first.len());
        let of_nodes = |nodes: &[&'a str], same: &[Option<usize>]| {
            let own = nodes.iter().zip(same).filter(|(_, same)| same.is_none()).map(|(node, _)| *node);
            let mut own = partitions::of_nodes(text, own).ok()?.into_iter();
            let known = |index: usize| other.and_then(|other| other.partitioned[index].clone());
            Some(same.iter().map(|same| same.map_or_else(|| own.next().flatten(), known)).collect::<Vec<_>>())
        };
        let (first, second) = both(|| of_nodes(first, first_same), || of_nodes(second, second_same));
        let partitioned = [first?, second?].concat();
        let partitions = partitioned.iter().flatten().cloned().collect();
        Some(Self { text, nodes, same, checks, told, partitioned, partitions })
    }

    /// Reads the nodes; those that are the same in the other repository, together with all that their
    /// definitions are made from, are taken from it.
    fn build(
        &self,
        code_location: Option<&str>,
        limits: &Limits,
        other: Option<(&Repository<'_>, &Built)>,
    ) -> Option<Built> {
        let mut taken: Vec<usize> = Vec::new();
        let mut own: Vec<usize> = (0..self.nodes.len()).collect();
        if let Some((base, built)) = other {
            let context = Context::between(base, self);
            own.retain(|&index| {
                let is_same = |same: &usize| context.is_same(self, index, &built.read[*same].key);
                let same = self.same[index].filter(is_same);
                taken.extend(same);
                same.is_none()
            });
        }
        let (first, second) = own.split_at(own.len() / 2);
        let read = |indices: &[usize]| self.read(indices, code_location, limits);
        let (first, second) = both(|| read(first), || read(second));
        let ((mut builder, mut read), (second, mut rest)) = (first?, second?);
        builder.extend_from(&second, 0..second.len()).ok()?;
        drop(second);
        read.append(&mut rest);
        let mut seen: Vec<&Read> = read.iter().collect();
        if let Some((_, built)) = other {
            // The place of each node's definition among those of the other repository.
            let next = |place: &mut usize, read: &Read| {
                Some(std::mem::replace(place, *place + usize::from(read.is_defined)))
            };
            let places: Vec<usize> = built.read.iter().scan(0, next).collect();
            let defined = taken.iter().filter(|&&same| built.read[same].is_defined);
            builder.extend_from(&built.builder, defined.map(|&same| places[same])).ok()?;
            seen.extend(taken.iter().map(|&same| &built.read[same]));
        }
        let told = seen.iter().flat_map(|read| &read.told.0).chain(&self.told.0).cloned().collect();
        // Old versions have no node for a key that is only checked.
        if !self.checks.is_empty() {
            let seen: HashSet<&AssetKey> = seen.iter().map(|read| &read.key).collect();
            for (key, own) in self.checks.iter().filter(|(key, _)| !seen.contains(key)) {
                builder.push_read(definition::check_only(key.clone(), code_location, own.clone())).ok()?;
            }
        }
        Some(Built { builder, read, told: Told(told) })
    }

    /// The graph of some of the nodes, and of the assets with other checks that have no node.
    fn part(&self, nodes: &[usize], context: &Context<'_>, limits: &Limits) -> Option<AssetGraph> {
        let (mut builder, read) = self.read(nodes, None, limits)?;
        let seen: HashSet<&AssetKey> = read.iter().map(|read| &read.key).collect();
        for key in context.checks.iter().filter(|key| !seen.contains(*key)) {
            if let Some(own) = self.checks.get(*key) {
                builder.push_read(definition::check_only((*key).clone(), None, own.clone())).ok()?;
            }
        }
        let told = read.iter().flat_map(|read| &read.told.0).chain(&self.told.0).cloned().collect();
        builder.finish(provenance(Told(told)), BTreeMap::new()).ok()
    }

    /// The definitions of those nodes that name a key; nothing but their own members is filled in.
    fn naming(&self, nodes: &[usize], keys: &Mentions<'_>) -> Option<Vec<AssetDefinition>> {
        let mut definitions = Vec::new();
        for &index in nodes {
            if keys.find(self.nodes[index].as_bytes())?.is_empty() {
                continue;
            }
            let node: wire::Node<'_> = self.text.read(self.nodes[index]).ok()?;
            let checks = self.checks.get(&node.asset_key.path).cloned().unwrap_or_default();
            definitions
                .extend(definition::of_node(self.text, node, None, checks, &mut Told::default()).ok()?);
        }
        Some(definitions)
    }

    fn read(
        &self,
        indices: &[usize],
        code_location: Option<&str>,
        limits: &Limits,
    ) -> Option<(GraphBuilder, Vec<Read>)> {
        let mut builder = GraphBuilder::new(limits.clone());
        let mut all = Vec::with_capacity(indices.len());
        for &index in indices {
            let node: wire::Node<'_> = self.text.read(self.nodes[index]).ok()?;
            let key = node.asset_key.path.clone();
            let checks = self.checks.get(&key).cloned().unwrap_or_default();
            let mut told = Told::default();
            let definition = definition::of_node(self.text, node, code_location, checks, &mut told).ok()?;
            let is_defined = definition.is_some();
            if let Some(mut definition) = definition {
                partitions::mark_inferred(&mut definition, &self.partitions);
                builder.push_read(definition).ok()?;
            }
            all.push(Read { key, is_defined, told });
        }
        Some((builder, all))
    }
}

/// What differs between two repositories that a definition is made from besides its node.
struct Context<'a> {
    /// The assets with other checks.
    checks: BTreeSet<&'a AssetKey>,
    /// The assets that are split in another way.
    partitions: HashSet<&'a AssetKey>,
}

impl<'a> Context<'a> {
    fn between(base: &'a Repository<'_>, head: &'a Repository<'_>) -> Self {
        let differs = |key: &&AssetKey| base.checks.get(*key) != head.checks.get(*key);
        let checks = base.checks.keys().chain(head.checks.keys()).filter(differs).collect();
        let (old, new) = (&base.partitions, &head.partitions);
        let is_split_otherwise = |key: &&AssetKey| match (old.get(*key), new.get(*key)) {
            (Some(old), Some(new)) => !Arc::ptr_eq(old, new) && old != new,
            _ => true,
        };
        let partitions = old.keys().chain(new.keys()).filter(is_split_otherwise).collect();
        Self { checks, partitions }
    }

    /// Returns whether a node that both have makes the same definition in both.
    fn is_same(&self, head: &Repository<'_>, index: usize, key: &AssetKey) -> bool {
        let is_read_alike = || {
            let node: Result<wire::Edges<'_>, _> = head.text.read(head.nodes[index]);
            let mut edges = node.ok().and_then(|node| node.dependencies).into_iter().flatten();
            !edges.any(|edge| self.partitions.contains(&edge.upstream_asset_key.path))
        };
        !self.checks.contains(key) && (self.partitions.is_empty() || is_read_alike())
    }
}
