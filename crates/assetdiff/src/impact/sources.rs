//! The changes that an impact starts from.

use std::collections::{BTreeMap, BTreeSet};

use super::partitions::{Calendar, OwnPartitions};
use crate::diff::{AssetChange, ChangeKind, ChangeSet, DownstreamEffect, EffectOverrides, Effects, MapDiff};
use crate::graph::AssetGraph;
use crate::key::AssetKey;

/// A changed asset: what happened to it in all of its code locations together.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    pub(super) kinds: Kinds,
    pub(super) effects: Effects,
    pub(super) columns: ChangedColumns,
    /// The effects of what is about all of its partitions.
    pub(super) whole: Effects,
    /// What is about some of its partitions, if a time is known.
    pub(super) partitions: Option<OwnPartitions>,
}

/// Kinds of change, each a bit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kinds(u64);

const _: () = assert!(ChangeKind::ALL.len() <= u64::BITS as usize);

impl Kinds {
    pub(super) fn contains(self, kind: ChangeKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = ChangeKind> {
        ChangeKind::ALL.iter().copied().filter(move |&kind| self.contains(kind))
    }
}

impl Extend<ChangeKind> for Kinds {
    fn extend<I: IntoIterator<Item = ChangeKind>>(&mut self, kinds: I) {
        kinds.into_iter().for_each(|kind| self.0 |= 1 << kind as u32);
    }
}

/// The columns that a change with an effect by column is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChangedColumns {
    Known(BTreeSet<String>),
    Unknown,
}

impl Default for ChangedColumns {
    fn default() -> Self {
        Self::Known(BTreeSet::new())
    }
}

/// The changed assets by node of head, and those that head does not define.
pub(super) struct Sources {
    pub(super) changed: BTreeMap<u32, Source>,
    pub(super) gone: BTreeMap<AssetKey, Source>,
}

impl Sources {
    /// With a calendar, a change of partitions counts for the partitions that it is about.
    pub(super) fn of(
        changes: &ChangeSet,
        head: &AssetGraph,
        mut calendar: Option<&mut Calendar<'_>>,
    ) -> Self {
        let mut sources = Self { changed: BTreeMap::new(), gone: BTreeMap::new() };
        let overrides = &changes.effect_overrides;
        let changes = changes.changes();
        let keys: Vec<_> = changes.iter().map(AssetChange::key).collect();
        for (change, node) in changes.into_iter().zip(head.topology().assets(&keys)) {
            sources.at(node, change.key()).add(&change, overrides, calendar.as_deref_mut());
            if let AssetChange::Renamed(relocated) = change {
                // Who still names the old key hears of the change there.
                let old = &relocated.old.key;
                let old = sources.at(head.topology().asset(old), old);
                old.kinds.extend([ChangeKind::Renamed]);
                let downstream = overrides.of_kind(ChangeKind::Renamed).downstream;
                old.effects.downstream = old.effects.downstream.max(downstream);
                old.whole = old.effects;
            }
        }
        sources
    }

    fn at(&mut self, node: Option<usize>, key: &AssetKey) -> &mut Source {
        match node {
            Some(node) => self.changed.entry(node as u32).or_default(),
            None => self.gone.entry(key.clone()).or_default(),
        }
    }
}

impl Source {
    fn add(
        &mut self,
        change: &AssetChange<'_>,
        overrides: &EffectOverrides,
        calendar: Option<&mut Calendar<'_>>,
    ) {
        let mut kinds = Kinds::default();
        change.add_kinds(&mut kinds);
        let is_of_partitions = |kind| matches!(kind, ChangeKind::Partitions | ChangeKind::PartitionMapping);
        let of = |kinds: &mut dyn Iterator<Item = ChangeKind>| {
            kinds.map(|kind| effects_of(kind, change, overrides)).fold(Effects::NONE, Effects::max)
        };
        let mut effects = of(&mut kinds.iter());
        let mut whole = effects;
        if let (Some(calendar), Some(modification), true) =
            (calendar, change.modification(), kinds.iter().any(is_of_partitions))
        {
            whole = of(&mut kinds.iter().filter(|&kind| !is_of_partitions(kind)));
            effects = whole;
            let old = match change {
                AssetChange::Renamed(relocated) => &relocated.old.key,
                _ => change.key(),
            };
            let own = calendar.own(old, change.key(), modification, overrides, &mut effects);
            self.partitions = Some(match self.partitions.take() {
                Some(before) => before.join(own),
                None => own,
            });
        }
        self.effects = self.effects.max(effects);
        self.whole = self.whole.max(whole);
        if effects.downstream == DownstreamEffect::ByColumn {
            self.add_columns(change, kinds, overrides);
        }
        self.kinds.extend(kinds.iter());
    }

    /// Adds the columns that those kinds are about whose effect is by column.
    fn add_columns(&mut self, change: &AssetChange<'_>, kinds: Kinds, overrides: &EffectOverrides) {
        let modification = change.modification();
        let columns = modification.and_then(|m| m.column_changes()).unwrap_or_default();
        let mut names = BTreeSet::new();
        for kind in kinds.iter() {
            let by_column = match kind {
                // Each extra aspect has an effect of its own.
                ChangeKind::Extra => {
                    let names =
                        modification.and_then(|m| m.extra.as_ref()).into_iter().flat_map(MapDiff::keys);
                    names.map(|name| overrides.of_extra(name).downstream).max()
                }
                kind => Some(overrides.of_kind(kind).downstream),
            };
            if by_column != Some(DownstreamEffect::ByColumn) {
                continue;
            }
            match kind {
                ChangeKind::ColumnsAdded if !columns.known_now => names.extend(&columns.added),
                ChangeKind::ColumnsRemoved if !columns.unknown_now => names.extend(&columns.removed),
                ChangeKind::ColumnTypes => names.extend(&columns.types),
                ChangeKind::ColumnConstraints => names.extend(&columns.constraints),
                ChangeKind::ColumnDocs => names.extend(&columns.docs),
                // Nothing says which columns.
                _ => {
                    self.columns = ChangedColumns::Unknown;
                    return;
                }
            }
        }
        if let ChangedColumns::Known(known) = &mut self.columns {
            known.extend(names.into_iter().cloned());
        }
    }
}

/// What one kind of a change means; each extra aspect has an effect of its own.
fn effects_of(kind: ChangeKind, change: &AssetChange<'_>, overrides: &EffectOverrides) -> Effects {
    if kind != ChangeKind::Extra {
        return overrides.of_kind(kind);
    }
    let extra = change.modification().and_then(|modification| modification.extra.as_ref());
    let names = extra.into_iter().flat_map(MapDiff::keys);
    names.map(|name| overrides.of_extra(name)).fold(Effects::NONE, Effects::max)
}
