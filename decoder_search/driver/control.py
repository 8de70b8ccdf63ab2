"""Control A of a study: the baseline trained on, by one worker while the others begin with the trials."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from decoder_search.driver.attempts import Attempts
from decoder_search.driver.preparation import keep_traceback, shared_task, show_report
from decoder_search.execution.executor import Executor
from decoder_search.execution.messages import Event
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import CONTROL
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError
from encodenet_core.yardsticks import DIVERGED, unfit, why_no_yardstick


def lacks_control(facts: StudyFacts) -> bool:
    """Whether a study is prepared but for its control A, which trials do not need."""
    settled = facts.control_training_accuracy, facts.control_training_failed, facts.control_training_diverged
    return facts.spend_macs is not None and all(each is None for each in settled)


def control_in_words(facts: StudyFacts) -> str:
    """What came of control A, in a line."""
    accuracy = facts.control_training_accuracy
    trained = (
        f"control A: the baseline trained on for {facts.control_training_epochs} epochs, the work of the "
        "dearest trial"
    )
    baseline, n_images = facts.baseline_accuracy, facts.n_validation
    why = why_no_yardstick(accuracy, baseline, n_images) if baseline is not None and n_images else ""
    if accuracy is None:
        return f"{trained}, {DIVERGED}, so that no gain over it is shown: {facts.control_training_diverged}"
    return f"{trained}, {unfit(why) if why else f'{accuracy:.2%}'}"


class ControlTraining:
    """The task that trains control A, once in a study.

    Args:
        journal: of the study, which takes what comes of it.
        study: with the facts of its preparation.
        cache: folder of the stage cache.
        view: is told what happens.
    """

    def __init__(self, journal: Journal, study: StudyRecord, cache: Path, view: LiveView) -> None:
        """Start nothing yet."""
        self._journal, self._view, self._facts = journal, view, study.facts
        self._task = shared_task("control", study, cache)
        self._attempts = Attempts()
        self._is_given_up = False
        self.is_running = False

    @property
    def is_waiting(self) -> bool:
        """Whether it wants a worker."""
        return lacks_control(self._facts) and not (self.is_running or self._is_given_up)

    def start(self, executor: Executor) -> None:
        """Give it a worker, if it wants one and one is free."""
        if self.is_waiting and executor.free():
            self.is_running = True
            self._attempts.begin(CONTROL)
            self._view.trial_started(CONTROL, {})
            executor.submit(CONTROL, self._task)

    def take(self, event: Event, executor: Executor, *, go_on: bool) -> None:
        """What its worker says.

        Raises:
            ConfigError: the data or the baseline can no longer be used.
        """
        if event.kind == "report":
            show_report(event, self._view)
            executor.answer(event.key, go_on)
            return
        payload = event.payload
        self.is_running = False
        self._view.trial_left(CONTROL)
        if event.kind == "refused":
            raise ConfigError(payload["reason"])
        if event.kind == "result":
            self._record(self._facts.extended(payload))
            self._view.say(control_in_words(self._facts))
        elif event.kind == "died" and self._attempts.may_try_again(event):
            self._view.say(f"control A: its worker died ({payload['reason']}); it is tried again")
        elif event.kind != "stopped":
            self._give_up(event)

    def _record(self, facts: StudyFacts) -> None:
        self._facts = facts
        self._journal.prepared(facts)

    def _give_up(self, event: Event) -> None:
        """Another start tries again what died, and nothing that would only fail again."""
        self._is_given_up = True
        reason, where = event.payload["reason"], ""
        if "traceback" in event.payload:
            where = f"; see {keep_traceback(event, self._journal.folder)}"
        if event.kind == "infeasible":
            self._record(replace(self._facts, control_training_failed=reason))
        self._view.say(f"control A cannot be trained, so that no gain over it is shown: {reason}{where}")
