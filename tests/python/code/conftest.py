"""Fixtures of the tests of code versions."""

import importlib
import sys

import pytest

from loading import load_package


@pytest.fixture(scope="session")
def code():
    """The package `assetdiff.code`."""
    return load_package()


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Writes files below the test's folder and imports modules from there, each under a name of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    written = set()

    def write_and_import(module, **files):
        for name, text in files.items():
            written.add(name.partition("__")[0])
            path = tmp_path / (name.replace("____init__", "/@").replace("__", "/").replace("@", "__init__") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(module)

    yield write_and_import
    for name in [name for name in sys.modules if name.partition(".")[0] in written]:
        del sys.modules[name]
