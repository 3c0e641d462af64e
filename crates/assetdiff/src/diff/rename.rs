//! Finds assets that have the same definition, or nearly so, under another key.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use memchr::memmem::Finder;

use super::rules::Renames;
use crate::asset::Dependency;
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
use crate::json::{Members, items};
use crate::key::AssetKey;
use crate::snapshot::canonical_bytes;

/// A removed and an added definition that are one asset under two keys.
pub(super) struct Pair {
    /// The row in base.
    pub(super) removed: usize,
    /// The row in head.
    pub(super) added: usize,
    /// How much is the same, in percent.
    pub(super) similarity: u8,
}

/// A definition that has no partner yet.
pub(super) struct Candidate {
    pub(super) row: usize,
    pub(super) key: AssetKey,
}

/// How often the search for similar definitions is repeated with the renames that it found.
const SIMILAR_ROUNDS: usize = 4;

/// Pairs definitions that were removed with such that were added.
///
/// Where two pairs are equally good, neither is taken, and no side is preferred: the other way round
/// the same pairs are found. Costs O(n log n) in the size of the candidates, and again what each
/// candidate costs for every upstream asset of it that is renamed.
pub(super) fn find(
    base: &AssetGraph,
    head: &AssetGraph,
    removed: Vec<Candidate>,
    added: Vec<Candidate>,
    mode: Renames,
) -> (Vec<Pair>, BTreeMap<AssetKey, AssetKey>) {
    let threshold = match mode {
        Renames::Off => return Default::default(),
        Renames::Exact => None,
        Renames::Similar { threshold } => Some(threshold.clamp(1, 100)),
    };
    let sides = [Side::new(base, removed), Side::new(head, added)];
    let mut search = Search {
        sides,
        groups: BTreeMap::new(),
        touched: BTreeSet::new(),
        aliases: BTreeMap::new(),
        renames: BTreeMap::new(),
        pairs: Vec::new(),
    };
    for side in 0..2 {
        for index in 0..search.sides[side].candidates.len() {
            search.group(side, index);
        }
    }
    search.exact();
    if let Some(threshold) = threshold {
        for _ in 0..SIMILAR_ROUNDS {
            if !search.similar(threshold) {
                break;
            }
            search.exact();
        }
    }
    search.pairs.sort_by_key(|pair| pair.removed);
    (search.pairs, search.renames)
}

/// The candidates of one graph.
struct Side<'a> {
    graph: &'a AssetGraph,
    candidates: Vec<Candidate>,
    /// The content of each candidate; `None` if it states nothing but its key or has a partner.
    contents: Vec<Option<Fingerprint>>,
    is_open: Vec<bool>,
    by_key: BTreeMap<AssetKey, usize>,
}

impl<'a> Side<'a> {
    fn new(graph: &'a AssetGraph, candidates: Vec<Candidate>) -> Self {
        let by_key = candidates.iter().enumerate().map(|(index, c)| (c.key.clone(), index)).collect();
        let (contents, is_open) = (vec![None; candidates.len()], vec![true; candidates.len()]);
        Self { graph, candidates, contents, is_open, by_key }
    }

    fn open(&self) -> Vec<usize> {
        (0..self.candidates.len()).filter(|&index| self.is_open[index]).collect()
    }
}

/// What a search for renames knows: both graphs and the renames found so far.
struct Search<'a> {
    /// Base and head.
    sides: [Side<'a>; 2],
    /// The open candidates of both sides by their content.
    groups: BTreeMap<Fingerprint, [BTreeSet<usize>; 2]>,
    /// Groups that changed since they were looked at.
    touched: BTreeSet<Fingerprint>,
    /// From the greater key of each rename to the lesser: one name for both sides.
    aliases: BTreeMap<AssetKey, AssetKey>,
    renames: BTreeMap<AssetKey, AssetKey>,
    pairs: Vec<Pair>,
}

impl Search<'_> {
    /// Puts a candidate into the group of its content.
    fn group(&mut self, side: usize, index: usize) {
        let Side { graph, candidates, contents, is_open, .. } = &mut self.sides[side];
        let content = content(graph, &candidates[index], &self.aliases).filter(|_| is_open[index]);
        let before = std::mem::replace(&mut contents[index], content);
        if before == content {
            return;
        }
        if let Some(group) = before.and_then(|before| self.groups.get_mut(&before)) {
            group[side].remove(&index);
        }
        if let Some(content) = content {
            self.groups.entry(content).or_default()[side].insert(index);
        }
        self.touched.extend(before.into_iter().chain(content));
    }

    /// Takes pairs of candidates; their dependents have other contents from then on.
    fn accept(&mut self, found: &[(usize, usize, u8)]) {
        let mut dependents = BTreeSet::new();
        for &(r, a, similarity) in found {
            let (old, new) = (&self.sides[0].candidates[r], &self.sides[1].candidates[a]);
            let (lesser, greater) = if old.key < new.key { (old, new) } else { (new, old) };
            self.aliases.insert(greater.key.clone(), lesser.key.clone());
            self.renames.insert(old.key.clone(), new.key.clone());
            self.pairs.push(Pair { removed: old.row, added: new.row, similarity });
            for (side, index) in [(0, r), (1, a)] {
                let Side { graph, candidates, by_key, is_open, .. } = &mut self.sides[side];
                is_open[index] = false;
                dependents.insert((side, index));
                let downstream = graph.downstream(&candidates[index].key);
                dependents.extend(downstream.iter().filter_map(|key| Some((side, *by_key.get(key)?))));
            }
        }
        for (side, index) in dependents {
            self.group(side, index);
        }
    }

    /// Pairs definitions with the same content that no other candidate has. A rename makes the
    /// dependents of the asset alike, which may be renamed too.
    fn exact(&mut self) {
        while !self.touched.is_empty() {
            let touched = std::mem::take(&mut self.touched);
            let groups = touched.iter().filter_map(|content| self.groups.get(content));
            let alone = groups.filter(|[removed, added]| removed.len() == 1 && added.len() == 1);
            let found: Vec<_> = alone
                .flat_map(|[removed, added]| removed.iter().zip(added).map(|(&r, &a)| (r, a, 100)))
                .collect();
            self.accept(&found);
        }
    }

    /// Pairs definitions of which each is the other's only best match.
    fn similar(&mut self, threshold: u8) -> bool {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let weigh = |graph: &AssetGraph, candidate: &Candidate| {
            let name = candidate.key.name();
            let finder = (name.len() >= SHORT_NAME).then(|| Finder::new(name));
            let mut weights: Vec<(u64, u64)> = Vec::new();
            each_piece(graph, candidate, &self.aliases, &mut |piece| {
                // What a definition says of its own name is renamed with it.
                let is_own = finder.as_ref().is_some_and(|finder| finder.find(piece.as_bytes()).is_some());
                let hash =
                    if is_own { hasher.hash_one(piece.replace(name, "\0")) } else { hasher.hash_one(piece) };
                weights.push((hash, piece.len() as u64));
            });
            weights.sort_unstable();
            weights
        };
        let open = [self.sides[0].open(), self.sides[1].open()];
        let [removed, added] = [0, 1].map(|side| -> Vec<_> {
            let Side { graph, candidates, .. } = &self.sides[side];
            let open = open[side].iter();
            open.map(|&index| weigh(graph, &candidates[index])).collect()
        });
        let mut scores = Vec::new();
        for (r, a) in pairs_worth_a_look(&removed, &added) {
            let similarity = similarity(&removed[r], &added[a]);
            if similarity >= threshold {
                scores.push((open[0][r], open[1][a], similarity));
            }
        }
        let best_of = |side: fn(&(usize, usize, u8)) -> usize| {
            let mut best: BTreeMap<usize, (u8, bool)> = BTreeMap::new();
            for score in &scores {
                let (highest, is_alone) = best.entry(side(score)).or_insert((0, true));
                match score.2.cmp(highest) {
                    std::cmp::Ordering::Greater => (*highest, *is_alone) = (score.2, true),
                    std::cmp::Ordering::Equal => *is_alone = false,
                    std::cmp::Ordering::Less => {}
                }
            }
            best
        };
        let (best_of_removed, best_of_added) = (best_of(|s| s.0), best_of(|s| s.1));
        let found: Vec<_> = scores
            .iter()
            .copied()
            .filter(|(r, a, score)| {
                best_of_removed[r] == (*score, true) && best_of_added[a] == (*score, true)
            })
            .collect();
        self.accept(&found);
        !found.is_empty()
    }
}

/// A name below this many bytes stands in other words too often to be looked for.
const SHORT_NAME: usize = 4;

/// A piece that more candidates of one side have than this says nothing about who belongs together.
const COMMON: usize = 16;

/// Returns the pairs that share a piece that is not common, in order.
fn pairs_worth_a_look(removed: &[Vec<(u64, u64)>], added: &[Vec<(u64, u64)>]) -> Vec<(usize, usize)> {
    let owners = |side: &[Vec<(u64, u64)>]| {
        let pieces = side.iter().enumerate();
        let mut owners: Vec<(u64, usize)> =
            pieces.flat_map(|(owner, pieces)| pieces.iter().map(move |(piece, _)| (*piece, owner))).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    };
    let (removed, added) = (owners(removed), owners(added));
    let mut pairs = Vec::new();
    let mut others = added.chunk_by(|a, b| a.0 == b.0).peekable();
    for group in removed.chunk_by(|a, b| a.0 == b.0) {
        while others.next_if(|other| other[0].0 < group[0].0).is_some() {}
        let Some(other) = others.next_if(|other| other[0].0 == group[0].0) else { continue };
        if group.len() <= COMMON && other.len() <= COMMON {
            pairs.extend(group.iter().flat_map(|(_, r)| other.iter().map(move |(_, a)| (*r, *a))));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Returns how much of two definitions that are not the same is, in percent of their pieces' bytes,
/// rounded down: at most 99.
fn similarity(old: &[(u64, u64)], new: &[(u64, u64)]) -> u8 {
    let total: u64 = old.iter().chain(new).map(|(_, weight)| weight).sum();
    let (mut common, mut o, mut n) = (0, 0, 0);
    while let (Some(x), Some(y)) = (old.get(o), new.get(n)) {
        match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => o += 1,
            std::cmp::Ordering::Greater => n += 1,
            std::cmp::Ordering::Equal => {
                common += x.1 + y.1;
                (o, n) = (o + 1, n + 1);
            }
        }
    }
    u8::try_from((100 * common).checked_div(total).unwrap_or(0)).unwrap_or(100).min(99)
}

/// Returns the fingerprint of a definition without its key; `None` if it states nothing else.
fn content(
    graph: &AssetGraph,
    candidate: &Candidate,
    aliases: &BTreeMap<AssetKey, AssetKey>,
) -> Option<Fingerprint> {
    let mut text = String::new();
    for (name, raw) in Members::of(graph.record(candidate.row)) {
        match &*name {
            "key" => continue,
            "dependencies" => {
                for (prefix, piece) in dependency_pieces(raw, candidate, aliases) {
                    text.extend([prefix, &*piece, "\0"]);
                }
            }
            _ => text.push_str(raw),
        }
        // Canonical text holds no NUL, so what stands on both sides of one cannot run together.
        text.extend(["\0", &*name, "\0"]);
    }
    (!text.is_empty()).then(|| Fingerprint::of(text.as_bytes()))
}

/// Returns the dependencies as texts with a prefix, in an order that does not depend on the names of
/// renamed ones.
fn dependency_pieces<'a>(
    raw: &'a str,
    candidate: &Candidate,
    aliases: &BTreeMap<AssetKey, AssetKey>,
) -> Vec<(&'static str, Cow<'a, str>)> {
    let own = canonical_bytes(&candidate.key);
    let piece = |item: &'a str| {
        let key = Members::of(item).find(|(name, _)| name == "key").map_or("", |(_, key)| key);
        let is_itself = key.as_bytes() == own;
        if !is_itself && aliases.is_empty() {
            return ("dependency ", Cow::Borrowed(item));
        }
        let Ok(mut dependency) = serde_json::from_str::<Dependency>(item) else {
            return ("dependency ", Cow::Borrowed(item));
        };
        if is_itself {
            // How an asset reads itself counts, and not what it is called.
            let Dependency { key: _, mapping, metadata, extra } = dependency;
            return ("itself ", canonical_text(&(mapping, metadata, extra)).into());
        }
        match aliases.get(&dependency.key) {
            None => ("dependency ", Cow::Borrowed(item)),
            Some(alias) => {
                dependency.key = alias.clone();
                ("dependency ", canonical_text(&dependency).into())
            }
        }
    };
    let mut pieces: Vec<_> = items(raw).map(piece).collect();
    pieces.sort();
    pieces
}

fn canonical_text<T: serde::Serialize>(value: &T) -> String {
    String::from_utf8(canonical_bytes(value)).unwrap_or_default()
}

/// Cuts a definition without its key into pieces: entries of maps and lists, lines of texts.
fn each_piece(
    graph: &AssetGraph,
    candidate: &Candidate,
    aliases: &BTreeMap<AssetKey, AssetKey>,
    take: &mut dyn FnMut(&str),
) {
    let mut buffer = String::new();
    let mut piece = |parts: &[&str]| {
        buffer.clear();
        parts.iter().for_each(|part| buffer.push_str(part));
        take(&buffer);
    };
    for (name, raw) in Members::of(graph.record(candidate.row)) {
        let name = &*name;
        match name {
            "key" => {}
            "dependencies" => {
                for (prefix, text) in dependency_pieces(raw, candidate, aliases) {
                    piece(&[prefix, &text]);
                }
            }
            "code_version" => {
                for (part, raw) in Members::of(raw) {
                    let text: String = serde_json::from_str(raw).unwrap_or_default();
                    text.split_inclusive('\n').for_each(|line| piece(&["code ", line]));
                    if text.is_empty() {
                        piece(&[&part, " ", raw]);
                    }
                }
            }
            _ => match raw.as_bytes().first() {
                Some(b'{') => Members::of(raw).for_each(|(key, value)| piece(&[name, " ", &key, " ", value])),
                Some(b'[') => items(raw).for_each(|item| match item.as_bytes().first() {
                    Some(b'{') => {
                        Members::of(item).for_each(|(key, value)| piece(&[name, " ", &key, " ", value]));
                    }
                    _ => piece(&[name, " ", item]),
                }),
                _ => piece(&[name, " ", raw]),
            },
        }
    }
}
