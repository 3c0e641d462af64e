"""Runs Dagster's own tests of its differ against assetdiff's, with nothing but the import changed.

    python upstream.py [version]

Downloads an sdist of dagster from PyPI into a temporary folder: that of the installed version, or of
another whose tests fit it, because that of 1.12.3 holds none. None of Dagster's code is kept.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import dagster

MODULE = "dagster_tests/general_tests/asset_graph_differ_tests"
THEIRS = "    AssetGraphDiffer,\n"
OURS = "from assetdiff.dagster import AssetGraphDiffer\n"


def main(version: str = dagster.__version__) -> int:
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "dagster"]
        subprocess.run([*download, "--dest", folder, f"dagster=={version}"], check=True)
        (sdist,) = Path(folder).glob("dagster-*.tar.gz")
        with tarfile.open(sdist) as archive:
            members = [m for m in archive.getmembers() if f"/{MODULE}/" in m.name or _is_parent(m.name)]
            archive.extractall(folder, members, filter="data")
        root = Path(folder) / sdist.name.removesuffix(".tar.gz")
        tests = root / MODULE / "test_asset_graph_differ.py"
        if not tests.is_file():
            print(f"the sdist of dagster {version} holds no tests", file=sys.stderr)
            return 2
        text = tests.read_text()
        assert text.count(THEIRS) == 1, "expected one import of AssetGraphDiffer in Dagster's tests"
        tests.write_text(OURS + text.replace(THEIRS, ""))
        command = [sys.executable, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", str(tests)]
        return subprocess.run(command, cwd=root).returncode


def _is_parent(name: str) -> bool:
    return name.endswith(("dagster_tests/__init__.py", "dagster_tests/general_tests/__init__.py"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
