"""Three versions, from Python."""

import copy
import json
import pickle

import assetdiff
import pytest
from assetdiff import Alike, AssetKey, DiffOptions


def orders(**tags):
    return [{"key": ["orders"], "tags": tags}]


def test_the_branchs_changes_are_told_from_the_bases():
    three_way = assetdiff.diff3(orders(), [*orders(), {"key": ["new"]}], orders(tier="gold"))
    assert [str(change.key) for change in three_way.yours] == ["orders"]
    assert [(str(change.key), change.status.value) for change in three_way.theirs] == [("new", "added")]
    assert three_way.conflicts == () and three_way.alike == ()
    merged = three_way.merge()
    assert sorted(map(str, merged)) == ["new", "orders"] and merged["orders"].tags == {"tier": "gold"}
    assert three_way.incoming.apply([*orders(), {"key": ["new"]}]) == merged


def test_a_conflict_is_told_with_its_values_and_there_is_no_merge():
    three_way = assetdiff.diff3(orders(tier="bronze"), orders(tier="silver"), orders(tier="gold"))
    (conflict,) = three_way.conflicts
    assert (conflict.type, conflict.key, conflict.details["aspect"], conflict.details["entry"]) == (
        "both_changed",
        AssetKey("orders"),
        "tags",
        "tier",
    )
    assert [conflict.details[side] for side in ("old", "yours", "theirs")] == ["bronze", "gold", "silver"]
    assert three_way.incoming is None
    with pytest.raises(assetdiff.AssetDiffError, match="^expected changes that go together, found both changed tags tier"):
        three_way.merge()
    for report in (three_way.to_text(), three_way.to_markdown()):
        assert "1 conflict" in report and "tier" in report and "silver" in report


def test_a_cycle_is_about_its_first_asset():
    def chain(*edges):
        return [{"key": [name], "dependencies": [{"key": [up]} for down, up in edges if down == name]} for name in "ab"]

    three_way = assetdiff.diff3(chain(), chain(("a", "b")), chain(("b", "a")))
    assert [(conflict.type, str(conflict.key)) for conflict in three_way.conflicts] == [("cycle", "a")]


def test_what_both_changed_alike_is_no_conflict_and_left_out_alone():
    three_way = assetdiff.diff3(orders(), orders(tier="gold"), orders(tier="gold", team="sales"))
    assert three_way.alike == (Alike(AssetKey("orders"), None, "tags", "tier"),)
    (change,) = three_way.yours_alone()
    assert change.modification.tags.added == {"team": "sales"}
    assert len(three_way.theirs_alone()) == 0


def test_options_and_projects_leave_differences_out():
    sides = orders(tier="bronze"), orders(tier="silver"), orders(tier="gold")
    assert assetdiff.diff3(*sides, DiffOptions(ignore=["tags.tier"])).conflicts == ()
    project = assetdiff.Project.parse('[[ignore]]\nrule = "tags.tier"')
    assert assetdiff.diff3(*sides, project).merge()["orders"].tags == {"tier": "gold"}
    assert len(assetdiff.diff(sides[0], sides[2], project)) == 0


def test_it_is_pickled_copied_compared_and_written():
    three_way = assetdiff.diff3(orders(), orders(tier="silver"), orders(tier="gold"), DiffOptions(renames="off"))
    again = pickle.loads(pickle.dumps(three_way))
    assert again == three_way and hash(again) == hash(three_way) and copy.deepcopy(three_way) is three_way
    assert again != assetdiff.diff3(orders(), orders(), orders())
    assert json.loads(three_way.to_json())["conflicts"][0]["type"] == "both_changed"
    assert repr(three_way) == "<ThreeWay: 1 change in the branch, 1 in the base, 1 conflict>"
