"""Ways to compare two snapshots that need no asset graph, beside assetdiff.

    python benches/peers/snapshots.py FOLDER [--runs 5] [--json FILE]

Needs assetdiff, duckdb, polars and pyarrow. FOLDER holds base and head as `cargo bench --bench suite -- files --make FOLDER`
writes them. The peers: a Python dict of each file by key, compared by `==`; `git diff --no-index`; and anti-joins by
Polars and DuckDB over Parquet files of keys and SHA-256 fingerprints, whose making is not part of the time, as ours
compares columnar snapshots whose making is not either. Those find which keys changed; ours tells every old and new value
besides. What all but git find is compared first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import report

ANTI_JOINS = """
    SELECT key FROM '{base}' AS base WHERE NOT EXISTS
      (SELECT 1 FROM '{head}' AS head WHERE head.key = base.key AND head.fingerprint = base.fingerprint)
    UNION
    SELECT key FROM '{head}' AS head WHERE NOT EXISTS
      (SELECT 1 FROM '{base}' AS base WHERE head.key = base.key AND head.fingerprint = base.fingerprint)
"""


def definitions(path: Path) -> dict[str, Any]:
    with path.open() as file:
        return {"/".join(asset["key"]): asset for asset in json.load(file)["assets"]}


def dicts(base: Path, head: Path) -> set[str]:
    old, new = definitions(base), definitions(head)
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def write_fingerprints(snapshot: Path, to: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    assets = definitions(snapshot)
    hashes = [hashlib.sha256(json.dumps(asset, sort_keys=True).encode()).digest() for asset in assets.values()]
    pq.write_table(pa.table({"key": list(assets), "fingerprint": pa.array(hashes, pa.binary(32))}), to)
    return len(assets)


def git_diff(base: Path, head: Path) -> None:
    command = ["git", "diff", "--no-index", "--no-ext-diff", base, head]
    # It ends with 1 where there are differences.
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    import assetdiff
    import duckdb
    import polars as pl

    base, head = options.folder / "base.json", options.folder / "head.json"
    base_columns, head_columns = options.folder / "base.assets", options.folder / "head.assets"
    base_rows, head_rows = options.folder / "base.parquet", options.folder / "head.parquet"
    count = write_fingerprints(base, base_rows)
    write_fingerprints(head, head_rows)

    def with_polars() -> set[str]:
        old, new = pl.scan_parquet(base_rows), pl.scan_parquet(head_rows)
        both = [a.join(b, on=["key", "fingerprint"], how="anti").select("key") for a, b in ((old, new), (new, old))]
        return set(pl.concat(both).collect()["key"])

    def with_duckdb() -> set[str]:
        with duckdb.connect() as connection:
            query = ANTI_JOINS.format(base=base_rows, head=head_rows)
            return {key for (key,) in connection.execute(query).fetchall()}

    def ours(base: Path, head: Path) -> Any:
        return assetdiff.diff_files(base, head)

    changed = dicts(base, head)
    assert with_polars() == changed and with_duckdb() == changed
    for changes in (ours(base, head), ours(base_columns, head_columns)):
        keys = [key for change in changes for key in (change.key, change.old and change.old.key) if key]
        assert {"/".join(key.components) for key in keys} == changed
    lines = []

    def compare(what: str, ours: Any, peers: dict[str, Any]) -> None:
        our, *their = report.in_turn(options.runs, ours, *peers.values())
        lines.extend(report.compared(what, count, our, peer, taken) for peer, taken in zip(peers, their))

    texts = {"dicts of json.load": lambda: dicts(base, head), "git diff --no-index": lambda: git_diff(base, head)}
    compare("two JSON files to changes (Python)", lambda: ours(base, head), texts)
    joins = {"Polars anti-join of fingerprints": with_polars, "DuckDB anti-join of fingerprints": with_duckdb}
    compare("two columnar files to changes (Python)", lambda: ours(base_columns, head_columns), joins)
    report.write(options.json, lines)


if __name__ == "__main__":
    main()
