"""What the snapshot of a Dagster project costs on top of loading it.

    python benches/peers/snapshot_cost.py [--assets 3000] [--runs 7] [--made-of specs|assets] [--conditions]

Loading is making the definitions and their repository, as Dagster does when it loads a code location; the modules are
imported before. Dagster's asset graph is told apart: a snapshot needs it, a code location makes it too, and whoever made
it before does not make it again. Each run is a process of its own that loads and then takes the snapshot; told are processor times and
their ratio within a run, as medians with min and max. The definitions are those of dagster_differ.py; with `--conditions`
each has an automation condition too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

from dagster_differ import maker


def measured(count: int, made_of: str, conditions: bool) -> dict[str, float]:
    import assetdiff
    import dagster as dg
    from assetdiff.dagster import snapshot, snapshot_dict

    snapshot_dict(dg.Definitions())
    make = maker(made_of, **({"automation_condition": dg.AutomationCondition.eager} if conditions else {}))
    start = time.process_time()
    definitions = dg.Definitions(assets=[make(number, 0) for number in range(count)])
    definitions.get_repository_def()
    loaded = time.process_time()
    definitions.resolve_asset_graph()
    resolved = time.process_time()
    taken = snapshot(definitions)
    end = time.process_time()
    assert isinstance(taken, assetdiff.Snapshot) and len(taken) == count
    return {
        "load": loaded - start,
        "graph": resolved - loaded,
        "snapshot": end - resolved,
        "ratio": (end - resolved) / (resolved - start),
        "with_graph": (end - loaded) / (loaded - start),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--made-of", choices=["specs", "assets"], default="specs")
    parser.add_argument("--conditions", action="store_true")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        return print(json.dumps(measured(options.assets, options.made_of, options.conditions)))
    command = [sys.executable, *sys.argv, "--once"]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(options.runs)]
    print(f"{options.assets:,} {options.made_of}, {options.runs} runs, processor time")
    labels = {
        "load": ("load", "s", 1),
        "graph": ("Dagster's asset graph", "s", 1),
        "snapshot": ("snapshot", "s", 1),
        "ratio": ("snapshot on top of both", "%", 100),
        "with_graph": ("graph and snapshot on top of load", "%", 100),
    }
    for name, (label, unit, scale) in labels.items():
        figures = [run[name] * scale for run in runs]
        print(f"  {label:34} {statistics.median(figures):.3g} {unit} ({min(figures):.3g} to {max(figures):.3g})")


if __name__ == "__main__":
    main()
