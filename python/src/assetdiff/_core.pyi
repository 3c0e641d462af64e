"""The compiled part of the package. What users call stands in ``assetdiff`` itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, ClassVar, final

__all__ = [
    "AssetDefinition",
    "AssetGraph",
    "AssetKey",
    "ChangeSetCore",
    "DiffOptions",
    "Snapshot",
    "__version__",
    "diff",
    "diff_json",
    "escape_hidden",
    "kind_names",
    "run_command",
    "select",
]

__version__: str

@final
class AssetKey:
    """The name of an asset: a non-empty tuple of texts without NUL.

    ``AssetKey("orders")`` has one component, whatever it holds; ``AssetKey(["raw", "orders"])`` has
    two. Keys are ordered by their components. ``str(key)`` is the one-to-one text form, in which
    components are joined by ``/`` and a ``/`` or ``\\`` inside one is escaped. Raises
    AssetDiffError for no component and for NUL.

    >>> from assetdiff import AssetKey
    >>> str(AssetKey(["raw", "a/b"]))
    'raw/a\\\\/b'
    >>> AssetKey.parse("raw/orders") == AssetKey(["raw", "orders"])
    True
    """

    __match_args__: ClassVar[tuple[str]] = ("components",)
    def __new__(cls, components: AssetKey | str | Sequence[str]) -> AssetKey: ...
    @staticmethod
    def parse(text: str) -> AssetKey:
        """Return the key of its text form, the inverse of ``str``. Raises AssetDiffError for another text."""

    @property
    def components(self) -> tuple[str, ...]:
        """The components in order; there is at least one."""

    @property
    def name(self) -> str:
        """The last component."""

    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: AssetKey, /) -> bool: ...
    def __le__(self, other: AssetKey, /) -> bool: ...
    def __gt__(self, other: AssetKey, /) -> bool: ...
    def __ge__(self, other: AssetKey, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

_KeyLike = AssetKey | str | Sequence[str]

@final
class AssetDefinition:
    """Everything that a tool says of one asset in one code location.

    Aspects are given and returned as plain data in the form of docs/snapshot-format.md; what is
    returned is a copy. For convenience the constructor also takes: a text as ``code_version``; keys,
    texts (as ``str(key)`` writes them) and lists of components as ``dependencies``; names as
    ``columns`` and ``checks``; plain Python values in ``metadata`` (``str`` is text, ``bool``, ``int``,
    ``float``, ``None``, an AssetKey, anything else JSON). Raises SnapshotError, which names the
    aspect's wrong part, for anything else.

    >>> from assetdiff import AssetDefinition
    >>> orders = AssetDefinition("orders", dependencies=["raw/orders"], tags={"team": "core"})
    >>> orders.upstream
    (AssetKey(['raw', 'orders']),)
    >>> AssetDefinition("orders", metadata={"rows": 3}).metadata
    {'rows': {'type': 'int', 'value': 3}}
    """

    __match_args__: ClassVar[tuple[str]] = ("key",)
    def __new__(
        cls,
        key: _KeyLike,
        *,
        asset_type: str | None = None,
        automation: Mapping[str, Any] | None = None,
        backfill: Mapping[str, Any] | None = None,
        checks: Iterable[str | Mapping[str, Any]] | None = None,
        code_location: str | None = None,
        code_version: str | Mapping[str, Any] | None = None,
        columns: Iterable[str | Mapping[str, Any]] | None = None,
        dependencies: Iterable[_KeyLike | Mapping[str, Any]] | None = None,
        description: str | None = None,
        execution: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        freshness: Mapping[str, Any] | None = None,
        group: str | None = None,
        kinds: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        owners: Iterable[str] | None = None,
        partitions: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> AssetDefinition: ...
    @staticmethod
    def from_dict(data: dict[str, Any]) -> AssetDefinition:
        """Return the definition of its snapshot form. Raises SnapshotError for anything else."""

    def to_dict(self) -> dict[str, Any]:
        """Return the snapshot form as plain data; aspects that hold their default are left out."""

    @property
    def key(self) -> AssetKey:
        """Its name."""

    @property
    def upstream(self) -> tuple[AssetKey, ...]:
        """The keys that it reads, in the order of ``dependencies``."""

    @property
    def asset_type(self) -> str:
        """``materializable``, ``observable``, ``external``, ``check_only`` or another name."""

    @property
    def automation(self) -> dict[str, Any] | None:
        """When the orchestrator makes it by itself: ``condition`` and ``label``."""

    @property
    def backfill(self) -> dict[str, Any] | None:
        """How many partitions one run takes: ``max_partitions_per_run``, None for all."""

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The checks on its data."""

    @property
    def code_location(self) -> str | None:
        """The project or process that defines it."""

    @property
    def code_version(self) -> dict[str, Any] | None:
        """The version of its code: ``version``, ``source`` and ``parts``."""

    @property
    def columns(self) -> list[dict[str, Any]] | None:
        """Its columns in order; None if they are unknown."""

    @property
    def dependencies(self) -> list[dict[str, Any]]:
        """The assets that it reads: ``key``, ``mapping`` and ``metadata`` of each."""

    @property
    def description(self) -> str | None:
        """A text for people."""

    @property
    def execution(self) -> dict[str, Any]:
        """How it is run, by name."""

    @property
    def extra(self) -> dict[str, Any]:
        """What a tool says beyond the other aspects, by name; a tool's own names hold a dot."""

    @property
    def freshness(self) -> dict[str, Any] | None:
        """How fresh it has to be: ``type`` and ``value``."""

    @property
    def group(self) -> str | None:
        """The group that it is shown in."""

    @property
    def kinds(self) -> frozenset[str]:
        """The technologies that it is made of."""

    @property
    def metadata(self) -> dict[str, dict[str, Any]]:
        """Metadata by name: ``type`` and ``value`` of each."""

    @property
    def owners(self) -> frozenset[str]:
        """Who answers for it."""

    @property
    def partitions(self) -> dict[str, Any] | None:
        """How it is split: ``type`` and ``value``."""

    @property
    def tags(self) -> dict[str, str]:
        """Tags by name."""

    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Snapshot:
    """All asset definitions of a deployment at one time, as received.

    ``assets`` holds definitions or dicts in their form. The rest says where they come from and is
    never compared. A snapshot may hold mistakes, which AssetGraph finds.

    >>> from assetdiff import AssetDefinition, Snapshot
    >>> prod = Snapshot([AssetDefinition("orders"), {"key": ["customers"]}], deployment="prod")
    >>> prod
    <Snapshot of prod: 2 assets>
    >>> [str(definition.key) for definition in prod]
    ['orders', 'customers']
    >>> Snapshot.from_json(prod.to_json())["orders"] == prod["orders"]
    True
    """

    def __new__(
        cls,
        assets: Iterable[AssetDefinition | Mapping[str, Any]] | None = None,
        *,
        deployment: str | None = None,
        commit: str | None = None,
        created_at: str | datetime | None = None,
        producer: str | None = None,
        producer_version: str | None = None,
        warnings: Sequence[str] = (),
    ) -> Snapshot: ...
    @staticmethod
    def from_json(text: bytes | str) -> Snapshot:
        """Return the snapshot of its JSON form. Raises SnapshotError with the line and column."""

    @staticmethod
    def from_dict(data: dict[str, Any], *, warnings: Sequence[str] = ()) -> Snapshot:
        """Return the snapshot of its JSON form as plain data. Raises SnapshotError for anything else."""

    @staticmethod
    def read(path: str | PathLike[str]) -> Snapshot:
        """Return the snapshot of a file: a snapshot, a dbt manifest, or a dbt project or target folder.

        Files that end in ``.zst`` or ``.gz`` are decompressed. Raises AssetDiffError for a file that
        cannot be read, SnapshotError for one that holds something else.
        """

    def to_json(self) -> bytes:
        """Return the canonical JSON form: equal snapshots have equal bytes."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form as plain data."""

    def write(self, path: str | PathLike[str]) -> None:
        """Write the JSON form to a file, whole or not at all; compressed if it ends in ``.zst`` or ``.gz``."""

    @property
    def assets(self) -> tuple[AssetDefinition, ...]:
        """The definitions, as received."""

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the definitions come from."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be carried faithfully; kept in the provenance."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[AssetDefinition]: ...
    def __contains__(self, key: _KeyLike, /) -> bool: ...
    def __getitem__(self, key: _KeyLike, /) -> AssetDefinition: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class AssetGraph:
    """A valid snapshot, sorted and indexed: what is compared. Made once, it is compared in milliseconds.

    Takes a snapshot or an iterable of definitions. Raises SnapshotError with all problems at once:
    keys that stand twice, cycles, definitions that cannot be written. Iterating gives the keys in
    order. Costs O(n log n) for n definitions and dependencies.

    >>> from assetdiff import AssetDefinition, AssetGraph
    >>> graph = AssetGraph([AssetDefinition("report", dependencies=["orders"]), AssetDefinition("orders")])
    >>> graph.downstream("orders")
    (AssetKey(['report']),)
    >>> "orders" in graph, len(graph)
    (True, 2)
    """

    def __new__(cls, snapshot: Snapshot | Iterable[AssetDefinition | Mapping[str, Any]]) -> AssetGraph: ...
    @staticmethod
    def from_json(text: bytes | str) -> AssetGraph:
        """Return the graph of a snapshot's or dbt manifest's JSON. Raises SnapshotError."""

    @staticmethod
    def read(path: str | PathLike[str]) -> AssetGraph:
        """Return the graph of a file or dbt folder, as Snapshot.read does."""

    def to_snapshot(self) -> Snapshot:
        """Return the snapshot, with the definitions sorted by key and code location."""

    def to_json(self) -> bytes:
        """Return the snapshot's canonical JSON form."""

    @property
    def fingerprint(self) -> str:
        """The identity of all definitions together: 32 hexadecimal digits, equal on every machine."""

    @property
    def undefined(self) -> tuple[AssetKey, ...]:
        """The keys that assets depend on and nothing defines, sorted."""

    def deep_fingerprint(self, key: _KeyLike) -> str:
        """Return the identity of an asset with everything upstream of it. Raises KeyError."""

    def upstream(self, key: _KeyLike) -> tuple[AssetKey, ...]:
        """Return the keys that an asset reads, sorted."""

    def downstream(self, key: _KeyLike) -> tuple[AssetKey, ...]:
        """Return the assets that read a key, sorted; the key may be undefined."""

    def topological_order(self) -> tuple[AssetKey, ...]:
        """Return the assets in an order in which each comes after what it reads."""

    def to_networkx(self) -> Any:
        """Return a ``networkx.DiGraph`` from each asset to those that read it.

        Nodes are keys with the attribute ``defined``. Raises ImportError where networkx is missing.
        """

    def definitions(self, key: _KeyLike) -> tuple[AssetDefinition, ...]:
        """Return the definitions of an asset, one per code location."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[AssetKey]: ...
    def __contains__(self, key: _KeyLike, /) -> bool: ...
    def __getitem__(self, key: _KeyLike, /) -> AssetDefinition: ...
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class DiffOptions:
    """How two graphs are compared. The default compares everything and looks for renames.

    ``ignore`` holds rules such as ``metadata.dagster/code_references`` or ``* in scratch/**`` whose
    differences are left out and counted; ``normalize`` rules such as ``metadata.*:s/dev_/prod_/``
    that even texts out first (docs/comparing.md has both forms); ``presets`` names of rules for a
    tool (``dbt``); ``renames`` is ``off``, ``exact`` or the least similarity in percent; ``effects``
    overrides what a kind of change means. Raises AssetDiffError for a rule that cannot be read.

    >>> from assetdiff import DiffOptions, diff
    >>> options = DiffOptions(ignore=["tags.team"], renames="exact")
    >>> len(diff([{"key": ["a"]}], [{"key": ["a"], "tags": {"team": "core"}}], options))
    0
    """

    def __new__(
        cls,
        *,
        ignore: Sequence[str] = (),
        normalize: Sequence[str] = (),
        presets: Sequence[str] = (),
        renames: str | int | None = None,
        effects: dict[str, dict[str, str]] | None = None,
    ) -> DiffOptions: ...
    @property
    def ignore(self) -> tuple[str, ...]:
        """The rules whose differences are left out."""

    @property
    def normalize(self) -> tuple[str, ...]:
        """The rules that even texts out."""

    @property
    def presets(self) -> tuple[str, ...]:
        """The names of the tools whose rules are added."""

    @property
    def renames(self) -> str:
        """Which renames are looked for."""

    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ChangeSetCore:
    """What ``assetdiff.ChangeSet`` shows."""

    @staticmethod
    def from_json(text: str) -> ChangeSetCore: ...
    def to_json(self) -> str: ...
    def to_text(self, *, width: int, color: bool) -> str: ...
    def to_markdown(self) -> str: ...
    def effects_of(self, kind: str) -> tuple[str, str]: ...
    def summary(self) -> dict[str, int]: ...
    def is_empty(self) -> bool: ...
    def len(self) -> int: ...
    def invert(self) -> ChangeSetCore: ...
    def apply(self, base: AssetGraph) -> AssetGraph: ...
    def arrow_stream(self) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...

def diff(base: AssetGraph, head: AssetGraph, options: DiffOptions | None = None) -> ChangeSetCore: ...
def diff_json(base: bytes, head: bytes) -> str:
    """Return what differs between two asset graphs, as the JSON of a change set.

    Both are an assetdiff snapshot or a dbt manifest. The interpreter is free for other threads
    meanwhile. Raises SnapshotError, which names the side and the place, for anything else.

    >>> import json
    >>> from assetdiff import diff_json
    >>> base = b'{"format_version": "1.0", "assets": []}'
    >>> head = b'{"format_version": "1.0", "assets": [{"key": ["orders"]}]}'
    >>> json.loads(diff_json(base, head))["summary"]["added"]
    1
    """

def select(
    graph: AssetGraph,
    expression: str,
    language: str,
    *,
    base: AssetGraph | None,
    changes: ChangeSetCore | None,
    include_external: bool,
) -> tuple[AssetKey, ...]:
    """Return the keys of the assets that a selection selects, sorted; see ``assetdiff.select``.

    >>> from assetdiff import AssetGraph, select
    >>> select(AssetGraph([{"key": ["a"]}, {"key": ["b"], "owners": ["team:x"]}]), 'owner:"team:x"')
    (AssetKey(['b']),)
    """

def kind_names() -> list[str]: ...
def escape_hidden(text: str) -> str: ...
def run_command(arguments: Sequence[str], python: str | PathLike[str]) -> int: ...
