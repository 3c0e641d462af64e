"""What runs for an asset beside its own function: resources, IO managers, the wiring of ops, checks of types.

Like `_private`, this stands on what Dagster does not call public, and says on what; it was run with the same versions.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from assetdiff.dagster import _private

_DEFAULT_IO_MANAGER = "io_manager"
# `Any` is the key of the configuration that everything has which states none.
_NO_CONFIG = "Any"
_OWN = frozenset({"dagster", "dagster_pandas", "dagster_pandera", "dagster_pipes", "dagster_shared"})
_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
_DEEPEST = 6


def compute_functions(node: Any) -> dict[str, Any]:
    """Return the functions that make an asset by the names of their ops, first of the op that it is an output of.

    `OpDefinition.compute_fn`, which for decorated ones is a `DecoratedOpFunction`; `output_names_by_entity_key`,
    `NodeDefinition.resolve_output_to_origin_op_def`.
    """
    assets = node.assets_def
    if assets.computation is None:
        return {}
    own = assets.node_def.resolve_output_to_origin_op_def(assets.output_names_by_entity_key[node.key])
    # A graph has its ops in the order of its body.
    others = sorted(assets.node_def.iterate_op_defs(), key=lambda op: str(op.name))
    return {f"op {op.name}": _compute_function(op) for op in (own, *others)}


def _compute_function(op: Any) -> Any:
    function = getattr(op.compute_fn, "decorated_fn", op.compute_fn)
    # Dagster has a function of its own around that of an observable source.
    inner = [value for value in _unwrapped(function) if isinstance(value, _FUNCTIONS)]
    return inner[0] if len(inner) == 1 else function


class BoundCode:
    """What is bound to the assets of one code location.

    Parts of code are told apart by their objects, so what is made on the way is made once and kept: the wiring of a
    graph for all assets of it, the form of a resource for all that use it.
    """

    def __init__(self, definitions: Any) -> None:
        """`RepositoryDefinition.get_top_level_resources`, `Definitions.get_repository_def`."""
        is_repository = isinstance(definitions, dg.RepositoryDefinition)
        repository = definitions if is_repository else definitions.get_repository_def()
        self._graph = _private.asset_graph(definitions)
        self._resources: Mapping[str, Any] = repository.get_top_level_resources()
        # The definitions are kept too, or their ids could be used again.
        self._of_resource: dict[tuple[str, int], tuple[Any, dict[str, Any], frozenset[str]]] = {}
        self._of_node: dict[int, tuple[Any, dict[str, Any]]] = {}

    def of(self, node: Any) -> dict[str, Any]:
        """Return everything that is bound to an asset, by what it is: `resource db`, `wiring of ops`."""
        assets = node.assets_def
        root = assets.node_def
        found = dict(self._node_code(root))
        keys = {assets.get_io_manager_key_for_asset_key(node.key), *_resource_keys(root)}
        self._add_resources(found, keys, {**self._resources, **assets.resource_defs}, "")
        for name, key in sorted(assets.computation.keys_by_input_name.items()):
            if any(_is_loaded_by_upstream(definition) for definition in _op_inputs(root, name)):
                self._add_manager_of(found, key)
        for key in _read_within(root):
            self._add_manager_of(found, key)
        return found

    def _add_manager_of(self, found: dict[str, Any], key: dg.AssetKey) -> None:
        """Adds the IO manager of an asset that is read: it loads the value.

        `AssetGraph.has`, `AssetsDefinition.get_io_manager_key_for_asset_key`.
        """
        if not self._graph.has(key):
            return
        upstream = self._graph.get(key).assets_def
        manager = upstream.get_io_manager_key_for_asset_key(key)
        bound = {**self._resources, **upstream.resource_defs}
        self._add_resources(found, {manager}, bound, f" of {key.to_user_string()}")

    def _add_resources(self, found: dict[str, Any], keys: set[str], bound: Mapping[str, Any], suffix: str) -> None:
        pending = sorted(keys & bound.keys())
        seen = set(pending)
        while pending:
            key = pending.pop(0)
            values, required = self._resource(key, bound[key])
            for name, value in values.items():
                if found.setdefault(name, value) is not value:
                    found[name + suffix] = value
            # What a resource needs is made with it.
            ahead = sorted((required & bound.keys()) - seen)
            seen.update(ahead)
            pending += ahead

    def _resource(self, key: str, definition: Any) -> tuple[dict[str, Any], frozenset[str]]:
        known = self._of_resource.get((key, id(definition)))
        if known is None:
            values, required = _resource_values(key, definition)
            known = self._of_resource[key, id(definition)] = (definition, values, required)
        return known[1], known[2]

    def _node_code(self, root: Any) -> dict[str, Any]:
        known = self._of_node.get(id(root))
        if known is None:
            known = self._of_node[id(root)] = (root, _node_values(root))
        return known[1]


def _resource_values(key: str, definition: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return what a resource consists of, and the keys of the resources that it needs."""
    if key == _DEFAULT_IO_MANAGER and _is_default_io_manager(definition):
        return {}, frozenset()
    required: set[str] = set()
    configuration, definition = _configured(definition, required)
    state, defaults = _resource_state(definition, required)
    values = _numbered(f"resource {key}", state) | _numbered(f"configuration of {key}", [*configuration, *defaults])
    return values, frozenset(required)


def _is_default_io_manager(definition: Any) -> bool:
    """Tells whether it is what Dagster binds where nobody has: `default_job_io_manager`, or by `with_resources`."""
    function = definition.resource_fn
    is_default = str(getattr(function, "__name__", "")).startswith("default_job_io_manager")
    return definition is dg.fs_io_manager or (is_default and _is_dagsters(function))


def _resource_state(definition: Any, required: set[str]) -> tuple[list[Any], list[Any]]:
    """Return what a resource is made of, and the defaults of its configuration.

    `ResourceDefinition.resource_fn`; `configurable_resource_cls` of those made from Pythonic resources.
    """
    function = definition.resource_fn
    cls = getattr(definition, "configurable_resource_cls", None)
    owner = getattr(function, "__self__", None)
    if cls is not None and type(owner) is cls:
        # The defaults of its fields are in the source of its class.
        return [_plain(owner, required)], []
    held = [_plain(value, required) for value in _unwrapped(function)]
    if cls is None:
        return held, _defaults(definition)
    # One that is configured at launch closes over its class, an adapter has the function of what it adapts.
    return (held, []) if any(value is cls for value in held) else ([cls, *held], _defaults(definition))


def _configured(definition: Any, required: set[str]) -> tuple[list[Any], Any]:
    """Return what `configured` gives a definition, and the definition below.

    `ConfiguredDefinitionConfigSchema.parent_def` and `_config_fn`.
    """
    values: list[Any] = []
    while True:
        required |= set(getattr(definition, "required_resource_keys", ()))
        schema = definition.config_schema
        if not hasattr(schema, "parent_def"):
            return values, definition
        values += [_plain(value, required) for value in _unwrapped(schema._config_fn)]
        definition = schema.parent_def


def _configuration(node_definition: Any) -> list[Any]:
    """Return what configures an op or a graph, down to the defaults: `ConfigMapping.config_fn`."""
    values, definition = _configured(node_definition, set())
    mapping = getattr(definition, "config_mapping", None)
    if mapping is not None:
        values += _unwrapped(mapping.config_fn)
    has_class = getattr(getattr(definition, "compute_fn", None), "has_config_arg", None)
    # The defaults of a class are in its source.
    return values if has_class is not None and has_class() else [*values, *_defaults(definition)]


def _defaults(definition: Any) -> list[Any]:
    """Return the default values of a configuration, if there are any: `IDefinitionConfigSchema.as_field`."""
    schema = definition.config_schema
    defaults = None if schema is None else _field_defaults(schema.as_field())
    return [] if defaults is None else [defaults]


def _field_defaults(field: Any) -> Any:
    """Return the default values in a schema, None if it has none: `Field.default_value`, `Shape.fields`."""
    if field is None or field.config_type.key == _NO_CONFIG:
        return None
    if field.default_provided:
        return field.default_value or None
    members = getattr(field.config_type, "fields", None) or {}
    defaults = {name: _field_defaults(member) for name, member in sorted(members.items())}
    return {name: value for name, value in defaults.items() if value is not None} or None


def _node_values(root: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if isinstance(root, dg.GraphDefinition):
        wiring = _wiring(root)
        values["wiring of ops"] = wiring
        # A function that maps configuration counts with the classes in its annotations, as ops do.
        values |= _numbered("mapping of configuration", [*_functions_in(wiring)])
    else:
        values |= _numbered("configuration of the op", _configuration(root))
    for op in root.iterate_op_defs():
        for definition in (*op.input_defs, *op.output_defs):
            for name, value in _type_code(definition.dagster_type):
                values.setdefault(name, value)
    return values


def _wiring(graph: Any) -> dict[str, Any]:
    """Return which op of a graph feeds which, and how they are configured, without the source of its body.

    `GraphDefinition.node_dict`, `dependencies`, `input_assets`; `NodeInvocation`; the classes of dependencies.
    """
    feeds = {
        invocation.alias or invocation.name: {name: _feed(dependency) for name, dependency in sorted(inputs.items())}
        for invocation, inputs in graph.dependencies.items()
    }
    for name, inputs in graph.input_assets.items():
        read = {input_name: {"asset": list(asset.key.parts)} for input_name, asset in sorted(inputs.items())}
        feeds[name] = {**feeds.get(name, {}), **read}
    ops: dict[str, Any] = {}
    for name, node in sorted(graph.node_dict.items()):
        definition = node.definition
        if isinstance(definition, dg.GraphDefinition):
            form = _wiring(definition)
        else:
            form = {"function": _compute_function(definition)} | _op_form(definition)
        ops[name] = form | _non_empty({"inputs": feeds.get(name, {})})
    configuration = _configuration(graph)
    inputs = [
        (mapping.graph_input_name, mapping.maps_to.node_name, mapping.maps_to.input_name)
        + ((mapping.maps_to.fan_in_index,) if hasattr(mapping.maps_to, "fan_in_index") else ())
        for mapping in graph.input_mappings
    ]
    outputs = [
        (mapping.graph_output_name, mapping.maps_from.node_name, mapping.maps_from.output_name)
        for mapping in graph.output_mappings
    ]
    parts = {"configuration": configuration, "inputs of the graph": sorted(inputs), "outputs": sorted(outputs)}
    return {"ops": ops, **_non_empty(parts)}


def _op_form(op: Any) -> dict[str, Any]:
    defaults = {
        definition.name: _plain(definition.default_value, set())
        for definition in sorted(op.input_defs, key=lambda definition: str(definition.name))
        if definition.has_default_value
    }
    dynamic = sorted(definition.name for definition in op.output_defs if definition.is_dynamic)
    return _non_empty({"configuration": _configuration(op), "defaults": defaults, "dynamic": dynamic})


def _feed(dependency: Any) -> Any:
    if hasattr(dependency, "node_name"):
        return {"collected": (dependency.node_name, dependency.output_name)}
    if isinstance(dependency, dg.DependencyDefinition):
        return (dependency.node, dependency.output)
    # In a fan-in, an input of the graph is a class that stands for it.
    return [
        (each.node, each.output) if isinstance(each, dg.DependencyDefinition) else "input of the graph"
        for each in dependency.get_dependencies_and_mappings()
    ]


def _type_code(dagster_type: Any) -> Iterator[tuple[str, Any]]:
    """Yield the code of a type that is not Dagster's own.

    `DagsterType._type_check_fn`, `loader`, `inner_types`; `DagsterTypeLoaderFromDecorator._func`.
    """
    for inner in dagster_type.inner_types:
        yield from _type_code(inner)
    name = dagster_type.display_name
    check = dagster_type._type_check_fn
    if not str(check.__module__).startswith("dagster."):
        yield from _numbered(f"check of {name}", _unwrapped(check)).items()
    loader = dagster_type.loader
    if loader is not None:
        loads = getattr(loader, "_func", loader)
        if not str(loads.__module__).startswith("dagster."):
            yield f"loader of {name}", loads


def _resource_keys(root: Any) -> set[str]:
    """Return the keys of what ops need: resources, managers of their inputs and of what passes between them."""
    keys: set[str] = set()
    for op in root.iterate_op_defs():
        keys |= set(op.required_resource_keys)
        for definition in (*op.input_defs, *op.output_defs):
            dagster_type = definition.dagster_type
            keys |= set(dagster_type.required_resource_keys)
            keys |= set(dagster_type.loader.required_resource_keys()) if dagster_type.loader else set()
        keys |= {key for definition in op.input_defs if (key := definition.input_manager_key) is not None}
    return keys | _managers_between(root)


def _managers_between(root: Any) -> set[str]:
    """`GraphDefinition.dependencies`, `NodeDefinition.resolve_output_to_origin`."""
    if not isinstance(root, dg.GraphDefinition):
        return set()
    keys: set[str] = set()
    for inputs in root.dependencies.values():
        for dependency in inputs.values():
            for feed in dependency.get_node_dependencies():
                definition = root.node_named(feed.node).definition
                keys.add(definition.resolve_output_to_origin(feed.output, None)[0].io_manager_key)
    for node in root.node_dict.values():
        keys |= _managers_between(node.definition)
    return keys


def _op_inputs(root: Any, name: str) -> Iterator[Any]:
    """Yield the inputs of ops that an input of an op or a graph is given to."""
    if not isinstance(root, dg.GraphDefinition):
        if name in root.input_dict:
            yield root.input_dict[name]
        return
    for mapping in root.input_mappings:
        if mapping.graph_input_name == name:
            target: Any = mapping.maps_to
            yield from _op_inputs(root.node_named(target.node_name).definition, target.input_name)


def _is_loaded_by_upstream(definition: Any) -> bool:
    return not definition.dagster_type.is_nothing and definition.input_manager_key is None


def _read_within(root: Any) -> Iterator[dg.AssetKey]:
    """Yield the assets that ops of a graph read without an input of the graph: `GraphDefinition.input_assets`."""
    if isinstance(root, dg.GraphDefinition):
        for _, inputs in sorted(root.input_assets.items()):
            for _, asset in sorted(inputs.items()):
                yield asset.key
        for _, node in sorted(root.node_dict.items()):
            yield from _read_within(node.definition)


def _unwrapped(function: Any) -> list[Any]:
    """Return what a function that Dagster makes stands for: what it closes over, of that the functions if it has any.

    So are wrapped what `hardcoded_resource`, `configured`, `input_manager`, `config_mapping` were given.
    """
    is_made = isinstance(function, types.FunctionType) and "<locals>" in function.__qualname__
    if not is_made or not _is_dagsters(function):
        return [function]
    cells = inspect.getclosurevars(function).nonlocals
    values = [cells[name] for name in sorted(cells)]
    held = [value for value in values if isinstance(value, _FUNCTIONS)] or values
    return [inner for value in held for inner in _unwrapped(value)] or [function]


def _plain(value: Any, required: set[str], depth: int = 0) -> Any:
    """Return a value in which Dagster's own objects are what they hold; the value itself if there are none.

    The keys of the resources that those need are added to `required`.
    """
    if depth > _DEEPEST:
        return value
    if isinstance(value, dg.ResourceDefinition):
        configuration, definition = _configured(value, required)
        state, defaults = _resource_state(definition, required)
        return [*state, *configuration, *defaults]
    if type(value) in (list, tuple):
        items = [_plain(item, required, depth + 1) for item in value]
        return type(value)(items) if any(a is not b for a, b in zip(items, value)) else value
    if type(value) is dict:
        members = {key: _plain(item, required, depth + 1) for key, item in value.items()}
        return members if any(members[key] is not item for key, item in value.items()) else value
    if isinstance(value, (type, str, int, tuple, *_FUNCTIONS)):
        return value
    is_model = isinstance(getattr(type(value), "__pydantic_fields__", None), dict)
    if not is_model and not _is_dagsters(type(value)):
        return value
    held: dict[str, Any] = getattr(value, "__dict__", {})
    # What Dagster keeps of its own there: a resource's schema, what a cached method has returned.
    fields = {name: held[name] for name in sorted(held) if "__internal__" not in name}
    plain = {name: _plain(item, required, depth + 1) for name, item in fields.items()}
    if is_model and all(plain[name] is item for name, item in fields.items()):
        return value
    return (type(value), plain)


def _is_dagsters(value: Any) -> bool:
    """Tells whether a function or class is Dagster's own; by name, since projects are called `dagster_shop` too."""
    return str(getattr(value, "__module__", "")).partition(".")[0] in _OWN


def _functions_in(value: Any) -> Iterator[Any]:
    """Yield the functions that configure the ops of a wiring."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "configuration":
                yield from (each for each in item if isinstance(each, _FUNCTIONS))
            elif name == "ops":
                for op in item.values():
                    yield from _functions_in(op)


def _numbered(name: str, values: list[Any]) -> dict[str, Any]:
    return {name if number == 1 else f"{name} ({number})": value for number, value in enumerate(values, start=1)}


def _non_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
