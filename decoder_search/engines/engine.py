"""What a study asks of whoever proposes the next trial."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from decoder_search.records.settings import StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord


@dataclass(frozen=True)
class Wait:
    """There is nothing to propose now, but there may be once a running trial has ended."""


class Engine(Protocol):
    """Proposes params and learns from the records of trials.

    What it proposes depends on the seed, the trial's number and the trials it was told of, and on nothing
    else: so a study that was interrupted goes on as if it had not been.
    """

    def ask(self, number: int, attempt: int = 0) -> Proposal | Wait | None:
        """The study's trial of this number, which counts as running until it is told; None after the last.

        A higher `attempt` takes back what was proposed for this number before, and draws again.
        """

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended, whether this engine proposed it or the one of an earlier driver."""

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Learn of the trials of an earlier driver, before the first is asked for."""

    def still_needed(self) -> Collection[int]:
        """The finished trials whose checkpoint a later proposal may go on from."""

    def close(self) -> None:
        """Let go of what the engine holds, such as a process."""


@dataclass(frozen=True)
class EngineKind:
    """What a study needs to know of an engine before it has one.

    Attributes:
        start: makes the engine from the settings, the study's total of trials, and its folder.
        check: raises a ConfigError where the sampler does not fit the space, or wants a package that is
            missing.
        describe: name, arguments and seed of the sampler from the settings and the total, as a study records
            them: plain JSON values.
    """

    start: Callable[[StudySettings, int, Path], Engine]
    check: Callable[[StudySettings], None]
    describe: Callable[[StudySettings, int], dict[str, Any]]
