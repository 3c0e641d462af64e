"""Runs Dagster's own tests of its differ against assetdiff's, with nothing but the import changed.

    python upstream.py [compat [version]]

Downloads the sdist of the installed version of dagster (or of another whose tests fit it: that
of 1.12.3 holds none) into a temporary folder. None of Dagster's code is kept. In exact mode two
tests fail, which want the partitions by class name alone (D6).
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import dagster

MODULE = "dagster_tests/general_tests/asset_graph_differ_tests"
SWAPPED = "    AssetGraphDiffer,\n"


def main(compat: str = "dagster", version: str = dagster.__version__) -> int:
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
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
        assert text.count(SWAPPED) == 1, "expected one import of AssetGraphDiffer in Dagster's tests"
        ours = "import functools\nfrom assetdiff.dagster import AssetGraphDiffer as _Differ\n"
        ours += f"AssetGraphDiffer = functools.partial(_Differ, compat={compat!r})\n"
        place = text.index("\n@pytest.fixture")
        tests.write_text(text[:place].replace(SWAPPED, "") + ours + text[place:])
        # The signatures in Dagster's tests name the class; a partial is none.
        subprocess.run(["sed", "-i", "s/) -> AssetGraphDiffer:/):/", str(tests)], check=True)
        command = [sys.executable, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", str(tests)]
        return subprocess.run(command, cwd=root).returncode


def _is_parent(name: str) -> bool:
    return name.endswith(("dagster_tests/__init__.py", "dagster_tests/general_tests/__init__.py"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
