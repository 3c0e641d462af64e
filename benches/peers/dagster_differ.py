"""Dagster's own differ beside assetdiff: from two serialised repository snapshots on disk to all changes.

    python benches/peers/dagster_differ.py [--assets 1000 10000 50000] [--runs 3] [--made-of specs|assets] [--json FILE]

Needs dagster and assetdiff. Each side runs in a fresh process of its own, in turn; printed are medians
with min and max of wall time, processor time and peak memory, and the median of the ratios, run by run.
Graphs of 50,000 assets and more are run once unless `--runs` says more. The same generated graph serves
both: on average 3 upstream assets among the 2,000 before, 3 tags, 10 metadata entries, owner, group, code
version and description; 30 % partitioned; head has 5 % of the assets edited, 0.5 % added and 0.5 % removed.

Ours is told twice: changes from files by `diff_files`, which reads only the nodes that are not the same in both,
and with both graphs read whole. The diff alone is told three times: the first comparison of the process, as every user
has it; the second, for which Dagster has cached what it looked up; and, in a process of its own, that which answers no
more than Dagster's differ does: which assets changed and in what, without old and new values and without renames.

Dagster's differ finds fewer: it does not compare the mappings that it infers, which are others where an upstream asset was
removed (D7 in docs/dagster.md).
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report


def maker(made_of: str, **more: Any) -> Callable[[int, int], Any]:
    """Return what makes the asset of a number in the version of an edit; `more` are further aspects of all."""
    import dagster as dg

    daily, hourly = dg.DailyPartitionsDefinition("2024-01-01"), dg.HourlyPartitionsDefinition("2024-01-01-00:00")
    static = dg.StaticPartitionsDefinition([f"region_{n}" for n in range(20)])
    multi = dg.MultiPartitionsDefinition({"day": daily, "region": static})

    def make(number: int, edit: int) -> dg.AssetSpec | dg.AssetsDefinition:
        chance = random.Random(number)
        kind = chance.random()
        partitions = {0: daily, 1: hourly, 2: static, 3: multi}.get(
            0 if kind < 0.15 else 1 if kind < 0.2 else 2 if kind < 0.28 else 3 if kind < 0.3 else 4
        )
        upstream = sorted(chance.sample(range(max(0, number - 2000), number), min(number, chance.randrange(7))))
        aspects: dict[str, Any] = dict(
            key=["warehouse", f"schema_{number % 50}", f"table_{number}"],
            deps=[dg.AssetDep(["warehouse", f"schema_{up % 50}", f"table_{up}"]) for up in upstream],
            description=f"Table number {number} of the generated warehouse",
            metadata={f"entry_{n}": chance.choice([n * number, f"text {n} {number}", n / 7, True]) for n in range(10)},
            group_name=f"group_{number % 40}",
            code_version=f"{number}.{edit}",
            owners=[f"team:team_{number % 30}"],
            tags={f"tag_{n}": str(chance.randrange(100)) for n in range(3)},
            kinds={chance.choice(["dbt", "python", "snowflake"])},
            partitions_def=partitions,
            **{name: value() for name, value in more.items()},
        )
        return dg.AssetSpec(**aspects) if made_of == "specs" else dg.asset(**aspects)(lambda: None)

    return make


def generate(count: int, folder: Path, made_of: str) -> None:
    """Write base.json and head.json: serialised repository snapshots."""
    import dagster as dg
    from dagster._core.remote_representation.external_data import RepositorySnap

    make = maker(made_of)

    def write(name: str, specs: list[Any]) -> None:
        snap = RepositorySnap.from_def(dg.Definitions(assets=specs).get_repository_def(), defer_snapshots=True)
        (folder / name).write_text(dg.serialize_value(snap))

    write("base.json", [make(number, 0) for number in range(count)])
    chance = random.Random(count)
    changed = count + count // 200
    write("head.json", [make(n, int(chance.random() < 0.05)) for n in range(changed) if chance.random() >= 0.005])


def their_differ(base: Path, head: Path) -> tuple[Any, Callable[[], Any]]:
    """Return the keys of both sides, and what makes a differ that has looked nothing up."""
    import dagster as dg
    from dagster._core.definitions.assets.graph.asset_graph_differ import AssetGraphDiffer
    from dagster._core.remote_representation.external import RemoteRepository
    from dagster._core.remote_representation.external_data import RepositorySnap
    from dagster._core.remote_representation.handle import RepositoryHandle

    def graph(file: Path) -> Any:
        handle = RepositoryHandle.for_test(location_name="loc", repository_name="__repository__")
        snap = dg.deserialize_value(file.read_text(), RepositorySnap)
        return RemoteRepository(snap, handle, auto_materialize_use_sensors=True, ref_to_data_fn=lambda ref: None).asset_graph

    base_graph, head_graph = graph(base), graph(head)
    keys = base_graph.get_all_asset_keys() | head_graph.get_all_asset_keys()
    return keys, lambda: AssetGraphDiffer(branch_asset_graph=head_graph, base_asset_graph=base_graph)


def theirs(base: Path, head: Path) -> dict[str, Any]:
    keys, new_differ = their_differ(base, head)

    def compare() -> int:
        differ = new_differ()
        return sum(1 for key in keys if differ.get_changes_for_asset_with_diff(key).change_types)

    return measured(compare)


def their_kinds(base: Path, head: Path) -> dict[str, Any]:
    keys, new_differ = their_differ(base, head)

    def compare() -> int:
        differ = new_differ()
        return sum(1 for key in keys if differ.get_changes_for_asset(key))

    return measured(compare)


def ours(base: Path, head: Path) -> dict[str, Any]:
    import assetdiff

    return measured(lambda: len(assetdiff.diff_files(base, head)))


def ours_loaded(base: Path, head: Path) -> dict[str, Any]:
    import assetdiff

    base_graph, head_graph = assetdiff.AssetGraph.read_pair(base, head)
    return measured(lambda: len(assetdiff.diff(base_graph, head_graph)))


def our_kinds(base: Path, head: Path) -> dict[str, Any]:
    import assetdiff

    base_graph, head_graph = assetdiff.AssetGraph.read_pair(base, head)
    # With those of each as Python objects, as the other side has them.
    return measured(lambda: len([(found.key, found.aspects) for found in assetdiff.differences(base_graph, head_graph)]))


def measured(compare: Callable[[], int]) -> dict[str, Any]:
    """Compare twice: the first time also ends what is measured from the files on."""
    first = time.perf_counter()
    changed = compare()
    end, cpu = time.perf_counter(), time.process_time()
    compare()
    again = time.perf_counter() - end
    return {"changed": changed, "first": end - first, "again": again, "end": end, "cpu": cpu}


SIDES = {
    "ours": ours, "ours_loaded": ours_loaded, "our_kinds": our_kinds, "theirs": theirs, "their_kinds": their_kinds,
}  # fmt: skip


def side(name: str, folder: Path) -> None:
    """Run one side and print what it took, as JSON."""
    # What is imported anyway is not what is compared, nor is what that leaves to the collector.
    __import__("dagster" if name.startswith("their") else "assetdiff")
    gc.collect()
    start, cpu = time.perf_counter(), time.process_time()
    result = SIDES[name](folder / "base.json", folder / "head.json")
    result["all"] = result.pop("end") - start
    result["cpu"] -= cpu
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--runs", type=int, help="by default 3, and 1 for 50,000 assets and more")
    parser.add_argument("--made-of", choices=["specs", "assets"], default="specs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side", choices=[*SIDES, "generate"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side == "generate":
        return generate(options.assets[0], options.folder, options.made_of)
    if options.side:
        return side(options.side, options.folder)
    lines: list[report.Comparison] = []
    notes: dict[str, float] = {}
    for count in options.assets:
        with tempfile.TemporaryDirectory() as folder:
            results = compare(count, options.runs or (1 if count >= 50_000 else 3), Path(folder), options.made_of)
        lines += for_report(count, results)
        for name, sides in results.items():
            peak = statistics.median(run["peak_mb"] for run in sides)
            notes[f"{count} assets, two Dagster repositories, {name}: peak memory of the process, MB"] = peak
    if options.json:
        report.write(options.json, lines, notes)


# What is told of which side of ours and of theirs.
LABELS = [
    ("ours", "theirs", "all", "files to changes, s"),
    ("ours", "theirs", "cpu", "the same, s of processor"),
    ("ours", "theirs", "peak_mb", "peak memory, MB"),
    ("ours_loaded", "theirs", "all", "files, graphs, changes, s"),
    ("ours_loaded", "theirs", "cpu", "the same, s of processor"),
    ("ours_loaded", "theirs", "peak_mb", "peak memory, MB"),
    ("ours_loaded", "theirs", "first", "diff alone, first, s"),
    ("ours_loaded", "theirs", "again", "diff alone, again, s"),
    ("our_kinds", "their_kinds", "first", "kinds of change alone, s"),
]


def for_report(count: int, results: dict[str, list[Any]]) -> list[report.Comparison]:
    times = {name: [run["all"] * 1e3 for run in sides] for name, sides in results.items()}
    first = {name: [run["first"] * 1e3 for run in sides] for name, sides in results.items()}
    peer = "Dagster: deserialize, differ"
    return [
        report.compared(
            "two Dagster repositories to changes (Python)", count, times["ours"], peer, times["theirs"],
            faster=100 if count == 50_000 else None,
        ),
        report.compared("two Dagster repositories to graphs and changes (Python)", count, times["ours_loaded"], peer, times["theirs"]),
        report.compared(
            "two loaded Dagster repositories to changes with their values (Python)", count, first["ours_loaded"],
            "Dagster: differ", first["theirs"], faster=200,
        ),
        report.compared(
            "two loaded Dagster repositories to kinds of change (Python)", count, first["our_kinds"],
            "Dagster: differ", first["their_kinds"], faster=200,
        ),
    ]  # fmt: skip


def compare(count: int, runs: int, folder: Path, made_of: str) -> dict[str, list[Any]]:
    def run(side: str) -> Any:
        command = [sys.executable, __file__, "--side", side, "--folder", str(folder)]
        command += ["--assets", str(count), "--made-of", made_of]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return json.loads(output) if output else None

    run("generate")
    size = (folder / "base.json").stat().st_size / 1e6
    results: dict[str, list[Any]] = {name: [] for name in SIDES}
    for _ in range(runs):
        for name in results:
            results[name].append(run(name))
    changed = {name: sides[0]["changed"] for name, sides in results.items()}
    print(f"{count:,} assets ({made_of}), {size:.1f} MB each, {runs} runs, changes found: {changed}")
    for ours, theirs, what, label in LABELS:
        figures = {name: [run[what] for run in results[name]] for name in (ours, theirs)}
        texts = [f"{name} {statistics.median(f):.4g} ({min(f):.4g} to {max(f):.4g})" for name, f in figures.items()]
        ratio = statistics.median(t / o for t, o in zip(figures[theirs], figures[ours]))
        print(f"  {label:25} {', '.join(texts)}: {ratio:.1f} x")
    return results


if __name__ == "__main__":
    main()
