"""Measures the code versions of a generated project: 1,000 assets over 200 modules.

    python benches/peers/code_versions.py [ASSETS MODULES]

Prints the seconds that the versions took, from an empty `Project` to the last version; importing the generated modules,
which any orchestrator does anyway, is not part of it.
"""

import importlib
import importlib.util
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "python/src/assetdiff/code"

MODULE = '''"""Generated module {index}."""

import json
import math
from pathlib import Path

from generated import settings
{imports}

LIMIT_{index} = {index}
NAMES_{index} = {{"a": 1, "b": 2, "c": LIMIT_{index}}}


class Cleaner_{index}:
    """Cleans rows."""

    factor = LIMIT_{index}

    def __init__(self, rows, *, strict=True):
        self.rows = rows
        self.strict = strict

    def clean(self, mark="."):
        kept = []
        for row in self.rows:
            if self.strict and row is None:
                raise ValueError(f"row {{row!r}} of {{len(self.rows):>10}}")
            kept.append((row, self.factor * settings.FACTOR, mark))
        return kept


def helper_{index}(rows, limit=LIMIT_{index}):
    """Helps."""
    total = sum(math.sqrt(row) for row in rows if row > limit)
    try:
        text = json.dumps({{key: value for key, value in NAMES_{index}.items()}})
    except TypeError as error:
        text = str(error)
    return total, text{calls}
'''

ASSET = '''

def asset_{index}(rows):
    """Asset {index}."""
    cleaned = {module}.Cleaner_{helper}(rows, strict=False).clean()
    first, second = {module}.helper_{helper}(cleaned), settings.scale(len(rows))
    if first and second > {index}:
        return [row for row in cleaned if row not in (1, 2, {index})]
    return dict(first=first, second=second)
'''

SETTINGS = """FACTOR = 3


def scale(number):
    return number * FACTOR
"""


def generate(root: Path, assets: int, modules: int) -> None:
    package = root / "generated"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "settings.py").write_text(SETTINGS)
    helpers = max(1, modules // 2 - 1)
    for index in range(helpers):
        # A tree: each module uses two others, so an asset reaches ten or so of them.
        used = sorted({(index - 1) // 2, (index - 1) // 3} - {index}) if index else []
        imports = "\n".join(f"from generated import lib_{other}" for other in used)
        calls = "".join(f", lib_{other}.helper_{other}(rows)" for other in used)
        text = MODULE.format(index=index, imports=imports, calls=calls)
        (package / f"lib_{index}.py").write_text(text)
    files = modules - helpers - 2
    for number in range(files):
        own = range(number, assets, files)
        used = sorted({index % helpers for index in own})
        text = "from generated import settings\n" + "".join(f"from generated import lib_{index}\n" for index in used)
        for index in own:
            text += ASSET.format(index=index, module=f"lib_{index % helpers}", helper=index % helpers)
        (package / f"assets_{number}.py").write_text(text)


def load_package():
    if importlib.util.find_spec("assetdiff") is not None:
        return importlib.import_module("assetdiff.code")
    spec = importlib.util.spec_from_file_location(
        "assetdiff_code", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    package = sys.modules["assetdiff_code"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


def main() -> None:
    assets, modules = (int(argument) for argument in (sys.argv[1:3] or ("1000", "200")))
    package = load_package()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), assets, modules)
        sys.path.insert(0, folder)
        files = sorted(path.stem for path in Path(folder, "generated").glob("assets_*.py"))
        loaded = [importlib.import_module(f"generated.{name}") for name in files]
        functions = [vars(module)[name] for module in loaded for name in vars(module) if name.startswith("asset_")]
        count = len([name for name in sys.modules if name.startswith("generated.")]) + 1
        start, cpu_start = time.perf_counter(), time.process_time()
        project = package.Project(folder)
        versions = [project.code_version(function) for function in functions]
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
        parts = sum(len(version.parts) for version in versions)
        print(f"{len(versions)} assets, {count} modules, {parts} parts: {seconds:.2f} s ({cpu:.2f} s of processor)")
        assert len(versions) == assets and len({version.version for version in versions}) == assets


if __name__ == "__main__":
    main()
