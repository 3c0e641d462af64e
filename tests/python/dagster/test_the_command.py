"""`assetdiff snapshot dagster`, as it is installed with the package."""

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "examples/dagster"
COMMAND = Path(sysconfig.get_path("scripts")) / "assetdiff"


def run(*arguments, folder=EXAMPLE):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshots")
    for side in ("base", "branch"):
        output = folder / f"{side}.json.zst"
        result = run("snapshot", "dagster", "-m", "shop.definitions", "-d", side, "--code-versions", "both",
                     "--deployment", side, "--commit", "4f1c2aa", "-o", output)
        assert result.returncode == 0, result.stderr
        assert result.stdout == ""
    return folder


def test_a_branch_is_compared_with_production(snapshots):
    result = run("diff", "base.json.zst", "branch.json.zst", "--exit-code", folder=snapshots)
    assert result.returncode == 1
    assert "1 added, 1 removed, 4 modified (4 rebuild)." in result.stdout
    assert "~ tidy (shop/text.py:4)  changed, used directly" in result.stdout
    assert "dependencies   ~ orders  same partition -> last partition" in result.stdout
    provenance = json.loads(run("diff", "base.json.zst", "branch.json.zst", "--format", "json", folder=snapshots).stdout)["head"]
    assert (provenance["deployment"], provenance["commit"]) == ("branch", "4f1c2aa")


def test_the_same_project_twice_is_no_difference(snapshots):
    assert run("diff", "base.json.zst", "base.json.zst", "--exit-code", folder=snapshots).returncode == 0


def test_a_project_that_fails_to_load_tells_its_own_traceback(tmp_path):
    (tmp_path / "broken.py").write_text("import dagster\n\ndef load():\n    raise RuntimeError('no such table: customers')\n\nload()\n")
    result = run("snapshot", "dagster", "-f", "broken.py", "-o", "out.json", folder=tmp_path)
    assert result.returncode == 2
    assert "RuntimeError: no such table: customers" in result.stderr
    assert result.stdout == "" and not (tmp_path / "out.json").exists()


def test_what_a_project_prints_is_not_in_the_snapshot(tmp_path):
    (tmp_path / "loud.py").write_text("import dagster as dg\nprint('hello')\ndefs = dg.Definitions(assets=[dg.AssetSpec('a')])\n")
    result = run("snapshot", "dagster", "-f", "loud.py", "-o", "-", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert [asset["key"] for asset in json.loads(result.stdout)["assets"]] == [["a"]]
    assert "hello" in result.stderr


def test_a_python_that_is_not_there_is_told(tmp_path):
    result = run("snapshot", "dagster", "-f", "x.py", "-o", "-", "--python", tmp_path / "nothing", folder=tmp_path)
    assert result.returncode == 2 and "nothing: cannot run" in result.stderr


def test_a_python_without_assetdiff_is_told(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named assetdiff' >&2\nexit 1\n")
    python.chmod(0o755)
    result = run("snapshot", "dagster", "-f", "x.py", "-o", "out.json", "--python", python, folder=tmp_path)
    assert result.returncode == 2
    assert "No module named assetdiff" in result.stderr
    assert f"{python}: expected a snapshot, found exit status: 1" in result.stderr
    assert not (tmp_path / "out.json").exists()


def test_serialised_repositories_are_read_as_they_are(tmp_path):
    import dagster as dg
    from dagster._core.remote_representation.external_data import RepositorySnap

    for version in ("1", "2"):
        definitions = dg.Definitions(assets=[dg.AssetSpec("a", code_version=version)])
        snap = RepositorySnap.from_def(definitions.get_repository_def(), defer_snapshots=True)
        (tmp_path / f"{version}.json").write_text(dg.serialize_value(snap))
    result = run("diff", "1.json", "2.json", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert 'code_version   ~ version  "1" -> "2"' in result.stdout
