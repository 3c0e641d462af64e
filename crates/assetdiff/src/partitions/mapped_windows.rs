//! Time windows that overlap, moved by offsets that count the dependent's windows.
//!
//! Windows are not walked: each range is moved by counting positions in the calendar of the dependent, which
//! goes on before the first and after the last partition.

use std::sync::Arc;

use super::definition::PartitionsDefinition;
use super::error::{MappingError, PartitionsError, SubsetError};
use super::keys::{PartitionKeys, Space};
use super::mapped::MappedUpstream;
use super::mapped_dimensions::Axes;
use super::mapping::TimeWindowMapping;
use super::schedule::Which;
use super::set::{Op, Ranges, Set};
use super::subset::{MAX_COMPARED, PartitionSubset};
use super::windows::{Calendar, WindowKeys};

/// Time from one instant to before another, in seconds.
type Span = (i64, i64);

pub(crate) fn upstream(
    mapping: &TimeWindowMapping,
    downstream: &PartitionSubset,
    upstream: &PartitionKeys,
    axes: Axes,
) -> Result<MappedUpstream, MappingError> {
    let (down, up) = both_windows(downstream.keys(), upstream)?;
    same_zone(up, down)?;
    let mut spans = spans(mapping, downstream, down, axes)?;
    if mapping.start_offset != 0 || mapping.end_offset != 0 {
        let wide = reaching(down, &spans, mapping.start_offset, mapping.end_offset)?;
        spans = moved(&wide, &spans, mapping.start_offset, mapping.end_offset)?;
    }
    let wide = covering(up, &spans)?;
    let aligned = is_aligned(downstream.keys(), upstream);
    let overlapping = |&(start, end): &Span| {
        let from = if aligned { wide.rank(start) } else { wide.rank(start + 1).saturating_sub(1) };
        (from, wide.rank(end))
    };
    let read = spans.iter().map(overlapping).filter(|(from, to)| from < to).collect();
    let read = Set::Ranges(Ranges::from_pairs(read));
    let here = up.first().map_or((0, 0), |first| {
        let before = wide.rank(first.instant);
        (before, before + up.len())
    });
    let here = Set::Ranges(Ranges::of(here.0, here.1));
    let wide = PartitionKeys::new(None, Space::Windows(wide));
    let existing =
        PartitionSubset::new(wide.clone(), read.combine(&here, Op::Intersection)).within(upstream)?;
    let nonexistent = if mapping.allow_nonexistent_upstream_partitions {
        upstream.none()
    } else {
        PartitionSubset::new(wide, read.combine(&here, Op::Difference))
    };
    Ok(MappedUpstream { existing, nonexistent })
}

pub(crate) fn downstream(
    mapping: &TimeWindowMapping,
    upstream: &PartitionSubset,
    downstream: &PartitionKeys,
    axes: Axes,
) -> Result<PartitionSubset, MappingError> {
    let (up, down) = both_windows(upstream.keys(), downstream)?;
    same_zone(up, down)?;
    let mut spans = spans(mapping, upstream, up, axes)?;
    if !is_aligned(upstream.keys(), downstream) {
        let wide = covering(down, &spans)?;
        let whole = |&(start, end): &Span| {
            let first = wide.get(wide.rank(start + 1).saturating_sub(1))?;
            let last = wide.get(wide.rank(end).saturating_sub(1))?;
            Some((first.instant, wide.calendar.schedule.end(last.instant)?))
        };
        spans = spans.iter().filter_map(whole).collect();
    }
    let (start_offset, end_offset) = (negated(mapping.end_offset)?, negated(mapping.start_offset)?);
    if start_offset != 0 || end_offset != 0 {
        let wide = reaching(down, &spans, start_offset, end_offset)?;
        spans = moved(&wide, &spans, start_offset, end_offset)?;
    }
    let pairs = spans.iter().map(|&(start, end)| (down.rank(start), down.rank(end)));
    let ranges = Ranges::from_pairs(pairs.filter(|(from, to)| from < to).collect());
    Ok(PartitionSubset::new(downstream.clone(), Set::Ranges(ranges)))
}

fn negated(offset: i64) -> Result<i64, PartitionsError> {
    offset.checked_neg().ok_or(PartitionsError::OutOfRange)
}

fn both_windows<'a>(
    from: &'a PartitionKeys,
    to: &'a PartitionKeys,
) -> Result<(&'a WindowKeys, &'a WindowKeys), MappingError> {
    match (from.space(), to.space()) {
        (Space::Windows(from), Space::Windows(to)) => Ok((from, to)),
        _ => Err(MappingError::Unsuitable { mapping: "time_window", expected: "time windows on both sides" }),
    }
}

fn same_zone(up: &WindowKeys, down: &WindowKeys) -> Result<(), MappingError> {
    if up.same_zone(down) {
        return Ok(());
    }
    let name = |windows: &WindowKeys| windows.calendar.schedule.zone.name().to_owned();
    Err(MappingError::Timezones { upstream: name(up), downstream: name(down) })
}

/// Returns whether the windows of one definition certainly start and end where some of the other do: then nothing
/// is aligned, which differs where windows are excluded.
fn is_aligned(from: &PartitionKeys, to: &PartitionKeys) -> bool {
    let (Some(PartitionsDefinition::TimeWindow(from)), Some(PartitionsDefinition::TimeWindow(to))) =
        (from.definition(), to.definition())
    else {
        return false;
    };
    let basic = from.cron == "0 0 * * *" && to.cron == "0 * * * *";
    from.cron == to.cron || basic && from.exclusions.is_empty() && to.exclusions.is_empty()
}

/// Returns the times that ranges of windows span: with what is excluded between them, as one window reaches to
/// the next.
fn spans(
    mapping: &TimeWindowMapping,
    subset: &PartitionSubset,
    windows: &WindowKeys,
    axes: Axes,
) -> Result<Vec<Span>, MappingError> {
    let Set::Ranges(ranges) = subset.set() else { return Ok(Vec::new()) };
    // A dimension's keys are mapped one by one; that differs from ranges where ranges span more than their windows.
    let one_by_one = axes == Axes::Dimension
        && (windows.calendar.schedule.has_exclusions() || mapping.start_offset > mapping.end_offset);
    let end = |tick: i64| windows.calendar.schedule.end(tick);
    if one_by_one {
        if ranges.len() > MAX_COMPARED {
            return Err(SubsetError::TooMany { found: ranges.len(), limit: MAX_COMPARED }.into());
        }
        let ticks = ranges.pairs().iter().flat_map(|&(from, to)| windows.ticks(from, to));
        return Ok(ticks.filter_map(|tick| Some((tick.instant, end(tick.instant)?))).collect());
    }
    let span =
        |&(from, to): &(u64, u64)| Some((windows.get(from)?.instant, end(windows.get(to - 1)?.instant)?));
    Ok(ranges.pairs().iter().filter_map(span).collect())
}

/// Returns the windows with those before and after them, so that all of some times are covered.
fn covering(windows: &WindowKeys, spans: &[Span]) -> Result<WindowKeys, PartitionsError> {
    let instants = || spans.iter().flat_map(|&(start, end)| [start, end]);
    let (Some(low), Some(high)) = (instants().min(), instants().max()) else { return Ok(windows.clone()) };
    let schedule = &windows.calendar.schedule;
    let first = schedule.backward(low + 1, 0, Which::Kept).or_else(|| schedule.forward(low, 0, Which::Kept));
    let last = schedule.backward(high + 1, 0, Which::Kept).or(first);
    widened(windows, first.zip(last).map(|(first, last)| (first.instant, last.instant)))
}

/// Returns the windows with those around them, so that times can be moved by offsets.
fn reaching(
    windows: &WindowKeys,
    spans: &[Span],
    start_offset: i64,
    end_offset: i64,
) -> Result<WindowKeys, PartitionsError> {
    let instants = || spans.iter().flat_map(|&(start, end)| [start, end]);
    let (Some(low), Some(high)) = (instants().min(), instants().max()) else { return Ok(windows.clone()) };
    let schedule = &windows.calendar.schedule;
    let back = start_offset.min(end_offset).min(0).unsigned_abs();
    let ahead = start_offset.max(end_offset).max(0).unsigned_abs();
    let first = schedule.backward(low + 1, back, Which::Kept).ok_or(PartitionsError::OutOfRange)?;
    let last = schedule.forward(high, ahead, Which::Kept).ok_or(PartitionsError::OutOfRange)?;
    widened(windows, Some((first.instant, last.instant)))
}

fn widened(windows: &WindowKeys, reach: Option<Span>) -> Result<WindowKeys, PartitionsError> {
    let Some((first, last)) = reach else { return Ok(windows.clone()) };
    let own = windows.first().zip(windows.last());
    if own.is_some_and(|(from, to)| from.instant <= first && last <= to.instant) {
        return Ok(windows.clone());
    }
    let (first, last) =
        own.map_or((first, last), |(from, to)| (first.min(from.instant), last.max(to.instant)));
    WindowKeys::from_to(Arc::clone(&windows.calendar), first, last)
}

/// Returns times whose starts and ends are moved by so many windows.
fn moved(
    wide: &WindowKeys,
    spans: &[Span],
    start_offset: i64,
    end_offset: i64,
) -> Result<Vec<Span>, PartitionsError> {
    let all = spans
        .iter()
        .map(|&(start, end)| Some((shifted(wide, start, start_offset)?, shifted(wide, end, end_offset)?)));
    let all: Option<Vec<Span>> = all.collect();
    all.ok_or(PartitionsError::OutOfRange)
}

/// Returns the start of the window so many before, or the end of the window so many after, where a window starts or
/// ends at an instant.
fn shifted(wide: &WindowKeys, instant: i64, offset: i64) -> Option<i64> {
    let Calendar { schedule, format: _ } = &*wide.calendar;
    let here = wide.rank(instant);
    match offset {
        0 => Some(instant),
        1.. => schedule.end(wide.get(here.checked_add(offset as u64 - 1)?)?.instant),
        _ => Some(wide.get(here.checked_sub(offset.unsigned_abs())?)?.instant),
    }
}
