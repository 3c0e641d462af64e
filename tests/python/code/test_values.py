"""What counts of the values that closures hold."""

import pytest

HELD = {
    "a method of a dict": ('{"k": 1}.get', '"k": 1', '"k": 2'),
    "a method of a text": ('",".join', '","', '";"'),
    "a method of a pattern": ('re.compile("a").sub', '"a"', '"b"'),
    "a method wrapper": ("(3).__add__", "3", "4"),
    "what a defaultdict makes": ("collections.defaultdict(lambda: 1)", "1", "2"),
    "a subclass of defaultdict": ("Own(lambda: 1)", "1", "2"),
    "the kind of a mapping": ("collections.Counter()", "Counter", "OrderedDict"),
    "a deque": ("collections.deque([1], 5)", "5", "6"),
    "a field that isn't compared": ("Fields(1)", "1", "2"),
    "an attribute made after the fields": ("Later(1)", "1", "2"),
    "a private attribute made after the fields": ("Private(1)", "1", "2"),
    "a private slot": ("Slots(1)", "1", "2"),
    "one of two lambdas": ("PAIR[0]", "0", "1"),
    "one of two lambdas by the type of a number": ("NUMBERS[0]", "0", "1"),
    "one of two lambdas by a default": ("DEFAULTS[0]", "0", "1"),
    "one of two lambdas in a lambda": ("(lambda: ((lambda: 1), (lambda: 2)))()[0]", "[0]", "[1]"),
    "one of two lambdas in a function": ("pair(1)[0]", "0", "1"),
    "one of two lambdas in a function by what it holds": ("pair(1)[0]", "1", "2"),
}

SOURCE = """
import collections, dataclasses, functools, re

PAIR = [lambda: 1, lambda: 2]
NUMBERS = [lambda x: x + 1, lambda x: x + 1.0]
DEFAULTS = [lambda x=1: x, lambda x=2: x]

def pair(n): return (lambda: n + 1), (lambda: n - 1)

class Own(collections.defaultdict): pass

class Slots:
    __slots__ = ("__n",)
    def __init__(self, n): self.__n = n

@dataclasses.dataclass
class Fields:
    n: int = dataclasses.field(compare=False)

@dataclasses.dataclass
class Later:
    start: dataclasses.InitVar[int]
    def __post_init__(self, start): self.end = start + 1

@dataclasses.dataclass
class Private:
    start: dataclasses.InitVar[int]
    def __post_init__(self, start): self._end = start + 1

class Lazy:
    @functools.cached_property
    def kept(self): return object()

def make(value):
    def asset(): return value
    return asset

asset = make(
    HELD
)
"""


@pytest.mark.parametrize("name", HELD)
def test_it_counts(name, edited):
    held, old, new = HELD[name]
    # Of the held expression alone: numbers stand elsewhere as well.
    files = {"assets.py": SOURCE.replace("HELD", held)}
    before, after = edited(files, "assets.py", f"make(\n    {held}", f"make(\n    {held.replace(old, new, 1)}")
    assert before.version != after.version
    assert before.warnings == after.warnings == ()


def test_what_a_cached_property_keeps_does_not_count(edited):
    files = {"assets.py": SOURCE.replace("HELD", "LAZY") + "\nNOTHING = 0\n"}
    files["assets.py"] = files["assets.py"].replace("asset = make(", "LAZY = [Lazy()]\nasset = make(")
    before, after = edited(files, "assets.py", "NOTHING = 0", "LAZY[0].kept")
    assert "Lazy" in before.locations()
    names = {part.name: part.fingerprint for part in before.parts}
    assert names["make.asset"] == {part.name: part.fingerprint for part in after.parts}["make.asset"]


def test_the_environment_in_a_closure_is_no_value(edited, monkeypatch):
    monkeypatch.setenv("ASSETDIFF_TEST", "1")
    files = {"assets.py": "import os\n" + SOURCE.replace("HELD", "os.environ")}
    before, _ = edited(files, "assets.py", "PAIR", "PAIR")
    monkeypatch.setenv("ASSETDIFF_TEST", "2")
    after, _ = edited(files, "assets.py", "PAIR", "PAIR")
    assert before.version == after.version
    assert before.warnings == ()
