"""Objects as they are handed over: closures, partials, wrapped functions, methods, resources."""

import textwrap

import pytest


@pytest.fixture
def project(code, load, tmp_path):
    def make(**files):
        module = load(next(iter(files)), **{name: textwrap.dedent(text) for name, text in files.items()})
        return module, code.Project(tmp_path)

    return make


def names(version):
    return [part.name for part in version.parts]


def test_closures_differ_by_what_they_hold(project):
    module, own = project(
        assets="""
        import datetime, decimal, enum, dataclasses, pathlib

        class Color(enum.Enum):
            RED = 1
            BLUE = 2

        @dataclasses.dataclass(frozen=True)
        class Window:
            start: int

        def make(value):
            def asset():
                return value
            return asset

        VALUES = [
            None, True, 1, 1.0, 1j, "1", b"1", ..., (1,), [1], {1}, {"a": 1}, {"a": 1, "b": 2}, {"b": 2, "a": 1},
            Color.RED, Color.BLUE, Window(1), Window(2), datetime.date(2024, 1, 1), datetime.timedelta(1),
            decimal.Decimal("1"), range(3), range(4), pathlib.PurePath("a/b"), Color, len, make, [[1], [2]],
        ]
        ASSETS = [make(value) for value in VALUES]
        """
    )
    found = [own.code_version(asset) for asset in module.ASSETS]
    assert len({version.version for version in found}) == len(module.VALUES)
    assert [version.warnings for version in found] == [()] * len(found)
    assert own.code_version(module.make(range(3))).version == found[module.VALUES.index(range(3))].version


def test_a_function_in_a_closure_is_followed(project):
    module, own = project(
        assets="""
        from lib import double

        def make(fn):
            def asset(row):
                return fn(row)
            return asset

        asset = make(double)
        """,
        lib="""
        def double(row):
            return times(row, 2)

        def times(row, n):
            return row * n
        """,
    )
    version = own.code_version(module.asset)
    assert [(part.name, part.via) for part in version.parts] == [
        ("double", ()),
        ("make.asset", ()),
        ("times", ("double",)),
    ]


def test_a_wrapper_without_functools_wraps_is_followed_to_the_function(project):
    module, own = project(
        assets="""
        def logged(fn):
            def inner(*args):
                return fn(*args)
            return inner

        @logged
        def asset(row):
            return row
        """
    )
    assert names(own.code_version(module.asset)) == ["asset", "logged", "logged.inner"]


def test_arguments_of_a_decorator_on_an_inner_function_count(project):
    module, own = project(
        assets="""
        import functools

        def repeated(times):
            def wrap(fn):
                @functools.wraps(fn)
                def inner(row):
                    return [fn(row)] * times
                return inner
            return wrap

        def make(n):
            @repeated(n)
            def asset(row):
                return row
            return asset
        """
    )
    two, three, again = (own.code_version(module.make(n)) for n in (2, 3, 2))
    assert two.version == again.version != three.version
    assert "make.asset" in names(two)


def test_defaults_from_the_function_around_count(project):
    module, own = project(
        assets="""
        def make(n):
            def asset(row, times=n, *, more=n):
                return row * times
            return asset
        """
    )
    assert own.code_version(module.make(2)).version != own.code_version(module.make(3)).version


def test_lambdas_of_one_line_are_told_apart_or_both_count(project):
    module, own = project(
        assets="""
        first = lambda row: row + 1
        pair = (lambda row: row + 2, lambda row: row + 3)
        """
    )
    versions = [own.code_version(fn) for fn in (module.first, *module.pair)]
    assert versions[0].version != versions[1].version
    assert [part.kind for part in versions[0].parts] == ["function"]


def test_partials_count_function_and_arguments(project):
    module, own = project(
        assets="""
        import functools

        def scaled(row, factor, shift=0):
            return row * factor + shift

        def make(factor):
            return functools.partial(functools.partial(scaled, factor=factor), shift=1)
        """
    )
    two, three = own.code_version(module.make(2)), own.code_version(module.make(3))
    assert two.version != three.version
    assert "scaled" in names(two)


def test_a_bound_method_counts_its_class_and_its_state(project):
    module, own = project(
        assets="""
        class Loader:
            def __init__(self, path):
                self.path = path

            def load(self):
                return self.read()

            def read(self):
                return self.path
        """
    )
    one, two = (own.code_version(module.Loader(path).load) for path in ("a", "b"))
    assert one.version != two.version
    assert names(one) == ["Loader", "Loader.__init__", "Loader.load", "Loader.read", "object Loader"]


def test_resources_are_roots_of_their_own(project):
    module, own = project(
        assets="""
        def asset(context):
            return context.resources.db.query("select 1")
        """,
        resources="""
        from helpers import connect

        class Database:
            def __init__(self, url, retries=3):
                self.url, self.retries = url, retries

            def query(self, text):
                return connect(self.url).run(text)
        """,
        helpers="""
        def connect(url):
            return url
        """,
    )
    from importlib import import_module

    resources = import_module("resources")
    alone = own.code_version(module.asset)
    bound = own.code_version(module.asset, also=[resources.Database("x")])
    assert alone.version != bound.version != own.code_version(module.asset, also=[resources.Database("y")]).version
    ways = {part.name: part.via for part in bound.parts}
    assert ways["object Database"] == ()
    assert ways["connect"] == ("object Database", "Database", "Database.query")
    by_class = {part.name: part.via for part in own.code_version(module.asset, also=[resources.Database]).parts}
    assert by_class["connect"] == ("Database", "Database.query")


def test_a_resource_in_a_module_constant_counts_by_its_source(project, monkeypatch):
    files = {
        "assets": """
        import os

        class Database:
            def __init__(self, url):
                self.url = url

        DB = Database(os.environ.get("URL", "local"))

        def asset(db):
            return db
        """
    }
    module, own = project(**files)
    version = own.code_version(module.asset, also=[module.DB])
    assert "constant DB" in names(version)
    module.DB.url = "elsewhere"
    assert own.code_version(module.asset, also=[module.DB]) == version


def test_a_config_class_in_an_annotation_of_the_asset_counts(project):
    source = """
    from __future__ import annotations

    class Config:
        rows: int = {rows}

    def asset(config: Config, names: "list[Other]"):
        return config.rows

    class Other:
        pass
    """
    module, own = project(assets=source.format(rows=10))
    assert names(own.code_version(module.asset)) == ["Config", "Other", "asset"]


def test_graphs_of_functions_are_followed_by_name(project):
    module, own = project(
        assets="""
        def op(fn):
            return lambda *args: fn(*args)

        @op
        def load():
            return 1

        @op
        def double(n):
            return n * 2

        def graph():
            return double(load())
        """
    )
    assert names(own.code_version(module.graph)) == ["double", "graph", "load", "op"]


def test_an_instance_in_a_constant_leads_to_its_class(project):
    module, own = project(
        assets="""
        from lib import TOOLS

        def asset(name):
            return TOOLS[name].run()
        """,
        lib="""
        import json

        class Tool:
            def run(self):
                return 1

        TOOLS = {}

        def _fill(names):
            for name in names:
                TOOLS[name] = Tool()

        _fill(["a"])
        """,
    )
    assert {"Tool", "Tool.run"} <= set(names(own.code_version(module.asset)))


def test_singledispatch_leads_to_every_implementation(project):
    module, own = project(
        assets="""
        import functools

        @functools.singledispatch
        def clean(value):
            return value

        @clean.register
        def _(value: int):
            return value + 1

        @clean.register(str)
        def clean_text(value):
            return value.strip()

        def asset(row):
            return clean(row)
        """
    )
    assert {"_", "clean", "clean_text"} <= set(names(own.code_version(module.asset)))


def test_declarations_of_assets_do_not_count_but_the_resources_in_them_do(project, code, tmp_path):
    source = """
    import declare

    class Database:
        url = "{url}"

    @declare.asset(description="{text}", resource_defs={{"db": Database}})
    def asset(context):
        return context
    """
    versions = []
    for text, url in (("one", "x"), ("two", "x"), ("one", "y")):
        # pytest's own tricks with sys.path: a package without a distribution would be a warning
        module, _ = project(
            assets=source.format(text=text, url=url), declare="def asset(**kw):\n    return lambda fn: fn\n"
        )
        import importlib

        own = code.Project(tmp_path, packages=["assets"], declarations=["declare"])
        versions.append(own.code_version(importlib.reload(module).asset))
    assert versions[0].version == versions[1].version != versions[2].version
    assert names(versions[0]) == ["Database", "asset"]


def test_what_a_framework_keeps_in_an_instance_is_no_part_of_its_value(project):
    module, own = project(
        assets="""
        class Secret(str):
            def __str__(self):
                raise RuntimeError("not while the code is read")

        class Resource:
            __pydantic_fields__ = {"url": str}

            def __init__(self, url):
                self.url = url
                self.cache = object()

        def asset(db):
            return db
        """
    )
    one, same, other = (
        own.code_version(module.asset, also=[module.Resource(module.Secret(url))]) for url in ("x", "x", "y")
    )
    assert one == same != other
    assert one.warnings == ()
