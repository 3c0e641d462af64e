"""The kinds of change."""

from __future__ import annotations

from enum import Enum

from assetdiff._core import branch_changes

_IN_BRANCH = branch_changes()


class ChangeKind(str, Enum):
    """What happened to an asset; the values are the names in JSON."""

    ADDED = "added"
    """It is new, or was an undefined upstream before."""
    REMOVED = "removed"
    """It is gone, or only named by others now."""
    RENAMED = "renamed"
    """It has another key."""
    CODE_LOCATION = "code_location"
    """It is defined in another code location."""
    ASSET_TYPE = "asset_type"
    """The orchestrator can do something else with it."""
    AUTOMATION = "automation"
    """It is made by itself under another condition."""
    BACKFILL = "backfill"
    """A backfill takes another number of partitions at once."""
    CHECKS = "checks"
    """A check was added, removed or changed."""
    CODE_VERSION = "code_version"
    """Its code, or shared code that it reaches, is another."""
    COLUMNS_ADDED = "columns_added"
    """It has more columns, or its columns are known now."""
    COLUMNS_REMOVED = "columns_removed"
    """It has fewer columns, or its columns are no longer known."""
    COLUMN_TYPES = "column_types"
    """A column has another type or can hold nulls or not."""
    COLUMN_CONSTRAINTS = "column_constraints"
    """A column has other constraints."""
    COLUMN_ORDER = "column_order"
    """The columns that stay stand in another order."""
    COLUMN_DOCS = "column_docs"
    """A column has another description, other tags or other unknown members."""
    DEPENDENCIES = "dependencies"
    """It reads other assets."""
    PARTITION_MAPPING = "partition_mapping"
    """It reads other partitions of the same asset."""
    DEPENDENCY_METADATA = "dependency_metadata"
    """A dependency has other metadata."""
    UPSTREAM_RENAMED = "upstream_renamed"
    """It reads the same asset under the asset's new key."""
    DESCRIPTION = "description"
    """Its description is another."""
    EXECUTION = "execution"
    """It is run in another way that can change its data, such as by another IO manager."""
    SCHEDULING = "scheduling"
    """It is run at other times or places: pools, retries, op tags, jobs."""
    EXTRA = "extra"
    """An aspect that this version does not know is another."""
    FRESHNESS = "freshness"
    """It has to be fresh in another way."""
    GROUP = "group"
    """It is in another group."""
    KINDS = "kinds"
    """Its kinds are others."""
    METADATA = "metadata"
    """Its metadata is another."""
    OWNERS = "owners"
    """Others answer for it."""
    PARTITIONS = "partitions"
    """It is split in another way."""
    TAGS = "tags"
    """Its tags are others."""

    @property
    def in_branch(self) -> str | None:
        """What Dagster calls a change of this kind, as in its ``changed_in_branch:``; None if it has no word for it.

        >>> from assetdiff import ChangeKind
        >>> ChangeKind.PARTITION_MAPPING.in_branch, ChangeKind.OWNERS.in_branch
        ('DEPENDENCIES', None)
        """
        return _IN_BRANCH.get(self.value)
