//! The result of a comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hide;
use super::kind::{ChangeKind, EffectOverrides, Effects};
use super::modification::Modification;
use super::rules::{Rules, Suppressed};
use crate::asset::AssetDefinition;
use crate::fingerprint::Fingerprint;
use crate::graph::AssetGraph;
use crate::key::AssetKey;
use crate::snapshot::Provenance;

/// What differs between two graphs, with both values of everything that changed.
///
/// There is one change per definition: an asset that several code locations define may have
/// several. Every list is sorted by key, then code location.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeSet {
    /// The identities of the graphs that were compared; `None` in one put together otherwise.
    pub graphs: Option<Fingerprints>,
    /// Where the base graph came from.
    pub base: Provenance,
    /// Where the head graph came from.
    pub head: Provenance,
    /// Definitions that only head has.
    pub added: Vec<AssetDefinition>,
    /// Definitions that only base has.
    pub removed: Vec<AssetDefinition>,
    /// Assets under another key.
    pub renamed: Vec<Relocated>,
    /// Assets in another code location.
    pub moved: Vec<Relocated>,
    /// Definitions that both have and that differ.
    pub modified: Vec<Modified>,
    /// Keys that assets of head depend on and nothing there defines.
    pub undefined_upstreams: Vec<UndefinedUpstream>,
    /// What rules left out.
    pub suppressed: Vec<Suppressed>,
    /// What the options said of effects.
    pub effect_overrides: EffectOverrides,
}

/// The identities of two graphs, and how many assets each has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fingerprints {
    /// Of base.
    pub base: Fingerprint,
    /// Of head.
    pub head: Fingerprint,
    /// The assets of base.
    pub base_assets: u64,
    /// The assets of head.
    pub head_assets: u64,
}

/// A definition that became another one under another key or in another code location.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Relocated {
    /// The definition in base.
    pub old: AssetDefinition,
    /// The definition in head.
    pub new: AssetDefinition,
    /// How much of the two is the same, in percent; 100 for a rename without any other change.
    pub similarity: u8,
    /// What differs besides the key.
    pub modification: Modification,
}

/// A definition that both graphs have and that differs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Modified {
    /// The asset.
    pub key: AssetKey,
    /// Its code location.
    #[serde(default)]
    pub code_location: Option<String>,
    /// What differs.
    pub modification: Modification,
}

/// A key that assets depend on and nothing defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UndefinedUpstream {
    /// The key.
    pub key: AssetKey,
    /// The assets that depend on it, sorted.
    pub downstream: Vec<AssetKey>,
    /// Whether base defines it: what depends on it has lost its source.
    pub was_defined: bool,
    /// Whether nothing in base names it.
    pub is_new: bool,
}

/// A change of one definition, as a view into a change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetChange<'a> {
    /// Only head has it.
    Added(&'a AssetDefinition),
    /// Only base has it.
    Removed(&'a AssetDefinition),
    /// It has another key.
    Renamed(&'a Relocated),
    /// It is in another code location.
    Moved(&'a Relocated),
    /// Both have it, and it differs.
    Modified(&'a Modified),
}

impl<'a> AssetChange<'a> {
    /// Returns the key in head, or in base if only that has it.
    pub fn key(&self) -> &'a AssetKey {
        match self {
            Self::Added(definition) | Self::Removed(definition) => &definition.key,
            Self::Renamed(relocated) | Self::Moved(relocated) => &relocated.new.key,
            Self::Modified(modified) => &modified.key,
        }
    }

    /// Returns the code location in head, or in base if only that has it.
    pub fn code_location(&self) -> Option<&'a str> {
        match self {
            Self::Added(definition) | Self::Removed(definition) => definition.code_location.as_deref(),
            Self::Renamed(relocated) | Self::Moved(relocated) => relocated.new.code_location.as_deref(),
            Self::Modified(modified) => modified.code_location.as_deref(),
        }
    }

    /// Returns what differs, if both graphs have the asset.
    pub fn modification(&self) -> Option<&'a Modification> {
        match self {
            Self::Added(_) | Self::Removed(_) => None,
            Self::Renamed(relocated) | Self::Moved(relocated) => Some(&relocated.modification),
            Self::Modified(modified) => Some(&modified.modification),
        }
    }

    /// Returns every kind of change that applies, in order.
    pub fn kinds(&self) -> BTreeSet<ChangeKind> {
        let mut kinds = BTreeSet::new();
        self.add_kinds(&mut kinds);
        kinds
    }

    pub(crate) fn add_kinds(&self, kinds: &mut impl Extend<ChangeKind>) {
        kinds.extend(match self {
            Self::Added(_) => Some(ChangeKind::Added),
            Self::Removed(_) => Some(ChangeKind::Removed),
            Self::Renamed(_) => Some(ChangeKind::Renamed),
            Self::Moved(_) | Self::Modified(_) => None,
        });
        if let Some(modification) = self.modification() {
            modification.add_kinds(kinds);
        }
    }

    /// Returns what the change means for data.
    pub fn effects(&self, overrides: &EffectOverrides) -> Effects {
        let whole = match self {
            Self::Added(_) => overrides.of_kind(ChangeKind::Added),
            Self::Removed(_) => overrides.of_kind(ChangeKind::Removed),
            Self::Renamed(_) => overrides.of_kind(ChangeKind::Renamed),
            Self::Moved(_) | Self::Modified(_) => Effects::NONE,
        };
        self.modification().map_or(whole, |modification| whole.max(modification.effects(overrides)))
    }
}

/// How many changes of each sort a change set holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Summary {
    /// Definitions that only head has.
    pub added: usize,
    /// Definitions that only base has.
    pub removed: usize,
    /// Assets under another key.
    pub renamed: usize,
    /// Assets in another code location.
    pub moved: usize,
    /// Definitions with a change of their own.
    pub modified: usize,
    /// Definitions that differ only in the new key of an asset that they read.
    pub following_renames: usize,
    /// Keys that are depended on and not defined.
    pub undefined_upstreams: usize,
    /// Differences that rules left out.
    pub suppressed: usize,
}

impl ChangeSet {
    pub(super) fn empty(base: &AssetGraph, head: &AssetGraph, effect_overrides: EffectOverrides) -> Self {
        Self {
            graphs: Some(Fingerprints {
                base: base.fingerprint(),
                head: head.fingerprint(),
                base_assets: base.len() as u64,
                head_assets: head.len() as u64,
            }),
            effect_overrides,
            ..Self::without_changes(base.provenance().clone(), head.provenance().clone())
        }
    }

    pub(super) fn without_changes(base: Provenance, head: Provenance) -> Self {
        Self {
            graphs: None,
            base,
            head,
            added: Vec::new(),
            removed: Vec::new(),
            renamed: Vec::new(),
            moved: Vec::new(),
            modified: Vec::new(),
            undefined_upstreams: Vec::new(),
            suppressed: Vec::new(),
            effect_overrides: EffectOverrides::default(),
        }
    }

    /// Returns whether nothing changed, apart from what rules left out.
    pub fn is_empty(&self) -> bool {
        let Self {
            graphs: _,
            base: _,
            head: _,
            added,
            removed,
            renamed,
            moved,
            modified,
            undefined_upstreams: _,
            suppressed: _,
            effect_overrides: _,
        } = self;
        added.is_empty()
            && removed.is_empty()
            && renamed.is_empty()
            && moved.is_empty()
            && modified.is_empty()
    }

    /// Returns all changes by key, then code location. Costs O(n log n) for n changes.
    pub fn changes(&self) -> Vec<AssetChange<'_>> {
        let mut changes: Vec<_> = (self.added.iter().map(AssetChange::Added))
            .chain(self.removed.iter().map(AssetChange::Removed))
            .chain(self.renamed.iter().map(AssetChange::Renamed))
            .chain(self.moved.iter().map(AssetChange::Moved))
            .chain(self.modified.iter().map(AssetChange::Modified))
            .collect();
        changes.sort_by(|a, b| (a.key(), a.code_location()).cmp(&(b.key(), b.code_location())));
        changes
    }

    /// Returns the changes of one asset, under its old or new key.
    pub fn changes_of(&self, key: &AssetKey) -> Vec<AssetChange<'_>> {
        let is_old =
            |change: &AssetChange<'_>| matches!(change, AssetChange::Renamed(r) if r.old.key == *key);
        let all = self.changes().into_iter();
        all.filter(|change| change.key() == key || is_old(change)).collect()
    }

    /// Keeps only the changes of some assets, under their old or new key; the others go to
    /// [`suppressed`](Self::suppressed), under the name of a rule.
    pub fn keep_only(&mut self, keys: &BTreeSet<AssetKey>, rule: &str) {
        let Self { added, removed, renamed, moved, modified, suppressed, .. } = self;
        let mut keeps = |key: &AssetKey, old: &AssetKey, code_location: &Option<String>| {
            let is_kept = keys.contains(key) || keys.contains(old);
            if !is_kept {
                suppressed.push(Suppressed {
                    key: key.clone(),
                    code_location: code_location.clone(),
                    aspect: None,
                    entry: None,
                    rules: vec![rule.to_owned()],
                });
            }
            is_kept
        };
        added.retain(|a| keeps(&a.key, &a.key, &a.code_location));
        removed.retain(|r| keeps(&r.key, &r.key, &r.code_location));
        renamed.retain(|r| keeps(&r.new.key, &r.old.key, &r.new.code_location));
        moved.retain(|m| keeps(&m.new.key, &m.old.key, &m.new.code_location));
        modified.retain(|m| keeps(&m.key, &m.key, &m.code_location));
        suppressed.sort();
    }

    /// Returns how many changes of each sort there are.
    pub fn summary(&self) -> Summary {
        let following = self.modified.iter().filter(|m| m.modification.only_follows_renames()).count();
        Summary {
            added: self.added.len(),
            removed: self.removed.len(),
            renamed: self.renamed.len(),
            moved: self.moved.len(),
            modified: self.modified.len() - following,
            following_renames: following,
            undefined_upstreams: self.undefined_upstreams.len(),
            suppressed: self.suppressed.len(),
        }
    }

    /// Returns the renames: from each old key to the new one.
    pub(super) fn renames(&self) -> BTreeMap<AssetKey, AssetKey> {
        self.renamed.iter().map(|r| (r.old.key.clone(), r.new.key.clone())).collect()
    }

    /// Returns whether a rule leaves out the asset, and notes it.
    pub(super) fn hides_asset(
        &mut self,
        rules: &Rules<'_>,
        key: &AssetKey,
        code_location: &Option<String>,
    ) -> bool {
        let Some(rules) = rules.hiding_asset(key) else { return false };
        self.suppressed.push(Suppressed {
            key: key.clone(),
            code_location: code_location.clone(),
            aspect: None,
            entry: None,
            rules,
        });
        true
    }

    pub(super) fn push_relocated(
        &mut self,
        mut relocated: Relocated,
        rules: &Rules<'_>,
        renames: &BTreeMap<AssetKey, AssetKey>,
    ) {
        let (old, new) = (&relocated.old, &relocated.new);
        if self.hides_asset(rules, &new.key, &new.code_location) {
            return;
        }
        let is_rename = old.key != new.key;
        let (key, location) = (new.key.clone(), new.code_location.clone());
        hide::hide(&mut relocated.modification, rules, &key, &location, renames, &mut self.suppressed);
        if is_rename {
            self.renamed.push(relocated);
        } else if relocated.modification.code_location.is_some() {
            self.moved.push(relocated);
        } else if !relocated.modification.is_empty() {
            // A rule left the move out: what remains is a change in the old place.
            let Relocated { old, modification, .. } = relocated;
            self.modified.push(Modified { key, code_location: old.code_location, modification });
        }
    }

    /// Takes modified definitions but for what the rules leave out of them.
    pub(super) fn take_modified(
        &mut self,
        mut all: Vec<Modified>,
        rules: &Rules<'_>,
        renames: &BTreeMap<AssetKey, AssetKey>,
    ) {
        all.retain_mut(|Modified { key, code_location, modification }| {
            if self.hides_asset(rules, key, code_location) {
                return false;
            }
            hide::hide(modification, rules, key, code_location, renames, &mut self.suppressed);
            !modification.is_empty()
        });
        // They are large: a list that has none yet takes them as they lie.
        if self.modified.is_empty() {
            self.modified = all;
        } else {
            self.modified.append(&mut all);
        }
    }
}
