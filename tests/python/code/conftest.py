"""Fixtures of the tests of code versions."""

import importlib
import sys
import textwrap

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


@pytest.fixture
def edited(code, tmp_path, monkeypatch):
    """Gives the version of `asset` in assets.py before and after one edit, each of a folder and modules of its own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)

    def forget():
        for name in set(sys.modules) - known:
            module = sys.modules[name]
            file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), "")
            if str(file).startswith(str(tmp_path)):
                del sys.modules[name]

    def version(folder, files, also_loaded):
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        forget()
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(tmp_path / folder))
            module = importlib.import_module("assets")
            for name in also_loaded:
                importlib.import_module(name)
            return code.code_version(module.asset, root=tmp_path / folder)

    def before_and_after(files, file, old, new, also_loaded=()):
        assert old in files[file]
        number = len(list(tmp_path.iterdir()))
        before = version(f"{number}/base", files, also_loaded)
        after = version(f"{number}/head", {**files, file: files[file].replace(old, new)}, also_loaded)
        return before, after

    yield before_and_after
    forget()
