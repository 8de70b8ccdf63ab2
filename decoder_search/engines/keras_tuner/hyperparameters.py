"""A search space in Keras Tuner's terms, and back. Loads no tuner: both sides are plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from decoder_search.space.parameters import ChoiceParameter, IntParameter, Parameter, Scalar, allows
from decoder_search.space.search_space import SearchSpace

PLAIN_TYPES = (str, int, float)
"""Keras Tuner takes choices of one of these; it would make numbers of truth values."""


def describe_hyperparameters(space: SearchSpace) -> list[dict[str, Any]]:
    """The parameters as `keras_tuner.HyperParameters.from_config` takes its `space`.

    Each is named by its path and active under the same conditions. They are spelled out, because Keras
    Tuner's `conditional_scope` knows no parameter that depends on two others.
    """
    by_path = {parameter.path: parameter for parameter in space.parameters}
    hyperparameters = []
    for parameter in space.parameters:
        conditions = [
            {"name": path, "values": [_label(by_path[path], value) for value in allowed]}
            for path, allowed in parameter.when.items()
        ]
        shared = {
            "name": parameter.path,
            "default": None,
            "conditions": [{"class_name": "Parent", "config": condition} for condition in conditions],
        }
        kind, own = _kind(parameter)
        hyperparameters.append({"class_name": kind, "config": {**shared, **own}})
    return hyperparameters


def to_values(space: SearchSpace, params: Mapping[str, Scalar]) -> dict[str, Any]:
    """The values of Keras Tuner's hyperparameters that mean these params."""
    return {
        parameter.path: _label(parameter, params[parameter.path])
        for parameter in space.parameters
        if parameter.path in params
    }


def to_params(space: SearchSpace, values: Mapping[str, Any]) -> dict[str, Scalar]:
    """The params that values of Keras Tuner's hyperparameters mean: the active ones, in the space's order.

    Raises:
        KeyError: an active parameter has no value.
    """
    params: dict[str, Scalar] = {}
    for parameter in space.parameters:
        if space.is_active(parameter, params):
            params[parameter.path] = _value(parameter, values[parameter.path])
    return params


def belongs(space: SearchSpace, params: Mapping[str, Scalar]) -> bool:
    """Whether a trial of this space can have exactly these params."""
    active = [parameter for parameter in space.parameters if space.is_active(parameter, params)]
    return {parameter.path for parameter in active} == set(params) and all(
        allows(parameter, params[parameter.path]) for parameter in active
    )


def _kind(parameter: Parameter) -> tuple[str, dict[str, Any]]:
    if isinstance(parameter, ChoiceParameter):
        return "Choice", {
            "values": [_label(parameter, value) for value in parameter.choices],
            "ordered": False,
        }
    ends = {"min_value": parameter.low, "max_value": parameter.high}
    sampling = {"sampling": "log" if parameter.log else "linear"}
    if isinstance(parameter, IntParameter):
        return "Int", {**ends, **sampling, "step": None if parameter.log else parameter.step}
    return "Float", {**ends, **sampling, "step": None}


def _label(parameter: Parameter, value: Scalar) -> Scalar:
    """What stands for a value: itself, or its JSON text among choices that Keras Tuner would not take."""
    if not isinstance(parameter, ChoiceParameter):
        return value
    kinds = {type(choice) for choice in parameter.choices}
    return value if len(kinds) == 1 and kinds <= set(PLAIN_TYPES) else json.dumps(value)


def _value(parameter: Parameter, label: Any) -> Scalar:
    """The value that a label stands for, back inside of the range that Keras Tuner's arithmetic can leave."""
    if isinstance(parameter, ChoiceParameter):
        values = {_label(parameter, choice): choice for choice in parameter.choices}
        return values.get(label, label)
    if isinstance(parameter, IntParameter):
        # Its logarithmic range ends at one more, which is left out but for the very last of the floats.
        beyond = parameter.log and label == parameter.high + 1
        return parameter.high if beyond else int(label)
    ends = (end for end in (parameter.low, parameter.high) if math.isclose(label, end, rel_tol=1e-12))
    return next(ends, float(label))
