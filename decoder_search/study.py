"""The loop of a study: ask the engine, dispatch to workers, take in reports, record them, tell the engine.

The driver that runs it is the only writer of the study and never imports Keras.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from decoder_search.engines.optuna_engine import OptunaEngine
from decoder_search.execution.local import POLL_SECONDS, LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.journal import Journal
from decoder_search.live import LiveView
from decoder_search.ranking import rank_trials
from decoder_search.records import Proposal, StudyRecord, TrialRecord
from encodenet_core import ConfigError, write_text

MOST_ATTEMPTS = 3
"""How often a trial is given to a worker that dies before it is recorded as failed."""

MOST_FAILURES_IN_A_ROW = 3
"""So many trials that fail one after the other are no accident of their params."""


@dataclass(frozen=True)
class Budget:
    """When a study ends: after `n_trials` trials in total, or at a time of the monotonic clock."""

    n_trials: int
    deadline: float | None = None

    def is_spent(self, n_begun: int) -> bool:
        """Whether no trial may be started after `n_begun` that are finished or running."""
        in_time = self.deadline is None or time.monotonic() < self.deadline
        return n_begun >= self.n_trials or not in_time


class Study:
    """A study that runs: the trials so far, those waiting for a worker, those that have one.

    Args:
        journal: of the study's folder, held by this process.
        study: what the journal holds and the facts that the preparation found; trials that are still running
            there were interrupted and are run again.
        executor: runs the tasks.
        view: is told what happens.
        cache: folder of the stage cache, shared by all workers.
    """

    def __init__(
        self,
        journal: Journal,
        study: StudyRecord,
        *,
        executor: LocalExecutor,
        view: LiveView,
        cache: Path,
    ) -> None:
        """A study that goes on from its records."""
        self._journal = journal
        self._settings = study.settings
        self._executor = executor
        self._view = view
        space = study.settings.space.to_json()
        self._shared = {"space": space, "cache": str(cache), "expected": dict(study.facts)}
        self._finished = {trial.number: trial for trial in study.trials if trial.state != "running"}
        interrupted = [trial for trial in study.trials if trial.state == "running"]
        # A driver that was stopped is no fault of the trial: that attempt does not count.
        self._waiting = deque((_proposal_of(trial), trial.attempts - 1) for trial in interrupted)
        self._next_number = max((trial.number for trial in study.trials), default=-1) + 1
        self._running: dict[int, tuple[Proposal, int, float]] = {}
        self._failures_in_a_row = 0

    def run(self, budget: Budget, interrupted: Callable[[], bool]) -> None:
        """Run trials until the budget is spent or `interrupted` says so.

        A spent budget lets running trials finish; an interrupt leaves them to the next start.

        Raises:
            ConfigError: several trials in a row failed, or the data or the baseline can no longer be used.
        """
        settings = self._settings
        engine = OptunaEngine(
            settings.space,
            sampler=settings.sampler,
            reconstruction=settings.reconstruction,
            seed=settings.seed,
            n_trials=budget.n_trials,
        )
        engine.restore(self._finished.values())
        self._view.resumed(self._finished.values(), self._best())
        while not interrupted():
            self._dispatch(engine, budget)
            if not self._running:
                return
            for event in self._executor.events(POLL_SECONDS):
                self._take(event, engine)

    def _dispatch(self, engine: OptunaEngine, budget: Budget) -> None:
        while self._executor.free() and not budget.is_spent(len(self._finished) + len(self._running)):
            if self._waiting:
                proposal, attempts = self._waiting.popleft()
            else:
                asked = engine.ask(self._next_number)
                if asked is None:
                    return
                proposal, attempts = asked, 0
                self._next_number += 1
            self._start(proposal, attempts + 1)

    def _start(self, proposal: Proposal, attempt: int) -> None:
        self._journal.started(proposal, attempt)
        self._running[proposal.number] = (proposal, attempt, time.monotonic())
        self._view.trial_started(proposal.number, proposal.params)
        folder = self._journal.folder / "trials" / str(proposal.number)
        task = {"kind": "trial", "params": dict(proposal.params), "folder": str(folder)}
        self._executor.submit(proposal.number, self._shared | task)

    def _take(self, event: Event, engine: OptunaEngine) -> None:
        if event.kind == "report":
            report = event.payload
            finite = {name: value for name, value in report["values"].items() if value is not None}
            if report["stage"] == "autoencoder":
                self._journal.reported(event.key, report["step"], finite)
            self._view.trial_reported(
                event.key, report["stage"], report["step"], report["total"], report["values"]
            )
            self._executor.answer(event.key, go_on=True)
            return
        if event.kind == "refused":
            raise ConfigError(event.payload["reason"])  # the trial is run again once that is mended
        proposal, attempt, started = self._running.pop(event.key)
        if event.kind == "died" and attempt < MOST_ATTEMPTS:
            self._view.trial_left(event.key)
            self._view.say(
                f"trial {event.key}: its worker died ({event.payload['reason']}); it is tried again"
            )
            self._waiting.append((proposal, attempt))
            return
        record = TrialRecord(
            proposal.number,
            proposal.params,
            "failed",
            seconds=time.monotonic() - started,
            sampler_state=proposal.sampler_state,
            attempts=attempt,
        )
        self._finish(_outcome(record, event), event, engine)

    def _finish(self, record: TrialRecord, event: Event, engine: OptunaEngine) -> None:
        self._journal.finished(record)
        self._finished[record.number] = record
        engine.tell(record)
        self._view.trial_finished(record, self._best())
        if "traceback" in event.payload:
            path = self._journal.folder / "trials" / str(record.number) / "traceback.txt"
            write_text(path, event.payload["traceback"])
        self._failures_in_a_row = self._failures_in_a_row + 1 if record.state == "failed" else 0
        if self._failures_in_a_row == MOST_FAILURES_IN_A_ROW:
            places = " and ".join(str(self._journal.folder / name) for name in ("trials", "workers"))
            raise ConfigError(
                f"{MOST_FAILURES_IN_A_ROW} trials failed in a row, the last, trial {record.number}, with: "
                f"{record.reason}; see {places}"
            )

    def _best(self) -> TrialRecord | None:
        ranked = rank_trials(self._finished.values(), self._settings.reconstruction)
        return ranked[0].trial if ranked else None


def _outcome(record: TrialRecord, event: Event) -> TrialRecord:
    """The record completed by how the trial ended; `failed` is what it says already."""
    if event.kind == "result":
        return replace(record, state="completed", metrics=event.payload)
    if event.kind == "infeasible":
        return replace(record, state="infeasible", reason=event.payload["reason"])
    return replace(record, reason=event.payload["reason"])


def _proposal_of(trial: TrialRecord) -> Proposal:
    return Proposal(trial.number, trial.params, trial.sampler_state)
