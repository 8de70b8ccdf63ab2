"""One searched key of a config: the values that it may take, and when it plays a part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from reprlib import repr as shortened
from typing import Annotated, Any, Literal, cast

from pydantic import Field, SerializerFunctionWrapHandler, StrictBool, StrictInt, WrapSerializer

from decoder_search.space.metrics import NAME
from encodenet_core.errors import ConfigError, unknown_name
from encodenet_core.io.types import Real, known_keys_only

Scalar = str | int | float | bool | None
"""A plain value of a config; a searched value is never None."""

Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]

Conditions = Mapping[Name, tuple[Scalar, ...]]
"""Paths of other parameters to the values of theirs under which a parameter is active."""

LONGEST_LISTED = 16


@known_keys_only
@dataclass(frozen=True)
class IntParameter:
    """A whole number from `low` to `high`, both included, in steps of `step`."""

    path: Name
    low: StrictInt
    high: StrictInt
    log: StrictBool = False
    step: Annotated[StrictInt, Field(ge=1)] = 1
    when: Conditions = field(default_factory=dict)
    kind: Literal["int"] = field(default="int", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Raise a ValueError for a range that is upside down."""
        _check_ends(self.path, self.low, self.high)

    def examples(self) -> tuple[Scalar, ...]:
        """Every value of a short range, the two ends of a long one."""
        if (self.high - self.low) // self.step < LONGEST_LISTED:
            return tuple(range(self.low, self.high + 1, self.step))
        return self.low, self.high

    def takes(self, value: Scalar) -> bool:
        """Whether a trial can have this value."""
        return type(value) is int and value in range(self.low, self.high + 1, self.step)


@known_keys_only
@dataclass(frozen=True)
class FloatParameter:
    """A real number from `low` to `high`, both included."""

    path: Name
    low: Real
    high: Real
    log: StrictBool = False
    when: Conditions = field(default_factory=dict)
    kind: Literal["float"] = field(default="float", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Raise a ValueError for a range that is upside down."""
        _check_ends(self.path, self.low, self.high)

    def examples(self) -> tuple[Scalar, ...]:
        """The two ends of the range."""
        return (self.low,) if self.low == self.high else (self.low, self.high)

    def takes(self, value: Scalar) -> bool:
        """Never: a trial hits no real number exactly, so that nothing can depend on one."""
        return False


@known_keys_only
@dataclass(frozen=True)
class ChoiceParameter:
    """One of `choices`, which have no order."""

    path: Name
    choices: tuple[Scalar, ...]
    when: Conditions = field(default_factory=dict)
    kind: Literal["choice"] = field(default="choice", kw_only=True, repr=False)

    def examples(self) -> tuple[Scalar, ...]:
        """All choices."""
        return self.choices

    def takes(self, value: Scalar) -> bool:
        """Whether a trial can have this value."""
        return value in self.choices


def _check_ends(path: str, low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"{path} has a range that is upside down")


def _kind_first(parameter: Any, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
    return {"kind": parameter.kind, **handler(parameter)}


Parameter = Annotated[
    IntParameter | FloatParameter | ChoiceParameter,
    Field(discriminator="kind"),
    WrapSerializer(_kind_first),
]


def allows(parameter: Parameter, value: object) -> bool:
    """Whether a value lies within a parameter; of real numbers any between its ends does, ends included."""
    if isinstance(parameter, FloatParameter):
        return isinstance(value, (int, float)) and parameter.low <= value <= parameter.high
    return parameter.takes(cast(Scalar, value))


BESIDE = {"int": ("step", "log", "when"), "float": ("log", "when"), "choice": ("when",)}
"""What a search space may say beside each kind."""


def parse_parameter(path: str, spec: Mapping[Any, Any]) -> Parameter:
    """The parameter that a search space describes, as in `{int: [1, 9], step: 2}`.

    Raises:
        ConfigError: an unknown key, a range that is none, or no choices.
    """
    known = (*BESIDE, *BESIDE["int"])
    for key in spec:
        if key not in known:
            raise unknown_name(f"key in {path}:", key, known)
    kinds = [kind for kind in BESIDE if kind in spec]
    if len(kinds) != 1:
        raise ConfigError(
            f"{path} is {shortened(dict(spec))}, but expected is one of int, float and choice; "
            "write it as {int: [1, 4]}"
        )
    kind = kinds[0]
    for key in spec:
        if key != kind and key not in BESIDE[kind]:
            raise ConfigError(f"{path} has {key!r}, but beside {kind} expected are {', '.join(BESIDE[kind])}")
    when = _conditions(path, spec.get("when", {}))
    if kind == "choice":
        return ChoiceParameter(path, _choices(path, spec["choice"]), when)
    log = spec.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"{path}: log is {shortened(log)}, but expected is true or false")
    return (
        _int_range(path, spec, log, when) if kind == "int" else _float_range(path, spec["float"], log, when)
    )


def _int_range(path: str, spec: Mapping[str, Any], log: bool, when: Conditions) -> IntParameter:
    low, high = _ends(path, "int", spec["int"])
    step = spec.get("step", 1)
    for number in (low, high, step):
        if not isinstance(number, int) or isinstance(number, bool):
            raise ConfigError(f"{path} has {shortened(number)} in an int range; expected are whole numbers")
    if step < 1:
        raise ConfigError(f"{path}: step is {step}, but expected is 1 or more")
    if log and step != 1:
        raise ConfigError(f"{path} has both log and step; leave one of them out")
    _check_order(path, low, high, log)
    return IntParameter(path, low, high - (high - low) % step, log, step, when)


def _float_range(path: str, ends: object, log: bool, when: Conditions) -> FloatParameter:
    low, high = (_real_number(path, end) for end in _ends(path, "float", ends))
    _check_order(path, low, high, log)
    return FloatParameter(path, low, high, log, when)


def _real_number(path: str, end: object) -> float:
    number = real_number(end)
    if number is None:
        raise ConfigError(f"{path} has {shortened(end)} in a float range; expected are finite numbers")
    return number


def real_number(value: object) -> float | None:
    """The finite number that a value of a YAML file means, if it means one.

    YAML 1.1 reads 1e-4, which has no point, as a string.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _ends(path: str, kind: str, ends: object) -> tuple[Any, Any]:
    if not isinstance(ends, list) or len(ends) != 2:
        raise ConfigError(
            f"{path}: {kind} is {shortened(ends)}, but expected are two ends; write it as {{{kind}: [1, 4]}}"
        )
    return ends[0], ends[1]


def _check_order(path: str, low: float, high: float, log: bool) -> None:
    if low > high:
        raise ConfigError(f"{path}: the range [{low}, {high}] is upside down; write it as [{high}, {low}]")
    if log and low <= 0:
        raise ConfigError(f"{path}: a log range starts above 0, but this one at {low}; raise it or drop log")


def _choices(path: str, choices: object) -> tuple[Scalar, ...]:
    if not isinstance(choices, list) or not choices:
        raise ConfigError(
            f"{path}: choice is {shortened(choices)}, but expected is a list of values; "
            "write it as {choice: [a, b]}"
        )
    return _plain_values(path, choices)


def _conditions(path: str, when: object) -> Conditions:
    if not isinstance(when, Mapping):
        raise ConfigError(
            f"{path}: when is {shortened(when)}, but expected are keys with values; "
            "write it as {clustering.method: [kmeans]}"
        )
    listed = {str(key): value if isinstance(value, list) else [value] for key, value in when.items()}
    for key, values in listed.items():
        if not values:
            raise ConfigError(f"{path}: when {key} has no values; list those under which {path} is searched")
    return {key: _plain_values(f"{path}: when {key}", values) for key, values in listed.items()}


def _plain_values(place: str, values: list[Any]) -> tuple[Scalar, ...]:
    for value in values:
        if not isinstance(value, (str, int, float)):
            raise ConfigError(
                f"{place} has {shortened(value)}; expected are plain words, numbers, true or false"
            )
    return tuple(values)
