"""What other modules change when they are imported is part of what they change."""

import pytest

LIB = """
RATE = 1
TABLE = {"own": {}}

class Service:
    rate = 1
    all = {}

    @classmethod
    def add(cls, name, value): cls.all[name] = value

service = Service()

def add(name, value): _put(name, value)
def _put(name, value): TABLE.setdefault(name, value)
def configure(value):
    global RATE
    RATE = value
def look(value): return TABLE.get(value)
"""

# What setup.py does, and what of lib.py the asset uses.
CHANGES = {
    "lib.Service.rate = [5]": "Service",
    "lib.Service.rate: list = [5]": "Service",
    "setattr(lib.Service, 'rate', [5])": "Service",
    "lib.Service.add('a', 5)": "Service",
    "lib.Service.all['a'] = 5": "Service",
    "lib.service.rate = 5": "service",
    "lib.TABLE = [5]": "TABLE",
    "lib.TABLE['a'] = 5": "TABLE",
    "lib.TABLE['own']['a'] = 5": "TABLE",
    "lib.TABLE.update(a=5)": "TABLE",
    "lib.add('a', 5)": "TABLE",
    "from lib import add; add('a', 5)": "TABLE",
    "from lib import TABLE as table; table['a'] = 5": "TABLE",
    "for number in range(2): lib.add(number, 5)": "TABLE",
    "with open(__file__): lib.add('a', 5)": "TABLE",
    "def run(): lib.add('a', 5)\nrun()": "TABLE",
}


def files_of(change, used):
    return {
        "assets.py": f"import lib, setup\n\n\ndef asset(): return lib.{used}\n",
        "lib.py": LIB,
        "setup.py": f"import lib\n{change}\n",
    }


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_from_another_module_counts(change, edited):
    before, after = edited(files_of(change, CHANGES[change]), "setup.py", "5", "6")
    assert before.version != after.version
    assert "module setup" in before.locations()
    assert before.warnings == ()


def test_a_changed_number_is_told_as_well(edited):
    before, after = edited(files_of("lib.configure(5)", "RATE"), "setup.py", "5", "6")
    assert before.version != after.version
    assert len(before.warnings) == 1
    before, after = edited(files_of("lib.Service.rate = 5", "Service"), "setup.py", "5", "6")
    assert before.version != after.version
    assert before.warnings == (
        "depends on something that can't be seen: Service.rate was given another value at run time (lib.py:6)",
    )


@pytest.mark.parametrize("change", ["lib.look(5)", "lib.add", "print(5)", "def run(): lib.add('a', 5)"])
def test_what_changes_nothing_of_another_module_does_not_count(change, edited):
    before, after = edited(files_of(change, "TABLE"), "setup.py", change, f"{change}; print(6)")
    assert before.version == after.version
    assert "module setup" not in before.locations()


def test_a_change_of_what_the_asset_does_not_use_does_not_count(edited):
    before, after = edited(files_of("lib.TABLE['a'] = 5", "service"), "setup.py", "5", "6")
    assert before.version == after.version


def test_a_change_by_a_module_that_need_not_be_loaded_does_not_count(edited):
    files = files_of("lib.TABLE['a'] = 5", "TABLE")
    files["assets.py"] = files["assets.py"].replace(", setup", "")
    alone, _ = edited(files, "setup.py", "5", "6")
    before, after = edited(files, "setup.py", "5", "6", also_loaded=["setup"])
    assert alone.version == before.version == after.version


def test_classes_of_the_standard_library_that_turn_their_attributes_into_others_give_no_warning(edited):
    source = """
import dataclasses, enum, typing

class Color(enum.Enum):
    RED = 1

class Number(enum.IntEnum):
    ONE = 1

class Pair(typing.NamedTuple):
    left: int = 1

@dataclasses.dataclass
class Plain:
    left: int = 1

def asset(): return Color, Number, Pair, Plain
"""
    before, _ = edited({"assets.py": source}, "assets.py", "RED", "RED")
    assert before.warnings == ()
