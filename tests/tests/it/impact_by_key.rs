//! What reaches which partition, against rules applied to one partition after the other until nothing moves.
//!
//! One key's mapping is asked of the engine, as that is compared with Dagster's elsewhere: what is looked at
//! here is how mappings, changes and removals add up over a graph.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{
    AffectedPartitions, AssetDefinition, AssetGraph, AssetKey, ImpactPolicy, PartitionKeys, PartitionMapping,
    PartitionsDefinition, Renames, diff, downstream_partitions, impact, upstream_partitions,
};
use proptest::prelude::*;

use crate::build::{asset, graph, key, mapped, with_renames};

const NOW: &str = "2024-03-10T12:00:00Z";

/// How an asset is split.
#[derive(Debug, Clone, PartialEq)]
enum Split {
    Whole,
    /// Some of four keys.
    Keys([bool; 4]),
    /// From a day of March on.
    Days(u8),
    /// From a week of February on.
    Weeks(u8),
    /// Days and keys.
    Both(u8, [bool; 4]),
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

impl Split {
    fn definition(&self) -> Option<PartitionsDefinition> {
        let windows = |cron: &str, start: String| {
            let value = serde_json::json!({
                "cron": cron, "fmt": "%Y-%m-%d", "start": format!("{start}T00:00:00Z"), "timezone": "UTC"});
            serde_json::json!({"type": "time_window", "value": value})
        };
        let days = |day: &u8| windows("0 0 * * *", format!("2024-03-{:02}", day + 1));
        let keys = |with: &[bool; 4]| {
            let keys: Vec<&str> =
                NAMES.into_iter().zip(with).filter(|(_, with)| **with).map(|(n, _)| n).collect();
            serde_json::json!({"type": "static", "value": {"keys": keys}})
        };
        let value = match self {
            Self::Whole => return None,
            Self::Keys(with) => keys(with),
            Self::Days(day) => days(day),
            Self::Weeks(week) => windows("0 0 * * 0", format!("2024-02-{:02}", 4 + 7 * week)),
            Self::Both(day, with) => {
                serde_json::json!({"type": "multi", "value": {"day": days(day), "place": keys(with)}})
            }
        };
        Some(serde_json::from_str(&value.to_string()).unwrap())
    }

    /// The same sort with other keys.
    fn moved(&self) -> Self {
        let other = |with: [bool; 4]| [with[1], true, !with[2], with[0]];
        match self {
            Self::Whole => Self::Whole,
            Self::Keys(with) => Self::Keys(other(*with)),
            Self::Days(day) => Self::Days((day + 3) % 8),
            Self::Weeks(week) => Self::Weeks((week + 1) % 3),
            Self::Both(day, with) => Self::Both((day + 2) % 8, *with),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Edit {
    Nothing,
    Describe,
    Code,
    Split,
    Mapping,
    Both,
    Add,
    Remove,
    /// The policy says that only its first partition changed.
    Stated,
}

#[derive(Debug, Clone)]
struct Random {
    split: Split,
    upstream: Vec<bool>,
    mapping: usize,
    reads_itself: bool,
    edit: Edit,
}

fn mapping(number: usize) -> Option<PartitionMapping> {
    let time = |start: i64, end: i64| {
        format!(r#"{{"type": "time_window", "value": {{"start_offset": {start}, "end_offset": {end}}}}}"#)
    };
    let text = match number {
        0..=3 => return None,
        4 => r#"{"type": "identity"}"#.to_owned(),
        5 => r#"{"type": "all"}"#.to_owned(),
        6 => r#"{"type": "last"}"#.to_owned(),
        7 => r#"{"type": "specific", "value": ["a", "2024-03-05"]}"#.to_owned(),
        8 => r#"{"type": "static", "value": {"a": ["b", "c"], "b": ["a"], "d": ["d"]}}"#.to_owned(),
        9 => time(-1, 0),
        10 => time(-1, -1),
        _ => time(0, 1),
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn random() -> impl Strategy<Value = Random> {
    let with = || any::<[bool; 4]>();
    let split = prop_oneof![
        2 => Just(Split::Whole),
        3 => with().prop_map(Split::Keys),
        4 => (0..8_u8).prop_map(Split::Days),
        2 => (0..3_u8).prop_map(Split::Weeks),
        2 => (4..8_u8, with()).prop_map(|(day, with)| Split::Both(day, with)),
    ];
    let edit = prop_oneof![
        8 => Just(Edit::Nothing),
        1 => Just(Edit::Describe),
        1 => Just(Edit::Code),
        3 => Just(Edit::Split),
        3 => Just(Edit::Mapping),
        1 => Just(Edit::Both),
        1 => Just(Edit::Add),
        1 => Just(Edit::Remove),
        2 => Just(Edit::Stated),
    ];
    (split, proptest::collection::vec(any::<bool>(), 7), 0..12_usize, any::<bool>(), edit).prop_map(
        |(split, upstream, mapping, reads_itself, edit)| Random {
            split,
            upstream,
            mapping,
            reads_itself,
            edit,
        },
    )
}

/// Both sides; of an asset with a changed mapping every dependency has another one.
fn sides(assets: &[Random]) -> [Vec<AssetDefinition>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    for (at, random) in assets.iter().enumerate() {
        let name = format!("n{at}");
        let definition = |split: &Split, number: usize, version: &str| {
            let partitions = split.definition();
            let upstream = (0..at).filter(|&up| random.upstream[up]).map(|up| format!("n{up}"));
            let of = |up: String| match mapping(number) {
                Some(mapping) => mapped(&up, mapping),
                None => assetdiff::Dependency::new(key(&up)),
            };
            let mut dependencies: Vec<_> = upstream.map(of).collect();
            if random.reads_itself && matches!(split, Split::Days(_) | Split::Weeks(_)) {
                dependencies.push(mapped(&name, mapping(10).unwrap()));
            }
            let mut made = AssetDefinition { partitions, dependencies, ..asset(&name, &[]) };
            made.code_version =
                Some(assetdiff::CodeVersion { version: Some(version.to_owned()), ..Default::default() });
            made
        };
        let old = definition(&random.split, random.mapping, "1");
        let new = match random.edit {
            Edit::Nothing | Edit::Add | Edit::Remove | Edit::Stated => old.clone(),
            Edit::Describe => AssetDefinition { description: Some("new".to_owned()), ..old.clone() },
            Edit::Code => definition(&random.split, random.mapping, "2"),
            Edit::Split => definition(&random.split.moved(), random.mapping, "1"),
            Edit::Mapping => definition(&random.split, (random.mapping + 5) % 12, "1"),
            Edit::Both => definition(&random.split.moved(), (random.mapping + 5) % 12, "1"),
        };
        sides[0].extend((random.edit != Edit::Add).then_some(old));
        sides[1].extend((random.edit != Edit::Remove).then_some(new));
    }
    sides
}

/// Some partitions of an asset, or that nothing says which.
#[derive(Debug, Clone, Default, PartialEq)]
struct Affected {
    keys: BTreeSet<String>,
    is_unknown: bool,
}

impl Affected {
    fn add(&mut self, other: Self) -> bool {
        let before = (self.keys.len(), self.is_unknown);
        self.keys.extend(other.keys);
        self.is_unknown |= other.is_unknown;
        before != (self.keys.len(), self.is_unknown)
    }

    fn is_nothing(&self) -> bool {
        self.keys.is_empty() && !self.is_unknown
    }
}

struct Side {
    definitions: BTreeMap<AssetKey, AssetDefinition>,
    keys: BTreeMap<AssetKey, PartitionKeys>,
}

impl Side {
    fn new(definitions: &[AssetDefinition]) -> Self {
        let keys = |definition: &AssetDefinition| match &definition.partitions {
            Some(partitions) => partitions.at(&NOW.parse().unwrap()).unwrap(),
            None => PartitionKeys::unpartitioned(),
        };
        Self {
            definitions: definitions.iter().map(|d| (d.key.clone(), d.clone())).collect(),
            keys: definitions.iter().map(|d| (d.key.clone(), keys(d))).collect(),
        }
    }

    fn all(&self, key: &AssetKey) -> BTreeSet<String> {
        self.keys[key].iter().collect()
    }

    /// How an asset reads another.
    fn mapping(&self, down: &AssetKey, up: &AssetKey) -> Option<Option<PartitionMapping>> {
        let dependencies = &self.definitions.get(down)?.dependencies;
        dependencies.iter().find(|d| d.key == *up).map(|d| d.mapping.clone())
    }
}

/// The keys that read any of some keys, one after the other.
fn readers(
    mapping: Option<&PartitionMapping>,
    affected: &Affected,
    upstream: &PartitionKeys,
    downstream: &PartitionKeys,
) -> Affected {
    let mut found = Affected { keys: BTreeSet::new(), is_unknown: affected.is_unknown };
    for key in affected.keys.iter().filter(|_| upstream.is_partitioned() || downstream.is_partitioned()) {
        match downstream_partitions(mapping, &upstream.subset([key]).0, downstream) {
            Ok(read) => found.keys.extend(read.iter()),
            Err(_) => found.is_unknown = true,
        }
    }
    // Of what has no partitions it is known what may be affected: all of it.
    let is_whole = !downstream.is_partitioned();
    if is_whole && (found.is_unknown || !upstream.is_partitioned() && !affected.is_nothing()) {
        return Affected { keys: downstream.iter().collect(), is_unknown: false };
    }
    found
}

/// The keys that read others by the new mappings than by the old ones.
fn reading_others(base: &Side, head: &Side, asset: &AssetKey) -> Affected {
    let mut found = Affected::default();
    for new in &head.definitions[asset].dependencies {
        let old = base.mapping(asset, &new.key).unwrap();
        let Some(upstream) = head.keys.get(&new.key).filter(|_| old != new.mapping) else {
            // Of what nothing defines no keys are known.
            found.is_unknown |= old != new.mapping;
            continue;
        };
        let keys = &head.keys[asset];
        let read = |mapping: Option<&PartitionMapping>, key: &str| {
            let one = keys.subset([key]).0;
            upstream_partitions(mapping, &one, upstream)
                .map(|read| read.existing.iter().collect::<BTreeSet<_>>())
        };
        // Whether a mapping can be followed at all does not depend on the key.
        let possible =
            |mapping: Option<&PartitionMapping>| upstream_partitions(mapping, &keys.all(), upstream).is_ok();
        if !possible(old.as_ref()) || !possible(new.mapping.as_ref()) {
            found.is_unknown = true;
            continue;
        }
        let others = keys.iter().filter(|key| read(old.as_ref(), key) != read(new.mapping.as_ref(), key));
        found.keys.extend(others);
    }
    found
}

/// What each asset of head has to make again, by the rules as they are documented.
fn naive(base: &Side, head: &Side, assets: &[Random]) -> BTreeMap<AssetKey, Affected> {
    let mut affected: BTreeMap<AssetKey, Affected> = BTreeMap::new();
    let all = |side: &Side, key: &AssetKey| Affected { keys: side.all(key), is_unknown: false };
    for (at, random) in assets.iter().enumerate() {
        let name = key(&format!("n{at}"));
        let mut own = Affected::default();
        match random.edit {
            Edit::Nothing | Edit::Describe => {}
            Edit::Code | Edit::Add => own = all(head, &name),
            Edit::Remove => {
                // Who named it in either reads it no more.
                for down in head.definitions.keys().filter(|down| **down != name) {
                    let mapping = head.mapping(down, &name).or_else(|| base.mapping(down, &name));
                    let Some(mapping) = mapping else { continue };
                    let lost =
                        readers(mapping.as_ref(), &all(base, &name), &base.keys[&name], &head.keys[down]);
                    affected.entry(down.clone()).or_default().add(lost);
                }
            }
            Edit::Stated => own.keys.extend(head.keys[&name].iter().take(1)),
            Edit::Split | Edit::Mapping | Edit::Both => {
                if matches!(random.edit, Edit::Split | Edit::Both) {
                    let (before, after) = (base.all(&name), head.all(&name));
                    own.keys.extend(after.difference(&before).cloned());
                    let gone =
                        Affected { keys: before.difference(&after).cloned().collect(), is_unknown: false };
                    for down in head.definitions.keys().filter(|down| **down != name) {
                        let Some(mapping) = base.mapping(down, &name) else { continue };
                        let lost = readers(mapping.as_ref(), &gone, &base.keys[&name], &base.keys[down]);
                        // Partitions that are gone themselves lack nothing.
                        let kept = lost.keys.into_iter().filter(|key| head.keys[down].contains(key));
                        let kept = Affected { keys: kept.collect(), is_unknown: lost.is_unknown };
                        affected.entry(down.clone()).or_default().add(kept);
                    }
                }
                if matches!(random.edit, Edit::Mapping | Edit::Both) {
                    own.add(reading_others(base, head, &name));
                }
            }
        }
        if head.definitions.contains_key(&name) {
            if own.is_unknown && !head.keys[&name].is_partitioned() {
                own = all(head, &name);
            }
            affected.entry(name).or_default().add(own);
        }
    }
    loop {
        let mut moved = false;
        for (down, definition) in &head.definitions {
            for dependency in &definition.dependencies {
                let Some(from) = affected.get(&dependency.key).filter(|from| !from.is_nothing()).cloned()
                else {
                    continue;
                };
                let upstream = &head.keys[&dependency.key];
                let comes = readers(dependency.mapping.as_ref(), &from, upstream, &head.keys[down]);
                moved |= affected.entry(down.clone()).or_default().add(comes);
            }
        }
        if !moved {
            affected.retain(|_, affected| !affected.is_nothing());
            return affected;
        }
    }
}

proptest! {
    #![proptest_config(crate::properties::cases())]

    #[test]
    fn the_affected_partitions_are_those_of_rules_applied_key_by_key(
        assets in proptest::collection::vec(random(), 1..7),
    ) {
        let [base, head] = sides(&assets);
        let (old, new): (AssetGraph, AssetGraph) = (graph(base.clone()), graph(head.clone()));
        let changes = diff(&old, &new, &with_renames(Renames::Off));
        let mut policy = ImpactPolicy::default();
        policy.now = Some(NOW.parse().unwrap());
        let (base, head) = (Side::new(&base), Side::new(&head));
        for (at, _) in assets.iter().enumerate().filter(|(_, random)| random.edit == Edit::Stated) {
            let name = key(&format!("n{at}"));
            policy.changed_partitions.insert(name.clone(), head.keys[&name].iter().take(1).collect());
        }
        let expected = naive(&base, &head, &assets);
        let impact = impact(&changes, &old, &new, &policy);
        let mut found: BTreeMap<AssetKey, Affected> = BTreeMap::new();
        for asset in impact.assets().filter(|asset| !asset.is_removed) {
            let is_rebuilt = asset.effect == assetdiff::OwnEffect::Rebuild;
            let affected = match asset.partitions {
                Some(AffectedPartitions::Some(subset)) => {
                    Affected { keys: subset.iter().collect(), is_unknown: false }
                }
                Some(AffectedPartitions::Unknown(_)) => Affected { keys: BTreeSet::new(), is_unknown: true },
                None => Affected { keys: BTreeSet::from_iter(is_rebuilt.then(String::new)), is_unknown: false },
            };
            if !affected.is_nothing() {
                found.insert(asset.key, affected);
            }
        }
        let mut expected = expected;
        // Where nothing says which, all count, whatever else is known.
        expected.values_mut().filter(|affected| affected.is_unknown).for_each(|affected| affected.keys.clear());
        prop_assert_eq!(found, expected);
    }
}
