"""Numbers over several seeds: mean, standard deviation, and differences between those that share a seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

BySeed = Mapping[int, float]
"""One number a seed."""


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation, with n - 1; None of a single number, which has no deviation."""

    mean: float
    deviation: float | None
    n_seeds: int

    @property
    def error(self) -> float | None:
        """The standard error of the mean."""
        return None if self.deviation is None else self.deviation / math.sqrt(self.n_seeds)


def spread(numbers: BySeed) -> Spread | None:
    """The spread over all seeds; None where no seed has a number."""
    if not numbers:
        return None
    values = list(numbers.values())
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation, len(values))


def subtract(first: BySeed, second: BySeed) -> dict[int, float]:
    """`first` minus `second` for every seed that has both, in the order of `first`."""
    return {seed: value - second[seed] for seed, value in first.items() if seed in second}
