"""The shop's assets."""

import dagster as dg

from shop.partitions import BY_DAY_AND_REGION, DAILY, REGIONS
from shop.text import tidy

raw_orders = dg.AssetSpec(["raw", "orders"], kinds={"s3"}, partitions_def=DAILY, group_name="raw")


@dg.asset(
    deps=[raw_orders],
    partitions_def=DAILY,
    kinds={"python", "duckdb"},
    owners=["team:orders"],
    code_version="1",
    metadata={
        "docs": "https://example.com/orders",
        "dagster/column_schema": dg.TableSchema([dg.TableColumn("id", "int"), dg.TableColumn("country", "varchar")]),
    },
)
def orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Every order, one row each."""
    return dg.MaterializeResult(metadata={"country": tidy(" DE ")})


@dg.asset(
    deps=[dg.AssetDep(orders, partition_mapping=dg.IdentityPartitionMapping())],
    partitions_def=DAILY,
    kinds={"dbt", "duckdb"},
    automation_condition=dg.AutomationCondition.eager(),
)
def customers() -> None:
    """Every customer with the orders so far."""


@dg.asset(deps=[orders], partitions_def=BY_DAY_AND_REGION, kinds={"dbt", "duckdb"})
def sales() -> None:
    """Sales by day and region."""


@dg.asset(deps=[sales], partitions_def=REGIONS, kinds={"python"}, group_name="reports")
def region_report() -> str:
    """One page for each region."""
    return tidy(" report ")


@dg.asset(deps=[customers], kinds={"csv"}, group_name="reports")
def old_export() -> None:
    """Nobody reads it any more."""


@dg.asset_check(asset=orders, description="an id stands once")
def ids_are_unique() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)
