"""The rules of a project, from Python."""

import copy
import json
import pickle

import assetdiff
import pytest
from assetdiff import AssetKey, BrokenBy, PolicyAsset

RULES = """
base = "staging"

[[policy]]
name = "gold stays"
select = 'changed_in_branch:REMOVED and tag:tier=gold'
message = "Ask the data team."

[[policy]]
name = "small changes"
max_rebuild = 1
level = "warning"

[[policy]]
name = "not everything"
max_affected = 100
level = "notice"
"""


def shop(version, *more):
    return [
        {"key": ["raw"], "code_version": {"version": version}},
        {"key": ["orders"], "dependencies": [{"key": ["raw"]}]},
        *more,
    ]


def report():
    impact = assetdiff.impact(shop("1", {"key": ["gone"], "tags": {"tier": "gold"}}), shop("2"))
    return assetdiff.Project.parse(RULES).check_policies(impact)


def test_broken_policies_name_the_assets_and_why():
    found = report()
    assert [result.name for result in found] == ["gold stays", "small changes", "not everything"]
    assert [result.name for result in found.broken] == ["gold stays", "small changes"]
    gold, small, everything = found
    assert found.has_error and not gold.is_kept and everything.is_kept and everything.assets == ()
    assert (gold.level, gold.message) == ("error", "Ask the data team.")
    assert gold.broken_by == (BrokenBy("selected", 0, 1),)
    assert gold.assets == (PolicyAsset(AssetKey("gone"), "changed: removed"),)
    assert small.broken_by == (BrokenBy("rebuild", 1, 2),) and small.select is None
    assert small.assets == (
        PolicyAsset(AssetKey("orders"), "made again: raw -> orders"),
        PolicyAsset(AssetKey("raw"), "changed: code_version"),
    )


def test_the_report_is_written_pickled_and_copied():
    found = report()
    assert pickle.loads(pickle.dumps(found)) == found and copy.deepcopy(found) is found
    assert hash(found) == hash(report()) and found[:1] == (found[0],) and len(found) == 3
    assert repr(found) == "<PolicyReport: 2 broken, 1 kept>"
    assert json.loads(found.to_json())["results"][0]["name"] == "gold stays"
    run = json.loads(found.to_sarif(file="rules/assetdiff.toml"))["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == [
        "assetdiff/gold-stays",
        "assetdiff/small-changes",
        "assetdiff/small-changes",
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "rules/assetdiff.toml"
    assert found.to_junit().count("<testcase") == 3 and found.to_junit().count("<failure") == 1


def test_a_project_is_read_and_pickled(tmp_path, monkeypatch):
    (tmp_path / "assetdiff.toml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    project = assetdiff.Project.read()
    assert project.base == "staging" and project.policies == ("gold stays", "small changes", "not everything")
    assert project == assetdiff.Project.parse(RULES) == pickle.loads(pickle.dumps(project))
    assert hash(project) == hash(assetdiff.Project.parse(RULES))
    assert repr(project) == "<Project assetdiff.toml: base staging, 3 policies>"
    monkeypatch.delenv("ASSETDIFF_STORE", raising=False)
    assert project.store_place == ".assetdiff"
    assert assetdiff.Project.parse('store = "s3://b"').store_place == "s3://b"
    monkeypatch.setenv("ASSETDIFF_STORE", "elsewhere")
    assert assetdiff.Project.parse('store = "s3://b"').store_place == "elsewhere"


def test_what_is_wrong_with_the_rules_is_shown_at_its_place(tmp_path):
    with pytest.raises(assetdiff.ConfigError, match=r"^rules.toml:3:10: expected ") as caught:
        assetdiff.Project.parse('[[policy]]\nname = "x"\nselect = "tag:a or"', "rules.toml")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("rules.toml", 3, 10)
    assert "^" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.line) == (str(caught.value), 3)
    path = tmp_path / "assetdiff.toml"
    path.write_bytes(b'base = "\xff"')
    with pytest.raises(assetdiff.ConfigError, match=":1:9: expected UTF-8, found another byte"):
        assetdiff.Project.read(path)
    with pytest.raises(assetdiff.AssetDiffError, match="none.toml: cannot read"):
        assetdiff.Project.read(tmp_path / "none.toml")


def test_a_policy_selects_by_changes_in_both_languages():
    project = assetdiff.Project.parse("[[policy]]\nname = 'x'\nselect = 'code_location:a and changed_in_branch:NEW'")
    assert not project.check_policies(assetdiff.impact([], [])).has_error
    by_state = assetdiff.Project.parse("language = 'dbt'\n[[policy]]\nname = 'x'\nselect = 'state:new'")
    assert not by_state.check_policies(assetdiff.impact([], [])).has_error
    assert by_state.check_policies(assetdiff.impact([], [{"key": ["a"]}])).has_error