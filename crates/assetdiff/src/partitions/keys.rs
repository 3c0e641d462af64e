//! The partition keys of a definition at a time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::definition::{DynamicPartitions, PartitionsDefinition, StaticPartitions};
use super::error::PartitionsError;
use super::set::{Ranges, Set};
use super::subset::PartitionSubset;
use super::windows::{Texts, WindowKeys};
use crate::value::Timestamp;

/// How many dimensions a definition may have.
const MAX_DIMENSIONS: usize = 16;

/// What stands between the parts of a key with dimensions.
const SEPARATOR: char = '|';

/// The partition keys of a definition at a time, in order.
///
/// Symbolic: an hourly definition over twenty years takes a few kilobytes, and a clone is free. Two are
/// equal if they have the same keys for the same windows by the same rule.
///
/// ```
/// use assetdiff::{PartitionKeys, PartitionsDefinition, StaticPartitions, Timestamp};
///
/// let regions = StaticPartitions { keys: vec!["eu".to_owned(), "us".to_owned()] };
/// let now: Timestamp = "2024-03-15T12:00:00Z".parse()?;
/// let keys = PartitionsDefinition::Static(regions).at(&now)?;
/// assert_eq!(keys.len(), Some(2));
/// assert_eq!(keys.iter().collect::<Vec<_>>(), ["eu", "us"]);
/// assert_eq!(keys.all().to_string(), "eu, us");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PartitionKeys(Arc<Inner>);

struct Inner {
    definition: Option<PartitionsDefinition>,
    /// The time at which the definition was asked for these keys.
    now: Option<Timestamp>,
    space: Space,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// One partition without a name.
    Unpartitioned,
    Windows(WindowKeys),
    Listed(Listed),
    Product(Vec<Dimension>),
    /// Keys that only the tool knows, at run time.
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dimension {
    pub(crate) name: String,
    pub(crate) keys: PartitionKeys,
}

/// Keys stated one by one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    keys: Vec<String>,
    /// Positions in the order of the keys' texts.
    sorted: Vec<u32>,
}

impl Listed {
    pub(crate) fn new(keys: Vec<String>) -> Result<Self, PartitionsError> {
        let count = u32::try_from(keys.len());
        let count =
            count.map_err(|_| PartitionsError::TooMany { what: "keys", limit: u64::from(u32::MAX) })?;
        let mut sorted: Vec<u32> = (0..count).collect();
        sorted.sort_unstable_by(|&a, &b| keys[a as usize].cmp(&keys[b as usize]));
        let same = sorted.windows(2).find(|pair| keys[pair[0] as usize] == keys[pair[1] as usize]);
        if let Some(pair) = same {
            return Err(PartitionsError::DuplicateKey { key: keys[pair[0] as usize].clone() });
        }
        Ok(Self { keys, sorted })
    }

    fn position(&self, key: &str) -> Option<u64> {
        let found = self.sorted.binary_search_by(|&at| self.keys[at as usize].as_str().cmp(key));
        found.ok().map(|at| u64::from(self.sorted[at]))
    }
}

impl PartialEq for PartitionKeys {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&*self.0, &*other.0);
        Arc::ptr_eq(&self.0, &other.0)
            || a.space == b.space && (a.space != Space::Unknown || a.definition == b.definition)
    }
}

impl Eq for PartitionKeys {}

impl fmt::Debug for PartitionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionKeys({})", self.all())
    }
}

impl PartitionsDefinition {
    /// Returns the partition keys at a time.
    ///
    /// They are those that Dagster gives but for what `docs/partitions.md` names. Cost: O(months) of the
    /// time that the windows span.
    ///
    /// # Errors
    /// [`PartitionsError`] for a schedule, time zone or format that cannot be read, for a key that stands twice,
    /// for windows beyond the year 9999, and for a type that is not known.
    pub fn at(&self, now: &Timestamp) -> Result<PartitionKeys, PartitionsError> {
        let space = match self {
            Self::TimeWindow(definition) => Space::Windows(WindowKeys::at(definition, now)?),
            Self::Static(StaticPartitions { keys }) => Space::Listed(Listed::new(keys.clone())?),
            Self::Dynamic(DynamicPartitions { keys: Some(keys), name: _ }) => {
                Space::Listed(Listed::new(keys.clone())?)
            }
            Self::Dynamic(DynamicPartitions { keys: None, name: _ }) => Space::Unknown,
            Self::Multi(dimensions) => {
                if dimensions.len() > MAX_DIMENSIONS {
                    return Err(PartitionsError::TooMany {
                        what: "dimensions",
                        limit: MAX_DIMENSIONS as u64,
                    });
                }
                let mut found = Vec::new();
                for (name, definition) in dimensions {
                    if matches!(definition, Self::Multi(_)) {
                        return Err(PartitionsError::NestedDimensions { dimension: name.clone() });
                    }
                    found.push(Dimension { name: name.clone(), keys: definition.at(now)?.into_dimension()? });
                }
                product_space(found)?
            }
            Self::Other { type_name, value: _ } => {
                return Err(PartitionsError::UnknownType { type_name: type_name.clone() });
            }
        };
        Ok(PartitionKeys(Arc::new(Inner { definition: Some(self.clone()), now: Some(*now), space })))
    }
}

fn product_space(dimensions: Vec<Dimension>) -> Result<Space, PartitionsError> {
    if dimensions.is_empty() {
        return Ok(Space::Listed(Listed::new(Vec::new())?));
    }
    if dimensions.iter().any(|dimension| dimension.keys.len().is_none()) {
        return Ok(Space::Unknown);
    }
    let count = dimensions.iter().try_fold(1_u64, |all, dimension| all.checked_mul(dimension.keys.len()?));
    count
        .map(|_| Space::Product(dimensions))
        .ok_or(PartitionsError::TooMany { what: "keys", limit: u64::MAX })
}

impl PartitionKeys {
    pub(crate) fn new(definition: Option<PartitionsDefinition>, space: Space) -> Self {
        Self(Arc::new(Inner { definition, now: None, space }))
    }

    /// Returns the one partition, without a name, of an asset that is not partitioned.
    pub fn unpartitioned() -> Self {
        Self::new(None, Space::Unpartitioned)
    }

    /// Returns keys that are listed.
    pub(crate) fn listed(keys: Vec<String>) -> Result<Self, PartitionsError> {
        Ok(Self::new(None, Space::Listed(Listed::new(keys)?)))
    }

    /// Returns the product of keys.
    pub(crate) fn product(dimensions: Vec<Dimension>) -> Result<Self, PartitionsError> {
        Ok(Self::new(None, product_space(dimensions)?))
    }

    /// Returns the keys that can be part of a key with dimensions: those without a separator.
    fn into_dimension(self) -> Result<Self, PartitionsError> {
        let definition = self.0.definition.clone();
        match self.space() {
            Space::Listed(listed) if listed.keys.iter().any(|key| key.contains(SEPARATOR)) => {
                let keys = listed.keys.iter().filter(|key| !key.contains(SEPARATOR)).cloned().collect();
                Ok(Self::new(definition, Space::Listed(Listed::new(keys)?)))
            }
            Space::Windows(windows) if windows.calendar.format.writes(SEPARATOR) => {
                let none = WindowKeys::between(Arc::clone(&windows.calendar), None)?;
                Ok(Self::new(definition, Space::Windows(none)))
            }
            _ => Ok(self),
        }
    }

    pub(crate) fn space(&self) -> &Space {
        &self.0.space
    }

    /// Returns the definition that these are the keys of; `None` where there is none.
    pub fn definition(&self) -> Option<&PartitionsDefinition> {
        self.0.definition.as_ref()
    }

    /// Returns a definition and a time at which it has keys that are equal to these; `None` for the one partition
    /// of an asset without partitions, and for windows beyond those of a definition, which mappings lead to.
    pub fn stated(&self) -> Option<(PartitionsDefinition, Timestamp)> {
        match (&self.0.definition, self.0.now, self.space()) {
            (Some(definition), Some(now), _) => Some((definition.clone(), now)),
            (_, _, Space::Listed(listed)) => {
                let keys = listed.keys.clone();
                // Keys that are listed are the same at any time.
                let now = Timestamp::from_unix_seconds(0).ok()?;
                Some((PartitionsDefinition::Static(StaticPartitions { keys }), now))
            }
            _ => None,
        }
    }

    /// Returns whether the asset is partitioned at all.
    pub fn is_partitioned(&self) -> bool {
        !matches!(self.space(), Space::Unpartitioned)
    }

    /// Returns the number of keys; `None` if only the tool knows them. O(1)
    pub fn len(&self) -> Option<u64> {
        match self.space() {
            Space::Unpartitioned => Some(1),
            Space::Windows(windows) => Some(windows.len()),
            Space::Listed(listed) => Some(listed.keys.len() as u64),
            Space::Product(dimensions) => dimensions.iter().map(|dimension| dimension.keys.len()).product(),
            Space::Unknown => None,
        }
    }

    /// Returns whether there is certainly no key.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Returns the first key.
    pub fn first(&self) -> Option<String> {
        self.get(0)
    }

    /// Returns the last key.
    pub fn last(&self) -> Option<String> {
        self.get(self.len()?.checked_sub(1)?)
    }

    /// Returns a key by its position; the key of an unpartitioned asset is empty. O(log n)
    pub fn get(&self, position: u64) -> Option<String> {
        match self.space() {
            Space::Unpartitioned => (position == 0).then(String::new),
            Space::Windows(windows) => windows.get(position).map(|tick| windows.calendar.key(tick)),
            Space::Listed(listed) => listed.keys.get(usize::try_from(position).ok()?).cloned(),
            Space::Product(dimensions) => {
                let mut left = position;
                let mut parts = Vec::with_capacity(dimensions.len());
                for dimension in dimensions.iter().rev() {
                    let count = dimension.keys.len().filter(|&count| count > 0)?;
                    parts.push(dimension.keys.get(left % count)?);
                    left /= count;
                }
                parts.reverse();
                (left == 0).then(|| parts.join("|"))
            }
            Space::Unknown => None,
        }
    }

    /// Returns the position of a key in a space of one dimension.
    pub(crate) fn position(&self, key: &str) -> Option<u64> {
        match self.space() {
            Space::Unpartitioned => key.is_empty().then_some(0),
            Space::Windows(windows) => windows.position(key),
            Space::Listed(listed) => listed.position(key),
            Space::Product(_) | Space::Unknown => None,
        }
    }

    /// Returns whether a key is among them; false where only the tool knows. O(log n)
    pub fn contains(&self, key: &str) -> bool {
        match self.space() {
            Space::Product(dimensions) => point(dimensions, key).is_some(),
            _ => self.position(key).is_some(),
        }
    }

    /// Returns the keys in order, lazily.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        keys_of(self, None, 0)
    }

    /// Returns the subset of all keys.
    pub fn all(&self) -> PartitionSubset {
        PartitionSubset::new(self.clone(), self.full())
    }

    /// Returns the subset without a key.
    pub fn none(&self) -> PartitionSubset {
        PartitionSubset::new(self.clone(), self.empty())
    }

    /// Returns the subset of some keys, and in order those that are not among the keys. O(n log n)
    ///
    /// Where only the tool knows the keys, all names are taken for keys.
    pub fn subset<I>(&self, keys: I) -> (PartitionSubset, Vec<String>)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut unknown = Vec::new();
        let set = match self.space() {
            Space::Product(dimensions) => {
                let mut points = Vec::new();
                for key in keys {
                    match point(dimensions, key.as_ref()) {
                        Some(point) => points.push(point),
                        None => unknown.push(key.as_ref().to_owned()),
                    }
                }
                if dimensions.len() < 2 {
                    let pairs = points.iter().flatten().map(|&at| (at, at + 1)).collect();
                    Set::Ranges(Ranges::from_pairs(pairs))
                } else {
                    Set::of_points(&mut points, dimensions.len())
                }
            }
            Space::Unknown => {
                let names = keys.into_iter().map(|key| key.as_ref().to_owned()).collect();
                Set::Names { names, rest: false }
            }
            _ => {
                let mut pairs = Vec::new();
                for key in keys {
                    match self.position(key.as_ref()) {
                        Some(at) => pairs.push((at, at + 1)),
                        None => unknown.push(key.as_ref().to_owned()),
                    }
                }
                Set::Ranges(Ranges::from_pairs(pairs))
            }
        };
        (PartitionSubset::new(self.clone(), set), unknown)
    }

    pub(crate) fn full(&self) -> Set {
        match self.space() {
            Space::Product(dimensions) => {
                let all = |dimension: &Dimension| Ranges::of(0, dimension.keys.len().unwrap_or(0));
                Set::product(dimensions.iter().map(all).collect())
            }
            Space::Unknown => Set::Names { names: BTreeSet::new(), rest: true },
            _ => Set::Ranges(Ranges::of(0, self.len().unwrap_or(0))),
        }
    }

    pub(crate) fn empty(&self) -> Set {
        match self.space() {
            Space::Product(dimensions) if dimensions.len() > 1 => Set::Fibers(Vec::new()),
            Space::Unknown => Set::Names { names: BTreeSet::new(), rest: false },
            _ => Set::Ranges(Ranges::default()),
        }
    }
}

/// Returns the keys of a set in order from a place in it on; of all keys if there is no set.
pub(crate) fn keys_of<'a>(
    keys: &'a PartitionKeys,
    set: Option<&'a Set>,
    skip: u64,
) -> Box<dyn Iterator<Item = String> + 'a> {
    match (keys.space(), set) {
        (Space::Product(dimensions), set) => product_keys(dimensions, set, skip),
        (Space::Unknown, Some(Set::Names { names, rest: false })) => {
            Box::new(names.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).cloned())
        }
        (Space::Unknown, _) => Box::new(std::iter::empty()),
        (_, None) => keys_between(keys, skip, keys.len().unwrap_or(0)),
        (_, Some(Set::Ranges(ranges))) => {
            let mut skip = skip;
            Box::new(ranges.pairs().iter().flat_map(move |&(from, to)| {
                let over = skip.min(to - from);
                skip -= over;
                keys_between(keys, from + over, to)
            }))
        }
        (_, Some(_)) => Box::new(std::iter::empty()),
    }
}

/// Calls back with each key of a set in order.
pub(crate) fn visit_keys(keys: &PartitionKeys, set: &Set, visit: &mut dyn FnMut(&str)) {
    let (Space::Windows(windows), Set::Ranges(ranges)) = (keys.space(), set) else {
        return keys_of(keys, Some(set), 0).for_each(|key| visit(&key));
    };
    let mut texts = Texts::of(&windows.calendar);
    for tick in ranges.pairs().iter().flat_map(|&(from, to)| windows.ticks(from, to)) {
        visit(texts.key(tick));
    }
}

fn keys_between(keys: &PartitionKeys, from: u64, to: u64) -> Box<dyn Iterator<Item = String> + '_> {
    match keys.space() {
        Space::Windows(windows) => {
            let mut texts = Texts::of(&windows.calendar);
            Box::new(windows.ticks(from, to).map(move |tick| texts.key(tick).to_owned()))
        }
        _ => Box::new((from..to).map_while(|position| keys.get(position))),
    }
}

fn product_keys<'a>(
    dimensions: &'a [Dimension],
    set: Option<&'a Set>,
    skip: u64,
) -> Box<dyn Iterator<Item = String> + 'a> {
    let Some((first, rest)) = dimensions.split_first() else { return Box::new(std::iter::empty()) };
    if rest.is_empty() {
        return keys_of(&first.keys, set, skip);
    }
    let pieces = match set {
        Some(Set::Fibers(fibers)) => {
            super::set::pieces(fibers).into_iter().map(|(pair, set)| (pair, Some(set))).collect()
        }
        Some(_) => Vec::new(),
        None => vec![((0, first.keys.len().unwrap_or(0)), None)],
    };
    let all = rest.iter().fold(1_u64, |all, dimension| all.saturating_mul(dimension.keys.len().unwrap_or(0)));
    let mut skip = skip;
    Box::new(pieces.into_iter().flat_map(move |((from, to), set)| {
        let each: u64 = set.map_or(all, |set| set.len().unwrap_or(0)).max(1);
        let rows = (skip / each).min(to - from);
        skip -= rows * each;
        keys_between(&first.keys, from + rows, to).flat_map({
            let mut skip = if from + rows < to { std::mem::take(&mut skip) } else { 0 };
            move |key| {
                product_keys(rest, set, std::mem::take(&mut skip))
                    .map(move |part| format!("{key}{SEPARATOR}{part}"))
            }
        })
    }))
}

/// Returns the position of a key in each dimension of a product.
pub(crate) fn point(dimensions: &[Dimension], key: &str) -> Option<Vec<u64>> {
    let mut parts = key.split(SEPARATOR);
    let point = dimensions.iter().map(|dimension| dimension.keys.position(parts.next()?)).collect();
    if parts.next().is_some() { None } else { point }
}
