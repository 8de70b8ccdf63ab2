"""What the YAML of a search space says, checked against the config that it searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from decoder_search.space.constraints import Constraint, parse_constraints
from decoder_search.space.parameters import (
    ChoiceParameter,
    FloatParameter,
    Parameter,
    Scalar,
    parse_parameter,
)
from decoder_search.space.search_space import SearchSpace, accepted
from encodenet_core.config_values import CONFIG_PATHS, check_path
from encodenet_core.errors import ConfigError, unknown_name
from encodenet_core.io.plain_yaml import read_yaml

ONE_A_STUDY = ("dataset.", "baseline.", "seed")


Parsed = tuple[tuple[Parameter, ...], dict[str, Any], dict[str, Any], str, tuple[Constraint, ...]]
"""The parameters, constants, final overrides, description and constraints of a search space."""

BESIDE_THE_CONFIG = ("description", "final", "constraints")
"""The keys of a search space that are none of a config."""


def parse_space(document: Mapping[str, Any]) -> Parsed:
    """What the YAML of a search space describes.

    Raises:
        ConfigError: a key or value that no config takes, a parameter that cannot be searched, or a constraint
            that nothing can keep to.
    """
    leaves = _leaves({key: value for key, value in document.items() if key not in BESIDE_THE_CONFIG})
    specs = {path: value for path, value in leaves.items() if isinstance(value, Mapping)}
    constants = accepted({path: value for path, value in leaves.items() if path not in specs})
    parameters = [_checked(parse_parameter(path, spec), constants) for path, spec in specs.items()]
    if not parameters:
        raise ConfigError("nothing is searched; give a key a range or choices: decoder.depth: {int: [1, 4]}")
    final = _final(document.get("final") or {}, constants)
    ordered = _in_order(parameters)
    _check_each_can_be_searched(ordered)
    description, limits = _description(document.get("description", "")), document.get("constraints")
    return ordered, constants, final, description, parse_constraints({} if limits is None else limits)


def _final(nested: object, constants: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(nested, Mapping):
        raise ConfigError(f"final is {shortened(nested)}, but expected are config keys with values")
    overrides = _leaves(nested)
    held = accepted({**constants, **overrides})
    return {path: held[path] for path in overrides}


def _description(text: object) -> str:
    if not isinstance(text, str):
        raise ConfigError(f"description is {shortened(text)}, but expected is a line of text")
    line = " ".join(text.split())
    if not line.isprintable():
        raise ConfigError(
            f"description is {shortened(text)}, but expected are characters that can be printed"
        )
    return line


def _leaves(nested: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Config paths to what stands there: a plain value, or the mapping that describes a parameter."""
    leaves: dict[str, Any] = {}
    for key, value in nested.items():
        path = f"{prefix}{key}"
        if not any(known.startswith(f"{path}.") for known in CONFIG_PATHS):
            check_path(path)
            found = {path: value}
        elif isinstance(value, Mapping):
            found = _leaves(value, f"{path}.")
        else:
            raise ConfigError(f"{path} is {shortened(value)}, but expected are the keys of that section")
        twice = sorted(leaves.keys() & found.keys())
        if twice:
            raise ConfigError(f"{twice[0]} is given twice, dotted and nested; leave one of them out")
        leaves.update(found)
    return leaves


def _checked(parameter: Parameter, constants: Mapping[str, Any]) -> Parameter:
    """The parameter with its values as the config holds them, if the config takes them all."""
    path = parameter.path
    if path.startswith(ONE_A_STUDY):
        raise ConfigError(f"{path} cannot be searched: a study has one dataset, one baseline and one seed")
    values = tuple(accepted({**constants, path: value})[path] for value in parameter.examples())
    if isinstance(parameter, FloatParameter) and not all(isinstance(value, float) for value in values):
        raise ConfigError(f"{path} takes whole numbers, but its range is float; write it as int")
    if isinstance(parameter, ChoiceParameter):
        twice = [value for place, value in enumerate(values) if value in values[:place]]
        if twice:
            raise ConfigError(f"{path} has the choice {twice[0]!r} twice; leave one of them out")
        return replace(parameter, choices=values)
    return parameter


def _in_order(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """The parameters in the order of the file, but each after those that its `when` names."""
    by_path = {parameter.path: parameter for parameter in parameters}
    for parameter in parameters:
        for path, allowed in parameter.when.items():
            _check_condition(parameter, by_path, path, allowed)
    ordered: dict[str, Parameter] = {}
    while len(ordered) < len(parameters):
        waiting = [parameter for parameter in parameters if parameter.path not in ordered]
        ready = next((each for each in waiting if ordered.keys() >= each.when.keys()), None)
        if ready is None:
            names = ", ".join(parameter.path for parameter in waiting)
            raise ConfigError(f"{names}: each waits for another in its when; leave one when out")
        ordered[ready.path] = ready
    return tuple(ordered.values())


def _check_condition(
    parameter: Parameter, by_path: Mapping[str, Parameter], path: str, allowed: Sequence[Scalar]
) -> None:
    check_path(path)
    if path not in by_path:
        raise ConfigError(f"{parameter.path}: when names {path}, which is not searched; leave it out")
    for value in allowed:
        if not by_path[path].takes(value):
            known = ", ".join(str(example) for example in by_path[path].examples())
            raise ConfigError(
                f"{parameter.path}: when {path} is {value!r}, which that key cannot take ({known})"
            )


def _check_each_can_be_searched(ordered: Sequence[Parameter]) -> None:
    """Refuse a `when` that never holds together with those of the parameters that it names.

    A parameter that is inactive has no value, so each condition brings those of its parameter with it: what
    is wanted in the end is one set of values for every parameter on the way.
    """
    wanted_by: dict[str, dict[str, tuple[Scalar, ...]]] = {}
    for parameter in ordered:
        wanted = dict(parameter.when)
        for named in parameter.when:
            for path, allowed in wanted_by[named].items():
                both = tuple(value for value in wanted.get(path, allowed) if value in allowed)
                if not both:
                    raise ConfigError(
                        f"{parameter.path} would never be searched: its when wants {path} to be "
                        f"{_listed(wanted[path])}, but {named}, which it names too, is there only when that "
                        f"is {_listed(allowed)}; change one when, or leave it out"
                    )
                wanted[path] = both
        wanted_by[parameter.path] = wanted


def _listed(values: Sequence[Scalar]) -> str:
    return " or ".join(str(value) for value in values)


def packaged_spaces() -> tuple[str, ...]:
    """The names of the spaces that come with the package, sorted."""
    files = (Path(file.name) for file in resources.files("search_spaces").iterdir())
    return tuple(sorted(file.stem for file in files if file.suffix == ".yaml"))


def load_space(name_or_path: str) -> SearchSpace:
    """The space of this packaged name, or in this `.yaml` or `.yml` file.

    Raises:
        ConfigError: there is no such space, or it describes none that can be searched.
    """
    if name_or_path.endswith((".yaml", ".yml")):
        return _read_space(Path(name_or_path))
    if name_or_path not in packaged_spaces():
        raise unknown_name(
            "search space (neither packaged nor a .yaml file)", name_or_path, packaged_spaces()
        )
    with resources.as_file(resources.files("search_spaces") / f"{name_or_path}.yaml") as path:
        return _read_space(path)


def _read_space(path: Path) -> SearchSpace:
    if not path.stem.isprintable():
        raise ConfigError(f"{str(path)!r} names no search space; rename it to characters that can be printed")
    document = read_yaml(path)
    try:
        return SearchSpace(path.stem, *parse_space(document))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
