"""What can't be seen is told with its place, never left out in silence."""

import sys

import pytest

UNSEEN = "depends on something that can't be seen: "

DYNAMIC = {
    "return getattr(value, name)": "getattr with a computed name",
    "return getattr(lib, name)()": "getattr with a computed name",
    "return list(map(getattr, [value], [name]))": "getattr with a computed name",
    "setattr(value, name, 1)": "setattr with a computed name",
    "return eval(name)": "eval",
    "exec(name)": "exec",
    "return compile(name, '', 'eval')": "code compiled at run time",
    "return globals()[name]": "globals()",
    "return __import__(name)": "a module imported by __import__",
    "return importlib.import_module(name)": "a module imported by a computed name",
    "from importlib import import_module as load; return load(name).run()": "a module imported by a computed name",
    "return importlib.util.spec_from_file_location(name, value)": "a module loaded from a file",
    "return sys.modules[name]": "sys.modules",
    "return sys.modules.get(name)": "sys.modules",
    "return runpy.run_path(name)": "a file run by name",
    "return subprocess.run([name])": "another program",
    "return os.system(name)": "another program",
    "return types.FunctionType(value, {})": "a function made at run time",
    "return value.__subclasses__()": "the subclasses of a class",
    "return asset.__doc__": "docstrings, which do not count",
    "return typing.get_type_hints(value)": "annotations, which do not count",
    "return inspect.signature(value)": "annotations, which do not count",
    "return inspect.getfullargspec(value)": "annotations, which do not count",
    "return inspect.get_annotations(value)": "annotations, which do not count",
    "import annotationlib; return annotationlib.get_annotations(value)": "annotations, which do not count",
    "return vars(value)['__annotations__']": "annotations, which do not count",
    "return vars(value).get('__doc__')": "docstrings, which do not count",
    "return value.__dict__['__doc__']": "docstrings, which do not count",
    "return inspect.getsourcelines(value)": "source text, of which formatting does not count",
    "return traceback.extract_stack()": "the frames of its callers",
    "return importlib.machinery.SourceFileLoader(name, value)": "a module loaded from a file",
    "return pkgutil.resolve_name(name)": "an object imported by a computed name",
    "return pkgutil.resolve_name('lib:Tool.run')": "an object imported by a computed name",
    "return pydoc.locate(name)": "an object imported by a computed name",
    "return importlib.import_module('.lib', name)": "a module imported by a computed name",
    "lib.helper = value": "an assignment to lib.helper at run time",
    "setattr(lib, 'helper', value)": "an assignment to lib.helper at run time",
    "lib.Tool.run = value": "an assignment to lib.Tool.run at run time",
    "json.dumps = value": "an assignment to json.dumps at run time",
    "return open(f'sql/{name}.sql').read()": "a file with a computed name in sql",
    "return open(os.path.join(value, name)).read()": "a file with a computed path",
    "return (value / name).read_text()": "a file with a computed path",
    "return missing(name)": "missing, which nothing defines",
    "return lib.missing": "lib.missing, which nothing defines",
    "import absent_package; return absent_package.run()": "module absent_package, which no installed distribution provides",
    "import broken; return broken.run()": "broken.run, whose module can't be read: invalid syntax in line 1",
    "return lazy.anything": "a name that a module's __getattr__ makes",
}

SEEN = [
    "return getattr(value, 'upper')()",
    "return getattr(lib, 'helper')()",
    "return getattr(lib, 'helper', None)",
    "return importlib.import_module('lib').helper()",
    "return open('sql/one.sql').read()",
    "return open(value, 'w')",
    "return value.name.other",
    "value.name = 3",
    "return len(name), print(name), Exception",
    "return __name__, __file__",
    "return [n for n in locals()]",
    "return lib.Tool().run()",
]

HEAD = (
    "import importlib, inspect, json, os, pkgutil, pydoc, runpy, subprocess, sys, traceback, types, typing\n"
    "import importlib.machinery, importlib.util\n"
    "import lazy, lib\n\n\n"
)
LIB = "def helper(): return 1\n\n\nclass Tool:\n    def run(self): return 2\n"


@pytest.fixture
def version(code, load, tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/one.sql").write_text("select 1")
    (tmp_path / "broken.py").write_text("def run(:\n")

    def version_of(statement):
        source = f"{HEAD}def asset(value, name):\n    {statement}\n"
        module = load("assets", assets=source, lib=LIB, lazy="def __getattr__(name): return name\n")
        return code.code_version(module.asset, root=tmp_path)

    return version_of


@pytest.mark.parametrize("statement", DYNAMIC, ids=range(len(DYNAMIC)))
def test_a_dynamic_construct_is_told_with_its_place(statement, version):
    assert version(statement).warnings == (f"{UNSEEN}{DYNAMIC[statement]} (assets.py:7)",)


@pytest.mark.parametrize("statement", SEEN, ids=range(len(SEEN)))
def test_what_can_be_seen_gives_no_warning(statement, version):
    assert version(statement).warnings == ()


def test_getattr_with_a_constant_is_followed(version):
    found = version("return getattr(lib, 'helper')()")
    assert "helper" in found.locations()
    assert found.version == version("return lib.helper()").version


@pytest.mark.parametrize("call", ["pkgutil.resolve_name('lib:helper')", "pydoc.locate('lib.helper')"])
def test_an_object_imported_by_a_constant_name_is_followed(call, version):
    found = version(f"return {call}()")
    assert found.warnings == ()
    assert found.version == version("return lib.helper()").version


@pytest.mark.parametrize("package", ["'shop'", "package='shop'", "__package__"])
def test_a_module_imported_by_a_relative_name_is_followed(package, edited):
    files = {
        "assets.py": "from shop.text import clean\ndef asset(): return clean()\n",
        "shop/__init__.py": "",
        "shop/text.py": f"import importlib\ndef clean(): return importlib.import_module('.words', {package}).split()\n",
        "shop/words.py": "def split(): return 1\n",
    }
    before, after = edited(files, "shop/words.py", "1", "2")
    assert before.version != after.version
    assert before.warnings == ()


def test_annotations_that_count_can_be_seen(code, load, tmp_path):
    source = "import inspect\ndef asset(n: int): return inspect.signature(asset), vars(asset)['__annotations__']\n"
    assert code.code_version(load("assets", assets=source).asset, root=tmp_path, annotations=True).warnings == ()


def test_a_warning_of_a_helper_is_told_to_the_asset_with_the_place_in_the_helper(code, load, tmp_path):
    module = load(
        "assets",
        assets="from lib.text import pick\n\n\ndef asset(row):\n    return pick(row, 'a')\n",
        lib__text="def pick(row, name):\n    # a comment\n    return getattr(row, name)\n",
    )
    assert code.code_version(module.asset, root=tmp_path).warnings == (
        f"{UNSEEN}getattr with a computed name (lib/text.py:3)",
    )


def test_a_replaced_function_is_told_and_followed(code, load, tmp_path):
    module = load(
        "assets",
        assets="import lib\n\n\ndef asset():\n    return lib.helper()\n",
        lib="def helper(): return 1\n\n\ndef other(): return 2\n",
    )
    module.lib.helper = module.lib.other
    found = code.code_version(module.asset, root=tmp_path)
    assert found.warnings == (f"{UNSEEN}helper was replaced at run time (lib.py:1)",)
    assert {"helper", "other"} <= found.locations().keys()


def test_a_replaced_method_is_told_and_followed(code, load, tmp_path):
    module = load(
        "assets",
        assets="import lib\n\n\ndef asset():\n    return lib.Tool().run()\n",
        lib=LIB + "\n\ndef patched(self): return 3\n",
    )
    module.lib.Tool.run = module.lib.patched
    found = code.code_version(module.asset, root=tmp_path)
    assert found.warnings == (f"{UNSEEN}Tool.run was replaced at run time (lib.py:5)",)
    assert "patched" in found.locations()


def test_a_constant_with_another_value_at_run_time_is_told(code, load, tmp_path):
    module = load("assets", assets="import lib\n\n\ndef asset():\n    return lib.RATE\n", lib="RATE = 1\n")
    module.lib.RATE = 2
    assert code.code_version(module.asset, root=tmp_path).warnings == (
        f"{UNSEEN}RATE was given another value at run time (lib.py:1)",
    )


def test_a_closure_over_something_opaque_is_told(code, load, tmp_path):
    module = load(
        "assets",
        assets="import threading\n\n\ndef make(lock):\n    def asset():\n        return lock\n    return asset\n\n\n"
        "asset = make(threading.Lock())\n",
    )
    (warning,) = code.code_version(module.asset, root=tmp_path).warnings
    assert warning.startswith(f"{UNSEEN}lock of make.asset, whose state is that of a _thread.lock (assets.py:")


def test_a_module_that_is_not_loaded_is_not_imported(code, load, tmp_path):
    module = load(
        "assets",
        assets="def asset():\n    from late import helper\n    return helper()\n",
        late="raise SystemExit('imported')\n\n\ndef helper(): return 1\n",
    )
    found = code.code_version(module.asset, root=tmp_path)
    assert "helper" in found.locations()
    assert "late" not in sys.modules
