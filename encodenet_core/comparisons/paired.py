"""What a comparison has measured so far, by setup and seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.config_values import flatten
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import why_no_yardstick_by_seed


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
        values = {seed: flatten(measured[seed].values).get(path) for seed in self.seeds if seed in measured}
        return {seed: float(value) for seed, value in values.items() if isinstance(value, int | float)}

    def fallen(self, split: str = "test") -> dict[str, str]:
        """The controls that no gain on a split may be measured over, and what became of each.

        One that diverged with every seed has no accuracy to be compared with, and is a reason instead.
        """
        path, size = f"scores.{split}_accuracy", f"dataset.n_{split}"
        n_images = round(min(self.numbers("baseline", size).values(), default=0))
        if not n_images:
            return {}
        baselines = self.numbers("baseline", path)
        found = {
            name: why_no_yardstick_by_seed(self.numbers(name, path), baselines, n_images)
            for name in REFERENCES
            if name != "baseline"
        }
        return {name: why for name, why in found.items() if why}

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
