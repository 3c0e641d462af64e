"""Paths of files that source makes up: known ones lead to the file, others are told."""

import pytest

UNSEEN = "depends on something that can't be seen: "
HEAD = """
import glob, importlib.resources, inspect, os, pkgutil
from importlib import resources
from pathlib import Path

import package

BASE = os.path.join(os.path.dirname(__file__), "sql")
NAME = "one"
FOLDER = Path(__file__).parent / "sql"
HERE = os.path.dirname(__file__)

class Paths:
    SQL = Path(__file__).parent / "sql"

def found(name): return name

def read(path):
    with open(path) as file: return file.read()
"""

KNOWN = [
    'open(f"{BASE}/one.sql").read()',
    'open(f"{BASE}/{NAME}.sql").read()',
    'read(f"{BASE}/one.sql")',
    'read("{}/one.sql".format(BASE))',
    'read("{0}/{name}.sql".format(BASE, name=NAME))',
    'read("%s/one.sql" % BASE)',
    'read("%s/%s.sql" % (BASE, NAME))',
    'read(BASE + "/one.sql")',
    'read("/".join([BASE, "one.sql"]))',
    'read(os.sep.join([BASE, "one.sql"]))',
    'read(os.path.join(BASE, *["one.sql"]))',
    'read(__file__.replace("assets.py", "sql/one.sql"))',
    'read(os.path.split(__file__)[0] + "/sql/one.sql")',
    '(Paths.SQL / "one.sql").read_text()',
    '(FOLDER / f"{NAME}.sql").read_text()',
    '(Path.cwd() / "sql" / "one.sql").read_text()',
    'read(os.path.join(os.getcwd(), "sql/one.sql"))',
    '(Path(inspect.getfile(asset)).parent / "sql/one.sql").read_text()',
    '(Path(package.__file__).parent / "../sql/one.sql").read_text()',
    'read(os.path.join(package.__path__[0], "../sql/one.sql"))',
    '[read(path) for path in glob.glob(os.path.join(BASE, "*.sql"))]',
    '[read(path) for path in glob.iglob(f"{HERE}/**/one.sql", recursive=True)]',
    '[read(os.path.join(BASE, name)) for name in os.listdir(BASE)]',
    '[read(entry.path) for entry in os.scandir(BASE)]',
    '[read(names) for folder, _, names in os.walk(BASE)]',
    'pkgutil.get_data("sql", "one.sql")',
    'resources.read_text("sql", "one.sql")',
    'importlib.resources.open_text("sql", "one.sql").read()',
    'importlib.resources.read_binary("sql", "one.sql")',
    '(resources.files("sql") / "one.sql").read_text()',
    '(resources.files(package).joinpath("../sql/one.sql")).read_text()',
]

COMPUTED = {
    'open(PATH).read()': "a file with a computed path",
    'PATH.read_text()': "a file with a computed path",
    'open(f"{found(NAME)}/{x}.sql").read()': "a file with a computed path",
    'open(f"{BASE}/{x}.sql").read()': "a file with a computed name in sql",
    'read("{}/{}.sql".format(BASE, x))': "a file with a computed name in sql",
    'read("%s/%s.sql" % (BASE, x))': "a file with a computed name in sql",
    'glob.glob(os.path.join(found(BASE), "*.sql"))': "a file with a computed path",
    'os.listdir(os.path.join(found(BASE), "more"))': "a file with a computed path",
    '(Path.cwd() / "missing.sql").read_text()': "a file with a computed path",
}

NOT_TOLD = [
    "open(x).read()",
    'f"{x}/y.sql"',
    '"{}/y.sql".format(x)',
    'glob.glob("/data/*.csv")',
    'open("/data/one.csv").read()',
    "open(tempfile.mktemp()).read()",
    'x + ".sql"',
]


def files_of(expression, head=""):
    return {
        "assets.py": f"import tempfile\n{HEAD}{head}\ndef asset(x):\n    return {expression}\n",
        "sql/__init__.py": "",
        "sql/one.sql": "select 1",
        "package/__init__.py": "",
    }


@pytest.mark.parametrize("expression", KNOWN)
def test_a_path_made_of_known_parts_leads_to_its_file(expression, edited):
    before, after = edited(files_of(expression), "sql/one.sql", "1", "2")
    assert before.version != after.version
    assert before.warnings == ()


@pytest.mark.parametrize("expression", KNOWN[:12])
def test_a_path_leads_to_its_file_through_a_constant_and_a_local_name(expression, edited):
    path = expression.partition("(")[2].removesuffix(".read()").removesuffix(")")
    for files in (files_of("read(PATH)", f"PATH = {path}"), files_of(f"[path := {path}, open(path).read()]")):
        before, after = edited(files, "sql/one.sql", "1", "2")
        assert before.version != after.version
        assert before.warnings == ()


@pytest.mark.parametrize("expression", COMPUTED)
def test_a_computed_path_is_told(expression, edited):
    files = files_of(expression, "PATH = Path(found(NAME)) / found('x')" if "PATH" in expression else "")
    before, _ = edited(files, "sql/one.sql", "1", "1")
    line = files["assets.py"].count("\n")
    assert before.warnings == (f"{UNSEEN}{COMPUTED[expression]} (assets.py:{line})",)


@pytest.mark.parametrize("expression", NOT_TOLD)
def test_what_is_no_file_of_the_project_is_not_told(expression, edited):
    before, _ = edited(files_of(expression), "sql/one.sql", "1", "1")
    assert before.warnings == ()
    assert not any(part.kind == "file" for part in before.parts)


@pytest.mark.parametrize(
    "loader",
    [
        'jinja2.FileSystemLoader("templates")',
        'jinja2.FileSystemLoader(["missing", "templates"])',
        'jinja2.PackageLoader("package", "../templates")',
        'jinja2.PackageLoader("shop")',
    ],
)
def test_templates_of_a_loader_count(loader, edited):
    files = {
        "assets.py": f"import jinja2\ndef asset():\n    return jinja2.Environment({loader}).get_template('one.j2')\n",
        "package/__init__.py": "",
        "shop/__init__.py": "",
        "shop/templates/one.j2": "one 1",
        "templates/one.j2": "one 1",
    }
    file = "shop/templates/one.j2" if "shop" in loader else "templates/one.j2"
    pytest.importorskip("jinja2")
    before, after = edited(files, file, "1", "2")
    assert before.version != after.version
    assert before.warnings == ()
