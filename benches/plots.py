"""Draws how times grow with the number of assets: `docs/images/bench-*.svg` from the reports of `benches/run.py`.

    python benches/plots.py target/bench docs/images

The largest sizes are of `make bench-long`, where it was run: another run, so only slopes compare.
Both axes are logarithmic, and the dashed lines grow as fast as the number of assets. The same reports give the same bytes.
Colours are of medium lightness and the background is left out, so that they can be read on white and on black.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

INK = "#7d8590"
COLOURS = ["#2f81f7", "#d1741d", "#2da44e", "#bf4b8a", "#8a63d2"]
PLOTS = {
    "bench-diff": (
        "A change set of all old and new values, 1 % changed",
        {
            "diff of mapped files": "two mapped columnar files",
            "diff of graphs in memory": "two graphs in memory",
            "two JSON files to changes": "two JSON files",
            "two JSON files to graphs and changes": "two JSON files, with whole graphs",
            "sonic-rs parses both, 2 threads": "only parsing both (sonic-rs)",
        },
    ),
    "bench-impact": (
        "What a change reaches, 4 upstream assets each",
        {
            "impact, 1 % changed": "1 % changed",
            "petgraph breadth-first walk, 1 % changed": "1 % changed, petgraph walk",
            "impact, 10 changed, 1,000 below": "10 changed, 1,000 reached",
        },
    ),
}


def measured(folder: Path) -> list[dict[str, Any]]:
    """Return what the reports in a folder say; of what both measured, what `make bench` did."""
    reports = [folder / name for name in ("report-long.json", "report.json")]
    return [row for report in reports if report.exists() for row in json.loads(report.read_text())["measured"]]


def draw(measured: list[dict[str, Any]], folder: Path) -> None:
    """Draw every plot of which at least two sizes were measured."""
    style = {
        "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
        "font.family": "sans-serif", "font.size": 10, "svg.fonttype": "none", "svg.hashsalt": "assetdiff",
    }  # fmt: skip
    for name, (title, lines) in PLOTS.items():
        series = {label: points(measured, row) for row, label in lines.items()}
        series = {label: found for label, found in series.items() if len(found) > 1}
        if not series:
            continue
        with plt.rc_context(style):
            figure, axes = plt.subplots(figsize=(7.2, 4.2))
            for colour, (label, found) in zip(COLOURS, series.items()):
                sizes = sorted(found)
                axes.loglog(sizes, [found[size] for size in sizes], "o-", color=colour, label=label, linewidth=1.8)
                start = found[sizes[0]]
                axes.loglog(sizes, [start * size / sizes[0] for size in sizes], "--", color=colour, alpha=0.45, linewidth=0.8)
            axes.set_title(title, fontsize=11)
            axes.set_xlabel("assets")
            axes.set_ylabel("milliseconds, median")
            axes.xaxis.set_major_formatter(lambda size, _: f"{size:,.0f}")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
            axes.grid(True, which="major", color=INK, alpha=0.25, linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2, fontsize=9)
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(folder / f"{name}.svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
            plt.close(figure)


def points(measured: list[dict[str, Any]], name: str) -> dict[int, float]:
    return {row["assets"]: statistics.median(row["ms"]) for row in measured if row["name"] == name}


if __name__ == "__main__":
    draw(measured(Path(sys.argv[1])), Path(sys.argv[2]))
