"""Counts the instructions of the hot paths and compares them with a baseline: noise of the machine is not in them.

    python benches/check.py [--write] [--json FILE]

Needs valgrind and gungraun-runner. Ends with 1 if a path takes over 5 % more than in benches/instructions.json; `--write`
writes that file anew. Counts depend on the compiler, so the baseline names it, and another one is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "benches/instructions.json"
GROWTH = 0.05


def counts() -> dict[str, int]:
    command = ["cargo", "bench", "--locked", "-p", "assetdiff-benches", "--bench", "instructions", "--", "--output-format=json"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
    summaries = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {f"{summary['function_name']} {summary['id']}": instructions(summary) for summary in summaries}


def instructions(summary: dict[str, Any]) -> int:
    """Return the instructions of all threads together."""
    (tool,) = (profile for profile in summary["profiles"] if profile["tool"] == "Callgrind")
    return int(tool["data"]["total"]["metrics"]["Ir"]["values"]["new"])


def rustc() -> str:
    return subprocess.run(["rustc", "--version"], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    now, compiler = counts(), rustc()
    report = json.dumps({"rustc": compiler, "instructions": now}, indent=2) + "\n"
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(report)
    if options.write:
        BASELINE.write_text(report)
        return print(report, end="") or 0
    if not BASELINE.exists():
        return print(f"expected a baseline in {BASELINE.relative_to(ROOT)}, found none: make bench-baseline") or 1
    baseline = json.loads(BASELINE.read_text())
    before = baseline["instructions"]
    if baseline["rustc"] != compiler:
        print(f"the baseline was made by {baseline['rustc']}, this is {compiler}: counts may differ without a cause here")
    if before.keys() != now.keys():
        print(f"expected {sorted(before)} as in the baseline, found {sorted(now)}: make bench-baseline")
        return 1
    grown = []
    for path, count in now.items():
        change = count / before[path] - 1
        is_over = change > GROWTH
        print(f"{path:<42} {before[path]:>13,} {count:>13,} {change:>+8.2%}{'  GROWN' if is_over else ''}")
        grown += [path] if is_over else []
    if grown:
        print(f"expected at most {GROWTH:.0%} more instructions, found more in: {', '.join(grown)}")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
