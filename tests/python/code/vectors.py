"""Checks vectors.json: canonical texts, fingerprints and versions that hold on every version of Python.

python vectors.py           checks
python vectors.py --write   writes them anew, which a change of the canonical form needs
"""

import hashlib
import importlib
import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FILE = HERE / "vectors.json"


def digest(text):
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def version_of_parts(root, parts):
    """The version as docs/code-versions.md states it."""
    lines = [f"root {root}", *(f"{parts[name]['fingerprint']} {name}" for name in sorted(parts))]
    return digest("\n".join(lines))


def computed(code, vector, folder):
    """Returns the vector of a source text that defines `f`."""
    module = "vector_module"
    sys.modules.pop(module, None)
    (folder / f"{module}.py").write_text(vector["source"], encoding="utf-8")
    importlib.invalidate_caches()
    function = importlib.import_module(module).f
    project = code.Project(folder)
    version = project.code_version(function)
    own = next(part for part in version.parts if part.name == "f")
    return {
        **vector,
        "canonical": project.canonical_form(function),
        "fingerprint": own.fingerprint,
        "version": version.version,
    }


def check(code, write=False):
    """Returns the names of the vectors that hold here; those in newer syntax are left out."""
    sys.dont_write_bytecode = True
    vectors = json.loads(FILE.read_text())
    held = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.path.insert(0, name)
        for index, vector in enumerate(vectors):
            if sys.version_info < tuple(vector.get("python", [3, 10])):
                continue
            found = computed(code, vector, folder)
            if write:
                vectors[index] = found
            assert found == vectors[index], (found, vector)
            assert found["fingerprint"] == digest(found["canonical"]), found
            held.append(vector["name"])
        sys.path.remove(name)
        sys.modules.pop("vector_module", None)
    if write:
        FILE.write_text(json.dumps(vectors, indent=1) + "\n")
    return held


def shop_versions(code):
    """Returns the versions of the shop project, loaded into this process."""
    folder = HERE / "shop_project"
    paths = [str(folder), str(folder / "installed/site-packages")]
    sys.path[:0] = paths
    try:
        assets = importlib.import_module("shop.definitions").ASSETS
        project = code.Project(folder)
        return {name: project.code_version(fn).version for name, fn in assets.items()}
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if name.partition(".")[0] in ("shop", "fakelib")]:
            del sys.modules[name]


def check_shop(code, write=False):
    """Checks shop.json: the versions of whole assets."""
    file = HERE / "shop.json"
    found = shop_versions(code)
    if write:
        file.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(file.read_text())
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    from loading import load_package

    package = load_package()
    names = check(package, "--write" in sys.argv)
    assets = check_shop(package, "--write" in sys.argv)
    print(f"{len(names)} vectors and {len(assets)} assets hold on Python {sys.version.split()[0]}")
