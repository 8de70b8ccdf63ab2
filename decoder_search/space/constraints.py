"""What a trial must keep to beside being good: limits of what it measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from reprlib import repr as shortened

from decoder_search.space.metrics import CONSTRAINABLE, is_share
from decoder_search.space.parameters import real_number
from encodenet_core.errors import ConfigError, unknown_name
from encodenet_core.io.types import Real, known_keys_only

BOUNDS = {"min": "minimum", "max": "maximum"}
"""What a search space calls the limits."""


@known_keys_only
@dataclass(frozen=True)
class Constraint:
    """The least and the most that a metric of a trial may be; None is no limit."""

    metric: str
    minimum: Real | None = None
    maximum: Real | None = None

    def violation(self, value: float) -> float:
        """By how much the value is beyond a limit; negative or zero is how far it is from the nearest."""
        beyond = [] if self.minimum is None else [self.minimum - value]
        beyond += [] if self.maximum is None else [value - self.maximum]
        return max(beyond)

    def describe(self) -> str:
        """The limits in words, as in `decoder_parameters at most 2e+06`."""
        words = [] if self.minimum is None else [f"at least {self.minimum:g}"]
        words += [] if self.maximum is None else [f"at most {self.maximum:g}"]
        return f"{self.metric} {' and '.join(words)}"


def parse_constraints(spec: object) -> tuple[Constraint, ...]:
    """What a search space says under `constraints`, in the order of the metrics' names.

    Raises:
        ConfigError: an unknown metric, a limit that is no number, or a least value above the most.
    """
    if not isinstance(spec, Mapping):
        raise ConfigError(
            f"constraints is {shortened(spec)}, but expected are metrics with limits; "
            "write it as {decoder_parameters: {max: 2e6}}"
        )
    for metric in spec:
        if metric not in CONSTRAINABLE:
            raise unknown_name("metric in constraints:", metric, CONSTRAINABLE)
    return tuple(_constraint(metric, spec[metric]) for metric in sorted(spec))


def _constraint(metric: str, limits: object) -> Constraint:
    if not isinstance(limits, Mapping) or not limits:
        raise ConfigError(
            f"constraints: {metric} is {shortened(limits)}, but expected are min, max or both; "
            f"write it as {{{metric}: {{{'min: 0.9' if is_share(metric) else 'max: 2e6'}}}}}"
        )
    found: dict[str, float] = {}
    for name, limit in limits.items():
        if name not in BOUNDS:
            raise unknown_name(f"limit of {metric} in constraints:", name, BOUNDS)
        number = real_number(limit)
        if number is None:
            raise ConfigError(
                f"constraints: {name} of {metric} is {shortened(limit)}, but expected is a finite number"
            )
        if is_share(metric) and not 0 <= number <= 1:
            raise ConfigError(
                f"constraints: {name} of {metric} is {number:g}, but expected is a share from 0 to 1; "
                "write 90 % as 0.9"
            )
        found[BOUNDS[name]] = number
    constraint = Constraint(metric, **found)
    least, most = constraint.minimum, constraint.maximum
    if least is not None and most is not None and least > most:
        raise ConfigError(
            f"constraints: {metric} has min {least:g} above max {most:g}, which nothing can keep to; "
            "lower min or raise max"
        )
    return constraint


def broken(constraints: Iterable[Constraint], metrics: Mapping[str, float]) -> list[str]:
    """What the metrics break, a sentence each; a metric that was not measured breaks nothing."""
    return [
        f"{each.metric} is {metrics[each.metric]:,.6g}, but the space wants {each.describe()}"
        for each in constraints
        if each.metric in metrics and each.violation(metrics[each.metric]) > 0
    ]
