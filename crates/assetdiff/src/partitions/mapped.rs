//! Which partitions belong to which through a mapping.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::definition::PartitionsDefinition;
use super::error::{MappingError, SubsetError};
use super::keys::{PartitionKeys, Space};
use super::mapped_dimensions::{self, Axes, single_dimension};
use super::mapped_windows;
use super::mapping::{MultiToSingleMapping, PartitionMapping, TimeWindowMapping};
use super::subset::PartitionSubset;

/// The upstream partitions that some partitions read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedUpstream {
    /// Those that exist.
    pub existing: PartitionSubset,
    /// Those that are read but do not exist. It is a subset of keys of its own: those of the upstream asset
    /// continued, or a list.
    pub nonexistent: PartitionSubset,
}

/// Returns the upstream partitions that some partitions of a dependent read.
///
/// Without a mapping it is inferred as Dagster does: all partitions if either asset is unpartitioned, the
/// overlapping windows if both are time windows, a dimension if one asset has dimensions that fit, the same key
/// otherwise.
///
/// ```
/// use assetdiff::{PartitionMapping, PartitionsDefinition, TimeWindowMapping, upstream_partitions};
///
/// let daily: PartitionsDefinition = serde_json::from_str(
///     r#"{"type": "time_window", "value": {
///         "cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": "2024-03-01T00:00:00Z", "timezone": "UTC"
///     }}"#,
/// )?;
/// let keys = daily.at(&"2024-03-15T12:00:00Z".parse()?)?;
/// let day_before = TimeWindowMapping { start_offset: -1, ..Default::default() };
/// let read = upstream_partitions(Some(&PartitionMapping::TimeWindow(day_before)), &keys.all(), &keys)?;
/// assert_eq!(read.existing.to_string(), "2024-03-01..2024-03-14 (14)");
/// assert_eq!(read.nonexistent.to_string(), "2024-02-29");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MappingError`] for a mapping that is not made for such partitions or that names what does not exist, and for
/// partitions that only the tool knows. Cost: O(ranges) for windows of any number, O(keys) where keys are compared
/// by name.
pub fn upstream_partitions(
    mapping: Option<&PartitionMapping>,
    downstream: &PartitionSubset,
    upstream: &PartitionKeys,
) -> Result<MappedUpstream, MappingError> {
    mapped_upstream(&effective(mapping, upstream, downstream.keys()), downstream, upstream, Axes::Whole)
}

/// Returns the partitions of a dependent that read some of the upstream partitions.
///
/// # Errors
/// See [`upstream_partitions`].
pub fn downstream_partitions(
    mapping: Option<&PartitionMapping>,
    upstream: &PartitionSubset,
    downstream: &PartitionKeys,
) -> Result<PartitionSubset, MappingError> {
    mapped_downstream(&effective(mapping, upstream.keys(), downstream), upstream, downstream, Axes::Whole)
}

fn effective<'a>(
    mapping: Option<&'a PartitionMapping>,
    upstream: &PartitionKeys,
    downstream: &PartitionKeys,
) -> Cow<'a, PartitionMapping> {
    let inferred = || match (upstream.space(), downstream.space()) {
        (Space::Unpartitioned, _) | (_, Space::Unpartitioned) => PartitionMapping::All,
        (Space::Windows(_), Space::Windows(_)) => PartitionMapping::TimeWindow(TimeWindowMapping::default()),
        // Which dimension belongs to which cannot be told then, and the mapping says so.
        (Space::Unknown, _) | (_, Space::Unknown) if is_multi(upstream) != is_multi(downstream) => {
            PartitionMapping::MultiToSingle(MultiToSingleMapping::default())
        }
        _ if single_dimension(upstream, downstream, None).is_ok() => {
            PartitionMapping::MultiToSingle(MultiToSingleMapping::default())
        }
        _ => PartitionMapping::Identity,
    };
    mapping.map_or_else(|| Cow::Owned(inferred()), Cow::Borrowed)
}

fn is_multi(keys: &PartitionKeys) -> bool {
    matches!(keys.definition(), Some(PartitionsDefinition::Multi(_)))
}

pub(crate) fn mapped_upstream(
    mapping: &PartitionMapping,
    downstream: &PartitionSubset,
    upstream: &PartitionKeys,
    axes: Axes,
) -> Result<MappedUpstream, MappingError> {
    let found = |existing: PartitionSubset| MappedUpstream { existing, nonexistent: upstream.none() };
    match mapping {
        PartitionMapping::Identity => {
            both_partitioned(upstream, downstream.keys())?;
            let existing = downstream.within(upstream)?;
            if downstream.keys() == upstream {
                return Ok(found(existing));
            }
            let known = existing.within(downstream.keys())?;
            let nonexistent = downstream.difference(&known)?;
            Ok(MappedUpstream { existing, nonexistent })
        }
        PartitionMapping::All => Ok(found(upstream.all())),
        PartitionMapping::Last => Ok(found(last(upstream)?)),
        PartitionMapping::Specific(keys) => {
            let (existing, unknown) = upstream.subset(keys);
            let unknown: BTreeSet<String> = unknown.into_iter().collect();
            let nonexistent = PartitionKeys::listed(unknown.into_iter().collect())?.all();
            Ok(MappedUpstream { existing, nonexistent })
        }
        PartitionMapping::Static(pairs) => {
            both_static(upstream, downstream.keys())?;
            known_keys(upstream, pairs.keys())?;
            let read = pairs.iter().filter(|(_, keys)| keys.iter().any(|key| downstream.contains(key)));
            Ok(found(upstream.subset(read.map(|(key, _)| key)).0))
        }
        PartitionMapping::TimeWindow(mapping) => {
            mapped_windows::upstream(mapping, downstream, upstream, axes)
        }
        PartitionMapping::MultiToSingle(_) | PartitionMapping::Multi(_) => {
            mapped_dimensions::upstream(mapping, downstream, upstream)
        }
        PartitionMapping::Other { type_name, value: _ } => {
            Err(MappingError::UnknownType { type_name: type_name.clone() })
        }
    }
}

pub(crate) fn mapped_downstream(
    mapping: &PartitionMapping,
    upstream: &PartitionSubset,
    downstream: &PartitionKeys,
    axes: Axes,
) -> Result<PartitionSubset, MappingError> {
    let all_if = |any: bool| Ok(if any { downstream.all() } else { downstream.none() });
    match mapping {
        PartitionMapping::Identity => {
            both_partitioned(upstream.keys(), downstream)?;
            Ok(upstream.within(downstream)?)
        }
        PartitionMapping::All => all_if(!upstream.is_empty()),
        PartitionMapping::Last => all_if(!last(upstream.keys())?.intersection(upstream)?.is_empty()),
        PartitionMapping::Specific(keys) => all_if(keys.iter().any(|key| upstream.contains(key))),
        PartitionMapping::Static(pairs) => {
            both_static(upstream.keys(), downstream)?;
            known_keys(downstream, pairs.values().flatten())?;
            let read = pairs.iter().filter(|(key, _)| upstream.contains(key)).flat_map(|(_, keys)| keys);
            Ok(downstream.subset(read).0)
        }
        PartitionMapping::TimeWindow(mapping) => {
            mapped_windows::downstream(mapping, upstream, downstream, axes)
        }
        PartitionMapping::MultiToSingle(_) | PartitionMapping::Multi(_) => {
            mapped_dimensions::downstream(mapping, upstream, downstream)
        }
        PartitionMapping::Other { type_name, value: _ } => {
            Err(MappingError::UnknownType { type_name: type_name.clone() })
        }
    }
}

fn last(keys: &PartitionKeys) -> Result<PartitionSubset, MappingError> {
    if keys.len().is_none() {
        return Err(SubsetError::UnknownKeys.into());
    }
    Ok(keys.subset(keys.last()).0)
}

fn both_partitioned(upstream: &PartitionKeys, downstream: &PartitionKeys) -> Result<(), MappingError> {
    if upstream.is_partitioned() && downstream.is_partitioned() {
        return Ok(());
    }
    Err(MappingError::Unsuitable { mapping: "identity", expected: "two partitioned assets" })
}

fn both_static(upstream: &PartitionKeys, downstream: &PartitionKeys) -> Result<(), MappingError> {
    let is_static = |keys: &PartitionKeys| matches!(keys.definition(), Some(PartitionsDefinition::Static(_)));
    if is_static(upstream) && is_static(downstream) {
        return Ok(());
    }
    Err(MappingError::Unsuitable { mapping: "static", expected: "static partitions on both sides" })
}

fn known_keys<'a>(
    keys: &PartitionKeys,
    mut named: impl Iterator<Item = &'a String>,
) -> Result<(), MappingError> {
    match named.find(|key| !keys.contains(key)) {
        Some(key) => Err(MappingError::NoSuchKey { key: key.clone() }),
        None => Ok(()),
    }
}
