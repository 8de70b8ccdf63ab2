"""What a trial must keep to beside being good: limits of what it measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KNOWN_BEFORE = ("decoder_parameters", "latency_ms", "macs")
"""The metrics that a trial knows before it trains, so that one that breaks a limit of theirs never does."""


@dataclass(frozen=True)
class Constraint:
    """The least and the most that a metric of a trial may be; None is no limit."""

    metric: str
    minimum: float | None = None
    maximum: float | None = None

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

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as a study records them."""
        return dict(vars(self))


def broken(constraints: Iterable[Constraint], metrics: Mapping[str, float]) -> list[str]:
    """What the metrics break, a sentence each; a metric that was not measured breaks nothing."""
    return [
        f"{each.metric} is {metrics[each.metric]:,.6g}, but the space wants {each.describe()}"
        for each in constraints
        if each.metric in metrics and each.violation(metrics[each.metric]) > 0
    ]
