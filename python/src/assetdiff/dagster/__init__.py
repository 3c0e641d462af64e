"""Reads the asset graph of a Dagster project, and answers what changed in Dagster's own words.

Needs `dagster`, except for what Dagster has serialised.
"""

from __future__ import annotations

from assetdiff.dagster._differ import AssetGraphDiffer, changes
from assetdiff.dagster._snapshot import snapshot, snapshot_dict

__all__ = ["AssetGraphDiffer", "changes", "snapshot", "snapshot_dict"]
