"""What a registry holds is part of what uses it, wherever it is kept."""

import pytest

RUN = "import plugins\nfrom lib import {name}\n\n\ndef asset(): return {name}\n"
CLEAN = "def clean(x, *more): return x.strip()\n"

# lib.py, the name that the asset uses, plugins.py
REGISTRIES = {
    "attribute of an instance": (
        "class App:\n"
        "    def __init__(self): self.hooks = {'own': self}\n"
        "    def hook(self, fn): self.hooks[fn.__name__] = [(1, fn)]; return fn\n"
        "    def __getattr__(self, name): raise SystemExit\n"
        "    @property\n"
        "    def never(self): raise SystemExit\n"
        "app = App()\n",
        "app",
        f"from lib import app\n@app.hook\n{CLEAN}",
    ),
    "attribute in a slot": (
        "class App:\n"
        "    __slots__ = ('hooks',)\n"
        "    def __init__(self): self.hooks = []\n"
        "    def hook(self, fn): self.hooks.append(fn); return fn\n"
        "app = App()\n",
        "app",
        f"from lib import app\n@app.hook\n{CLEAN}",
    ),
    "class attribute and a class method": (
        "class Steps:\n    all = []\n    @classmethod\n    def step(cls, fn): cls.all.append(fn); return fn\n",
        "Steps",
        f"from lib import Steps\n@Steps.step\n{CLEAN}",
    ),
    "class attribute with a name of Python's kind": (
        "class Steps:\n    __all__ = []\n    @classmethod\n    def step(cls, fn): cls.__all__.append(fn); return fn\n",
        "Steps",
        f"from lib import Steps\n@Steps.step\n{CLEAN}",
    ),
    "__init_subclass__": (
        "class Base:\n    all = {}\n    def __init_subclass__(cls): Base.all[cls.__name__] = cls\n",
        "Base",
        "from lib import Base\nclass Clean(Base):\n    def clean(self, x): return x.strip()\n",
    ),
    "metaclass": (
        "class Meta(type):\n"
        "    all = {}\n"
        "    def __init__(cls, name, bases, space): Meta.all[name] = cls\n"
        "class Base(metaclass=Meta): pass\n",
        "Meta",
        "from lib import Base\nclass Clean(Base):\n    def clean(self, x): return x.strip()\n",
    ),
    "singledispatch": (
        "import functools\n@functools.singledispatch\ndef show(x): return 1\n",
        "show",
        f"from lib import show\n@show.register(int)\n{CLEAN}",
    ),
    "singledispatchmethod": (
        "import functools\nclass Show:\n    @functools.singledispatchmethod\n    def show(self, x): return 1\n",
        "Show",
        f"from lib import Show\n@Show.show.register(int)\n{CLEAN}",
    ),
    "attribute of a function": (
        "def register(fn): register.all.append(fn); return fn\nregister.all = []\n",
        "register",
        f"from lib import register\n@register\n{CLEAN}",
    ),
    "partial and bound method": (
        "import functools\nALL = []\ndef register(fn): ALL.append(functools.partial(fn, 1)); return fn\n",
        "ALL",
        f"from lib import register\n@register\n{CLEAN}",
    ),
    **{
        made: (
            f"import collections, weakref\nALL = {made}\ndef register(fn): {put}; return fn\n",
            "ALL",
            f"from lib import register\n@register\n{CLEAN}",
        )
        for made, put in {
            "collections.deque()": "ALL.append(fn)",
            "collections.OrderedDict()": "ALL[1] = fn",
            "collections.defaultdict(list)": "ALL[1].append(fn)",
            "collections.UserDict()": "ALL[1] = fn",
            "collections.ChainMap()": "ALL[1] = fn",
            "weakref.WeakSet()": "ALL.add(fn)",
            "weakref.WeakValueDictionary()": "ALL[1] = fn",
        }.items()
    },
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_what_another_module_registers_counts(name, edited):
    lib, used, plugins = REGISTRIES[name]
    files = {"assets.py": RUN.format(name=used), "lib.py": lib, "plugins.py": plugins}
    before, after = edited(files, "plugins.py", "strip", "lstrip")
    assert before.version != after.version
    assert before.warnings == after.warnings == ()


@pytest.mark.parametrize("name", REGISTRIES)
def test_what_the_same_module_registers_counts(name, edited):
    lib, used, plugins = REGISTRIES[name]
    own = "\n".join(line for line in plugins.splitlines() if not line.startswith("from lib"))
    files = {"assets.py": RUN.format(name=used), "lib.py": f"{lib}{own}\n", "plugins.py": ""}
    before, after = edited(files, "lib.py", "strip", "lstrip")
    assert before.version != after.version


def test_what_modules_register_that_need_not_be_loaded_is_told_and_not_counted(edited):
    lib, used, plugins = REGISTRIES["class attribute and a class method"]
    files = {"assets.py": RUN.format(name=used).replace("import plugins\n", ""), "lib.py": lib, "plugins.py": plugins}
    alone, _ = edited(files, "plugins.py", "strip", "lstrip")
    before, after = edited(files, "plugins.py", "strip", "lstrip", also_loaded=["plugins"])
    assert alone.version == before.version == after.version
    assert alone.warnings == ()
    assert before.warnings == (
        "depends on something that can't be seen: what Steps holds of plugins, which the asset's module does not import"
        " (lib.py:1)",
    )


def test_what_a_function_imports_need_not_be_loaded(edited):
    files = {
        "assets.py": "def asset():\n    import plugins\n    from lib import ALL\n    return ALL\n",
        "lib.py": "ALL = []\n",
        "plugins.py": f"import lib\n{CLEAN}lib.ALL.append(clean)\n",
    }
    alone, _ = edited(files, "plugins.py", "strip", "lstrip")
    before, after = edited(files, "plugins.py", "strip", "lstrip", also_loaded=["plugins"])
    assert alone.version == before.version == after.version
    assert [warning.partition(" (")[0] for warning in before.warnings] == [
        "depends on something that can't be seen: what constant ALL holds of plugins,"
        " which the asset's module does not import"
    ]


def test_what_stands_within_a_reached_definition_is_seen(edited):
    files = {
        "assets.py": "def asset():\n    from late import TABLE, Shown\n    return TABLE, Shown\n",
        "late.py": "from lib import shown\nTABLE = {\n    1: lambda: 1,\n}\n@shown\nclass Shown: pass\n",
        "lib.py": "def shown(cls):\n    def show(self): return 1\n    cls.show = show\n    return cls\n",
    }
    before, after = edited(files, "lib.py", "1", "2", also_loaded=["late"])
    assert before.version != after.version
    assert before.warnings == ()


def test_members_of_one_name_have_one_order_with_every_hash_seed(edited):
    lib = "ALL = set()\ndef make(n): return lambda: n\nALL.update(make(n) for n in range(40))\n"
    files = {"assets.py": RUN.format(name="ALL"), "lib.py": lib, "plugins.py": ""}
    versions = {edited(files, "plugins.py", "", "\n")[0].version for _ in range(3)}
    assert len(versions) == 1
