"""Which statement gives a name its value where several do."""

import pytest

ONE = "def clean(x): return x\n"
TWO = "def clean(x): return x.strip()\n"
ASSET = "def asset(): return clean(' x ')\n"

LAST_IS_TWO = {
    "the later star": {"assets.py": f"from one import *\nfrom two import *\n{ASSET}"},
    "a star after an import": {"assets.py": f"from one import clean\nfrom two import *\n{ASSET}"},
    "a star after a definition": {"assets.py": f"{ONE}from two import *\n{ASSET}"},
    "an import after a star": {"assets.py": f"from one import *\nfrom two import clean\n{ASSET}"},
    "a star whose module exports it": {
        "assets.py": f"from two import *\nfrom one import *\n{ASSET}",
        "one.py": f"__all__ = ['other']\nother = 1\n{ONE}",
    },
    "a star through a package": {
        "assets.py": f"from one import *\nfrom package import *\n{ASSET}",
        "package/__init__.py": "from two import *\n",
    },
}


@pytest.mark.parametrize("name", LAST_IS_TWO)
def test_the_last_binding_counts_and_no_other(name, edited):
    files = {"one.py": ONE, "two.py": TWO, **LAST_IS_TWO[name]}
    before, after = edited(files, "two.py", "strip", "lstrip")
    assert before.version != after.version
    assert before.locations()["clean"] == "two.py:1"
    assert before.warnings == ()
    unused = "assets.py" if ONE in files["assets.py"] else "one.py"
    before, after = edited(files, unused, "return x\n", "return x + x\n")
    assert before.version == after.version


def test_a_definition_after_a_star_hides_what_the_star_gives(edited):
    files = {"assets.py": f"from one import *\n{TWO}{ASSET}", "one.py": ONE}
    before, after = edited(files, "one.py", "return x", "return 2 * x")
    assert before.version == after.version


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from one import *\nexcept ImportError:\n    from two import *\n",
        "import sys\nif sys.platform:\n    from two import *\nelse:\n    def clean(x): return 3\n",
        "from two import *\nclean = [clean][0]\n",
        "from one import *\nimport contextlib\nwith contextlib.suppress(ImportError):\n    from two import *\n",
    ],
)
def test_what_may_be_the_last_binding_counts(source, edited):
    files = {"assets.py": source + ASSET, "one.py": ONE, "two.py": TWO}
    before, after = edited(files, "two.py", "strip", "lstrip")
    assert before.version != after.version


def test_a_star_does_not_give_private_names(edited):
    source = "from one import *\nfrom two import _clean\nfrom three import *\ndef asset(): return _clean(1)\n"
    two = "def _clean(x): return x\n"
    files = {"assets.py": source, "one.py": "_clean = 1\n", "two.py": two, "three.py": "_clean = 3\n"}
    before, after = edited(files, "two.py", "return x", "return -x")
    assert before.version != after.version
    assert set(before.locations()) == {"_clean", "asset"}


def test_the_names_of_a_package_include_those_of_its_stars(edited):
    files = {
        "assets.py": "import package\ndef asset(): return run(package)\ndef run(value): return value.clean(1)\n",
        "package/__init__.py": "from package.one import *\n",
        "package/one.py": ONE,
    }
    before, after = edited(files, "package/one.py", "return x", "return -x")
    assert before.version != after.version


def test_names_of_a_class_in_its_decorators_and_defaults_are_no_secret(edited):
    source = """
class Box:
    limit = 3

    def wrapped(fn): return fn

    @property
    def size(self): return self._size

    @size.setter
    def size(self, value): self._size = value + 1

    @wrapped
    def run(self, value=limit): return value

def asset(): return Box
"""
    for old, new in (("limit = 3", "limit = 4"), ("value + 1", "value + 2"), ("return fn", "return [fn][0]")):
        before, after = edited({"assets.py": source}, "assets.py", old, new)
        assert before.version != after.version
        assert before.warnings == ()


def test_whether_a_star_was_imported_already_does_not_matter(edited):
    files = {
        "assets.py": "def asset():\n    from late import paint\n    return paint()\n",
        "late.py": "from colorsys import *\ndef paint(): return rgb_to_hsv(1, 1, 1)\n",
    }
    alone, _ = edited(files, "late.py", "1, 1, 1", "2, 1, 1")
    loaded, _ = edited(files, "late.py", "1, 1, 1", "2, 1, 1", also_loaded=["late"])
    assert alone.version == loaded.version
    assert alone.warnings == loaded.warnings == ()


IMPORTED = ["__name__ != '__main__'", "'__main__' != __name__", "not __name__ == '__main__'", "__name__ == 'assets'"]
RUN = [
    "__name__ == '__main__'",
    "'__main__' == __name__",
    "not __name__ != '__main__'",
    "__name__ == '__main__' and NAMES",
]


@pytest.mark.parametrize("test", IMPORTED)
def test_what_runs_in_an_imported_module_counts(test, edited):
    source = f"NAMES = []\nif {test}:\n    NAMES.append(1)\ndef asset(): return NAMES\n"
    before, after = edited({"assets.py": source}, "assets.py", "append(1)", "append(2)")
    assert before.version != after.version
    assert before.warnings == ()


@pytest.mark.parametrize("test", RUN)
def test_what_runs_in_the_main_module_does_not_count(test, edited):
    source = f"NAMES = []\nif {test}:\n    NAMES.append(1)\ndef asset(): return NAMES\n"
    before, after = edited({"assets.py": source}, "assets.py", "append(1)", "append(2)")
    assert before.version == after.version


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    {}\n    HAS = True\nexcept ImportError:\n    HAS = False\n",
        "HAS = False\ntry:\n    {}\nexcept ImportError:\n    pass\nelse:\n    HAS = True\n",
        "try:\n    {}\nexcept ImportError:\n    HAS = False\nelse:\n    HAS = True\n",
    ],
)
def test_what_is_tried_decides_what_comes_after(source, edited):
    files = {"assets.py": source.format("import missing_one") + "def asset(): return HAS\n"}
    before, after = edited(files, "assets.py", "import missing_one", "import json")
    assert before.version != after.version
    # That it isn't installed is no secret: its distribution will be a part once it is.
    assert before.warnings == ()
    files["assets.py"] = files["assets.py"].replace("import missing_one", "answer = check()")
    files["assets.py"] = f"from lib import check\n{files['assets.py']}"
    before, after = edited({**files, "lib.py": "def check(): return 1\n"}, "lib.py", "1", "2")
    assert before.version != after.version
