"""Finds the package under test: the installed one, or its folder where assetdiff is not installed."""

import importlib
import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "python/src/assetdiff/code"


def load_package():
    if importlib.util.find_spec("assetdiff") is not None:
        return importlib.import_module("assetdiff.code")
    if "assetdiff_code" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "assetdiff_code", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["assetdiff_code"] = package
        spec.loader.exec_module(package)
    return sys.modules["assetdiff_code"]
