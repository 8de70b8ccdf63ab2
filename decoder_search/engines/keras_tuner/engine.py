"""Keras Tuner proposes: an oracle in a process of its own, rebuilt from the records whenever a driver starts.

This side of the pipe imports no Keras. What an oracle proposes may depend on which trials it had been told of
by then, so each proposal notes that, and a later driver asks and tells in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from decoder_search.engines.engine import EngineKind, Wait
from decoder_search.engines.keras_tuner.hyperparameters import belongs
from decoder_search.engines.keras_tuner.packages import check_packages
from decoder_search.engines.keras_tuner.process import OracleProcess
from decoder_search.engines.outcomes import Direction, Outcomes
from decoder_search.records.settings import StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord, identity
from decoder_search.space.parameters import Scalar
from encodenet_core.errors import ConfigError

EPOCHS = "autoencoder.training.epochs"

HYPERBAND = "hyperband"

DIRECTIONS: dict[Direction, str] = {"minimize": "min", "maximize": "max"}
"""What Keras Tuner calls them."""

DEFAULT_FACTOR = 3

TOLD, PROPOSED, ATTEMPT, ELSEWHERE, SPACE = "told", "proposed", "attempt", "elsewhere", "space"
"""The notes on a proposal: the trials told since the one before, in order; the identity of its params, which
the study may replace; how many proposals of the same number were taken back; how many trials of another study
the oracle knew of; a part of the fingerprint of the space. Zeros are left out."""


class KerasTunerEngine:
    """Proposes params by a Keras Tuner oracle, which optimises one objective.

    Trials that did not complete teach the oracle no value, and are not proposed again.
    """

    def __init__(self, settings: StudySettings, *, n_trials: int, process: OracleProcess) -> None:
        """An engine whose oracle has seen no trial yet, and starts when it is first needed.

        Args:
            settings: of the study; its sampler is the tuner.
            n_trials: the total of the study, after which nothing is proposed.
            process: holds the oracle, and ends when the engine is closed.

        Raises:
            ConfigError: `check_settings` does not take the settings.
        """
        check_settings(settings)
        self._settings = settings
        self._version = settings.space.fingerprint()[:8]
        self._outcomes = Outcomes.of(settings)
        self._n_trials = n_trials
        self._process = process
        self._is_open = False
        self._running: dict[int, Proposal] = {}
        self._notes: dict[int, list[int]] = {}
        self._told: list[int] = []
        self._n_elsewhere = 0

    def ask(self, number: int, attempt: int = 0) -> Proposal | Wait | None:
        """The study's trial of this number, which runs until it is told; None after the last.

        A trial that runs already is proposed again as it is, unless a higher attempt takes it back: then
        the oracle takes it for failed, and draws anew.
        """
        before = self._running.get(number)
        if before is not None and attempt <= before.sampler_state.get(ATTEMPT, 0):
            return before
        if number >= self._n_trials:
            return None
        self._running.pop(number, None)
        notes = self._notes.setdefault(number, [])
        notes += self._told
        self._told.clear()
        return self._answer(number, attempt, self._call("ask", number=number, attempt=attempt))

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended, whether it was proposed here, by an earlier driver or elsewhere."""
        self._running.pop(record.number, None)
        self._notes.pop(record.number, None)
        values = self._outcomes.values(record)
        value = None if values is None else values[0]
        self._call("tell", number=record.number, params=dict(record.params), value=value)
        if record.number >= 0:
            self._told.append(record.number)
        else:
            self._n_elsewhere += 1

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Repeat all asks and tells of earlier drivers; a trial that still runs goes on doing so.

        Records that were proposed elsewhere, which have negative numbers, or for another version of the
        space, come first. May be called again with others.

        Raises:
            ConfigError: the oracle now proposes other params than those on record.
        """
        by_number = {record.number: record for record in records}
        in_order = [by_number[number] for number in sorted(by_number)]
        answers = [record for record in in_order if self._was_asked_for(record)]
        in_turn = {number for record in answers for number in record.sampler_state[TOLD]}
        for record in in_order:
            if not belongs(self._settings.space, record.params):
                self._refuse(record, "the space has no such trial")
            if not (self._was_asked_for(record) or record.number in in_turn):
                self._tell_if_ended(record)
        self._told.clear()
        for record in answers:
            for number in record.sampler_state[TOLD]:
                if number not in by_number or by_number[number].state == "running":
                    self._refuse(record, f"it followed the end of trial {number}, which is not on record")
                self.tell(by_number[number])
            self._ask_again(record)
        for record in answers:
            if record.number not in in_turn:
                self._tell_if_ended(record)

    def still_needed(self) -> Collection[int]:
        """The trials, running ones included, whose checkpoint a later proposal may go on from."""
        return self._call("still_needed") if self._settings.sampler == HYPERBAND else ()

    def close(self) -> None:
        """End the oracle's process."""
        self._process.close()
        self._is_open = False

    def _call(self, kind: str, **arguments: Any) -> Any:
        if not self._is_open:
            self._process.call("open", **_opening(self._settings, self._outcomes))
            self._is_open = True
        return self._process.call(kind, **arguments)

    def _was_asked_for(self, record: TrialRecord) -> bool:
        return TOLD in record.sampler_state and record.sampler_state[SPACE] == self._version

    def _answer(self, number: int, attempt: int, answer: Mapping[str, Any]) -> Proposal | Wait | None:
        if answer["status"] != "proposed":
            return Wait() if answer["status"] == "wait" else None
        state: dict[str, Any] = {
            TOLD: list(self._notes[number]),
            PROPOSED: identity(answer["params"]),
            SPACE: self._version,
        }
        counts = {ATTEMPT: attempt, ELSEWHERE: self._n_elsewhere}
        state |= {name: count for name, count in counts.items() if count}
        self._running[number] = Proposal(
            number, answer["params"], state, epochs=answer["epochs"], resume_from=answer["resume_from"]
        )
        return self._running[number]

    def _tell_if_ended(self, record: TrialRecord) -> None:
        if record.state != "running":
            self.tell(record)

    def _ask_again(self, record: TrialRecord) -> None:
        state = record.sampler_state
        answer = self._call(
            "ask_again",
            number=record.number,
            attempt=state.get(ATTEMPT, 0),
            params=dict(record.params),
            forced=state.get(ELSEWHERE, 0) != self._n_elsewhere,
        )
        if answer["status"] != "proposed":
            self._refuse(record, "now there would be no such trial")
        same = _close(answer["params"], record.params) or identity(answer["params"]) == state.get(PROPOSED)
        if not same or (answer["epochs"], answer["resume_from"]) != (record.epochs, record.resume_from):
            self._refuse(record, f"now it would be {answer['params']}")
        self._told.clear()
        self._running[record.number] = record.proposal

    def _refuse(self, record: TrialRecord, reason: str) -> NoReturn:
        raise ConfigError(
            f"study {self._settings.name!r} was proposed by another oracle: trial {record.number} was "
            f"{dict(record.params)}, but {reason}; go on with the space, seed, tuner and keras-tuner that it "
            "was started with, or give another --study"
        )


def check_settings(settings: StudySettings) -> None:
    """Refuse what Keras Tuner cannot do, before anything is started.

    Raises:
        ConfigError: there are two objectives, Hyperband should search the number of epochs that it shares
            out, or a package is missing.
    """
    check_packages()
    if settings.objective == "both":
        raise ConfigError(
            "Keras Tuner optimises one objective, but this study has two; "
            "give --objective accuracy or --objective reconstruction, or --engine optuna"
        )
    if settings.sampler == HYPERBAND and settings.space.varies(EPOCHS):
        raise ConfigError(
            f"the tuner hyperband shares out {EPOCHS} itself, but the space {settings.space.name!r} searches "
            f"it; make it constant with --set {EPOCHS}=N, or give another --tuner"
        )


def describe_tuner(settings: StudySettings, n_trials: int) -> dict[str, Any]:
    """Name, arguments and seed of a tuner, as a study records them: plain JSON values."""
    opening = _opening(settings, Outcomes.of(settings))
    names = ("objective", "max_epochs", "factor") if settings.sampler == HYPERBAND else ("objective",)
    arguments = {name: opening[name] for name in names}
    return {"name": settings.sampler, "arguments": arguments, "seed": "of the study"}


def _start(settings: StudySettings, n_trials: int, folder: Path) -> KerasTunerEngine:
    process = OracleProcess(folder / "workers" / "keras-tuner.log")
    return KerasTunerEngine(settings, n_trials=n_trials, process=process)


KERAS_TUNER = EngineKind(start=_start, check=check_settings, describe=describe_tuner)


def _opening(settings: StudySettings, outcomes: Outcomes) -> dict[str, Any]:
    pruning = settings.pruning
    return {
        "space": settings.space.to_json(),
        "tuner": settings.sampler,
        "objective": [outcomes.metrics()[0], DIRECTIONS[outcomes.directions()[0]]],
        "seed": settings.seed,
        "max_epochs": settings.space.to_config({}).autoencoder.training.epochs,
        "factor": DEFAULT_FACTOR if pruning is None else pruning.reduction_factor,
    }


def _close(now: Mapping[str, Scalar], before: Mapping[str, Scalar]) -> bool:
    """Whether two params are the same but for how machines round real numbers."""
    if now.keys() != before.keys():
        return False
    pairs = [(value, before[path]) for path, value in now.items()]
    return all(
        math.isclose(one, other, rel_tol=1e-9)
        if isinstance(one, float) and isinstance(other, float)
        else one == other
        for one, other in pairs
    )
