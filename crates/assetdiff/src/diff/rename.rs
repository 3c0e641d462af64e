//! Finds assets that have the same definition, or nearly so, under another key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::compare::members;
use super::rules::Renames;
use crate::asset::Dependency;
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
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

/// What a search for renames knows: both graphs and the renames found so far.
struct Search<'a> {
    base: &'a AssetGraph,
    head: &'a AssetGraph,
    renames: BTreeMap<AssetKey, AssetKey>,
    pairs: Vec<Pair>,
}

/// Pairs definitions that were removed with such that were added.
///
/// Where two pairs are equally good, neither is taken. Costs O(n log n) in the candidates' size.
pub(super) fn find(
    base: &AssetGraph,
    head: &AssetGraph,
    mut removed: Vec<Candidate>,
    mut added: Vec<Candidate>,
    mode: Renames,
) -> (Vec<Pair>, BTreeMap<AssetKey, AssetKey>) {
    let mut search = Search { base, head, renames: BTreeMap::new(), pairs: Vec::new() };
    let threshold = match mode {
        Renames::Off => return (search.pairs, search.renames),
        Renames::Exact => None,
        Renames::Similar { threshold } => Some(threshold.clamp(1, 100)),
    };
    // A rename makes the dependents of the asset alike, which may be renamed too.
    while search.exact(&mut removed, &mut added) {}
    if let Some(threshold) = threshold {
        while search.similar(&mut removed, &mut added, threshold) && search.exact(&mut removed, &mut added) {}
    }
    search.pairs.sort_by_key(|pair| pair.removed);
    (search.pairs, search.renames)
}

impl Search<'_> {
    fn accept(
        &mut self,
        found: &[(usize, usize, u8)],
        removed: &mut Vec<Candidate>,
        added: &mut Vec<Candidate>,
    ) -> bool {
        for &(r, a, similarity) in found {
            self.renames.insert(removed[r].key.clone(), added[a].key.clone());
            self.pairs.push(Pair { removed: removed[r].row, added: added[a].row, similarity });
        }
        let taken_removed: BTreeSet<usize> = found.iter().map(|&(r, _, _)| r).collect();
        let taken_added: BTreeSet<usize> = found.iter().map(|&(_, a, _)| a).collect();
        keep(removed, &taken_removed);
        keep(added, &taken_added);
        !found.is_empty()
    }

    /// Pairs definitions with the same content that no other candidate has.
    fn exact(&mut self, removed: &mut Vec<Candidate>, added: &mut Vec<Candidate>) -> bool {
        let mut by_content: BTreeMap<Fingerprint, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (index, candidate) in removed.iter().enumerate() {
            if let Some(content) = self.content(self.base, candidate, &self.renames) {
                by_content.entry(content).or_default().0.push(index);
            }
        }
        for (index, candidate) in added.iter().enumerate() {
            if let Some(content) = self.content(self.head, candidate, &BTreeMap::new()) {
                by_content.entry(content).or_default().1.push(index);
            }
        }
        let found: Vec<_> = by_content
            .into_values()
            .filter_map(|sides| match (&*sides.0, &*sides.1) {
                ([r], [a]) => Some((*r, *a, 100)),
                _ => None,
            })
            .collect();
        self.accept(&found, removed, added)
    }

    /// The fingerprint of a definition without its key; `None` if it states nothing else.
    fn content(
        &self,
        graph: &AssetGraph,
        candidate: &Candidate,
        renames: &BTreeMap<AssetKey, AssetKey>,
    ) -> Option<Fingerprint> {
        let pieces = pieces(graph, candidate, renames);
        (!pieces.is_empty()).then(|| Fingerprint::of(pieces.join("\0").as_bytes()))
    }

    /// Pairs definitions of which each is the other's only best match.
    fn similar(&mut self, removed: &mut Vec<Candidate>, added: &mut Vec<Candidate>, threshold: u8) -> bool {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let weigh = |graph: &AssetGraph, candidate: &Candidate, renames: &BTreeMap<AssetKey, AssetKey>| {
            let name = candidate.key.name();
            let mut weights: Vec<(u64, u64)> = pieces(graph, candidate, renames)
                .into_iter()
                .map(|piece| {
                    let weight = piece.len() as u64;
                    // What a definition says of its own name is renamed with it.
                    let piece = if name.len() < SHORT_NAME { piece } else { piece.replace(name, "\0") };
                    (hasher.hash_one(piece), weight)
                })
                .collect();
            weights.sort_unstable();
            weights
        };
        let removed_pieces: Vec<_> = removed.iter().map(|c| weigh(self.base, c, &self.renames)).collect();
        let added_pieces: Vec<_> = added.iter().map(|c| weigh(self.head, c, &BTreeMap::new())).collect();
        let mut scores = Vec::new();
        for (r, a) in pairs_worth_a_look(&removed_pieces, &added_pieces) {
            let similarity = similarity(&removed_pieces[r], &added_pieces[a]);
            if similarity >= threshold {
                scores.push((r, a, similarity));
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
        self.accept(&found, removed, added)
    }
}

fn keep(candidates: &mut Vec<Candidate>, taken: &BTreeSet<usize>) {
    let mut index = 0;
    candidates.retain(|_| {
        index += 1;
        !taken.contains(&(index - 1))
    });
}

/// A name below this many bytes stands in other words too often to be looked for.
const SHORT_NAME: usize = 4;

/// A piece that more candidates of one side have than this says nothing about who belongs together.
const COMMON: usize = 16;

/// Returns the pairs that share a piece that is not common.
fn pairs_worth_a_look(removed: &[Vec<(u64, u64)>], added: &[Vec<(u64, u64)>]) -> BTreeSet<(usize, usize)> {
    let index = |side: &[Vec<(u64, u64)>]| {
        let mut owners: HashMap<u64, Vec<usize>> = HashMap::new();
        for (owner, pieces) in side.iter().enumerate() {
            for (piece, _) in pieces {
                let owners = owners.entry(*piece).or_default();
                if owners.last() != Some(&owner) && owners.len() <= COMMON {
                    owners.push(owner);
                }
            }
        }
        owners
    };
    let (removed_owners, added_owners) = (index(removed), index(added));
    let mut pairs = BTreeSet::new();
    for (r, pieces) in removed.iter().enumerate() {
        for (piece, _) in pieces {
            let is_common = removed_owners.get(piece).is_some_and(|owners| owners.len() > COMMON);
            let partners = added_owners.get(piece).filter(|owners| !is_common && owners.len() <= COMMON);
            pairs.extend(partners.into_iter().flatten().map(|&a| (r, a)));
        }
    }
    pairs
}

/// Returns how much of two definitions is the same, in percent of their bytes, rounded down; 100
/// only if all is.
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
    u8::try_from((100 * common).checked_div(total).unwrap_or(0)).unwrap_or(100)
}

/// Cuts a definition without its key into pieces: entries of maps and lists, lines of texts.
fn pieces(graph: &AssetGraph, candidate: &Candidate, renames: &BTreeMap<AssetKey, AssetKey>) -> Vec<String> {
    let mut pieces = Vec::new();
    for (name, raw) in members(graph.record(candidate.row)) {
        match &*name {
            "key" => {}
            "dependencies" => {
                let dependencies: Vec<Dependency> = serde_json::from_str(raw.get()).unwrap_or_default();
                let mut read: Vec<String> = dependencies
                    .into_iter()
                    .map(|mut dependency| {
                        let is_itself = dependency.key == candidate.key;
                        if let Some(new) = renames.get(&dependency.key) {
                            dependency.key = new.clone();
                        }
                        let bytes = canonical_bytes(&dependency);
                        let what = if is_itself { "itself".into() } else { String::from_utf8_lossy(&bytes) };
                        format!("dependency {what}")
                    })
                    .collect();
                read.sort();
                pieces.append(&mut read);
            }
            "code_version" => {
                for (part, raw) in members(raw.get()) {
                    let text: String = serde_json::from_str(raw.get()).unwrap_or_default();
                    pieces.extend(text.split_inclusive('\n').map(|line| format!("code {line}")));
                    if text.is_empty() {
                        pieces.push(format!("{part} {}", raw.get()));
                    }
                }
            }
            _ => match raw.get().as_bytes().first() {
                Some(b'{') => {
                    pieces.extend(
                        members(raw.get()).iter().map(|(key, v)| format!("{name} {key} {}", v.get())),
                    );
                }
                Some(b'[') => {
                    let items: Vec<&serde_json::value::RawValue> =
                        serde_json::from_str(raw.get()).unwrap_or_default();
                    for item in items {
                        match members(item.get()) {
                            inner if inner.is_empty() => pieces.push(format!("{name} {}", item.get())),
                            inner => pieces
                                .extend(inner.iter().map(|(key, v)| format!("{name} {key} {}", v.get()))),
                        }
                    }
                }
                _ => pieces.push(format!("{name} {}", raw.get())),
            },
        }
    }
    pieces
}
