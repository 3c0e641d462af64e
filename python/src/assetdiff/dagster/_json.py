"""What the JSON form needs from Python values, apart from Dagster."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

Json = Any
JsonObject = dict[str, Any]

_EPOCH = datetime(1970, 1, 1)


def without_empty(members: Mapping[str, Json]) -> JsonObject:
    """Return the members that state something: not None, no empty list or object."""
    return {name: value for name, value in members.items() if value or (value is not None and value in (0, ""))}


def utc(seconds: float) -> str:
    """Return a time, given in seconds since 1970, in RFC 3339, to the nanosecond.

    Raises OverflowError or ValueError for what is no time between the years 1 and 9999.
    """
    # Binary fractions are exact as a Fraction: two different floats never become one text.
    whole, rest = divmod(round(Fraction(seconds) * 10**9), 10**9)
    text = (_EPOCH + timedelta(seconds=whole)).isoformat()
    return f"{text}.{rest:09d}".rstrip("0") + "Z" if rest else text + "Z"


def float_value(value: float) -> Json:
    """Return a float as JSON has it: a number, or a text for the three that it has no number for."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def plain(value: object) -> Json:
    """Return a value as `json` would read it back: tuples as lists, names of members as text.

    Raises TypeError or ValueError for what is no JSON, among them NaN and what holds itself.
    """
    return json.loads(json.dumps(value, allow_nan=False))
