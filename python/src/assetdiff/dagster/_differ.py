"""What changed, as Dagster's own `AssetGraphDiffer` answers: to the letter, or without its mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assetdiff._kinds import ChangeKind
from assetdiff.dagster._answers import KINDS, Answer, Names, answers
from assetdiff.dagster._snapshot import snapshot
from assetdiff.errors import AssetDiffError

if TYPE_CHECKING:
    import dagster as dg

    import assetdiff


def changes(base: Any, head: Any) -> dict[assetdiff.AssetKey, list[str]]:
    """Return the changes of each changed asset in Dagster's words, sorted by key.

    The words are `NEW`, `CODE_VERSION`, `DEPENDENCIES`, `PARTITIONS_DEFINITION`, `TAGS`, `METADATA`
    and `REMOVED`. Both sides are anything that `snapshot` takes, or a snapshot.

    >>> import dagster as dg
    >>> from assetdiff.dagster import changes
    >>> base = dg.Definitions(assets=[dg.AssetSpec("orders", tags={"tier": "gold"})])
    >>> head = dg.Definitions(assets=[dg.AssetSpec("orders", deps=["raw"]), dg.AssetSpec("raw")])
    >>> {str(key): names for key, names in changes(base, head).items()}
    {'orders': ['DEPENDENCIES', 'TAGS'], 'raw': ['NEW']}
    """
    import assetdiff

    found = answers(_snapshot_of(base), _snapshot_of(head))
    return {assetdiff.AssetKey(key): answer.kinds() for key, answer in found.items()}


def _snapshot_of(source: Any) -> Any:
    import assetdiff

    if isinstance(source, assetdiff.AssetGraph):
        return source.to_snapshot()
    return source if isinstance(source, assetdiff.Snapshot) else snapshot(source)


class AssetGraphDiffer:
    """Answers as the class of the same name in Dagster does, in Dagster's types.

    With `compat="dagster"` the answers are Dagster's to the letter, its mistakes among them, except
    that the kinds of change always come in one order. With `compat="exact"` the graphs are compared
    by assetdiff: no change of a mapping or of a value's type is overlooked, a key that nothing
    defines is not there, and what means the same is no change. `docs/dagster.md` lists every
    difference. Then the sides may be anything that `snapshot` takes.

    >>> import dagster as dg
    >>> from assetdiff.dagster import AssetGraphDiffer
    >>> base, branch = (dg.Definitions(assets=[dg.AssetSpec("a", code_version=version)]) for version in "12")
    >>> differ = AssetGraphDiffer(branch, base, compat="exact")
    >>> [change.value for change in differ.get_changes_for_asset(dg.AssetKey("a"))]
    ['CODE_VERSION']
    >>> differ.get_changes_for_asset_with_diff(dg.AssetKey("a")).code_version
    ValueDiff(old='1', new='2')
    """

    def __init__(self, branch_asset_graph: Any, base_asset_graph: Any, compat: str = "dagster") -> None:
        if compat not in ("dagster", "exact"):
            raise AssetDiffError(f"compat: expected 'dagster' or 'exact', found {compat!r}")
        self._branch_asset_graph = branch_asset_graph
        self._base_asset_graph = base_asset_graph
        self._compat = compat

    def get_changes_for_asset(self, asset_key: dg.AssetKey) -> Sequence[Any]:
        """Return the `AssetDefinitionChangeType`s of an asset, in the order of that enum."""
        return _sorted(self._compare_base_and_branch_assets(asset_key).change_types)

    def get_changes_for_asset_with_diff(self, asset_key: dg.AssetKey) -> Any:
        """Return the `AssetDefinitionDiffDetails` of an asset."""
        return self._compare_base_and_branch_assets(asset_key, include_diff=True)

    def _compare_base_and_branch_assets(self, asset_key: dg.AssetKey, include_diff: bool = False) -> Any:
        details = self._exact(asset_key) if self._compat == "exact" else self._as_dagster(asset_key)
        if include_diff:
            return details
        return _types().AssetDefinitionDiffDetails(change_types=details.change_types)

    @cached_property
    def _answers(self) -> Mapping[tuple[str, ...], Answer]:
        base = {} if self._base_asset_graph is None else self._base_asset_graph
        return answers(_snapshot_of(base), _snapshot_of(self._branch_asset_graph))

    def _exact(self, asset_key: dg.AssetKey) -> Any:
        answer = self._answers.get(tuple(asset_key.path))
        if answer is None:
            return _details([])
        stated = {
            "code_version": _value_diff(answer.code_version),
            "dependencies": _dict_diff(_keys(answer.dependencies)),
            "partitions_definition": _value_diff(answer.partitions),
            "tags": _dict_diff(answer.tags),
            "metadata": _dict_diff(answer.metadata),
        }
        return _details(answer.kinds(), **({} if answer.existence else stated))

    def _as_dagster(self, asset_key: dg.AssetKey) -> Any:
        from assetdiff.dagster import _private

        base_graph, branch_graph = self._base_asset_graph, self._branch_asset_graph
        if not base_graph or not base_graph.has(asset_key):
            return _details([ChangeKind.ADDED.in_branch])
        if not branch_graph.has(asset_key):
            return _details([ChangeKind.REMOVED.in_branch])
        base, branch = (_private.singular_node(graph, asset_key) for graph in (base_graph, branch_graph))
        code_version = partitions = None
        if branch.code_version != base.code_version:
            code_version = (base.code_version, branch.code_version)
        if branch.partitions_def != base.partitions_def:
            partitions = (_class_name(base.partitions_def), _class_name(branch.partitions_def))
        stated = {
            "code_version": _value_diff(code_version),
            "dependencies": _dict_diff(_dependencies_as_dagster(base, branch)),
            "partitions_definition": _value_diff(partitions),
            "tags": _map_diff(base.tags, branch.tags),
            "metadata": _map_diff(base.metadata, branch.metadata),
        }
        return _details([name.upper() for name, diff in stated.items() if diff is not None], **stated)


def _dependencies_as_dagster(base: Any, branch: Any) -> Names:
    if branch.parent_keys != base.parent_keys:
        return Names(branch.parent_keys - base.parent_keys, set(), base.parent_keys - branch.parent_keys)
    # In the order of the set and no further than the first: whichever mapping Dagster names in this
    # process is the one that is named here.
    for upstream in branch.parent_keys:
        if branch.partition_mappings.get(upstream) != base.partition_mappings.get(upstream):
            return Names(changed={upstream})
    return Names()


def _map_diff(base: Mapping[str, Any], branch: Mapping[str, Any]) -> Any:
    if branch == base:
        return None
    changed = {name for name in branch if name in base and branch[name] != base[name]}
    added, removed = branch.keys() - base.keys(), base.keys() - branch.keys()
    return _types().DictDiff(added_keys=set(added), changed_keys=changed, removed_keys=set(removed))


def _keys(names: Names) -> Names:
    import dagster as dg

    added, changed, removed = ({dg.AssetKey(list(key)) for key in each} for each in vars(names).values())
    return Names(added, changed, removed)


def _dict_diff(names: Names) -> Any:
    if not names:
        return None
    return _types().DictDiff(added_keys=names.added, changed_keys=names.changed, removed_keys=names.removed)


def _value_diff(pair: tuple[str | None, str | None] | None) -> Any:
    return None if pair is None else _types().ValueDiff(old=pair[0], new=pair[1])


def _class_name(value: Any) -> str | None:
    return type(value).__name__ if value else None


def _details(kinds: Iterable[str], **stated: Any) -> Any:
    types = _types()
    change_types = {types.AssetDefinitionChangeType[name] for name in kinds}
    return types.AssetDefinitionDiffDetails(change_types=change_types, **stated)


def _sorted(change_types: Iterable[Any]) -> list[Any]:
    return sorted(change_types, key=lambda change_type: KINDS.index(change_type.value))


def _types() -> Any:
    from assetdiff.dagster import _private

    return _private.differ_types()
