"""The drop-in for Dagster's differ: its answers to the letter, and the same without its defects.

The defects (D1 to D23) are those of the differ of dagster 1.13.29; each was run against it.
"""

import assetdiff
import dagster as dg
import pytest
from assetdiff.dagster import AssetGraphDiffer, changes, snapshot
from dagster._core.definitions.assets.graph.asset_graph_differ import (
    AssetDefinitionChangeType,
    AssetDefinitionDiffDetails,
    DictDiff,
    ValueDiff,
)
from dagster._core.definitions.assets.graph.asset_graph_differ import AssetGraphDiffer as DagsterDiffer
from graphs import one, remote_graph, workspace_graph

DAILY = dg.DailyPartitionsDefinition("2024-01-01")
STATIC = dg.StaticPartitionsDefinition(["a", "b"])
A = dg.AssetKey("a")
DOWN = dg.AssetKey("down")


def specs(*all_specs):
    return dg.Definitions(assets=list(all_specs))


def reading(*deps, up=DAILY, down=DAILY):
    """Returns definitions in which `down` reads `u1` to `u3`, each by the mapping given for it."""
    ups = [dg.AssetSpec(f"u{number}", partitions_def=up) for number in (1, 2, 3)]
    dependencies = [dg.AssetDep(f"u{number}", partition_mapping=deps[number - 1]) for number in range(1, len(deps) + 1)]
    return specs(*ups, dg.AssetSpec("down", deps=dependencies, partitions_def=down))


def three_answers(base, branch, key):
    """Returns the names of the changes: Dagster's, in compat mode, in exact mode."""
    base, branch = remote_graph(base), remote_graph(branch)
    theirs = DagsterDiffer(branch_asset_graph=branch, base_asset_graph=base)
    ours = [AssetGraphDiffer(branch, base, compat=compat) for compat in ("dagster", "exact")]
    assert ours[0].get_changes_for_asset_with_diff(key) == theirs.get_changes_for_asset_with_diff(key)
    return [{kind.value for kind in differ.get_changes_for_asset(key)} for differ in (theirs, *ours)]


def test_the_types_are_dagsters():
    base, branch = one(code_version="1", tags={"t": "1"}), one(code_version="2", tags={"t": "2", "u": ""})
    for compat in ("dagster", "exact"):
        differ = AssetGraphDiffer(remote_graph(branch), remote_graph(base), compat=compat)
        kinds = AssetDefinitionChangeType
        assert differ.get_changes_for_asset(A) == [kinds.CODE_VERSION, kinds.TAGS]
        assert differ.get_changes_for_asset_with_diff(A) == AssetDefinitionDiffDetails(
            change_types={kinds.CODE_VERSION, kinds.TAGS},
            code_version=ValueDiff(old="1", new="2"),
            tags=DictDiff(added_keys={"u"}, changed_keys={"t"}, removed_keys=set()),
        )


def test_without_a_base_everything_is_new():
    for compat in ("dagster", "exact"):
        differ = AssetGraphDiffer(branch_asset_graph=remote_graph(one()), base_asset_graph=None, compat=compat)
        assert differ.get_changes_for_asset(A) == [AssetDefinitionChangeType.NEW]


def test_a_removed_asset_is_removed():
    assert three_answers(one(), specs(dg.AssetSpec("b")), A) == [{"REMOVED"}] * 3


def test_another_mode_is_an_error():
    with pytest.raises(assetdiff.AssetDiffError, match="^compat: expected 'dagster' or 'exact', found 'other'$"):
        AssetGraphDiffer(None, None, compat="other")


def details(base, branch, key=DOWN, compat="exact"):
    return AssetGraphDiffer(remote_graph(branch), remote_graph(base), compat=compat).get_changes_for_asset_with_diff(
        key
    )


def test_d1_and_d2_every_changed_mapping_is_named():
    last, whole = dg.LastPartitionMapping(), dg.SpecificPartitionsPartitionMapping(["2024-01-01"])
    base, branch = reading(whole, whole, whole), reading(last, last, whole)
    keys = {dg.AssetKey("u1"), dg.AssetKey("u2")}
    assert details(base, branch).dependencies.changed_keys == keys
    assert len(details(base, branch, compat="dagster").dependencies.changed_keys) == 1

    fewer = reading(last, last)
    assert details(base, fewer).dependencies == DictDiff(
        added_keys=set(), changed_keys=keys, removed_keys={dg.AssetKey("u3")}
    )
    assert details(base, fewer, compat="dagster").dependencies.changed_keys == set()


@pytest.mark.parametrize("new", [dg.LastPartitionMapping(), dg.AllPartitionMapping()])
def test_d3_another_class_of_mapping_is_another_mapping(new):
    answers = three_answers(reading(dg.IdentityPartitionMapping()), reading(new), DOWN)
    assert answers == [set(), set(), {"DEPENDENCIES"}]


def test_d4_the_inferred_mapping_written_down_is_no_change():
    answers = three_answers(reading(None), reading(dg.TimeWindowPartitionMapping()), DOWN)
    assert answers == [{"DEPENDENCIES"}, {"DEPENDENCIES"}, set()]


def test_d5_one_key_and_a_list_of_it_are_the_same():
    old, new = (dg.StaticPartitionMapping({"a": keys}) for keys in ("a", ["a"]))
    answers = three_answers(reading(old, up=STATIC, down=STATIC), reading(new, up=STATIC, down=STATIC), DOWN)
    assert answers == [{"DEPENDENCIES"}, {"DEPENDENCIES"}, set()]


def test_d6_what_changed_of_the_partitions_is_told():
    answer = details(one(partitions_def=STATIC), one(partitions_def=dg.StaticPartitionsDefinition(["a"])), A)
    told = ('StaticPartitionsDefinition(keys=["a", "b"])', 'StaticPartitionsDefinition(keys=["a"])')
    assert (answer.partitions_definition.old, answer.partitions_definition.new) == told


def test_d6d_two_spellings_of_a_schedule_are_no_change():
    def windows(cron):
        definition = dg.TimeWindowPartitionsDefinition(start="2024-01-01", fmt="%Y-%m-%d", cron_schedule=cron)
        return one(partitions_def=dg.MultiPartitionsDefinition({"day": definition, "region": STATIC}))

    answers = three_answers(windows("0 0 * * *"), windows("@daily"), A)
    assert answers == [{"PARTITIONS_DEFINITION"}, {"PARTITIONS_DEFINITION"}, set()]


def test_d7_another_inferred_mapping_is_another_mapping():
    answers = three_answers(reading(None), reading(None, up=STATIC), DOWN)
    assert answers == [set(), set(), {"DEPENDENCIES"}]


def test_d11_what_nothing_defines_is_not_there():
    defined = specs(dg.AssetSpec("a"), dg.AssetSpec("down", deps=["a"]))
    undefined = specs(dg.AssetSpec("down", deps=["a"]))
    assert three_answers(undefined, defined, A) == [{"METADATA"}, {"METADATA"}, {"NEW"}]
    assert three_answers(defined, undefined, A) == [{"METADATA"}, {"METADATA"}, {"REMOVED"}]
    assert three_answers(specs(dg.AssetSpec("b")), undefined, A) == [{"NEW"}, {"NEW"}, set()]
    assert three_answers(undefined, specs(dg.AssetSpec("b")), A) == [{"REMOVED"}, {"REMOVED"}, set()]


def test_d11_what_is_only_checked_is_not_there():
    check = dg.asset_check(asset="a", name="c")(lambda: dg.AssetCheckResult(passed=True))
    checked = dg.Definitions(asset_checks=[check])
    assert three_answers(checked, one(), A) == [{"METADATA"}, {"METADATA"}, {"NEW"}]
    assert three_answers(one(), checked, A) == [{"METADATA"}, {"METADATA"}, {"REMOVED"}]


def test_d13_a_key_in_neither_graph_has_no_change():
    assert three_answers(one(), one(), dg.AssetKey("nowhere")) == [{"NEW"}, {"NEW"}, set()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x", dg.MetadataValue.url("x")),
        (dg.MetadataValue.path("x"), dg.MetadataValue.md("x")),
        (1, 1.0),
        (1, True),
        (dg.MetadataValue.timestamp(1.0), 1.0),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_d17_another_type_is_another_value(old, new):
    answers = three_answers(one(metadata={"m": old}), one(metadata={"m": new}), A)
    assert answers == [set(), set(), {"METADATA"}]


def test_the_words_are_those_of_dagsters_enum_in_its_order():
    words = dict.fromkeys(assetdiff._core.branch_changes().values())
    assert list(words) == [change_type.value for change_type in AssetDefinitionChangeType]
    assert {kind.in_branch for kind in assetdiff.ChangeKind} - {None} == words.keys()
    assert assetdiff.ChangeKind.RENAMED.in_branch is None


def test_kinds_are_told_as_the_tags_that_dagster_makes_of_them():
    base, branch = one(kinds={"dbt", "s3"}), one(kinds={"dbt", "gcs"})
    assert details(base, branch, A) == details(base, branch, A, compat="dagster")
    assert details(base, branch, A).tags.added_keys == {"dagster/kind/gcs"}


def test_d22_kinds_of_change_come_in_one_order():
    base = one(metadata={"m": 1}, tags={"t": "1"}, code_version="1", partitions_def=DAILY)
    branch = one(metadata={"m": 2}, tags={"t": "2"}, code_version="2", partitions_def=STATIC)
    for compat in ("dagster", "exact"):
        differ = AssetGraphDiffer(remote_graph(branch), remote_graph(base), compat=compat)
        names = [kind.value for kind in differ.get_changes_for_asset(A)]
        assert names == ["CODE_VERSION", "PARTITIONS_DEFINITION", "TAGS", "METADATA"]


def test_d23_every_definition_of_a_key_is_compared():
    lake, shop, changed = one(), one(tags={"t": "1"}), one(tags={"t": "2"})
    base, branch = workspace_graph(lake=lake, shop=shop), workspace_graph(lake=lake, shop=changed)
    answers = [
        AssetGraphDiffer(branch, base, compat=compat).get_changes_for_asset(A) for compat in ("dagster", "exact")
    ]
    assert answers == [[], [AssetDefinitionChangeType.TAGS]]
    assert changes({"lake": lake, "shop": shop}, {"lake": lake, "shop": changed}) == {assetdiff.AssetKey("a"): ["TAGS"]}


def test_changes_answers_for_each_changed_asset():
    base = specs(dg.AssetSpec("a"), dg.AssetSpec("b", deps=["a"]), dg.AssetSpec("same", tags={"t": ""}))
    head = specs(dg.AssetSpec("b", code_version="2"), dg.AssetSpec("c"), dg.AssetSpec("same", tags={"t": ""}))
    expected = {"a": ["REMOVED"], "b": ["CODE_VERSION", "DEPENDENCIES"], "c": ["NEW"]}
    for sides in ((base, head), (snapshot(base), remote_graph(head)), (assetdiff.AssetGraph(snapshot(base)), head)):
        assert {str(key): names for key, names in changes(*sides).items()} == expected


def test_a_renamed_asset_is_removed_and_new():
    def orders(name):
        return specs(dg.AssetSpec(name, description="all orders"), dg.AssetSpec("report", deps=[name]))

    found = {str(key): names for key, names in changes(orders("orders"), orders("fct_orders")).items()}
    assert found == {"fct_orders": ["NEW"], "orders": ["REMOVED"], "report": ["DEPENDENCIES"]}


def test_a_mapping_between_assets_without_partitions_means_nothing():
    base, head = reading(None, up=None, down=None), reading(dg.LastPartitionMapping(), up=None, down=None)
    assert changes(base, head) == {}
