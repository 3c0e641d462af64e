"""Objects that belong to an asset without being named in it: what names them, and what of them counts."""

import pathlib

import pytest

ASSET = "def asset(): return 1\n"


def versions_in_two_folders(code, load, tmp_path, value):
    """Returns the version of an asset that `value` of the project's folder is bound to, in two folders."""
    module = load("bound_two", bound_two=ASSET)
    found = []
    for folder in (tmp_path, tmp_path / "elsewhere"):
        folder.mkdir(exist_ok=True)
        (folder / "q.sql").write_text("select 1\n")
        (folder / "bound_two.py").write_text(ASSET)
        exec(compile((folder / "bound_two.py").read_text(), str(folder / "bound_two.py"), "exec"), vars(module))
        module.__file__ = str(folder / "bound_two.py")
        project = code.Project(folder)
        found.append(project.code_version(module.asset, also={"resource db": value(str(folder))}))
    return found


@pytest.mark.parametrize(
    "value",
    [
        lambda root: root,
        lambda root: f"{root}/",
        lambda root: {"dir": [f"{root}/data/x"]},
        lambda root: f"sqlite:///{root}/x.db",
        lambda root: f"file://{root}/x.db",
        lambda root: f"{root}/q.sql",
        lambda root: pathlib.Path(root),
        lambda root: pathlib.Path(root, ".venv", "lib", "site-packages", "x"),
    ],
)
def test_texts_that_lead_into_the_project_count_from_its_root(code, load, tmp_path, value):
    here, there = versions_in_two_folders(code, load, tmp_path, value)
    assert here.version == there.version


@pytest.mark.parametrize("value", [lambda root: f"in {root}", lambda root: f"{root}x/y", lambda root: f"s3:/{root}/x"])
def test_other_texts_count_as_they_are(code, load, tmp_path, value):
    here, there = versions_in_two_folders(code, load, tmp_path, value)
    assert here.version != there.version


def test_texts_that_lead_to_different_places_differ(code, load, tmp_path):
    module = load("bound_texts", bound_texts=ASSET)
    texts = ["x", f"{tmp_path}/x", f"{tmp_path}/x/", f"file://{tmp_path}/x", f"{tmp_path}/y", "/x", "/x\0", "/" * 5000]
    project = code.Project(tmp_path)
    found = {project.code_version(module.asset, also={"t": text}).version for text in texts}
    assert len(found) == len(texts)


def test_the_file_that_a_text_names_counts(code, load, tmp_path):
    here, _ = versions_in_two_folders(code, load, tmp_path, lambda root: f"{root}/q.sql")
    assert [(part.name, part.via) for part in here.parts if part.kind == "file"] == [("file q.sql", ("resource db",))]


def test_a_name_is_for_what_has_none_in_source(code, load, tmp_path):
    source = ASSET + "class Db:\n    def __init__(self, n): self.n = n\nDB = Db(1)\ndef make(): return 1\n"
    module = load("bound_names", bound_names=source)
    also = {"a": module.Db(1), "b": module.DB, "c": module.make, "d": module.Db, "e": 5, "f@g": "text"}
    version = code.Project(tmp_path).code_version(module.asset, also=also)
    names = [part.name for part in version.parts]
    assert names == ["Db", "Db.__init__", "a", "asset", "constant DB", "e", "f@g", "make"]
    again = code.Project(tmp_path).code_version(module.asset, also={**also, "a": module.Db(2)})
    assert [one.name for one, two in zip(version.parts, again.parts) if one != two] == ["a"]
    assert version.warnings == ()


def test_instances_of_classes_from_elsewhere_are_not_looked_into(code, load, tmp_path):
    import pluggy

    module = load("bound_clients", bound_clients=ASSET)
    project = code.Project(tmp_path)
    one, two = (project.code_version(module.asset, also={"client": pluggy.PluginManager(name)}) for name in "ab")
    assert one.version == two.version
    reason = "depends on something that can't be seen: client, whose state is that of a pluggy._manager.PluginManager"
    assert one.warnings == two.warnings == (reason,)


def test_functions_from_elsewhere_are_values(code, load, tmp_path):
    import pluggy

    module = load("bound_functions", bound_functions=ASSET)
    version = code.Project(tmp_path).code_version(module.asset, also={"check": pluggy.PluginManager.check_pending})
    assert [part.name for part in version.parts] == ["asset", "check", "package pluggy"]
