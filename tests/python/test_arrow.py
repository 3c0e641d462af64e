"""Snapshots as rows: DuckDB and polars read them, and find by SQL and joins what assetdiff finds."""

import json
import random
import re
import tracemalloc
from pathlib import Path

import assetdiff
import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest
from assetdiff import AssetGraph, SnapshotError, Status

ROOT = Path(__file__).resolve().parents[2]
ASPECTS = list(assetdiff.Modification.__dataclass_fields__)
COLUMNS = [
    "key", "key_components", "code_location", "fingerprint", "group", "owners", "kinds", "tags", "code_version", "upstream",
    *(f"{aspect}_fingerprint" for aspect in ASPECTS), "record",
]


def definition(number, location, choose):
    """A definition of which some aspects are stated; those it reads have lower numbers."""
    data = {"key": ["shop", f"a/{number}"] if number % 7 == 0 else [f"a{number}"]}
    if location:
        data["code_location"] = location
    stated = {
        "asset_type": "observable",
        "automation": {"condition": {"operator": "eager"}, "label": "eager"},
        "checks": [{"name": f"c{choose(2)}"}],
        "code_version": {"version": f"v{choose(4)}"},
        "columns": [{"name": "id", "data_type": choose(["int", "text"])}],
        "description": choose(["", "d", "é\u2028"]),
        "execution": {"pool": choose(3)},
        "group": choose(["g", "h"]),
        "kinds": choose([["dbt"], ["dbt", "python"]]),
        "metadata": {"rows": {"type": "int", "value": choose(3)}},
        "owners": ["team:core"],
        "partitions": {"type": "static", "value": {"keys": choose([["eu"], ["eu", "us"]])}},
        "tags": {"tier": choose(["1", "2"])},
        "x.y": choose(3),
    }
    data |= {name: value for name, value in stated.items() if choose(3) == 0}
    if number and choose(2):
        data["dependencies"] = [{"key": [f"a{choose(number)}"]}]
    return data


def two_graphs(seed, count=120):
    generator = random.Random(seed)

    def choose(options):
        return generator.randrange(options) if isinstance(options, int) else generator.choice(options)

    places = [(number, location) for number in range(count) for location in choose([[None], [None], ["east", "west"], ["east"]])]
    base = {place: definition(*place, choose) for place in places if choose(10)}
    head = dict(base)
    for place in places:
        match choose(8):
            case 0:
                head.pop(place, None)
            case 1 | 2:
                head[place] = definition(*place, choose)
            case 3 if place in head:
                head[place] = head[place] | {"group": "other", "tags": {"tier": "9"}}
    return AssetGraph(list(base.values())), AssetGraph(list(head.values()))


def by_assetdiff(base, head):
    """What differs, by key and code location; to move is to be removed here and added there."""
    found = {}
    for change in assetdiff.diff(base, head, assetdiff.DiffOptions(renames="off")):
        if change.status is Status.MOVED:
            found[str(change.key), change.old.code_location] = "removed", ()
            found[str(change.key), change.new.code_location] = "added", ()
        else:
            aspects = [name for name, _ in change.modification] if change.modification else []
            found[str(change.key), change.code_location] = change.status.value, tuple(aspects)
    return found


def by_sql(base, head):
    changed = ", ".join(f"CASE WHEN b.{name}_fingerprint <> h.{name}_fingerprint THEN '{name}' END" for name in ASPECTS)
    rows = duckdb.sql(f"""
        SELECT coalesce(h.key, b.key), CASE WHEN b.key IS NULL THEN h.code_location ELSE b.code_location END,
            CASE WHEN b.key IS NULL THEN 'added' WHEN h.key IS NULL THEN 'removed' ELSE 'modified' END,
            CASE WHEN b.key IS NULL OR h.key IS NULL THEN [] ELSE list_filter([{changed}], lambda name: name IS NOT NULL) END
        FROM base AS b FULL JOIN head AS h ON b.key = h.key AND b.code_location IS NOT DISTINCT FROM h.code_location
        WHERE b.fingerprint IS DISTINCT FROM h.fingerprint""").fetchall()
    return {(key, location): (status, tuple(aspects)) for key, location, status, aspects in rows}


def by_joins(base, head):
    place = ["key", "code_location"]
    added = head.join(base, on=place, how="anti", nulls_equal=True).select(place).rows()
    removed = base.join(head, on=place, how="anti", nulls_equal=True).select(place).rows()
    both = base.join(head, on=place, nulls_equal=True, suffix="_head")
    modified = both.filter(polars.col("fingerprint") != polars.col("fingerprint_head")).to_dicts()
    found = {row: ("added", ()) for row in added} | {row: ("removed", ()) for row in removed}
    for row in modified:
        aspects = [name for name in ASPECTS if row[f"{name}_fingerprint"] != row[f"{name}_fingerprint_head"]]
        found[row["key"], row["code_location"]] = "modified", tuple(aspects)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_sql_and_joins_find_what_assetdiff_finds(seed, tmp_path):
    base, head = two_graphs(seed)
    expected = by_assetdiff(base, head)
    assert {status for status, _ in expected.values()} == {"added", "removed", "modified"}
    assert by_sql(base.to_arrow(), head.to_arrow()) == expected
    assert by_joins(polars.DataFrame(base.to_arrow()), polars.DataFrame(head.to_arrow())) == expected
    base.write(tmp_path / "base.parquet")
    head.write(tmp_path / "head.parquet")
    files = [str(tmp_path / f"{side}.parquet") for side in ("base", "head")]
    assert by_sql(*map(duckdb.read_parquet, files)) == expected
    assert by_joins(*map(polars.read_parquet, files)) == expected
    assert by_assetdiff(*files) == expected


def test_what_sql_hides_is_as_the_docs_say():
    base = AssetGraph([{"key": ["a"], "group": "g"}, {"key": ["b"], "code_location": "east"}, {"key": ["b"], "code_location": "west"}])
    head = AssetGraph([{"key": ["a"]}, {"key": ["b"], "code_location": "east"}, {"key": ["b"], "code_location": "west"}])
    old, new = base.to_arrow(), head.to_arrow()
    assert by_sql(old, new) == by_assetdiff(base, head) == {("a", None): ("modified", ("group",))}
    # Null equals nothing: the asset without a code location is found on neither side.
    joined = duckdb.sql("SELECT key FROM old JOIN new USING (key, code_location) ORDER BY ALL").fetchall()
    assert joined == [("b",), ("b",)]
    # Null differs from nothing: what was stated and is no longer.
    assert duckdb.sql('SELECT key FROM old JOIN new USING (key) WHERE old."group" <> new."group"').fetchall() == []
    # The key alone pairs every definition with every other.
    assert duckdb.sql("SELECT count(*) FROM old JOIN new USING (key)").fetchall() == [(5,)]


def test_the_columns_hold_what_a_definition_says():
    data = {
        "key": ["shop", "a/b"], "code_location": "east", "group": "g", "owners": ["team:core", "me@x.org"], "kinds": ["dbt"],
        "tags": {"pii": "yes", "tier": "1"}, "code_version": {"version": "7"}, "dependencies": [{"key": ["raw", "x"]}, {"key": ["a"]}],
    }
    graph = AssetGraph([data])
    (row,) = pyarrow.table(graph.to_arrow()).to_pylist()
    assert list(row) == COLUMNS
    (asset,) = graph.to_snapshot()
    assert row["key"] == str(asset.key) and row["key_components"] == ["shop", "a/b"]
    assert (row["code_location"], row["group"], row["code_version"]) == ("east", "g", "7")
    assert (row["owners"], row["kinds"], row["upstream"]) == (["me@x.org", "team:core"], ["dbt"], ["a", "raw/x"])
    assert dict(row["tags"]) == data["tags"]
    stated = {name for name in ASPECTS if row[f"{name}_fingerprint"]}
    assert stated == {"code_location", "code_version", "dependencies", "group", "kinds", "owners", "tags"}
    assert json.loads(row["record"]) == graph.to_snapshot().to_dict()["assets"][0]
    assert re.fullmatch("[0-9a-f]{32}", row["fingerprint"])


def test_a_graph_comes_back_from_every_tool(tmp_path):
    base, _ = two_graphs(1)
    rows = base.to_arrow()
    frame = polars.DataFrame(rows)
    table = pyarrow.table(rows)
    frame.write_parquet(tmp_path / "polars.parquet")
    duckdb.sql("FROM rows").write_parquet(str(tmp_path / "duckdb.parquet"))
    for source in (rows, frame, frame.select("record").reverse(), table, duckdb.sql("FROM rows")):
        assert AssetGraph.from_arrow(source) == base
    for tool in ("polars", "duckdb"):
        assert AssetGraph.read(tmp_path / f"{tool}.parquet") == base


def test_the_provenance_comes_along(tmp_path):
    snapshot = assetdiff.Snapshot([{"key": ["a"]}], deployment="prod", commit="4f1c2aa", warnings=["w"])
    graph = AssetGraph(snapshot)
    graph.write(tmp_path / "prod.parquet")
    pyarrow.parquet.write_table(pyarrow.table(graph.to_arrow()), tmp_path / "pyarrow.parquet")
    files = [AssetGraph.read(tmp_path / f"{name}.parquet") for name in ("prod", "pyarrow")]
    for read in (AssetGraph.from_arrow(graph.to_arrow()), *files):
        assert read.to_snapshot() == snapshot


def test_a_large_graph_comes_in_batches():
    graph = AssetGraph([{"key": [f"a{number}"]} for number in range(20_000)])
    reader = pyarrow.RecordBatchReader.from_stream(graph.to_arrow())
    assert [batch.num_rows for batch in reader] == [8192, 8192, 3616]
    assert AssetGraph.from_arrow(graph.to_arrow()) == graph


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"x": [1]}, "expected a column `record` of texts, found no such column"),
        ({"record": [1]}, "expected a column `record` of texts, found one of Int64"),
        ({"record": ['{"key": ["a"]}', None]}, "row 2: expected a record, found null"),
        ({"record": ['{"key": ["a"]}', "{"]}, "row 2: line 1, column 1: expected more JSON, found the end of the file"),
    ],
)
def test_rows_that_are_no_graph_are_one_error(rows, message):
    with pytest.raises(SnapshotError, match=f"^{re.escape(message)}$"):
        AssetGraph.from_arrow(pyarrow.table(rows))


def test_what_is_no_rows_is_a_type_error():
    with pytest.raises(TypeError, match="expected rows with __arrow_c_stream__.* found list"):
        AssetGraph.from_arrow([1])


def test_a_text_that_is_no_utf_8_is_an_error():
    buffers = [None, pyarrow.py_buffer(b"\0\0\0\0\2\0\0\0"), pyarrow.py_buffer(b"\xff\xfe")]
    array = pyarrow.Array.from_buffers(pyarrow.string(), 1, buffers)
    with pytest.raises(SnapshotError, match="expected rows, found an error"):
        AssetGraph.from_arrow(pyarrow.table({"record": array}))


def test_a_damaged_parquet_file_is_one_error(tmp_path):
    path = tmp_path / "x.parquet"
    AssetGraph([{"key": ["a"]}]).write(path)
    path.write_bytes(path.read_bytes()[:-9] + b"\xff" * 5 + b"PAR1")
    with pytest.raises(SnapshotError, match="x.parquet: expected a Parquet file, found "):
        AssetGraph.read(path)


def test_rows_of_changes_are_what_the_changes_say():
    base, head = two_graphs(3)
    changes = assetdiff.diff(base, head)
    rows = pyarrow.table(changes.to_arrow()).to_pylist()
    assert len(rows) == len(changes) > 50
    for row, change in zip(rows, changes):
        assert row["key"] == str(change.key) and row["status"] == change.status.value
        assert sorted(row["kinds"]) == sorted(kind.value for kind in change.kinds)
    assert pyarrow.table(changes) == pyarrow.table(changes.to_arrow())


def test_rows_are_made_without_a_python_object_each():
    count = 20_000
    changes = assetdiff.diff([], [{"key": [f"a{number}"]} for number in range(count)])
    graph = AssetGraph([{"key": [f"a{number}"]} for number in range(count)])
    for rows in (changes.to_arrow(), graph.to_arrow()):
        tracemalloc.start()
        table = pyarrow.table(rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert table.num_rows == count and peak < 2 * count, peak


def test_changes_are_rows_for_duckdb():
    rows = assetdiff.diff([{"key": ["a"]}], [{"key": ["a"], "group": "g"}, {"key": ["b"]}]).to_arrow()
    assert duckdb.sql("SELECT key, status, kinds FROM rows ORDER BY key").fetchall() == [("a", "modified", ["group"]), ("b", "added", ["added"])]


def test_the_examples_of_the_docs_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/arrow.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 3
    names = {}
    for block in blocks:
        exec(compile(block, "docs/arrow.md", "exec"), names)


def test_the_docs_list_every_column():
    text = (ROOT / "docs/arrow.md").read_text()
    listed = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
    assert listed == [name for name in COLUMNS if not name.endswith("_fingerprint")]
