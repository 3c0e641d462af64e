//! Reads repositories on two threads, and what two of them have in common once.
//!
//! Nothing here tells what is wrong with a text: `None` stands for anything that is not as it should
//! be, and the reader that goes node by node finds out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use assetdiff::{AssetGraph, AssetKey, Check, GraphBuilder, JsonText, Limits};

use super::definition::{self, Told};
use super::partitions::{self, Partitioned, Partitions};
use super::split::{Known, Parts, split};
use super::{provenance, wire};
use crate::both::both;

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

/// A repository that is cut, but whose nodes are not read.
struct Repository<'a> {
    text: JsonText<'a>,
    nodes: Vec<&'a str>,
    /// For each node the one of the other repository that has the same text.
    same: Vec<Option<usize>>,
    checks: Checks,
    /// What the checks tell.
    told: Told,
    partitioned: Vec<Option<Partitioned>>,
    partitions: Partitions,
}

/// The checks of each asset.
type Checks = BTreeMap<AssetKey, Vec<Check>>;

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
        let known: Vec<&[u8]> =
            other.iter().flat_map(|other| &other.nodes).map(|node| node.as_bytes()).collect();
        let Parts { nodes, same, around } = split(text.as_str(), limits, Known::new(&known))?;
        let around = JsonText::unparsed(around.as_bytes(), limits).ok()?;
        let wire::Repository { external_asset_checks: checks, .. } = around.read(around.as_str()).ok()?;
        let mut told = Told::default();
        let checks = definition::checks_by_asset(around, &checks.unwrap_or_default(), &mut told).ok()?;
        let (first, second) = nodes.split_at(nodes.len() / 2);
        let (first_same, second_same) = same.split_at(first.len());
        let of_nodes = |nodes: &[&'a str], same: &[Option<usize>]| {
            let own = nodes.iter().zip(same).filter(|(_, same)| same.is_none()).map(|(node, _)| *node);
            let mut own = partitions::of_nodes(own.map(|node| (text, node))).ok()?.into_iter();
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
            let context =
                Context::between((&base.checks, &base.partitions), (&self.checks, &self.partitions));
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
        builder.append(second).ok()?;
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
pub(super) struct Context<'a> {
    /// The assets with other checks.
    pub(super) checks: BTreeSet<&'a AssetKey>,
    /// The assets that are split in another way.
    partitions: HashSet<&'a AssetKey>,
}

impl<'a> Context<'a> {
    /// Given the checks of each asset, and how it is split.
    pub(super) fn between(base: (&'a Checks, &'a Partitions), head: (&'a Checks, &'a Partitions)) -> Self {
        let (old, new) = (base.0, head.0);
        let differs = |key: &&AssetKey| old.get(*key) != new.get(*key);
        let checks = old.keys().chain(new.keys()).filter(differs).collect();
        let (old, new) = (base.1, head.1);
        let is_split_otherwise = |key: &&AssetKey| match (old.get(*key), new.get(*key)) {
            (Some(old), Some(new)) => !Arc::ptr_eq(old, new) && old != new,
            _ => true,
        };
        let partitions = old.keys().chain(new.keys()).filter(is_split_otherwise).collect();
        Self { checks, partitions }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a AssetKey> {
        self.checks.iter().copied().chain(self.partitions.iter().copied())
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
