"""What a change reaches, from Python."""

import copy
import html.parser
import pickle
from datetime import datetime, timezone

import assetdiff
import pytest
from assetdiff import AffectedPartitions, AssetKey, DiffOptions, PartitionKeys, SelectionError


def daily(start):
    value = {"cron": "0 0 * * *", "fmt": "%Y-%m-%d", "start": f"{start}T00:00:00Z", "timezone": "UTC"}
    return {"type": "time_window", "value": value}


def shop(start, version="1"):
    return [
        {"key": ["days"], "partitions": daily(start)},
        {"key": ["copy"], "partitions": daily("2024-01-01"), "dependencies": [{"key": ["days"]}]},
        {"key": ["total"], "code_version": {"version": version}, "dependencies": [{"key": ["copy"]}]},
        {"key": ["other"]},
    ]


NOW = datetime(2024, 3, 15, 12, tzinfo=timezone.utc)


def test_new_partitions_reach_what_reads_them_at_a_stated_time():
    impact = assetdiff.impact(shop("2024-03-10"), shop("2024-03-01"), now=NOW)
    assert {str(a.key): a.partitions for a in impact} == {
        "copy": AffectedPartitions(9, (("2024-03-01", "2024-03-09", 9),)),
        "days": AffectedPartitions(9, (("2024-03-01", "2024-03-09", 9),)),
        "total": None,
    }
    assert impact["days"].partitions_change["is_safe"] is True
    assert "other" not in impact and AssetKey("total") in impact
    assert impact == impact and len(impact) == 3
    with pytest.raises(KeyError):
        impact["other"]


def test_without_a_time_a_change_of_partitions_counts_for_the_whole_asset():
    impact = assetdiff.impact(shop("2024-03-10"), shop("2024-03-01"))
    assert impact["copy"].partitions is None and impact.summary["rebuild"] == 3


def test_a_time_without_an_offset_is_an_error_that_says_what_was_expected():
    with pytest.raises(assetdiff.AssetDiffError, match="expected a time such as 2024-03-10T00:00:00Z, found"):
        assetdiff.impact([], [], now=datetime(2024, 3, 15))


def test_only_some_partitions_changed():
    sides = shop("2024-03-01"), shop("2024-03-01")
    impact = assetdiff.impact(*sides, now=NOW, changed_partitions={"days": ["2024-03-02"]})
    assert impact["copy"].partitions == AffectedPartitions(1, (("2024-03-02", "2024-03-02", 1),))
    assert "total" in impact


def test_a_plan_leaves_out_what_was_made_and_gives_commands():
    impact = assetdiff.impact(shop("2024-03-10"), shop("2024-03-01"), now=NOW)
    plan = impact.plan(have={"days": None, "copy": [f"2024-03-0{day}" for day in range(1, 8)]})
    assert [[str(asset.key) for asset in layer] for layer in plan.layers] == [["copy"], ["total"]]
    copy = plan.layers[0][0]
    assert (copy.partitions.count, copy.total_partitions) == (2, 74)
    assert plan.already_made == (AssetKey("days"),)
    assert plan.commands("dagster", "-m", "shop") == [
        "dagster asset materialize --select 'key:\"copy\"' --partition 2024-03-08 -m shop",
        "dagster asset materialize --select 'key:\"copy\"' --partition 2024-03-09 -m shop",
        "dagster asset materialize --select 'key:\"total\"' -m shop",
    ]
    assert plan.reused == {AssetKey("other"): "identical"}
    with pytest.raises(assetdiff.AssetDiffError, match='expected the tool "dagster" or "dbt", found "make"'):
        plan.commands("make")


def test_an_explanation_is_text_json_and_pictures():
    explanation = assetdiff.impact(shop("2024-03-10"), shop("2024-03-01")).explain("total")
    assert [[str(step.key) for step in path.steps] for path in explanation.paths] == [["days", "copy", "total"]]
    assert explanation.paths[0].kinds == {assetdiff.ChangeKind.PARTITIONS}
    assert "-> total" in explanation.to_text() and "n0 -> n1" in explanation.to_dot()
    assert explanation.to_mermaid().startswith("flowchart LR\n")
    assert assetdiff.impact(shop("2024-03-01"), shop("2024-03-01")).explain("total") is None


def test_a_selection_can_be_a_barrier():
    base, head = shop("2024-03-10"), shop("2024-03-01")
    reviewed = assetdiff.select(head, "key:copy")
    impact = assetdiff.impact(base, head, barriers={"key:copy": reviewed})
    assert "total" not in impact
    assert impact.stops == (assetdiff.Stop(AssetKey("copy"), "barrier key:copy", 1),)


def again(value):
    return pickle.loads(pickle.dumps(value))


def test_an_impact_that_was_pickled_says_the_same_by_the_same_policy():
    sides = shop("2024-03-10"), shop("2024-03-01", "2")
    impact = assetdiff.impact(
        *sides, now=NOW, max_distance=1, barriers={"held": ["copy"]}, changed_partitions={"days": ["2024-03-02"]}
    )
    other = again(impact)
    assert other.to_json() == impact.to_json() and other.stops == impact.stops != ()
    assert [repr(asset) for asset in other] == [repr(asset) for asset in impact]
    explanation = impact.explain("copy", max_paths=1)
    assert again(explanation).to_json() == explanation.to_json()
    assert copy.copy(impact) is impact and copy.deepcopy([impact])[0] is impact
    assert copy.deepcopy(explanation) is explanation


def test_an_impact_of_changes_that_rules_made_keeps_them_when_pickled():
    base, head = shop("2024-03-01"), shop("2024-03-01", "2")
    changes = assetdiff.diff(base, head, DiffOptions(ignore=["code_version"]))
    impact = assetdiff.impact(base, head, changes)
    assert len(impact) == len(again(impact)) == 0 < len(assetdiff.impact(base, head))


def test_a_plan_that_was_pickled_says_the_same():
    plan = assetdiff.impact(shop("2024-03-10"), shop("2024-03-01"), now=NOW).plan(
        have={"days": None, "copy": ["2024-03-01"]}
    )
    other = again(plan)
    assert other.to_json() == plan.to_json() and other.layers == plan.layers
    assert other.commands("dagster") == plan.commands("dagster") and other.reused == plan.reused
    assert copy.copy(plan) is plan and copy.deepcopy(plan) is plan


STATIC = {"type": "static", "value": {"keys": ["eu", "us"]}}
DEFINITIONS = {
    "windows": daily("2024-01-01"),
    "static": STATIC,
    "multi": {"type": "multi", "value": {"day": daily("2024-03-01"), "region": STATIC}},
    "dynamic": {"type": "dynamic", "value": {"name": "customers"}},
    "dynamic, known": {"type": "dynamic", "value": {"name": "customers", "keys": ["a", "b"]}},
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_partition_keys_and_subsets_are_equal_after_pickling_and_copying(name):
    keys = PartitionKeys(DEFINITIONS[name], NOW)
    first = ["a"] if keys.count is None else list(keys)[:1]
    some = keys.subset(first)
    for value in (keys, keys.all(), keys.none(), some, keys.all() - some, some.keys):
        other = again(value)
        assert other == value and type(other) is type(value) and repr(other) == repr(value)
        assert copy.copy(value) is value and copy.deepcopy({"v": value})["v"] is value
    assert len(pickle.dumps(keys.all())) < 1000


def test_other_partition_keys_are_pickled_by_what_they_are():
    nothing = PartitionKeys.unpartitioned()
    assert again(nothing) == nothing and again(nothing.all()) == nothing.all()
    # What a static mapping leads to and does not exist is a list of keys.
    few, many = PartitionKeys(STATIC, NOW), PartitionKeys({"type": "static", "value": {"keys": ["eu", "us", "cn"]}}, NOW)
    missing = assetdiff.upstream_partitions(None, many.all(), few)[1]
    assert missing.to_list() == ["cn"] and again(missing) == missing
    # Windows beyond those of a definition have none that they could be made from again.
    mapping = {"type": "time_window", "value": {"start_offset": 1, "end_offset": 1}}
    days = PartitionKeys(daily("2024-03-01"), NOW)
    beyond = assetdiff.upstream_partitions(mapping, days.all(), days)[1]
    assert beyond.to_list() == ["2024-03-15"]
    with pytest.raises(assetdiff.AssetDiffError, match="expected the partition keys of a definition, found windows beyond"):
        pickle.dumps(beyond)


def test_an_ignore_rule_for_the_assets_of_a_selection_hides_their_differences_and_no_others():
    base, head = shop("2024-03-01"), shop("2024-03-01", "2")
    head[3]["code_version"] = {"version": "new"}
    options = DiffOptions(ignore=["code_version where +key:total"])
    changes = assetdiff.diff(base, head, options)
    assert [str(change.key) for change in changes] == ["other"]
    assert again(options) == options and len(assetdiff.diff(base, head, again(options))) == 1
    # Assets that only one side has are selected there.
    gone = DiffOptions(ignore=["* where key:total"])
    assert [str(change.key) for change in assetdiff.diff(base, base[:2] + base[3:], gone)] == []
    in_dbt = DiffOptions(ignore=["code_version where total other"], language="dbt")
    assert in_dbt.language == "dbt" and again(in_dbt) == in_dbt != DiffOptions(ignore=["tags"], language="dbt")
    with pytest.raises(SelectionError):
        DiffOptions(ignore=["code_version where total other"])


def test_what_is_wrong_with_the_selection_of_a_rule_is_told_with_its_place():
    with pytest.raises(SelectionError) as caught:
        DiffOptions(ignore=["tags where key:a or"])
    assert caught.value.is_syntax
    with pytest.raises(assetdiff.AssetDiffError, match="expected an ignore rule"):
        DiffOptions(ignore=["nothing where key:a"])
    with pytest.raises(assetdiff.AssetDiffError, match="dagster"):
        DiffOptions(language="sql")
    unknown = DiffOptions(ignore=["tags where code_location:x"])
    with pytest.raises(SelectionError, match="expected a snapshot that states code locations"):
        assetdiff.diff([{"key": ["a"]}], [{"key": ["b"]}], unknown)


def test_the_report_to_look_at_is_one_file(tmp_path):
    base, head = shop("2024-03-10"), shop("2024-03-01")
    changes = assetdiff.diff(base, head)
    path = tmp_path / "report.html"
    changes.to_html(path, title="<Days>", now=NOW)
    page = path.read_text("utf-8")
    assert page.startswith("<!doctype html>") and "<h1>&lt;Days&gt;</h1>" in page
    assert "2024-03-01" in page and "9 of 14 partitions" in page
    changes.to_html(str(path), impact=assetdiff.impact(base, head, changes, narrow_columns=False))
    assert "9 of 14 partitions" not in path.read_text("utf-8")
    changes.to_html(path, max_assets=1)
    assert "not in this report: it shows at most 1" in path.read_text("utf-8")
    with pytest.raises(assetdiff.AssetDiffError, match="expected an impact"):
        assetdiff.ChangeSet.from_json(changes.to_json()).to_html(path)


def test_in_a_notebook_the_report_is_a_frame_of_its_own(tmp_path):
    class Frames(html.parser.HTMLParser):
        found: list = []

        def handle_starttag(self, tag, attrs):
            self.found.append((tag, dict(attrs)))

        def handle_data(self, data):
            raise AssertionError(data)

    base, head = shop("2024-03-10"), shop("2024-03-01")
    changes = assetdiff.diff(base, head)
    title = """'"><img src=x onerror=alert(1)>&#39;"""
    shown = changes.show(title=title, now=NOW, height=500)
    changes.to_html(tmp_path / "report.html", title=title, now=NOW)
    parser = Frames()
    parser.feed(shown._repr_html_())
    [(tag, attributes)] = parser.found
    assert (tag, attributes["height"]) == ("iframe", "500")
    assert attributes["sandbox"] == "allow-scripts allow-downloads"
    assert attributes["srcdoc"] == (tmp_path / "report.html").read_text("utf-8")
    assert len(shown.html) < 200_000
    assert repr(shown) == "InlineReport()"
    with pytest.raises(assetdiff.AssetDiffError, match="expected an impact"):
        assetdiff.ChangeSet.from_json(changes.to_json()).show()
