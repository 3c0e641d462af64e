"""What the README of the example and the page about Dagster show is what happens."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/dagster"


def blocks(path, language):
    found = re.findall(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL)
    assert found
    return found


@pytest.fixture
def example(tmp_path, monkeypatch):
    for side in ("base", "branch"):
        shutil.copytree(EXAMPLE / side, tmp_path / side, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)


def test_the_example_runs_as_its_readme_says(example):
    (console,) = blocks(EXAMPLE / "README.md", "console")
    commands = [line.removeprefix("$ ") for line in console.splitlines() if line.startswith("$ ")]
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command)
        module = words[1:] if words[0] == "python" else ["-m", *words]
        done = subprocess.run([sys.executable, *module], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "tidy (shop/text.py:4)  changed, used directly" in done.stdout
    assert "same partition -> last partition" in done.stdout

    (code,), (shown,) = blocks(EXAMPLE / "README.md", "python"), blocks(EXAMPLE / "README.md", "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() == shown


def test_python_on_the_page_about_dagster_runs(example, monkeypatch):
    monkeypatch.syspath_prepend("base")
    namespace = {}
    for block in blocks(ROOT / "docs/dagster.md", "python"):
        exec(compile(block, "docs/dagster.md", "exec"), namespace)
