"""Recomputes tests/vectors/fingerprints.json from docs/snapshot-format.md alone, without assetdiff.

Needs `pip install blake3`. What it does not know is which members hold their default: it takes the canonical texts
from the file, checks that they are canonical and that they say what the snapshot says, and computes the fingerprints.
"""

import json
import struct
import sys
from decimal import Decimal
from pathlib import Path

from blake3 import blake3

DEFAULTS = (None, [], {}, "materializable")


def fingerprint(data: bytes) -> bytes:
    return blake3(data).digest()[:16]


class Number(str):
    """The source text of a number."""


def number(text: str) -> str:
    if not set(text) & set(".eE"):
        return text
    sign, digits, exponent = Decimal(text).as_tuple()
    minus = "-" if text.startswith("-") else ""
    figures = "".join(map(str, digits)).lstrip("0")
    if not figures:
        return minus + "0.0"
    first = len(figures) + exponent - 1
    figures = figures.rstrip("0")
    if not -5 <= first < 17:
        return f"{minus}{figures[0]}.{figures[1:] or '0'}e{first}"
    if first < 0:
        return minus + "0." + "0" * (-first - 1) + figures
    whole = figures[: first + 1].ljust(first + 1, "0")
    return f"{minus}{whole}.{figures[first + 1 :] or '0'}"


def text(value: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'


def canonical(value) -> str:
    if isinstance(value, Number):
        return number(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{text(k)}:{canonical(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return {True: "true", False: "false", None: "null"}[value]


def parse(source: str):
    return json.loads(source, parse_int=Number, parse_float=Number)


def check(vector: dict) -> None:
    definitions = [parse(d["canonical"]) for d in vector["definitions"]]
    order = [(d["key"], d.get("code_location") or "", d.get("code_location") is not None) for d in definitions]
    assert order == sorted(order), "definitions are sorted by key and code location"
    assert len(definitions) == len(vector["snapshot"]["assets"])
    by_key: dict[tuple, list] = {}
    for definition, expected in zip(definitions, vector["definitions"]):
        assert canonical(definition) == expected["canonical"], "the text is canonical"
        digest = fingerprint(expected["canonical"].encode())
        assert digest.hex() == expected["fingerprint"]
        upstream = {tuple(d["key"]) for d in definition.get("dependencies", [])}
        by_key.setdefault(tuple(definition["key"]), []).append((digest, upstream))
    for asset in vector["snapshot"]["assets"]:
        stated = {name for name, value in asset.items() if value not in DEFAULTS}
        found = [d for d in definitions if d["key"] == asset["key"] and d.get("code_location") == asset.get("code_location")]
        assert len(found) == 1 and set(found[0]) == stated, "what is stated is there, defaults are not"

    def deep(key: tuple) -> bytes:
        if key not in by_key:
            return bytes(16)
        rows = by_key[key]
        upstream = sorted(set().union(*(up for _, up in rows)) - {key})
        data = struct.pack("<Q", len(rows)) + b"".join(digest for digest, _ in rows)
        return fingerprint(data + b"".join(canonical(list(up)).encode() + deep(up) for up in upstream))

    for expected in vector["deep"]:
        assert deep(tuple(expected["key"])).hex() == expected["fingerprint"], expected["key"]
    everything = b"".join(fingerprint(d["canonical"].encode()) for d in vector["definitions"])
    assert fingerprint(everything).hex() == vector["fingerprint"]


def main() -> None:
    vectors = parse((Path(__file__).parent / "fingerprints.json").read_text())
    assert vectors
    for vector in vectors:
        check(vector)
    print(f"{len(vectors)} vectors agree")


if __name__ == "__main__":
    sys.exit(main())
