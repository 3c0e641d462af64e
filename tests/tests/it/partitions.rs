//! Partition keys, subsets, mappings and changes of definitions, by values that were worked out by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use assetdiff::{
    MappingError, PartitionKeys, PartitionMapping, PartitionSubset, PartitionsDefinition, PartitionsError,
    SubsetError, TimeWindowMapping, Timestamp, compare_partitions, downstream_partitions,
    upstream_partitions,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: &str = "2024-03-15T12:00:00Z";

fn definition(value: Value) -> PartitionsDefinition {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// The definition of windows with some members set otherwise.
fn windows(cron: &str, start: &str, others: Value) -> PartitionsDefinition {
    let mut value = json!({"cron": cron, "fmt": "%Y-%m-%d", "start": start, "timezone": "UTC"});
    let members = value.as_object_mut().unwrap();
    members.extend(others.as_object().unwrap().clone());
    definition(json!({"type": "time_window", "value": value}))
}

fn at(definition: &PartitionsDefinition, now: &str) -> Result<PartitionKeys, PartitionsError> {
    definition.at(&now.parse::<Timestamp>().unwrap())
}

fn keys(cron: &str, start: &str, others: Value) -> PartitionKeys {
    at(&windows(cron, start, others), NOW).unwrap()
}

fn daily(start: &str) -> PartitionKeys {
    keys("0 0 * * *", start, json!({}))
}

fn listed(names: &[&str]) -> PartitionKeys {
    at(&definition(json!({"type": "static", "value": {"keys": names}})), NOW).unwrap()
}

fn list(keys: &PartitionKeys) -> Vec<String> {
    keys.iter().collect()
}

fn some(keys: &PartitionKeys, names: &[&str]) -> PartitionSubset {
    let (subset, unknown) = keys.subset(names);
    assert_eq!(unknown, [""; 0]);
    subset
}

fn of_time(start_offset: i64, end_offset: i64) -> PartitionMapping {
    let mapping = TimeWindowMapping { start_offset, end_offset, ..Default::default() };
    PartitionMapping::TimeWindow(mapping)
}

#[test]
fn the_last_window_is_moved_by_the_end_offset() {
    for (offset, last) in
        [(-2, "2024-03-12"), (-1, "2024-03-13"), (0, "2024-03-14"), (1, "2024-03-15"), (2, "2024-03-16")]
    {
        let keys = keys("0 0 * * *", "2024-03-01T00:00:00Z", json!({"end_offset": offset}));
        assert_eq!(keys.last().as_deref(), Some(last));
    }
    let offset = |offset: i64| keys("0 0 * * *", "2024-03-10T00:00:00Z", json!({"end_offset": offset}));
    assert_eq!(list(&offset(-4)), ["2024-03-10"]);
    assert!(offset(-5).is_empty());
}

#[test]
fn an_end_holds_whatever_the_offset() {
    for offset in -1..=1 {
        let others = json!({"end_offset": offset, "end": "2024-03-12T00:00:00Z"});
        assert_eq!(keys("0 0 * * *", "2024-03-01T00:00:00Z", others).last().as_deref(), Some("2024-03-11"));
    }
    let inside_the_first = json!({"end": "2024-03-13T00:00:00Z", "end_offset": 1});
    assert!(keys("0 0 5 * *", "2024-02-09T00:00:00Z", inside_the_first).is_empty());
}

#[test]
fn schedules_are_read_as_croniter_reads_them() {
    let of = |cron: &str| list(&keys(cron, "2024-01-01T00:00:00Z", json!({})));
    assert_eq!(of("0 0 * * 5#2"), ["2024-01-12", "2024-02-09"]);
    assert_eq!(of("0 0 L * *"), ["2024-01-31"]);
    assert_eq!(of("0 0 * * L5"), ["2024-01-26"]);
    assert_eq!(of("0 0 13 * 5")[..4], ["2024-01-05", "2024-01-12", "2024-01-13", "2024-01-19"]);
    assert_eq!(
        of("0 0 */10 * *")[..5],
        ["2024-01-01", "2024-01-11", "2024-01-21", "2024-01-31", "2024-02-01"]
    );
    assert_eq!(of("0 0 * * SAT-SUN")[..3], ["2024-01-06", "2024-01-07", "2024-01-13"]);
    assert_eq!(of("0 0 31 * *"), ["2024-01-31"].map(str::to_owned)[..0]);
    assert_eq!(of("@monthly"), ["2024-01-01", "2024-02-01"]);
    assert_eq!(of("0 0 5-5 * *"), of("0 0 * * *"));
    let leap_days = keys("0 0 29 2 *", "2015-01-01T00:00:00Z", json!({}));
    assert_eq!(list(&leap_days), ["2016-02-29", "2020-02-29"]);
}

#[test]
fn what_is_no_schedule_is_told() {
    for (cron, found) in [
        ("0 0 * *", "expected a cron schedule of five fields, found the cron schedule \"0 0 * *\""),
        ("0 0 * * * *", "expected a cron schedule of five fields, found the cron schedule \"0 0 * * * *\""),
        (
            "60 0 * * *",
            "expected numbers and names within the range of their field, found the cron schedule \"60 0 * * *\"",
        ),
        ("0 0 30 2 *", "expected a day that February has, found the cron schedule \"0 0 30 2 *\""),
        (
            "0 0 * * 1,5#2",
            "expected no days of the week beside those with `#` or `L`, found the cron schedule \"0 0 * * 1,5#2\"",
        ),
        ("0 0 * * 5#6", "expected a number from 1 to 5 after `#`, found the cron schedule \"0 0 * * 5#6\""),
        ("*/0 * * * *", "expected steps above zero, found the cron schedule \"*/0 * * * *\""),
    ] {
        let error = at(&windows(cron, "2024-01-01T00:00:00Z", json!({})), NOW).unwrap_err();
        assert_eq!(error.to_string(), found);
    }
    let error = at(&windows("0 0 31 4,6 *", "2024-01-01T00:00:00Z", json!({})), NOW).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a cron schedule that ticks by the year 9999, found \"0 0 31 4,6 *\", which never does"
    );
    let error =
        at(&windows("@daily", "2024-01-01T00:00:00Z", json!({"timezone": "Mars/Base"})), NOW).unwrap_err();
    assert_eq!(error.to_string(), "expected the IANA name of a time zone, found \"Mars/Base\"");
    let error = at(&windows("@daily", "2024-01-01T00:00:00Z", json!({"fmt": "%Y-%Q"})), NOW).unwrap_err();
    assert_eq!(error.to_string(), "expected a directive of strftime, found \"%Q\" in the format \"%Y-%Q\"");
}

#[test]
fn hours_that_are_missing_have_no_window_and_doubled_ones_have_two() {
    let others = json!({"timezone": "America/New_York", "fmt": "%Y-%m-%d-%H:%M"});
    let hourly = windows("0 * * * *", "2024-11-03T04:00:00Z", others.clone());
    let autumn = at(&hourly, "2024-11-03T09:00:00Z").unwrap();
    assert_eq!(
        list(&autumn),
        [
            "2024-11-03-00:00",
            "2024-11-03-01:00",
            "2024-11-03-01:00-0500",
            "2024-11-03-02:00",
            "2024-11-03-03:00"
        ]
    );
    for (position, key) in (0..).zip(list(&autumn)) {
        assert_eq!(autumn.get(position), Some(key.clone()));
        assert_eq!(some(&autumn, &[&key]).iter().collect::<Vec<_>>(), [key]);
    }
    let hourly = windows("0 * * * *", "2024-03-10T05:00:00Z", others);
    let spring = at(&hourly, "2024-03-10T09:00:00Z").unwrap();
    assert_eq!(
        list(&spring),
        ["2024-03-10-00:00", "2024-03-10-01:00", "2024-03-10-03:00", "2024-03-10-04:00"]
    );
}

#[test]
fn a_day_whose_hour_is_missing_keeps_its_key() {
    let others = json!({"timezone": "America/New_York", "fmt": "%Y-%m-%d-%H:%M"});
    let at_half_past_two = windows("30 2 * * *", "2024-03-09T05:00:00Z", others);
    let keys = at(&at_half_past_two, NOW).unwrap();
    assert_eq!(list(&keys)[..3], ["2024-03-09-02:30", "2024-03-10-03:00", "2024-03-11-02:30"]);
}

#[test]
fn excluded_windows_are_left_out() {
    let others = json!({"exclusions": [{"cron": "0 0 * * 6,0"}, {"time": "2024-03-13T00:00:00Z"}]});
    let keys = keys("0 0 * * *", "2024-03-07T00:00:00Z", others);
    assert_eq!(list(&keys), ["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12", "2024-03-14"]);
    assert!(!keys.contains("2024-03-09") && !keys.contains("2024-03-13"));
    assert_eq!(keys.all().to_string(), "2024-03-07..2024-03-14 (5)");
}

#[test]
fn formats_are_written_as_python_writes_them() {
    for (fmt, key) in [
        ("%Y%m%d", "20240304"),
        ("%-d.%-m.%y", "4.3.24"),
        ("%e %B %Y", " 4 March 2024"),
        ("%A, %d %b", "Monday, 04 Mar"),
        ("%G-W%V-%u", "2024-W10-1"),
        ("%Y/%U/%W/%j", "2024/09/10/064"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-03-04T00:00:00.000000+0000"),
        ("%F %R %Z %%", "2024-03-04 00:00 UTC %"),
        ("%c", "Mon Mar  4 00:00:00 2024"),
        ("%I %p", "12 AM"),
    ] {
        let weekly = keys("0 0 * * 1", "2024-03-04T00:00:00Z", json!({"fmt": fmt}));
        assert_eq!(weekly.first().as_deref(), Some(key), "{fmt}");
    }
    let weeks = keys("0 0 * * 1", "2020-01-01T00:00:00Z", json!({"fmt": "%G-W%V"}));
    assert!(list(&weeks).iter().all(|key| weeks.contains(key)));
}

#[test]
fn keys_one_after_the_other_are_those_asked_for_one_by_one() {
    let formats = [
        "%Y-%m-%d",
        "%d.%m.%y %H:%M:%S",
        "%d/%d é %Y%%",
        "%e %b",
        "%-d-%m",
        "%j",
        "%a %d",
        "%V %d",
        "%Y-%m-%d%z",
        "%d %Z",
        "%F %R",
        "%C%d",
        "%02d",
    ];
    let crons = [
        "0 0 * * *",
        "0 * * * *",
        "30 2 * * *",
        "0 1,2 * * 0",
        "0 0 1,15 * *",
        "0 0 27-31 * *",
        "*/30 * * * *",
    ];
    let mut compared = 0;
    for fmt in formats {
        for cron in crons {
            for (start, timezone) in
                [("2023-10-20T00:00:00Z", "Europe/Berlin"), ("2023-12-20T12:00:00Z", "UTC")]
            {
                let keys = at(&windows(cron, start, json!({"fmt": fmt, "timezone": timezone})), NOW);
                let Ok(keys) = keys else { continue };
                let mut visited = Vec::new();
                let all = keys.all();
                let months: Vec<String> =
                    (0..keys.len().unwrap()).map_while(|place| keys.get(place)).collect();
                all.visit(|key| visited.push(key.to_owned()));
                assert_eq!(visited, months, "{fmt} {cron} {timezone}");
                assert_eq!(list(&keys), months);
                // Ranges that begin anywhere, in a day and in a month.
                let some: Vec<&String> =
                    months.iter().enumerate().filter(|(at, _)| at % 7 > 2).map(|(_, key)| key).collect();
                let (subset, _) = keys.subset(&some);
                let mut of_subset = Vec::new();
                subset.visit(|key| of_subset.push(key.to_owned()));
                let wanted: Vec<String> = subset.iter().collect();
                assert_eq!(of_subset, wanted);
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared}");
    // Years of three digits, and the change to those of four.
    let long_ago = windows("0 0 * * *", "0998-12-30T00:00:00Z", json!({"end": "1001-01-03T00:00:00Z"}));
    let keys = at(&long_ago, NOW).unwrap();
    let one_by_one: Vec<String> = (0..keys.len().unwrap()).map_while(|place| keys.get(place)).collect();
    assert_eq!(list(&keys), one_by_one);
    assert_eq!(one_by_one.len(), 734);
}

#[test]
fn keys_with_dimensions_are_a_product() {
    let multi = definition(json!({"type": "multi", "value": {
        "b": {"type": "static", "value": {"keys": ["x", "y"]}},
        "a": {"type": "static", "value": {"keys": ["1", "2|3", "4"]}},
    }}));
    let keys = at(&multi, NOW).unwrap();
    assert_eq!(list(&keys), ["1|x", "1|y", "4|x", "4|y"]);
    assert_eq!(keys.get(2).as_deref(), Some("4|x"));
    assert_eq!(keys.get(4), None);
    let (subset, unknown) = keys.subset(["4|y", "1|y", "2|3|x", "1"]);
    assert_eq!(subset.to_string(), "1, 4 x y (2)");
    assert_eq!(unknown, ["2|3|x", "1"]);
    for place in 0..4 {
        let rest: Vec<String> = keys.all().iter_from(place).collect();
        assert_eq!(rest, list(&keys)[place as usize..]);
    }
}

#[test]
fn dynamic_keys_may_be_unknown() {
    let unknown = definition(json!({"type": "dynamic", "value": {"name": "customers"}}));
    let keys = at(&unknown, NOW).unwrap();
    assert_eq!((keys.len(), keys.first(), keys.contains("a")), (None, None, false));
    let some = some(&keys, &["a", "b"]);
    let others = keys.all().difference(&some).unwrap();
    assert_eq!(others.to_string(), "all but a, b");
    assert_eq!(others.union(&some).unwrap(), keys.all());
    assert_eq!(others.intersection(&some).unwrap(), keys.none());
    assert_eq!(compare_partitions(&keys, &listed(&["a"])), Err(SubsetError::UnknownKeys));
    assert!(compare_partitions(&keys, &keys).unwrap().is_equivalent);
}

#[test]
fn dimensions_whose_keys_are_unknown_are_told() {
    let multi = definition(json!({"type": "multi", "value": {
        "customer": {"type": "dynamic", "value": {"name": "customers"}},
        "place": {"type": "static", "value": {"keys": ["eu", "us"]}},
    }}));
    let (both, places) = (at(&multi, NOW).unwrap(), listed(&["eu", "us"]));
    assert_eq!(both.len(), None);
    let unknown = MappingError::Subset(SubsetError::UnknownKeys);
    assert_eq!(upstream_partitions(None, &places.all(), &both), Err(unknown.clone()));
    assert_eq!(downstream_partitions(None, &both.all(), &places), Err(unknown));
    assert!(upstream_partitions(None, &both.all(), &both).unwrap().existing.is_all());
    assert!(
        upstream_partitions(Some(&PartitionMapping::All), &places.all(), &both).unwrap().existing.is_all()
    );
}

#[test]
fn hostile_definitions_end_soon() {
    let start = Instant::now();
    let minutes = keys("* * * * *", "0001-01-01T00:00:00Z", json!({"timezone": "America/New_York"}));
    assert!(minutes.len().unwrap() > 1_000_000_000);
    let far = windows("* * * * *", "0001-01-01T00:00:00Z", json!({"end_offset": 1_000_000_000_000_i64}));
    assert_eq!(at(&far, NOW), Err(PartitionsError::OutOfRange));
    for offset in [i64::MIN, -1_000_000_000_000] {
        let keys = keys("* * * * *", "0001-01-01T00:00:00Z", json!({"end_offset": offset}));
        assert!(keys.is_empty());
    }
    let days = daily("2024-03-01T00:00:00Z");
    for offset in [i64::MIN, i64::MAX, 1_000_000_000_000, -1_000_000_000_000] {
        let read = upstream_partitions(Some(&of_time(offset, offset)), &days.all(), &days);
        assert_eq!(read, Err(MappingError::Partitions(PartitionsError::OutOfRange)));
        assert!(downstream_partitions(Some(&of_time(offset, offset)), &days.all(), &days).is_err());
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn twenty_years_of_hours_are_a_few_numbers() {
    let hourly = json!({"fmt": "%Y-%m-%d-%H:%M", "timezone": "Europe/Berlin"});
    let keys = keys("0 * * * *", "2004-03-01T00:00:00Z", hourly);
    assert!(keys.len().unwrap() > 175_000);
    let (some, _) = keys.subset(["2010-06-01-00:00", "2020-06-01-12:00"]);
    let rounds = 1000;
    let start = Instant::now();
    for _ in 0..rounds {
        let rest = keys.all().difference(&some).unwrap();
        assert_eq!(rest.union(&some).unwrap().len(), keys.len());
        assert!(rest.contains("2015-01-01-05:00"));
    }
    let each = start.elapsed() / rounds;
    assert!(each.as_micros() < 500, "{each:?}");
}

#[test]
fn windows_before_are_read_through_an_offset() {
    let days = daily("2024-03-01T00:00:00Z");
    let read = |mapping: &PartitionMapping, day: &str| {
        let read = upstream_partitions(Some(mapping), &some(&days, &[day]), &days).unwrap();
        (read.existing.to_string(), read.nonexistent.to_string())
    };
    assert_eq!(read(&of_time(-1, 0), "2024-03-03"), ("2024-03-02..2024-03-03 (2)".into(), "none".into()));
    assert_eq!(read(&of_time(-1, -1), "2024-03-01"), ("none".into(), "2024-02-29".into()));
    assert_eq!(read(&of_time(-7, -1), "2024-03-14"), ("2024-03-07..2024-03-13 (7)".into(), "none".into()));
    let readers =
        downstream_partitions(Some(&of_time(-7, -1)), &some(&days, &["2024-03-03"]), &days).unwrap();
    assert_eq!(readers.to_string(), "2024-03-04..2024-03-10 (7)");
}

#[test]
fn windows_of_other_lengths_overlap() {
    let days = daily("2024-03-06T00:00:00Z");
    let weeks = keys("0 0 * * 0", "2024-01-01T00:00:00Z", json!({}));
    let hours = keys("0 * * * *", "2024-03-01T00:00:00Z", json!({"fmt": "%Y-%m-%d-%H:%M"}));
    let read = upstream_partitions(None, &some(&days, &["2024-03-06", "2024-03-07"]), &hours).unwrap();
    assert_eq!(read.existing.to_string(), "2024-03-06-00:00..2024-03-07-23:00 (48)");
    let read = upstream_partitions(None, &some(&weeks, &["2024-03-03"]), &days).unwrap();
    assert_eq!(read.existing.to_string(), "2024-03-06..2024-03-09 (4)");
    assert_eq!(read.nonexistent.to_string(), "2024-03-03..2024-03-05 (3)");
    let readers = downstream_partitions(None, &some(&days, &["2024-03-08"]), &weeks).unwrap();
    assert_eq!(readers.to_string(), "2024-03-03");
    let today = upstream_partitions(None, &some(&hours, &["2024-03-15-03:00"]), &days).unwrap();
    assert_eq!((today.existing.is_empty(), today.nonexistent.to_string()), (true, "2024-03-15".to_owned()));
}

#[test]
fn a_window_whose_start_is_moved_behind_its_end_reads_nothing() {
    let days = daily("2024-03-01T00:00:00Z");
    let weekdays = keys("0 0 * * 1-5", "2024-03-01T00:00:00Z", json!({}));
    let read = upstream_partitions(Some(&of_time(2, 0)), &some(&weekdays, &["2024-03-01"]), &days).unwrap();
    assert!(read.existing.is_empty() && read.nonexistent.is_empty(), "{read:?}");
}

#[test]
fn other_mappings_go_by_key() {
    let (letters, more) = (listed(&["a", "b", "c"]), listed(&["b", "c", "d"]));
    let read = upstream_partitions(None, &more.all(), &letters).unwrap();
    assert_eq!((read.existing.to_string(), read.nonexistent.to_string()), ("b, c".into(), "d".into()));
    let last = Some(&PartitionMapping::Last);
    assert!(downstream_partitions(last, &some(&letters, &["a", "b"]), &more).unwrap().is_empty());
    assert!(downstream_partitions(last, &some(&letters, &["c"]), &more).unwrap().is_all());
    let specific = PartitionMapping::Specific(vec!["a".into(), "zzz".into()]);
    let read = upstream_partitions(Some(&specific), &more.all(), &letters).unwrap();
    assert_eq!((read.existing.to_string(), read.nonexistent.to_string()), ("a".into(), "zzz".into()));
    let pairs = BTreeMap::from([("a".to_owned(), vec!["b".to_owned(), "c".to_owned()])]);
    let pairs = PartitionMapping::Static(pairs);
    assert_eq!(downstream_partitions(Some(&pairs), &letters.all(), &more).unwrap().to_string(), "b, c");
    assert_eq!(
        upstream_partitions(Some(&pairs), &some(&more, &["c"]), &letters).unwrap().existing.to_string(),
        "a"
    );
    let wrong = PartitionMapping::Static(BTreeMap::from([("zzz".to_owned(), vec!["b".to_owned()])]));
    let error = upstream_partitions(Some(&wrong), &more.all(), &letters).unwrap_err();
    assert_eq!(error.to_string(), "expected partition keys that exist, found \"zzz\" in the mapping");
}

#[test]
fn unpartitioned_assets_read_and_are_read_whole() {
    let (one, days) = (PartitionKeys::unpartitioned(), daily("2024-03-01T00:00:00Z"));
    assert!(upstream_partitions(None, &one.all(), &days).unwrap().existing.is_all());
    assert!(downstream_partitions(None, &some(&days, &["2024-03-03"]), &one).unwrap().is_all());
    assert!(downstream_partitions(None, &days.none(), &one).unwrap().is_empty());
    let last = upstream_partitions(Some(&PartitionMapping::Last), &one.all(), &days).unwrap();
    assert_eq!(last.existing.to_string(), "2024-03-14");
    let error = upstream_partitions(Some(&PartitionMapping::Identity), &one.all(), &days).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected two partitioned assets, found partitions that the mapping identity is not made for"
    );
}

fn by_day_and_place(start: &str) -> PartitionKeys {
    let days = json!({"cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": start, "timezone": "UTC"});
    let multi = definition(json!({"type": "multi", "value": {
        "day": {"type": "time_window", "value": days},
        "place": {"type": "static", "value": {"keys": ["eu", "us"]}},
    }}));
    at(&multi, NOW).unwrap()
}

#[test]
fn dimensions_are_mapped_one_by_one() {
    let both = by_day_and_place("2024-03-01T00:00:00Z");
    let days = daily("2024-03-01T00:00:00Z");
    let places = listed(&["eu", "us"]);
    let read = upstream_partitions(None, &some(&days, &["2024-03-02"]), &both).unwrap();
    assert_eq!(read.existing.to_string(), "2024-03-02 x eu, us (2)");
    let readers =
        downstream_partitions(None, &some(&both, &["2024-03-02|eu", "2024-03-03|us"]), &places).unwrap();
    assert_eq!(readers.to_string(), "eu, us");
    let later = by_day_and_place("2024-03-03T00:00:00Z");
    let mapping = json!({"type": "multi", "value": {
        "day": {"dimension": "day", "mapping": {"type": "time_window", "value": {"start_offset": -1}}},
        "place": {"dimension": "place", "mapping": {"type": "identity"}},
    }});
    let mapping: PartitionMapping = serde_json::from_str(&mapping.to_string()).unwrap();
    let read = upstream_partitions(Some(&mapping), &some(&both, &["2024-03-03|eu"]), &later).unwrap();
    assert_eq!(read.existing.to_string(), "2024-03-03 x eu");
    assert_eq!(read.nonexistent.to_string(), "2024-03-02 x eu");
    let readers = downstream_partitions(Some(&mapping), &some(&later, &["2024-03-03|us"]), &both).unwrap();
    assert_eq!(readers.to_string(), "2024-03-03..2024-03-04 x us (2)");
}

#[test]
fn changes_of_definitions_are_told_by_key() {
    let told = |base: &PartitionKeys, head: &PartitionKeys| {
        let delta = compare_partitions(base, head).unwrap();
        (delta.to_string(), delta.is_safe(), delta.is_equivalent)
    };
    let days = daily("2024-03-10T00:00:00Z");
    assert_eq!(
        told(&days, &daily("2024-03-12T00:00:00Z")),
        ("-2 partitions 2024-03-10..2024-03-11, none added".into(), false, false)
    );
    let respelt = keys("@daily", "2024-03-09T12:00:00Z", json!({"timezone": "Etc/UTC"}));
    assert_eq!(told(&days, &respelt), ("the same 5 partitions".into(), true, true));
    let until = keys("0 0 * * *", "2024-03-10T00:00:00Z", json!({"end": "2025-01-01T00:00:00Z"}));
    assert_eq!(told(&days, &until), ("the same 5 partitions".into(), true, false));
    let later_in_the_day = keys("0 9 * * *", "2024-03-10T00:00:00Z", json!({}));
    assert_eq!(
        told(&days, &later_in_the_day),
        ("the same 5 partitions; kept keys have another meaning".into(), false, false)
    );
    assert_eq!(
        told(&listed(&["a", "b"]), &listed(&["b", "c"])),
        ("+1 partition c, -1 partition a".into(), false, false)
    );
    assert_eq!(
        told(&listed(&["a", "b"]), &listed(&["b", "a"])),
        ("the same 2 partitions".into(), true, false)
    );
    assert!(!told(&days, &PartitionKeys::unpartitioned()).1);
}

#[test]
fn subsets_of_other_keys_are_not_mixed() {
    let error = listed(&["a"]).all().union(&listed(&["b"]).all()).unwrap_err();
    assert_eq!(error.to_string(), "expected subsets of the same partition keys, found a and b");
    let moved = daily("2024-03-01T00:00:00Z").all().within(&daily("2024-03-12T00:00:00Z")).unwrap();
    assert!(moved.is_all());
}

/// Keys of each kind, few enough to be listed.
fn spaces() -> Vec<PartitionKeys> {
    vec![
        listed(&["a", "b", "c", "d", "e", "f"]),
        daily("2024-03-05T00:00:00Z"),
        keys("0 0 * * *", "2024-03-01T00:00:00Z", json!({"exclusions": [{"cron": "0 0 * * 0"}]})),
        by_day_and_place("2024-03-11T00:00:00Z"),
        PartitionKeys::unpartitioned(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("ASSETDIFF_CASES").map_or(256, |text| text.parse().unwrap()),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn properties_of_subsets_are_those_of_sets(space in 0..5_usize, left: u16, right: u16) {
        let keys = &spaces()[space];
        let all = list(keys);
        let chosen = |bits: u16| -> BTreeSet<String> {
            let chosen = all.iter().enumerate().filter(|(at, _)| bits & 1 << (at % 16) != 0);
            chosen.map(|(_, key)| key.clone()).collect()
        };
        let (a, b) = (chosen(left), chosen(right));
        let (left, right) = (keys.subset(&a).0, keys.subset(&b).0);
        let same = |subset: &PartitionSubset, set: BTreeSet<String>| {
            assert_eq!(subset.iter().collect::<BTreeSet<_>>(), set);
            assert_eq!(subset.len(), Some(set.len() as u64));
            let mut visited = Vec::new();
            subset.visit(|key| visited.push(key.to_owned()));
            assert_eq!(visited, subset.iter().collect::<Vec<_>>());
            assert_eq!(subset, &keys.subset(&set).0);
            assert_eq!((subset.is_empty(), subset.is_all()), (set.is_empty(), set.len() == all.len()));
            assert!(all.iter().all(|key| subset.contains(key) == set.contains(key)));
            assert_eq!(subset.ranges().map(|range| range.count).sum::<u64>(), set.len() as u64);
            for place in 0..=set.len() {
                let rest: Vec<String> = subset.iter_from(place as u64).collect();
                assert_eq!(rest, subset.iter().skip(place).collect::<Vec<_>>());
            }
        };
        same(&left, a.clone());
        same(&left.union(&right).unwrap(), a.union(&b).cloned().collect());
        same(&left.intersection(&right).unwrap(), a.intersection(&b).cloned().collect());
        same(&left.difference(&right).unwrap(), a.difference(&b).cloned().collect());
    }

    #[test]
    fn properties_of_deltas(base in 0..5_usize, head in 0..5_usize) {
        let spaces = spaces();
        let (base, head) = (&spaces[base], &spaces[head]);
        let delta = compare_partitions(base, head).unwrap();
        let (a, b) = (list(base).into_iter().collect(), list(head).into_iter().collect::<BTreeSet<_>>());
        let set = |subset: &PartitionSubset| subset.iter().collect::<BTreeSet<_>>();
        let a: BTreeSet<String> = a;
        prop_assert_eq!(set(&delta.added), b.difference(&a).cloned().collect());
        prop_assert_eq!(set(&delta.removed), a.difference(&b).cloned().collect());
        prop_assert_eq!(set(&delta.kept), a.intersection(&b).cloned().collect());
    }
}
