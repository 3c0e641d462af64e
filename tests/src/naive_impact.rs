//! What a change reaches as one would write it in an afternoon: rules applied until nothing moves.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AssetDefinition, AssetKey, ChangeKind, ChangeSet, DownstreamEffect, Effects, MetadataValue, OwnEffect,
    Snapshot,
};

/// What passes from an asset to those that read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passes {
    /// Nothing.
    #[default]
    Nothing,
    /// Changes of these columns.
    Columns(BTreeSet<String>),
    /// A change of unknown columns.
    Unknown,
    /// A change of all of it.
    All,
}

impl Passes {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Columns(a), Self::Columns(b)) => Self::Columns(a.into_iter().chain(b).collect()),
            (a, b) => a.max(b),
        }
    }
}

/// An affected asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The steps from the nearest change.
    pub distance: u32,
    /// What it means for its data.
    pub effect: OwnEffect,
    /// What it passes on.
    pub passes: Passes,
}

/// Two snapshots with one code location and without renames, and what they make of each other.
pub struct NaiveImpact {
    /// For each changed asset what its change means, and the columns that it is about.
    sources: BTreeMap<AssetKey, (Effects, BTreeSet<String>)>,
    /// Who reads whom.
    edges: BTreeSet<(AssetKey, AssetKey)>,
    /// For each asset its lineage: own column, upstream asset, its column.
    lineage: BTreeMap<AssetKey, Vec<(String, AssetKey, String)>>,
    /// What is reached.
    pub reached: BTreeMap<AssetKey, Reached>,
}

impl NaiveImpact {
    /// Computes the impact.
    pub fn new(changes: &ChangeSet, base: &Snapshot, head: &Snapshot) -> Self {
        let mut sources = BTreeMap::new();
        for change in changes.changes() {
            let effects = change.effects(&changes.effect_overrides);
            let columns = change.modification().and_then(|m| m.column_changes()).unwrap_or_default();
            let mut names: BTreeSet<String> = columns.added.into_iter().chain(columns.removed).collect();
            names.extend(columns.types);
            assert!(!change.kinds().contains(&ChangeKind::Renamed));
            sources.insert(change.key().clone(), (effects, names));
        }
        let defined: BTreeSet<&AssetKey> = head.assets.iter().map(|asset| &asset.key).collect();
        let reads = |assets: &[AssetDefinition]| -> BTreeSet<(AssetKey, AssetKey)> {
            let pairs = assets
                .iter()
                .flat_map(|asset| asset.dependencies.iter().map(|d| (d.key.clone(), asset.key.clone())));
            pairs.filter(|(up, down)| up != down).collect()
        };
        let mut edges = reads(&head.assets);
        let in_base = reads(&base.assets).into_iter();
        edges.extend(in_base.filter(|(up, down)| !defined.contains(up) && defined.contains(down)));
        let mut lineage: BTreeMap<AssetKey, Vec<_>> = BTreeMap::new();
        for asset in &head.assets {
            let both = [Some(asset), base.assets.iter().find(|old| old.key == asset.key)];
            for (at, definition) in both.into_iter().flatten().enumerate() {
                for value in definition.metadata.values() {
                    let MetadataValue::ColumnLineage(columns) = value else { continue };
                    let entries = lineage.entry(asset.key.clone()).or_default();
                    let all = columns.iter().flat_map(|(own, refs)| {
                        refs.iter().map(move |r| (own.clone(), r.asset.clone(), r.column.clone()))
                    });
                    // What only base speaks of says nothing of head.
                    let spoken: BTreeSet<AssetKey> = entries
                        .iter()
                        .map(|(_, asset, _): &(String, AssetKey, String)| asset.clone())
                        .collect();
                    entries.extend(all.filter(|(_, up, _)| at == 0 || spoken.contains(up)));
                }
            }
        }
        let mut naive = Self { sources, edges, lineage, reached: BTreeMap::new() };
        naive.settle();
        naive
    }

    fn own(&self, key: &AssetKey) -> Passes {
        match self.sources.get(key) {
            Some((effects, columns)) => match effects.downstream {
                DownstreamEffect::None => Passes::Nothing,
                DownstreamEffect::ByColumn => Passes::Columns(columns.clone()),
                DownstreamEffect::All => Passes::All,
            },
            None => Passes::Nothing,
        }
    }

    /// What comes over an edge if this passes from the upstream asset.
    fn over(&self, up: &AssetKey, down: &AssetKey, passes: &Passes) -> Passes {
        let Passes::Columns(changed) = passes else { return passes.clone() };
        let entries = self.lineage.get(down).into_iter().flatten().filter(|(_, asset, _)| asset == up);
        let entries: Vec<_> = entries.collect();
        if entries.is_empty() {
            return Passes::Unknown;
        }
        let used: BTreeSet<String> = entries
            .into_iter()
            .filter(|(_, _, column)| changed.contains(column))
            .map(|(own, _, _)| own.clone())
            .collect();
        match used {
            used if used.contains("") => Passes::All,
            used if used.is_empty() => Passes::Nothing,
            used => Passes::Columns(used),
        }
    }

    fn settle(&mut self) {
        for (key, (effects, _)) in &self.sources {
            let passes = self.own(key);
            self.reached.insert(key.clone(), Reached { distance: 0, effect: effects.own, passes });
        }
        loop {
            let before = self.reached.clone();
            for (up, down) in &self.edges {
                let Some(from) = self.reached.get(up).cloned() else { continue };
                let comes = self.over(up, down, &from.passes);
                if comes == Passes::Nothing {
                    continue;
                }
                let fresh =
                    Reached { distance: u32::MAX, effect: OwnEffect::Rebuild, passes: self.own(down) };
                let to = self.reached.entry(down.clone()).or_insert(fresh);
                to.effect = OwnEffect::Rebuild;
                to.distance = to.distance.min(from.distance + 1);
                to.passes = to.passes.clone().join(comes);
            }
            if before == self.reached {
                return;
            }
        }
    }

    /// All paths from changes to an asset, as keys.
    ///
    /// A path counts if the change of its first asset alone comes through to its end.
    pub fn paths(&self, key: &AssetKey) -> BTreeSet<Vec<AssetKey>> {
        let mut paths = BTreeSet::new();
        for source in self.sources.keys() {
            self.follow(vec![source.clone()], self.own(source), key, &mut paths);
        }
        paths
    }

    fn follow(
        &self,
        path: Vec<AssetKey>,
        passes: Passes,
        to: &AssetKey,
        paths: &mut BTreeSet<Vec<AssetKey>>,
    ) {
        let Some(last) = path.last() else { return };
        if last == to {
            paths.insert(path);
            return;
        }
        for (up, down) in self.edges.iter().filter(|(up, _)| up == last) {
            // On the way everything counts that reaches the asset: its columns may be unknown by another way.
            let comes = match self.reached[up].passes {
                Passes::Unknown | Passes::All if passes != Passes::Nothing => self.reached[up].passes.clone(),
                _ => self.over(up, down, &passes),
            };
            if comes != Passes::Nothing {
                let path = path.iter().cloned().chain([down.clone()]).collect();
                self.follow(path, comes, to, paths);
            }
        }
    }
}
