"""One project with something of everything that an asset of Dagster can have."""

import datetime as dt

import dagster as dg

NAMED_REGIONS = dg.StaticPartitionsDefinition(["eu", "us"])
DAILY = dg.DailyPartitionsDefinition(
    "2024-01-01",
    end_date="2025-01-01",
    timezone="Europe/Berlin",
    hour_offset=2,
    end_offset=1,
    exclusions=["0 2 * * 0", dt.datetime(2024, 2, 2)],
)
MULTI = dg.MultiPartitionsDefinition({"day": dg.DailyPartitionsDefinition("2024-01-01"), "region": NAMED_REGIONS})

SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn(
            "id",
            "bigint",
            description="its number",
            tags={"pii": "no"},
            constraints=dg.TableColumnConstraints(nullable=False, unique=True, other=["> 0"]),
        ),
        dg.TableColumn("total", "numeric"),
    ],
    constraints=dg.TableConstraints(other=["total > id"]),
)

METADATA = {
    "text": "a", "url": dg.MetadataValue.url("https://a"), "path": dg.MetadataValue.path("/a"),
    "notebook": dg.MetadataValue.notebook("/n.ipynb"), "md": dg.MetadataValue.md("*a*"),
    "json": {"a": [1, 1.0, None, "x"]}, "json null": dg.MetadataValue.json(None), "list": [1, 2],
    "int": 2**70, "float": 0.1, "nan": float("nan"), "infinity": float("-inf"), "bool": True, "null": None,
    "timestamp": dg.MetadataValue.timestamp(1_700_000_000.25),
    "artifact": dg.MetadataValue.python_artifact(dt.datetime), "asset": dg.AssetKey(["x", "y/z"]),
    "run": dg.MetadataValue.dagster_run("r1"), "job": dg.MetadataValue.job("j", "loc", repository_name="r"),
    "table": dg.MetadataValue.table([dg.TableRecord({"id": 1, "total": 1.5})], schema=SCHEMA),
    "dagster/column_schema": SCHEMA,
    "dagster/column_lineage": dg.TableColumnLineage({"id": [dg.TableColumnDep(dg.AssetKey("raw"), "id")]}),
    "dagster/code_references": dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(file_path="/a.py", line_number=3, label="here"),
            dg.UrlCodeReference(url="https://a"),
        ]
    ),
}  # fmt: skip


def last_of_raw():
    mapping = dg.LastPartitionMapping()
    try:
        return dg.AssetDep("raw", partition_mapping=mapping, metadata={"why": "joined"})
    except TypeError:  # Dependencies have no metadata in 1.12.
        return dg.AssetDep("raw", partition_mapping=mapping)


def definitions():
    @dg.asset(
        key=["shop", "orders"],
        code_version="7",
        description="all orders",
        owners=["team:core", "a@b.co"],
        tags={"tier": "gold"},
        kinds={"python", "s3"},
        group_name="sales",
        metadata=METADATA,
        partitions_def=DAILY,
        deps=[
            "undefined",
            last_of_raw(),
            dg.AssetDep("hourly", partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1)),
        ],
        automation_condition=dg.AutomationCondition.eager(),
        backfill_policy=dg.BackfillPolicy.multi_run(3),
        freshness_policy=dg.FreshnessPolicy.cron("0 10 * * *", dt.timedelta(hours=1), "Europe/Berlin"),
        pool="warehouse",
        retry_policy=dg.RetryPolicy(max_retries=2, delay=3),
        op_tags={"queue": "big"},
        config_schema={"limit": int},
        io_manager_key="lake",
        required_resource_keys={"api"},
        check_specs=[
            dg.AssetCheckSpec(
                "not_empty", asset=["shop", "orders"], blocking=True, description="has rows", metadata={"least": 1},
                additional_deps=["raw"],
            )
        ],
    )  # fmt: skip
    def orders(): ...

    @dg.asset(partitions_def=MULTI, freshness_policy=dg.FreshnessPolicy.time_window(dt.timedelta(hours=24)))
    def by_region(): ...

    @dg.asset(partitions_def=NAMED_REGIONS, deps=[by_region], backfill_policy=dg.BackfillPolicy.single_run())
    def regions(): ...

    @dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name="tenants"))
    def tenants(): ...

    @dg.asset(partitions_def=dg.HourlyPartitionsDefinition("2024-01-01-00:00", timezone="Europe/Berlin"))
    def hourly(): ...

    @dg.multi_asset(
        specs=[dg.AssetSpec("left", skippable=True), dg.AssetSpec("right", deps=[hourly])], can_subset=False
    )
    def pair(): ...

    @dg.op
    def fetch(): ...

    @dg.op(pool="api")
    def clean(rows): ...

    @dg.graph_asset
    def cleaned():
        return clean(fetch())

    @dg.observable_source_asset(name="raw", auto_observe_interval_minutes=5)
    def raw(): ...

    @dg.asset_check(asset="raw", automation_condition=dg.AutomationCondition.on_cron("@daily"))
    def fresh_enough():
        return dg.AssetCheckResult(passed=True)

    @dg.asset_check(asset="elsewhere")
    def checked_here():
        return dg.AssetCheckResult(passed=True)

    external = dg.AssetSpec("external", deps=["left"], group_name="outside", kinds={"powerbi"})
    resources = {"lake": dg.mem_io_manager, "api": dg.ResourceDefinition.none_resource()}
    return dg.Definitions(
        assets=[orders, by_region, regions, tenants, hourly, pair, cleaned, raw, external],
        asset_checks=[fresh_enough, checked_here],
        resources=resources,
        jobs=[dg.define_asset_job("nightly", selection=["tenants"])],
    )
