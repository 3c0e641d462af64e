"""Every use of what Dagster does not call public. Nothing else in this package reaches below it, but `_bound`.

Each function says what it stands on. All were run with dagster 1.12.3 (November 2025) and 1.13.29
(November 2026). Everything else is imported from `dagster` itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from assetdiff.dagster._json import JsonObject
from assetdiff.dagster._values import own_class

# `SINGLETON_REPOSITORY_NAME` of `dagster._core.definitions.repository_definition`.
_DEFAULT_REPOSITORY = "__repository__"
IMPLICIT_JOBS = ("__ASSET_JOB", "__anonymous_asset_job_")
"""What the names of the jobs that Dagster makes by itself begin with."""
_DEFAULT_IO_MANAGER = "io_manager"
_COMPUTE_KIND_TAGS = ("dagster/compute_kind", "kind")
# `Any` is the key of the configuration that every op has which states none.
_NO_CONFIG = "Any"


def asset_graph(definitions: Any) -> Any:
    """Return the resolved local asset graph; builds no job.

    `Definitions.resolve_asset_graph` and `RepositoryDefinition.asset_graph` are not marked public.
    `Definitions.resolve_all_asset_specs`, which is, goes the same way and has neither execution
    types nor checks nor ops.
    """
    return (
        definitions.asset_graph
        if isinstance(definitions, dg.RepositoryDefinition)
        else definitions.resolve_asset_graph()
    )


def asset_nodes(graph: Any) -> list[Any]:
    """Return the local asset nodes by key: `AssetGraph.asset_nodes`, which has them in no order that lasts."""
    return sorted(graph.asset_nodes, key=lambda node: node.key.parts)


def key_path(key: dg.AssetKey) -> list[str]:
    """Return the components of a key: `AssetKey.parts`.

    `AssetKey.path`, which is public, makes a list on the first look at each key and keeps it there.
    """
    return list(key.parts)


def execution_type(node: Any) -> str:
    """Return the name of the execution type: `AssetNode.execution_type`, `AssetNodeSnap.execution_type`."""
    return str(node.execution_type.value)


def check_specs(graph: Any) -> Iterator[tuple[Any, Any]]:
    """Yield check keys with their specs: `AssetGraph.asset_check_keys` and `get_check_spec`."""
    for key in sorted(graph.asset_check_keys, key=lambda key: (key_path(key.asset_key), key.name)):
        yield key, graph.get_check_spec(key)


def job_names(definitions: Any) -> list[str]:
    """Return the names of the jobs that somebody wrote, sorted: `RepositoryDefinition.job_names`, which builds none."""
    return sorted(name for name in _repository(definitions).job_names if not name.startswith(IMPLICIT_JOBS))


def stated_jobs(definitions: Any) -> dict[str, Any]:
    """Return the jobs that definitions state, or schedules and sensors of theirs, by name.

    `SensorDefinition.targets`, `ScheduleDefinition.target`, and of both `has_job_def` and `job_def`;
    `UnresolvedPartitionedAssetScheduleDefinition.job`.
    """
    if isinstance(definitions, dg.RepositoryDefinition):
        return {}
    jobs = list(definitions.jobs or ())
    targets = [target for sensor in definitions.sensors or () for target in getattr(sensor, "targets", ())]
    for schedule in definitions.schedules or ():
        if isinstance(schedule, dg.ScheduleDefinition):
            targets.append(schedule.target)
        else:
            jobs.append(schedule.job)
    jobs += [target.job_def for target in targets if target.has_job_def]
    return {job.name: job for job in jobs}


def built_job(definitions: Any, name: str) -> Any:
    """Return a job of a repository, which builds it if it is of assets: `RepositoryDefinition.get_job`."""
    return _repository(definitions).get_job(name)


def job_keys(job: Any, graph: Any) -> set[Any]:
    """Return the keys of the assets and checks of a job.

    Of one that is not built `UnresolvedAssetJobDefinition.selection` with its `resolve` and `resolve_checks`;
    else `JobDefinition.asset_layer`.
    """
    if (selection := getattr(job, "selection", None)) is not None:
        return {*selection.resolve(graph), *selection.resolve_checks(graph)}
    layer = job.asset_layer
    return {*layer.selected_asset_keys, *layer.external_job_asset_keys, *layer.asset_graph.asset_check_keys}


def _repository(definitions: Any) -> Any:
    return definitions if isinstance(definitions, dg.RepositoryDefinition) else definitions.get_repository_def()


def legacy_freshness(spec: dg.AssetSpec) -> Any:
    """Return the deprecated freshness policy: the hidden attribute `AssetSpec.legacy_freshness_policy`."""
    return getattr(spec, "legacy_freshness_policy", None)


def dependency_metadata(dep: dg.AssetDep) -> Mapping[str, Any]:
    """Return the metadata of a dependency: a field of `AssetDep` without the public mark."""
    return getattr(dep, "metadata", None) or {}


def execution_settings(graph: Any, node: Any) -> JsonObject:
    """Return how an asset is run.

    `AssetNode.assets_def` and of it `computation`, `node_def`, `output_names_by_entity_key`,
    `get_io_manager_key_for_asset_key`; of an `OpDefinition` its tags, pool, retry policy and configuration.
    """
    assets = node.assets_def
    io_manager = assets.get_io_manager_key_for_asset_key(node.key)
    settings: JsonObject = {
        "auto_observe_interval_minutes": node.auto_observe_interval_minutes,
        "io_manager_key": None if io_manager == _DEFAULT_IO_MANAGER else io_manager,
    }
    if assets.computation is None:
        return settings
    root = assets.node_def
    output_name = assets.output_names_by_entity_key[node.key]
    op, op_names = root, [root.name]
    if isinstance(root, dg.GraphDefinition):
        op, op_names = _origin_op(root, output_name), sorted(_op_handles(root, root.name))
    tags = dict(op.tags)
    settings |= {
        "compute_kind": next((tags.pop(name) for name in _COMPUTE_KIND_TAGS if name in tags), None),
        "config_schema": _config_key(op),
        "execution_set_id": execution_set_id(graph, node.key),
        "op_name": root.name,
        "op_names": op_names if op_names != [root.name] else None,
        "op_tags": tags,
        "output_name": None if output_name == "result" else output_name,
        "pools": sorted({pool for each in root.iterate_op_defs() if (pool := getattr(each, "pool", None))}),
        "required_resources": sorted(op.required_resource_keys),
        "retry_policy": _retry_policy(op.retry_policy),
    }
    return settings


def execution_set_id(graph: Any, key: Any) -> str | None:
    """Return what all have in common that run together: `AssetGraph.get_execution_set_identifier`."""
    identifier: str | None = graph.get_execution_set_identifier(key)
    return identifier


def _origin_op(graph: dg.GraphDefinition, output_name: str) -> Any:
    # `GraphDefinition.output_mappings` is public, the way from a node's name to its definition is not.
    definition: Any = graph
    while isinstance(definition, dg.GraphDefinition):
        mapping: Any = next(m for m in definition.output_mappings if m.graph_output_name == output_name)
        output_name = mapping.maps_from.output_name
        definition = definition.node_named(mapping.maps_from.node_name).definition
    return definition


def _op_handles(graph: dg.GraphDefinition, prefix: str) -> Iterator[str]:
    for node in graph.nodes:
        name = f"{prefix}.{node.name}"
        if isinstance(node.definition, dg.GraphDefinition):
            yield from _op_handles(node.definition, name)
        else:
            yield name


def _config_key(op: Any) -> str | None:
    # The key of a configuration type is its name, or for a shape a digest of everything in it.
    config_type = op.config_schema.config_type if op.config_schema else None
    return None if config_type is None or config_type.key == _NO_CONFIG else str(config_type.key)


def _retry_policy(policy: Any) -> JsonObject | None:
    if policy is None:
        return None
    enums = {name: value and value.name for name in ("backoff", "jitter") for value in [getattr(policy, name)]}
    members = {"max_retries": policy.max_retries, "delay": policy.delay, "class": own_class(policy)} | enums
    return {name: value for name, value in members.items() if value is not None}


def is_serializable(condition: Any) -> bool:
    """Return whether a condition is made of Dagster's classes only: `AutomationCondition.is_serializable`."""
    return bool(condition.is_serializable)


def condition_namesakes() -> set[type]:
    """Return the classes of conditions that are not Dagster's but called like one of its own; hardly ever any.

    `is_serializable` and the structure of a condition tell classes by their name alone.
    """
    found: list[type] = []
    classes: list[Any] = [dg.AutomationCondition]
    while classes:
        cls = classes.pop()
        found.append(cls)
        classes += cls.__subclasses__()
    own = {cls for cls in found if not cls.__module__.startswith("dagster.")}
    names = {cls.__name__ for cls in found if cls not in own}
    return {cls for cls in own if cls.__name__ in names}


def condition_classes(condition: Any) -> set[type]:
    """Return the classes of a condition and of all that it is made of: `AutomationCondition.children`."""
    return {type(condition)}.union(*(condition_classes(child) for child in condition.children))


def condition_snapshot(condition: Any) -> str:
    """Return the structure of a condition as JSON: `AutomationCondition.get_snapshot`."""
    return dg.serialize_value(condition.get_snapshot())


def is_remote_graph(value: Any) -> bool:
    """Return whether it is a `RemoteRepositoryAssetGraph` or a `RemoteWorkspaceAssetGraph`."""
    return any(cls.__name__ == "RemoteAssetGraph" for cls in type(value).__mro__)


def is_repository_snap(value: Any) -> bool:
    """Return whether it is a `RepositorySnap`."""
    return type(value).__name__ == "RepositorySnap"


def repository_snaps(snap: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the nodes and the checks of a `RepositorySnap`: its `asset_nodes` and `asset_check_nodes`."""
    return snap.asset_nodes, snap.asset_check_nodes or ()


def remote_nodes(graph: Any) -> Iterator[tuple[Any, str]]:
    """Yield the `AssetNodeSnap`s of a remote graph, each with its code location.

    `remote_asset_nodes_by_key`, `RemoteWorkspaceAssetNode.repo_scoped_asset_infos`,
    `RemoteRepositoryAssetNode.asset_node_snap` and `repository_handle`.
    """
    for node in graph.remote_asset_nodes_by_key.values():
        scoped = [info.asset_node for info in getattr(node, "repo_scoped_asset_infos", ())] or [node]
        for one in scoped:
            yield one.asset_node_snap, _location(one.repository_handle)


def remote_checks(graph: Any) -> Iterator[tuple[Any, str]]:
    """Yield the `AssetCheckNodeSnap`s of a remote graph: `remote_asset_check_nodes_by_key`, `asset_check`, `handle`.

    A workspace graph keeps one check of each name for an asset, whatever code location it is in.
    """
    for node in graph.remote_asset_check_nodes_by_key.values():
        yield node.asset_check, _location(node.handle)


def partitions_of_snap(snap: Any) -> Any:
    """Return the definition that a `PartitionsSnap` stands for: its `get_partitions_definition`."""
    return None if snap is None else snap.get_partitions_definition()


def _location(handle: Any) -> str:
    name, location = handle.repository_name, handle.location_name
    return str(location) if name == _DEFAULT_REPOSITORY else f"{name}@{location}"


def is_lazy(value: Any) -> bool:
    """Return whether it is what `@dagster.definitions` makes: `LazyDefinitions`, which loads when called."""
    return type(value).__name__ == "LazyDefinitions"


def differ_types() -> Any:
    """Return the module of Dagster's own differ, for the types that it answers in."""
    from dagster._core.definitions.assets.graph import asset_graph_differ

    return asset_graph_differ


def singular_node(graph: Any, key: dg.AssetKey) -> Any:
    """Return the one node that Dagster's differ looks at: `resolve_to_singular_repo_scoped_node`."""
    return graph.get(key).resolve_to_singular_repo_scoped_node()
