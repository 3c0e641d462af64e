"""Random selections over random graphs: what they select, and which of them parse, is what Dagster says.

`ASSETDIFF_SELECTION_CASES` sets how many expressions are tried (300); `make selection-oracle` tries 10,000.
Where assetdiff differs on purpose, the difference has a name in `QUIRKS`; docs/selection.md explains each.
"""

import os
import random
from collections import Counter

import assetdiff
import dagster as dg
import pytest
from assetdiff.dagster import snapshot
from graphs import remote_graph

# The answers are those of 1.13.
pytestmark = pytest.mark.skipif(dg.__version__ < "1.13", reason="1.12 allows no space in `X+ 2` and no dot in a name")

CASES = int(os.environ.get("ASSETDIFF_SELECTION_CASES", "300"))
EXPRESSIONS_PER_GRAPH = 30

QUIRKS = {
    "unknown partitions": "`partitions:daily` selects nothing in Dagster; here it is an error",
    "unknown change": "`changed_in_branch:FOO` is parsed by Dagster; here it is an error",
    "older tag": "what begins with `tag:` and is no expression is a tag's name for Dagster, whole; "
    "here only if it could be one",
    "older tag leaves out external": "for a tag in the older form Dagster forgets `include_sources`",
    "our attributes": "`affected:`, `changed:`, `distance:` and `removed:` are ours",
    "depth": "Dagster cannot read more than 4,300 digits",
}

KEYS = ["a", "b", "c", "d", "e", "f", "g", "pre/a", "pre/b", "pre/sub/c", "with-hyphen", "with.dot"]
TAGS = [("team", "core"), ("team", "data"), ("pii", ""), ("a.b", "c-d")]
KINDS, GROUPS, OWNERS = ["dbt", "s3"], ["default", "g1", "g2"], ["team:x", "me@example.com"]


def partitions(rng):
    static = dg.StaticPartitionsDefinition(["x", "y"])
    daily = dg.DailyPartitionsDefinition("2024-01-01")
    return rng.choice([
        None, None, daily, static, dg.DynamicPartitionsDefinition(name="dyn"),
        dg.MultiPartitionsDefinition({"day": daily, "region": static}),
    ])  # fmt: skip


def random_spec(rng, key, deps, split):
    return dg.AssetSpec(
        key,
        deps=deps,
        partitions_def=split,
        tags=dict(rng.sample(TAGS, rng.randint(0, 2))),
        kinds=set(rng.sample(KINDS, rng.randint(0, 2))),
        group_name=None if rng.random() < 0.4 else rng.choice(GROUPS[1:]),
        owners=rng.sample(OWNERS, rng.randint(0, 1)),
    )


def made(spec, name):
    """Returns an asset that can be made; names of ops may hold less than keys."""

    @dg.multi_asset(specs=[spec], name=name)
    def op(): ...

    return op


def random_definitions(rng):
    assets = []
    names = rng.sample(KEYS, rng.randint(1, len(KEYS)))
    for at, name in enumerate(names):
        key, split = dg.AssetKey(name.split("/")), partitions(rng)
        # Those after this one are undefined when nothing comes to define them.
        near = [dg.AssetKey(other.split("/")) for other in names[:at]]
        deps = rng.sample(near, rng.randint(0, min(3, at)))
        if rng.random() < 0.15:
            deps.append(dg.AssetKey(["stub", rng.choice("xy")]))
        deps = [dg.AssetDep(dep) for dep in deps]
        is_external = rng.random() < 0.25
        if isinstance(split, dg.TimeWindowPartitionsDefinition) and rng.random() < 0.3 and not is_external:
            before = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
            deps.append(dg.AssetDep(key, partition_mapping=before))
        spec = random_spec(rng, key, deps, split)
        assets.append(spec if is_external else made(spec, f"op_{at}"))
    return dg.Definitions(assets=assets)


def atom(rng):
    key = rng.choice([*KEYS, "stub/x", "nowhere", "é"])
    plain = key if key.replace("/", "").isascii() and key.replace("/", "").isalnum() else f'"{key}"'
    name, value = rng.choice(TAGS)
    return rng.choice([
        f"key:{plain}", f'key:"{key}"', "key:pre/*", "key:*a", 'key:"*"', "key:p*e*b", 'key:"with*"', f"key : {plain}",
        f'tag:"{name}"="{value}"', f'tag:"{name}"', "tag:pii", "tag:team=core", 'tag:"dagster/kind/dbt"',
        "tag:team=<null>", f'owner:"{rng.choice(OWNERS)}"', "owner:<null>", f"group:{rng.choice(GROUPS)}", 'group:"g*"',
        "group:<null>", 'group:"*"', "kind:dbt", "kind:s3", "kind:<null>", "is:external", "is:materializable",
        f"partitions:{rng.choice(['none', 'static', 'dynamic', 'time', 'multipartitions', '<null>'])}",
        "code_location:shop", 'code_location:"elsewhere"',
    ])  # fmt: skip


def expression(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        inner = atom(rng)
    else:
        kind = rng.random()
        if kind < 0.25:
            return f"{expression(rng, depth - 1)} {rng.choice(['and', 'or', 'AND', 'OR'])} {expression(rng, depth - 1)}"
        if kind < 0.4:
            return f"{rng.choice(['not', 'NOT'])} {expression(rng, depth - 1)}"
        if kind < 0.45:
            return "*"
        function = rng.choice(["sinks", "roots", "", ""])
        inner = f"{function}({expression(rng, depth - 1)})"
    up = rng.choice(["", "", "", "+", "1+", "2 +", "0+"])
    down = rng.choice(["", "", "", "+", "+1", "+ 2", "+0"])
    return f"{up}{inner}{down}"


def older(rng):
    name = rng.choice([*KEYS, "stub/x", "nowhere", "é"])
    return rng.choice(["", "+", "++", "*", "*+"]) + name + rng.choice(["", "+", "++", "*", "+*"])


def mutated(rng, text):
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        piece = rng.choice([*'()+*:="<>,-./\\ \n\té1a_[]?', " and ", " or ", "not ", "key:", "tag:", "<null>", "sinks(", "3"])
        text = text[:at] + piece * (rng.random() < 0.6) + text[at + rng.randint(0, 2) :]
    return text


def theirs(text, include_sources, graph):
    """Returns the keys that Dagster selects, `unparsed`, `unknown` or `refused`."""
    try:
        selection = dg.AssetSelection.from_string(text, include_sources=include_sources)
    except Exception:
        return "unparsed"
    try:
        return sorted("/".join(key.path) for key in selection.resolve(graph))
    except dg.DagsterInvalidSubsetError:
        return "unknown"
    except NotImplementedError:
        return "refused"


def ours(text, include_sources, graph):
    try:
        keys = assetdiff.select(graph, text, include_external=include_sources)
    except assetdiff.SelectionError as error:
        if error.is_syntax:
            return "unparsed"
        return "unknown" if "the name of an asset" in str(error) else "refused"
    return sorted("/".join(key.components) for key in keys)


def quirk(text, include_sources, expected, found):
    """Returns the name of a difference that is known."""
    if expected == "unparsed" and any(f"{name}" in text for name in ("affected", "changed", "distance", "removed")):
        return "our attributes"
    if found == "unparsed" and "partitions" in text:
        return "unknown partitions"
    if found == "unparsed" and "changed_in_branch" in text:
        return "unknown change"
    if text.startswith("tag:") and found == "unparsed":
        return "older tag"
    if text.startswith("tag:") and include_sources and set(expected) <= set(found):
        return "older tag leaves out external"
    return None


def graphs(rng):
    definitions = random_definitions(rng)
    return remote_graph(definitions), assetdiff.graph(snapshot(definitions, location="shop"))


def compare(rng, count, text_of):
    """Compares so many expressions; returns how each came out, and the named differences."""
    seen, quirks = Counter(), Counter()
    for at in range(count):
        if at % EXPRESSIONS_PER_GRAPH == 0:
            dagster_graph, graph = graphs(rng)
        text, include_sources = text_of(rng), rng.random() < 0.3
        expected, found = theirs(text, include_sources, dagster_graph), ours(text, include_sources, graph)
        if expected == found:
            seen[expected if isinstance(expected, str) else "some" if expected else "none"] += 1
            continue
        name = quirk(text, include_sources, expected, found)
        assert name, f"{text!r} ({include_sources=}): Dagster {expected}, assetdiff {found}"
        quirks[name] += 1
    return seen, quirks


def test_what_is_selected_is_what_dagster_selects():
    seen, quirks = compare(random.Random(1), CASES, lambda rng: expression(rng, rng.randint(0, 4)))
    print(seen, quirks)
    assert not quirks
    assert seen["some"] > CASES / 3 and seen["none"], seen


def test_the_older_form_selects_what_dagster_selects():
    seen, quirks = compare(random.Random(2), CASES // 3, older)
    print(seen, quirks)
    assert not quirks
    assert seen["some"] and seen["unknown"], seen


def test_what_is_no_selection_for_dagster_is_none_here():
    seen, quirks = compare(random.Random(3), CASES, lambda rng: mutated(rng, expression(rng, rng.randint(0, 2))))
    print(seen, quirks)
    assert quirks.keys() <= QUIRKS.keys()
    assert seen["unparsed"] > CASES / 4 and seen["some"] > CASES / 20, seen
