"""What a change reaches: assetdiff beside the descendants of rustworkx and networkx and Dagster's own selection.

    python benches/peers/impact.py [--assets 10000] [--runs 5] [--without-dagster] [--json FILE]

Needs dagster, networkx, rustworkx and assetdiff. All hold the same graph in memory: assets that read four of the 2,000
before them, of which one in a hundred changed. Each finds what is downstream of the changed ones, in turn; printed are
medians with min and max, and the ratio to assetdiff with its range over the pairs. assetdiff finds distances, effects and
ways besides. What all find is compared first.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import report

warnings.filterwarnings("ignore")


class Finder(NamedTuple):
    """How something finds what is affected, and the numbers of what it found."""

    find: Callable[[], Any]
    numbers: Callable[[Any], set[int]]


def upstream_of(count: int) -> list[list[int]]:
    chance = random.Random(7)
    return [sorted({number - 1 - chance.randrange(min(number, 2000)) for _ in range(min(4, number))}) for number in range(count)]


def ours(upstream: list[list[int]], changed: list[int]) -> Finder:
    import assetdiff

    def side(version: str) -> Any:
        altered = set(changed)
        return assetdiff.graph(
            [
                {
                    "key": [f"t{number:07}"],
                    "code_version": {"version": version if number in altered else "1"},
                    "dependencies": [{"key": [f"t{up:07}"]} for up in reads],
                }
                for number, reads in enumerate(upstream)
            ]
        )

    base, head = side("1"), side("2")
    changes = assetdiff.diff(base, head)
    return Finder(lambda: assetdiff.impact(base, head, changes), lambda found: {int(str(asset.key)[1:]) for asset in found})


def with_rustworkx(upstream: list[list[int]], changed: list[int]) -> Finder:
    import rustworkx

    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(upstream) + 1))
    graph.add_edges_from_no_data([(up, number) for number, reads in enumerate(upstream) for up in reads])
    root = len(upstream)
    graph.add_edges_from_no_data([(root, number) for number in changed])
    return Finder(lambda: rustworkx.descendants(graph, root), set)


def with_networkx(upstream: list[list[int]], changed: list[int]) -> Finder:
    import networkx

    graph = networkx.DiGraph([(up, number) for number, reads in enumerate(upstream) for up in reads])
    graph.add_edges_from(("root", number) for number in changed)
    return Finder(lambda: networkx.descendants(graph, "root"), set)


def with_dagster(upstream: list[list[int]], changed: list[int]) -> Finder:
    import dagster as dg
    from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

    specs = [dg.AssetSpec(f"t{number:07}", deps=[f"t{up:07}" for up in reads]) for number, reads in enumerate(upstream)]
    graph = AssetGraph.from_assets([dg.AssetsDefinition(specs=[spec]) for spec in specs])
    selection = dg.AssetSelection.assets(*(specs[number].key for number in changed)).downstream()
    return Finder(lambda: selection.resolve(graph), lambda found: {int(key.path[0][1:]) for key in found})


def timed(find: Callable[[], Any]) -> float:
    start = time.perf_counter()
    find()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--without-dagster", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    upstream = upstream_of(options.assets)
    changed = list(range(0, options.assets, 100))
    makers = {"assetdiff": ours, "rustworkx": with_rustworkx, "networkx": with_networkx}
    if not options.without_dagster:
        makers["dagster"] = with_dagster
    finders = {name: make(upstream, changed) for name, make in makers.items()}
    found = {name: finder.numbers(finder.find()) for name, finder in finders.items()}
    assert all(keys == found["assetdiff"] for keys in found.values())
    print(f"{options.assets} assets, {sum(map(len, upstream))} dependencies, {len(changed)} changed, {len(found['assetdiff'])} affected")
    times: dict[str, list[float]] = {name: [] for name in finders}
    for _ in range(options.runs):
        for name, finder in finders.items():
            times[name].append(timed(finder.find) * 1e3)
    for name, taken in times.items():
        ratios = [theirs / ours for theirs, ours in zip(taken, times["assetdiff"])]
        print(
            f"{name:<10} {statistics.median(taken):>10.2f} ms ({min(taken):.2f} to {max(taken):.2f})"
            f"   {statistics.median(ratios):>8.1f} x ({min(ratios):.1f} to {max(ratios):.1f})"
        )
    if options.json:
        our = times.pop("assetdiff")
        what = "impact, 1 % changed (Python)"
        lines = [report.compared(what, options.assets, our, f"{name}: descendants", taken) for name, taken in times.items()]
        report.write(options.json, lines)


if __name__ == "__main__":
    main()
