"""Runs every bench and peer and makes one report of them: a table, target/bench/report.json, and plots of growth.

    python benches/run.py [--sizes 10000,100000,1000000] [--runs 5] [--long | --native] [--no-peers] [--plots FOLDER]

Needs cargo and two Pythons: `--dagster PYTHON` that has dagster, and the one that runs this, which has what
benches/peers/requirements.txt and tests/dbt/requirements-1.12.txt list; both have assetdiff. `--long` measures what takes
long or much memory instead: ten million assets in mapped files, JSON files and the engine on a million, and the peers in
Python on more. `--native` compiles for this processor, and leaves out the peers in Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "target/bench"
PEERS = ROOT / "benches/peers"


class Suite:
    """Runs benches, and keeps what they say."""

    def __init__(self, native: bool) -> None:
        self.native = native
        self.seconds: dict[str, float] = {}
        self.results: list[dict[str, Any]] = []

    def run(self, name: str, command: list[str]) -> None:
        result, start = OUT / f"{name}.json", time.monotonic()
        result.unlink(missing_ok=True)
        print(f"--- {name}", flush=True)
        subprocess.run([*command, "--json", str(result)], check=True, cwd=ROOT, env=self.environment())
        self.seconds[name] = round(time.monotonic() - start, 1)
        self.results.append(json.loads(result.read_text()))

    def cargo(self, bench: str, *arguments: str) -> list[str]:
        suite = ["cargo", "bench", "--quiet", "--locked", "-p", "assetdiff-benches", "--features", "rayon", "--bench", "suite"]
        return [*suite, "--", bench, *arguments]

    def environment(self) -> dict[str, str]:
        if not self.native:
            return dict(os.environ)
        # A folder of its own, or each of the two ways to compile would undo the other.
        return {**os.environ, "RUSTFLAGS": "-C target-cpu=native", "CARGO_TARGET_DIR": str(ROOT / "target/native")}


def measure(suite: Suite, options: argparse.Namespace) -> None:
    sizes, runs = options.sizes, ["--runs", str(options.runs)]
    largest = int(sizes.split(",")[-1])
    # What takes minutes for a million is measured there by --long.
    smaller = ",".join(size for size in sizes.split(",") if int(size) <= 100_000) or sizes
    if options.long:
        suite.run("mapped", suite.cargo("columnar", "--assets", "10000000", "--mapped-only", *runs))
        suite.run("files", suite.cargo("files", "--assets", "1000000", *runs))
        suite.run("engine", suite.cargo("engine", *runs))
        if not options.no_peers:
            python_peers(suite, options, 100_000, models=5_000, assets=50_000)
        return
    suite.run("columnar", suite.cargo("columnar", "--assets", sizes, *runs))
    suite.run("files", suite.cargo("files", "--assets", smaller, *runs))
    suite.run("impact", suite.cargo("impact", "--assets", sizes, *runs))
    if options.native or options.no_peers:
        return
    middle = min(largest, 30_000)
    suite.run("engine", suite.cargo("engine", "--min", "10000", "--max", str(middle), *runs))
    suite.run("selection", suite.cargo("selection", "--assets", str(largest), *runs))
    python_peers(suite, options, middle, models=min(largest, 1_000), assets=min(largest, 10_000))


def python_peers(suite: Suite, options: argparse.Namespace, count: int, models: int, assets: int) -> None:
    runs, made = ["--runs", str(options.runs)], OUT / "snapshots"
    made.mkdir(exist_ok=True)
    subprocess.run(suite.cargo("files", "--assets", str(count), "--make", str(made)), check=True, cwd=ROOT)
    suite.run("snapshots", [sys.executable, str(PEERS / "snapshots.py"), str(made), *runs])
    shutil.rmtree(made)
    suite.run("graphs", [sys.executable, str(PEERS / "impact.py"), "--assets", str(count), "--without-dagster", *runs])
    suite.run("dbt", [sys.executable, str(PEERS / "dbt_state.py"), "--models", str(models), *runs])
    dagster = [options.dagster, str(PEERS / "dagster_differ.py"), "--runs", str(min(options.runs, 3))]
    suite.run("dagster", [*dagster, "--assets", str(assets)])


def shown(side: dict[str, Any] | None, with_name: bool = False) -> str:
    if side is None:
        return ""
    low, middle, high = (f"{pick(side['ms']):.4g}" for pick in (min, statistics.median, max))
    return f"{middle} ({low} to {high})" + (f" {side['name']}" if with_name else "")


def times(ratio: float) -> str:
    return f"{ratio:.2f} x" if ratio >= 0.1 else f"1/{1 / ratio:.0f} x"


def bar(line: dict[str, Any]) -> str:
    if line["bar"] is None:
        return ""
    most, unit = line["bar"]["at_most"], line["bar"]["unit"]
    return f"<= {times(most) if unit == 'x' else f'{most:g} {unit}'}"


def rows(lines: list[dict[str, Any]]) -> list[list[str]]:
    heap = lambda line: f" {line['ours']['allocations']['peak_bytes'] / 1e6:.4g} MB" if "heap" in str(line["bar"]) else ""
    return [
        [
            line["what"],
            f"{line['assets']:,}",
            shown(line["ours"]) + heap(line),
            shown(line["peer"], with_name=True),
            shown(line["limit"], with_name=True),
            "" if line["ratio"] is None else times(line["ratio"]),
            bar(line),
            {None: "", True: "met", False: "NOT MET"}[line["is_met"]],
        ]
        for line in lines
    ]


HEAD = ["what", "assets", "ours, ms", "peer, ms", "limit, ms", "ratio", "bar", ""]


def table(lines: list[dict[str, Any]]) -> str:
    """Return a Markdown table, which can be read as it is too."""
    cells = [HEAD, *rows(lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])


def machine(native: bool) -> dict[str, Any]:
    first = lambda command: subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "rustc": first(["rustc", "--version"]),
        "flags": "-C target-cpu=native" if native else "portable baseline of the target (what wheels are built with)",
        "profile": "release: lto thin, 4 codegen units",
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "files": "warm: in the operating system's cache, unless a row says cold",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--native", action="store_true")
    parser.add_argument("--no-peers", action="store_true", help="leave out what is measured through Python")
    parser.add_argument("--dagster", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--plots", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    about = machine(options.native)
    suite = Suite(options.native)
    measure(suite, options)
    parts = {key: [entry for result in suite.results for entry in result.get(key, [])] for key in ("measured", "compared")}
    notes = {name: number for result in suite.results for name, number in result.get("notes", {}).items()}
    report = {"machine": about, "seconds": suite.seconds, **parts, "notes": notes}
    name = "report-long" if options.long else "report-native" if options.native else "report"
    (OUT / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")
    text = table(parts["compared"]) + "\n\n" + "\n".join(f"{name}: {number:.4g}" for name, number in notes.items())
    (OUT / f"{name}.md").write_text(text + "\n")
    print(f"\n{text}\n\n{about}\n{sum(suite.seconds.values()):.0f} s: {suite.seconds}")
    if options.plots:
        import plots

        plots.draw(plots.measured(OUT), options.plots)


if __name__ == "__main__":
    main()
