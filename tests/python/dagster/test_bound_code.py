"""What is bound to an asset counts: resources and their values, IO managers, the wiring of ops, checks of types."""

import os
import textwrap

import pytest
from assetdiff.dagster._load import load

IO = """
import dagster as dg
class Io(dg.{base}):
    def handle_output(self, context, obj): return 1
    def load_input(self, context): return 1
"""
OPS = """
import dagster as dg
@dg.op
def fetch(): return 1
@dg.op
def fetch_more(): return 1
@dg.op
def add(x): return x + 1
@dg.op
def double(x): return x * 2
@dg.op
def less(x, y): return x - y
@dg.op
def total(many): return sum(many)
@dg.op(out=dg.DynamicOut())
def each(): yield dg.DynamicOutput(1, "a")
@dg.op(config_schema={"n": int})
def base(context): return context.op_config["n"]
@dg.graph
def twice(x): return double(add(x))
"""
RESOURCE = "import dagster as dg\n@dg.resource(config_schema={'n': int})\ndef db(context): return 1\n"
DB = "import dagster as dg\nclass Db(dg.{base}):\n    n: int = 0\n"
PLAIN = "class Db:\n    def q(self): return 1\n"


def asset(resources, body="@dg.asset(required_resource_keys={'db'})\ndef a(context): return context.resources.db"):
    return f"import dagster as dg\nfrom lib import *\n{body}\ndefs = dg.Definitions([a], resources={resources})\n"


def graph(body, ops="", config=""):
    body = textwrap.indent(body, "    ")
    return f"from lib import *\n{ops}\n@dg.graph_asset({config})\ndef a():\n{body}\ndefs = dg.Definitions([a])\n"


READS = """
import dagster as dg
from lib import *
@dg.asset(io_manager_key="x")
def up(): return 1
{asset}
def a({argument}): return 1
defs = dg.Definitions([up, a], resources={{"x": Io()}})
"""


def run(folder, files):
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).write_text(text)
    form, warnings = load(module="defs", working_directory=folder, code_versions="auto")
    return {"/".join(found["key"]): found["code_version"] for found in form["assets"]}, warnings


def changed_parts(tmp_path, files, old, new):
    """Returns the parts of the asset that differ after an edit, and those of nothing but a differing version."""
    base, warnings = run(tmp_path / "base", files)
    assert any(old in text for text in files.values())
    head, _ = run(tmp_path / "head", {path: text.replace(old, new) for path, text in files.items()})
    assert warnings == []
    one, two = base["a"]["parts"], head["a"]["parts"]
    found = {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    assert bool(found) == (base["a"]["version"] != head["a"]["version"])
    return {name for name in found if "via" not in name}


def keyed(argument):
    return f"@dg.asset\ndef a({argument}): return db"


CHANGES = {
    # Resources of other classes than Dagster's.
    "a plain object": (asset("{'db': Db()}"), PLAIN, "return 1", "return 2", "Db.q"),
    "an IO manager": (
        asset("{'io_manager': Io()}", "@dg.asset\ndef a(): return 1"),
        IO.format(base="IOManager"),
        "return 1",
        "return 2",
        "Io.handle_output",
    ),
    "a hardcoded one": (
        asset("{'db': dg.ResourceDefinition.hardcoded_resource(Db())}"),
        PLAIN,
        "return 1",
        "return 2",
        "Db.q",
    ),
    "a parameter of any type": (
        asset("{'db': Db()}", "from typing import Any\n" + keyed("db: dg.ResourceParam[Any]")),
        PLAIN,
        "return 1",
        "return 2",
        "Db.q",
    ),
    "the state of a plain object": (
        asset("{'db': Db(1)}"),
        "class Db:\n    def __init__(self, n): self.n = n\n",
        "Db(1)",
        "Db(2)",
        "resource db",
    ),
    "a function": (asset("{'db': db}"), "def db(): return 1\n", "return 1", "return 2", "db"),
    "two that change places": (
        asset("{'db': one, 'dc': two}", "@dg.asset(required_resource_keys={'db', 'dc'})\ndef a(context): return 1"),
        "def one(): return 1\ndef two(): return 2\n",
        "'db': one, 'dc': two",
        "'db': two, 'dc': one",
        "keys of resources",
    ),
    # The values of Pythonic ones.
    "a field": (
        asset("{'db': Db(n=1)}", keyed("db: Db")),
        DB.format(base="ConfigurableResource"),
        "Db(n=1)",
        "Db(n=2)",
        "resource db",
    ),
    "a field of an IO manager": (
        asset("{'io_manager': Io(n=1)}", "@dg.asset\ndef a(): return 1"),
        IO.format(base="ConfigurableIOManager") + "    n: int\n",
        "n=1",
        "n=2",
        "resource io_manager",
    ),
    "a name in the environment": (
        asset("{'db': Db(n=dg.EnvVar.int('A'))}", keyed("db: Db")),
        DB.format(base="ConfigurableResource"),
        "'A'",
        "'B'",
        "resource db",
    ),
    "one configured at launch": (
        asset("{'db': Db.configure_at_launch(n=1)}", keyed("db: Db")),
        DB.format(base="ConfigurableResource"),
        "n=1",
        "n=2",
        "resource db",
    ),
    "a nested resource": (
        asset("{'db': Outer(inner=Db(n=1))}", keyed("db: Outer")),
        DB.format(base="ConfigurableResource") + "class Outer(dg.ConfigurableResource):\n    inner: Db\n",
        "n=1",
        "n=2",
        "resource db",
    ),
    "a nested function": (
        asset("{'db': Outer(inner=db.configured({'n': 1}))}", keyed("db: Outer")),
        RESOURCE + "class Outer(dg.ConfigurableResource):\n    inner: dg.ResourceDependency[int]\n",
        "{'n': 1}",
        "{'n': 2}",
        "resource db",
    ),
    "the resource of an adapter": (
        asset("{'db': Legacy(n=1)}"),
        RESOURCE + "from dagster._config.pythonic_config.resource import ConfigurableLegacyResourceAdapter\n"
        "class Legacy(ConfigurableLegacyResourceAdapter):\n    n: int\n    @property\n"
        "    def wrapped_resource(self): return db\n",
        "n=1",
        "n=2",
        "configuration of db",
    ),
    "a client of Dagster's": (
        asset("{'db': dg.PipesSubprocessClient(env={'A': '1'})}"),
        "",
        "'1'",
        "'2'",
        "resource db",
    ),
    # Functions and what configures them.
    "configured by values": (
        asset("{'db': db.configured({'n': 1})}"),
        RESOURCE,
        "{'n': 1}",
        "{'n': 2}",
        "configuration of db",
    ),
    "configured by a function": (
        asset("{'db': made}"),
        RESOURCE + "@dg.configured(db, config_schema={'m': int})\ndef made(m): return {'n': 1}\n",
        "{'n': 1}",
        "{'n': 2}",
        "made",
    ),
    "a default of a schema": (
        asset("{'db': db}"),
        "import dagster as dg\n@dg.resource(config_schema={'n': dg.Field(int, default_value=1)})\n"
        "def db(context): return 1\n",
        "default_value=1",
        "default_value=2",
        "configuration of db",
    ),
    "what a resource requires": (
        asset("{'db': db, 'dc': dc}"),
        "import dagster as dg\n@dg.resource(required_resource_keys={'dc'})\n"
        "def db(context): return 1\ndef dc(): return 2\n",
        "return 2",
        "return 3",
        "dc",
    ),
    # Inputs.
    "an input manager": (
        READS.format(asset="@dg.asset(ins={'up': dg.AssetIn(input_manager_key='y')})", argument="up").replace(
            '{"x": Io()}', "{'x': Io(), 'y': loads}"
        ),
        IO.format(base="IOManager") + "@dg.input_manager\ndef loads(context): return 5\n",
        "return 5",
        "return 6",
        "loads",
    ),
    "how an upstream is loaded": (
        READS.format(asset="@dg.asset", argument="up"),
        IO.format(base="IOManager"),
        "load_input(self, context): return 1",
        "load_input(self, context): return 2",
        "Io.load_input",
    ),
    "the check of a type": (
        asset("{}", "@dg.asset(dagster_type=T)\ndef a(): return 1"),
        "import dagster as dg\ndef fine(_, value): return value == 1\nT = dg.DagsterType(fine, name='T')\n",
        "value == 1",
        "value == 2",
        "fine",
    ),
    "the function of an observable source": (
        "import dagster as dg\n@dg.observable_source_asset\ndef a(): return dg.DataVersion('1')\n"
        "defs = dg.Definitions([a])\n",
        "",
        "'1'",
        "'2'",
        "a",
    ),
    "where Dagster's IO manager writes": (
        asset("{'io_manager': dg.fs_io_manager.configured({'base_dir': 'x'})}", "@dg.asset\ndef a(): return 1"),
        "",
        "'x'",
        "'y'",
        "configuration of io_manager",
    ),
    # Graphs.
    "the order of ops": (
        graph("return double(add(fetch()))"),
        OPS,
        "double(add(fetch()))",
        "add(double(fetch()))",
        "wiring of ops",
    ),
    "the inputs of an op": (
        graph("one = fetch()\ntwo = fetch_more()\nreturn less(one, two)"),
        OPS,
        "(one, two)",
        "(two, one)",
        "wiring of ops",
    ),
    "how often an op runs": (graph("return add(fetch())"), OPS, "add(fetch())", "add(add(fetch()))", "wiring of ops"),
    "an alias": (graph("return add.alias('one')(fetch())"), OPS, "'one'", "'two'", "wiring of ops"),
    "a fan-in": (
        graph("return total([fetch(), fetch_more()])"),
        OPS,
        "[fetch(), fetch_more()]",
        "[fetch_more(), fetch()]",
        "wiring of ops",
    ),
    "what is mapped": (
        graph("return total(each().map(add).collect())"),
        OPS,
        "map(add)",
        "map(double)",
        "wiring of ops",
    ),
    "a graph in a graph": (graph("return twice(fetch())"), OPS, "double(add(x))", "add(double(x))", "wiring of ops"),
    "the function of an op": (
        graph(
            "return o(fetch())",
            ops="def mk(f):\n    return dg.op(name='o')(f)\ndef one(x): return 1\ndef two(x): return 2\no = mk(one)",
        ),
        OPS,
        "mk(one)",
        "mk(two)",
        "wiring of ops",
    ),
    "configuration of a graph": (
        graph("return base()", config="config={'base': {'config': {'n': 1}}}"),
        OPS,
        "{'n': 1}",
        "{'n': 2}",
        "wiring of ops",
    ),
    "a mapping of configuration": (
        graph(
            "return base()",
            config="config=mapped",
            ops="@dg.config_mapping(config_schema={'k': int})\ndef mapped(v): return {'base': {'config': {'n': 1}}}",
        ),
        OPS,
        "{'n': 1}",
        "{'n': 2}",
        "mapped",
    ),
    "a configured op": (
        graph("return o()", ops="o = dg.configured(base, name='o')({'n': 1})"),
        OPS,
        "{'n': 1}",
        "{'n': 2}",
        "wiring of ops",
    ),
    "a configured op alone": (
        "import dagster as dg\nfrom lib import *\no = dg.configured(base, name='a')({'n': 1})\n"
        "defs = dg.Definitions([dg.AssetsDefinition.from_op(o)])\n",
        OPS,
        "{'n': 1}",
        "{'n': 2}",
        "configuration of the op",
    ),
}
SAME = {
    "a variable in the body": (
        graph("x = fetch()\nreturn add(x)"),
        OPS,
        "x = fetch()\n    return add(x)",
        "rows = fetch()\n    return add(rows)",
    ),
    "the order of what is independent": (
        graph("one = fetch()\ntwo = fetch_more()\nreturn less(one, two)"),
        OPS,
        "one = fetch()\n    two = fetch_more()",
        "two = fetch_more()\n    one = fetch()",
    ),
    "an op that nothing uses": (graph("return add(fetch())"), OPS, "x * 2", "x * 3"),
    "a resource of other assets": (
        asset("{'db': Db(n=1)}", "@dg.asset\ndef a(): return 1"),
        DB.format(base="ConfigurableResource"),
        "n=1",
        "n=2",
    ),
    "an upstream that isn't loaded": (
        READS.format(asset="@dg.asset(deps=[up])", argument=""),
        IO.format(base="IOManager"),
        "return 1\n    def load",
        "return 2\n    def load",
    ),
    "the order of resources": (
        asset(
            "{'db': Db(n=1), 'dc': Db(n=2)}", "@dg.asset(required_resource_keys={'db', 'dc'})\ndef a(context): return 1"
        ),
        DB.format(base="ConfigurableResource"),
        "'db': Db(n=1), 'dc': Db(n=2)",
        "'dc': Db(n=2), 'db': Db(n=1)",
    ),
    "a description": (
        asset("{'db': db}"),
        "import dagster as dg\n@dg.resource(description='one')\ndef db(_): return 1\n",
        "'one'",
        "'two'",
    ),
}


@pytest.mark.parametrize(("definitions", "lib", "old", "new", "part"), CHANGES.values(), ids=CHANGES)
def test_what_is_bound_to_an_asset_changes_its_version(tmp_path, definitions, lib, old, new, part):
    files = {"defs.py": definitions, "lib.py": lib}
    assert part in changed_parts(tmp_path, files, old, new)


@pytest.mark.parametrize(("definitions", "lib", "old", "new"), SAME.values(), ids=SAME)
def test_what_an_asset_does_not_run_leaves_its_version(tmp_path, definitions, lib, old, new):
    assert changed_parts(tmp_path, {"defs.py": definitions, "lib.py": lib}, old, new) == set()


def test_a_value_from_the_environment_counts_by_its_name_alone(tmp_path, monkeypatch):
    lib = DB.format(base="ConfigurableResource")
    files = {"defs.py": asset("{'db': Db(n=dg.EnvVar.int('A'))}", keyed("db: Db")), "lib.py": lib}
    monkeypatch.setenv("A", "1")
    base = run(tmp_path / "base", files)
    monkeypatch.setenv("A", "2")
    assert run(tmp_path / "head", files) == base


def test_a_path_in_the_project_counts_from_its_root(tmp_path):
    files = {
        "defs.py": asset("{'db': Db(path=os.path.join(HERE, 'x'), url=f'sqlite:///{HERE}/y')}", keyed("db: Db")),
        "lib.py": "import os\nimport dagster as dg\nHERE = os.path.dirname(__file__)\n"
        "class Db(dg.ConfigurableResource):\n    path: str\n    url: str\n",
    }
    assert run(tmp_path / "here", files) == run(tmp_path / "a" / "place" / "elsewhere", files)


@pytest.mark.parametrize("bound", ["", "dg.fs_io_manager", "dg.FilesystemIOManager()"])
def test_what_dagster_binds_by_itself_is_nothing(tmp_path, bound):
    definitions = asset("{}", "@dg.asset\ndef a(): return 1")
    plain, _ = run(tmp_path / "plain", {"defs.py": definitions, "lib.py": ""})
    assert plain["a"]["parts"].keys() == {"a"}
    given = definitions.replace("[a]", "dg.with_resources([a], {})") if not bound else definitions
    given = given.replace("{}", "{'io_manager': " + bound + "}") if bound else given
    found, warnings = run(tmp_path / "given", {"defs.py": given, "lib.py": ""})
    assert warnings == []
    assert (found == plain) == (bound != "dg.FilesystemIOManager()")


def test_a_client_of_elsewhere_counts_by_its_class_and_is_told(tmp_path):
    definitions = asset("{'db': dg.ResourceDefinition.hardcoded_resource(Environment())}")
    files = {"defs.py": definitions, "lib.py": "from jinja2 import Environment\n"}
    found, warnings = run(tmp_path / "1", files)
    reason = "resource db, whose state is that of a jinja2.environment.Environment"
    assert warnings == [f"a: depends on something that can't be seen: {reason}"]
    assert "resource db" in found["a"]["parts"]
    assert run(tmp_path / "2", files)[0] == found


def test_resources_that_fail_when_they_are_read_are_told(tmp_path):
    lib = """
import dagster as dg
class Strange(dg.ResourceDefinition):
    @property
    def required_resource_keys(self):
        if getattr(self, "armed", False): raise ValueError("not today")
        return set()
db = Strange(lambda _: 1)
"""
    definitions = asset("{'db': db}") + "defs.resolve_asset_graph()\ndb.armed = True\n"
    found, warnings = run(tmp_path / "1", {"defs.py": definitions, "lib.py": lib})
    assert warnings == ["a: what is bound to it can't be read: ValueError: not today"]
    assert "a" in found


def test_assets_of_one_graph_share_its_wiring(tmp_path):
    definitions = """
from lib import *
@dg.graph_multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut()})
def ab(): return {"a": add(fetch()), "b": double(fetch_more())}
defs = dg.Definitions([ab])
"""
    found, _ = run(tmp_path / "1", {"defs.py": definitions, "lib.py": OPS})
    assert found["a"]["parts"] == found["b"]["parts"]
    assert os.path.basename(tmp_path) not in str(found)
