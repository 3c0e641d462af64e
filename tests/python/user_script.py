"""What a user writes, for the type checkers and run as a test."""

from __future__ import annotations

import assetdiff
from assetdiff import AssetKey, ChangeKind, Status


def needs_rebuild(base: assetdiff.Snapshot, head: assetdiff.Snapshot) -> list[AssetKey]:
    options = assetdiff.DiffOptions(ignore=["metadata.dagster/table_name"], renames="exact")
    changes = assetdiff.diff(base, head, options)
    return [change.key for change in changes if change.effects.own == "rebuild"]


def describe(change: assetdiff.AssetChange) -> str:
    match change:
        case assetdiff.AssetChange(key=AssetKey(components=(name,)), status=Status.ADDED):
            return f"{name} is new"
        case assetdiff.AssetChange(modification=assetdiff.Modification(tags=assetdiff.MapDiff(added=added))) if added:
            return f"{change.key} has the tags {sorted(added)}"
        case _:
            pass
    return str(change.key)


base = assetdiff.Snapshot([assetdiff.AssetDefinition("orders", code_version="1")], deployment="prod")
head = assetdiff.Snapshot(
    [
        assetdiff.AssetDefinition("orders", code_version="2", tags={"team": "core"}),
        assetdiff.AssetDefinition("customers", dependencies=["orders", AssetKey("raw"), ["raw", "x"]]),
    ]
)
rebuilt: list[AssetKey] = needs_rebuild(base, head)
assert rebuilt == [AssetKey("customers"), AssetKey("orders")]
changes: assetdiff.ChangeSet = assetdiff.diff(base, head)
assert [describe(change) for change in changes] == ["customers is new", "orders has the tags ['team']"]
modification = changes["orders"][0].modification
assert modification is not None and modification.code_version is not None
old_version: object = modification.code_version.old
assert old_version == {"version": "1"}
assert ChangeKind.CODE_VERSION in changes["orders"][0].kinds

impact = assetdiff.impact(base, head, changes, barriers={"reviewed": [AssetKey("orders")]}, now="2024-03-15T12:00:00Z")
affected: dict[AssetKey, int] = {asset.key: asset.distance for asset in impact if asset.effect != "none"}
assert affected == {AssetKey("customers"): 0, AssetKey("orders"): 0}
plan: assetdiff.Plan = impact.plan(have={"orders": None})
first_layer: tuple[assetdiff.PlannedAsset, ...] = plan.layers[0]
assert [asset.key for asset in first_layer] == [AssetKey("customers")]
explanation: assetdiff.Explanation | None = impact.explain("customers")
assert explanation is not None and explanation.paths[0].steps[0] == assetdiff.Step(AssetKey("customers"))
rows: assetdiff.ArrowRows = changes.to_arrow()
again: assetdiff.AssetGraph = assetdiff.AssetGraph.from_arrow(assetdiff.AssetGraph(head).to_arrow())
assert again == assetdiff.AssetGraph(head)

project: assetdiff.Project = assetdiff.Project.parse('[[policy]]\nname = "small"\nmax_rebuild = 1')
result: assetdiff.PolicyResult = project.check_policies(impact)[0]
broken: dict[AssetKey, str] = {asset.key: asset.why for asset in result.assets}
assert broken == {AssetKey("customers"): "changed: added", AssetKey("orders"): "changed: code_version, tags"}
merged: assetdiff.AssetGraph = assetdiff.diff3(base, base, head, options=project).merge()
assert len(merged) == 2


def newest(store: assetdiff.Store) -> dict[str, int]:
    return {version.deployment: version.number for version in store.list(all=True)}
