//! Two manifests: what both say alike is read once, or not at all.
//!
//! Nothing here tells what is wrong with a text: `None` stands for anything that is not as it should be, and the
//! reader of a single manifest finds out.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use assetdiff::{AssetGraph, ChangeSet, Common, DiffOptions, GraphBuilder, JsonText, Limits};

use super::assets::Assets;
use super::checks::is_check;
use super::definition::{self, IGNORED, id_of_key};
use super::manifest::{Entry, Ordered, ordered};
use crate::both::both;

/// Two manifests that are cut into nodes.
pub(super) struct Pair<'a> {
    base: Assets<'a>,
    head: Assets<'a>,
    /// The ids of the assets that are not made from the same nodes and macros in both.
    differing: HashSet<String>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(base: JsonText<'a>, head: JsonText<'a>) -> Option<Self> {
        let (base, head) = both(|| Assets::of(base), || Assets::of(head));
        let (base, head) = (base.ok()?, head.ok()?);
        let owners = |assets: &Assets<'_>| definition::owners_of_groups(&assets.manifest).ok();
        if base.manifest.adapter() != head.manifest.adapter() || owners(&base)? != owners(&head)? {
            return None;
        }
        let differing = differing(&base, &head)?;
        Some(Self { base, head, differing })
    }

    /// Returns what differs, from the nodes that are not the same in both.
    pub(super) fn changes(&self, limits: &Limits, options: &DiffOptions) -> Option<ChangeSet> {
        let graph = |assets: &Assets<'_>| self.finish(assets, GraphBuilder::new(limits.clone()));
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
            self.head.each(|id| naming.contains(id), &mut add).ok()?;
        }
        common.between_parts(&base, &head, options)
    }

    /// Returns both graphs.
    pub(super) fn graphs(&self, limits: &Limits) -> Option<(AssetGraph, AssetGraph)> {
        let common = self.head.read(|id| !self.differing.contains(id), limits).ok()?;
        let [old, new] = common.fork();
        let (base, head) = both(|| self.finish(&self.base, old), || self.finish(&self.head, new));
        Some((base?, head?))
    }

    /// Reads those assets of a manifest that differ.
    fn finish(&self, assets: &Assets<'_>, mut builder: GraphBuilder) -> Option<AssetGraph> {
        let differs = |id: &str| self.differing.contains(id);
        assets.each(differs, &mut |definition| builder.push_read(definition)).ok()?;
        builder.finish(assets.manifest.provenance(), BTreeMap::new()).ok()
    }

    /// Returns those assets, of all that are the same in both, that have or depend on one of some ids.
    fn naming(&self, ids: &HashSet<String>) -> Option<HashSet<&str>> {
        let mut naming = HashSet::new();
        for (_, entry) in self.head.manifest.entries() {
            let asset = self.head.id(entry);
            let depends = || Some(self.head.links(entry).ok()?.upstream().any(|id| ids.contains(&**id)));
            let is_common = !self.differing.contains(asset);
            if is_common && (ids.contains(asset) || !is_check(&entry.id) && depends()?) {
                naming.insert(asset);
            }
        }
        Some(naming)
    }
}

/// Returns the ids of the assets that are not made from the same nodes and macros in both.
fn differing(base: &Assets<'_>, head: &Assets<'_>) -> Option<HashSet<String>> {
    let macros = base.macros.differing(&head.macros);
    let olds: HashMap<(&str, &str), &Entry<'_>> =
        base.manifest.entries().map(|(section, entry)| ((section, &*entry.id), entry)).collect();
    let news: Vec<(&str, &Entry<'_>)> = head.manifest.entries().collect();
    let (first, second) = news.split_at(news.len() / 2);
    let is_same = |section: &str, new: &Entry<'_>| {
        let Some(old) = olds.get(&(section, &*new.id)) else { return Some(false) };
        let reaches = || Some(head.links(new).ok()?.macros().any(|id| macros.contains(&**id)));
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
            differing.insert(head.id(new).to_owned());
        } else if !gone.remove(&id) {
            return None;
        }
    }
    differing.extend(gone.iter().map(|id| base.id(olds[id]).to_owned()));
    Some(differing)
}

/// Returns whether two nodes are the same but for what is no part of a definition.
fn says_the_same(base: &Assets<'_>, old: &Entry<'_>, head: &Assets<'_>, new: &Entry<'_>) -> Option<bool> {
    if old.raw == new.raw {
        return Some(true);
    }
    let Ordered(olds) = base.manifest.text.read(old.raw).ok()?;
    let Ordered(news) = head.manifest.text.read(new.raw).ok()?;
    let is_ignored = |name: &str| IGNORED.contains(&name);
    let mut both = olds.iter().zip(&news);
    if olds.len() == news.len()
        && both.all(|((old, x), (new, y))| old == new && (x.get() == y.get() || is_ignored(old)))
    {
        return Some(true);
    }
    // Of other names the reader of head does not see whether one stands twice in base.
    let olds = ordered(base.manifest.text, old.raw).ok()?;
    let counts = |(name, _): &&(Cow<'_, str>, _)| !is_ignored(name);
    let texts = olds.iter().filter(counts).map(|(name, raw)| (name, raw.get()));
    Some(texts.eq(news.iter().filter(counts).map(|(name, raw)| (name, raw.get()))))
}
