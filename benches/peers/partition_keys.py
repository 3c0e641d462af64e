"""Dagster's partition keys beside assetdiff's: a daily definition over ten years, from the definition to a list of texts.

    python benches/peers/partition_keys.py [--runs 21]

Needs dagster and assetdiff. Each run makes a fresh definition on each side, as definitions keep caches, in turn and in one
process; printed are medians with min and max, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Callable

import dagster as dg
from assetdiff import PartitionKeys

NOW = dt.datetime(2024, 3, 15, 12, tzinfo=dt.timezone.utc)


def fresh(zone: str, run: int) -> tuple[dg.DailyPartitionsDefinition, dict[str, object]]:
    """Return a definition that no cache knows: each starts another minute before the same midnight."""
    start = dt.datetime(2014, 3, 15) - dt.timedelta(minutes=run)
    definition = dg.DailyPartitionsDefinition(start, timezone=zone)
    at = dt.datetime.fromtimestamp(definition.start_timestamp, dt.timezone.utc).isoformat()
    value = {"cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": at, "timezone": zone}
    return definition, {"type": "time_window", "value": value}


def timed(work: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def compare(zone: str, runs: int) -> None:
    times: dict[str, list[float]] = {"Dagster": [], "assetdiff": [], "assetdiff, number only": []}
    for run in range(runs):
        definition, value = fresh(zone, run)
        took, theirs = timed(lambda: definition.get_partition_keys(current_time=NOW))
        times["Dagster"].append(took)
        took, ours = timed(lambda: PartitionKeys(value, NOW).to_list())
        times["assetdiff"].append(took)
        took, count = timed(lambda: len(PartitionKeys(value, NOW)))
        times["assetdiff, number only"].append(took)
        assert ours == theirs and count == len(ours)
    print(f"{zone}: {count:,} keys")
    base = statistics.median(times["Dagster"])
    for name, figures in times.items():
        median = statistics.median(figures)
        print(f"  {name:24} {median * 1e6:10,.0f} us ({min(figures) * 1e6:,.0f} to {max(figures) * 1e6:,.0f}): {base / median:,.0f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    for zone in ("UTC", "America/New_York"):
        compare(zone, runs)


if __name__ == "__main__":
    main()
