import json
from pathlib import Path

import assetdiff
import dagster as dg
import kitchen
import pytest
from assetdiff.dagster import snapshot, snapshot_dict
from graphs import as_written, assets_of, one, remote_graph, repository_snap, serialised, workspace_graph

ROOT = Path(__file__).resolve().parents[3]
# What a repository that Dagster has serialised does not hold any more.
ONLY_LIVE = {"config_schema", "io_manager_key", "op_tags", "retry_policy", "skippable"}


@pytest.fixture(scope="module")
def orders():
    assets, warnings = assets_of(kitchen.definitions())
    assert warnings == []
    return assets["shop/orders"]


def test_the_form_is_a_valid_graph():
    jsonschema = pytest.importorskip("jsonschema")
    form, _ = snapshot_dict(kitchen.definitions(), deployment="prod", commit="4f1c2aa")
    jsonschema.validate(form, json.loads((ROOT / "schemas/snapshot.schema.json").read_text()))
    graph = assetdiff.AssetGraph(assetdiff.Snapshot.from_dict(form))
    assert len(graph) == 11
    assert [str(key) for key in graph.undefined] == ["undefined"]
    assert form["provenance"] == {
        "commit": "4f1c2aa", "deployment": "prod", "producer": "dagster", "producer_version": dg.__version__,
    }  # fmt: skip


def test_a_snapshot_is_the_same_each_time():
    assert snapshot(kitchen.definitions()).to_json() == snapshot(kitchen.definitions()).to_json()


def test_the_dependencies_of_an_asset_are_what_dagsters_graph_has_upstream_of_it():
    # Dagster finds `raw` by its name in the group, and there is an asset that nobody defines.
    upstream = dg.AssetSpec(["lake", "raw"], group_name="sales")
    found_by_name = dg.AssetSpec("found", deps=["raw"], group_name="sales")
    for definitions in (kitchen.definitions(), dg.Definitions(assets=[upstream, found_by_name])):
        parents = {
            node.key.to_user_string(): sorted(key.to_user_string() for key in node.parent_keys)
            for node in definitions.resolve_asset_graph().asset_nodes
        }
        assets, _ = assets_of(definitions)
        assert any(parents.values())
        for name, asset in assets.items():
            assert ["/".join(dependency["key"]) for dependency in asset.get("dependencies", ())] == parents[name]


def test_every_plain_field_arrives(orders):
    assert orders["code_version"] == {"version": "7"}
    assert orders["description"] == "all orders"
    assert orders["owners"] == ["a@b.co", "team:core"]
    assert orders["group"] == "sales"
    assert orders["backfill"] == {"max_partitions_per_run": 3}
    assert "asset_type" not in orders


def test_kinds_are_no_tags(orders):
    assert orders["kinds"] == ["python", "s3"]
    assert orders["tags"] == {"tier": "gold"}


def test_partitions_arrive_with_every_parameter(orders):
    assert orders["partitions"] == {
        "type": "time_window",
        "value": {
            "cron": "0 2 * * *",
            "end": "2024-12-31T23:00:00Z",
            "end_offset": 1,
            "exclusions": [{"cron": "0 2 * * 0"}, {"time": "2024-02-01T23:00:00Z"}],
            "fmt": "%Y-%m-%d",
            "start": "2023-12-31T23:00:00Z",
            "timezone": "Europe/Berlin",
        },
    }
    assets, _ = assets_of(kitchen.definitions())
    assert assets["regions"]["partitions"] == {"type": "static", "value": {"keys": ["eu", "us"]}}
    assert assets["tenants"]["partitions"] == {"type": "dynamic", "value": {"name": "tenants"}}
    assert sorted(assets["by_region"]["partitions"]["value"]) == ["day", "region"]


def test_dependencies_tell_what_is_written_down_and_what_is_inferred_apart(orders):
    assets, _ = assets_of(kitchen.definitions())
    window = {"allow_nonexistent_upstream_partitions": False, "end_offset": 0, "start_offset": -1}
    raw = {"key": ["raw"], "mapping": {"type": "last"}}
    if hasattr(dg.AssetDep("a"), "metadata"):
        raw["metadata"] = {"why": {"type": "text", "value": "joined"}}
    assert orders["dependencies"] == [
        {"key": ["hourly"], "mapping": {"type": "time_window", "value": window}},
        raw,
        {"key": ["undefined"], "dagster.inferred_mapping": {"type": "all"}},
    ]
    inferred = {"type": "multi_to_single", "value": {}}
    assert assets["regions"]["dependencies"] == [{"key": ["by_region"], "dagster.inferred_mapping": inferred}]
    assert assets["external"]["dependencies"] == [{"key": ["left"]}]


def test_metadata_keeps_its_types(orders):
    metadata = orders["metadata"]
    assert metadata["text"] == {"type": "text", "value": "a"}
    assert metadata["int"] == {"type": "int", "value": 2**70}
    assert [metadata[name]["value"] for name in ("float", "nan", "infinity")] == [0.1, "NaN", "-Infinity"]
    assert metadata["json null"] == {"type": "json", "value": None}
    assert metadata["null"] == {"type": "null"}
    assert metadata["timestamp"] == {"type": "timestamp", "value": "2023-11-14T22:13:20.25Z"}
    assert metadata["asset"] == {"type": "asset", "value": ["x", "y/z"]}
    assert metadata["job"]["value"] == {"name": "j", "code_location": "loc", "repository": "r"}
    assert metadata["artifact"]["value"] == {"module": "datetime", "name": "datetime"}
    assert metadata["table"]["value"]["records"] == [{"id": 1, "total": 1.5}]
    assert metadata["dagster/code_references"]["value"] == [
        {"file": {"label": "here", "line": 3, "path": "/a.py"}}, {"url": {"url": "https://a"}},
    ]  # fmt: skip
    lineage = {"id": [{"asset": ["raw"], "column": "id"}]}
    assert metadata["dagster/column_lineage"] == {"type": "column_lineage", "value": lineage}
    assert len({value["type"] for value in metadata.values()}) == 19


def test_a_column_schema_is_columns_as_well_as_metadata(orders):
    identifier, total = orders["columns"]
    assert identifier == {
        "name": "id", "data_type": "bigint", "description": "its number", "nullable": False, "tags": {"pii": "no"},
        "constraints": [{"type": "unique"}, "> 0"],
    }  # fmt: skip
    assert total == {"name": "total", "data_type": "numeric", "nullable": True}
    assert orders["metadata"]["dagster/column_schema"]["value"]["columns"] == orders["columns"]


def test_checks_arrive(orders):
    assert orders["checks"] == [
        {
            "name": "not_empty",
            "blocking": True,
            "description": "has rows",
            "additional_dependencies": [["raw"]],
            "dagster.execution_set_id": orders["execution"]["execution_set_id"],
            "dagster.metadata": {"least": {"type": "int", "value": 1}},
        }
    ]
    assets, _ = assets_of(kitchen.definitions())
    (check,) = assets["raw"]["checks"]
    assert check["dagster.automation"]["condition"]["__class__"] == "AndAssetCondition"


def test_what_is_only_checked_is_no_asset_of_its_own():
    assets, _ = assets_of(kitchen.definitions())
    assert assets["elsewhere"]["checks"][0].pop("dagster.execution_set_id")
    assert assets["elsewhere"] == {
        "key": ["elsewhere"],
        "asset_type": "check_only",
        "checks": [{"name": "checked_here"}],
    }
    assert "undefined" not in assets


def test_automation_and_freshness_arrive(orders):
    assert orders["automation"]["label"] == "eager"
    assert orders["automation"]["condition"]["__class__"] == "AndAssetCondition"
    cron = {"deadline_cron": "0 10 * * *", "lower_bound_seconds": 3600, "timezone": "Europe/Berlin"}
    assert orders["freshness"] == {"type": "cron", "value": cron}
    assets, _ = assets_of(kitchen.definitions())
    assert assets["by_region"]["freshness"] == {"type": "time_window", "value": {"fail_after_seconds": 86400}}


def test_execution_settings_arrive(orders):
    execution = dict(orders["execution"])
    assert execution.pop("config_schema").startswith("Shape.")
    assert len(execution.pop("execution_set_id")) == 8
    assert execution == {
        "io_manager_key": "lake",
        "op_name": "shop__orders",
        "op_tags": {"queue": "big"},
        "pools": ["warehouse"],
        "required_resources": ["api"],
        "retry_policy": {"delay": 3, "max_retries": 2},
    }
    assets, _ = assets_of(kitchen.definitions())
    assert assets["cleaned"]["execution"]["op_names"] == ["cleaned.clean", "cleaned.fetch"]
    assert assets["left"]["execution"]["skippable"] is True
    assert assets["left"]["execution"]["execution_set_id"] == assets["right"]["execution"]["execution_set_id"]


def test_asset_types_arrive():
    assets, _ = assets_of(kitchen.definitions())
    assert assets["raw"]["asset_type"] == "observable"
    assert assets["external"]["asset_type"] == "external"


def test_a_serialised_repository_says_the_same_as_live_definitions():
    live, _ = assets_of(kitchen.definitions())
    wire, warnings = assets_of(serialised(kitchen.definitions()))
    assert warnings == []
    for asset in live.values():
        for name in ONLY_LIVE:
            asset.get("execution", {}).pop(name, None)
        for check in asset.get("checks", ()):
            check.pop("dagster.metadata", None)
        for dependency in asset.get("dependencies", ()):
            dependency.pop("metadata", None)
    assert wire["tenants"]["execution"]["job_names"] == live["tenants"]["execution"]["job_names"] == ["nightly"]
    live = {name: _without_empty_execution(asset) for name, asset in live.items()}
    assert as_written(wire) == as_written(live)


def _without_empty_execution(asset):
    return {name: value for name, value in asset.items() if name != "execution" or value}


def test_a_snap_its_json_and_a_remote_graph_say_the_same():
    definitions = kitchen.definitions()
    wire, _ = assets_of(serialised(definitions))
    snaps, _ = assets_of(repository_snap(definitions))
    remote, _ = assets_of(remote_graph(definitions, location="shop"))
    assert snaps["shop/orders"]["checks"][0]["dagster.execution_set_id"]
    assert as_written(snaps) == as_written(wire)
    assert assets_of(serialised(definitions).encode())[0] == wire
    assert assets_of(bytearray(serialised(definitions).encode()))[0] == wire
    assert as_written(remote) == as_written(assets_of(serialised(definitions), location="shop")[0])
    assert remote["tenants"]["code_location"] == "shop"


def test_the_engine_reads_a_serialised_repository_in_the_same_way():
    text = serialised(kitchen.definitions())
    assert assetdiff.AssetGraph.from_json(text) == assetdiff.AssetGraph(snapshot(text))


def test_serialised_repositories_are_read_without_dagster():
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['dagster'] = None; from assetdiff.dagster import snapshot_dict;"
        "form, warnings = snapshot_dict(sys.stdin.read()); print(len(form['assets']))"
    )
    text = serialised(kitchen.definitions())
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    assert done.stdout == "11\n"


def test_serialised_repositories_together_have_the_mappings_that_dagster_infers_for_all_of_them():
    daily = dg.DailyPartitionsDefinition("2024-01-01")
    reader = one(deps=["b"], partitions_def=daily)
    lake = dg.Definitions(assets=[dg.AssetSpec("b", partitions_def=daily)])
    form, _ = snapshot_dict({"reader": serialised(reader), "lake": serialised(lake)})
    (dependency,) = form["assets"][0]["dependencies"]
    assert dependency["dagster.inferred_mapping"]["type"] == "time_window"
    assert snapshot_dict(serialised(reader))[0]["assets"][0]["dependencies"] == [
        {"key": ["b"], "dagster.inferred_mapping": {"type": "all"}}
    ]


def test_several_code_locations_are_one_snapshot():
    first, second = one(tags={"t": "1"}), dg.Definitions(assets=[dg.AssetSpec("b", deps=["a"])])
    form, warnings = snapshot_dict({"lake": first, "shop": second})
    assert [(asset["key"], asset["code_location"]) for asset in form["assets"]] == [(["a"], "lake"), (["b"], "shop")]
    assert warnings == []
    assert [asset["code_location"] for asset in snapshot_dict([first, second])[0]["assets"]] == ["1", "2"]
    named = snapshot_dict([first, second], location=["x", "y"])[0]
    assert [asset["code_location"] for asset in named["assets"]] == ["x", "y"]


def test_a_key_that_two_code_locations_define_is_kept_twice_and_told():
    form, warnings = snapshot_dict({"lake": one(), "shop": one(tags={"t": "1"})})
    assert [asset["code_location"] for asset in form["assets"]] == ["lake", "shop"]
    assert warnings == ["a: defined in several code locations (lake, shop); each is kept"]
    assert len(assetdiff.AssetGraph(assetdiff.Snapshot.from_dict(form)).definitions("a")) == 2


def test_a_remote_workspace_graph_has_every_code_location():
    daily = dg.DailyPartitionsDefinition("2024-01-01")
    reader = dg.Definitions(assets=[dg.AssetSpec("b", deps=["a"], partitions_def=daily)])
    graph = workspace_graph(lake=one(partitions_def=daily), shop=one(tags={"t": "1"}), mart=reader)
    form, warnings = snapshot_dict(graph)
    found = [(asset["key"], asset["code_location"]) for asset in form["assets"]]
    assert found == [(["a"], "lake"), (["a"], "shop"), (["b"], "mart")]
    assert warnings == ["a: defined in several code locations (lake, shop); each is kept"]
    # Where the code location of `b` sees an undefined asset, the workspace sees the one of another.
    assert form["assets"][2]["dependencies"][0]["dagster.inferred_mapping"]["type"] == "time_window"


def test_the_deprecated_freshness_policy_is_kept_apart():
    legacy = pytest.importorskip("dagster._core.definitions.freshness_policy").LegacyFreshnessPolicy
    policy = legacy(maximum_lag_minutes=5, cron_schedule="0 * * * *")
    assets, _ = assets_of(one(legacy_freshness_policy=policy))
    value = {"maximum_lag_minutes": 5.0, "cron_schedule": "0 * * * *"}
    assert assets["a"]["freshness"]["type"] == "dagster.legacy"
    assert assets["a"]["freshness"]["value"].items() >= value.items()
    assert assets_of(serialised(one(legacy_freshness_policy=policy)))[0]["a"]["freshness"] == assets["a"]["freshness"]
