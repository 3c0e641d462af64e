"""Takes the assets out of live definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assetdiff._pause import collector_paused
from assetdiff.dagster import _private
from assetdiff.dagster._code import CodeVersions
from assetdiff.dagster._definition import STUB_KEY, asset_definition, check_definition, check_only
from assetdiff.dagster._json import JsonObject
from assetdiff.dagster._jobs import job_names
from assetdiff.dagster._live import LiveValues
from assetdiff.dagster._told import Told, key_text, of_asset
from assetdiff.errors import AssetDiffError


def definitions_assets(
    definitions: Any, location: str | None, code: CodeVersions, told: Told, place: str = ""
) -> list[JsonObject]:
    """Return the asset definitions of one code location. Runs nothing and connects to nothing.

    Raises AssetDiffError if the definitions do not fit together, naming the code location or else the
    `place` that they were loaded from; or naming the asset that is at fault.
    """
    try:
        graph = _private.asset_graph(definitions)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        where = f"code location {location}: " if location else f"{place}: " if place else ""
        raise AssetDiffError(f"{where}the definitions do not resolve: {type(error).__name__}: {error}") from error
    with collector_paused():
        return _assets(definitions, graph, location, code, told)


def _assets(definitions: Any, graph: Any, location: str | None, code: CodeVersions, told: Told) -> list[JsonObject]:
    values = LiveValues(told)
    jobs = job_names(definitions, graph, told)
    checks: dict[dg.AssetKey, list[JsonObject]] = {}
    for key, check_spec in _private.check_specs(graph):
        try:
            checks.setdefault(key.asset_key, []).append(_check(graph, key, check_spec, jobs, values))
        except (AssetDiffError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise of_asset(error, _private.key_path(key.asset_key), f"the check {key.name}: ") from error
    assets = []
    for node in _private.asset_nodes(graph):
        own = checks.get(node.key, [])
        try:
            spec = node.to_asset_spec()
            if STUB_KEY not in spec.metadata:
                assets.append(_asset(graph, node, spec, location, own, jobs, values, code.of(definitions, node)))
            elif own:
                # Somebody depends on it and nobody defines it: an undefined upstream, unless it has checks here.
                assets.append(check_only(_private.key_path(node.key), location, own))
        except (AssetDiffError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise of_asset(error, _private.key_path(node.key)) from error
    return assets


def _asset(
    graph: Any,
    node: Any,
    spec: dg.AssetSpec,
    location: str | None,
    checks: list[JsonObject],
    jobs: Mapping[Any, list[str]],
    values: LiveValues,
    code_version: JsonObject | None,
) -> JsonObject:
    path = _private.key_path(node.key)
    partitions, backfill = spec.partitions_def, node.backfill_policy
    if backfill is not None:
        values.tell_class(backfill, path, "the backfill policy")
    execution = _private.execution_settings(graph, node)
    if retry_class := (execution.get("retry_policy") or {}).get("class"):
        values.told.of_asset(path, f"the retry policy is compared as RetryPolicy and by its class, {retry_class}")
    if names := jobs.get(node.key):
        execution["job_names"] = names
    if spec.skippable:
        execution["skippable"] = True
    return asset_definition(
        key=path,
        execution_type=_private.execution_type(node),
        code_location=location,
        code_version=code_version,
        dependencies=[_dependency(dep, path, values) for dep in spec.deps],
        description=spec.description,
        group=node.group_name,
        tags=spec.tags,
        metadata=values.metadata(spec.metadata, path),
        owners=spec.owners,
        partitions=values.partitions(partitions, path),
        partitions_class=None if partitions is None else values.partitions_class(partitions, path),
        automation=values.automation(spec.automation_condition, path),
        freshness=values.freshness(spec.freshness_policy, _private.legacy_freshness(spec), path),
        backfill=None if backfill is None else {"max_partitions_per_run": backfill.max_partitions_per_run},
        execution=execution,
        checks=checks,
        # No field of a spec in 1.12.
        is_virtual=bool(getattr(spec, "is_virtual", False)),
    )


def _dependency(dep: dg.AssetDep, path: list[str], values: LiveValues) -> JsonObject:
    upstream = _private.key_path(dep.asset_key)
    dependency: JsonObject = {"key": upstream}
    if dep.partition_mapping is not None:
        dependency["mapping"] = values.mapping(dep.partition_mapping, path, upstream)
    if metadata := _private.dependency_metadata(dep):
        dependency["metadata"] = values.metadata(metadata, path, f"metadata of the dependency on {key_text(upstream)}:")
    return dependency


def _check(
    graph: Any, key: Any, spec: dg.AssetCheckSpec, jobs: Mapping[Any, list[str]], values: LiveValues
) -> JsonObject:
    path = _private.key_path(spec.asset_key)
    values.tell_class(spec, path, f"the check {spec.name}")
    additional, partitions = list(spec.additional_deps), getattr(spec, "partitions_def", None)
    mappings = {
        key_text(upstream): values.mapping(dep.partition_mapping, path, upstream)
        for dep in additional
        if dep.partition_mapping is not None
        for upstream in [_private.key_path(dep.asset_key)]
    }
    extra = {
        "dagster.automation": values.automation(spec.automation_condition, path),
        "dagster.execution_set_id": _private.execution_set_id(graph, key),
        "dagster.job_names": jobs.get(key),
        "dagster.mappings": mappings,
        "dagster.metadata": values.metadata(spec.metadata or {}, path, f"metadata of the check {spec.name}:"),
        "dagster.partitions": values.partitions(partitions, path),
        "dagster.partitions_class": None
        if partitions is None
        else values.partitions_class(partitions, path, f" of the check {spec.name}"),
    }
    return check_definition(
        name=spec.name,
        blocking=spec.blocking,
        description=spec.description,
        additional_keys=[_private.key_path(dep.asset_key) for dep in additional],
        extra=extra,
    )
