"""Change sets as rows, through the Arrow PyCapsule interface."""

import pytest
from assetdiff import diff

CHANGES = diff(
    [{"key": ["a"]}, {"key": ["old"], "group": "g"}],
    [{"key": ["a"], "group": "h", "tags": {"x": ""}}, {"key": ["new"], "group": "g"}, {"key": ["b", "c"], "code_location": "l"}],
)
ROWS = [
    {"key": "a", "status": "modified", "code_location": None, "kinds": ["group", "tags"], "own_effect": "none",
     "downstream_effect": "none", "old_key": None, "similarity": None},
    {"key": "b/c", "status": "added", "code_location": "l", "kinds": ["added"], "own_effect": "rebuild",
     "downstream_effect": "all", "old_key": None, "similarity": None},
    {"key": "new", "status": "renamed", "code_location": None, "kinds": ["renamed"], "own_effect": "rebuild",
     "downstream_effect": "none", "old_key": "old", "similarity": 100},
]


def test_pyarrow():
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.table(CHANGES).to_pylist() == ROWS


def test_polars():
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(CHANGES).to_dicts() == ROWS


def test_pandas():
    pandas = pytest.importorskip("pandas")
    if not hasattr(pandas.DataFrame, "from_arrow"):
        pytest.skip("pandas reads Arrow streams from version 3 on")
    frame = pandas.DataFrame.from_arrow(CHANGES)
    assert list(frame["key"]) == [row["key"] for row in ROWS]
    assert list(frame["own_effect"]) == [row["own_effect"] for row in ROWS]


def test_an_empty_change_set_has_columns_and_no_rows():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(diff([], []))
    assert table.column_names == list(ROWS[0]) and table.num_rows == 0
