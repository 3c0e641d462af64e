"""What cannot be carried faithfully is told, and what is wrong is one clear error."""

import json

import assetdiff
import dagster as dg
import pytest
from assetdiff.dagster import snapshot, snapshot_dict
from graphs import assets_of, one, serialised


class Opaque:
    pass


class Custom(dg.IdentityPartitionMapping):
    """A mapping that is not Dagster's own."""


class Parameterised(dg.IdentityPartitionMapping):
    def __init__(self, shift):
        self.shift = shift

    def __new__(cls, *args):
        return super().__new__(cls)


DAILY = dg.DailyPartitionsDefinition("2024-01-01")


def reading(mapping):
    dep = dg.AssetDep("up", partition_mapping=mapping)
    specs = [dg.AssetSpec("up", partitions_def=DAILY), dg.AssetSpec("down", deps=[dep], partitions_def=DAILY)]
    return dg.Definitions(assets=specs)


def test_a_custom_partition_mapping_is_told_and_compared_by_class_and_attributes():
    assets, warnings = assets_of(reading(Custom()))
    assert assets["down"]["dependencies"][0]["mapping"] == {"type": "test_told.Custom", "value": {}}
    assert warnings == ["down: the partition mapping of up, test_told.Custom, is compared by its class"]

    assets, warnings = assets_of(reading(Parameterised(3)))
    mapping = {"type": "test_told.Parameterised", "value": {"shift": 3}}
    assert assets["down"]["dependencies"][0]["mapping"] == mapping
    assert warnings == [
        "down: the partition mapping of up, test_told.Parameterised, is compared by its class and attributes"
    ]


def test_a_value_that_cannot_be_serialised_is_told_and_compared_by_class():
    metadata = {"object": Opaque(), "list": [Opaque()], "json": {"a": float("nan")}, "fine": 1}
    assets, warnings = assets_of(one(metadata=metadata))
    found = assets["a"]["metadata"]
    assert found["object"] == {"type": "test_told.Opaque"}
    assert found["fine"] == {"type": "int", "value": 1}
    assert [warning.partition(" is compared")[0] for warning in warnings] == [
        "a: metadata 'object'", "a: metadata 'list'", "a: metadata 'json'",
    ]  # fmt: skip
    snapshot(one(metadata=metadata))


def test_a_value_that_only_its_class_is_left_of_is_told_for_serialised_repositories():
    assets, warnings = assets_of(serialised(one(metadata={"object": Opaque()})))
    assert assets["a"]["metadata"]["object"]["value"] == "[Opaque] (unserializable)"
    assert warnings == ["a: metadata 'object' has only its class: Dagster does not serialise such values"]


def test_a_condition_with_a_class_of_ones_own_is_told_and_compared_by_structure():
    class Mine(dg.AutomationCondition):
        def evaluate(self, context):
            raise NotImplementedError

    mine = one(automation_condition=dg.AutomationCondition.missing() & Mine())
    told = "a: the automation condition is compared by its structure: a class in it is not serialisable"
    for source in (mine, serialised(mine)):
        assets, warnings = assets_of(source)
        assert assets["a"]["automation"]["condition"]["__class__"] == "AutomationConditionSnapshot"
        assert warnings == [told]


def test_conditions_that_dagster_takes_for_equal_stay_apart():
    condition = dg.AutomationCondition
    missing, updated = (condition.newly_true(each) for each in (condition.missing(), condition.newly_updated()))
    assert missing == updated
    specs = [dg.AssetSpec("a", automation_condition=missing), dg.AssetSpec("b", automation_condition=updated)]
    assets, _ = assets_of(dg.Definitions(assets=specs))
    assert assets["a"]["automation"] != assets["b"]["automation"]


def test_partitions_listed_by_a_function_are_told():
    partitions = dg.DynamicPartitionsDefinition(lambda _: ["x"])
    assets, warnings = assets_of(one(partitions_def=partitions))
    assert assets["a"]["partitions"] == {"type": "dynamic", "value": {}}
    assert warnings == ["a: the function that lists the dynamic partitions is not compared"]


@pytest.mark.parametrize("source", [3, None, object(), dg.AssetSpec("a")])
def test_what_is_no_definitions_is_an_error(source):
    with pytest.raises(assetdiff.AssetDiffError, match="^expected Definitions, .*, found "):
        snapshot_dict(source)


def test_json_that_is_no_repository_is_an_error():
    with pytest.raises(assetdiff.AssetDiffError, match="^line 1, column 1: expected more JSON, found the end of the file$"):
        snapshot_dict("{")
    expected = "^line 1, column 1: expected a serialised RepositorySnap of Dagster, found "
    with pytest.raises(assetdiff.AssetDiffError, match=f"{expected}no object$"):
        snapshot_dict(b"[1]")
    with pytest.raises(assetdiff.AssetDiffError, match=f"{expected}a snapshot of assetdiff$"):
        snapshot_dict('{"format_version": "1.0", "assets": []}')


def test_a_node_that_is_not_of_the_form_names_the_asset():
    text = serialised(one(partitions_def=DAILY)).replace('"fmt"', '"other"')
    with pytest.raises(assetdiff.AssetDiffError, match="^line 1, column [0-9]+: asset a: missing field `fmt`$"):
        snapshot_dict(text)


def test_a_value_that_raises_names_asset_and_entry():
    class Raising:
        def __fspath__(self):
            raise RuntimeError("no path\nmore")

    with pytest.raises(assetdiff.AssetDiffError, match=r"^asset a: metadata 'where': RuntimeError: no path$"):
        snapshot_dict(one(metadata={"where": Raising()}))


class Raising(dg.AutomationCondition):
    def evaluate(self, context):
        raise NotImplementedError

    def __repr__(self):
        raise RuntimeError("no text")


class Exiting(dg.AutomationCondition):
    def evaluate(self, context):
        raise NotImplementedError

    def get_snapshot(self, **_):
        raise SystemExit(3)


@pytest.mark.parametrize(("condition", "message"), [(Raising, "RuntimeError: no text"), (Exiting, "SystemExit: 3")])
def test_a_condition_that_raises_names_asset_and_check(condition, message):
    with pytest.raises(assetdiff.AssetDiffError, match=f"^asset a: {message}$"):
        snapshot_dict(one(automation_condition=condition()))
    checked = dg.AssetSpec("a")
    check = dg.asset_check(asset="a", name="c", automation_condition=condition())(lambda: None)
    with pytest.raises(assetdiff.AssetDiffError, match=f"^asset a: the check c: {message}$"):
        snapshot_dict(dg.Definitions(assets=[checked], asset_checks=[check]))


def test_definitions_that_raise_when_they_are_made_are_one_error():
    @dg.definitions
    def lazy():
        raise GeneratorExit("no")

    with pytest.raises(assetdiff.AssetDiffError, match="^the code location shop does not load: GeneratorExit: no$"):
        snapshot_dict({"shop": lazy})


def test_a_key_that_one_code_location_defines_twice_is_an_error():
    with pytest.raises(assetdiff.AssetDiffError, match="^asset a: defined twice in the code location x$"):
        snapshot_dict([one(), one()], location=["x", "x"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"description": "a\0b"}, "expected text without NUL characters, found one"),
        ({"metadata": {"m": json.loads("[" * 200 + "]" * 200)}}, "at most 128 nested"),
        ({"description": "\ud800"}, "surrogates not allowed"),
    ],
)
def test_what_the_format_cannot_hold_names_the_asset(arguments, message):
    definitions = dg.Definitions(assets=[dg.AssetSpec("ok"), dg.AssetSpec(["x", "bad"], **arguments)])
    with pytest.raises(assetdiff.AssetDiffError, match=f"^asset x/bad: .*{message}"):
        snapshot(definitions)


def test_definitions_that_do_not_fit_together_name_the_code_location():
    first, second = (dg.asset(name="a", code_version=version)(lambda: None) for version in "12")
    twice = dg.Definitions(assets=[first, second])
    with pytest.raises(assetdiff.AssetDiffError, match="^code location shop: the definitions do not resolve: Dagster"):
        snapshot_dict({"shop": twice})


def test_options_are_checked():
    with pytest.raises(
        assetdiff.AssetDiffError, match="^code_versions: expected one of declared, auto, both, found 'x'"
    ):
        snapshot_dict(one(), code_versions="x")
    with pytest.raises(assetdiff.AssetDiffError, match="^location: expected a name for each of 2 code locations"):
        snapshot_dict([one(), one()], location=["x"])
    with pytest.raises(assetdiff.AssetDiffError, match="^location: the code locations have names already"):
        snapshot_dict({"x": one()}, location="y")


def test_warnings_come_in_the_order_of_the_keys():
    names = [f"asset_{number:02}" for number in range(40)]
    specs = [dg.AssetSpec(name, metadata={"opaque": Opaque()}) for name in reversed(names)]
    _, warnings = snapshot_dict(dg.Definitions(assets=specs))
    assert [warning.partition(":")[0] for warning in warnings] == names


def test_warnings_reach_the_snapshot():
    assert snapshot(reading(Custom())).warnings == (
        "down: the partition mapping of up, test_told.Custom, is compared by its class",
    )
