"""Projects are loaded as processes of their own would, and written whole or not at all."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import assetdiff
import pytest
from assetdiff.dagster import _command, snapshot_dict
from assetdiff.dagster._load import load
from dagster._check import CheckError
from dagster._core.workspace.load import location_origins_from_yaml_paths

PROJECT = {
    "shop/__init__.py": "",
    "shop/definitions.py": """
        import dagster as dg
        from helper import VERSION

        @dg.asset(code_version=VERSION)
        def orders(): ...

        defs = dg.Definitions(assets=[orders])
        """,
    "helper.py": "VERSION = '1'",
}


def write(folder: Path, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def version(form):
    return form["assets"][0]["code_version"]["version"]


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        code = _command.main(arguments)
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return run


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def test_two_versions_of_a_project_are_loaded_with_the_helpers_of_each(tmp_path):
    one = write(tmp_path / "1", PROJECT)
    two = write(tmp_path / "2", PROJECT | {"helper.py": "VERSION = '2'"})
    before = set(sys.modules)
    versions = [version(load(module="shop.definitions", working_directory=each)[0]) for each in (one, two, one)]
    assert versions == ["1", "2", "1"]
    assert not {"shop", "shop.definitions", "helper"} & (set(sys.modules) - before)


def test_a_file_is_loaded_from_its_path(tmp_path):
    text = PROJECT["shop/definitions.py"]
    write(tmp_path, {"defs.py": text, "helper.py": "VERSION = '3'"})
    assert version(snapshot_dict(str(tmp_path / "defs.py"))[0]) == "3"
    assert version(snapshot_dict(tmp_path / "defs.py")[0]) == "3"
    assert version(load(file=tmp_path / "defs.py", attribute="defs")[0]) == "3"


def test_a_file_may_be_called_like_a_module_of_python(tmp_path):
    import types

    write(tmp_path, {"types.py": "import dagster as dg\na = dg.asset(name='a', code_version='8')(lambda: None)"})
    assert version(load(file=tmp_path / "types.py")[0]) == "8"
    assert sys.modules["types"] is types


def test_modules_and_their_names_are_loaded(tmp_path, monkeypatch):
    write(tmp_path, {"one_asset.py": "import dagster as dg\n@dg.asset(code_version='4')\ndef a(): ..."})
    monkeypatch.syspath_prepend(tmp_path)
    assert version(snapshot_dict("one_asset")[0]) == "4"
    assert version(snapshot_dict(sys.modules["one_asset"])[0]) == "4"


def test_functions_that_make_definitions_are_called(tmp_path):
    function = "import dagster as dg\n{}def defs(): return dg.Definitions(assets=[dg.AssetSpec('a', code_version='5')])"
    write(tmp_path, {"lazy.py": function.format("@dg.definitions\n"), "plain.py": function.format("")})
    assert version(load(file=tmp_path / "lazy.py")[0]) == "5"
    assert version(load(file=tmp_path / "plain.py", attribute="defs")[0]) == "5"


def test_a_workspace_has_each_code_location_with_modules_of_its_own(tmp_path):
    write(tmp_path / "lake", PROJECT)
    write(tmp_path / "mart", PROJECT | {"helper.py": "VERSION = '9'"})
    workspace = """
        load_from:
          - python_module: {module_name: shop.definitions, working_directory: lake, location_name: lake}
          - python_file: {relative_path: mart/shop/definitions.py, working_directory: mart}
        """
    write(tmp_path, {"workspace.yaml": workspace})
    form, warnings = load(workspace=tmp_path / "workspace.yaml")
    found = [(asset["code_location"], asset["code_version"]["version"]) for asset in form["assets"]]
    assert found == [("definitions.py", "9"), ("lake", "1")]
    assert warnings == ["orders: defined in several code locations (definitions.py, lake); each is kept"]


def test_a_project_of_dg_is_found_by_its_settings(tmp_path):
    write(tmp_path / "src", PROJECT)
    write(tmp_path, {"pyproject.toml": "[tool.dg.project]\nroot_module = 'shop'\ncode_location_name = 'mine'"})
    for form, _ in (load(working_directory=tmp_path), load(project=tmp_path), snapshot_dict(str(tmp_path))):
        assert form["assets"][0]["code_location"] == "mine"
    write(tmp_path, {"pyproject.toml": "[tool.dagster]\nmodule_name = 'shop.definitions'"})
    assert load(working_directory=tmp_path)[0]["assets"][0]["code_location"] == "shop.definitions"


def test_a_defs_folder_without_a_module_of_definitions_is_loaded(tmp_path):
    settings = "[tool.dg.project]\nroot_module = 'shop'\nautoload_defs = true\n[tool.dg]\ndirectory_type = 'project'"
    asset = "import dagster as dg\n@dg.asset(code_version='6')\ndef a(): ..."
    write(tmp_path, {"pyproject.toml": settings, "src/shop/__init__.py": "", "src/shop/defs/__init__.py": ""})
    write(tmp_path, {"src/shop/defs/a.py": asset})
    assert version(load(working_directory=tmp_path)[0]) == "6"


def test_a_workspace_of_dg_has_its_projects(tmp_path):
    for name in ("lake", "mart"):
        write(tmp_path / name, PROJECT | {"pyproject.toml": "[tool.dg.project]\nroot_module = 'shop'"})
    write(tmp_path, {"dg.toml": "[workspace]\nprojects = [{path = 'lake'}, {path = 'mart'}]"})
    form, _ = load(working_directory=tmp_path)
    assert [asset["code_location"] for asset in form["assets"]] == ["lake", "mart"]


@pytest.mark.parametrize(
    ("workspace", "message"),
    [
        ("load_from: []", "expected a list load_from of code locations, found none"),
        ("load_from: [{grpc_server: {port: 1}}]", "found grpc_server; make a snapshot where that runs"),
        (
            "load_from: [{python_module: {module_name: a, executable_path: /venv/python}}]",
            "a has an interpreter of its own; make its snapshot with /venv/python",
        ),
        ("load_from: [python_module]", "expected an entry such as `python_module: name`, found 'python_module'"),
        ("load_from: [{python_module: {}}]", "expected module_name in python_module, found none"),
        ("a: [", "while parsing a flow"),
    ],
)
def test_a_workspace_that_cannot_be_loaded_here_is_an_error(tmp_path, workspace, message):
    write(tmp_path, {"workspace.yaml": workspace})
    with pytest.raises(assetdiff.AssetDiffError, match="workspace.yaml: ") as caught:
        load(workspace=tmp_path / "workspace.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "the module defs holds no Definitions and no assets"),
        ("import dagster as dg\na = dg.Definitions()\nb = dg.Definitions()", "holds several definitions (a, b)"),
        ("import defs.other", "the file {path} does not load: ModuleNotFoundError: No module named 'defs.other'"),
        ("import sys\nsys.exit('no')", "the file {path} does not load: SystemExit: no"),
        ("import sys\nsys.exit(0)", "the file {path} does not load: SystemExit: 0"),
        ("class Stop(BaseException): ...\nraise Stop('no')", "the file {path} does not load: Stop: no"),
        ("raise GeneratorExit", "the file {path} does not load: GeneratorExit"),
        (
            "import dagster as dg\n@dg.definitions\ndef defs(): raise GeneratorExit('no')",
            "the module defs does not load: GeneratorExit: no",
        ),
        ("def f(:", "the file {path} does not load: SyntaxError: invalid syntax"),
    ],
)
def test_a_file_without_definitions_is_an_error(tmp_path, text, message):
    path = write(tmp_path, {"defs.py": text}) / "defs.py"
    with pytest.raises(assetdiff.AssetDiffError) as caught:
        load(file=path)
    assert message.format(path=path) in str(caught.value)


def test_a_user_who_interrupts_is_no_error_of_the_project(tmp_path):
    write(tmp_path, {"defs.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        load(file=tmp_path / "defs.py")
    with pytest.raises(KeyboardInterrupt):
        load(module="defs", working_directory=tmp_path)


@pytest.mark.parametrize("code", [0, 2, 3])
def test_a_project_that_ends_the_process_is_named(tmp_path, run, code):
    write(tmp_path, {"defs.py": f"import os\nif os.fork() == 0:\n    os._exit(7)\nos.wait()\nos._exit({code})"})
    exits = os._exit
    done = run("-f", "defs.py", "-o", "out.json")
    assert done.returncode == 2 and not (tmp_path / "out.json").exists()
    assert f"os._exit({code})\nSystemExit: {code}\n" in done.stderr
    assert done.stderr.endswith(f"error: the file defs.py does not load: SystemExit: {code}\n")
    assert os._exit is exits


def test_definitions_that_do_not_fit_together_name_the_module(tmp_path):
    write(tmp_path, {"defs.py": "import dagster as dg\na, b = (dg.asset(name='a')(lambda: None) for _ in '12')\n"
                                "defs = dg.Definitions(assets=[a, b])"})  # fmt: skip
    with pytest.raises(assetdiff.AssetDiffError, match="^the module defs: the definitions do not resolve: Dagster"):
        load(module="defs", working_directory=tmp_path)


TWO_FILES = """
    load_from:
      - python_file: lake/defs.py
      - python_file: mart/defs.py
    """


def test_code_locations_of_one_name_are_an_error_as_in_dagster(tmp_path, run):
    text = "import dagster as dg\ndefs = dg.Definitions(assets=[dg.AssetSpec('a')])"
    write(tmp_path, {"lake/defs.py": text, "mart/defs.py": text, "workspace.yaml": TWO_FILES})
    done = run("-w", "workspace.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: workspace.yaml: expected code locations of different names, found 2 called defs.py "
        "(the file lake/defs.py, the file mart/defs.py); set location_name\n"
    )
    with pytest.raises(CheckError, match="multiple locations with the same name"):
        location_origins_from_yaml_paths([str(tmp_path / "workspace.yaml")])
    named = "{{relative_path: {0}/defs.py, location_name: {0}}}"
    both = TWO_FILES
    for name in ("lake", "mart"):
        both = both.replace(f"{name}/defs.py", named.format(name))
    write(tmp_path, {"workspace.yaml": both})
    assert [asset["code_location"] for asset in load(workspace=tmp_path / "workspace.yaml")[0]["assets"]] == ["lake", "mart"]


def test_projects_of_one_name_are_an_error(tmp_path):
    settings = "[tool.dg.project]\nroot_module = 'shop'\ncode_location_name = 'shop'"
    write(tmp_path, {"1/pyproject.toml": settings, "2/pyproject.toml": settings})
    write(tmp_path, {"dg.toml": "[workspace]\nprojects = [{path = '1'}, {path = '2'}]"})
    with pytest.raises(assetdiff.AssetDiffError, match="dg.toml: .* found 2 called shop .*set code_location_name$"):
        load(working_directory=tmp_path)


def test_assets_upstream_of_themselves_are_told_with_their_code_locations(tmp_path, run):
    text = "import dagster as dg\ndefs = dg.Definitions(assets=[dg.AssetSpec('{}', deps=['{}'])])"
    write(tmp_path, {"lake.py": text.format("a", "b"), "mart.py": text.format("b", "a")})
    write(tmp_path, {"workspace.yaml": "load_from: [python_module: lake, python_module: mart]"})
    done = run("-w", "workspace.yaml", "-o", "out.json")
    assert done.returncode == 2 and not (tmp_path / "out.json").exists()
    assert done.stderr == (
        "error: workspace.yaml: expected no asset upstream of itself, found a -> b -> a (a in lake, b in mart)\n"
    )
    both = "import dagster as dg\ndefs = dg.Definitions(assets=[dg.AssetSpec('a', deps=['b']), dg.AssetSpec('b', deps=['a'])])"
    write(tmp_path, {"both.py": both})
    done = run("-m", "both")
    assert done.stderr == "error: both: expected no asset upstream of itself, found a -> b -> a\n"


def test_an_attribute_that_is_no_definitions_is_an_error(tmp_path):
    write(tmp_path, {"defs.py": "x = 1\ndef f(): return 2"})
    for attribute, message in {"x": "expected Definitions, found int", "f": "found int", "y": "no attribute y"}.items():
        with pytest.raises(assetdiff.AssetDiffError, match=message):
            load(file=tmp_path / "defs.py", attribute=attribute)


def test_modules_that_import_each_other_are_told(tmp_path):
    write(tmp_path, {"first.py": "from second import b\na = 1", "second.py": "from first import a\nb = 1"})
    with pytest.raises(
        assetdiff.AssetDiffError, match="^the module first does not load: ImportError: .*circular import"
    ):
        load(module="first", working_directory=tmp_path)
    assert "first" not in sys.modules


def test_the_command_writes_a_snapshot(tmp_path, run):
    write(tmp_path, PROJECT)
    done = run("-m", "shop.definitions", "-o", "prod.json", "--deployment", "prod", "--location", "shop")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = assetdiff.Snapshot.from_json((tmp_path / "prod.json").read_bytes())
    assert [str(asset.key) for asset in written] == ["orders"]
    assert written.provenance["deployment"] == "prod"
    assert (tmp_path / "prod.json").stat().st_mode & 0o777 == 0o666 & ~_command._umask()
    assert [path.name for path in tmp_path.glob(".prod*")] == []


def test_the_module_is_a_command(tmp_path):
    write(tmp_path, PROJECT)
    command = [sys.executable, "-m", "assetdiff.dagster", "-m", "shop.definitions"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert version(json.loads(done.stdout)) == "1"


def test_what_a_project_prints_does_not_reach_the_snapshot(tmp_path, run):
    noise = "import os\nprint('hello')\nos.system('echo from a child')\n"
    write(tmp_path, PROJECT | {"helper.py": noise + PROJECT["helper.py"]})
    done = run("-m", "shop.definitions")
    assert done.returncode == 0
    assert version(json.loads(done.stdout)) == "1"
    assert "hello" in done.stderr and "from a child" in done.stderr


def test_the_command_tells_warnings_and_still_writes(tmp_path, run):
    write(tmp_path, {"defs.py": "import dagster as dg\na = dg.AssetSpec('a', metadata={'m': object()})\n"
                                "defs = dg.Definitions(assets=[a])"})  # fmt: skip
    done = run("-f", "defs.py", "-o", "out.json")
    assert done.returncode == 0
    told = "a: metadata 'm' is compared by its class alone, builtins.object"
    assert done.stderr == f"warning: {told}\n"
    assert assetdiff.Snapshot.read(tmp_path / "out.json").warnings == (told,)


def test_a_project_that_does_not_load_shows_its_own_traceback_and_writes_nothing(tmp_path, run):
    write(tmp_path, PROJECT | {"helper.py": "def deep():\n    return 1 / 0\n\nVERSION = deep()"})
    (tmp_path / "prod.json").write_text("old")
    done = run("-m", "shop.definitions", "-o", "prod.json")
    assert done.returncode == 2 and done.stdout == ""
    assert (tmp_path / "prod.json").read_text() == "old"
    lines = done.stderr.splitlines()
    assert lines[-2:] == [
        "ZeroDivisionError: division by zero",
        "error: the module shop.definitions does not load: ZeroDivisionError: division by zero",
    ]
    assert any("helper.py" in line and "in deep" in line for line in lines)
    assert not any("importlib" in line or "_load.py" in line for line in lines)


def test_a_module_that_is_not_there_is_one_line(tmp_path, run):
    done = run("-m", "nowhere.definitions", "-o", "prod.json")
    assert (done.returncode, done.stderr) == (
        2,
        "error: there is no module nowhere.definitions: No module named 'nowhere'\n",
    )
    done = run("-f", "nowhere.py")
    assert (done.returncode, done.stderr) == (2, "error: there is no file nowhere.py\n")
    done = run()
    assert done.returncode == 2 and "expected a Dagster project or workspace" in done.stderr


def test_where_nothing_can_be_written_is_told_before_anything_is_loaded(tmp_path, run):
    done = run("-m", "nowhere", "-o", "missing/prod.json")
    assert (done.returncode, done.stderr) == (2, "error: there is no folder missing\n")


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "prod.json"
    path.write_text("old")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_command.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _command.write_whole(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["prod.json"]
    assert path.read_text() == "old"


def test_text_that_is_no_unicode_names_the_asset(tmp_path, run):
    write(
        tmp_path,
        {"defs.py": "import dagster as dg\ndefs = dg.Definitions(assets=[dg.AssetSpec('a', description='\\ud800')])"},
    )
    done = run("-f", "defs.py", "-o", "out.json")
    assert done.returncode == 2 and not (tmp_path / "out.json").exists()
    assert done.stderr.startswith("error: asset a: 'utf-8' codec can't encode character '\\ud800' in position")
