"""What a study asks of whoever proposes the next trial."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, Literal, Protocol

from decoder_search.records import Proposal, TrialRecord


class Wait(Enum):
    """The type of `WAIT`."""

    FOR_THE_NEXT_TELL = "nothing to propose now, because it depends on how running trials end"


WAIT: Final = Wait.FOR_THE_NEXT_TELL
"""The answer of an engine that may propose more once it is told how a running trial ended.

There is always a running trial then. The same number is asked for again, with attempt 0.
"""

Answer = Proposal | Literal[Wait.FOR_THE_NEXT_TELL] | None


class Engine(Protocol):
    """Proposes params and learns from the records of trials.

    What it proposes depends on the seed, the trial's number and the trials it was told of, and on nothing
    else: so a study that was interrupted goes on as if it had not been.
    """

    def ask(self, number: int, attempt: int = 0) -> Answer:
        """The study's trial of this number, which counts as running until it is told.

        None after the last, `WAIT` where the next depends on trials that still run. A higher `attempt` takes
        back what was proposed for this number before, and draws again.
        """

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended, whether this engine proposed it or the one of an earlier driver."""

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Learn of the trials of an earlier driver, before the first is asked for."""

    def close(self) -> None:
        """Let go of what the engine holds, such as a process."""
