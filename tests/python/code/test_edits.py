"""One edit of a project at a time: exactly these assets get another version, and no other."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
PROJECT = HERE / "shop_project"
PEOPLE, NUMBERS = "shop/assets/people.py", "shop/assets/numbers.py"
TEXT, WRAPPERS, CONSTANTS = "shop/lib/text.py", "shop/lib/wrappers.py", "shop/lib/constants.py"
FAKELIB = "installed/site-packages/fakelib"


class Edit(NamedTuple):
    name: str
    changed: set
    # file, old text, new text; an empty old text appends
    steps: list


def edit(name, changed, *steps):
    return Edit(name, set(changed.split()), [steps[index : index + 3] for index in range(0, len(steps), 3)])


EDITS = [
    # What the code does.
    edit("operator", "customers", PEOPLE, "total += 1", "total -= 1"),
    edit("number", "customers", PEOPLE, "total += 1", "total += 2"),
    edit("int to float", "customers", PEOPLE, "total += 1", "total += 1.0"),
    edit("int to bool", "customers", PEOPLE, "total += 1", "total += True"),
    edit("string to bytes", "customers", TEXT, 'SPACES.sub("_"', 'SPACES.sub(b"_"'),
    edit("helper of a helper", "customers", TEXT, "name.strip()", "name.lstrip()"),
    edit("nested function", "customers", TEXT, "if lower else name", "if lower else name.upper()"),
    edit("default argument", "customers", TEXT, "lower=True):", "lower=False):"),
    edit("default that names a constant", "titled parsed", CONSTANTS, "1_000", "1_001"),
    edit("constant", "taxed", CONSTANTS, "0.19", "0.2"),
    edit("dict constant", "customers", CONSTANTS, '"customer"', '"client"'),
    edit("constant changed in place", "customers", CONSTANTS, 'append("name")', 'append("names")'),
    edit("constant from the environment", "placed", CONSTANTS, '"dev"', '"test"'),
    edit("compiled pattern", "customers", TEXT, r'r"\s+"', r'r"\s*"'),
    edit("comprehension condition", "customers", TEXT, "for name in names if name", "for name in names if not name"),
    edit("keyword argument", "customers", PEOPLE, "lower=True", "lower=False"),
    edit("decorator argument", "fetched", PEOPLE, "times=3", "times=4"),
    edit("decorator body", "fetched", WRAPPERS, "except OSError", "except ValueError"),
    edit("decorator removed", "fetched", PEOPLE, "@wrappers.retried(times=3)\n", ""),
    edit("lambda", "fetched", PEOPLE, '-row["age"]', 'row["age"]'),
    edit("closure value", "tripled", PEOPLE, "scaled(3)", "scaled(4)"),
    edit("closure body", "tripled", WRAPPERS, "row * factor", "row + factor"),
    edit("partial argument", "taxed", PEOPLE, "with_tax, rate=VAT", "with_tax, rate=VAT, round_to=3"),
    edit("function of a partial", "taxed", PEOPLE, "(1 + rate)", "(2 + rate)"),
    edit("method", "shouted", TEXT, "text.upper()", "text.title()"),
    edit("static method", "shouted", TEXT, "    @staticmethod\n    def whisper(text)", "    def whisper(text)"),
    edit("class attribute", "shouted", TEXT, "times = 2", "times = 3"),
    edit("method of a base class", "shouted", TEXT, "return text + self.suffix", "return self.suffix + text"),
    edit("attribute of a base class", "shouted", TEXT, 'suffix = "!"', 'suffix = "?"'),
    edit("base class removed", "shouted", TEXT, "class Shouter(Base)", "class Shouter"),
    edit("changed call target", "titled", PEOPLE, "t.title(name=row, limit=5)", "t.strip(name=row)"),
    edit("call of another attribute", "shouted", PEOPLE, "shouter.shout", "shouter.whisper"),
    edit("f-string format", "parsed", NUMBERS, "{size:>10}", "{size:>11}"),
    edit("f-string conversion", "parsed", NUMBERS, "{size:>10}", "{size!r:>10}"),
    edit("match pattern", "matched", NUMBERS, '"kind": "order"', '"kind": "orders"'),
    edit("match capture to wildcard", "matched", NUMBERS, "case _:", "case other:"),
    edit("precedence by parentheses", "matched", NUMBERS, "1 + 2 * 3", "(1 + 2) * 3"),
    edit("walrus", "parsed", NUMBERS, "(size := len(text))", "(size := len(text) + 1)"),
    edit("async to plain loop", "streamed", NUMBERS, "async for item in items", "for item in items"),
    edit("await removed", "streamed", NUMBERS, "if await item.ready()", "if item.ready()"),
    edit("first value of a global", "counted", "shop/lib/counting.py", "count = 0", "count = 1"),
    edit("function that writes a global", "counted", "shop/lib/counting.py", "count + step", "count - step"),
    edit("global statement", "counted", "shop/lib/counting.py", "    global count\n", ""),
    edit("recursion through a cycle", "parity", TEXT, "return n != 0", "return n > 0"),
    edit("registered function", "ruled", WRAPPERS, "row + 2", "row + 3"),
    edit("function added to a registry", "ruled", WRAPPERS, "", "\n\n@registered\ndef third(row):\n    return row\n"),
    edit("SQL file", "orders", "shop/sql/orders.sql", "select *", "select id"),
    edit("comment in SQL", "orders", "shop/sql/orders.sql", "-- all", ""),
    edit("template", "report", "shop/templates/report.j2", "Report", "Reports"),
    edit("included template", "report", "shop/templates/footer.j2", "Footer", "End"),
    edit("another file", "orders", "shop/lib/files.py", "orders.sql", "unused.sql"),
    edit("version of a distribution", "parsed", f"{FAKELIB}-1.0.dist-info/METADATA", "1.0", "1.1"),
    edit("order of positional arguments", "taxed", PEOPLE, "(price, rate, *", "(rate, price, *"),
    edit(
        "name of a parameter",
        "titled",
        TEXT,
        "def title(name, limit=settings.LIMIT):\n    return name",
        "def title(text, limit=settings.LIMIT):\n    return text",
    ),
    edit(
        "renamed local variable",
        "customers",
        PEOPLE,
        "total = 0",
        "seen = 0",
        PEOPLE,
        "total += 1",
        "seen += 1",
        PEOPLE,
        ", total,",
        ", seen,",
    ),
    edit("renamed helper", "customers", TEXT, "def strip(", "def strip_name(", TEXT, "= strip(", "= strip_name("),
    edit(
        "shadowed builtin",
        "matched parsed",
        NUMBERS,
        "",
        "\n\ndef len(text):\n    return 7\n",
        NUMBERS,
        "return (first, others)",
        "return (first, len(others))",
    ),
    edit("statement that runs on import", "shouted titled customers parity", TEXT, "SPACES =", "re.purge()\nSPACES ="),
    # What it looks like.
    edit("comment", "", TEXT, "# Removes spaces.", "# Takes spaces away."),
    edit("docstring", "", TEXT, '"""Cleans names."""', '"""Cleans all names."""'),
    edit("docstring removed", "", PEOPLE, '    """All customers."""\n', ""),
    edit("docstring of a module", "", TEXT, '"""Text helpers."""', '"""Helpers."""\n\n"""More."""'),
    edit(
        "formatting",
        "",
        PEOPLE,
        "round(price * (1 + rate), round_to)",
        "round(\n        price*(1+rate),\n        round_to,\n    )",
    ),
    edit("superfluous parentheses", "", NUMBERS, "1 + 2 * 3", "(1 + (2 * 3))"),
    edit("parentheses of a tuple", "", NUMBERS, "return (first, others)", "return first, others"),
    edit("spelling of a number", "", CONSTANTS, "1_000", "0x3E8"),
    edit("spelling of a float", "", CONSTANTS, "0.19", "19e-2"),
    edit("spelling of a string", "", CONSTANTS, '"cust"', "'cus' '\\x74'"),
    edit("raw string", "", TEXT, r'r"\s+"', r'"\\s+"'),
    edit("prefix of a string", "", CONSTANTS, '"addr"', 'u"addr"'),
    edit("f-string without fields", "", CONSTANTS, '"addr"', 'f"addr"'),
    edit("annotation", "", TEXT, "def strip(name):", "def strip(name: str) -> str:"),
    edit("annotation changed", "", PEOPLE, "-> bool", "-> int"),
    edit("annotated variable", "", PEOPLE, "total = 0", "total: int = 0"),
    edit("annotated constant", "", CONSTANTS, "VAT = 0.19", "VAT: float = 0.19"),
    edit(
        "import alias",
        "",
        PEOPLE,
        "import text as t",
        "import text",
        PEOPLE,
        "t.Shouter",
        "text.Shouter",
        PEOPLE,
        "t.title",
        "text.title",
        PEOPLE,
        "t.even",
        "text.even",
    ),
    edit(
        "from-import for a module",
        "",
        TEXT,
        "from shop.lib.constants import ALIASES",
        "import shop.lib.constants",
        TEXT,
        "[ALIASES.get",
        "[shop.lib.constants.ALIASES.get",
    ),
    edit(
        "import into the function",
        "",
        NUMBERS,
        "import fakelib\n",
        "",
        NUMBERS,
        "    return fakelib.parse",
        "    from fakelib import parse as p\n    return p",
        NUMBERS,
        "p(text)",
        "p(text)",
    ),
    edit("unused import", "", PEOPLE, "import functools", "import functools\nimport fakelib"),
    edit("unused function", "", TEXT, "name * 2", "name * 3"),
    edit("unused constant", "", CONSTANTS, "UNUSED = 1", "UNUSED = 2"),
    edit("unused file", "", "shop/sql/unused.sql", "select 1", "select 2"),
    edit("unused template", "", "shop/templates/letter.j2", "Letter", "Letters"),
    edit("code of a distribution", "", f"{FAKELIB}/__init__.py", '","', '";"'),
    edit("reordered keyword arguments", "", PEOPLE, "name=row, limit=5", "limit=5, name=row"),
    edit(
        "function moved within its module",
        "",
        TEXT,
        "def unused(name):\n    return name * 2\n",
        "",
        TEXT,
        "class Base:",
        "def unused(name):\n    return name * 2\n\n\nclass Base:",
    ),
    edit(
        "function moved to another module",
        "",
        TEXT,
        "def even(n):\n    return n == 0 or odd(n - 1)\n\n\n",
        "",
        TEXT,
        "def odd(n):\n    return n != 0 and even(n - 1)\n",
        "from shop.lib.parity import even, odd\n",
        "shop/lib/parity.py",
        "",
        "def odd(n):\n    return n != 0 and even(n - 1)\n\n\ndef even(n):\n    return n == 0 or odd(n - 1)\n",
    ),
    edit(
        "module moved",
        "",
        "shop/lib/counting.py -> shop/lib/tally.py",
        "",
        "",
        NUMBERS,
        "constants, counting",
        "constants, tally as counting",
    ),
    edit("guarded main block", "", PEOPLE, "", '\n\nif __name__ == "__main__":\n    print(customers([]))\n'),
    edit("pass", "", NUMBERS, "        case _:\n", "        case _:\n            pass\n            ...\n"),
    edit("line ends of SQL", "", "shop/sql/orders.sql", "\n", "\r\n"),
    edit("line ends of Python", "", TEXT, "\n", "\r\n"),
    edit("tabs", "", WRAPPERS, "    ", "\t"),
    edit("semicolons", "", PEOPLE, "total = 0\n    for", "total = 0;\n    for"),
]


def apply(steps, folder):
    for file, old, new in steps:
        if " -> " in file:
            source, target = file.split(" -> ")
            (folder / source).rename(folder / target)
            continue
        path = folder / file
        text = path.read_bytes().decode() if path.exists() else ""
        assert old in text, f"{old!r} is not in {file}"
        path.write_bytes((text.replace(old, new) if old else text + new).encode())


def versions(folders, *options, **environment):
    run = subprocess.run(
        [sys.executable, str(HERE / "versions_of.py"), *options, *map(str, folders)],
        capture_output=True,
        text=True,
        env={"PATH": "", "SYSTEMROOT": "", **environment},
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def copy(folder):
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The versions of the project as it is, and after each edit."""
    folder = tmp_path_factory.mktemp("edits")
    base = copy(folder / "base")
    copies = []
    for index, (_, _, steps) in enumerate(EDITS):
        copies.append(copy(folder / str(index)))
        apply(steps, copies[-1])
    before, *after = versions([base, *copies])
    return before, dict(zip((edit.name for edit in EDITS), after))


def test_each_edit_has_a_name_of_its_own():
    assert len({edit.name for edit in EDITS}) == len(EDITS) >= 30


def test_the_project_as_it_is_has_no_warnings(outcomes):
    before, _ = outcomes
    assert len(before) == 15
    assert {name: found["warnings"] for name, found in before.items() if found["warnings"]} == {}


@pytest.mark.parametrize("name", [edit.name for edit in EDITS])
def test_an_edit_changes_the_versions_of_these_assets(name, outcomes):
    before, after = outcomes
    found = after[name]
    assert "error" not in found, found
    expected = next(edit.changed for edit in EDITS if edit.name == name)
    assert {asset for asset in before if before[asset]["version"] != found[asset]["version"]} == expected


@pytest.mark.parametrize("name", [edit.name for edit in EDITS])
def test_a_changed_version_has_a_changed_part(name, outcomes):
    before, after = outcomes
    for asset, old in before.items():
        new = after[name][asset]
        same_parts = {part: form["fingerprint"] for part, form in old["parts"].items()} == {
            part: form["fingerprint"] for part, form in new["parts"].items()
        }
        assert same_parts == (old["version"] == new["version"]), asset


def test_the_same_source_has_the_same_versions_in_every_process_and_folder(tmp_path):
    folders = [copy(tmp_path / "one"), copy(tmp_path / "deeper/folder with space/two")]
    answers = [json.dumps(answer) for seed in ("0", "1", "4711") for answer in versions(folders, PYTHONHASHSEED=seed)]
    assert len(set(answers)) == 1


def test_the_environment_does_not_change_versions(tmp_path):
    folder = copy(tmp_path / "shop")
    assert versions([folder], BUCKET="prod") == versions([folder])


def test_annotations_count_by_option(tmp_path):
    base, edited = copy(tmp_path / "base"), copy(tmp_path / "edited")
    apply([(TEXT, "def strip(name):", "def strip(name: str):"), (PEOPLE, "-> bool", "-> int")], edited)
    before, after = versions([base, edited], "--annotations")
    assert {name for name in before if before[name]["version"] != after[name]["version"]} == {"customers", "parity"}


def test_the_reason_names_the_helper_and_the_way_to_it(outcomes):
    before, after = outcomes
    old, new = before["customers"], after["helper of a helper"]["customers"]
    changed = [name for name in old["parts"] if old["parts"][name] != new["parts"][name]]
    assert changed == ["strip"]
    assert new["parts"]["strip"]["via"] == ["clean_names"]
    assert new["locations"]["strip"] == "shop/lib/text.py:11"
    assert new["locations"]["clean_names"] == "shop/lib/text.py:16"
