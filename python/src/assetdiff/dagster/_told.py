"""What a snapshot could not carry, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from assetdiff.errors import AssetDiffError


def key_text(path: Sequence[str]) -> str:
    """Return an asset key as people write it; one with a `/` in a component is quoted by component."""
    if any("/" in part for part in path):
        return "/".join(f'"{part}"' if "/" in part else part for part in path)
    return "/".join(path)


def of_asset(error: BaseException, path: Sequence[str], of: str = "") -> AssetDiffError:
    """Return the error for one that came up with an asset, or with what `of` says of it."""
    return AssetDiffError(f"asset {key_text(path)}: {of}{type(error).__name__}: {error}")


class Told:
    """The warnings of one snapshot, each once, in the order in which they came."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def __call__(self, text: str) -> None:
        self._texts.setdefault(text)

    def of_asset(self, path: Sequence[str], text: str) -> None:
        """Tells something of one asset."""
        self(f"{key_text(path)}: {text}")

    def texts(self) -> list[str]:
        """Return everything that was told."""
        return list(self._texts)
