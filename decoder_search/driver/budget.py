"""What a study, and each of its trials, may spend."""

from __future__ import annotations

import time
from dataclasses import dataclass

from decoder_search.records.wording import amount_of_memory
from encodenet_core.io.quantities import duration

LONGEST_GRACE = 60.0
"""Seconds at most between the end of the time and that of the last worker."""


@dataclass(frozen=True)
class Budget:
    """When a study ends.

    Attributes:
        n_trials: in total, however often the study is resumed.
        deadline: on the monotonic clock; from then on no trial starts, and those that run end at their next
            rung.
        grace: seconds after the deadline when they end wherever they are.
    """

    n_trials: int
    deadline: float | None = None
    grace: float = 0.0

    @classmethod
    def starting_now(cls, n_trials: int, seconds: float | None, used: float) -> Budget:
        """The budget of a study of `seconds` of wall time in all, of which `used` are gone."""
        if seconds is None:
            return cls(n_trials)
        return cls(n_trials, time.monotonic() + seconds - used, min(LONGEST_GRACE, seconds / 10))

    def allows(self, n_begun: int) -> bool:
        """Whether a trial may be started beside `n_begun` that are finished or running."""
        return n_begun < self.n_trials and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    @property
    def is_over(self) -> bool:
        """Whether the grace is up too."""
        return self.deadline is not None and time.monotonic() >= self.deadline + self.grace


@dataclass(frozen=True)
class TrialLimits:
    """What one trial may take: `seconds` of wall time, and `memory` in bytes of its worker; None is all."""

    seconds: float | None = None
    memory: int | None = None

    def broken(self, seconds: float, memory: int) -> str | None:
        """What a trial takes too much of, in words."""
        if self.seconds is not None and seconds > self.seconds:
            return f"it took longer than the {duration(self.seconds)} of --trial-timeout"
        if self.memory is not None and memory > self.memory:
            return (
                f"its worker held {amount_of_memory(memory)}, "
                f"more than the {amount_of_memory(self.memory)} of --trial-memory"
            )
        return None


UNLIMITED = TrialLimits()
