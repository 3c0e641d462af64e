"""What peers tell `benches/run.py`: times of both sides, taken in turn."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Comparison = dict[str, Any]


def in_turn(runs: int, *sides: Callable[[], Any]) -> list[list[float]]:
    """Return the milliseconds that each side took in each run, after one run that is not counted."""
    for side in sides:
        side()
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(runs):
        for taken, side in zip(times, sides):
            start = time.perf_counter()
            side()
            taken.append((time.perf_counter() - start) * 1e3)
    return times


def compared(
    what: str, assets: int, ours: Sequence[float], peer: str, theirs: Sequence[float], faster: float | None = None
) -> Comparison:
    """Return a line of the report; `faster` is how many times faster than the peer ours should be."""
    ratio = statistics.median(our / their for our, their in zip(ours, theirs))
    return {
        "what": what,
        "assets": assets,
        "ours": {"name": what, "ms": list(ours)},
        "peer": {"name": peer, "ms": list(theirs)},
        "limit": None,
        "ratio": ratio,
        "bar": None if faster is None else {"unit": "x", "at_most": 1 / faster},
        "is_met": None if faster is None else ratio <= 1 / faster,
    }


def write(path: Path | None, lines: Sequence[Comparison], notes: dict[str, float] | None = None) -> None:
    """Print the lines, and write them as JSON if there is a path."""
    for line in lines:
        ours, theirs = (statistics.median(line[side]["ms"]) for side in ("ours", "peer"))
        print(f"{line['assets']:,} assets, {line['what']}: {ours:.2f} ms, {line['peer']['name']} {theirs:.2f} ms: {theirs / ours:.1f} x")
    if path is not None:
        path.write_text(json.dumps({"compared": list(lines), "notes": notes or {}}, indent=2) + "\n")
