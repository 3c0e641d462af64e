"""Which partitions are affected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AffectedPartitions:
    """Which partitions are affected: ``ranges`` of (first key, last key, number of keys), in order.

    ``count`` is how many there are. Where nothing says which partitions are affected, all count as affected:
    ``unknown`` then says why, ``count`` is None and ``ranges`` is empty.
    """

    count: int | None
    ranges: tuple[tuple[str, str, int], ...] = ()
    unknown: str | None = None

    @classmethod
    def of(cls, data: dict[str, Any] | None) -> AffectedPartitions | None:
        """Return the value of its JSON form."""
        if data is None:
            return None
        if "unknown" in data:
            return cls(None, unknown=data["unknown"])
        some = data["some"]
        return cls(some["count"], tuple((r["first"], r["last"], r["count"]) for r in some["ranges"]))
