"""Which attempt at a task this is, and whether a task whose worker died is tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from decoder_search.execution.executor import MOST_ATTEMPTS
from decoder_search.execution.messages import Event

MOST_LOSSES = 5
"""So often a task that dies with its machine costs it no attempt; then it may be the cause."""


class Attempts:
    """The attempts at the tasks of one driver.

    Args:
        used_up: by the keys of tasks that an earlier driver has tried.
    """

    def __init__(self, used_up: Mapping[int, int] | None = None) -> None:
        """Nobody has died."""
        self._used_up = Counter(used_up or {})
        self._losses: Counter[int] = Counter()

    def begin(self, key: int) -> int:
        """The number of an attempt that begins, from 1."""
        self._used_up[key] += 1
        return self._used_up[key]

    def forgive(self, key: int) -> None:
        """The attempt that ended was not the task's fault, and does not count."""
        self._used_up[key] -= 1

    def may_try_again(self, event: Event) -> bool:
        """Whether a task has an attempt left.

        Args:
            event: of kind `died`; `blameless` in its payload says that the whole machine is gone.
        """
        if event.payload.get("blameless", False):
            self._losses[event.key] += 1
            if self._losses[event.key] <= MOST_LOSSES:
                self.forgive(event.key)
        return self._used_up[event.key] < MOST_ATTEMPTS
