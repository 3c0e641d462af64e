"""The stubs say what is there, and the checkers understand a user's script."""

import ast
import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import assetdiff
import pytest

HERE = Path(__file__).parent


def run(*command: str, folder: Path) -> None:
    result = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_stubs_say_what_is_there(tmp_path):
    run("mypy.stubtest", "assetdiff._core", folder=tmp_path)


def test_mypy_understands_the_package_and_a_user(tmp_path):
    script = tmp_path / "user_script.py"
    script.write_text((HERE / "user_script.py").read_text())
    run("mypy", "--strict", str(script), folder=tmp_path)


def test_pyright_understands_a_user(tmp_path):
    script = tmp_path / "user_script.py"
    script.write_text((HERE / "user_script.py").read_text())
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    run("pyright", "--pythonpath", sys.executable, str(script), folder=tmp_path)


@pytest.mark.parametrize("name", ["assetdiff", "assetdiff._changes", "assetdiff._compare", "assetdiff._graph", "assetdiff._impact", "assetdiff._kinds", "assetdiff._plan", "assetdiff._project", "assetdiff._select", "assetdiff._store", "assetdiff._three_way", "assetdiff.code", "assetdiff.code.project", "assetdiff.errors"])
def test_the_examples_of_the_modules_run(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried and not failed


def test_the_examples_of_the_stubs_run():
    stub = Path(assetdiff.__file__).with_name("_core.pyi").read_text()
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    documented = [node for node in ast.walk(ast.parse(stub)) if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    for node in documented:
        text = ast.get_docstring(node) or ""
        runner.run(parser.get_doctest(text, {}, node.name, "_core.pyi", node.lineno))
    assert runner.tries > 10 and not runner.failures
