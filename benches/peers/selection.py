"""Dagster's own selection beside assetdiff, on an equal graph that both hold in memory.

    python benches/peers/selection.py [--assets 10000] [--runs 7]

Needs dagster and assetdiff. Each expression is parsed and resolved by one and the other in turn; printed are
medians with min and max, and the ratio with its range over the pairs. What both select is compared first.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

warnings.filterwarnings("ignore")

EXPRESSIONS = [
    'tag:"tag_1"="7"',
    "kind:dbt and not group:group_3",
    "key:warehouse/*/table_77*",
    "key:warehouse/schema_49/table_{last} or +key:warehouse/schema_49/table_{last}",
    "key:warehouse/schema_0/table_0+",
    "roots(kind:dbt)",
    "sinks(kind:dbt)",
]


def specs(count: int) -> list[Any]:
    import dagster as dg

    def spec(number: int) -> Any:
        chance = random.Random(number)
        upstream = sorted(chance.sample(range(max(0, number - 2000), number), min(number, chance.randrange(7))))
        return dg.AssetSpec(
            ["warehouse", f"schema_{number % 50}", f"table_{number}"],
            deps=[dg.AssetKey(["warehouse", f"schema_{up % 50}", f"table_{up}"]) for up in upstream],
            group_name=f"group_{number % 40}",
            owners=[f"team:team_{number % 30}"],
            tags={f"tag_{n}": str(chance.randrange(100)) for n in range(3)},
            kinds={chance.choice(["dbt", "python", "snowflake"])},
        )

    return [spec(number) for number in range(count)]


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()

    import assetdiff
    import dagster as dg
    from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

    made = specs(options.assets)
    theirs = AssetGraph.from_assets([dg.AssetsDefinition(specs=[spec]) for spec in made])
    definitions = [
        {
            "key": list(spec.key.path),
            "asset_type": "external",
            "dependencies": [{"key": list(dep.asset_key.path)} for dep in spec.deps],
            "group": spec.group_name,
            "owners": list(spec.owners),
            "kinds": sorted(spec.kinds),
            "tags": {name: value for name, value in spec.tags.items() if not name.startswith("dagster/kind/")},
        }
        for spec in made
    ]
    ours = assetdiff.AssetGraph(definitions)
    print(f"{options.assets:,} assets, {sum(len(spec.deps) for spec in made):,} dependencies; microseconds")
    for expression in EXPRESSIONS:
        text = expression.format(last=options.assets - 1)
        # Nothing here can be made, so both include what cannot.
        select = lambda: assetdiff.select(ours, text, include_external=True)
        resolve = lambda: dg.AssetSelection.from_string(text, include_sources=True).resolve(theirs)
        assert {key.components for key in select()} == {tuple(key.path) for key in resolve()}, text
        runs = [(timed(resolve) * 1e6, timed(select) * 1e6) for _ in range(options.runs)]
        ratios = [their / our for their, our in runs]
        figures = [
            f"{name} {statistics.median(times):,.0f} ({min(times):,.0f} to {max(times):,.0f})"
            for name, times in zip(("Dagster", "assetdiff"), zip(*runs))
        ]
        print(
            f"  {text:42} {len(select()):>6} selected, {', '.join(figures)}: "
            f"{statistics.median(ratios):,.0f} x ({min(ratios):,.0f} to {max(ratios):,.0f})"
        )


if __name__ == "__main__":
    main()
