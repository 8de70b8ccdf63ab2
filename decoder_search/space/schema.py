"""The JSON Schema of a search space, with which editors complete keys and mark what is none.

It knows every key and the range of every value. What takes more than one key to tell, such as a `when` that
can never hold, is told when the file is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from decoder_search.space.constraints import BOUNDS
from decoder_search.space.metrics import CONSTRAINABLE
from decoder_search.space.parsing import ONE_A_STUDY
from decoder_search.space.search_space import LISTS
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import CONFIG_PATHS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

NUMBER_AS_TEXT: Schema = {
    "description": "A number such as 1e-4, which YAML 1.1 takes for a word.",
    "type": "string",
    "pattern": r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$",
}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def space_schema() -> Schema:
    """The schema of a search space's YAML, its keys dotted or nested (JSON Schema, draft 2020-12)."""
    config = EncodeNetConfig.model_json_schema()
    values = {path: _value(path, config) for path in CONFIG_PATHS}
    searchable = [path for path in CONFIG_PATHS if not path.startswith(ONE_A_STUDY) and path not in LISTS]
    definitions: Schema = {"number": {"anyOf": [{"type": "number"}, NUMBER_AS_TEXT]}}
    definitions["conditions"] = _conditions(searchable)
    for path, value in values.items():
        definitions[f"constant.{path}"] = value
        definitions[f"searched.{path}"] = _searched(value) if path in searchable else value
    for section in sorted({section for path in CONFIG_PATHS for section in _sections(path)}):
        for kind in ("constant", "searched"):
            definitions[f"{kind}.{section}"] = _object(_members(f"{section}.", kind))
    return {
        "$schema": DIALECT,
        "title": "Search space of decoder-search",
        **_object({**_beside_the_config(), **_members("", "searched")}),
        "$defs": definitions,
    }


def _beside_the_config() -> Schema:
    """What stands beside the keys of a config."""
    final = _object(_members("", "constant"))
    limits = _object({name: _reference("number") for name in BOUNDS})
    return {
        "description": {"type": "string", "description": "What `decoder-search spaces` shows."},
        "constraints": {
            "description": "Limits of what a trial measures; one that breaks any is infeasible.",
            **_object({metric: {**limits, "minProperties": 1} for metric in CONSTRAINABLE}),
            "type": ["object", "null"],
        },
        "final": {
            "description": "What is different when a winner is trained for real.",
            **final,
            "type": ["object", "null"],
        },
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _members(prefix: str, kind: str) -> Schema:
    """The keys that may stand under a prefix: what is left of a path, or any section on the way to it."""
    members: Schema = {}
    for path in CONFIG_PATHS:
        if path.startswith(prefix):
            for section in _sections(path.removeprefix(prefix)):
                members[section] = _reference(f"{kind}.{prefix}{section}")
            members[path.removeprefix(prefix)] = _reference(f"{kind}.{path}")
    return members


def _sections(path: str) -> Iterator[str]:
    """`a` and `a.b` of `a.b.c`."""
    parts = path.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts)))


def _value(path: str, config: Mapping[str, Any]) -> Schema:
    """What the config takes at a path; a real number may be written as YAML 1.1 takes for a word."""
    place: Mapping[str, Any] = config
    for part in path.split("."):
        place = place["properties"][part]
        if "$ref" in place:
            place = config["$defs"][place["$ref"].rpartition("/")[2]]
    value = {name: said for name, said in place.items() if name != "title"}
    branches = value.get("anyOf", [value])
    if any(branch.get("type") == "number" for branch in branches):
        return {"anyOf": [*branches, NUMBER_AS_TEXT]}
    return value


def _searched(value: Schema) -> Schema:
    """A plain value, or how it is searched."""
    branches = [branch for branch in value.get("anyOf", [value]) if branch.get("type") != "null"]
    types = {branch.get("type") for branch in branches}
    if "number" in types:
        numbers: Schema = {"anyOf": branches}
    else:
        numbers = next((branch for branch in branches if branch.get("type") == "integer"), {})
    beside = {"when": _reference("conditions")}
    log = {"log": {"type": "boolean"}}
    ways = [_object({"choice": {**_list(_without_default({"anyOf": branches})), "minItems": 1}, **beside})]
    if types & {"integer", "number"}:
        integers = {"allOf": [{"type": "integer"}, _without_default(numbers)]}
        step = {"step": {"type": "integer", "minimum": 1}}
        ways.append(_object({"int": _range(integers), **step, **log, **beside}))
    if "number" in types:
        ways.append(_object({"float": _range(_without_default(numbers)), **log, **beside}))
    for way in ways:
        way["required"] = [next(iter(way["properties"]))]
    return {"anyOf": [value, *ways]}


def _without_default(value: Schema) -> Schema:
    """A default is that of the key, not of an end of its range or of one of its choices."""
    kept = {name: said for name, said in value.items() if name != "default"}
    if "anyOf" in kept:
        kept["anyOf"] = [_without_default(branch) for branch in kept["anyOf"]]
    return kept


def _range(ends: Schema) -> Schema:
    return {**_list(ends), "minItems": 2, "maxItems": 2}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _conditions(searchable: list[str]) -> Schema:
    allowed = {"anyOf": [SCALAR, {**_list(SCALAR), "minItems": 1}]}
    return {
        "description": "Searched only where these other searched keys have one of these values.",
        "type": "object",
        "propertyNames": {"enum": searchable},
        "additionalProperties": allowed,
    }
