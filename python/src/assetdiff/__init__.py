"""Tells what a change does to a graph of data assets."""

from assetdiff._core import AssetDiffError, diff_json

__all__ = ["AssetDiffError", "diff_json"]
