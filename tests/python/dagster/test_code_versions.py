"""Code versions are the declared ones, computed from the code, or both."""

import textwrap

import pytest
from assetdiff.dagster import changes, snapshot_dict

FILES = {
    "shop/__init__.py": "",
    "shop/text.py": "def clean(text):\n    return text.strip()\n\ndef unused():\n    return 1\n",
    "shop/storage.py": """
        import dagster as dg

        class Lake(dg.ConfigurableIOManager):
            def handle_output(self, context, obj):
                return 1

            def load_input(self, context):
                return 2

        class Api(dg.ConfigurableResource):
            def get(self):
                return 3
        """,
    "shop/definitions.py": """
        import dagster as dg
        from shop.storage import Api, Lake
        from shop.text import clean

        @dg.asset(code_version="7", io_manager_key="lake")
        def orders():
            return clean(" a ")

        @dg.asset
        def plain(api: Api):
            return 1

        @dg.op
        def fetch():
            return 1

        @dg.op
        def tidy(rows):
            return clean(rows)

        @dg.graph_asset
        def tidied():
            return tidy(fetch())

        external = dg.AssetSpec("external", code_version="8")
        defs = dg.Definitions(assets=[orders, plain, tidied, external], resources={"lake": Lake(), "api": Api()})
        """,
}


@pytest.fixture
def project(tmp_path):
    def project(name, **edits):
        folder = tmp_path / name
        for path, text in FILES.items():
            for old, new in edits.items() if path.endswith(("text.py", "storage.py")) else ():
                text = text.replace(old, new)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(textwrap.dedent(text))
        return folder

    return project


def versions(folder, mode):
    from assetdiff.dagster._load import load

    form, warnings = load(module="shop.definitions", working_directory=folder, code_versions=mode)
    assert warnings == []
    return form, {asset["key"][0]: asset.get("code_version") for asset in form["assets"]}


def test_declared_versions_are_those_that_are_written_down(project):
    _, declared = versions(project("1"), "declared")
    assert declared == {"orders": {"version": "7"}, "plain": None, "tidied": None, "external": {"version": "8"}}


def test_computed_versions_know_the_shared_code_and_where_it_stands(project):
    form, computed = versions(project("1"), "auto")
    assert computed["external"] is None
    assert computed["orders"]["version"] != "7"
    parts = " ".join(computed["orders"]["parts"])
    assert "clean" in parts and "Lake" in parts and "unused" not in parts
    assert "Api" in " ".join(computed["plain"]["parts"])
    assert "clean" in " ".join(computed["tidied"]["parts"])
    places = form["provenance"]["code_places"]
    assert any(place.startswith("shop/text.py:1") for place in places.values())


def test_parts_that_share_a_name_are_told_by_their_own_places(tmp_path):
    from assetdiff.dagster._load import load

    for name, result in [("x", 1), ("y", 2)]:
        (tmp_path / f"{name}.py").write_text(f"\n\ndef clean():\n    return {result}\n")
    (tmp_path / "own.py").write_text(
        textwrap.dedent(
            """
            import dagster as dg
            import x, y

            @dg.asset
            def one(): return x.clean()

            @dg.asset
            def two(): return y.clean()

            defs = dg.Definitions(assets=[one, two])
            """
        )
    )
    form, _ = load(module="own", working_directory=tmp_path, code_versions="auto")
    one, two = (asset["code_version"]["parts"]["clean"]["fingerprint"] for asset in form["assets"])
    places = form["provenance"]["code_places"]
    assert places["clean"] == {one: ["x.py:3"], two: ["y.py:3"]}
    assert places["one"] == "own.py:6"


def test_both_hold_the_declared_version_and_the_parts(project):
    _, computed = versions(project("1"), "auto")
    _, both = versions(project("1"), "both")
    assert both["orders"]["version"] == f"7+{computed['orders']['version']}"
    assert both["orders"]["parts"] == computed["orders"]["parts"]
    assert both["plain"] == computed["plain"]
    assert both["external"] == {"version": "8"}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("text.strip()", "text.lstrip()", ["orders", "tidied"]),
        ("return 1\n\n            def load", "return 9\n\n            def load", ["orders"]),
        ("return 3", "return 33", ["plain"]),
        ("def unused():", "def unused_now():", []),
    ],
)
def test_a_change_of_shared_code_reaches_the_assets_that_run_it(project, old, new, changed):
    base, head = versions(project("1"), "auto")[1], versions(project("2", **{old: new}), "auto")[1]
    assert [name for name in sorted(base) if base[name] != head[name]] == changed


def test_code_without_a_source_is_told():
    import dagster as dg

    namespace = {"dg": dg}
    exec("@dg.asset\ndef typed(): ...", namespace)
    form, warnings = snapshot_dict(dg.Definitions(assets=[namespace["typed"]]), code_versions="auto")
    assert "code_version" not in form["assets"][0]
    assert len(warnings) == 1 and warnings[0].startswith("typed: no code version is computed: ")


def test_serialised_repositories_have_no_code_to_look_at():
    from graphs import one, serialised

    form, warnings = snapshot_dict(serialised(one(code_version="1")), code_versions="both")
    assert form["assets"][0]["code_version"] == {"version": "1"}
    assert warnings == ["code versions are the declared ones: what is serialised has no code to compute them from"]
    assert changes(one(code_version="1"), serialised(one(code_version="1"))) == {}
