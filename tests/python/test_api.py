"""The classes of the package, as a user meets them."""

import copy
import json
import pickle
import runpy
from pathlib import Path

import assetdiff
import pytest
from assetdiff import (
    AssetDefinition,
    AssetDiffError,
    AssetGraph,
    AssetKey,
    ChangeKind,
    ChangeSet,
    DiffOptions,
    Problem,
    Snapshot,
    SnapshotError,
    diff,
)

HOSTILE = "<img src=x onerror=alert(1)>\u202e\x1b[31m"

ORDERS = AssetDefinition(
    "orders",
    asset_type="observable",
    checks=["not_null", {"name": "unique", "blocking": True}],
    code_location="shop",
    code_version="1",
    columns=["id", {"name": "total", "data_type": "decimal"}],
    dependencies=["raw/orders", AssetKey("a/b"), ["x", "y"], {"key": ["z"], "mapping": {"type": "identity"}}],
    description="All orders",
    execution={"pool": "db"},
    extra={"dbt.access": "public"},
    freshness={"type": "time_window", "value": {"fail_after_seconds": 60}},
    group="sales",
    kinds={"dbt", "duckdb"},
    metadata={"rows": 3, "rate": 1.5, "ok": True, "text": "t", "none": None, "json": [1], "up": AssetKey("up")},
    owners=["b", "a", "a"],
    partitions={"type": "static", "value": {"keys": ["eu", "us"]}},
    tags={"team": "core"},
)


def example() -> ChangeSet:
    base = Snapshot([ORDERS, {"key": ["old"], "group": "g", "code_version": {"version": "9"}}, {"key": ["gone"]}])
    changed = {**ORDERS.to_dict(), "tags": {"team": "web", HOSTILE: "x"}, "kinds": ["dbt"], "dependencies": [{"key": ["x", "y"]}]}
    head = Snapshot([changed, {"key": ["new"], "group": "g", "code_version": {"version": "9"}}, {"key": [HOSTILE]}])
    return diff(base, head)


VALUES = [
    AssetKey(["raw", "orders"]),
    ORDERS,
    Snapshot([ORDERS], deployment="prod", warnings=["w"]),
    AssetGraph([ORDERS]),
    DiffOptions(ignore=["tags.a"], normalize=["s/a/b/"], presets=["dbt"], renames=70, effects={"tags": {"own": "rebuild", "downstream": "all"}}),
    example(),
    *example().changes,
    *assetdiff.differences([ORDERS, {"key": ["old"]}], [{"key": ORDERS.key, "code_location": "x"}]),
    example()["orders"][0].modification,
    Problem("cycle", "a -> a", ("a",)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_equal_after_pickling_and_copying(value):
    for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert other == value
        assert type(other) is type(value)
        assert repr(other) == repr(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen_and_their_repr_fits_a_line(value):
    for name in ("key", "anything"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
    assert "\n" not in repr(value)
    assert "\x1b" not in repr(value) and "\u202e" not in repr(value)
    assert len(repr(value)) < 200


@pytest.mark.parametrize("make", [lambda: AssetKey("a"), lambda: AssetDefinition("a", group="g"), lambda: AssetGraph([{"key": ["a"]}]), lambda: DiffOptions(renames="off"), example])
def test_equal_values_have_equal_hashes(make):
    assert make() == make() and make() is not make()
    assert len({make(), make()}) == 1


def test_keys_are_one_to_one_with_their_text_and_ordered_by_components():
    keys = [AssetKey(["a", "b/c"]), AssetKey(["a", "b", "c"]), AssetKey("a"), AssetKey(["é", " "]), AssetKey([""])]
    assert [AssetKey.parse(str(key)) for key in keys] == keys
    assert len({str(key) for key in keys}) == len(keys)
    assert sorted(keys) == sorted(keys, key=lambda key: key.components)
    assert AssetKey("a/b").components == ("a/b",)
    assert AssetKey(AssetKey("a")) == AssetKey("a")
    assert AssetKey(["raw", "orders"]).name == "orders"


@pytest.mark.parametrize("components", [[], "a\0b", ["a", "\0"]])
def test_keys_that_cannot_be_are_refused(components):
    with pytest.raises(AssetDiffError):
        AssetKey(components)


def test_half_a_surrogate_is_refused_where_it_enters():
    with pytest.raises(ValueError):
        AssetKey("\ud800")
    with pytest.raises(ValueError):
        AssetDefinition("a", description="\ud800")


def test_every_aspect_goes_in_and_out():
    data = ORDERS.to_dict()
    assert AssetDefinition.from_dict(data) == ORDERS
    for aspect in ("asset_type", "checks", "code_location", "code_version", "columns", "description", "execution",
                   "freshness", "group", "metadata", "partitions", "tags"):
        assert getattr(ORDERS, aspect) == data[aspect], aspect
    assert ORDERS.kinds == {"dbt", "duckdb"} and ORDERS.owners == {"a", "b"}
    assert ORDERS.extra == {"dbt.access": "public"}
    assert ORDERS.metadata["up"] == {"type": "asset", "value": ["up"]}
    assert ORDERS.upstream == (AssetKey(["raw", "orders"]), AssetKey("a/b"), AssetKey(["x", "y"]), AssetKey("z"))
    # What is handed out is a copy.
    ORDERS.tags["more"] = "x"
    assert ORDERS.tags == {"team": "core"}


def test_numbers_keep_every_digit_in_json():
    digits = "123456789012345678901234567890"
    text = '{"format_version": "1.0", "assets": [{"key": ["a"], "metadata": {"n": {"type": "int", "value": %s}}}]}' % digits
    snapshot = Snapshot.from_json(text)
    assert digits.encode() in pickle.loads(pickle.dumps(snapshot)).to_json()
    assert digits in str(pickle.loads(pickle.dumps(snapshot["a"])).metadata["n"]["value"])


def test_collections():
    snapshot = Snapshot([ORDERS, {"key": ["b"]}])
    assert len(snapshot) == 2 and [d.key.name for d in snapshot] == ["orders", "b"]
    assert "orders" in snapshot and AssetKey("b") in snapshot and "c" not in snapshot
    assert snapshot["b"].key == AssetKey("b")
    graph = AssetGraph(snapshot)
    assert list(graph) == [AssetKey("b"), AssetKey("orders")]
    assert graph.upstream("orders") == tuple(sorted(ORDERS.upstream))
    assert graph.downstream(["x", "y"]) == (AssetKey("orders"),)
    assert graph.undefined == tuple(sorted(ORDERS.upstream))
    assert graph.topological_order()[-1] in graph
    assert graph.definitions("orders") == (ORDERS_SORTED,)
    assert len(graph.fingerprint) == 32 == len(graph.deep_fingerprint("orders"))
    for collection in (snapshot, graph):
        with pytest.raises(KeyError):
            collection["nothing"]
    changes = example()
    assert len(changes) == 4 and bool(changes)
    assert "old" in changes and "new" in changes and changes["old"] == changes["new"]
    assert "nothing" not in changes
    with pytest.raises(KeyError):
        changes["nothing"]
    assert not diff(snapshot, graph)


ORDERS_SORTED = AssetGraph([ORDERS])["orders"]


def test_all_ways_in_give_the_same(tmp_path):
    snapshot = Snapshot([ORDERS])
    path = tmp_path / "prod.json.zst"
    snapshot.write(path)
    for source in (snapshot, AssetGraph(snapshot), snapshot.to_json(), snapshot.to_dict(), [ORDERS], [ORDERS.to_dict()],
                   str(path), path, Snapshot.read(path), Snapshot.from_json(snapshot.to_json().decode()),
                   Snapshot.from_dict(snapshot.to_dict())):
        assert not diff(snapshot, source), source


def test_a_change_set_tells_both_values():
    changes = example()
    assert changes.summary == {"added": 1, "removed": 1, "renamed": 1, "moved": 0, "modified": 1, "following_renames": 0,
                               "undefined_upstreams": 1, "suppressed": 0}
    (orders,) = changes["orders"]
    modification = orders.modification
    assert [name for name, _ in modification] == ["dependencies", "kinds", "tags"]
    assert modification.tags.changed["team"].old == "core" and modification.tags.changed["team"].new == "web"
    assert modification.kinds.removed == {"duckdb"}
    assert set(modification.dependencies.removed) == {AssetKey(["raw", "orders"]), AssetKey("a/b"), AssetKey("z")}
    assert ChangeKind.DEPENDENCIES in orders.kinds and orders.effects.own == "rebuild"
    (renamed,) = changes["new"]
    assert (renamed.old.key, renamed.new.key, renamed.similarity) == (AssetKey("old"), AssetKey("new"), 100)


def test_differences_are_those_of_the_change_set_without_values():
    base = [{"key": ["a"], "group": "f"}, {"key": ["b"]}, {"key": ["c"], "code_location": "x"}]
    head = [{"key": ["a"], "owners": ["ana"]}, {"key": ["c"], "code_location": "y"}, {"key": ["d"], "group": "g"}]
    found = assetdiff.differences(base, head)
    assert [(str(each.key), each.status, each.code_location, each.aspects) for each in found] == [
        ("a", assetdiff.Status.MODIFIED, None, ("group", "owners")),
        ("b", assetdiff.Status.REMOVED, None, ()),
        ("c", assetdiff.Status.MOVED, "y", ("code_location",)),
        ("d", assetdiff.Status.ADDED, None, ()),
    ]
    assert found == assetdiff.differences(base, head) and len(set(found)) == 4
    assert assetdiff.differences(head, head) == []
    changes = assetdiff.diff(base, head)
    assert {(change.key, change.status) for change in changes} == {(each.key, each.status) for each in found}


def test_ways_out():
    changes = example()
    assert ChangeSet.from_json(changes.to_json()) == changes == ChangeSet.from_json(changes.to_json().encode())
    assert json.loads(changes.to_json()) == changes.to_dict()
    assert "1 renamed" in changes.to_text() == str(changes)
    assert max(map(len, changes.to_text(width=60).splitlines())) <= 60
    assert "\x1b" not in changes.to_text() and "\x1b[" in changes.to_text(color=True)
    assert changes.to_markdown().startswith("<!--")


def test_change_sets_apply_and_invert():
    base, head = AssetGraph([{"key": ["a"]}]), AssetGraph([{"key": ["a"], "group": "g"}])
    changes = diff(base, head)
    assert changes.apply(base) == head and changes.invert().apply(head) == base
    with pytest.raises(AssetDiffError):
        changes.apply(head)


def test_html_is_escaped_and_has_no_script():
    html = example()._repr_html_()
    assert "<img" not in html and "&lt;img" in html
    assert "\x1b" not in html and "\u202e" not in html
    assert "<script" not in html


def test_a_change_has_a_hash_and_a_table_that_names_the_code():
    side = lambda fingerprint: [{"key": ["a<"], "code_version": {"parts": {  # noqa: E731
        "tidy": {"fingerprint": "1"}, "<b>": {"fingerprint": fingerprint, "via": ["tidy"]},
    }}}]  # fmt: skip
    [change] = diff(side("1"), side("2"))
    assert {change: 1}[diff(side("1"), side("2")).changes[0]] == 1
    html = change._repr_html_()
    assert html.startswith("<table>") and "<small>&lt;b&gt; via tidy</small>" in html
    assert html in diff(side("1"), side("2"))._repr_html_()


def test_the_kinds_are_those_of_the_engine():
    assert [kind.value for kind in ChangeKind] == assetdiff._core.kind_names()


def test_a_computed_code_version_goes_into_a_definition():
    version = assetdiff.code_version(example)
    definition = AssetDefinition("a", code_version=version.to_dict())
    assert definition.code_version["version"] == version.version
    assert "example" in definition.code_version["parts"]


def test_networkx():
    networkx = pytest.importorskip("networkx")
    graph = AssetGraph([{"key": ["b"], "dependencies": [{"key": ["a"]}, {"key": ["c"]}]}, {"key": ["a"]}]).to_networkx()
    assert isinstance(graph, networkx.DiGraph)
    assert set(graph.edges) == {(AssetKey("a"), AssetKey("b")), (AssetKey("c"), AssetKey("b"))}
    assert not graph.nodes[AssetKey("c")]["defined"]
    network = example().to_networkx()
    assert network.nodes[AssetKey("new")]["status"] == "renamed"
    assert network.edges[AssetKey("z"), AssetKey("orders")]["status"] == "removed"


def test_options():
    base, head = [{"key": ["a"], "metadata": {"t": {"type": "text", "value": "dev_x"}}}], [{"key": ["a"], "metadata": {"t": {"type": "text", "value": "prod_x"}}}]
    assert diff(base, head)
    assert not diff(base, head, DiffOptions(normalize=["metadata.t:s/^(dev|prod)_//"]))
    hidden = diff(base, head, DiffOptions(ignore=["metadata.t"]))
    assert not hidden and hidden.summary["suppressed"] == 1
    changes = diff(base, head, DiffOptions(effects={"metadata": {"own": "rebuild", "downstream": "none"}}))
    assert changes["a"][0].effects.own == "rebuild"
    assert DiffOptions().effects == {}
    assert DiffOptions(effects={"tags": {"own": "rebuild", "downstream": "all"}}).effects["tags"]["own"] == "rebuild"
    for wrong in ({"ignore": ["nothing.like.this["]}, {"normalize": ["x"]}, {"presets": ["cobol"]}, {"renames": 0}, {"effects": {"tags": "all"}}):
        with pytest.raises(AssetDiffError):
            DiffOptions(**wrong)


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (b"", "format", 1),
        (b"\xff", "encoding", 1),
        (b'{"format_version": "2.0"}', "version", 1),
        (b'{"format_version": "1.0",\n "assets": [{"key": []}]}', "format", 2),
        (b'{"format_version": "1.0",\n "assets": [], "assets": []}', "duplicate_member", 2),
    ],
)
def test_errors_name_the_place(text, kind, line):
    for read in (Snapshot.from_json, AssetGraph.from_json):
        with pytest.raises(SnapshotError) as caught:
            read(text)
        (problem,) = caught.value.problems
        assert (problem.kind, problem.line) == (kind, line)
    assert isinstance(caught.value, AssetDiffError) and isinstance(caught.value, ValueError)


def test_all_problems_are_told_at_once():
    with pytest.raises(SnapshotError) as caught:
        AssetGraph([{"key": ["a"]}, {"key": ["a"]}, {"key": ["b"], "dependencies": [{"key": ["b"]}]}])
    assert [(problem.kind, problem.key) for problem in caught.value.problems] == [("duplicate_asset", ("a",)), ("cycle", ("b",))]
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


@pytest.mark.parametrize("arguments", [{"kinds": "dbt"}, {"metadata": {"x": {1, object()}}}, {"partitions": {"type": "static", "value": ["a"]}},
                                       {"metadata": {"x": float("nan")}}, {"tags": {"a": 1}}, {"key": 3}])
def test_definitions_that_cannot_be_are_refused(arguments):
    with pytest.raises((SnapshotError, TypeError, ValueError)):
        AssetDefinition(**{"key": "a", **arguments})


def test_files_that_cannot_be_read_are_told(tmp_path):
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "empty.json"):
        if path.name == "empty.json":
            path.touch()
        with pytest.raises(AssetDiffError, match=str(tmp_path)):
            diff(path, [])
    with pytest.raises(AssetDiffError):
        Snapshot([]).write(tmp_path / "no" / "folder.json")


def test_the_user_script_runs():
    runpy.run_path(str(Path(__file__).with_name("user_script.py")))


def test_both_sides_are_read_at_once_and_an_error_names_its_file(tmp_path):
    repository = (Path(__file__).parents[1] / "fuzz/seeds/repository/kitchen.json").read_bytes()
    changed = repository.replace(b"https://a", b"https://b", 1)
    base, head, wrong = tmp_path / "base.json", tmp_path / "head.json", tmp_path / "wrong.json"
    base.write_bytes(repository)
    head.write_bytes(changed)
    wrong.write_bytes(repository[:-1])
    together = AssetGraph.read_pair(base, str(head))
    assert together == AssetGraph.read_pair(repository, changed) == (AssetGraph.read(base), AssetGraph.read(head))
    assert together[0] != together[1]
    assert assetdiff.diff(base, head) == assetdiff.diff(*together) == assetdiff.diff(repository, changed)
    for pair in ((base, wrong), (wrong, base)):
        with pytest.raises(SnapshotError, match=r"wrong\.json: line 1, column \d+: expected more JSON"):
            AssetGraph.read_pair(*pair)
    with pytest.raises(TypeError):
        AssetGraph.read_pair(repository, 3)


def test_plain_data_means_the_same_whichever_way_it_is_written():
    class Text(str):
        pass

    metadata = {
        "text": {"type": "text", "value": "a \"quoted\" \\ line\n\u2028 é 😀"},
        "int": {"type": "int", "value": -3},
        "float": {"type": "float", "value": 1e22},
        "json": {"type": "json", "value": {"list": [1, 2.5, True, None, (1, 2)], "empty": {}}},
    }
    plain = {"key": ["a"], "metadata": metadata}
    # A subclass is nothing that is written directly.
    other = {"key": [Text("a")], "metadata": metadata}
    definition = AssetDefinition.from_dict(plain)
    assert definition == AssetDefinition.from_dict(other)
    assert definition == Snapshot.from_json(json.dumps({"format_version": "1.0", "assets": [plain]})).assets[0]
    huge = {"key": ["a"], "metadata": {"huge": {"type": "int", "value": 10**30}}}
    assert AssetDefinition.from_dict(huge).to_dict() == huge
    holds_itself: dict = {"key": ["a"]}
    holds_itself["dagster.self"] = holds_itself
    with pytest.raises(ValueError, match="Circular"):
        AssetDefinition.from_dict(holds_itself)
    with pytest.raises(ValueError, match="Out of range float"):
        AssetDefinition.from_dict({"key": ["a"], "x.y": float("nan")})


def test_a_place_elsewhere_is_read_as_a_file_is(tmp_path: Path) -> None:
    base, head = AssetGraph([{"key": ["a"]}]), AssetGraph([{"key": ["a"], "group": "g"}])
    for ending in ("assets", "json"):
        base.write(tmp_path / f"base.{ending}")
        head.write(tmp_path / f"head.{ending}")
        places = [f"file://{tmp_path}/{name}.{ending}" for name in ("base", "head")]
        assert AssetGraph.read(places[0]) == base
        assert diff(*places).to_json() == diff(base, head).to_json()
        assert [change.key for change in assetdiff.diff_files(*places)] == [AssetKey("a")]
    with pytest.raises(AssetDiffError, match="none.json: cannot read"):
        AssetGraph.read(f"file://{tmp_path}/none.json")
