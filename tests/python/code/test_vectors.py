"""Canonical texts and versions that are checked in: the same on every machine and version of Python."""

import json
from pathlib import Path

import vectors

HERE = Path(__file__).parent


def test_the_vectors_hold_here(code):
    assert len(vectors.check(code)) >= 17


def test_the_versions_of_the_shop_hold_here(code):
    assert len(vectors.check_shop(code)) == 15


def test_a_version_follows_from_its_parts(code, load, tmp_path):
    module = load(
        "assets", assets="import lib\n\n\ndef asset():\n    return lib.helper()\n", lib="def helper(): return 1\n"
    )
    found = code.code_version(module.asset, root=tmp_path)
    assert found.version == vectors.version_of_parts("asset", found.to_dict()["parts"])


def test_every_vector_is_complete():
    found = json.loads((HERE / "vectors.json").read_text())
    assert len(found) >= 20
    assert all({"canonical", "fingerprint", "version"} <= vector.keys() for vector in found)
