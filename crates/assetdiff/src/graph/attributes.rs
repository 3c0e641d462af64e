//! Which assets have which attributes: what selections look up.

use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::sync::OnceLock;

use super::AssetGraph;
use super::interner::Interner;
use crate::asset::{AssetDefinition, AssetType};
use crate::json::{Members, items};
use crate::snapshot::{LimitError, LimitKind};
use crate::value::MetadataValue;

/// An attribute that selections name, with what its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Attribute {
    AssetType,
    /// The name of a column.
    Column,
    /// Name and value of a tag of a column.
    ColumnTag,
    Group,
    /// An item of `execution.job_names`, as JSON.
    Job,
    Kind,
    /// Nothing: the asset is known to have no columns.
    NoColumns,
    Owner,
    /// The type of the partitions definition.
    Partitions,
    /// Name and value.
    Tag,
}

impl Attribute {
    /// The attribute as it stands above the number of a value.
    fn bits(self) -> u32 {
        (self as u32) << VALUE.count_ones()
    }
}

/// Marks the first value of a definition, which is its asset type.
const FIRST: u32 = 1 << 31;

/// The part of a number that counts values; their attribute stands above it.
const VALUE: u32 = (1 << 27) - 1;

/// Stands for the node of a definition that does not count.
const PASSED_OVER: u32 = u32::MAX;

/// The metadata that name a table, the newer one first.
pub(crate) const TABLE_NAMES: [&str; 2] = ["dagster/table_name", "dagster/relation_identifier"];

/// The values of the attributes of all definitions, as numbers one after the other.
///
/// Of several code locations that define a key one counts: the first that can make it, else the first
/// that can look at it, else the first. A question is one pass over the numbers: 4 bytes for each value
/// and asset, a thousandth of a second for each million of them.
pub(crate) struct Attributes {
    collected: Collected,
    /// For each definition as they came, the node that it stands for.
    nodes: Vec<u32>,
    materializable: OnceLock<Vec<u32>>,
}

impl Attributes {
    /// Reads the attributes of all definitions.
    pub(super) fn read(graph: &AssetGraph) -> Self {
        let mut collected = Collected::default();
        let mut definitions = graph.definitions().enumerate();
        // Whoever wrote more different values than can be numbered could not have read them.
        let _ = definitions.try_for_each(|(position, definition)| collected.push(&definition, position));
        let in_order: Vec<u32> = (0..graph.rows.len() as u32).collect();
        collected.finish(&in_order, &graph.rows.first)
    }

    /// Returns the assets that have a value of an attribute; tags have two texts, others one.
    pub(crate) fn of(&self, attribute: Attribute, texts: &[&str]) -> Vec<u32> {
        let number = self.collected.values.find(attribute, texts).map(|value| attribute.bits() | value);
        number.map_or(Vec::new(), |wanted| self.assets_where(|number| number == wanted))
    }

    /// Returns the assets that have any value of an attribute.
    pub(crate) fn with(&self, attribute: Attribute) -> Vec<u32> {
        self.assets_where(|number| number & !VALUE == attribute.bits())
    }

    /// Returns the assets that have a value which answers a question with yes.
    pub(crate) fn matching(&self, attribute: Attribute, matches: impl Fn(&str) -> bool) -> Vec<u32> {
        let values = self.collected.values.iter();
        let wanted: Vec<bool> = values
            .map(|(of, text)| of == attribute as u8 && std::str::from_utf8(text).is_ok_and(&matches))
            .collect();
        self.assets_where(|number| wanted.get((number & VALUE) as usize).copied().unwrap_or_default())
    }

    /// Returns the assets that the orchestrator can make, in order. The first call looks at all.
    pub(crate) fn materializable(&self) -> &[u32] {
        self.materializable.get_or_init(|| {
            let mut made = self.of(Attribute::AssetType, &[AssetType::Materializable.as_str()]);
            made.sort_unstable();
            made
        })
    }

    /// Returns the assets whose metadata may name a table, a few others among them.
    pub(crate) fn perhaps_of_table(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        let wanted = short_hash(name);
        self.tables().filter(move |&(_, hash)| hash == wanted).map(|(node, _)| node)
    }

    /// Returns the assets whose metadata name a table.
    pub(crate) fn with_table(&self) -> impl Iterator<Item = usize> + '_ {
        self.tables().map(|(node, _)| node)
    }

    fn tables(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let of = |&(position, hash): &(u32, u32)| self.node(position as usize).map(|node| (node, hash));
        self.collected.tables.iter().filter_map(of)
    }

    /// The assets that have a value which is wanted, in the order of their definitions.
    fn assets_where(&self, wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        let mut definitions = 0_usize;
        // Most pieces hold nothing that is wanted, which is seen without a branch for each number.
        for piece in self.collected.numbers.chunks(64) {
            let begun = piece.iter().map(|number| number >> 31).sum::<u32>() as usize;
            if piece.iter().fold(false, |is_there, number| is_there | wanted(number & !FIRST)) {
                let mut at = definitions;
                for number in piece {
                    at += (number >> 31) as usize;
                    if wanted(number & !FIRST) {
                        let node = self.node(at - 1).map(|node| node as u32);
                        found.extend(node.filter(|node| found.last() != Some(node)));
                    }
                }
            }
            definitions += begun;
        }
        found
    }

    fn node(&self, position: usize) -> Option<usize> {
        self.nodes.get(position).filter(|&&node| node != PASSED_OVER).map(|&node| node as usize)
    }
}

/// The attributes of definitions as they come.
#[derive(Clone, Default)]
pub(super) struct Collected {
    values: Values,
    /// For each definition its asset type, which is marked, then the numbers of its other values.
    numbers: Vec<u32>,
    /// Positions of definitions that name a table, each with a hash of the name: almost every asset has a
    /// name of its own, so the names themselves would take as much as they do in the definitions.
    tables: Vec<(u32, u32)>,
    scratch: Vec<u8>,
}

impl Collected {
    /// Notes the attributes of the definition at a position.
    ///
    /// # Errors
    /// [`LimitError`] if there are more than 134 million different values, or more than 4 GiB of their texts.
    pub(super) fn push(&mut self, definition: &AssetDefinition, position: usize) -> Result<(), LimitError> {
        let first = self.numbers.len();
        self.add(Attribute::AssetType, &[definition.asset_type.as_str()])?;
        self.numbers[first] |= FIRST;
        for column in definition.columns.iter().flatten() {
            self.add(Attribute::Column, &[&column.name])?;
            for (name, value) in &column.tags {
                self.add(Attribute::ColumnTag, &[name, value])?;
            }
        }
        if definition.columns.as_ref().is_some_and(Vec::is_empty) {
            self.add(Attribute::NoColumns, &[])?;
        }
        if let Some(group) = &definition.group {
            self.add(Attribute::Group, &[group])?;
        }
        if let Some(names) = definition.execution.get("job_names") {
            items(names.as_str()).try_for_each(|name| self.add(Attribute::Job, &[name]))?;
        }
        definition.kinds.iter().try_for_each(|kind| self.add(Attribute::Kind, &[kind]))?;
        definition.owners.iter().try_for_each(|owner| self.add(Attribute::Owner, &[owner]))?;
        if let Some(partitions) = &definition.partitions {
            self.add(Attribute::Partitions, &[partitions.type_name()])?;
        }
        definition.tags.iter().try_for_each(|(name, value)| self.add(Attribute::Tag, &[name, value]))?;
        // One search, as most metadata name no table.
        let [newer, older] = TABLE_NAMES;
        let between = (Bound::Included(older), Bound::Included(newer));
        if definition.metadata.range::<str, _>(between).next().is_some() {
            let named = [newer, older].iter().find_map(|&name| definition.metadata.get(name));
            self.tables.extend(named.map(|value| (position as u32, hash_of_text(value))));
        }
        Ok(())
    }

    /// Returns whether a definition has so many values that noting them while it is in memory would take several
    /// times the memory of its text.
    pub(super) fn is_too_wide(definition: &AssetDefinition) -> bool {
        let AssetDefinition { columns, kinds, owners, tags, .. } = definition;
        let columns = columns.as_ref().map_or(0, Vec::len);
        columns + kinds.len() + owners.len() + tags.len() > 1 << 16
    }

    /// Returns the attributes of what another one holds, by position there.
    pub(super) fn of_positions(&self) -> OfPositions<'_> {
        let starts = self.numbers.iter().enumerate().filter(|(_, number)| *number & FIRST != 0);
        OfPositions {
            other: self,
            starts: starts.map(|(start, _)| start).collect(),
            numbers: vec![None; self.values.len()],
        }
    }

    fn add(&mut self, attribute: Attribute, texts: &[&str]) -> Result<(), LimitError> {
        spell(&mut self.scratch, attribute, texts);
        let value = self.values.number(&self.scratch)?;
        self.numbers.push(attribute.bits() | value);
        Ok(())
    }

    /// Returns the attributes of the assets, given the positions of the definitions in the order of
    /// assets, and for each asset its first definition there.
    pub(super) fn finish(mut self, by_key: &[u32], first_row: &[u32]) -> Attributes {
        self.numbers.shrink_to_fit();
        self.tables.shrink_to_fit();
        self.scratch = Vec::new();
        self.values.shrink();
        let mut nodes = vec![PASSED_OVER; by_key.len()];
        let is_single = by_key.len() + 1 == first_row.len();
        let ranks = if is_single { Vec::new() } else { self.ranks() };
        for (asset, rows) in first_row.windows(2).enumerate() {
            let rows = &by_key[rows[0] as usize..rows[1] as usize];
            let best = match rows {
                [only] => Some(only),
                several => several.iter().min_by_key(|&&at| ranks.get(at as usize)),
            };
            if let Some(&at) = best {
                nodes[at as usize] = asset as u32;
            }
        }
        Attributes { collected: self, nodes, materializable: OnceLock::new() }
    }

    /// For each definition, how it ranks among those of one key.
    fn ranks(&self) -> Vec<u8> {
        let firsts = self.numbers.iter().filter(|&number| number & FIRST != 0);
        let name = |number: &u32| self.values.get((number & VALUE) as usize).get(1..).unwrap_or_default();
        firsts.map(|number| rank(std::str::from_utf8(name(number)).unwrap_or_default())).collect()
    }
}

/// What a collection holds, to be taken over by another by position.
pub(super) struct OfPositions<'a> {
    other: &'a Collected,
    starts: Vec<usize>,
    /// For each value, its number in the one that takes over.
    numbers: Vec<Option<u32>>,
}

impl OfPositions<'_> {
    /// Adds the attributes at a position to those of another collection.
    ///
    /// # Errors
    /// Those of [`Collected::push`].
    pub(super) fn append(
        &mut self,
        at: usize,
        to: &mut Collected,
        position: usize,
    ) -> Result<(), LimitError> {
        let Some(&start) = self.starts.get(at) else { return Ok(()) };
        let end = self.starts.get(at + 1).copied().unwrap_or(self.other.numbers.len());
        for number in &self.other.numbers[start..end] {
            let (value, attribute) = ((number & VALUE) as usize, number & !VALUE);
            let taken = match self.numbers[value] {
                Some(taken) => taken,
                None => *self.numbers[value].insert(to.values.number(self.other.values.get(value))?),
            };
            to.numbers.push(attribute | taken);
        }
        let table = self.other.tables.binary_search_by_key(&(at as u32), |&(of, _)| of);
        to.tables.extend(table.ok().map(|index| (position as u32, self.other.tables[index].1)));
        Ok(())
    }
}

/// Different values of attributes, each spelled once, by number.
#[derive(Clone, Default)]
struct Values {
    spelled: Interner,
}

impl Values {
    fn len(&self) -> usize {
        self.spelled.len()
    }

    fn get(&self, number: usize) -> &[u8] {
        self.spelled.get(number)
    }

    /// Returns the values in the order of their numbers, each as its attribute and its text.
    fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        (0..self.len()).filter_map(|number| self.get(number).split_first()).map(|(of, text)| (*of, text))
    }

    fn find(&self, attribute: Attribute, texts: &[&str]) -> Option<u32> {
        let mut text = Vec::new();
        spell(&mut text, attribute, texts);
        self.spelled.find(&text)
    }

    fn number(&mut self, text: &[u8]) -> Result<u32, LimitError> {
        let number = Some(self.spelled.number(text)).filter(|&number| number <= VALUE);
        number.ok_or(LimitError { kind: LimitKind::Bytes, limit: u64::from(VALUE) })
    }

    fn shrink(&mut self) {
        self.spelled.shrink();
    }
}

/// Writes a value with its attribute; no UTF-8 text holds what stands between its texts.
fn spell(to: &mut Vec<u8>, attribute: Attribute, texts: &[&str]) {
    to.clear();
    to.push(attribute as u8);
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            to.push(0xff);
        }
        to.extend_from_slice(text.as_bytes());
    }
}

/// Hashes alike in every builder, as they take over from each other.
fn short_hash(text: &str) -> u32 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() as u32
}

/// The hash of a metadata value as a text; of what is none, some hash.
fn hash_of_text(value: &MetadataValue) -> u32 {
    match value {
        MetadataValue::Text(text)
        | MetadataValue::Url(text)
        | MetadataValue::Path(text)
        | MetadataValue::Notebook(text)
        | MetadataValue::Markdown(text)
        | MetadataValue::Run(text)
        | MetadataValue::Pool(text) => short_hash(text),
        other => {
            let read = serde_json::to_value(other).ok();
            let text = read.as_ref().and_then(|value| value.get("value")?.as_str());
            text.map_or(0, short_hash)
        }
    }
}

/// How a definition ranks among those of one key, by its asset type; the lowest counts.
fn rank(asset_type: &str) -> u8 {
    match asset_type {
        "materializable" => 0,
        "observable" => 1,
        "check_only" => 3,
        _ => 2,
    }
}

impl AssetGraph {
    /// The row that stands for an asset which several code locations define.
    pub(crate) fn preferred_row(&self, asset: usize) -> usize {
        let rows = self.rows_of(asset);
        if rows.len() == 1 {
            return rows.start;
        }
        let rank_of = |row: usize| {
            let asset_type = Members::of(self.record(row)).find(|(name, _)| name == "asset_type");
            asset_type.map_or(0, |(_, quoted)| rank(quoted.trim_matches('"')))
        };
        rows.clone().min_by_key(|&row| rank_of(row)).unwrap_or(rows.start)
    }
}
