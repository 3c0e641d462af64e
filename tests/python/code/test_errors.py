"""What has no source, and sources made to break the reader."""

import sys
import time

import pytest


def message(code, function, **options):
    with pytest.raises(code.CodeVersionError) as caught:
        code.code_version(function, **options)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def test_a_built_in_has_no_source(code):
    assert message(code, len) == "len has no source file"


def test_an_object_without_code_is_named(code, tmp_path):
    assert message(code, 3, root=tmp_path).startswith("an object of builtins.int has no Python source in ")


def test_a_function_typed_at_a_prompt_has_no_source(code):
    names = {}
    exec("def typed(): pass\nfew = lambda: 1", names)
    assert message(code, names["typed"]) == "typed has no source file (<string>)"
    assert message(code, names["few"]) == "<lambda> has no source file (<string>)"


def test_a_function_outside_of_the_root_is_refused(code, tmp_path):
    text = message(code, message, root=tmp_path)
    assert text.startswith("message has no source below the project root")


def test_a_missing_root_or_file_is_told(code, load, tmp_path):
    module = load("assets", assets="def asset(): pass\n")
    assert "is no folder" in message(code, module.asset, root=tmp_path / "nowhere")
    assert "'no.sql' doesn't exist in" in message(code, module.asset, root=tmp_path, files=["no.sql"])


def test_root_and_project_together_are_refused(code, load, tmp_path):
    module = load("assets", assets="def asset(): pass\n")
    with pytest.raises(TypeError, match="pass them to Project"):
        code.code_version(module.asset, root=tmp_path, project=code.Project(tmp_path))


def test_a_file_that_changed_since_it_was_loaded_is_told(code, load, tmp_path):
    module = load("assets", assets="def asset(): pass\n")
    (tmp_path / "assets.py").write_text("x = 1\n")
    assert message(code, module.asset, root=tmp_path) == (
        "asset is not in assets.py: it was made at run time, or the file has changed"
    )
    (tmp_path / "assets.py").write_text("def asset(:\n")
    assert message(code, module.asset, root=tmp_path).startswith("assets.py can't be read: invalid syntax in line 1")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = " + "(" * 5000 + "1" + ")" * 5000, "can't be read"),
        ("x = " + "-" * 200_000 + "1", "can't be read"),
        ("def helper(): return 1\0", "can't be read"),
        (b"\xff\xfe\xff", "can't be read"),
        ("# coding: no-such-coding\n", "can't be read"),
    ],
    ids=["parentheses", "signs", "nul", "bytes", "coding"],
)
def test_a_helper_that_cannot_be_read_is_a_warning(source, problem, code, load, tmp_path):
    (tmp_path / "bad.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    module = load("assets", assets="def asset():\n    import bad\n    return bad.helper()\n")
    (warning,) = code.code_version(module.asset, root=tmp_path).warnings
    assert problem in warning and warning.endswith("(assets.py:3)")


def test_what_python_can_parse_is_never_too_deep(code, load, tmp_path):
    depth = 900
    chain = " + ".join(["x"] * depth)
    branches = "    if x == 0: return 0\n" + "".join(f"    elif x == {n}: return {n}\n" for n in range(1, depth // 3))
    module = load(
        "assets",
        assets=f"def asset(x):\n{branches}    return {chain}\n\n\ndef other(x):\n    return x{'.a' * depth}{'()' * 50}\n",
    )
    for function in (module.asset, module.other):
        assert code.code_version(function, root=tmp_path).warnings == ()


def test_a_closure_over_a_deep_or_cyclic_value_ends(code, load, tmp_path):
    source = """
def make(value):
    def asset():
        return value
    return asset

deep = []
for _ in range(5000):
    deep = [deep]
cyclic = {}
cyclic["self"] = [cyclic]
wide = {str(n): (n, [n]) for n in range(20000)}
"""
    module = load("assets", assets=source)
    project = code.Project(tmp_path)
    (warning,) = project.code_version(module.make(module.deep)).warnings
    assert "value of make.asset, which is nested too deeply" in warning
    assert project.code_version(module.make(module.cyclic)).warnings == ()
    assert project.code_version(module.make(module.wide)).warnings == ()


def test_long_chains_of_calls_and_constants_end(code, load, tmp_path):
    count = 1000
    lines = [f"def f{n}(): return f{n + 1}(), C{n}\nC{n} = C{n - 1} if {n} else 0\n" for n in range(count)]
    module = load("assets", assets=f"C_ = C0 = 0\n{''.join(lines)}def f{count}(): return 1\n".replace("C-1", "C_"))
    start = time.perf_counter()
    found = code.code_version(module.f0, root=tmp_path)
    assert len(found.parts) >= 2 * count
    assert len(next(part for part in found.parts if part.name == f"f{count}").via) == count - 1
    assert time.perf_counter() - start < 60


def test_a_huge_module_is_read(code, load, tmp_path):
    table = "".join(f"    {n}: ({n}, 'text {n}'),\n" for n in range(20_000))
    module = load(
        "assets", assets="import big\n\n\ndef asset(n): return big.TABLE[n]\n", big=f"TABLE = {{\n{table}}}\n"
    )
    assert "constant TABLE" in code.code_version(module.asset, root=tmp_path).locations()


def test_objects_that_lie_about_themselves_do_no_harm(code, load, tmp_path):
    source = """
class Liar:
    __slots__ = ("x",)
    def __getattribute__(self, name):
        raise RuntimeError(name)
    def __eq__(self, other):
        raise RuntimeError("eq")
    __hash__ = None

def make(value):
    def asset():
        return value
    return asset

asset = make(Liar())
"""
    module = load("assets", assets=source)
    assert "Liar" in code.code_version(module.asset, root=tmp_path).locations()


def test_a_lazy_module_is_not_woken(code, load, tmp_path):
    import types

    class Lazy(types.ModuleType):
        def __getattr__(self, name):
            raise AssertionError(f"{name} was asked for")

    sys.modules["lazy_module_of_this_test"] = Lazy("lazy_module_of_this_test")
    try:
        module = load("assets", assets="def asset(): return 1\n")
        assert code.code_version(module.asset, root=tmp_path).warnings == ()
    finally:
        del sys.modules["lazy_module_of_this_test"]
