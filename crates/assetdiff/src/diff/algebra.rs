//! Change sets as things that are applied, turned around and joined.

use std::collections::BTreeMap;
use std::fmt;

use super::change_set::{ChangeSet, Fingerprints, Modified, Relocated};
use super::compare;
use super::kind::Aspect;
use super::modification::Modification;
use crate::asset::AssetDefinition;
use crate::graph::{AssetGraph, GraphError, LoadError};
use crate::key::AssetKey;
use crate::snapshot::{LimitError, Snapshot, canonical_bytes};

/// Why a change set cannot be applied to a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The graph is not the one that the change set starts from.
    Conflicts(Vec<Conflict>),
    /// The result is no valid graph.
    Graph(GraphError),
    /// The result holds more than is allowed.
    Limit(LimitError),
}

/// A place where a graph is not what a change set starts from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The asset.
    pub key: AssetKey,
    /// The code location.
    pub code_location: Option<String>,
    /// The aspects with another value than the old one; none if the asset is there and should not
    /// be, or is not there or another and should be.
    pub aspects: Vec<Aspect>,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflicts(conflicts) => {
                write!(f, "expected the graph that the change set starts from, found another one at ")?;
                for (index, Conflict { key, code_location: _, aspects }) in conflicts.iter().enumerate() {
                    let names: Vec<&str> = aspects.iter().map(|aspect| aspect.as_str()).collect();
                    let separator = if index == 0 { "" } else { ", " };
                    let place =
                        if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
                    write!(f, "{separator}{key}{place}")?;
                }
                Ok(())
            }
            Self::Graph(error) => error.fmt(f),
            Self::Limit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

/// What a definition is found by.
pub(super) type Place = (AssetKey, Option<String>);

/// What happens at a place, without regard to renames and moves.
enum Step {
    Add(Box<AssetDefinition>),
    Remove(Box<AssetDefinition>),
    Modify(Box<Modification>),
}

pub(super) fn place(definition: &AssetDefinition) -> Place {
    (definition.key.clone(), definition.code_location.clone())
}

impl ChangeSet {
    /// Returns the head graph, given the base graph that the change set starts from.
    ///
    /// What rules left out is not applied. Provenance is that of head.
    ///
    /// # Errors
    /// [`ApplyError`] if the graph is another one, with all places.
    pub fn apply(&self, base: &AssetGraph) -> Result<AssetGraph, ApplyError> {
        let mut definitions: BTreeMap<Place, AssetDefinition> =
            base.definitions().map(|definition| (place(&definition), definition)).collect();
        let mut conflicts = Vec::new();
        let mut added = Vec::new();
        for (place, step) in self.clone().into_steps() {
            let aspects = match step {
                Step::Remove(old) => {
                    let found = definitions.remove(&place);
                    (found.as_ref() != Some(&*old)).then(Vec::new)
                }
                Step::Add(new) => {
                    added.push((place.clone(), *new));
                    None
                }
                Step::Modify(modification) => match definitions.get_mut(&place) {
                    Some(definition) => {
                        Some(modification.apply(definition)).filter(|aspects| !aspects.is_empty())
                    }
                    None => Some(Vec::new()),
                },
            };
            if let Some(aspects) = aspects {
                let (key, code_location) = place;
                conflicts.push(Conflict { key, code_location, aspects });
            }
        }
        // What takes a place that another one leaves comes after it.
        for (place, new) in added {
            if definitions.insert(place.clone(), new).is_some() {
                let (key, code_location) = place;
                conflicts.push(Conflict { key, code_location, aspects: Vec::new() });
            }
        }
        if !conflicts.is_empty() {
            conflicts.sort();
            return Err(ApplyError::Conflicts(conflicts));
        }
        let assets = definitions.into_values().collect();
        AssetGraph::new(Snapshot { provenance: self.head.clone(), assets, extra: base.extra().clone() })
            .map_err(|error| match error {
                LoadError::Graph(error) => ApplyError::Graph(error),
                LoadError::Limit(error) => ApplyError::Limit(error),
                // There is no text to read.
                LoadError::Read(_) => ApplyError::Conflicts(Vec::new()),
            })
    }

    /// Returns the change set that leads from head back to base.
    ///
    /// Undefined upstreams are told of head only, so those of the result are empty.
    pub fn invert(self) -> Self {
        let Self {
            graphs,
            base,
            head,
            added,
            removed,
            renamed,
            moved,
            modified,
            undefined_upstreams: _,
            suppressed,
            effect_overrides,
        } = self;
        let turn = |relocated: Relocated| Relocated {
            old: relocated.new,
            new: relocated.old,
            similarity: relocated.similarity,
            modification: relocated.modification.invert(),
        };
        let turn_modified = |m: Modified| Modified { modification: m.modification.invert(), ..m };
        let mut inverted = Self {
            graphs: graphs.map(|Fingerprints { base, head, base_assets, head_assets }| Fingerprints {
                base: head,
                head: base,
                base_assets: head_assets,
                head_assets: base_assets,
            }),
            base: head,
            head: base,
            added: removed,
            removed: added,
            renamed: renamed.into_iter().map(turn).collect(),
            moved: moved.into_iter().map(turn).collect(),
            modified: modified.into_iter().map(turn_modified).collect(),
            undefined_upstreams: Vec::new(),
            suppressed,
            effect_overrides,
        };
        inverted.sort();
        inverted
    }

    /// Returns one change set that does what this one and then the next one do.
    ///
    /// The next one must start where this one ends. Renames stay renames where both sides are still
    /// there.
    pub fn compose(self, next: Self) -> Self {
        let renames = join_renames(self.renames(), next.renames());
        let mut composed = Self {
            graphs: self.graphs.zip(next.graphs).map(|(first, second)| Fingerprints {
                base: first.base,
                base_assets: first.base_assets,
                ..second
            }),
            undefined_upstreams: next.undefined_upstreams.clone(),
            suppressed: [&self.suppressed[..], &next.suppressed[..]].concat(),
            effect_overrides: next.effect_overrides.clone(),
            ..Self::without_changes(self.base.clone(), next.head.clone())
        };
        let mut sides = BTreeMap::<Place, (Vec<Step>, Vec<Step>)>::new();
        for (place, step) in self.into_steps() {
            sides.entry(place).or_default().0.push(step);
        }
        for (place, step) in next.into_steps() {
            sides.entry(place).or_default().1.push(step);
        }
        for (place, (first, second)) in sides {
            let steps = first.into_iter().chain(second);
            let joined = steps.fold(None, |done, step| match done {
                None => Some(step),
                Some(done) => join(done, step, &renames),
            });
            let (key, code_location) = place;
            match joined {
                Some(Step::Add(definition)) => composed.added.push(*definition),
                Some(Step::Remove(definition)) => composed.removed.push(*definition),
                Some(Step::Modify(modification)) if !modification.is_empty() => {
                    composed.modified.push(Modified { key, code_location, modification: *modification });
                }
                Some(Step::Modify(_)) | None => {}
            }
        }
        composed.pair_relocated(&renames);
        composed.sort();
        composed
    }

    pub(super) fn sort(&mut self) {
        fn place(definition: &AssetDefinition) -> (&AssetKey, &Option<String>) {
            (&definition.key, &definition.code_location)
        }
        self.added.sort_by(|a, b| place(a).cmp(&place(b)));
        self.removed.sort_by(|a, b| place(a).cmp(&place(b)));
        self.renamed.sort_by(|a, b| place(&a.old).cmp(&place(&b.old)));
        self.moved.sort_by(|a, b| place(&a.old).cmp(&place(&b.old)));
        self.modified.sort_by(|a, b| (&a.key, &a.code_location).cmp(&(&b.key, &b.code_location)));
        self.undefined_upstreams.sort_by(|a, b| a.key.cmp(&b.key));
        self.suppressed.sort();
    }

    fn into_steps(self) -> Vec<(Place, Step)> {
        let relocated = self.renamed.into_iter().chain(self.moved).flat_map(|relocated| {
            let Relocated { old, new, similarity: _, modification } = relocated;
            // Without what rules left out, which the new definition still shows.
            let mut changed = AssetDefinition { key: new.key, ..old.clone() };
            modification.apply(&mut changed);
            [(place(&old), Step::Remove(Box::new(old))), (place(&changed), Step::Add(Box::new(changed)))]
        });
        let removed = self.removed.into_iter().map(|d| (place(&d), Step::Remove(Box::new(d))));
        let added = self.added.into_iter().map(|d| (place(&d), Step::Add(Box::new(d))));
        let modified = self.modified.into_iter();
        let modified = modified.map(|m| ((m.key, m.code_location), Step::Modify(Box::new(m.modification))));
        removed.chain(added).chain(relocated).chain(modified).collect()
    }

    /// Brings together again what was removed and added but is one asset.
    fn pair_relocated(&mut self, renames: &BTreeMap<AssetKey, AssetKey>) {
        let added_count =
            |key: &AssetKey, added: &[AssetDefinition]| added.iter().filter(|d| d.key == *key).count();
        for old in std::mem::take(&mut self.removed) {
            let new_key = renames.get(&old.key).unwrap_or(&old.key).clone();
            let new = self.added.iter().position(|d| d.key == new_key);
            match new.filter(|_| added_count(&new_key, &self.added) == 1) {
                Some(index) => {
                    let new = self.added.remove(index);
                    let modification = between(&old, &new, renames);
                    let list = if old.key == new.key { &mut self.moved } else { &mut self.renamed };
                    let similarity = if modification.is_empty() { 100 } else { 99 };
                    list.push(Relocated { old, new, similarity, modification });
                }
                None => self.removed.push(old),
            }
        }
    }
}

/// Returns what differs between two definitions in memory.
pub(super) fn between(
    old: &AssetDefinition,
    new: &AssetDefinition,
    renames: &BTreeMap<AssetKey, AssetKey>,
) -> Modification {
    compare::modification(&canonical_bytes(old), &canonical_bytes(new), renames)
}

/// Returns what two steps at one place do together; `None` if that is nothing.
fn join(first: Step, second: Step, renames: &BTreeMap<AssetKey, AssetKey>) -> Option<Step> {
    match (first, second) {
        (Step::Add(_), Step::Remove(_)) => None,
        (Step::Add(mut definition), Step::Modify(modification)) => {
            modification.apply(&mut definition);
            Some(Step::Add(definition))
        }
        (Step::Remove(old), Step::Add(new)) => {
            let modification = between(&old, &new, renames);
            (!modification.is_empty()).then(|| Step::Modify(Box::new(modification)))
        }
        (Step::Modify(modification), Step::Remove(mut definition)) => {
            modification.invert().apply(&mut definition);
            Some(Step::Remove(definition))
        }
        (Step::Modify(first), Step::Modify(second)) => {
            Some(Step::Modify(Box::new(first.then(*second, renames))))
        }
        // What does not fit together is not there in two change sets of which one follows the other.
        (Step::Add(_), second @ Step::Add(_)) => Some(second),
        (first @ Step::Remove(_), _) => Some(first),
        (Step::Modify(_), second @ Step::Add(_)) => Some(second),
    }
}

fn join_renames(
    first: BTreeMap<AssetKey, AssetKey>,
    mut second: BTreeMap<AssetKey, AssetKey>,
) -> BTreeMap<AssetKey, AssetKey> {
    let mut joined: BTreeMap<AssetKey, AssetKey> =
        first.into_iter().map(|(old, new)| (old, second.remove(&new).unwrap_or(new))).collect();
    joined.extend(second);
    joined.retain(|old, new| old != new);
    joined
}
