"""The loop of a study: ask the engine, dispatch to workers, take in reports, record them, tell the engine.

The driver that runs it is the only writer of the study and never imports Keras.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from decoder_search.analysis.ranking import rank_by
from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits
from decoder_search.driver.control import ControlTraining
from decoder_search.driver.housekeeping import Housekeeping
from decoder_search.driver.preparation import show_report
from decoder_search.driver.queue import TrialQueue
from decoder_search.driver.rungs import Rungs
from decoder_search.driver.running import RunningTrial
from decoder_search.driver.weights import clear_attempt
from decoder_search.engines.engine import Engine
from decoder_search.execution.executor import POLL_SECONDS, Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.journal import Journal
from decoder_search.records.layout import CHECKPOINT, trial_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.records.wording import CONTROL
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError
from encodenet_core.io.whole_files import write_text

MOST_FAILURES_IN_A_ROW = 3
"""So many trials that fail one after the other are no accident of their params."""


class Study:
    """A study that runs: the trials so far, those waiting for a worker, those that have one.

    Args:
        journal: of the study's folder, held by this process.
        study: what the journal holds and the facts that the preparation found; trials that are still running
            there were interrupted and are run again.
        engine: proposes; it has seen none of these trials.
        executor: runs the tasks.
        view: is told what happens.
        housekeeping: of the study's folder and of the stage cache, which all workers share.
    """

    def __init__(
        self,
        journal: Journal,
        study: StudyRecord,
        *,
        engine: Engine,
        executor: Executor,
        view: LiveView,
        housekeeping: Housekeeping,
    ) -> None:
        """A study that goes on from its records."""
        self._journal, self._settings = journal, study.settings
        self._engine, self._executor, self._view = engine, executor, view
        self._facts = study.facts
        self._control = ControlTraining(journal, study, housekeeping.cache, view)
        self._recorded = study.trials
        self._finished = {trial.number: trial for trial in study.finished}
        self._queue = TrialQueue(engine, study, view.say)
        self._running: dict[int, RunningTrial] = {}
        self._best: TrialRecord | None = None
        self._failures_in_a_row = 0
        self._rungs = Rungs(study)
        self._kept_checkpoints: set[int] = set()
        self._housekeeping = housekeeping

    def run(self, budget: Budget, interrupted: Callable[[], bool], limits: TrialLimits = UNLIMITED) -> None:
        """Run trials until the budget is spent, the space is exhausted or `interrupted` says so.

        Once all trials have begun, the running ones finish. What the time or an interrupt cuts off is left
        to the next start.

        Raises:
            ConfigError: several trials in a row failed, or the data or the baseline can no longer be used.
        """
        self._engine.restore(self._recorded)
        self._housekeeping.weights.drop_others()
        self._drop_checkpoints(*self._finished)
        self._best = self._best_of(self._finished.values())
        self._view.resumed(self._finished.values(), self._best)
        self._housekeeping.look(at_once=True)
        while not (interrupted() or budget.is_over):
            self._housekeeping.look(at_once=self._housekeeping.is_full and self._is_idle)
            self._dispatch(budget)
            if self._is_done(budget):
                break
            for event in self._executor.events(POLL_SECONDS):
                self._take(event, budget)
            self._hold_to(limits)
        control_is_left = self._control.is_running or self._control.is_waiting
        if self._housekeeping.is_full and (control_is_left or budget.allows(len(self._finished))):
            self._view.say(self._housekeeping.why_full)
        if budget.is_late and (self._running or self._queue.n_waiting or control_is_left):
            self._view.say("the time is up; a later run with more of it goes on with the trials it cut off")

    def _is_done(self, budget: Budget) -> bool:
        """Nothing runs, and not because there is no worker now: there may be one again."""
        can_start = not self._queue.is_exhausted and budget.allows(len(self._finished))
        can_start |= self._control.is_waiting and not budget.is_late
        return self._is_idle and (self._executor.free() > 0 or not can_start)

    @property
    def _is_idle(self) -> bool:
        return not (self._running or self._control.is_running)

    def _dispatch(self, budget: Budget) -> None:
        if not (budget.is_late or self._housekeeping.is_full):
            self._control.start(self._executor)
        while self._executor.free() and self._may_start(budget):
            upcoming = self._queue.next()
            if upcoming is None:
                return
            self._start(*upcoming)

    def _may_start(self, budget: Budget) -> bool:
        n_begun = len(self._finished) + len(self._running)
        return not self._housekeeping.is_full and budget.allows(n_begun)

    def _start(self, proposal: Proposal, attempt: int) -> None:
        clear_attempt(self._journal.folder, proposal.number)
        self._journal.started(proposal, attempt)
        rungs = self._rungs.epochs_of(proposal)
        self._running[proposal.number] = RunningTrial(proposal, attempt, rungs)
        self._view.trial_started(proposal.number, proposal.params)
        source = proposal.resume_from
        task = TrialTask(
            space=self._settings.space,
            cache=self._housekeeping.cache,
            expected=self._facts,
            params=proposal.params,
            folder=self._folder(proposal.number),
            rungs=rungs,
            epochs=proposal.epochs,
            resume_from=None if source is None else self._folder(source),
            keep_weights=self._housekeeping.weights.are_kept,
        )
        self._executor.submit(proposal.number, task)

    def _take(self, event: Event, budget: Budget) -> None:
        if event.key == CONTROL:
            self._control.take(event, self._executor, go_on=not budget.is_late)
        elif event.kind == "report":
            self._answer(event, budget)
        elif event.kind == "refused":
            raise ConfigError(event.payload["reason"])  # the trial is run again once that is mended
        else:
            self._end(self._running.pop(event.key), event)

    def _answer(self, event: Event, budget: Budget) -> None:
        report, trial = event.payload, self._running[event.key]
        finite = {name: value for name, value in report["values"].items() if value is not None}
        step, goes_on = report["step"], True
        if report["stage"] == "autoencoder":
            self._journal.reported(event.key, step, finite)
            if step in trial.rungs:
                trial = self._rungs.compare(trial.at_rung(step, finite))
                self._running[event.key] = trial
            may_pause = step in trial.rungs or not trial.rungs
            goes_on = trial.stopped_by is None and not (may_pause and budget.is_late)
        show_report(event, self._view)
        self._executor.answer(event.key, goes_on)

    def _end(self, trial: RunningTrial, event: Event) -> None:
        number = trial.proposal.number
        if trial.stopped_by is not None or not self._queue.take_back(trial.proposal, event):
            if "traceback" in event.payload:
                write_text(self._folder(number) / "traceback.txt", event.payload["traceback"])
            self._finish(trial.outcome(event))
            return
        self._view.trial_left(number)
        if event.kind == "died":
            self._view.say(f"trial {number}: its worker died ({event.payload['reason']}); it is tried again")

    def _hold_to(self, limits: TrialLimits) -> None:
        """Stop the trials that take more than they may; another attempt would take the same."""
        if limits == UNLIMITED:
            return
        for number, trial in list(self._running.items()):
            reason = limits.broken(trial.seconds, self._executor.memory(number))
            if reason is not None:
                self._executor.stop(number)
                self._finish(self._running.pop(number).infeasible(reason))

    def _finish(self, record: TrialRecord) -> None:
        self._journal.finished(record)
        self._finished[record.number] = record
        self._engine.tell(record)
        self._drop_checkpoints(record.number)
        self._housekeeping.ended(record, self._finished.values())
        self._best = self._best_of([record] if self._best is None else [self._best, record])
        self._view.trial_finished(record, self._best)
        self._failures_in_a_row = self._failures_in_a_row + 1 if record.state == "failed" else 0
        if self._failures_in_a_row == MOST_FAILURES_IN_A_ROW:
            places = " and ".join(str(self._journal.folder / name) for name in ("trials", "workers"))
            raise ConfigError(
                f"{MOST_FAILURES_IN_A_ROW} trials failed in a row, the last, trial {record.number}, with: "
                f"{record.reason}; see {places}"
            )

    def _best_of(self, trials: Iterable[TrialRecord]) -> TrialRecord | None:
        ranked = rank_by(self._settings, trials)
        return ranked[0].trial if ranked else None

    def _drop_checkpoints(self, *numbers: int) -> None:
        """Remove the checkpoints of finished trials that nobody will go on from."""
        needed = self._engine.still_needed()
        for finished in {*self._kept_checkpoints, *numbers}.difference(needed):
            shutil.rmtree(self._folder(finished) / CHECKPOINT, ignore_errors=True)
        self._kept_checkpoints = set(needed)

    def _folder(self, number: int) -> Path:
        return trial_folder(self._journal.folder, number)
