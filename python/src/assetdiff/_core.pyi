class AssetDiffError(ValueError):
    """The root of this package's errors."""

def diff_json(base: bytes, head: bytes) -> str:
    """Return what differs between two asset graphs, as the JSON of a change set.

    Both are an assetdiff snapshot or a dbt manifest. The interpreter is free for other threads
    meanwhile. Raises AssetDiffError, which names the side and the place, for anything else.

    >>> import json
    >>> base = b'{"format_version": "1.0", "assets": []}'
    >>> head = b'{"format_version": "1.0", "assets": [{"key": ["orders"]}]}'
    >>> json.loads(diff_json(base, head))["summary"]["added"]
    1
    """
