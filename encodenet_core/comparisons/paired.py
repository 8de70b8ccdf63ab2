"""Numbers over several seeds: mean, standard deviation, and differences between setups that share a seed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.config_values import flatten

BySeed = Mapping[int, float]
"""One number a seed."""


@dataclass(frozen=True)
class Spread:
    """The values of some seeds, at least one."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return statistics.fmean(self.values)

    @property
    def standard_deviation(self) -> float | None:
        """Of a sample, with n - 1; None for a single value, of which there is none."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def to_json(self) -> dict[str, float | int | None]:
        """Mean, standard deviation and number of seeds."""
        return {"mean": self.mean, "standard_deviation": self.standard_deviation, "seeds": len(self.values)}


def spread(values: BySeed) -> Spread | None:
    """The spread over all seeds; None where no seed has a value."""
    return Spread(tuple(values.values())) if values else None


def subtract(first: BySeed, second: BySeed) -> dict[int, float]:
    """`first` minus `second` for every seed that has both, in the order of `first`."""
    return {seed: value - second[seed] for seed, value in first.items() if seed in second}


@dataclass(eq=False)
class Measured:
    """The measurements so far, by setup and seed."""

    seeds: Sequence[int]
    measurements: dict[str, dict[int, Measurement]] = field(default_factory=dict)

    def add(self, measurement: Measurement) -> None:
        """Take one more measurement in."""
        self.measurements.setdefault(measurement.setup, {})[measurement.seed] = measurement

    def numbers(self, setup: str, path: str) -> dict[int, float]:
        """One value of a setup, such as `scores.test_accuracy`, for the seeds that have it, in order."""
        measured = self.measurements.get(setup, {})
        found = {seed: flatten(measured[seed].values).get(path) for seed in self.seeds if seed in measured}
        return {seed: float(value) for seed, value in found.items() if isinstance(value, int | float)}

    def reasons(self, setup: str) -> dict[int, str]:
        """Why a setup cannot run, for the seeds with which it cannot."""
        return {
            seed: measurement.reason
            for seed, measurement in self.measurements.get(setup, {}).items()
            if measurement.reason
        }

    def first(self, setup: str) -> Mapping[str, Any] | None:
        """All values of a setup for the first seed that has them."""
        measured = self.measurements.get(setup, {}).values()
        return next((measurement.values for measurement in measured if measurement.values), None)
