//! Which partitions of the assets a change reaches.

use std::collections::HashMap;
use std::rc::Rc;

use super::ImpactPolicy;
use super::spread::{Spread, Walk};
use crate::asset::Dependency;
use crate::diff::{ChangeKind, DownstreamEffect, EffectOverrides, Effects, Modification, OwnEffect};
use crate::graph::AssetGraph;
use crate::json::Members;
use crate::key::AssetKey;
use crate::partitions::{
    PartitionKeys, PartitionMapping, PartitionSubset, PartitionsDefinition, PartitionsDelta,
    compare_partitions, downstream_partitions, upstream_partitions,
};
use crate::value::Timestamp;

/// How many partitions are looked at one by one to find out which of them read others than before.
const MAX_KEYS_BY_ONE: u64 = 100_000;

/// How often partitions that read affected ones of the same asset are followed; after that all count.
const MAX_ROUNDS: u32 = 10_000;

/// Which partitions of an asset are affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AffectedPartitions {
    /// These; of an asset without partitions the only one.
    Some(PartitionSubset),
    /// Nothing says which, for this reason: they count as all.
    Unknown(String),
}

impl AffectedPartitions {
    pub(super) fn all(keys: &Keys) -> Self {
        match keys {
            Ok(keys) => Self::Some(keys.all()),
            Err(reason) => Self::Unknown(reason.clone()),
        }
    }

    pub(super) fn none(keys: &Keys) -> Self {
        match keys {
            Ok(keys) => Self::Some(keys.none()),
            Err(_) => Self::Some(PartitionKeys::unpartitioned().none()),
        }
    }

    /// Returns whether no partition is affected.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Some(subset) if subset.is_empty())
    }

    fn or_unknown<E: ToString>(result: Result<PartitionSubset, E>) -> Self {
        result.map_or_else(|error| Self::Unknown(error.to_string()), Self::Some)
    }

    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (this, other) if other.is_empty() => this,
            (this, other) if this.is_empty() => other,
            (Self::Some(this), Self::Some(other)) => Self::or_unknown(this.union(&other)),
            (Self::Unknown(reason), _) | (_, Self::Unknown(reason)) => Self::Unknown(reason),
        }
    }
}

/// The partition keys of an asset, or why they are not known.
pub(super) type Keys = Result<PartitionKeys, String>;

/// What a changed definition or mapping means for the partitions of the asset.
#[derive(Debug, Clone)]
pub(super) struct OwnPartitions {
    /// Those that have to be made again.
    pub(super) rebuild: AffectedPartitions,
    /// Those whose readers have to be made again.
    pub(super) outgoing: AffectedPartitions,
    /// Those that only base has, as a subset of its keys.
    pub(super) removed: Option<PartitionSubset>,
    pub(super) delta: Option<PartitionsDelta>,
}

/// The partitions of both graphs at one time; each definition is looked at once.
pub(super) struct Calendar<'a> {
    pub(super) base: &'a AssetGraph,
    pub(super) head: &'a AssetGraph,
    now: Timestamp,
    /// By the text of the definition: many assets share one.
    keys: HashMap<&'a str, Keys>,
    dependencies: HashMap<(bool, u32), Rc<[Dependency]>>,
    /// For each asset of head whether it has partitions, once that is known.
    has_partitions: Vec<u8>,
}

impl<'a> Calendar<'a> {
    pub(super) fn new(base: &'a AssetGraph, head: &'a AssetGraph, now: Timestamp) -> Self {
        Self {
            base,
            head,
            now,
            keys: HashMap::new(),
            dependencies: HashMap::new(),
            has_partitions: vec![0; head.len()],
        }
    }

    /// The partition keys of an asset of a graph; those of an undefined upstream are not known.
    pub(super) fn keys(&mut self, graph: &'a AssetGraph, key: &AssetKey) -> Keys {
        let Some(asset) = graph.topology().asset(key) else {
            return Err("nothing defines the asset".to_owned());
        };
        self.keys_of(graph, asset)
    }

    /// Whether an asset of head has partitions or they are not known.
    pub(super) fn has_partitions(&mut self, asset: usize) -> bool {
        const NO: u8 = 1;
        const YES: u8 = 2;
        if self.has_partitions[asset] == 0 {
            let has = self.keys_of(self.head, asset).map_or(true, |keys| keys.is_partitioned());
            self.has_partitions[asset] = if has { YES } else { NO };
        }
        self.has_partitions[asset] == YES
    }

    pub(super) fn keys_of(&mut self, graph: &'a AssetGraph, asset: usize) -> Keys {
        let mut texts = graph.rows_of(asset).map(|row| member(graph.record(row), "partitions"));
        let text = texts.next().flatten();
        if !texts.all(|other| other == text) {
            return Err("its code locations do not agree on its partitions".to_owned());
        }
        let Some(text) = text else { return Ok(PartitionKeys::unpartitioned()) };
        let now = self.now;
        let keys = self.keys.entry(text).or_insert_with(|| {
            let definition: PartitionsDefinition =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            definition.at(&now).map_err(|error| error.to_string())
        });
        keys.clone()
    }

    /// The mapping by which an asset of a graph reads another, as it is stated.
    fn mapping(
        &mut self,
        graph: &AssetGraph,
        asset: usize,
        upstream: &AssetKey,
    ) -> Option<Option<PartitionMapping>> {
        let place = (std::ptr::eq(graph, self.head), asset as u32);
        let dependencies = self.dependencies.entry(place).or_insert_with(|| {
            let texts = graph.rows_of(asset).filter_map(|row| member(graph.record(row), "dependencies"));
            texts.flat_map(|text| serde_json::from_str::<Vec<Dependency>>(text).unwrap_or_default()).collect()
        });
        let found = dependencies.iter().find(|dependency| dependency.key == *upstream);
        found.map(|dependency| dependency.mapping.clone())
    }

    /// The partitions of an asset of head that read some partitions of an asset upstream.
    pub(super) fn readers(
        &mut self,
        upstream: &AssetKey,
        affected: &AffectedPartitions,
        reader: usize,
    ) -> AffectedPartitions {
        let keys = match self.keys_of(self.head, reader) {
            Ok(keys) => keys,
            Err(reason) => return AffectedPartitions::Unknown(reason),
        };
        match affected {
            // Nothing reaches nothing, even where the mapping cannot be followed.
            affected if affected.is_empty() => AffectedPartitions::Some(keys.none()),
            AffectedPartitions::Unknown(_) if !keys.is_partitioned() => AffectedPartitions::Some(keys.all()),
            AffectedPartitions::Unknown(reason) => AffectedPartitions::Unknown(reason.clone()),
            AffectedPartitions::Some(subset) => {
                let mapping = self.mapping(self.head, reader, upstream).or_else(|| {
                    // What is gone was read in base.
                    let in_base = self.base.topology().asset(&self.head.key(reader))?;
                    self.mapping(self.base, in_base, upstream)
                });
                let mapping = mapping.flatten();
                AffectedPartitions::or_unknown(downstream_partitions(mapping.as_ref(), subset, &keys))
            }
        }
    }

    /// The partitions of an asset of head that in base read partitions which are gone.
    pub(super) fn readers_of_removed(
        &mut self,
        upstream: &AssetKey,
        removed: &PartitionSubset,
        reader: usize,
    ) -> AffectedPartitions {
        let key = self.head.key(reader);
        let keys = self.keys_of(self.head, reader);
        let Some(in_base) = self.base.topology().asset(&key) else { return AffectedPartitions::none(&keys) };
        let Some(mapping) = self.mapping(self.base, in_base, upstream) else {
            return AffectedPartitions::none(&keys);
        };
        let read = self.keys_of(self.base, in_base).and_then(|before| {
            downstream_partitions(mapping.as_ref(), removed, &before).map_err(|error| error.to_string())
        });
        AffectedPartitions::or_unknown(
            read.and_then(|read| read.within(&keys?).map_err(|error| error.to_string())),
        )
    }

    /// What a modification of partitions or mappings means; the effects are those of its other kinds, to which
    /// those of the partitions are added.
    pub(super) fn own(
        &mut self,
        old: &AssetKey,
        new: &AssetKey,
        modification: &Modification,
        overrides: &EffectOverrides,
        effects: &mut Effects,
    ) -> OwnPartitions {
        let (before, keys) = (self.keys(self.base, old), self.keys(self.head, new));
        let none = AffectedPartitions::none(&keys);
        let mut own = OwnPartitions { rebuild: none.clone(), outgoing: none, removed: None, delta: None };
        if modification.partitions.is_some() {
            let of_kind = overrides.of_kind(ChangeKind::Partitions);
            match both(&before, &keys)
                .and_then(|(b, h)| compare_partitions(b, h).map_err(|error| error.to_string()))
            {
                Ok(delta) => {
                    let changed =
                        if delta.same_meaning { delta.added.clone() } else { delta.added.keys().all() };
                    own.add(AffectedPartitions::Some(changed), of_kind, effects);
                    if !delta.removed.is_empty() && of_kind.downstream != DownstreamEffect::None {
                        own.removed = Some(delta.removed.clone());
                        effects.downstream = effects.downstream.max(of_kind.downstream);
                    }
                    own.delta = Some(delta);
                }
                Err(reason) => own.add(AffectedPartitions::Unknown(reason), of_kind, effects),
            }
        }
        let of_kind = overrides.of_kind(ChangeKind::PartitionMapping);
        let changed = modification.dependencies.iter().flat_map(|diff| &diff.changed);
        for diff in changed.filter(|diff| diff.old.mapping != diff.new.mapping) {
            let upstream = self.keys(self.head, &diff.new.key);
            let changed = match both(&upstream, &keys) {
                Ok((upstream, keys)) => {
                    reading_others(diff.old.mapping.as_ref(), diff.new.mapping.as_ref(), upstream, keys)
                }
                Err(reason) => AffectedPartitions::Unknown(reason),
            };
            own.add(changed, of_kind, effects);
        }
        own
    }
}

impl OwnPartitions {
    /// Joins what two definitions of one asset say.
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            rebuild: self.rebuild.join(other.rebuild),
            outgoing: self.outgoing.join(other.outgoing),
            removed: self.removed.or(other.removed),
            delta: self.delta.or(other.delta),
        }
    }

    fn add(&mut self, changed: AffectedPartitions, of_kind: Effects, effects: &mut Effects) {
        if changed.is_empty() {
            return;
        }
        *effects = Effects::max(*effects, of_kind);
        if of_kind.own == OwnEffect::Rebuild {
            self.rebuild = self.rebuild.clone().join(changed.clone());
        }
        if of_kind.downstream != DownstreamEffect::None {
            self.outgoing = self.outgoing.clone().join(changed);
        }
    }
}

fn both<'k>(base: &'k Keys, head: &'k Keys) -> Result<(&'k PartitionKeys, &'k PartitionKeys), String> {
    let known = |keys: &'k Keys| keys.as_ref().map_err(Clone::clone);
    Ok((known(base)?, known(head)?))
}

/// The partitions that read others by a new mapping than by the old one.
fn reading_others(
    old: Option<&PartitionMapping>,
    new: Option<&PartitionMapping>,
    upstream: &PartitionKeys,
    keys: &PartitionKeys,
) -> AffectedPartitions {
    // What does not exist has no data, whether it should be there or not.
    let read = |mapping, subset: &PartitionSubset| {
        upstream_partitions(mapping, subset, upstream).map(|mapped| mapped.existing)
    };
    let all = keys.all();
    // One mapping can be stated in two ways, such as by leaving it out.
    match (read(old, &all), read(new, &all)) {
        (Err(error), _) | (_, Err(error)) => return AffectedPartitions::Unknown(error.to_string()),
        _ => {}
    }
    if keys.len().is_none_or(|count| count > MAX_KEYS_BY_ONE) {
        return AffectedPartitions::Some(all);
    }
    let differs = |key: &String| {
        let (one, _) = keys.subset([key]);
        read(old, &one) != read(new, &one)
    };
    AffectedPartitions::Some(keys.subset(keys.iter().filter(differs)).0)
}

/// The text of a member of a canonical record.
fn member<'a>(record: &'a str, name: &str) -> Option<&'a str> {
    Members::of(record).find(|(found, _)| found == name).map(|(_, value)| value)
}

/// What is known of the partitions of a node that has some.
#[derive(Debug, Clone)]
pub(super) struct NodePartitions {
    pub(super) rebuild: AffectedPartitions,
    pub(super) outgoing: AffectedPartitions,
}

impl Spread {
    /// Makes sources of the assets of which the policy says that some partitions changed, and notes the names that
    /// are no partition.
    pub(super) fn add_changed_partitions(&mut self, policy: &ImpactPolicy, calendar: &mut Calendar<'_>) {
        for (key, names) in &policy.changed_partitions {
            let asset = self.topology.asset(key);
            let unknown = match asset.map(|asset| calendar.keys_of(calendar.head, asset)) {
                None => names.clone(),
                Some(Ok(keys)) => keys.subset(names).1,
                Some(Err(_)) => Vec::new(),
            };
            if let Some(asset) = asset.filter(|_| unknown.len() < names.len()) {
                self.sources.entry(asset as u32).or_default().effects = Effects::REBUILD_ALL;
            }
            if !unknown.is_empty() {
                self.unknown_partitions.insert(key.clone(), unknown);
            }
        }
    }
}

impl Walk<'_> {
    /// Adds the partitions that the node's own change is about.
    pub(super) fn add_own_partitions(&mut self, node: u32) {
        let Some(calendar) = &mut self.calendar else { return };
        let Some(source) = self.spread.sources.get(&node) else { return };
        let keys = match (node as usize).checked_sub(self.spread.topology.len()) {
            Some(gone) => calendar.keys(self.base, &self.spread.gone[gone]),
            None if !calendar.has_partitions(node as usize) => return,
            None => calendar.keys_of(self.head, node as usize),
        };
        if keys.as_ref().is_ok_and(|keys| !keys.is_partitioned()) {
            return;
        }
        let key = self.spread.key(node);
        let none = || AffectedPartitions::none(&keys);
        let entry = || NodePartitions { rebuild: none(), outgoing: none() };
        let incoming = self.spread.partitions.remove(&node).unwrap_or_else(entry);
        let (mut rebuild, mut outgoing) = (none(), none());
        // Names of which none is a partition are told, and say nothing of what changed.
        let stated = match (self.policy.changed_partitions.get(&key), &keys) {
            (Some(names), Ok(known)) => Some(known.subset(names).0).filter(|subset| !subset.is_empty()),
            _ => None,
        };
        if let Some(subset) = stated {
            (rebuild, outgoing) =
                (AffectedPartitions::Some(subset.clone()), AffectedPartitions::Some(subset));
        } else {
            if let Some(own) = &source.partitions {
                (rebuild, outgoing) = (own.rebuild.clone(), own.outgoing.clone());
            }
            if source.whole.own == OwnEffect::Rebuild {
                rebuild = AffectedPartitions::all(&keys);
            }
            if source.whole.downstream != DownstreamEffect::None {
                outgoing = AffectedPartitions::all(&keys);
            }
        }
        let partitions = NodePartitions {
            rebuild: incoming.rebuild.join(rebuild),
            outgoing: incoming.outgoing.join(outgoing),
        };
        self.spread.partitions.insert(node, partitions);
    }

    /// Adds the partitions of an asset that read affected ones of itself, and those that read these.
    pub(super) fn close_over_itself(&mut self, node: u32) {
        let (Some(calendar), Some(before)) = (&mut self.calendar, self.spread.partitions.get(&node)) else {
            return;
        };
        let key = self.spread.key(node);
        let NodePartitions { mut rebuild, mut outgoing } = before.clone();
        for round in 0.. {
            let read = match round {
                0..MAX_ROUNDS => calendar.readers(&key, &outgoing, node as usize),
                _ => AffectedPartitions::all(&calendar.keys_of(self.head, node as usize)),
            };
            let joined = outgoing.clone().join(read.clone());
            rebuild = rebuild.join(read);
            if joined == outgoing || round == MAX_ROUNDS {
                outgoing = joined;
                break;
            }
            outgoing = joined;
        }
        self.spread.partitions.insert(node, NodePartitions { rebuild, outgoing });
    }

    /// Adds the partitions of a reader that read affected ones; returns whether there are any.
    pub(super) fn pass_partitions(&mut self, node: u32, reader: u32) -> bool {
        let Some(calendar) = &mut self.calendar else { return true };
        let has_partitions = calendar.has_partitions(reader as usize);
        let whole = AffectedPartitions::Some(PartitionKeys::unpartitioned().all());
        let outgoing = match self.spread.partitions.get(&node) {
            Some(partitions) => &partitions.outgoing,
            None if !has_partitions => return true,
            None => &whole,
        };
        let key = self.spread.key(node);
        let mut affected = calendar.readers(&key, outgoing, reader as usize);
        let own = self.spread.sources.get(&node).and_then(|source| source.partitions.as_ref());
        if let Some(removed) = own.and_then(|own| own.removed.as_ref()) {
            affected = affected.join(calendar.readers_of_removed(&key, removed, reader as usize));
        }
        if affected.is_empty() {
            return false;
        }
        if has_partitions {
            let joined = match self.spread.partitions.remove(&reader) {
                Some(NodePartitions { rebuild, outgoing }) => NodePartitions {
                    rebuild: rebuild.join(affected.clone()),
                    outgoing: outgoing.join(affected),
                },
                None => NodePartitions { rebuild: affected.clone(), outgoing: affected },
            };
            self.spread.partitions.insert(reader, joined);
        }
        true
    }
}
