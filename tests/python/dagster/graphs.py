"""Builds Dagster's objects the way its own processes do."""

import json
from unittest import mock

import assetdiff
import dagster as dg
from assetdiff.dagster import snapshot_dict
from dagster._core.definitions.assets.graph.remote_asset_graph import RemoteWorkspaceAssetGraph
from dagster._core.remote_representation.code_location import CodeLocation
from dagster._core.remote_representation.external import RemoteRepository
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._core.remote_representation.handle import RepositoryHandle
from dagster._core.workspace.workspace import CodeLocationEntry, CurrentWorkspace


def repository_snap(definitions):
    return RepositorySnap.from_def(definitions.get_repository_def(), defer_snapshots=True)


def serialised(definitions):
    return dg.serialize_value(repository_snap(definitions))


def remote_repository(definitions, location):
    handle = RepositoryHandle.for_test(location_name=location, repository_name="__repository__")
    return RemoteRepository(
        repository_snap(definitions), handle, auto_materialize_use_sensors=True, ref_to_data_fn=lambda ref: None
    )


def remote_graph(definitions, location="shop"):
    return remote_repository(definitions, location).asset_graph


def workspace_graph(**locations):
    """Returns the graph of a workspace of several code locations."""
    entries = {}
    for name, definitions in locations.items():
        location = mock.MagicMock(spec=CodeLocation)
        location.name = name
        location.get_repositories.return_value = {"__repository__": remote_repository(definitions, name)}
        entries[name] = mock.MagicMock(spec=CodeLocationEntry, code_location=location)
    return RemoteWorkspaceAssetGraph.build(CurrentWorkspace(code_location_entries=entries))


def assets_of(source, **options):
    """Returns the definitions of a source by name, and the warnings."""
    form, warnings = snapshot_dict(source, **options)
    # What goes out has to survive the way through JSON.
    form = json.loads(json.dumps(form, allow_nan=False))
    return {"/".join(asset["key"]): asset for asset in form["assets"]}, warnings


def as_written(assets):
    """Returns definitions as the engine writes them: in one of the spellings that mean the same."""
    form = {"format_version": "1.0", "assets": list(assets.values())}
    return assetdiff.Snapshot.from_dict(form).to_dict()["assets"]


def one(**arguments):
    """Returns definitions with the one asset `a`, made of what is given."""
    return dg.Definitions(assets=[dg.AssetSpec("a", **arguments)])
