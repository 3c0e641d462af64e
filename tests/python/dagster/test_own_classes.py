"""Classes of a user that extend Dagster's are told, and seen in the comparison; Dagster's own stay as they are."""

import datetime as dt

import assetdiff
import dagster as dg
import pytest
from assetdiff.dagster import changes, snapshot
from graphs import assets_of, one, serialised

DAILY = dg.DailyPartitionsDefinition("2024-01-01")


class Weekdays(dg.DailyPartitionsDefinition):
    def get_partition_keys(self, *_, **__):
        return ["only"]


class Regions(dg.StaticPartitionsDefinition):
    def __init__(self, keys, extra):
        super().__init__(keys)
        self.extra = extra


class Tenants(dg.DynamicPartitionsDefinition):
    pass


class Grid(dg.MultiPartitionsDefinition):
    pass


def multi(cls, region):
    return cls({"day": DAILY, "region": region})


PLAIN_REGIONS = dg.StaticPartitionsDefinition(["eu"])


@pytest.mark.parametrize(
    ("plain", "own", "name", "extended"),
    [
        (DAILY, Weekdays("2024-01-01"), "test_own_classes.Weekdays", "DailyPartitionsDefinition"),
        (PLAIN_REGIONS, Regions(["eu"], 3), "test_own_classes.Regions", "StaticPartitionsDefinition"),
        (
            dg.DynamicPartitionsDefinition(name="t"),
            Tenants(name="t"),
            "test_own_classes.Tenants",
            "DynamicPartitionsDefinition",
        ),
        (
            multi(dg.MultiPartitionsDefinition, PLAIN_REGIONS),
            multi(Grid, PLAIN_REGIONS),
            "test_own_classes.Grid",
            "MultiPartitionsDefinition",
        ),
    ],
)
def test_a_class_of_ones_own_for_partitions_is_told_and_is_a_change(plain, own, name, extended):
    before, after = snapshot(one(partitions_def=plain)), snapshot(one(partitions_def=own))
    assert before.warnings == ()
    assert after.warnings == (f"a: the partitions definition is compared as {extended} and by its class, {name}",)
    (old,), (new,) = ([asset.to_dict() for asset in each] for each in (before, after))
    assert new.pop("dagster.partitions_class") == name
    assert new == old
    assert [change.key for change in assetdiff.diff(before, after)] == [assetdiff.AssetKey("a")]
    assert not assetdiff.diff(after, snapshot(one(partitions_def=own)))
    # Dagster serialises what it extends, so its differ sees no change.
    assert assets_of(serialised(one(partitions_def=own)))[0] == assets_of(serialised(one(partitions_def=plain)))[0]
    assert changes(before, after) == {}


def test_a_dimension_with_a_class_of_ones_own_is_told_by_its_name():
    for cls, name in ((dg.MultiPartitionsDefinition, "MultiPartitionsDefinition"), (Grid, "test_own_classes.Grid")):
        assets, warnings = assets_of(one(partitions_def=multi(cls, Regions(["eu"], 3))))
        shown = f"{name}(region: test_own_classes.Regions)"
        assert assets["a"]["dagster.partitions_class"] == shown
        assert warnings == [f"a: the partitions definition is compared as MultiPartitionsDefinition and by its class, {shown}"]


def test_the_partitions_of_a_check_are_told_by_their_class():
    try:
        check = dg.AssetCheckSpec("c", asset="a", partitions_def=Weekdays("2024-01-01"))
    except TypeError:
        pytest.skip("checks have no partitions in this Dagster")

    @dg.multi_asset_check(specs=[check])
    def checks(): ...

    spec = dg.AssetSpec("a", partitions_def=Weekdays("2024-01-01"))
    assets, warnings = assets_of(dg.Definitions(assets=[spec], asset_checks=[checks]))
    assert assets["a"]["checks"][0]["dagster.partitions_class"] == "test_own_classes.Weekdays"
    told = "is compared as DailyPartitionsDefinition and by its class, test_own_classes.Weekdays"
    assert warnings == [f"a: the partitions definition of the check c {told}", f"a: the partitions definition {told}"]


@pytest.mark.parametrize(
    "partitions",
    [
        DAILY,
        dg.HourlyPartitionsDefinition("2024-01-01-00:00"),
        dg.WeeklyPartitionsDefinition("2024-01-01"),
        dg.MonthlyPartitionsDefinition("2024-01-01"),
        dg.TimeWindowPartitionsDefinition(start="2024-01-01", fmt="%Y-%m-%d", cron_schedule="0 0 * * *"),
        PLAIN_REGIONS,
        dg.DynamicPartitionsDefinition(name="t"),
        multi(dg.MultiPartitionsDefinition, PLAIN_REGIONS),
    ],
)
def test_what_is_dagsters_own_is_not_told(partitions):
    assets, warnings = assets_of(one(partitions_def=partitions))
    assert warnings == [] and "dagster.partitions_class" not in assets["a"]


class Fresh(type(dg.FreshnessPolicy.time_window(dt.timedelta(hours=1)))):
    pass


class Backfill(dg.BackfillPolicy):
    pass


class Retry(dg.RetryPolicy):
    pass


class Price(dg.FloatMetadataValue):
    pass


class TextMetadataValue(dg.MetadataValue):
    """Called as one of Dagster's."""

    def __init__(self, text):
        self.text = text

    @property
    def value(self):
        return self.text


def test_a_freshness_policy_of_ones_own_is_told_and_compared_by_its_class_too():
    plain = dg.FreshnessPolicy.time_window(dt.timedelta(hours=1))
    own = Fresh(fail_window=plain.fail_window, warn_window=None)
    assets, warnings = assets_of(one(freshness_policy=own))
    assert assets["a"]["freshness"] == {"type": "test_own_classes.Fresh", "value": {"fail_after_seconds": 3600}}
    told = "is compared as TimeWindowFreshnessPolicy and by its class, test_own_classes.Fresh"
    assert warnings == [f"a: the freshness policy {told}"]
    assert assetdiff.diff(snapshot(one(freshness_policy=plain)), snapshot(one(freshness_policy=own)))


def test_backfill_and_retry_policies_of_ones_own_are_told():
    @dg.asset(partitions_def=DAILY, backfill_policy=Backfill(3), retry_policy=Retry(max_retries=2))
    def a(): ...

    assets, warnings = assets_of(dg.Definitions(assets=[a]))
    assert assets["a"]["backfill"] == {"max_partitions_per_run": 3}
    assert assets["a"]["execution"]["retry_policy"] == {
        "max_retries": 2, "class": "test_own_classes.Retry",
    }  # fmt: skip
    assert warnings == [
        "a: the backfill policy is compared as BackfillPolicy, not by its class, test_own_classes.Backfill",
        "a: the retry policy is compared as RetryPolicy and by its class, test_own_classes.Retry",
    ]


def test_typed_metadata_of_ones_own_is_told_and_compared_by_class_and_value():
    assets, warnings = assets_of(one(metadata={"price": Price(1.5), "text": TextMetadataValue("x")}))
    assert assets["a"]["metadata"] == {
        "price": {"type": "test_own_classes.Price", "value": 1.5},
        "text": {"type": "test_own_classes.TextMetadataValue", "value": "x"},
    }
    assert warnings == [
        "a: metadata 'price' is compared by its class and value, test_own_classes.Price",
        "a: metadata 'text' is compared by its class and value, test_own_classes.TextMetadataValue",
    ]


class Shifted(dg.TimeWindowPartitionMapping):
    pass


class IdentityPartitionMapping(dg.LastPartitionMapping):
    """Called as one of Dagster's."""


@pytest.mark.parametrize("mapping", [Shifted(start_offset=-1), IdentityPartitionMapping()])
def test_mappings_of_ones_own_are_told_within_one_of_several_dimensions_too(mapping):
    dimensions = {"day": dg.DimensionPartitionMapping("day", mapping)}
    grid = multi(dg.MultiPartitionsDefinition, PLAIN_REGIONS)
    for outer in (mapping, dg.MultiPartitionMapping(dimensions)):
        dep = dg.AssetDep("up", partition_mapping=outer)
        up, down = dg.AssetSpec("up", partitions_def=grid), dg.AssetSpec("down", deps=[dep], partitions_def=grid)
        assets, (warning,) = assets_of(dg.Definitions(assets=[up, down]))
        name = f"test_own_classes.{type(mapping).__name__}"
        assert warning.startswith(f"down: the partition mapping of up, {name}, is compared by its class")
        found = assets["down"]["dependencies"][0]["mapping"]
        inner = found if outer is mapping else found["value"]["day"]["mapping"]
        assert inner["type"] == name


def test_a_check_spec_of_ones_own_is_told():
    class Spec(dg.AssetCheckSpec):
        pass

    @dg.multi_asset_check(specs=[Spec("c", asset="a")])
    def checks(): ...

    _, warnings = assets_of(dg.Definitions(assets=[dg.AssetSpec("a")], asset_checks=[checks]))
    name = "test_own_classes.test_a_check_spec_of_ones_own_is_told.<locals>.Spec"
    assert warnings == [f"a: the check c is compared as AssetCheckSpec, not by its class, {name}"]


def test_a_condition_called_like_one_of_dagsters_is_told_and_is_another():
    missing = dg.AutomationCondition.missing()
    own = type(type(missing).__name__, (type(missing),), {"__module__": __name__})()
    assert repr(own) == repr(missing)
    condition = dg.AutomationCondition
    specs = [
        dg.AssetSpec(name, automation_condition=condition.newly_updated() & inner)
        for name, inner in (("a", missing), ("b", own))
    ]
    assets, warnings = assets_of(dg.Definitions(assets=specs))
    assert warnings == ["b: the automation condition is compared by its structure: a class in it is not serialisable"]
    assert assets["a"]["automation"] != assets["b"]["automation"]
    assert assets["b"]["automation"]["condition"]["classes"] == [f"{__name__}.MissingAutomationCondition"]
