"""Which trial a free worker gets: one that is tried again, or what the engine proposes next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from decoder_search.driver.attempts import Attempts
from decoder_search.engines.engine import Engine
from decoder_search.execution.messages import Event
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal


class TrialQueue:
    """The trials of a study that wait for a worker, and those that nobody has asked for yet.

    Args:
        engine: proposes.
        study: trials that are still running there were interrupted and are run again.
        say: is told once that there is nothing left to propose.
    """

    def __init__(self, engine: Engine, study: StudyRecord, say: Callable[[str], None]) -> None:
        """Ask for nothing yet."""
        self._engine, self._say, self._sampler = engine, say, study.settings.sampler
        interrupted = [trial for trial in study.trials if trial.state == "running"]
        self._waiting = deque(trial.proposal for trial in interrupted)
        # A driver that was stopped is no fault of the trial: that attempt does not count.
        self._attempts = Attempts({trial.number: trial.attempts - 1 for trial in interrupted})
        self._next_number = max((trial.number for trial in study.trials), default=-1) + 1
        self._has_nothing_new = False

    @property
    def n_waiting(self) -> int:
        """How many trials have begun before and are to be tried again."""
        return len(self._waiting)

    @property
    def is_exhausted(self) -> bool:
        """Whether it will never have another trial, unless one is taken back."""
        return self._has_nothing_new and not self._waiting

    def next(self) -> tuple[Proposal, int] | None:
        """A trial and which attempt at it begins, from 1; None where there is none, or none as yet."""
        proposal = self._waiting.popleft() if self._waiting else self._ask()
        return None if proposal is None else (proposal, self._attempts.begin(proposal.number))

    def take_back(self, proposal: Proposal, event: Event) -> bool:
        """Have a trial that ended too early tried again; whether it will be.

        Args:
            proposal: what was tried.
            event: its last. What was stopped costs no attempt, a worker that died does.
        """
        if event.kind == "stopped":
            self._attempts.forgive(proposal.number)
        elif event.kind != "died" or not self._attempts.may_try_again(event):
            return False
        self._waiting.append(proposal)
        return True

    def _ask(self) -> Proposal | None:
        proposal = None if self._has_nothing_new else self._engine.ask(self._next_number)
        if isinstance(proposal, Proposal):
            self._next_number += 1
            return proposal
        if proposal is None and not self._has_nothing_new:
            self._has_nothing_new = True
            self._say(f"the space is exhausted: {self._sampler} has nothing left to propose")
        return None
