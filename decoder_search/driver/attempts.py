"""Whether a task whose worker died is tried again."""

from __future__ import annotations

from collections import Counter

from decoder_search.execution.executor import MOST_ATTEMPTS
from decoder_search.execution.messages import Event

MOST_LOSSES = 5
"""So often a task that dies with its machine costs it no attempt; then it may be the cause."""


class Attempts:
    """What workers that died have cost the tasks of one driver."""

    def __init__(self) -> None:
        """Nobody has died."""
        self._losses: Counter[int] = Counter()

    def after(self, event: Event, attempt: int) -> int | None:
        """How many attempts a task has used up; None where it was its last.

        Args:
            event: of kind `died`; `blameless` in its payload says that the whole machine is gone.
            attempt: the one that died, from 1.
        """
        if event.payload.get("blameless", False):
            self._losses[event.key] += 1
            if self._losses[event.key] <= MOST_LOSSES:
                return attempt - 1
        return attempt if attempt < MOST_ATTEMPTS else None
