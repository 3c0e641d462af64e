"""The compiled part of the package. What users call stands in ``assetdiff`` itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, ClassVar, Literal, Protocol, final

from assetdiff._changes import Status

__all__ = [
    "ArrowRows",
    "AssetDefinition",
    "AssetGraph",
    "AssetKey",
    "ChangeSetCore",
    "DiffOptions",
    "Difference",
    "ExplanationCore",
    "ImpactCore",
    "PartitionKeys",
    "PartitionSubset",
    "PartitionsDelta",
    "PlanCore",
    "PolicyReportCore",
    "ProjectCore",
    "Snapshot",
    "StoreCore",
    "ThreeWayCore",
    "__version__",
    "branch_changes",
    "compare_partitions",
    "diff",
    "diff3",
    "diff_files",
    "diff_json",
    "differences",
    "downstream_partitions",
    "escape_hidden",
    "impact",
    "kind_names",
    "run_command",
    "select",
    "upstream_partitions",
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

        A place in object storage (``"s3://bucket/prod.json"``, ``gs://``, ``az://``) is read with the settings of the
        environment. Files that end in ``.zst`` or ``.gz`` are decompressed. Columnar snapshots, and other files from 16 MiB
        on, are mapped into memory: whoever cuts one off or overwrites it in place meanwhile, as a tool may that writes
        its manifest anew, ends this process (SIGBUS); replacing the file is fine. Raises AssetDiffError for a file that
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
    def from_dagster(text: bytes | bytearray | str, *, code_location: str | None = None) -> AssetGraph:
        """Return the graph of a serialised ``RepositorySnap`` of Dagster. Needs no Dagster.

        ``code_location`` is what its assets say of where they are defined. What Dagster does not serialise
        faithfully is in the ``warnings`` of the snapshot. Raises SnapshotError, which names the asset. O(text).

        >>> from assetdiff import AssetGraph
        >>> text = '{"external_asset_graph_data": [{"asset_key": {"path": ["shop", "orders"]}}]}'
        >>> AssetGraph.from_dagster(text, code_location="mart")["shop/orders"].code_location
        'mart'
        """

    @staticmethod
    def read(path: str | PathLike[str]) -> AssetGraph:
        """Return the graph of a file or dbt folder, as Snapshot.read does."""

    @staticmethod
    def read_pair(
        base: bytes | str | PathLike[str], head: bytes | str | PathLike[str]
    ) -> tuple[AssetGraph, AssetGraph]:
        """Return the graphs of two JSON texts, or of two files or dbt folders; both at the same time.

        What two dbt manifests, Dagster repositories or JSON snapshots have in common is read once. Raises what ``from_json`` and ``read`` do.
        """

    def to_snapshot(self) -> Snapshot:
        """Return the snapshot, with the definitions sorted by key and code location."""

    def to_json(self) -> bytes:
        """Return the snapshot's canonical JSON form."""

    def to_arrow(self) -> ArrowRows:
        """Return one row per definition, by key and code location, for DuckDB, polars, pyarrow and others.

        docs/arrow.md describes the columns. Batches are made as they are asked for, without a Python object per
        row; nothing else has to be installed.

        >>> from assetdiff import AssetGraph
        >>> graph = AssetGraph([{"key": ["shop", "orders"], "owners": ["team:core"]}])
        >>> AssetGraph.from_arrow(graph.to_arrow()) == graph
        True
        """

    @staticmethod
    def from_arrow(rows: _ArrowStream) -> AssetGraph:
        """Return the graph of rows with a column ``record``: definitions as JSON texts, in any order.

        Takes what has ``__arrow_c_stream__``: a polars.DataFrame, a pyarrow.Table, a DuckDB relation. All other
        columns are passed over. Raises SnapshotError with the row of what is no definition, and with all problems
        of what is no graph; TypeError for anything else.
        """

    def write(self, path: str | PathLike[str]) -> None:
        """Write the snapshot to a file, whole or not at all.

        In columns if its name ends in ``.assets`` (``diff_files`` compares those as they lie, and ``read`` maps
        them), as Parquet with the columns of ``to_arrow`` if it ends in ``.parquet``, else in JSON; compressed if it ends in ``.zst`` or ``.gz``. Raises AssetDiffError if it cannot be
        written.
        """

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

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class ArrowRows:
    """Rows for other tools, through the Arrow PyCapsule interface; each stream begins anew."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return an Arrow stream capsule. The columns are always the same: a wish for others is not heard."""

@final
class DiffOptions:
    """How two graphs are compared. The default compares everything and looks for renames.

    ``ignore`` holds rules such as ``metadata.dagster/code_references`` or ``* in scratch/**`` whose
    differences are left out and counted; ``normalize`` rules such as ``metadata.*:s/dev_/prod_/``
    that even texts out first (docs/comparing.md has both forms); ``presets`` names of rules for a
    tool (``dbt``); ``renames`` is ``off``, ``exact`` or the least similarity in percent; ``effects``
    overrides what a kind of change means. Raises AssetDiffError for a rule that cannot be read.

    An ignore rule may end in `` where `` and a selection in the ``language``: it is for the assets that this selects
    in either graph. Raises SelectionError for what is no selection, and ``diff`` for one that the graphs cannot answer.

    >>> from assetdiff import DiffOptions, diff
    >>> options = DiffOptions(ignore=["tags.team"], renames="exact")
    >>> len(diff([{"key": ["a"]}], [{"key": ["a"], "tags": {"team": "core"}}], options))
    0
    >>> options = DiffOptions(ignore=["tags where +key:b"])
    >>> old, new = [{"key": ["a"], "tags": {"v": str(v)}} for v in (1, 2)]
    >>> below = {"key": ["b"], "dependencies": [{"key": ["a"]}]}
    >>> len(diff([old], [new], options)), len(diff([old, below], [new, below], options))
    (1, 0)
    """

    def __new__(
        cls,
        *,
        ignore: Sequence[str] = (),
        normalize: Sequence[str] = (),
        presets: Sequence[str] = (),
        renames: str | int | None = None,
        effects: dict[str, dict[str, str]] | None = None,
        language: Literal["dagster", "dbt"] = "dagster",
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

    @property
    def effects(self) -> dict[str, dict[str, str]]:
        """What kinds of change mean otherwise than by default."""

    @property
    def language(self) -> str:
        """The language of selections in the ignore rules."""

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
    def to_arrow(self) -> ArrowRows: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Difference:
    """A definition that differs, and in what; made by ``assetdiff.differences``.

    >>> import assetdiff
    >>> base, head = ([{"key": ["a"], "group": group}] for group in ("f", "g"))
    >>> match assetdiff.differences(base, head)[0]:
    ...     case assetdiff.Difference(key, status, _, aspects):
    ...         print(key, status.value, aspects)
    a modified ('group',)
    """

    __match_args__: ClassVar[tuple[str, str, str, str]] = ("key", "status", "code_location", "aspects")
    def __new__(
        cls, key: _KeyLike, status: str, code_location: str | None = None, aspects: Sequence[str] | None = None
    ) -> Difference: ...
    @property
    def key(self) -> AssetKey:
        """The key."""

    @property
    def status(self) -> Status:
        """Whether it was added, removed, moved to another code location or modified."""

    @property
    def code_location(self) -> str | None:
        """The code location, of a moved one that in head."""

    @property
    def aspects(self) -> tuple[str, ...]:
        """The names of the aspects that differ, in order; of an added or removed definition, none."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ImpactCore:
    """What ``assetdiff.Impact`` shows."""

    def summary(self) -> dict[str, int]: ...
    def len(self) -> int: ...
    def get(self, key: _KeyLike) -> dict[str, Any] | None: ...
    def assets(self) -> list[dict[str, Any]]: ...
    def stops(self) -> list[dict[str, Any]]: ...
    def spared(self) -> list[dict[str, Any]]: ...
    def causes(self, key: _KeyLike, max: int) -> dict[str, Any]: ...
    def shortest_path(self, key: _KeyLike) -> tuple[AssetKey, ...]: ...
    def explain(self, key: _KeyLike, max_paths: int) -> ExplanationCore | None: ...
    def plan(self, have: Sequence[tuple[_KeyLike, Sequence[str] | None]]) -> PlanCore: ...
    def to_json(self, max_causes: int) -> str: ...
    def to_html(
        self, changes: ChangeSetCore, *, title: str | None, max_assets: int, height: int | None
    ) -> str: ...
    def to_text(self, *, width: int, color: bool) -> str: ...

@final
class ExplanationCore:
    """What ``assetdiff.Explanation`` shows."""

    def to_json(self) -> str: ...
    def to_text(self, *, width: int, color: bool) -> str: ...
    def to_dot(self) -> str: ...
    def to_mermaid(self) -> str: ...

@final
class ProjectCore:
    """What ``assetdiff.Project`` shows."""

    @staticmethod
    def parse(text: str, name: str) -> ProjectCore: ...
    @staticmethod
    def read(path: str | PathLike[str]) -> tuple[ProjectCore, str]: ...
    @property
    def base(self) -> str: ...
    @property
    def policies(self) -> list[str]: ...
    def store_place(self, stated: str | None, environment: str | None) -> str: ...
    def check_policies(self, changes: ChangeSetCore, impact: ImpactCore) -> PolicyReportCore: ...

@final
class PolicyReportCore:
    """What ``assetdiff.PolicyReport`` shows."""

    def results(self) -> list[dict[str, Any]]: ...
    def has_error(self) -> bool: ...
    def to_json(self) -> str: ...
    def to_sarif(self, file: str) -> str: ...
    def to_junit(self) -> str: ...

@final
class StoreCore:
    """What ``assetdiff.Store`` shows."""

    @staticmethod
    def open(place: str, settings: Sequence[tuple[str, str]], project: ProjectCore | None) -> StoreCore: ...
    def push(
        self,
        deployment: str,
        graph: AssetGraph,
        *,
        at: str,
        base: str | None,
        snapshot_base: str | None,
        commit: str | None,
        branch: str | None,
        pull_request: str | None,
        author: str | None,
    ) -> tuple[dict[str, Any], int, bool]: ...
    def diff(self, head: str, against: str) -> ChangeSetCore: ...
    def diff3(self, head: str) -> ThreeWayCore: ...
    def list(self) -> Sequence[dict[str, Any]]: ...
    def log(self, deployment: str) -> Sequence[dict[str, Any]]: ...
    def find(self, version: str) -> dict[str, Any]: ...
    def base_of(self, version: str, against: str) -> dict[str, Any]: ...
    def show(self, version: str) -> AssetGraph: ...
    def close(self, deployment: str, at: str) -> dict[str, Any]: ...
    def prune(
        self,
        *,
        at: str,
        closed_for: int,
        idle_for: int | None,
        keep: Sequence[str],
        dry_run: bool,
        force: bool,
    ) -> tuple[Sequence[str], Sequence[str], int, int]: ...
    def verify(self) -> tuple[int, int, int, int, Sequence[str]]: ...
    def traffic(self) -> tuple[int, int]: ...

@final
class ThreeWayCore:
    """What ``assetdiff.ThreeWay`` shows."""

    @property
    def yours(self) -> ChangeSetCore: ...
    @property
    def theirs(self) -> ChangeSetCore: ...
    @property
    def incoming(self) -> ChangeSetCore | None: ...
    def yours_alone(self) -> ChangeSetCore: ...
    def theirs_alone(self) -> ChangeSetCore: ...
    def alike(self) -> list[dict[str, Any]]: ...
    def conflicts(self) -> list[tuple[dict[str, Any], str]]: ...
    def merge(self) -> AssetGraph: ...
    def to_json(self) -> str: ...
    def to_text(self, *, width: int, color: bool) -> str: ...
    def to_markdown(self) -> str: ...

@final
class PlanCore:
    """What ``assetdiff.Plan`` shows."""

    def summary(self) -> dict[str, int]: ...
    def to_json(self) -> str: ...
    def to_text(self, *, width: int, color: bool) -> str: ...
    def reused(self) -> list[tuple[AssetKey, str]]: ...
    def commands(self, tool: str, more: Sequence[str]) -> tuple[list[str], list[str]]: ...
    def asset_selection(self) -> str: ...

def impact(
    changes: ChangeSetCore,
    base: AssetGraph,
    head: AssetGraph,
    *,
    max_distance: int | None,
    barriers: Sequence[tuple[str, Sequence[_KeyLike]]],
    narrow_columns: bool,
    now: str | None,
    changed_partitions: Sequence[tuple[_KeyLike, Sequence[str]]],
) -> ImpactCore: ...
def diff(
    base: AssetGraph, head: AssetGraph, options: DiffOptions | ProjectCore | None = None
) -> ChangeSetCore: ...
def diff3(
    merge_base: AssetGraph, base: AssetGraph, head: AssetGraph, options: DiffOptions | ProjectCore | None = None
) -> ThreeWayCore: ...
def diff_files(
    base: str | PathLike[str], head: str | PathLike[str], options: DiffOptions | ProjectCore | None = None
) -> ChangeSetCore: ...
def differences(base: AssetGraph, head: AssetGraph) -> list[Difference]: ...
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
def branch_changes() -> dict[str, str]: ...
def escape_hidden(text: str) -> str: ...

@final
class PartitionKeys:
    """The partition keys of a definition at a time, in order.

    ``definition`` is in the form of docs/snapshot-format.md, ``now`` a datetime with a time zone or its ISO 8601 text.
    Symbolic: nothing is listed before somebody asks. Equal keys of equal windows are equal. Raises SnapshotError for
    what is no definition or time, AssetDiffError for a definition whose keys cannot be told.

    >>> from assetdiff import PartitionKeys
    >>> daily = {"type": "time_window", "value": {"cron": "0 0 * * *", "fmt": "%Y-%m-%d",
    ...          "start": "2024-01-01T00:00:00Z", "timezone": "UTC"}}
    >>> keys = PartitionKeys(daily, "2024-03-15T12:00:00Z")
    >>> keys
    <PartitionKeys: 2024-01-01..2024-03-14 (74)>
    >>> len(keys), keys[0], keys[-1], "2024-02-29" in keys
    (74, '2024-01-01', '2024-03-14', True)
    """

    def __new__(cls, definition: Mapping[str, Any], now: datetime | str) -> PartitionKeys: ...
    @staticmethod
    def unpartitioned() -> PartitionKeys:
        """Return the one partition, whose key is empty, of an asset that is not partitioned."""

    @property
    def count(self) -> int | None:
        """The number of keys; None for dynamic partitions whose keys are not known."""

    @property
    def is_partitioned(self) -> bool:
        """Whether the asset is partitioned at all."""

    def all(self) -> PartitionSubset:
        """Return the subset of all keys."""

    def none(self) -> PartitionSubset:
        """Return the subset without a key."""

    def subset(self, keys: Sequence[str], *, skip_unknown: bool = False) -> PartitionSubset:
        """Return the subset of some keys. Raises AssetDiffError for a key that is not among them, unless these are skipped."""

    def to_list(self) -> list[str]:
        """Return all keys."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __getitem__(self, position: int, /) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __copy__(self) -> PartitionKeys: ...
    def __deepcopy__(self, memo: Any, /) -> PartitionKeys: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class PartitionSubset:
    """Some of the partitions of an asset: ``|``, ``&``, ``-``, ``in``, ``len``, iteration.

    Symbolic: ranges, and products of ranges. The operators take subsets of equal keys; ``within`` carries a subset over to
    other keys. ``str`` is one line that counts what it leaves out.

    >>> from assetdiff import PartitionKeys
    >>> regions = {"type": "static", "value": {"keys": ["eu", "us"]}}
    >>> months = {"type": "time_window", "value": {"cron": "@monthly", "fmt": "%Y-%m",
    ...           "start": "2024-01-01T00:00:00Z", "timezone": "UTC"}}
    >>> keys = PartitionKeys({"type": "multi", "value": {"month": months, "region": regions}}, "2024-07-15T12:00:00Z")
    >>> some = keys.all() - keys.subset([f"2024-0{month}|us" for month in range(1, 5)])
    >>> print(some)
    2024-01..2024-04 x eu; 2024-05..2024-06 x eu, us (8)
    >>> some.ranges()
    [('2024-01|eu', '2024-04|eu', 4), ('2024-05|eu', '2024-06|us', 4)]
    """

    @property
    def keys(self) -> PartitionKeys:
        """The keys that it is a subset of."""

    @property
    def count(self) -> int | None:
        """The number of partitions; None where it is not known."""

    @property
    def is_all(self) -> bool:
        """Whether it has all partitions."""

    def ranges(self, limit: int | None = None) -> list[tuple[str, str, int]]:
        """Return first key, last key and number of partitions that follow each other; with dimensions, of products of such."""

    def within(self, keys: PartitionKeys) -> PartitionSubset:
        """Return the partitions of other keys that have one of these keys. Raises AssetDiffError where keys are not known."""

    def to_list(self) -> list[str]:
        """Return the keys in order."""

    def __or__(self, other: PartitionSubset, /) -> PartitionSubset: ...
    def __and__(self, other: PartitionSubset, /) -> PartitionSubset: ...
    def __sub__(self, other: PartitionSubset, /) -> PartitionSubset: ...
    def __ror__(self, value: PartitionSubset, /) -> PartitionSubset: ...
    def __rand__(self, value: PartitionSubset, /) -> PartitionSubset: ...
    def __rsub__(self, value: PartitionSubset, /) -> PartitionSubset: ...
    def __bool__(self) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __copy__(self) -> PartitionSubset: ...
    def __deepcopy__(self, memo: Any, /) -> PartitionSubset: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class PartitionsDelta:
    """What differs between the partition keys of two sides; ``str`` is one line.

    >>> from assetdiff import PartitionKeys, compare_partitions
    >>> def daily(cron, start):
    ...     value = {"cron": cron, "fmt": "%Y-%m-%d", "start": start, "timezone": "UTC"}
    ...     return PartitionKeys({"type": "time_window", "value": value}, "2024-03-15T12:00:00Z")
    >>> base = daily("0 0 * * *", "2024-01-10T00:00:00Z")
    >>> print(compare_partitions(base, daily("0 0 * * *", "2024-01-01T00:00:00Z")))
    +9 partitions 2024-01-01..2024-01-09, none removed
    >>> compare_partitions(base, daily("@daily", "2024-01-09T12:00:00Z")).is_equivalent
    True
    """

    @property
    def added(self) -> PartitionSubset:
        """The keys that only head has, as a subset of head's."""

    @property
    def removed(self) -> PartitionSubset:
        """The keys that only base has, as a subset of base's."""

    @property
    def kept(self) -> PartitionSubset:
        """The keys that both have, as a subset of head's."""

    @property
    def same_meaning(self) -> bool:
        """Whether every kept key stands for the same window as before."""

    @property
    def is_equivalent(self) -> bool:
        """Whether the two definitions are different spellings of one."""

    @property
    def is_safe(self) -> bool:
        """Whether no key is removed, and all that are kept keep their meaning."""

    def __eq__(self, other: object, /) -> bool: ...

def compare_partitions(base: PartitionKeys, head: PartitionKeys) -> PartitionsDelta:
    """Return what a change of partitions does to the keys. Raises AssetDiffError where keys are not known."""

def upstream_partitions(
    mapping: Mapping[str, Any] | None, downstream: PartitionSubset, upstream: PartitionKeys
) -> tuple[PartitionSubset, PartitionSubset]:
    """Return the upstream partitions that some partitions of a dependent read: those that exist and those that do not.

    ``mapping`` is in the form of docs/snapshot-format.md; None infers it as Dagster does. Raises AssetDiffError for a mapping
    that is not made for such partitions.

    >>> from assetdiff import PartitionKeys, upstream_partitions
    >>> daily = {"type": "time_window", "value": {"cron": "0 0 * * *", "fmt": "%Y-%m-%d",
    ...          "start": "2024-03-01T00:00:00Z", "timezone": "UTC"}}
    >>> keys = PartitionKeys(daily, "2024-03-15T12:00:00Z")
    >>> day_before = {"type": "time_window", "value": {"start_offset": -1, "end_offset": -1}}
    >>> upstream_partitions(day_before, keys.subset(["2024-03-01", "2024-03-02"]), keys)
    (<PartitionSubset: 2024-03-01>, <PartitionSubset: 2024-02-29>)
    """

def downstream_partitions(
    mapping: Mapping[str, Any] | None, upstream: PartitionSubset, downstream: PartitionKeys
) -> PartitionSubset:
    """Return the partitions of a dependent that read some of the upstream partitions; see ``upstream_partitions``."""

def run_command(arguments: Sequence[str], python: str | PathLike[str]) -> int: ...
