"""What a change reaches, from Python."""

from datetime import datetime, timezone

import assetdiff
import pytest
from assetdiff import AffectedPartitions, AssetKey


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
