//! The assets of both sides as numbers, and what the page has to know of each.

use std::collections::{BTreeMap, BTreeSet};

use assetdiff::{AssetChange, AssetDefinition, AssetKey, OwnEffect};
use serde::Serialize;

use super::input::{HtmlInput, HtmlStyle};
use super::sides::{self, Note};
use super::words;

/// What happened to an asset; the page knows these numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
pub(super) enum Status {
    #[default]
    Same,
    /// Only the new key of an upstream asset.
    Following,
    Modified,
    Moved,
    Renamed,
    Removed,
    Added,
    /// Named by others, and defined nowhere.
    Undefined,
    /// Only the base changed it, in a comparison of three.
    Theirs,
}

impl From<Status> for u8 {
    fn from(status: Status) -> u8 {
        status as u8
    }
}

impl Status {
    /// Whether the definition itself is another one, be it in the base.
    pub(super) const fn is_change(self) -> bool {
        !matches!(self, Self::Same | Self::Undefined)
    }
}

/// Texts by number.
#[derive(Default)]
pub(super) struct Names {
    pub(super) list: Vec<String>,
    known: BTreeMap<String, u32>,
}

impl Names {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        self.number_of(words::shown(text))
    }

    /// Returns the number of a text that is shown as it is.
    fn number_of(&mut self, text: String) -> u32 {
        if let Some(&number) = self.known.get(&text) {
            return number;
        }
        let number = self.list.len() as u32;
        self.known.insert(text.clone(), number);
        self.list.push(text);
        number
    }
}

/// The assets that are shown, by key.
pub(super) struct Found<'a> {
    pub(super) keys: Vec<AssetKey>,
    numbers: BTreeMap<AssetKey, u32>,
    /// From the key in base to that in head.
    pub(super) renames: BTreeMap<AssetKey, AssetKey>,
    added_by_them: BTreeMap<AssetKey, &'a AssetDefinition>,
    /// From the key in the other side's graph to that in base.
    renamed_by_them: BTreeMap<AssetKey, AssetKey>,
    pub(super) left_out: usize,
}

impl<'a> Found<'a> {
    pub(super) fn new(input: &HtmlInput<'a>, style: &HtmlStyle) -> Self {
        let renames: BTreeMap<_, _> =
            input.changes.renamed.iter().map(|r| (r.old.key.clone(), r.new.key.clone())).collect();
        let base = input.base.keys().filter(|key| !renames.contains_key(key));
        let mut keys: BTreeSet<AssetKey> = input.head.keys().chain(base).collect();
        keys.extend(input.head.undefined());
        let (added_by_them, renamed_by_them) = input.three_way.map(sides::of_base).unwrap_or_default();
        keys.extend(added_by_them.keys().cloned());
        let total = keys.len();
        if total > style.max_assets {
            keys = nearest(input, keys, style.max_assets);
        }
        let left_out = total - keys.len();
        let keys: Vec<AssetKey> = keys.into_iter().collect();
        let numbers = keys.iter().cloned().zip(0..).collect();
        Self { keys, numbers, renames, added_by_them, renamed_by_them, left_out }
    }

    pub(super) fn node(&self, key: &AssetKey) -> Option<u32> {
        let known =
            |key: &AssetKey| self.numbers.get(key).or_else(|| self.numbers.get(self.renames.get(key)?));
        known(key).or_else(|| known(self.renamed_by_them.get(key)?)).copied()
    }
}

/// Returns the assets that matter most: changed ones, affected ones by distance, what they read, then the rest.
fn nearest(input: &HtmlInput<'_>, keys: BTreeSet<AssetKey>, max: usize) -> BTreeSet<AssetKey> {
    let mut kept = BTreeSet::new();
    let mut take = |key: AssetKey| {
        if kept.len() < max && keys.contains(&key) {
            kept.insert(key);
        }
    };
    let mut important: Vec<AssetKey> =
        input.changes.changes().into_iter().map(|change| change.key().clone()).collect();
    let mut affected: Vec<(u32, AssetKey)> =
        input.impact.iter().flat_map(|impact| impact.assets()).map(|a| (a.distance, a.key)).collect();
    affected.sort();
    let theirs = input.three_way.map(|three_way| three_way.theirs.changes()).unwrap_or_default();
    important.extend(theirs.iter().map(|change| change.key().clone()));
    important.extend(affected.into_iter().map(|(_, key)| key));
    important.iter().cloned().for_each(&mut take);
    important.iter().flat_map(|key| input.head.upstream(key)).for_each(&mut take);
    keys.iter().cloned().for_each(&mut take);
    kept
}

/// What the page has to know of every asset, one list for each thing.
#[derive(Default, Serialize)]
pub(super) struct Nodes {
    pub(super) key: Vec<String>,
    pub(super) status: Vec<Status>,
    /// 0 nothing, 1 its checks run again, 2 it is made again.
    pub(super) effect: Vec<u8>,
    /// Steps from the nearest change; -1 if none reaches it.
    pub(super) distance: Vec<i64>,
    /// The column of the drawing of all.
    pub(super) rank: Vec<u32>,
    pub(super) group: Vec<i64>,
    location: Vec<i64>,
    #[serde(rename = "type")]
    asset_type: Vec<i64>,
    partitions: Vec<i64>,
    description: Vec<i64>,
    kinds: Vec<Vec<u32>>,
    owners: Vec<Vec<u32>>,
    /// `name` or `name=value`.
    tags: Vec<Vec<u32>>,
}

/// The most characters of a description; that of a changed asset stands in its change, whole.
const MAX_DESCRIPTION: usize = 400;

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.key.len()
    }

    pub(super) fn new(
        input: &HtmlInput<'_>,
        found: &Found<'_>,
        names: &mut Names,
        sides: &[(u32, Note)],
    ) -> Self {
        let mut nodes = Self::default();
        for key in &found.keys {
            nodes.key.push(key.to_string());
            let head = input.head.definitions_of(key);
            let definitions = if head.is_empty() { input.base.definitions_of(key) } else { head };
            let theirs = found.added_by_them.get(key).copied();
            nodes.push_definition(definitions.first().or(theirs), names);
        }
        nodes.status = vec![Status::Same; nodes.len()];
        nodes.effect = vec![0; nodes.len()];
        nodes.distance = vec![-1; nodes.len()];
        nodes.mark(input, found);
        for (node, note) in sides {
            let node = *node as usize;
            let is_plain = matches!(nodes.status[node], Status::Same | Status::Undefined);
            if is_plain && nodes.effect[node] == 0 && !note.theirs.is_empty() {
                nodes.status[node] = Status::Theirs;
            }
        }
        nodes
    }

    fn push_definition(&mut self, definition: Option<&AssetDefinition>, names: &mut Names) {
        let mut number = |text: Option<&str>| text.map_or(-1, |text| i64::from(names.number(text)));
        self.group.push(number(definition.and_then(|d| d.group.as_deref())));
        self.location.push(number(definition.and_then(|d| d.code_location.as_deref())));
        self.asset_type.push(number(definition.map(|d| d.asset_type.as_str())));
        let partitions = definition.and_then(|d| d.partitions.as_ref()).map(words::partitions);
        self.partitions.push(number(partitions.as_deref()));
        let description = definition.and_then(|d| d.description.as_deref());
        let description = description.map(|text| words::lines(text, MAX_DESCRIPTION));
        self.description.push(description.map_or(-1, |text| i64::from(names.number_of(text))));
        let mut numbers = |texts: Vec<String>| texts.iter().map(|text| names.number(text)).collect();
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect();
        self.kinds.push(numbers(definition.map(|d| list(&d.kinds)).unwrap_or_default()));
        self.owners.push(numbers(definition.map(|d| list(&d.owners)).unwrap_or_default()));
        let tag = |(name, value): (&String, &String)| match value.as_str() {
            "" => name.clone(),
            value => format!("{name}={value}"),
        };
        self.tags.push(numbers(definition.map(|d| d.tags.iter().map(tag).collect()).unwrap_or_default()));
    }

    fn mark(&mut self, input: &HtmlInput<'_>, found: &Found<'_>) {
        for key in input.head.undefined() {
            // An upstream that base defined is gone, which counts for more.
            if let Some(node) = found.node(&key).filter(|_| !input.base.contains(&key)) {
                self.status[node as usize] = Status::Undefined;
            }
        }
        for change in input.changes.changes() {
            let Some(node) = found.node(change.key()) else { continue };
            let node = node as usize;
            let kinds = change.kinds();
            let status = match change {
                // The key is on both sides; only one of its code locations is new or gone.
                AssetChange::Added(_) if input.base.contains(change.key()) => Status::Modified,
                AssetChange::Removed(_) if input.head.contains(change.key()) => Status::Modified,
                AssetChange::Added(_) => Status::Added,
                AssetChange::Removed(_) => Status::Removed,
                AssetChange::Renamed(_) => Status::Renamed,
                AssetChange::Moved(_) => Status::Moved,
                AssetChange::Modified(_) if kinds.iter().eq([&assetdiff::ChangeKind::UpstreamRenamed]) => {
                    Status::Following
                }
                AssetChange::Modified(_) => Status::Modified,
            };
            self.status[node] = self.status[node].max(status);
            if input.impact.is_none() {
                let own = change.effects(&input.changes.effect_overrides).own;
                self.effect[node] = self.effect[node].max(effect_number(own));
            }
        }
        for asset in input.impact.iter().flat_map(|impact| impact.assets()) {
            if let Some(node) = found.node(&asset.key) {
                self.effect[node as usize] = self.effect[node as usize].max(effect_number(asset.effect));
                let distance = &mut self.distance[node as usize];
                // A renamed asset is reached under both keys: the nearer one counts.
                let nearer = i64::from(asset.distance);
                *distance = if *distance < 0 { nearer } else { nearer.min(*distance) };
            }
        }
    }
}

const fn effect_number(effect: OwnEffect) -> u8 {
    match effect {
        OwnEffect::None => 0,
        OwnEffect::Recheck => 1,
        OwnEffect::Rebuild => 2,
    }
}

/// Which asset reads which, on both sides.
#[derive(Default, Serialize)]
pub(super) struct Edges {
    /// The asset that is read.
    pub(super) from: Vec<u32>,
    /// The asset that reads it.
    pub(super) to: Vec<u32>,
    /// 0 on both sides, 1 only in head, 2 only in base, 3 other partitions or metadata are read, 4 only the other side
    /// of three made it or took it away.
    pub(super) state: Vec<u8>,
}

impl Edges {
    pub(super) fn new(input: &HtmlInput<'_>, found: &Found<'_>) -> Self {
        let mut states: BTreeMap<(u32, u32), u8> = BTreeMap::new();
        for (graph, bit) in [(input.head, 1), (input.base, 2)] {
            for key in graph.keys() {
                let Some(to) = found.node(&key) else { continue };
                for from in graph.upstream(&key).iter().filter_map(|up| found.node(up)) {
                    *states.entry((from, to)).or_default() |= bit;
                }
            }
        }
        for change in input.changes.changes() {
            let changed = change.modification().and_then(|m| m.dependencies.as_ref()).map(|d| &d.changed);
            for diff in changed.into_iter().flatten() {
                if let (Some(from), Some(to)) = (found.node(&diff.new.key), found.node(change.key())) {
                    states.entry((from, to)).and_modify(|state| *state |= 4);
                }
            }
        }
        for change in input.three_way.iter().flat_map(|three_way| three_way.theirs.changes()) {
            let Some(to) = found.node(change.key()) else { continue };
            let (added, removed) = sides::reads(&change);
            for (keys, bit) in [(added, 8), (removed, 16)] {
                for from in keys.into_iter().filter_map(|key| found.node(key)) {
                    *states.entry((from, to)).or_default() |= bit;
                }
            }
        }
        let mut edges = Self::default();
        for ((from, to), bits) in states {
            edges.from.push(from);
            edges.to.push(to);
            edges.state.push(match (bits & 7, bits & 24) {
                (1, _) => 1,
                (2, _) => 2,
                (3, 0) => 0,
                (0 | 3, _) => 4,
                _ => 3,
            });
        }
        edges
    }

    pub(super) fn pairs(&self) -> Vec<(u32, u32)> {
        self.from.iter().copied().zip(self.to.iter().copied()).collect()
    }
}
