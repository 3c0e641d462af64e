"""Partition keys and mappings are Dagster's own, but for the differences that have a name here.

ASSETDIFF_CASES sets how many random definitions and how many random mappings are compared (500 each); ASSETDIFF_SEED
where they start.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import warnings
import zoneinfo
from collections import Counter
from itertools import islice, product
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster import _check as dg_check
from assetdiff import AssetDiffError, PartitionKeys, downstream_partitions, upstream_partitions

# Both sides take the time zones of a package, not those of the machine, which may be years older.
zoneinfo.reset_tzpath(())

# The answers are those of 1.13.
pytestmark = pytest.mark.skipif(dg.__version__ < "1.13", reason="1.12 reads `*/10` beside a day of the week and hours in zones of half hours otherwise")

CASES = int(os.environ.get("ASSETDIFF_CASES", "500"))
SEED = int(os.environ.get("ASSETDIFF_SEED", "0"))

UTC = dt.timezone.utc
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Adelaide", "America/Sao_Paulo",
         "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]
# Around changes of the clocks of these zones.
MOMENTS = [dt.datetime(2018, 2, 18), dt.datetime(2018, 11, 4), dt.datetime(2023, 3, 12), dt.datetime(2023, 11, 5),
           dt.datetime(2024, 3, 31), dt.datetime(2024, 10, 27), dt.datetime(2024, 4, 7), dt.datetime(2024, 10, 6),
           dt.datetime(2024, 2, 29), dt.datetime(2024, 1, 1), dt.datetime(2024, 6, 15)]

# Where Dagster is wrong and assetdiff is not:
#   end_inside_first_window  an `end` before the first window ends gives one key, which Dagster's own
#                            `has_partition_key` and `get_num_partitions` deny; assetdiff gives none
#   clamped_offsets          a window moved by an offset beyond the ends of the upstream asset is not told as
#                            nonexistent (issue 26935); assetdiff tells it
#   span_beyond_both_ends    a span beyond both ends is told as nonexistent with all that exists in it
#   unaligned_before_start   windows before the upstream asset's start map to the upstream windows that start in
#                            them; assetdiff maps them to those that overlap, as everywhere else
#   dimension_keys           the nonexistent keys of a mapping by dimension are keys of a dimension; assetdiff gives
#                            keys with all dimensions
#   unchecked_specific       keys of a SpecificPartitionsPartitionMapping are returned as if they existed
#   unchecked_windows        windows are taken over from a definition that differs only in its limits without a look at
#                            whether they exist; assetdiff tells those that do not
#   unused_dimension_name    partition_dimension_name has no effect
# What has no answer in Dagster, and is not asked for: hourly windows in Lord_Howe, whose minutes depend on where an
# iteration starts and on the time of the year in which Dagster runs.
NAMED = {"end_inside_first_window", "clamped_offsets", "span_beyond_both_ends", "unaligned_before_start",
         "dimension_keys", "unchecked_specific", "unchecked_windows", "unused_dimension_name"}


def value(definition: dg.PartitionsDefinition) -> dict[str, Any]:
    """Return a definition in the form of docs/snapshot-format.md."""
    if isinstance(definition, dg.StaticPartitionsDefinition):
        return {"type": "static", "value": {"keys": list(definition.get_partition_keys())}}
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return {"type": "multi", "value": {d.name: value(d.partitions_def) for d in definition.partitions_defs}}
    assert isinstance(definition, dg.TimeWindowPartitionsDefinition)
    at = lambda stamp: dt.datetime.fromtimestamp(stamp.timestamp, UTC).isoformat()
    exclusions = [{"cron": e} if isinstance(e, str) else {"time": at(e)} for e in definition.exclusions or []]
    data = {"cron": definition.cron_schedule, "fmt": definition.fmt, "start": at(definition.start_ts),
            "timezone": definition.timezone, "end_offset": definition.end_offset, "exclusions": exclusions}
    if definition.end_ts:
        data["end"] = at(definition.end_ts)
    return {"type": "time_window", "value": data}


# Dagster writes keys in these but does not read them.
UNREADABLE = {"%-m.%-d.%y": "%m.%d.%y", "%I:%M %p %F": "%I:%M %p %Y-%m-%d"}


def a_cron(chance: random.Random, zone: str) -> tuple[str, dt.timedelta, str]:
    """Return a schedule, over how long it has some tens of ticks, and a format for its keys."""
    minute, hour, day = chance.choice([0, 0, 15, 30, 45]), chance.choice([0, 0, 1, 2, 3, 9, 23]), chance.randint(1, 28)
    dated = chance.choice(["%Y-%m-%d", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%d-%H:%M", "%d/%b/%Y", "%Y-%j", "%-m.%-d.%y"])
    timed = chance.choice(["%Y-%m-%d-%H:%M", "%Y-%m-%d-%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y%m%d%H%M", "%I:%M %p %F"])
    days = lambda n: dt.timedelta(days=n)
    shape = chance.randrange(12)
    if shape == 0 and zone != "Australia/Lord_Howe":
        return chance.choice([f"{minute} * * * *", "0 * * * *", "@hourly", "0,30 * * * *", "*/15 * * * *"]), days(4), timed
    if shape <= 3:
        return chance.choice([f"{minute} {hour} * * *", "0 0 * * *", "@daily"]), days(60), dated
    if shape == 4:
        return chance.choice([f"{minute} {hour} * * {chance.randrange(8)}", "@weekly", "0 0 * * MON"]), days(400), dated
    if shape == 5:
        return chance.choice([f"{minute} {hour} {day} * *", "@monthly"]), days(1500), dated
    if shape == 6:
        return f"{minute} {hour} * * {chance.choice(['1-5', 'mon,wed', '5-1', '*/2', '6,0', '1-7'])}", days(90), dated
    if shape == 7:
        nth = f"{chance.randrange(7)}#{chance.randint(1, 5)}"
        return f"{minute} {hour} * * {chance.choice([nth, 'L5', 'mon#1,fri#3', nth])}", days(1500), dated
    if shape == 8:
        dom = chance.choice(["L", "31", "29,30,31", "1,15", "*/7", "28-31", "1,L", "31-2"])
        return f"{minute} {hour} {dom} {chance.choice(['*', '*', '1-6', 'jan,jul', '*/5', '11-2'])} *", days(1500), dated
    if shape == 9:
        return f"{minute} {hour} {chance.choice(['13', '1,15', '*/10'])} * {chance.choice(['5', 'sun', '1-2'])}", days(200), dated
    if shape == 10:
        hours = chance.choice(["*/6", "1-3", "0,12", "2,3", "22-2", "0-2", "1/5"])
        return f"{chance.choice(['0', '30', '15,45', '*/20'])} {hours} * * *", days(12), timed
    if zone == "Australia/Lord_Howe":
        return "0 0 1 1,7 *", days(3000), dated
    return f"{chance.choice(['0', '*/30', '10-20/5'])} * {chance.choice(['1', 'L', '*/9'])} * *", days(60), timed


def a_definition(chance: random.Random, zone: str | None = None) -> tuple[dg.TimeWindowPartitionsDefinition, dt.datetime]:
    """Return a definition and a time at which it has some tens of keys, or none."""
    zone = zone or chance.choice(ZONES)
    cron, span, fmt = a_cron(chance, zone)
    moment = chance.choice(MOMENTS) + span * chance.uniform(-0.1, 0.6)
    moment = moment.replace(second=0, microsecond=0, minute=chance.choice([0, 0, 30, moment.minute]))
    start = moment - span * chance.choice([0, 0.05, 0.3, 1]) + dt.timedelta(minutes=chance.choice([0, 0, 17]))
    if chance.random() < 0.6:
        start = start.replace(hour=0, minute=0)
    arguments: dict[str, Any] = {"start": start, "cron_schedule": cron, "fmt": fmt, "timezone": zone}
    if chance.random() < 0.25:
        arguments["end"] = moment + span * chance.uniform(-0.4, 0.1)
    if chance.random() < 0.5:
        arguments["end_offset"] = chance.choice([-5, -2, -1, 1, 1, 2, 3])
    if chance.random() < 0.25:
        time_of_day = " ".join(cron.split()[:2]) if len(cron.split()) == 5 else "0 0"
        schedules = ["0 0 * * 1", f"{time_of_day} * * 0", "0 0 1 * *", "0 2 * * *", "@weekly"]
        exclusions: list[Any] = chance.sample(schedules, chance.randint(0, 2))
        plain = dg.TimeWindowPartitionsDefinition(**arguments)
        windows = plain._iterate_time_windows(plain.start_timestamp)
        try:
            ticks = [window.start.replace(tzinfo=None, fold=0) for window in islice(windows, 20)]
        except dg_check.CheckError:  # Dagster's own iteration gives up.
            ticks = [start] * 6
        arguments["exclusions"] = exclusions + chance.sample(ticks, chance.randint(0, 6)) or None
    definition = dg.TimeWindowPartitionsDefinition(**arguments)
    return definition, moment.replace(tzinfo=ZoneInfo(zone))


def bogus(definition: dg.PartitionsDefinition, now: dt.datetime) -> bool:
    """Return whether Dagster gives a key that it denies itself: see end_inside_first_window."""
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return any(bogus(d.partitions_def, now) for d in definition.partitions_defs)
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition) or not definition.end_ts:
        return False
    with dg.partition_loading_context(now):
        try:
            first, last = definition.get_first_partition_window(), definition.get_last_partition_window()
        except dg_check.CheckError:
            return False
        return bool(first and last and last.start.timestamp() < first.start.timestamp())


def excludes_all(definition: dg.PartitionsDefinition, now: dt.datetime) -> bool:
    """Return whether every window is excluded: Dagster looks for one without end, and assetdiff says so."""
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition) or not definition.exclusions:
        return False
    endless = value(definition)
    endless["value"].pop("end", None)
    try:
        PartitionKeys(endless, now)
        return False
    except AssetDiffError as error:
        assert "never does" in str(error)
        return True


def told(*parts: Any) -> str:
    return "\n".join(map(str, parts))


def test_keys_are_those_of_dagster():
    seen: Counter[str] = Counter()
    for case in range(SEED, SEED + CASES):
        chance = random.Random(f"keys {case}")
        definition, now = a_definition(chance)
        if excludes_all(definition, now):
            seen["all excluded"] += 1
            continue
        ours = PartitionKeys(value(definition), now)
        try:
            theirs = list(definition.get_partition_keys(current_time=now))
        except Exception as error:  # Dagster's own iteration gives up.
            seen[f"Dagster: {type(error).__name__}"] += 1
            continue
        context = told(f"case {case}", definition, now, definition.exclusions)
        if bogus(definition, now):
            seen["end_inside_first_window"] += 1
            assert len(theirs) == 1 and ours.to_list() == [], context
            continue
        assert list(ours) == ours.to_list() == theirs, told(context, ours.to_list(), theirs)
        assert len(ours) == len(theirs)
        seen["keys" if theirs else "no keys"] += 1
        if len(set(theirs)) == len(theirs):
            some = sorted(chance.sample(range(len(theirs)), min(len(theirs), 8)))
            assert all(theirs[at] in ours and ours[at] == theirs[at] for at in some), context
            assert ours.subset([theirs[at] for at in some]).to_list() == [theirs[at] for at in some], context
    print(seen)
    assert seen["keys"] > CASES * 0.6 and seen["no keys"] > CASES * 0.01
    assert sum(count for name, count in seen.items() if name.startswith("Dagster: ")) < CASES * 0.02 + 2


def test_an_end_inside_the_first_window_gives_no_key():
    definition = dg.MonthlyPartitionsDefinition("2024-02-09", end_date="2024-03-13", day_offset=5, end_offset=1)
    now = dt.datetime(2024, 3, 15, 12, tzinfo=UTC)
    assert definition.get_partition_keys(current_time=now) == ["2024-03-05"]
    with dg.partition_loading_context(now):
        assert definition.get_num_partitions() == 0 and not definition.has_partition_key("2024-03-05")
    assert PartitionKeys(value(definition), now).to_list() == []


def test_an_excluded_window_does_not_count_for_an_end_offset():
    # Issue 33551 calls it overshooting; the documentation says that the offset counts partitions, and so it is.
    definition = dg.DailyPartitionsDefinition("2024-03-10", end_offset=1, exclusions=[dt.datetime(2024, 3, 15)])
    now = dt.datetime(2024, 3, 15, 12, tzinfo=UTC)
    assert definition.get_partition_keys(current_time=now)[-1] == "2024-03-16"
    assert PartitionKeys(value(definition), now)[-1] == "2024-03-16"


# --- mappings

LETTERS = [*"abcdef"]


def a_space(chance: random.Random, zone: str, now: dt.datetime, kind: str) -> dg.PartitionsDefinition:
    if kind == "static":
        return dg.StaticPartitionsDefinition(chance.sample(LETTERS, chance.randint(1, 6)))
    if kind == "multi":
        dimensions = {}
        for name in chance.sample(["day", "place", "zone"], 2):
            dimensions[name] = a_space(chance, zone, now, "small" if name == "day" else "static")
        return dg.MultiPartitionsDefinition(dimensions)
    definition, moment = a_definition(chance, zone)
    cron, span = definition.cron_schedule, now - moment
    step = chance.choice([1, 3, 8]) if kind == "small" else chance.choice([5, 20, 40])
    if kind == "small":
        cron = chance.choice(["0 0 * * *", "0 0 * * *", "0 9 * * *", "0 0 * * 0", "@daily"])
        start = (now - dt.timedelta(days=step)).replace(tzinfo=None, hour=0, minute=0)
        return dg.TimeWindowPartitionsDefinition(start, cron_schedule=cron, fmt="%Y-%m-%d", timezone=zone,
                                                 end_offset=chance.choice([0, 0, 1]))
    shifted = lambda time: time and (time + span).replace(tzinfo=None)
    start, end = shifted(definition.start), shifted(definition.end)
    if chance.random() < 0.5:
        start = start.replace(hour=0, minute=0)
    if chance.random() < 0.3:
        cron, fmt = chance.choice([("0 0 * * *", "%Y-%m-%d"), ("0 * * * *", "%Y-%m-%d-%H:%M")])
        if zone == "Australia/Lord_Howe":
            cron = "0 0 * * *"
        start = max(start, (now - dt.timedelta(days=12)).replace(tzinfo=None, hour=0, minute=0))
    else:
        fmt = UNREADABLE.get(definition.fmt, definition.fmt)
    exclusions = [e if isinstance(e, str) else dt.datetime.fromtimestamp(e.timestamp, ZoneInfo(zone)).replace(tzinfo=None)
                  for e in definition.exclusions or []]
    return dg.TimeWindowPartitionsDefinition(start, cron_schedule=cron, fmt=fmt, timezone=zone, end=end,
                                             end_offset=definition.end_offset, exclusions=exclusions or None)


def a_mapping(chance: random.Random, up: Any, down: Any) -> tuple[dg.PartitionMapping, dict[str, Any]]:
    """Return a mapping that fits, for Dagster and for assetdiff."""
    time = lambda d: isinstance(d, dg.TimeWindowPartitionsDefinition)
    multi = lambda d: isinstance(d, dg.MultiPartitionsDefinition)
    static = lambda d: isinstance(d, dg.StaticPartitionsDefinition)
    kind = chance.choice(["identity", "all", "last", "specific"])
    if time(up) and time(down) and chance.random() < 0.85:
        kind = "time_window"
    if static(up) and static(down) and chance.random() < 0.6:
        kind = "static"
    if multi(up) and multi(down) and chance.random() < 0.7:
        kind = "multi"
    if kind == "identity":
        return dg.IdentityPartitionMapping(), {"type": "identity"}
    if kind == "all":
        return dg.AllPartitionMapping(), {"type": "all"}
    if kind == "last":
        return dg.LastPartitionMapping(), {"type": "last"}
    if kind == "specific":
        keys = list(up.get_partition_keys())
        keys = chance.sample(keys, min(len(keys), chance.randint(0, 3)))
        if static(up) and chance.random() < 0.3:
            keys.append("zzz")
        return dg.SpecificPartitionsPartitionMapping(keys), {"type": "specific", "value": keys}
    if kind == "static":
        outs, ins = list(up.get_partition_keys()), list(down.get_partition_keys())
        pairs = {key: chance.sample(ins, chance.randint(1, len(ins))) for key in outs if chance.random() < 0.8}
        return dg.StaticPartitionMapping(pairs), {"type": "static", "value": pairs}
    if kind == "multi":
        names = chance.sample([d.name for d in up.partitions_defs], chance.randint(1, 2))
        others = chance.sample([d.name for d in down.partitions_defs], len(names))
        theirs, ours = {}, {}
        for name, other in zip(names, others):
            mapping, data = a_mapping(chance, up.get_partitions_def_for_dimension(name),
                                      down.get_partitions_def_for_dimension(other))
            theirs[name] = dg.DimensionPartitionMapping(other, mapping)
            ours[name] = {"dimension": other, "mapping": data}
        return dg.MultiPartitionMapping(theirs), {"type": "multi", "value": ours}
    start, end = chance.choice([(0, 0), (0, 0), (-1, 0), (-1, -1), (0, 1), (1, 1), (-3, -1), (2, 0), (-7, 2)])
    allowed = chance.random() < 0.2
    mapping = dg.TimeWindowPartitionMapping(start, end, allowed)
    return mapping, {"type": "time_window", "value": {
        "start_offset": start, "end_offset": end, "allow_nonexistent_upstream_partitions": allowed}}


def wide(definition: dg.TimeWindowPartitionsDefinition) -> dg.TimeWindowPartitionsDefinition:
    """Return a definition that has every window, whenever it is asked for."""
    exclusions = [e if isinstance(e, str) else dt.datetime.fromtimestamp(e.timestamp, ZoneInfo(definition.timezone))
                  for e in definition.exclusions or []]
    return dg.TimeWindowPartitionsDefinition(definition.start - dt.timedelta(days=4000), definition.fmt,
                                             timezone=definition.timezone, cron_schedule=definition.cron_schedule,
                                             exclusions=exclusions or None)


def a_pair(chance: random.Random) -> tuple[Any, Any, dt.datetime]:
    zone = chance.choice(ZONES)
    now = (chance.choice(MOMENTS) + dt.timedelta(hours=chance.randint(-300, 300))).replace(tzinfo=ZoneInfo(zone))
    kinds = chance.choice([("time", "time")] * 5 + [("static", "static"), ("multi", "multi"), ("multi", "multi"),
                           ("multi", "small"), ("small", "multi"), ("static", "time"), ("multi", "static")])
    up, down = (a_space(chance, zone, now, kind) for kind in kinds)
    if kinds == ("time", "time") and chance.random() < 0.3:
        down = up
    if "multi" in kinds and kinds[0] != kinds[1]:
        many, single = (up, down) if kinds[0] == "multi" else (down, up)
        if chance.random() < 0.6:
            single = chance.choice(many.partitions_defs).partitions_def
        up, down = (many, single) if kinds[0] == "multi" else (single, many)
    return up, down, now


def inferred(up: Any, down: Any) -> dg.PartitionMapping:
    from dagster._core.definitions.partitions.utils.mapping import infer_partition_mapping

    return infer_partition_mapping(None, down, up)


def test_mappings_are_those_of_dagster():
    seen: Counter[str] = Counter()
    warnings.simplefilter("ignore")
    for case in range(SEED, SEED + CASES):
        chance = random.Random(f"mapping {case}")
        up, down, now = a_pair(chance)
        with dg.partition_loading_context(now, dg.DagsterInstance.ephemeral() if case == SEED else None):
            if excludes_all(up, now) or excludes_all(down, now):
                seen["all excluded"] += 1
                continue
            if bogus(up, now) or bogus(down, now):
                seen["end_inside_first_window"] += 1
                continue
            try:
                explicit = chance.random() >= 0.2
                mapping, data = a_mapping(chance, up, down) if explicit else (inferred(up, down), None)
            except dg_check.CheckError:
                seen["Dagster refuses"] += 1
                continue
            compare(case, chance, up, down, now, mapping, data, seen)
    print(seen)
    assert {name for name in seen if name in NAMED} >= {"clamped_offsets", "unchecked_specific", "dimension_keys"}
    assert seen["compared"] > CASES * 0.6
    assert seen["Dagster refuses"] < CASES * 0.1


def compare(case: int, chance: random.Random, up: Any, down: Any, now: dt.datetime, mapping: Any, data: Any,
            seen: Counter[str]) -> None:
    try:
        up_keys, down_keys = list(up.get_partition_keys()), list(down.get_partition_keys())
    except dg_check.CheckError:  # Its own iteration gives up, as on `29,30,31` backwards over February.
        seen["Dagster refuses"] += 1
        return
    if max(len(set(up_keys)), len(set(down_keys))) > 600 or len(set(up_keys)) < len(up_keys) or len(set(down_keys)) < len(down_keys):
        seen["too many or equal keys"] += 1
        return
    if len(up_keys) * len(down_keys) == 0 and chance.random() < 0.8:
        seen["no keys"] += 1
        return
    ours_up, ours_down = PartitionKeys(value(up), now), PartitionKeys(value(down), now)
    start, count = chance.randrange(len(down_keys) + 1), chance.randint(1, 12)
    some_down = down_keys[start:start + count] if chance.random() < 0.6 else chance.sample(down_keys, min(len(down_keys), count))
    start = chance.randrange(len(up_keys) + 1)
    some_up = up_keys[start:start + count] if chance.random() < 0.6 else chance.sample(up_keys, min(len(up_keys), count))
    context = told(f"case {case}", mapping, f"up {up} {up!r}", f"down {down} {down!r}", now, some_down, some_up)
    try:
        result = mapping.get_upstream_mapped_partitions_result_for_partitions(
            down.subset_with_partition_keys(some_down), down, up)
        existing = set(result.partitions_subset.get_partition_keys())
        nonexistent = set(result.required_but_nonexistent_subset.get_partition_keys())
        readers = set(mapping.get_downstream_partitions_for_partitions(
            up.subset_with_partition_keys(some_up), up, down).get_partition_keys())
    except Exception as error:
        seen["Dagster refuses"] += 1
        seen[f"Dagster: {type(error).__name__} {str(error)[:60]}"] += 1
        return
    found, missing = upstream_partitions(data, ours_down.subset(some_down), ours_up)
    ours_readers = downstream_partitions(data, ours_up.subset(some_up), ours_down)
    context = told(context, "ours", found, missing, ours_readers, "theirs", sorted(existing), sorted(nonexistent), sorted(readers))
    seen["compared"] += 1
    assert set(ours_readers) == readers, context
    unchecked = existing - set(up_keys)
    if unchecked:
        # They do not exist, whether stated or taken over from a definition that differs in its limits.
        seen["unchecked_specific" if "'zzz'" in str(mapping) else "unchecked_windows"] += 1
        assert unchecked <= set(missing), context
        existing -= unchecked
    missing_keys = set(missing)
    assert not missing_keys & set(up_keys), context
    if set(found) == existing and missing_keys == nonexistent | unchecked:
        return
    of_time = isinstance(up, dg.TimeWindowPartitionsDefinition)
    if of_time and isinstance(mapping, (dg.TimeWindowPartitionMapping, dg.MultiToSingleDimensionPartitionMapping)):
        if isinstance(mapping, dg.MultiToSingleDimensionPartitionMapping):
            mapping = dg.TimeWindowPartitionMapping()
            down = next(d.partitions_def for d in down.partitions_defs if d.name == "day")
            some_down = sorted({key.split("|")[0] for key in some_down})
        everything = wide(up)
        with dg.partition_loading_context(now + dt.timedelta(days=4000)):
            # What is read, had the upstream asset all windows.
            read = set(mapping.get_upstream_mapped_partitions_result_for_partitions(
                down.subset_with_partition_keys(some_down), down, everything).partitions_subset.get_partition_keys())
        context = told(context, "wide", sorted(read))
        assert set(found) == read & set(up_keys), context
        assert not missing_keys if mapping.allow_nonexistent_upstream_partitions else missing_keys == read - set(up_keys), context
        offset = mapping.start_offset or mapping.end_offset
        if set(found) != existing:
            # Only an end within what is excluded makes a clamped window read one that it does not overlap.
            assert offset and up.exclusions, context
        if nonexistent & set(up_keys):
            seen["span_beyond_both_ends"] += 1
        elif offset:
            # Clamping even turns a window around whose start was moved behind its end.
            assert nonexistent <= missing_keys or mapping.start_offset > mapping.end_offset, context
            seen["clamped_offsets"] += 1
        else:
            seen["unaligned_before_start"] += 1
        return
    assert set(found) == existing, context
    assert isinstance(up, dg.MultiPartitionsDefinition), context
    seen["dimension_keys"] += 1
    assert missing_keys == by_dimension(up, down, now, data, some_down) - set(up_keys), context


def by_dimension(up: Any, down: Any, now: dt.datetime, data: Any, keys: list[str]) -> set[str]:
    """Return what keys read through a mapping by dimension, one key and one dimension at a time."""
    if data is None or data["type"] == "multi_to_single":
        equal = [d.name for d in up.partitions_defs if d.partitions_def == down]
        mapped = {(equal or ["day"])[0]: {"mapping": {"type": "identity"} if equal else {"type": "time_window", "value": {}}}}
    else:
        mapped = data["value"]
    read = set()
    for key in keys:
        choices = []
        for dimension in up.partitions_defs:
            if dimension.name not in mapped:
                choices.append(list(dimension.partitions_def.get_partition_keys()))
                continue
            other = mapped[dimension.name].get("dimension")
            single = down.get_partitions_def_for_dimension(other) if other else down
            part = down.get_partition_key_from_str(key).keys_by_dimension[other] if other else key
            found, missing = upstream_partitions(
                mapped[dimension.name]["mapping"], PartitionKeys(value(single), now).subset([part]),
                PartitionKeys(value(dimension.partitions_def), now))
            choices.append([*found, *missing])
        read |= {"|".join(parts) for parts in product(*choices)}
    return read


def test_a_named_dimension_is_used():
    # unused_dimension_name: Dagster refuses two equal dimensions even when one is named.
    letters = dg.StaticPartitionsDefinition(["a", "b"])
    both = dg.MultiPartitionsDefinition({"x": letters, "y": letters})
    now = dt.datetime(2024, 3, 15, 12, tzinfo=UTC)
    mapping = dg.MultiToSingleDimensionPartitionMapping("y")
    with dg.partition_loading_context(now), pytest.raises(Exception, match="partition dimension name must be specified"):
        mapping.get_upstream_mapped_partitions_result_for_partitions(
            letters.subset_with_partition_keys(["a"]), letters, both)
    up, down = PartitionKeys(value(both), now), PartitionKeys(value(letters), now)
    data = {"type": "multi_to_single", "value": {"dimension": "y"}}
    found, missing = upstream_partitions(data, down.subset(["a"]), up)
    assert found.to_list() == ["a|a", "b|a"] and not missing
    assert downstream_partitions(data, up.subset(["a|b"]), down).to_list() == ["b"]


def test_other_time_zones_are_refused_as_in_dagster():
    now = dt.datetime(2024, 3, 15, 12, tzinfo=UTC)
    berlin = dg.DailyPartitionsDefinition("2024-03-01", timezone="Europe/Berlin")
    utc = dg.DailyPartitionsDefinition("2024-03-01")
    with dg.partition_loading_context(now), pytest.raises(dg.DagsterInvalidDefinitionError, match="don't match"):
        dg.TimeWindowPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
            utc.subset_with_partition_keys(["2024-03-02"]), utc, berlin)
    up, down = PartitionKeys(value(berlin), now), PartitionKeys(value(utc), now)
    with pytest.raises(AssetDiffError, match="expected time windows of one time zone"):
        upstream_partitions({"type": "time_window", "value": {}}, down.all(), up)
