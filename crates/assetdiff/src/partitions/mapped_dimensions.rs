//! Mappings of keys with dimensions: a subset is a union of products, and each is mapped dimension by dimension.

use std::sync::Arc;

use super::error::{MappingError, SubsetError};
use super::keys::{Dimension, PartitionKeys, Space};
use super::mapped::{MappedUpstream, mapped_downstream, mapped_upstream};
use super::mapping::{DimensionMapping, MultiToSingleMapping, PartitionMapping, TimeWindowMapping};
use super::set::{Op, Ranges, Set};
use super::subset::{MAX_COMPARED, PartitionSubset};
use super::windows::WindowKeys;

/// Whether keys are mapped by themselves or as a dimension of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axes {
    Whole,
    Dimension,
}

/// A dimension upstream and one downstream that belong together.
struct Pair {
    upstream: usize,
    downstream: usize,
    mapping: PartitionMapping,
}

/// Returns the keys of each dimension; those of a single one if there are no dimensions.
fn axes(keys: &PartitionKeys) -> Result<Vec<&PartitionKeys>, MappingError> {
    match keys.space() {
        Space::Product(dimensions) => Ok(dimensions.iter().map(|dimension| &dimension.keys).collect()),
        Space::Unknown => Err(SubsetError::UnknownKeys.into()),
        _ => Ok(vec![keys]),
    }
}

fn dimensions(keys: &PartitionKeys) -> Option<&[Dimension]> {
    match keys.space() {
        Space::Product(dimensions) => Some(dimensions),
        _ => None,
    }
}

/// Returns the position of the dimension that belongs to keys without dimensions, and how it does.
pub(crate) fn single_dimension(
    upstream: &PartitionKeys,
    downstream: &PartitionKeys,
    name: Option<&str>,
) -> Result<(usize, PartitionMapping), MappingError> {
    let unsuitable = |expected| MappingError::Unsuitable { mapping: "multi_to_single", expected };
    let (multi, single) = match (dimensions(upstream), dimensions(downstream)) {
        (Some(multi), None) => (multi, downstream),
        (None, Some(multi)) => (multi, upstream),
        _ => return Err(unsuitable("one asset with dimensions and one without")),
    };
    if matches!(single.space(), Space::Unknown) {
        return Err(SubsetError::UnknownKeys.into());
    }
    if let Some(name) = name.filter(|name| multi.iter().all(|dimension| dimension.name != *name)) {
        return Err(MappingError::NoSuchDimension { dimension: name.to_owned() });
    }
    let named =
        || multi.iter().enumerate().filter(|(_, dimension)| name.is_none_or(|name| dimension.name == name));
    let equal = named().filter(|(_, dimension)| dimension.keys.definition() == single.definition());
    let windows = |keys: &PartitionKeys| matches!(keys.space(), Space::Windows(_));
    let of_time = named().filter(|(_, dimension)| windows(&dimension.keys));
    match (&*equal.collect::<Vec<_>>(), &*of_time.collect::<Vec<_>>()) {
        ([(at, _)], _) => Ok((*at, PartitionMapping::Identity)),
        ([], [(at, _)]) if windows(single) => {
            Ok((*at, PartitionMapping::TimeWindow(TimeWindowMapping::default())))
        }
        ([], _) => Err(unsuitable(
            "a dimension with the partitions of the other asset, or one of time and time windows",
        )),
        _ => Err(unsuitable("one dimension with the partitions of the other asset, or its name")),
    }
}

fn pairs(
    mapping: &PartitionMapping,
    upstream: &PartitionKeys,
    downstream: &PartitionKeys,
) -> Result<Vec<Pair>, MappingError> {
    match mapping {
        PartitionMapping::MultiToSingle(MultiToSingleMapping { dimension }) => {
            let (at, mapping) = single_dimension(upstream, downstream, dimension.as_deref())?;
            let (upstream, downstream) = if dimensions(upstream).is_some() { (at, 0) } else { (0, at) };
            Ok(vec![Pair { upstream, downstream, mapping }])
        }
        PartitionMapping::Multi(mappings) => {
            let (Some(up), Some(down)) = (dimensions(upstream), dimensions(downstream)) else {
                return Err(MappingError::Unsuitable {
                    mapping: "multi",
                    expected: "dimensions on both sides",
                });
            };
            let mut pairs: Vec<Pair> = Vec::new();
            for (name, DimensionMapping { dimension, mapping }) in mappings {
                let find = |dimensions: &[Dimension], name: &str| {
                    let found = dimensions.iter().position(|dimension| dimension.name == name);
                    found.ok_or_else(|| MappingError::NoSuchDimension { dimension: name.to_owned() })
                };
                let (upstream, downstream) = (find(up, name)?, find(down, dimension)?);
                if pairs.iter().any(|pair| pair.downstream == downstream) {
                    return Err(MappingError::NoSuchDimension { dimension: dimension.clone() });
                }
                pairs.push(Pair { upstream, downstream, mapping: mapping.clone() });
            }
            Ok(pairs)
        }
        _ => Ok(Vec::new()),
    }
}

/// Returns the products that a set is the union of, as ranges for each dimension.
fn products(set: &Set) -> Vec<Vec<Ranges>> {
    match set {
        Set::Ranges(ranges) => vec![vec![ranges.clone()]],
        Set::Fibers(fibers) => fibers
            .iter()
            .flat_map(|(ranges, set)| {
                products(set).into_iter().map(|mut product| {
                    product.insert(0, ranges.clone());
                    product
                })
            })
            .collect(),
        Set::Names { .. } => Vec::new(),
    }
}

fn ranges(subset: &PartitionSubset) -> Ranges {
    match subset.set() {
        Set::Ranges(ranges) => ranges.clone(),
        _ => Ranges::default(),
    }
}

fn of_axis(keys: &PartitionKeys, ranges: &Ranges) -> PartitionSubset {
    PartitionSubset::new(keys.clone(), Set::Ranges(ranges.clone()))
}

pub(crate) fn upstream(
    mapping: &PartitionMapping,
    downstream: &PartitionSubset,
    upstream: &PartitionKeys,
) -> Result<MappedUpstream, MappingError> {
    let (down_axes, up_axes) = (axes(downstream.keys())?, axes(upstream)?);
    let pairs = pairs(mapping, upstream, downstream.keys())?;
    let mut read: Vec<Vec<MappedUpstream>> = Vec::new();
    for product in products(downstream.set()) {
        let mut mapped = Vec::new();
        for (at, &up) in up_axes.iter().enumerate() {
            mapped.push(match pairs.iter().find(|pair| pair.upstream == at) {
                Some(Pair { downstream, mapping, upstream: _ }) => {
                    let subset = of_axis(down_axes[*downstream], &product[*downstream]);
                    if subset.is_empty() {
                        MappedUpstream { existing: up.none(), nonexistent: up.none() }
                    } else {
                        mapped_upstream(mapping, &subset, up, Axes::Dimension)?
                    }
                }
                None => MappedUpstream { existing: up.all(), nonexistent: up.none() },
            });
        }
        read.push(mapped);
    }
    let mut existing = upstream.empty();
    for product in &read {
        let found = product.iter().map(|mapped| ranges(&mapped.existing)).collect();
        existing = existing.combine(&Set::product(found), Op::Union);
    }
    Ok(MappedUpstream {
        existing: PartitionSubset::new(upstream.clone(), existing),
        nonexistent: nonexistent(upstream, &up_axes, &read)?,
    })
}

/// Returns what is read but does not exist, within keys that have all that is read.
fn nonexistent(
    upstream: &PartitionKeys,
    axes: &[&PartitionKeys],
    read: &[Vec<MappedUpstream>],
) -> Result<PartitionSubset, MappingError> {
    if read.iter().flatten().all(|mapped| mapped.nonexistent.is_empty()) {
        return Ok(upstream.none());
    }
    let mut wide = Vec::new();
    for (at, &keys) in axes.iter().enumerate() {
        wide.push(with_all(keys, &mut read.iter().map(|product| &product[at].nonexistent))?);
    }
    let keys = match dimensions(upstream) {
        Some(dimensions) => PartitionKeys::product(
            dimensions
                .iter()
                .zip(&wide)
                .map(|(dimension, keys)| Dimension { name: dimension.name.clone(), keys: keys.clone() })
                .collect(),
        )?,
        None => wide[0].clone(),
    };
    let mut missing = keys.empty();
    let mut found = keys.empty();
    for product in read {
        let mut all = Vec::new();
        let mut existing = Vec::new();
        for (mapped, keys) in product.iter().zip(&wide) {
            let here = mapped.existing.within(keys)?;
            all.push(ranges(&here.union(&mapped.nonexistent.within(keys)?)?));
            existing.push(ranges(&here));
        }
        missing = missing.combine(&Set::product(all), Op::Union);
        found = found.combine(&Set::product(existing), Op::Union);
    }
    Ok(PartitionSubset::new(keys, missing.combine(&found, Op::Difference)))
}

/// Returns keys with those of subsets of others.
fn with_all(
    keys: &PartitionKeys,
    others: &mut dyn Iterator<Item = &PartitionSubset>,
) -> Result<PartitionKeys, MappingError> {
    let mut wide = keys.clone();
    for other in others.filter(|other| !other.is_empty()) {
        if let (Space::Windows(a), Space::Windows(b)) = (wide.space(), other.keys().space())
            && a.calendar == b.calendar
        {
            let ends =
                [a.first(), a.last(), b.first(), b.last()].into_iter().flatten().map(|tick| tick.instant);
            if let (Some(first), Some(last)) = (ends.clone().min(), ends.max()) {
                let windows = WindowKeys::from_to(Arc::clone(&a.calendar), first, last)?;
                wide = PartitionKeys::new(None, Space::Windows(windows));
            }
            continue;
        }
        let count = wide.len().zip(other.len()).map_or(u64::MAX, |(a, b)| a.saturating_add(b));
        if count > MAX_COMPARED {
            return Err(SubsetError::TooMany { found: count, limit: MAX_COMPARED }.into());
        }
        let more: Vec<String> = other.iter().filter(|key| !wide.contains(key)).collect();
        wide = PartitionKeys::listed(wide.iter().chain(more).collect())?;
    }
    Ok(wide)
}

pub(crate) fn downstream(
    mapping: &PartitionMapping,
    upstream: &PartitionSubset,
    downstream: &PartitionKeys,
) -> Result<PartitionSubset, MappingError> {
    let (up_axes, down_axes) = (axes(upstream.keys())?, axes(downstream)?);
    let pairs = pairs(mapping, upstream.keys(), downstream)?;
    let mut result = downstream.empty();
    for product in products(upstream.set()) {
        let mut mapped = Vec::new();
        for (at, &down) in down_axes.iter().enumerate() {
            mapped.push(match pairs.iter().find(|pair| pair.downstream == at) {
                Some(Pair { upstream, mapping, downstream: _ }) => {
                    let subset = of_axis(up_axes[*upstream], &product[*upstream]);
                    ranges(&mapped_downstream(mapping, &subset, down, Axes::Dimension)?)
                }
                None => ranges(&down.all()),
            });
        }
        result = result.combine(&Set::product(mapped), Op::Union);
    }
    Ok(PartitionSubset::new(downstream.clone(), result))
}
