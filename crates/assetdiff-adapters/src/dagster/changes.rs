//! What differs between two repositories, from the nodes that are not the same in both.
//!
//! Of the others only those are read that name some of the keys that differ. `None` stands for anything that is not
//! as it should be.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, ChangeSet, Check, Common, DiffOptions, GraphBuilder, JsonText,
    Limits,
};

use super::definition::{self, Told};
use super::parallel::Context;
use super::partitions::{self, Partitions};
use super::split::{Known, by_class, path_of};
use super::{provenance, quoted, wire};
use crate::both::both;
use crate::parts::Mentions;

/// The member that holds a key's components.
const PATH: &str = "\"path\"";

/// Returns what differs between two serialised repositories.
pub(super) fn changes(base: &[u8], head: &[u8], limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
    if base.len().max(head.len()) as u64 > limits.max_bytes {
        return None;
    }
    let (base, head) = both(|| Repository::of(base, limits), || Repository::of(head, limits));
    let (base, head) = (base?, head?);
    let [old, new, common] = sorted(&base.nodes, &head.nodes);
    let (old, new) = (texts(&old), texts(&new));
    let (old, new) = both(|| Stated::read(&old, limits), || Stated::read(&new, limits));
    let ((old, of_old), (new, of_new)) = (old?, new?);
    let context = Context::between((&base.checks, &of_old.partitions), (&head.checks, &of_new.partitions));

    // Whatever is asked of the common nodes below concerns those alone that name one of these keys.
    let come_and_gone = of_new.keys.symmetric_difference(&of_old.keys);
    let newly_read = of_new.upstream.difference(&of_old.upstream);
    let names = Mentions::new(PATH, come_and_gone.chain(newly_read).chain(context.keys()));
    let (first, second) = common.split_at(common.len() / 2);
    let (first, second) = both(|| naming(first, &names), || naming(second, &names));
    let ([first, _], [second, _]) = (first?, second?);
    // One that names an asset with other checks or partitions may mean something else.
    let [elsewhere, others] = naming(&[first, second].concat(), &Mentions::new(PATH, context.keys()))?;
    let elsewhere = texts(&elsewhere);
    let ((old_elsewhere, of_elsewhere), (new_elsewhere, _)) =
        (Stated::read(&elsewhere, limits)?, Stated::read(&elsewhere, limits)?);

    let upstream = of_old.upstream.iter().chain(&of_new.upstream).chain(&of_elsewhere.upstream);
    let upstream = Mentions::new(PATH, upstream);
    let (first, second) = common.split_at(common.len() / 2);
    let (first, second) =
        both(|| partitions_of(first, &upstream, limits), || partitions_of(second, &upstream, limits));
    let (first, second) = (first?, second?);
    let with_own = |own: &Partitions| {
        first.iter().chain(&second).chain(own).map(|(key, split)| (key.clone(), Arc::clone(split))).collect()
    };
    let (old_split, new_split) = (with_own(&of_old.partitions), with_own(&of_new.partitions));
    let (base_part, head_part) = both(
        || base.part(old.into_iter().chain(old_elsewhere), &context, &old_split, limits),
        || head.part(new.into_iter().chain(new_elsewhere), &context, &new_split, limits),
    );
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
    let mut said = Common::default();
    let [asks, _] = naming(&others, &Mentions::new(PATH, &asked))?;
    for node in Stated::read(&texts(&asks), limits)?.0 {
        if let Some((_, Some(definition))) = head.definition(node, &mut Told::default()) {
            said.add(&definition, &asked);
        }
    }
    said.between_parts(&base_part, &head_part, options)
}

/// A repository that is cut, but whose nodes are not read.
struct Repository<'a> {
    nodes: Vec<&'a [u8]>,
    checks: BTreeMap<AssetKey, Vec<Check>>,
    /// What the checks tell.
    told: Told,
}

/// A node and the text that it was read from.
type Node<'a> = (JsonText<'a>, wire::Node<'a>);

/// What some nodes say of assets.
struct Stated {
    keys: HashSet<AssetKey>,
    upstream: HashSet<AssetKey>,
    partitions: Partitions,
}

impl<'a> Repository<'a> {
    fn of(text: &'a [u8], limits: &Limits) -> Option<Self> {
        let (nodes, around) = by_class(text)?;
        let around = quoted(&around);
        let around = JsonText::unparsed(&around, limits).ok()?;
        let wire::Repository { external_asset_checks: checks, .. } = around.read(around.as_str()).ok()?;
        let mut told = Told::default();
        let checks = definition::checks_by_asset(around, &checks.unwrap_or_default(), &mut told).ok()?;
        Some(Self { nodes, checks, told })
    }

    /// Returns the graph of some nodes, and of the assets with other checks that have no node.
    fn part<'n>(
        &self,
        nodes: impl Iterator<Item = Node<'n>>,
        context: &Context<'_>,
        partitions: &Partitions,
        limits: &Limits,
    ) -> Option<AssetGraph> {
        let mut builder = GraphBuilder::new(limits.clone());
        let (mut seen, mut told) = (HashSet::new(), Told(self.told.0.clone()));
        for node in nodes {
            let (key, definition) = self.definition(node, &mut told)?;
            seen.insert(key);
            if let Some(mut definition) = definition {
                partitions::mark_inferred(&mut definition, partitions);
                builder.push_read(definition).ok()?;
            }
        }
        for key in context.checks.iter().filter(|key| !seen.contains(**key)) {
            if let Some(own) = self.checks.get(*key) {
                builder.push_read(definition::check_only((*key).clone(), None, own.clone())).ok()?;
            }
        }
        builder.finish(provenance(told), BTreeMap::new()).ok()
    }

    /// Returns the key of a node and its definition, if it is no stub; the mappings that Dagster infers are not in it.
    fn definition(
        &self,
        (text, node): Node<'_>,
        told: &mut Told,
    ) -> Option<(AssetKey, Option<AssetDefinition>)> {
        let key = node.asset_key.path.clone();
        let checks = self.checks.get(&key).cloned().unwrap_or_default();
        let definition = definition::of_node(text, node, None, checks, told).ok()?;
        Some((key, definition))
    }
}

impl Stated {
    /// Reads nodes, and what they say of assets.
    fn read<'n>(texts: &'n [Cow<'_, [u8]>], limits: &Limits) -> Option<(Vec<Node<'n>>, Self)> {
        let texts = texts.iter().map(|text| JsonText::unchecked(text, limits).ok());
        let texts: Vec<JsonText<'n>> = texts.collect::<Option<_>>()?;
        let nodes = texts.iter().map(|text| Some((*text, text.read(text.as_str()).ok()?)));
        let nodes: Vec<Node<'n>> = nodes.collect::<Option<_>>()?;
        let edges = nodes.iter().flat_map(|(_, node)| &node.dependencies).flatten();
        let said = Self {
            keys: nodes.iter().map(|(_, node)| node.asset_key.path.clone()).collect(),
            upstream: edges.map(|edge| edge.upstream_asset_key.path.clone()).collect(),
            partitions: partitions::of_read(nodes.iter()).ok()?,
        };
        Some((nodes, said))
    }
}

/// Returns the nodes that only base has, those that only head has, and those that both have.
fn sorted<'a>(base: &[&'a [u8]], head: &[&'a [u8]]) -> [Vec<&'a [u8]>; 3] {
    let same = same(base, head);
    let mut is_old = vec![true; base.len()];
    same.iter().flatten().for_each(|&same| is_old[same] = false);
    let old = base.iter().zip(is_old).filter(|(_, is_old)| *is_old).map(|(node, _)| *node).collect();
    let (common, new): (Vec<_>, Vec<_>) = head.iter().zip(same).partition(|(_, same)| same.is_some());
    let [new, common] = [new, common].map(|nodes| nodes.into_iter().map(|(node, _)| *node).collect());
    [old, new, common]
}

/// So many nodes are looked for in base for a place where both go on alike.
const TRIED: usize = 8;

/// Returns for each node of head the place of the same one in base; each thread looks for half of them in a part of base.
fn same(base: &[&[u8]], head: &[&[u8]]) -> Vec<Option<usize>> {
    let nodes = head.iter().enumerate().skip(head.len() / 2).take(TRIED);
    let place = nodes.filter_map(|(at, node)| Some((base.iter().position(|old| old == node)?, at))).next();
    let (b, h) = place.unwrap_or((base.len(), head.len()));
    let (first, second) =
        both(|| Known::new(&base[..b]).same(&head[..h]), || Known::new(&base[b..]).same(&head[h..]));
    first.into_iter().chain(second.into_iter().map(|same| same.map(|index| index + b))).collect()
}

/// Returns nodes as JSON text.
fn texts<'a>(nodes: &[&'a [u8]]) -> Vec<Cow<'a, [u8]>> {
    nodes.iter().map(|node| quoted(node)).collect()
}

/// Returns the nodes that name some keys, and the others.
fn naming<'a>(nodes: &[&'a [u8]], keys: &Mentions<'_>) -> Option<[Vec<&'a [u8]>; 2]> {
    let (mut naming, mut others) = (Vec::new(), Vec::new());
    for node in nodes {
        let names_none = keys.is_empty() || keys.find(node)?.is_empty();
        if names_none { others.push(*node) } else { naming.push(*node) }
    }
    Some([naming, others])
}

/// Returns how some assets are split, of those whose nodes these are.
fn partitions_of(nodes: &[&[u8]], keys: &Mentions<'_>, limits: &Limits) -> Option<Partitions> {
    let mut found = Vec::new();
    for node in nodes {
        if keys.follow(path_of(node)?) && !partitions::states_none(node) {
            found.push(*node);
        }
    }
    let found = texts(&found);
    let texts = found.iter().map(|text| JsonText::unchecked(text, limits).ok());
    let texts: Vec<JsonText<'_>> = texts.collect::<Option<_>>()?;
    let partitions = partitions::of_nodes(texts.iter().map(|text| (*text, text.as_str()))).ok()?;
    Some(partitions.into_iter().flatten().collect())
}
