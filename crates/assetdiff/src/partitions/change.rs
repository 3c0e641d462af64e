//! What a change of partitions does to the keys.

use std::fmt;

use super::definition::PartitionsDefinition;
use super::error::SubsetError;
use super::keys::{PartitionKeys, Space};
use super::set::Set;
use super::subset::{MAX_COMPARED, PartitionSubset};
use super::windows::WindowKeys;

/// What differs between the partition keys of two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionsDelta {
    /// The keys that only head has, as a subset of head's.
    pub added: PartitionSubset,
    /// The keys that only base has, as a subset of base's.
    pub removed: PartitionSubset,
    /// The keys that both have, as a subset of head's.
    pub kept: PartitionSubset,
    /// Whether every kept key stands for the same as before: the same window, or the same dimensions.
    pub same_meaning: bool,
    /// Whether both sides give the same keys with the same meaning in the same order, now and later: the two are
    /// different spellings of one definition, such as `@daily` and `0 0 * * *`.
    pub is_equivalent: bool,
}

impl PartitionsDelta {
    /// Returns whether nothing that exists is lost: no key is removed, and all keep their meaning.
    pub fn is_safe(&self) -> bool {
        self.removed.is_empty() && self.same_meaning
    }
}

/// Returns what a change of partitions does to the keys. O(months) for windows of one schedule, O(keys) otherwise
///
/// ```
/// use assetdiff::{PartitionsDefinition, compare_partitions};
///
/// let weekly = |start: &str| -> Result<PartitionsDefinition, serde_json::Error> {
///     serde_json::from_str(&format!(
///         r#"{{"type": "time_window", "value": {{
///             "cron": "0 0 * * 0", "fmt": "%Y-%m-%d", "start": "{start}T00:00:00Z", "timezone": "UTC"
///         }}}}"#
///     ))
/// };
/// let now = "2024-03-15T12:00:00Z".parse()?;
/// let (base, head) = (weekly("2023-01-01")?.at(&now)?, weekly("2022-01-02")?.at(&now)?);
/// let delta = compare_partitions(&base, &head)?;
/// assert_eq!(delta.to_string(), "+52 partitions 2022-01-02..2022-12-25, none removed");
/// assert!(delta.is_safe() && !delta.is_equivalent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SubsetError::UnknownKeys`] if only the tool knows the keys of a side and the definitions differ,
/// [`SubsetError::TooMany`] if ten million keys would have to be compared one by one.
pub fn compare_partitions(
    base: &PartitionKeys,
    head: &PartitionKeys,
) -> Result<PartitionsDelta, SubsetError> {
    if base != head && (base.len().is_none() || head.len().is_none()) {
        return Err(SubsetError::UnknownKeys);
    }
    let kept = base.all().within(head)?;
    let removed = base.all().difference(&kept.within(base)?)?;
    let added = head.all().difference(&kept)?;
    let same_meaning = same_meaning(base, head, &kept)?;
    let is_equivalent = added.is_empty() && removed.is_empty() && same_meaning && equivalent(base, head);
    Ok(PartitionsDelta { added, removed, kept, same_meaning, is_equivalent })
}

fn same_meaning(
    base: &PartitionKeys,
    head: &PartitionKeys,
    kept: &PartitionSubset,
) -> Result<bool, SubsetError> {
    if base == head || kept.is_empty() {
        return Ok(true);
    }
    match (base.space(), head.space(), kept.set()) {
        (Space::Windows(base), Space::Windows(head), Set::Ranges(ranges)) => {
            if base.same_calendar(head) {
                return Ok(true);
            }
            if ranges.len() > MAX_COMPARED {
                return Err(SubsetError::TooMany { found: ranges.len(), limit: MAX_COMPARED });
            }
            let ends = |windows: &WindowKeys, start: i64| windows.calendar.schedule.end(start);
            let ticks = ranges.pairs().iter().flat_map(|&(from, to)| head.ticks(from, to));
            Ok(ticks.map(|tick| (head.calendar.key(tick), tick.instant)).all(|(key, start)| {
                let before = base.position(&key).and_then(|position| base.get(position));
                before.is_some_and(|tick| tick.instant == start && ends(base, start) == ends(head, start))
            }))
        }
        (Space::Product(base), Space::Product(head), _) => {
            let same_names = base.len() == head.len() && base.iter().zip(head).all(|(a, b)| a.name == b.name);
            for (base, head) in base.iter().zip(head) {
                let kept = base.keys.all().within(&head.keys)?;
                if !same_names || !self::same_meaning(&base.keys, &head.keys, &kept)? {
                    return Ok(false);
                }
            }
            Ok(same_names)
        }
        (Space::Listed(_), Space::Listed(_), _) | (Space::Unpartitioned, Space::Unpartitioned, _) => Ok(true),
        _ => Ok(false),
    }
}

/// Returns whether equal keys stay equal, whenever they are asked for.
fn equivalent(base: &PartitionKeys, head: &PartitionKeys) -> bool {
    match (base.space(), head.space()) {
        (Space::Windows(a), Space::Windows(b)) => {
            let (Some(PartitionsDefinition::TimeWindow(base)), Some(PartitionsDefinition::TimeWindow(head))) =
                (base.definition(), head.definition())
            else {
                return a == b;
            };
            base.end_offset == head.end_offset && a.same_calendar(b) && a.same_limits(base, head)
        }
        (Space::Product(base), Space::Product(head)) => {
            base.len() == head.len()
                && base.iter().zip(head).all(|(a, b)| a.name == b.name && equivalent(&a.keys, &b.keys))
        }
        // Dynamic keys and static ones that are alike now are not so later.
        (Space::Listed(a), Space::Listed(b)) => {
            let dynamic = |keys: &PartitionKeys| match keys.definition() {
                Some(PartitionsDefinition::Dynamic(dynamic)) => Some(dynamic.name.clone()),
                _ => None,
            };
            a == b && dynamic(base) == dynamic(head)
        }
        _ => base == head,
    }
}

impl fmt::Display for PartitionsDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |sign: char, subset: &PartitionSubset| {
            let count = subset.len().unwrap_or(0);
            let noun = if count == 1 { "partition" } else { "partitions" };
            format!("{sign}{count} {noun} {}", subset.without_count())
        };
        match (self.added.is_empty(), self.removed.is_empty()) {
            (true, true) => match self.kept.len() {
                Some(count) => write!(f, "the same {count} partitions")?,
                None => f.write_str("the same partitions")?,
            },
            (false, true) => write!(f, "{}, none removed", part('+', &self.added))?,
            (true, false) => write!(f, "{}, none added", part('-', &self.removed))?,
            (false, false) => write!(f, "{}, {}", part('+', &self.added), part('-', &self.removed))?,
        }
        if self.same_meaning { Ok(()) } else { f.write_str("; kept keys have another meaning") }
    }
}
