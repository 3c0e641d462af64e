"""What is reached, under which name, and by which way."""

import json
import re
import textwrap

import pytest


@pytest.fixture
def version(code, load, tmp_path):
    def make(also=(), files=(), **sources):
        module = load("assets", **{name: textwrap.dedent(text) for name, text in sources.items()})
        found = code.code_version(
            module.asset, root=tmp_path, files=files, also=[getattr(module, name) for name in also]
        )
        assert found.warnings == ()
        return found

    return make


def ways(version):
    return {part.name: part.via for part in version.parts}


def test_the_shortest_way_is_told_and_of_two_the_first_by_name(version):
    found = version(
        assets="""
        import lib

        def asset():
            return lib.zulu(), lib.alpha(), lib.long()
        """,
        lib="""
        def zulu(): return target()
        def alpha(): return target()
        def long(): return middle()
        def middle(): return target()
        def target(): return 1
        """,
    )
    assert ways(found)["target"] == ("alpha",)
    assert ways(found)["middle"] == ("long",)
    assert ways(found)["asset"] == ways(found)["alpha"] == ()


def test_functions_and_modules_in_cycles_are_followed_once(version):
    found = version(
        assets="""
        from one import first

        def asset(n):
            return asset(n - 1) if n else first(n)
        """,
        one="""
        import two

        def first(n):
            return two.second(n)
        """,
        two="""
        import one

        def second(n):
            return one.first(n - 1) if n else 0
        """,
    )
    assert ways(found) == {"asset": (), "first": (), "second": ("first",)}


def test_a_name_that_two_modules_use_gets_its_module(version):
    found = version(
        assets="""
        import one
        import two

        def asset():
            return one.clean(), two.clean(), one.RATE, two.RATE
        """,
        one="RATE = 1\ndef clean(): return 1\n",
        two="RATE = 1\ndef clean(): return 1\n",
    )
    assert ways(found).keys() == {"asset", "constant one.RATE", "constant two.RATE", "one.clean", "two.clean"}


def test_swapping_two_helpers_of_one_name_changes_the_version(version):
    sources = {
        "assets": "import one\nimport two\n\n\ndef asset(): return one.clean() - two.clean()\n",
        "one": "def clean(): return 1\n",
        "two": "def clean(): return 2\n",
    }
    before = version(**sources).version
    import sys

    del sys.modules["assets"]
    swapped = {**sources, "assets": sources["assets"].replace("one.clean() - two.clean()", "two.clean() - one.clean()")}
    assert version(**swapped).version != before


def test_names_reach_through_packages_and_stars(version):
    found = version(
        assets="""
        from lib import *
        from lib import inner as same

        def asset():
            return exported(), same.deep.value()
        """,
        lib____init__="from .base import exported\nfrom . import inner\n",
        lib__base="def exported(): return 1\n",
        lib__inner____init__="from . import deep\n",
        lib__inner__deep="def value(): return 2\n",
    )
    assert ways(found) == {"asset": (), "exported": (), "value": ()}


def test_a_module_as_a_value_counts_whole(version):
    found = version(
        assets="""
        import lib

        def asset(run):
            return run(lib)
        """,
        lib="import json\nRATE = 1\ndef one(): return two()\ndef two(): return RATE\n",
    )
    assert ways(found) == {
        "all of lib": (),
        "asset": (),
        "constant RATE": ("all of lib",),
        "one": ("all of lib",),
        "two": ("all of lib",),
    }


def test_declared_files_and_folders_are_parts(version, tmp_path):
    (tmp_path / "sql/deep").mkdir(parents=True)
    for name in ("sql/one.sql", "sql/deep/two.sql", "three.sql"):
        (tmp_path / name).write_text(name)
    source = "def asset(): return 1\n"
    found = version(assets=source, files=["sql", tmp_path / "three.sql"])
    assert set(ways(found)) == {"asset", "file sql/deep/two.sql", "file sql/one.sql", "file three.sql"}
    (tmp_path / "sql/one.sql").write_text("changed")
    assert version(assets=source, files=["sql", "three.sql"]).version != found.version


@pytest.mark.parametrize(
    "expression",
    [
        "open('sql/one.sql').read()",
        "open(file='x', mode='w'), Path('sql/one.sql').read_text()",
        "Path(__file__).parent.joinpath('sql', 'one.sql').read_text()",
        "(Path(__file__).parent / 'sql' / 'one.sql').read_text()",
        "(Path(__file__).resolve().parents[0] / 'sql/one.sql').read_text()",
        "open(os.path.join(os.path.dirname(__file__), 'sql', 'one.sql')).read()",
        "open(os.path.abspath('sql' + '/' + 'one.sql')).read()",
        "(FOLDER / 'one.sql').read_text()",
        "[path.read_text() for path in FOLDER.glob('*.sql')]",
        "[path.read_text() for path in FOLDER.iterdir()]",
        "[path.read_text() for path in Path(__file__).parent.rglob('*.sql')]",
        "run('sql/one.sql')",
        "pick('one.sql')",
        "str(ONE)",
        "Path(__file__).with_name('sql').joinpath('one.sql')",
    ],
)
def test_a_declared_path_leads_to_its_file(expression, code, load, tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/one.sql").write_text("select 1")
    source = f"""
import os
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
ONE = FOLDER / "one.sql"


def pick(name):
    return (FOLDER / name).read_text()


def run(path):
    return open(path).read()


def asset():
    return {expression}
"""
    module = load("assets", assets=source)
    found = code.code_version(module.asset, root=tmp_path)
    assert found.warnings == ()
    assert found.locations()["file sql/one.sql"] == "sql/one.sql"


def test_the_dictionary_is_what_a_snapshot_holds(version):
    found = version(assets="def helper(): return 1\ndef asset(): return helper()\n")
    form = json.loads(json.dumps(found.to_dict()))
    assert re.fullmatch("[0-9a-f]{32}", form["version"])
    assert [*form["parts"]] == sorted(form["parts"]) == ["asset", "helper"]
    assert form["parts"]["helper"].keys() == {"fingerprint", "via"}
    assert found.locations() == {"asset": "assets.py:2", "helper": "assets.py:1"}


def test_a_project_parses_each_module_once(code, load, tmp_path, monkeypatch):
    module = load(
        "assets", assets="import lib\ndef one(): return lib.f()\ndef two(): return lib.f()\n", lib="def f(): 1\n"
    )
    project = code.Project(tmp_path)
    import ast

    parsed = []
    monkeypatch.setattr(ast, "parse", lambda *args, parse=ast.parse, **kw: parsed.append(1) or parse(*args, **kw))
    for function in (module.one, module.two, module.one):
        project.code_version(function)
    assert len(parsed) == 2


def test_the_default_root_is_the_folder_of_the_top_level_package(code, load, tmp_path):
    module = load(
        "shop.deep.assets",
        shop____init__="",
        shop__deep____init__="",
        shop__deep__assets="import helpers\ndef asset(): return helpers.help_out()\n",
        helpers="def help_out(): return 1\n",
    )
    assert code.code_version(module.asset).locations() == {
        "asset": "shop/deep/assets.py:2",
        "help_out": "helpers.py:1",
    }
    assert code.Project.of(module.asset).places.root == str(tmp_path.resolve())
