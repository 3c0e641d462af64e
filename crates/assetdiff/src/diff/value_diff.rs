//! Two values, two maps, two sets: what differs, and how it is applied, turned around and joined.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A value that became another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValueDiff<T> {
    /// The value in base.
    pub old: T,
    /// The value in head.
    pub new: T,
}

impl<T: PartialEq> ValueDiff<T> {
    /// Returns the difference; `None` if there is none.
    pub fn between(old: T, new: T) -> Option<Self> {
        (old != new).then_some(Self { old, new })
    }

    pub(super) fn invert(self) -> Self {
        Self { old: self.new, new: self.old }
    }

    pub(super) fn then(self, next: Self) -> Option<Self> {
        Self::between(self.old, next.new)
    }

    /// Puts the new value in the place of the old one; returns false if that does not stand there.
    pub(super) fn apply(&self, value: &mut T) -> bool
    where
        T: Clone,
    {
        let fits = *value == self.old;
        if fits {
            *value = self.new.clone();
        }
        fits
    }
}

/// What differs between two maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "K: Deserialize<'de> + Ord, V: Deserialize<'de>"))]
pub struct MapDiff<K: Ord, V> {
    /// Entries that only head has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub added: BTreeMap<K, V>,
    /// Entries that only base has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<K, V>,
    /// Entries that both have, with another value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changed: BTreeMap<K, ValueDiff<V>>,
}

impl<K: Ord + Clone, V: PartialEq + Clone> MapDiff<K, V> {
    /// Returns the difference; `None` if there is none.
    pub fn between(old: BTreeMap<K, V>, mut new: BTreeMap<K, V>) -> Option<Self> {
        let mut diff = Self::default();
        for (key, old) in old {
            match new.remove(&key) {
                None => drop(diff.removed.insert(key, old)),
                Some(new) => {
                    if let Some(change) = ValueDiff::between(old, new) {
                        diff.changed.insert(key, change);
                    }
                }
            }
        }
        diff.added = new;
        diff.some()
    }

    /// Returns the keys of all entries that differ, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.added
            .keys()
            .chain(self.removed.keys())
            .chain(self.changed.keys())
            .collect::<BTreeSet<_>>()
            .into_iter()
    }

    pub(super) fn some(self) -> Option<Self> {
        let Self { added, removed, changed } = &self;
        (!(added.is_empty() && removed.is_empty() && changed.is_empty())).then_some(self)
    }

    pub(super) fn invert(self) -> Self {
        let changed = self.changed.into_iter().map(|(key, change)| (key, change.invert()));
        Self { added: self.removed, removed: self.added, changed: changed.collect() }
    }

    /// Returns each entry with its value on both sides.
    pub(super) fn into_entries(self) -> BTreeMap<K, (Option<V>, Option<V>)> {
        let removed = self.removed.into_iter().map(|(key, old)| (key, (Some(old), None)));
        let added = self.added.into_iter().map(|(key, new)| (key, (None, Some(new))));
        let changed = self.changed.into_iter().map(|(key, diff)| (key, (Some(diff.old), Some(diff.new))));
        removed.chain(added).chain(changed).collect()
    }

    /// The inverse of [`into_entries`](Self::into_entries); entries without a difference vanish.
    pub(super) fn from_entries(entries: impl IntoIterator<Item = (K, (Option<V>, Option<V>))>) -> Self {
        let mut diff = Self::default();
        for (key, sides) in entries {
            match sides {
                (Some(old), Some(new)) => {
                    if let Some(change) = ValueDiff::between(old, new) {
                        diff.changed.insert(key, change);
                    }
                }
                (Some(old), None) => drop(diff.removed.insert(key, old)),
                (None, Some(new)) => drop(diff.added.insert(key, new)),
                (None, None) => {}
            }
        }
        diff
    }

    pub(super) fn then(self, next: Self) -> Option<Self> {
        let mut entries = self.into_entries();
        for (key, (old, new)) in next.into_entries() {
            entries.entry(key).or_insert((old, None)).1 = new;
        }
        Self::from_entries(entries).some()
    }

    pub(super) fn apply(&self, map: &mut BTreeMap<K, V>) -> bool {
        let Self { added, removed, changed } = self;
        let fits = removed.iter().all(|(key, old)| map.get(key) == Some(old))
            && changed.iter().all(|(key, change)| map.get(key) == Some(&change.old))
            && added.keys().all(|key| !map.contains_key(key));
        if fits {
            removed.keys().for_each(|key| drop(map.remove(key)));
            map.extend(added.iter().map(|(key, new)| (key.clone(), new.clone())));
            map.extend(changed.iter().map(|(key, change)| (key.clone(), change.new.clone())));
        }
        fits
    }
}

impl<K: Ord, V> Default for MapDiff<K, V> {
    fn default() -> Self {
        Self { added: BTreeMap::new(), removed: BTreeMap::new(), changed: BTreeMap::new() }
    }
}

/// What differs between two sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "T: Deserialize<'de> + Ord"))]
pub struct SetDiff<T: Ord> {
    /// Members that only head has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub added: BTreeSet<T>,
    /// Members that only base has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed: BTreeSet<T>,
}

impl<T: Ord + Clone> SetDiff<T> {
    /// Returns the difference; `None` if there is none.
    pub fn between(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Option<Self> {
        let added = new.difference(old).cloned().collect();
        let removed = old.difference(new).cloned().collect();
        Self { added, removed }.some()
    }

    pub(super) fn some(self) -> Option<Self> {
        let Self { added, removed } = &self;
        (!(added.is_empty() && removed.is_empty())).then_some(self)
    }

    pub(super) fn invert(self) -> Self {
        Self { added: self.removed, removed: self.added }
    }

    pub(super) fn then(mut self, next: Self) -> Option<Self> {
        for member in next.added {
            if !self.removed.remove(&member) {
                self.added.insert(member);
            }
        }
        for member in next.removed {
            if !self.added.remove(&member) {
                self.removed.insert(member);
            }
        }
        self.some()
    }

    pub(super) fn apply(&self, set: &mut BTreeSet<T>) -> bool {
        let Self { added, removed } = self;
        let fits = removed.is_subset(set) && added.is_disjoint(set);
        if fits {
            set.retain(|member| !removed.contains(member));
            set.extend(added.iter().cloned());
        }
        fits
    }
}
