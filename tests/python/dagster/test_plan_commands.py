"""The commands of a plan are run by Dagster, and its selection selects what is planned."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import assetdiff
import dagster as dg
from assetdiff.dagster import snapshot

NOW = "2024-01-05T12:00:00Z"

PROJECT = """
import dagster as dg

days = dg.DailyPartitionsDefinition("{start}", end_date="2024-01-05")

@dg.asset(partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run(), key_prefix="raw", code_version="{version}")
def orders(context) -> None:
    context.log.info(",".join(context.partition_keys))

@dg.asset(partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run(), deps=[orders])
def daily(context) -> None: ...

@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(["eu", "us"]),
    deps=[dg.AssetDep(orders, partition_mapping=dg.AllPartitionMapping())],
)
def regions(context) -> None: ...

@dg.asset(deps=[daily, regions])
def total() -> None: ...

@dg.asset
def other() -> None: ...

defs = dg.Definitions(assets=[orders, daily, regions, total, other])
"""


def definitions(**values):
    names = {"__name__": "project"}
    exec(PROJECT.format(**values), names)
    return names["defs"]


def planned(base, head):
    return assetdiff.impact(snapshot(base), snapshot(head), now=NOW).plan()


def run(command, folder):
    words = shlex.split(command)
    assert words[0] == "dagster"
    environment = {**os.environ, "DAGSTER_HOME": str(folder / "home"), "DAGSTER_DISABLE_TELEMETRY": "1"}
    words[0] = str(Path(sys.executable).with_name("dagster"))
    result = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, command + "\n" + result.stdout + result.stderr
    return result.stdout + result.stderr


def test_dagster_carries_out_a_plan_from_its_commands(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "project.py").write_text(PROJECT.format(start="2024-01-01", version="2"))
    base, head = definitions(start="2024-01-01", version="1"), definitions(start="2024-01-01", version="2")
    plan = planned(base, head)
    assert plan.notes("dagster") == []
    commands = plan.commands("dagster", "-f", "project.py")
    ranged, east, west, total = commands
    assert "--partition-range 2024-01-01...2024-01-04" in ranged
    assert "daily" in ranged and "raw/orders" in ranged, "one command makes both: Dagster knows their order"
    for command in commands:
        run(command, tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as instance:
        made = {key.to_user_string(): instance.get_materialized_partitions(key) for key in instance.get_asset_keys()}
    days = {f"2024-01-0{day}" for day in range(1, 5)}
    assert made == {"raw/orders": days, "daily": days, "regions": {"eu", "us"}, "total": set()}


def test_new_partitions_alone_are_made():
    plan = planned(definitions(start="2024-01-03", version="1"), definitions(start="2024-01-01", version="1"))
    ranged = plan.commands("dagster")[0]
    assert ranged.endswith("--partition-range 2024-01-01...2024-01-02")


def test_the_selection_selects_what_is_planned():
    head = definitions(start="2024-01-01", version="2")
    plan = planned(definitions(start="2024-01-01", version="1"), head)
    graph = head.resolve_asset_graph() if hasattr(head, "resolve_asset_graph") else head.get_asset_graph()
    selected = dg.AssetSelection.from_string(plan.asset_selection).resolve(graph)
    assert {key.to_user_string() for key in selected} == {"raw/orders", "daily", "regions", "total"}
    assert plan.reused == {assetdiff.AssetKey("other"): "identical"}
