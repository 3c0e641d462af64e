//! Subsets of partition keys.

use std::fmt;

use super::error::SubsetError;
use super::keys::{PartitionKeys, Space, keys_of, point, visit_keys};
use super::set::{Op, Ranges, Set};
use super::windows::WindowKeys;

/// How many keys are compared one by one where nothing better is known of them.
pub(crate) const MAX_COMPARED: u64 = 10_000_000;

/// Some of the partitions of an asset, symbolically: ranges, and products of ranges.
///
/// It knows its [`PartitionKeys`]. Equal subsets are equal values.
///
/// ```
/// use assetdiff::{PartitionKeys, PartitionsDefinition, Timestamp};
///
/// let daily: PartitionsDefinition = serde_json::from_str(
///     r#"{"type": "time_window", "value": {
///         "cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": "2024-01-01T00:00:00Z", "timezone": "UTC"
///     }}"#,
/// )?;
/// let keys = daily.at(&"2024-03-15T12:00:00Z".parse()?)?;
/// let (some, unknown) = keys.subset(["2024-01-01", "2024-01-02", "2024-01-03", "2023-12-31"]);
/// assert_eq!(some.to_string(), "2024-01-01..2024-01-03 (3)");
/// assert_eq!(unknown, ["2023-12-31"]);
/// assert_eq!(keys.all().difference(&some)?.len(), Some(71));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PartitionSubset {
    keys: PartitionKeys,
    set: Set,
}

/// Partitions that follow each other, or a product of such.
///
/// With dimensions, `first` and `last` are the corners: the keys whose parts lie between theirs, dimension by
/// dimension, as in Dagster's `--partition-range`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionRange {
    /// The first key.
    pub first: String,
    /// The last key.
    pub last: String,
    /// How many keys there are.
    pub count: u64,
}

impl fmt::Debug for PartitionSubset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionSubset({self})")
    }
}

impl PartitionSubset {
    pub(crate) fn new(keys: PartitionKeys, set: Set) -> Self {
        Self { keys, set }
    }

    pub(crate) fn set(&self) -> &Set {
        &self.set
    }

    /// Returns the keys that it is a subset of.
    pub fn keys(&self) -> &PartitionKeys {
        &self.keys
    }

    fn combine(&self, other: &Self, op: Op) -> Result<Self, SubsetError> {
        if self.keys != other.keys {
            let text = |subset: &Self| subset.keys.all().to_string();
            return Err(SubsetError::DifferentKeys { left: text(self), right: text(other) });
        }
        Ok(Self { keys: self.keys.clone(), set: self.set.combine(&other.set, op) })
    }

    /// Returns the partitions that are in either. O(ranges)
    ///
    /// # Errors
    /// [`SubsetError::DifferentKeys`]; see [`within`](Self::within).
    pub fn union(&self, other: &Self) -> Result<Self, SubsetError> {
        self.combine(other, Op::Union)
    }

    /// Returns the partitions that are in both. O(ranges)
    ///
    /// # Errors
    /// [`SubsetError::DifferentKeys`]; see [`within`](Self::within).
    pub fn intersection(&self, other: &Self) -> Result<Self, SubsetError> {
        self.combine(other, Op::Intersection)
    }

    /// Returns the partitions that are in this but not in the other. O(ranges)
    ///
    /// # Errors
    /// [`SubsetError::DifferentKeys`]; see [`within`](Self::within).
    pub fn difference(&self, other: &Self) -> Result<Self, SubsetError> {
        self.combine(other, Op::Difference)
    }

    /// Returns the partitions of other keys that have the same key as one of these. O(ranges) if both are windows of
    /// the same schedule or products of such, O(keys of the smaller) otherwise
    ///
    /// # Errors
    /// [`SubsetError::UnknownKeys`] if only the tool knows which keys these are, [`SubsetError::TooMany`] if ten
    /// million keys would have to be compared.
    pub fn within(&self, other: &PartitionKeys) -> Result<Self, SubsetError> {
        let set = counterpart(&self.keys, &self.set, other)?;
        Ok(Self { keys: other.clone(), set })
    }

    /// Returns the number of partitions, or `None` if only the tool knows it. O(ranges)
    pub fn len(&self) -> Option<u64> {
        self.set.len()
    }

    /// Returns whether it has no partition.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Returns whether it has all partitions; so has every subset if there are none.
    pub fn is_all(&self) -> bool {
        self.set == self.keys.full()
    }

    /// Returns whether it has the partition with this key. O(log n)
    pub fn contains(&self, key: &str) -> bool {
        match (&self.set, self.keys.space()) {
            (Set::Names { names, rest }, _) => names.contains(key) != *rest,
            (set, Space::Product(dimensions)) => point(dimensions, key).is_some_and(|point| has(set, &point)),
            (set, _) => self.keys.position(key).is_some_and(|position| has(set, &[position])),
        }
    }

    /// Returns the keys in order, lazily; none where only the tool knows them.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        self.iter_from(0)
    }

    /// Returns the keys in order from a place on, lazily. O(ranges) for the first
    pub fn iter_from(&self, place: u64) -> impl Iterator<Item = String> + '_ {
        keys_of(&self.keys, Some(&self.set), place)
    }

    /// Calls back with each key in order: as [`iter`](Self::iter), but without a text of its own for each.
    pub fn visit(&self, mut visit: impl FnMut(&str)) {
        visit_keys(&self.keys, &self.set, &mut visit);
    }

    /// Returns the partitions as ranges in order, lazily: there can be as many as partitions.
    pub fn ranges(&self) -> impl Iterator<Item = PartitionRange> + '_ {
        ranges_of(&self.keys, &self.set)
    }
}

fn has(set: &Set, point: &[u64]) -> bool {
    match (set, point) {
        (Set::Ranges(ranges), [position, ..]) => ranges.contains(*position),
        (Set::Fibers(fibers), [position, rest @ ..]) => {
            fibers.iter().any(|(ranges, set)| ranges.contains(*position) && has(set, rest))
        }
        _ => false,
    }
}

fn ranges_of<'a>(keys: &'a PartitionKeys, set: &'a Set) -> Box<dyn Iterator<Item = PartitionRange> + 'a> {
    match (keys.space(), set) {
        (_, Set::Names { names, rest: false }) => Box::new(names.iter().map(|name| PartitionRange {
            first: name.clone(),
            last: name.clone(),
            count: 1,
        })),
        (_, Set::Names { .. }) => Box::new(std::iter::empty()),
        (Space::Product(dimensions), Set::Fibers(fibers)) => {
            let names: Vec<&PartitionKeys> = dimensions.iter().map(|dimension| &dimension.keys).collect();
            Box::new(fibers.iter().flat_map(move |(ranges, set)| corners(names.clone(), ranges, set)))
        }
        (Space::Product(dimensions), Set::Ranges(ranges)) => {
            let keys = dimensions.first().map_or(keys, |dimension| &dimension.keys);
            Box::new(ranges.pairs().iter().filter_map(move |&pair| range(keys, pair)))
        }
        (_, Set::Ranges(ranges)) => {
            Box::new(ranges.pairs().iter().filter_map(move |&pair| range(keys, pair)))
        }
        (_, Set::Fibers(_)) => Box::new(std::iter::empty()),
    }
}

fn range(keys: &PartitionKeys, (from, to): (u64, u64)) -> Option<PartitionRange> {
    Some(PartitionRange { first: keys.get(from)?, last: keys.get(to - 1)?, count: to - from })
}

/// Returns the ranges of one fiber: each of its ranges with each of those of the rest.
fn corners<'a>(
    dimensions: Vec<&'a PartitionKeys>,
    ranges: &'a Ranges,
    set: &'a Set,
) -> Box<dyn Iterator<Item = PartitionRange> + 'a> {
    let Some((&first, rest)) = dimensions.split_first() else { return Box::new(std::iter::empty()) };
    let rest = rest.to_vec();
    Box::new(ranges.pairs().iter().filter_map(move |&pair| range(first, pair)).flat_map(move |outer| {
        let inner: Box<dyn Iterator<Item = PartitionRange>> = match (set, rest.first()) {
            (Set::Fibers(fibers), _) => {
                let rest = rest.clone();
                Box::new(fibers.iter().flat_map(move |(ranges, set)| corners(rest.clone(), ranges, set)))
            }
            (Set::Ranges(ranges), Some(&keys)) => {
                Box::new(ranges.pairs().iter().filter_map(move |&pair| range(keys, pair)))
            }
            _ => Box::new(std::iter::empty()),
        };
        inner.map(move |inner| PartitionRange {
            first: format!("{}|{}", outer.first, inner.first),
            last: format!("{}|{}", outer.last, inner.last),
            count: outer.count.saturating_mul(inner.count),
        })
    }))
}

/// Returns the partitions of other keys with the same key as one of a set.
fn counterpart(keys: &PartitionKeys, set: &Set, other: &PartitionKeys) -> Result<Set, SubsetError> {
    if keys == other {
        return Ok(set.clone());
    }
    if set.is_empty() {
        return Ok(other.empty());
    }
    match (keys.space(), set, other.space()) {
        (Space::Windows(from), Set::Ranges(ranges), Space::Windows(to)) if from.same_calendar(to) => {
            Ok(Set::Ranges(same_windows(from, ranges, to)))
        }
        (Space::Product(from), Set::Fibers(fibers), Space::Product(to)) if from.len() == to.len() => {
            let from: Vec<_> = from.iter().map(|dimension| &dimension.keys).collect();
            let to: Vec<_> = to.iter().map(|dimension| &dimension.keys).collect();
            product_counterpart(&from, fibers, &to)
        }
        (_, Set::Names { rest: true, .. }, _) => Err(SubsetError::UnknownKeys),
        _ => by_key(keys, set, other),
    }
}

fn same_windows(from: &WindowKeys, ranges: &Ranges, to: &WindowKeys) -> Ranges {
    let moved = |&(start, end): &(u64, u64)| {
        let (first, last) = (from.get(start)?.instant, from.get(end - 1)?.instant);
        Some((to.rank(first), to.rank(last + 1)))
    };
    Ranges::from_pairs(ranges.pairs().iter().filter_map(moved).collect())
}

fn product_counterpart(
    from: &[&PartitionKeys],
    fibers: &[(Ranges, Set)],
    to: &[&PartitionKeys],
) -> Result<Set, SubsetError> {
    let ([first, from_rest @ ..], [to_first, to_rest @ ..]) = (from, to) else {
        return Ok(Set::Fibers(Vec::new()));
    };
    let mut result = Set::Fibers(Vec::new());
    for (ranges, set) in fibers {
        let ranges = counterpart(first, &Set::Ranges(ranges.clone()), to_first)?;
        let rest = match (set, from_rest, to_rest) {
            (Set::Fibers(fibers), ..) => product_counterpart(from_rest, fibers, to_rest)?,
            (set, [from], [to]) => counterpart(from, set, to)?,
            (set, ..) => set.clone(),
        };
        if let (Set::Ranges(ranges), false) = (ranges, rest.is_empty())
            && !ranges.pairs().is_empty()
        {
            result = result.combine(&Set::Fibers(vec![(ranges, rest)]), Op::Union);
        }
    }
    Ok(result)
}

fn by_key(keys: &PartitionKeys, set: &Set, other: &PartitionKeys) -> Result<Set, SubsetError> {
    let here = set.len().ok_or(SubsetError::UnknownKeys)?;
    let there = other.len().unwrap_or(u64::MAX);
    if here.min(there) > MAX_COMPARED {
        return Err(SubsetError::TooMany { found: here.min(there), limit: MAX_COMPARED });
    }
    let subset = PartitionSubset { keys: keys.clone(), set: set.clone() };
    let (found, _) = if here <= there {
        other.subset(subset.iter())
    } else {
        other.subset(other.iter().filter(|key| subset.contains(key)))
    };
    Ok(found.set)
}

/// How many ranges or names a subset is shown with.
const SHOWN: usize = 5;

impl fmt::Display for PartitionSubset {
    /// One line: `2024-01-01..2024-01-31 (31)`, `eu, us`, `2024-01-01..2024-01-31 x eu (31)`; `none` for no
    /// partition, `all` for the one of an unpartitioned asset. What is left out is counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_count())?;
        match self.len() {
            Some(count) if count > 1 && self.is_counted(count) => write!(f, " ({count})"),
            _ => Ok(()),
        }
    }
}

impl PartitionSubset {
    /// Returns whether the text does not name each key.
    fn is_counted(&self, count: u64) -> bool {
        match self.keys.space() {
            Space::Listed(_) | Space::Unknown => count > SHOWN as u64,
            _ => true,
        }
    }

    /// Returns the text of the partitions without their number.
    pub(crate) fn without_count(&self) -> String {
        match (&self.set, self.keys.space()) {
            (set, _) if set.is_empty() => "none".to_owned(),
            (Set::Names { names, rest }, _) => {
                let text = names_text(names.len() as u64, &mut names.iter().cloned());
                match (rest, names.is_empty()) {
                    (true, true) => "all, whichever they are".to_owned(),
                    (true, false) => format!("all but {text}"),
                    (false, _) => text,
                }
            }
            (_, Space::Unpartitioned) => "all".to_owned(),
            (set, Space::Listed(_)) => names_text(set.len().unwrap_or(0), &mut self.iter()),
            (set, Space::Product(dimensions)) => {
                let keys: Vec<_> = dimensions.iter().map(|dimension| &dimension.keys).collect();
                product_text(&keys, set)
            }
            (set, _) => ranges_text(&self.keys, set),
        }
    }
}

fn names_text(count: u64, names: &mut dyn Iterator<Item = String>) -> String {
    let shown: Vec<String> = names.take(SHOWN).collect();
    let text = shown.join(", ");
    match count.saturating_sub(shown.len() as u64) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// Returns the ranges of a set of one dimension, without their count.
fn ranges_text(keys: &PartitionKeys, set: &Set) -> String {
    let Set::Ranges(ranges) = set else { return String::new() };
    let one_by_one = matches!(keys.space(), Space::Listed(_));
    let pairs = ranges.pairs();
    let singles = |&(from, to): &(u64, u64)| (from..to).map(|at| (at, at + 1)).collect();
    let pairs: Vec<(u64, u64)> = if one_by_one && ranges.len() <= SHOWN as u64 {
        pairs.iter().flat_map(|pair| -> Vec<_> { singles(pair) }).collect()
    } else {
        pairs.to_vec()
    };
    let text = |&pair: &(u64, u64)| {
        let range = range(keys, pair)?;
        Some(if range.count == 1 { range.first } else { format!("{}..{}", range.first, range.last) })
    };
    let mut text = pairs.iter().take(SHOWN).filter_map(text).collect::<Vec<_>>().join(", ");
    if pairs.len() > SHOWN {
        text.push_str(&format!(" and {} more", pairs.len() - SHOWN));
    }
    text
}

fn product_text(dimensions: &[&PartitionKeys], set: &Set) -> String {
    let Some((first, rest)) = dimensions.split_first() else { return String::new() };
    match set {
        Set::Fibers(fibers) => {
            let text = |(ranges, set): &(Ranges, Set)| {
                let outer = ranges_text(first, &Set::Ranges(ranges.clone()));
                format!("{outer} x {}", product_text(rest, set))
            };
            let mut text = fibers.iter().take(SHOWN).map(text).collect::<Vec<_>>().join("; ");
            if fibers.len() > SHOWN {
                text.push_str(&format!("; and {} more", fibers.len() - SHOWN));
            }
            text
        }
        set => ranges_text(first, set),
    }
}
