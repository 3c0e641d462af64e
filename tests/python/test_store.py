"""Deployments, from Python."""

import pickle
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import assetdiff
import pytest
from assetdiff import AssetKey

NOON = datetime(2024, 3, 15, 12, tzinfo=timezone.utc)


def orders(group, **more):
    return [{"key": ["orders"], "group": group, **more}]


@pytest.fixture
def store(tmp_path):
    return assetdiff.Store.open(tmp_path / "store")


def test_a_branch_is_compared_with_its_base(store):
    store.push("prod", orders("sales"), at=NOON, commit="4f0c2a9b1d")
    pushed = store.push("feature/x", orders("finance"), at=NOON, pull_request="7", author="ada", branch="feature/x")
    version = pushed.version
    assert (str(version), version.base, version.pinned_base, version.snapshot_base) == ("feature/x@1", "prod", None, "never")
    assert (version.at, version.assets, version.pull_request, version.author, version.closed) == (NOON, 1, "7", "ada", False)
    assert (pushed.retries, pushed.unchanged) == (0, False)
    (change,) = store.diff("feature/x")
    assert change.modification.group == assetdiff.ValueDiff("sales", "finance")
    assert store.diff(version) == store.diff("feature/x", against="prod@4f0c2a9") == assetdiff.diff(
        store.show("prod"), store.show("feature/x")
    )
    assert str(store.base_of("feature/x")) == "prod@1" and store.find("prod").fingerprint == store.show("prod").fingerprint
    assert store.push("feature/x", orders("finance"), at=NOON).unchanged


def test_a_pinned_base_stays_and_three_versions_are_told_apart(store):
    store.push("prod", orders("sales"), at=NOON)
    store.push("x", orders("sales", tags={"tier": "gold"}), snapshot_base="on-create", at=NOON)
    store.push("prod", orders("finance"), at=NOON)
    assert store.find("x").pinned_base == 1
    assert [sorted(kind.value for kind in change.kinds) for change in store.diff("x")] == [["tags"]]
    assert [sorted(kind.value for kind in change.kinds) for change in store.diff("x", against="current")] == [["group", "tags"]]
    three_way = store.diff3("x")
    assert [sorted(kind.value for kind in change.kinds) for change in three_way.theirs] == [["group"]]
    assert three_way.merge()["orders"].group == "finance"
    assert pickle.loads(pickle.dumps(three_way)) == three_way


def test_versions_are_listed_newest_first_and_closed_ones_only_on_demand(store):
    for group in ("a", "b"):
        store.push("prod", orders(group), at=NOON)
    store.push("x", orders("a"), at="2024-03-15T12:00:00Z")
    closed = store.close("x", at=NOON + timedelta(hours=1))
    assert closed.closed and closed.number == 2 and store.close("x") == closed
    assert [version.number for version in store.log("prod")] == [2, 1]
    assert [str(version) for version in store.list()] == ["prod@2"]
    assert [str(version) for version in store.list(all=True)] == ["prod@2", "x@2"]
    assert store.show("prod@1")["orders"].group == "a"


def test_a_prune_removes_what_is_closed_for_long_and_keeps_the_base(store):
    store.push("prod", orders("a"), at=NOON)
    store.push("x", orders("b"), at=NOON)
    store.close("x", at=NOON)
    store.close("prod", at=NOON)
    told = store.prune(at=NOON + timedelta(days=8), dry_run=True)
    assert told.removed == ("x",) and told.objects > 0 and len(store.list(all=True)) == 2
    assert store.prune(at=NOON + timedelta(days=8), keep=["x"]).removed == ()
    assert store.prune(at=NOON + timedelta(days=6)).removed == ()
    assert store.prune(at=NOON + timedelta(days=8)) == told
    assert [str(version) for version in store.list(all=True)] == ["prod@2"]
    assert store.push("y", orders("c"), at=NOON).version.number == 1
    assert store.prune(at=NOON + timedelta(days=3), idle_for=timedelta(days=2)).closed == ("y",)


def test_a_damaged_object_is_found_and_never_read(store, tmp_path):
    store.push("prod", orders("sales"), at=NOON)
    found = store.verify()
    assert found and (found.deployments, found.versions, found.problems) == (1, 1, ()) and found.bytes > 0
    for path in (tmp_path / "store" / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
    found = store.verify()
    assert not found and all("restore it from a backup" in problem for problem in found.problems)
    with pytest.raises(assetdiff.StoreError, match="found other bytes than its name says") as caught:
        store.show("prod")
    assert caught.value.kind == "corrupt"


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (lambda store: store.show("none"), "no_deployment"),
        (lambda store: store.show("prod@9"), "no_version"),
        (lambda store: store.push("../x", []), "name"),
        (lambda store: store.log("a:b"), "name"),
        (lambda store: assetdiff.Store.open("ftp://host/x"), "url"),
    ],
)
def test_errors_have_a_kind(store, work, kind):
    store.push("prod", [])
    with pytest.raises(assetdiff.StoreError, match="^expected ") as caught:
        work(store)
    assert caught.value.kind == kind
    assert pickle.loads(pickle.dumps(caught.value)).kind == kind


def test_other_arguments_are_told_by_what_was_expected(store):
    with pytest.raises(assetdiff.AssetDiffError, match="expected on-create, on-update or never, found \"always\""):
        store.push("prod", [], snapshot_base="always")
    with pytest.raises(assetdiff.AssetDiffError, match="expected a time such as"):
        store.push("prod", [], at=datetime(2024, 3, 15))


def test_a_project_says_the_base_what_differs_and_what_is_redacted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETDIFF_STORE", raising=False)
    project = assetdiff.Project.parse(
        'base = "main"\nstore = "kept"\n[[ignore]]\nrule = "tags"\nwhere = "key:orders"\n[[redact]]\nentry = "secret_*"'
    )
    store = project.open_store()
    assert (tmp_path / "kept" / "store.json").exists()
    store.push("main", orders("a", tags={"v": "1"}))
    pushed = store.push("x", orders("a", tags={"v": "2"}, metadata={"secret_plan": {"type": "text", "value": "hush"}}))
    assert pushed.version.base == "main" and pushed.version.redacted == 1
    (change,) = store.diff("x")
    assert [kind.value for kind in change.kinds] == ["metadata"]
    assert store.show("x")["orders"].metadata["secret_plan"]["value"].startswith("redacted:")
    again = pickle.loads(pickle.dumps(store))
    assert again == store and hash(again) == hash(store) and again.diff("x") == store.diff("x")
    assert repr(store) == "<Store at kept>"


def test_pushes_from_many_threads_are_all_kept(store):
    errors = []

    def push(index):
        try:
            store.push("prod", orders(f"g{index}"), author=str(index))
        except assetdiff.AssetDiffError as error:
            errors.append(error)

    threads = [threading.Thread(target=push, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    log = store.log("prod")
    assert sorted(version.author for version in log) == [str(index) for index in range(8)]
    assert [version.number for version in log] == list(range(8, 0, -1)) and store.verify()


def test_a_place_with_a_password_is_not_shown():
    shown = repr(assetdiff.Store(None, "s3://user:secret@bucket/prefix", None))
    assert shown == "<Store at s3://bucket/prefix>"
