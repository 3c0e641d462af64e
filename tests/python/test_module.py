"""The Python module as a user gets it: installed, not from the source folder."""

import importlib.resources
import json
import re
import sysconfig
import threading
from pathlib import Path

import pytest

import assetdiff

ROOT = Path(__file__).resolve().parents[2]
EMPTY = b'{"format_version": "1.0", "assets": []}'
ONE = b'{"format_version": "1.0", "assets": [{"key": ["orders"], "group": "sales"}]}'


def test_the_installed_package_is_tested():
    assert Path(assetdiff.__file__).is_relative_to(sysconfig.get_path("purelib"))
    assert (importlib.resources.files("assetdiff") / "py.typed").is_file()


def test_an_added_asset_is_in_the_change_set():
    changes = json.loads(assetdiff.diff_json(EMPTY, ONE))
    assert changes["format_version"] == "1.0"
    assert changes["added"] == [{"group": "sales", "key": ["orders"]}]


def test_dbt_manifests_are_read():
    base, head = ((ROOT / f"examples/dbt/{side}.manifest.json").read_bytes() for side in ("base", "head"))
    changes = json.loads(assetdiff.diff_json(base, head))
    assert changes["summary"]["renamed"] == 1
    assert changes["base"]["producer"] == "dbt"


@pytest.mark.parametrize(
    ("base", "head", "message"),
    [
        (b"", EMPTY, "base: line 1, column 1: expected a JSON object, found an empty file"),
        (EMPTY, b"{", "head: line 1, column 1: expected more JSON, found the end of the file"),
        (EMPTY, b'{"format_version": "2.0"}', "head: line 1, column 1: expected format_version 1.0"),
    ],
)
def test_bad_input_is_one_clear_error(base, head, message):
    with pytest.raises(assetdiff.AssetDiffError, match=f"^{re.escape(message)}") as caught:
        assetdiff.diff_json(base, head)
    assert isinstance(caught.value, ValueError)


def test_threads_get_the_same_answer():
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(assetdiff.diff_json(EMPTY, ONE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and len(set(answers)) == 1


def python_blocks(markdown):
    return re.findall(r"```python\n(.*?)```", (ROOT / markdown).read_text(), re.DOTALL)


@pytest.mark.parametrize("markdown", ["README.md", "python/README.md", "docs/embedding.md", "docs/deployments.md", "docs/config.md", "docs/three-way.md"])
def test_python_examples_in_the_docs_run(markdown, monkeypatch, tmp_path):
    # What an example writes goes.
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks(markdown)
    assert blocks
    for block in blocks:
        exec(compile(block, markdown, "exec"), {})
