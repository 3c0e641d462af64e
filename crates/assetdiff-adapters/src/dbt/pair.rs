//! Two manifests: what both say alike is read once, or not at all.
//!
//! Nothing here tells what is wrong with a text: `None` stands for anything that is not as it should be, and the
//! reader of a single manifest finds out.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use assetdiff::{
    AssetDefinition, AssetGraph, ChangeSet, Common, DiffOptions, GraphBuilder, JsonText, LimitError, Limits,
};
use serde::Deserialize;

use super::checks::{self, is_check};
use super::definition::{self, IGNORED, id_of_key};
use super::macros::Macros;
use super::manifest::{Entry, Manifest, Ordered};
use crate::both::both;

/// Two manifests that are cut into nodes.
pub(super) struct Pair<'a> {
    base: Side<'a>,
    head: Side<'a>,
    /// The ids of the assets that are not made from the same nodes and macros in both.
    differing: HashSet<String>,
}

/// A manifest, and what its nodes need of each other.
struct Side<'a> {
    manifest: Manifest<'a>,
    macros: Macros,
    /// The asset that each test is a check of.
    tested: HashMap<Cow<'a, str>, Cow<'a, str>>,
}

/// What a node says of others.
#[derive(Deserialize)]
struct Links<'a> {
    #[serde(borrow, default)]
    attached_node: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    depends_on: Option<DependsOn<'a>>,
}

#[derive(Default, Deserialize)]
struct DependsOn<'a> {
    #[serde(borrow, default)]
    macros: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    nodes: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(base: JsonText<'a>, head: JsonText<'a>) -> Option<Self> {
        let (base, head) = both(|| Side::of(base), || Side::of(head));
        let (base, head) = (base?, head?);
        let owners = |side: &Side<'_>| definition::owners_of_groups(&side.manifest).ok();
        if base.manifest.adapter() != head.manifest.adapter() || owners(&base)? != owners(&head)? {
            return None;
        }
        let differing = differing(&base, &head)?;
        Some(Self { base, head, differing })
    }

    /// Returns what differs, from the nodes that are not the same in both.
    pub(super) fn changes(&self, limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
        let graph = |side: &Side<'_>| self.finish(side, GraphBuilder::new(limits.clone()), limits);
        let (base, head) = both(|| graph(&self.base), || graph(&self.head));
        let (base, head) = (base?, head?);
        let asked = Common::asked(&base, &head);
        let mut common = Common::default();
        if !asked.is_empty() {
            let naming = self.naming(&asked.iter().map(id_of_key).collect())?;
            let mut add = |definition| {
                common.add(&definition, &asked);
                Ok(())
            };
            self.head.each(|asset| naming.contains(asset), &mut add)?;
        }
        common.between_parts(&base, &head, options)
    }

    /// Returns both graphs.
    pub(super) fn graphs(&self, limits: &Limits) -> Option<(AssetGraph, AssetGraph)> {
        let mut common = GraphBuilder::new(limits.clone());
        let is_common = |asset: &str| !self.differing.contains(asset);
        self.head.each(is_common, &mut |definition| common.push_read(definition))?;
        let mut copy = GraphBuilder::new(limits.clone());
        copy.extend_from(&common, 0..common.len()).ok()?;
        let finish = |side, builder| self.finish(side, builder, limits);
        let (base, head) = both(|| finish(&self.base, common), || finish(&self.head, copy));
        Some((base?, head?))
    }

    /// Reads those assets of a manifest that differ.
    fn finish(&self, side: &Side<'_>, mut builder: GraphBuilder, limits: &Limits) -> Option<AssetGraph> {
        let differs = |asset: &str| self.differing.contains(asset);
        // Of a text that was not looked at as a whole, no object may name a member twice here.
        let mut read = side.manifest.entries().filter(|(_, entry)| differs(side.asset(entry)));
        read.try_for_each(|(_, entry)| JsonText::new(entry.raw.as_bytes(), limits).ok().map(drop))?;
        side.each(differs, &mut |definition| builder.push_read(definition))?;
        builder.finish(side.manifest.provenance(), BTreeMap::new()).ok()
    }

    /// Returns those assets, of all that are the same in both, that have or depend on one of some ids.
    fn naming(&self, ids: &HashSet<String>) -> Option<HashSet<&str>> {
        let mut naming = HashSet::new();
        for (_, entry) in self.head.manifest.entries() {
            let asset = self.head.asset(entry);
            let depends = || Some(self.head.links(entry)?.upstream().any(|id| ids.contains(&**id)));
            if !self.differing.contains(asset) && (ids.contains(asset) || !is_check(&entry.id) && depends()?)
            {
                naming.insert(asset);
            }
        }
        Some(naming)
    }
}

impl<'a> Side<'a> {
    fn of(text: JsonText<'a>) -> Option<Self> {
        let manifest = Manifest::read(text).ok()?;
        let macros = Macros::read(&manifest).ok()?;
        let mut side = Self { manifest, macros, tested: HashMap::new() };
        let tests = side.manifest.entries().filter(|(_, entry)| is_check(&entry.id));
        let tested = tests.map(|(_, entry)| {
            let links = side.links(entry)?;
            let first = links.upstream().next().cloned();
            let attached = links.attached_node.filter(|id| !id.is_empty()).or(first);
            Some((entry.id.clone(), attached.unwrap_or_else(|| entry.id.clone())))
        });
        side.tested = tested.collect::<Option<_>>()?;
        Some(side)
    }

    /// Returns the id of the asset that a node is part of.
    fn asset<'s>(&'s self, entry: &'s Entry<'_>) -> &'s str {
        self.tested.get(&*entry.id).unwrap_or(&entry.id)
    }

    fn links(&self, entry: &Entry<'a>) -> Option<Links<'a>> {
        self.manifest.text.read(entry.raw).ok()
    }

    /// Hands on the definitions of some assets.
    fn each(
        &self,
        is_wanted: impl Fn(&str) -> bool,
        sink: &mut dyn FnMut(AssetDefinition) -> Result<(), LimitError>,
    ) -> Option<()> {
        let is_read = |section: &str, entry: &Entry<'_>| section == "groups" || is_wanted(self.asset(entry));
        let wanted = self.manifest.with_only(is_read);
        let checks = checks::by_asset(&wanted, &self.macros).ok()?;
        definition::each(&wanted, &self.macros, checks, sink).ok()
    }
}

impl<'a> Links<'a> {
    fn upstream(&self) -> impl Iterator<Item = &Cow<'a, str>> {
        self.depends_on.iter().flat_map(|on| &on.nodes).flatten()
    }

    fn macros(&self) -> impl Iterator<Item = &Cow<'a, str>> {
        self.depends_on.iter().flat_map(|on| &on.macros).flatten()
    }
}

/// Returns the ids of the assets that are not made from the same nodes and macros in both.
fn differing(base: &Side<'_>, head: &Side<'_>) -> Option<HashSet<String>> {
    let macros = base.macros.differing(&head.macros);
    let olds: HashMap<(&str, &str), &Entry<'_>> =
        base.manifest.entries().map(|(section, entry)| ((section, &*entry.id), entry)).collect();
    let news: Vec<(&str, &Entry<'_>)> = head.manifest.entries().collect();
    let (first, second) = news.split_at(news.len() / 2);
    let is_same = |section: &str, new: &Entry<'_>| {
        let Some(old) = olds.get(&(section, &*new.id)) else { return Some(false) };
        let reaches = || Some(head.links(new)?.macros().any(|id| macros.contains(&**id)));
        Some(says_the_same(base, old, head, new)? && (macros.is_empty() || !reaches()?))
    };
    let same = |news: &[(&str, &Entry<'_>)]| {
        news.iter().map(|(section, new)| is_same(section, new)).collect::<Option<Vec<bool>>>()
    };
    let (first, second) = both(|| same(first), || same(second));
    let mut differing = HashSet::new();
    let mut gone: HashSet<(&str, &str)> = olds.keys().copied().collect();
    // One that names a node twice is read whole.
    if gone.len() != base.manifest.entries().count() {
        return None;
    }
    for ((section, new), is_same) in news.iter().zip(first?.into_iter().chain(second?)) {
        let id = (*section, &*new.id);
        if !is_same {
            differing.insert(head.asset(new).to_owned());
        } else if !gone.remove(&id) {
            return None;
        }
    }
    differing.extend(gone.iter().map(|id| base.asset(olds[id]).to_owned()));
    Some(differing)
}

/// Returns whether two nodes are the same but for what is no part of a definition.
fn says_the_same(base: &Side<'_>, old: &Entry<'_>, head: &Side<'_>, new: &Entry<'_>) -> Option<bool> {
    if old.raw == new.raw {
        return Some(true);
    }
    let Ordered(olds) = base.manifest.text.read(old.raw).ok()?;
    let Ordered(news) = head.manifest.text.read(new.raw).ok()?;
    let counts = |(name, _): &&(Cow<'_, str>, _)| !IGNORED.contains(&&**name);
    let texts = olds.iter().filter(counts).map(|(name, raw)| (name, raw.get()));
    Some(texts.eq(news.iter().filter(counts).map(|(name, raw)| (name, raw.get()))))
}
