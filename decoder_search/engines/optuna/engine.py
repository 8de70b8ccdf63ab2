"""Optuna proposes: a study in memory, rebuilt from the records whenever a driver starts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

import optuna
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.study import Study
from optuna.trial import Trial, TrialState

from decoder_search.engines.engine import EngineKind
from decoder_search.engines.optuna.sampler_variants import ShuffledGrid, seed_of
from decoder_search.engines.optuna.samplers import (
    GENERATIONS,
    SAMPLERS,
    Seeds,
    check_sampler,
    describe_sampler,
    new_sampler,
)
from decoder_search.engines.optuna.study import STATES, frozen_trial
from decoder_search.engines.outcomes import Outcomes
from decoder_search.records.settings import Sampler, StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.space.parameters import ChoiceParameter, IntParameter, Parameter, Scalar

TAUGHT_STATES = {**STATES, "infeasible": TrialState.PRUNED}
"""A sampler avoids what cannot run, as it avoids what is pruned; from what failed it learns nothing."""

QMC_COUNTER = "qmc:"
"""How the name begins under which Optuna's study counts the points of a quasi-random sequence."""


class OptunaEngine:
    """Proposes params by an Optuna sampler and learns from the records of trials.

    What it proposes depends on the seed, the trial's number and the trials it was told of, and on nothing
    else: so a study that was interrupted goes on as if it had not been.

    Pruned and infeasible trials reach TPE as pruned ones, which it avoids. NSGA and GP learn from completed
    trials only, of which a limit of the space may still be broken; random, grid and QMC learn from none.
    """

    def __init__(self, settings: StudySettings, n_trials: int) -> None:
        """An engine that has seen no trial yet; `n_trials`, the total of the study, sizes the sampler.

        Raises:
            ConfigError: the sampler does not fit the space, or wants a package that is missing.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = settings.space
        self._sampler = cast(Sampler, settings.sampler)
        check_sampler(self._sampler, self._space)
        self._outcomes = Outcomes.of(settings)
        self._n_trials = n_trials
        self._seed = settings.seed
        self._running: dict[int, Trial] = {}
        self._restored: dict[int, int] = {}
        self._params: dict[int, Mapping[str, Scalar]] = {}
        self._refused: list[Mapping[str, Scalar]] = []
        self._storage = InMemoryStorage()
        self._study: Study = optuna.create_study(
            storage=self._storage,
            directions=self._outcomes.directions(),
            sampler=self._new_sampler(number=0, attempt=0),
        )
        self._study_id = self._storage.get_study_id_from_name(self._study.study_name)

    def ask(self, number: int, attempt: int = 0) -> Proposal | None:
        """The study's trial of this number, which runs until it is told; None after the last point of a grid.

        A higher `attempt` takes back what was proposed for this number before, so that no sampler learns
        from it, and draws by another seed. Grid and QMC go on to the next point of their sequence.
        """
        if attempt == 0:
            self._refused = []
        self._take_back(number)
        if not SAMPLERS[self._sampler].one_a_study:
            self._study.sampler = self._new_sampler(number, attempt)
        sampler = self._study.sampler
        if isinstance(sampler, ShuffledGrid) and not sampler.advance(
            [*self._params.values(), *self._refused]
        ):
            return None
        trial = self._study.ask()
        params: dict[str, Scalar] = {}
        for parameter in self._space.parameters:
            if self._space.is_active(parameter, params):
                params[parameter.path] = _suggest(trial, parameter)
        self._running[number] = trial
        self._params[number] = params
        return Proposal(number, params, self._sampler_state(trial))

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended, whether this engine proposed it, an earlier driver or somebody else.

        Its params may be others than those proposed for its number, which are then forgotten.
        """
        trial = self._running.pop(record.number, None)
        proposed = self._params.get(record.number)
        self._params[record.number] = record.params
        if record.number in self._restored:
            self._study.tell(self._restored.pop(record.number), state=TrialState.FAIL)
        if trial is not None and proposed == record.params:
            self._finish(trial, record)
            return
        if trial is not None:
            self._study.tell(trial, state=TrialState.FAIL)
        self._add(record)

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Learn of the trials of an earlier driver; those still running count as such until they are told.

        Records with negative numbers are those of another study: the sampler learns from them, but a grid
        does not take their points for tried.
        """
        for record in sorted(records, key=lambda record: record.number):
            if record.number >= 0:
                self._params[record.number] = record.params
            self._add(record)
            if record.state == "running":
                self._restored[record.number] = len(self._study.get_trials(deepcopy=False)) - 1

    def still_needed(self) -> Collection[int]:
        """None: Optuna's samplers go on from nothing."""
        return ()

    def close(self) -> None:
        """Nothing: the study is memory alone."""

    def _new_sampler(self, number: int, attempt: int) -> BaseSampler:
        """A sampler of its own for every draw, so that a restart neither repeats draws nor shifts them."""
        seeds = Seeds(self._seed, seed_of(self._seed, number, attempt))
        return new_sampler(self._sampler, self._space, self._n_trials, seeds)

    def _take_back(self, number: int) -> None:
        trial = self._running.pop(number, None)
        if trial is not None:
            self._refused.append(self._params.pop(number))
            self._study.tell(trial, state=TrialState.FAIL)

    def _finish(self, trial: Trial, record: TrialRecord) -> None:
        for name, value in self._outcomes.violations(record).items():
            trial.set_constraint(name, value)
        report = self._outcomes.last_report(record)
        if report is not None:
            trial.report(report[1], report[0])
        self._study.tell(trial, self._outcomes.values(record), TAUGHT_STATES[record.state])

    def _add(self, record: TrialRecord) -> None:
        """Add a trial that this engine did not propose, and leave its point of a sequence behind."""
        notes = dict(record.sampler_state)
        if record.number < 0 and self._sampler in GENERATIONS:
            notes = {GENERATIONS[self._sampler]: 0}
        report = self._outcomes.last_report(record)
        trial = frozen_trial(
            record,
            self._space,
            values=self._outcomes.values(record),
            states=TAUGHT_STATES,
            system_attrs=notes,
            intermediate_values=None if report is None else dict([report]),
            constraints={} if record.state == "running" else self._outcomes.violations(record),
        )
        self._study.add_trial(trial)
        counts = self._storage.get_study_system_attrs(self._study_id)
        for name, count in record.sampler_state.items():
            if name.startswith(QMC_COUNTER) and count > counts.get(name, -1):
                self._storage.set_study_system_attr(self._study_id, name, count)

    def _sampler_state(self, trial: Trial) -> dict[str, Any]:
        """What the sampler noted about a trial, and how far it is in its sequence.

        TPE's and GP's notes matter while the trial runs, and no longer.
        """
        notes = self._study.get_trials(deepcopy=False)[trial.number].system_attrs
        lasting = {name: value for name, value in notes.items() if not name.startswith(("tpe:", "gp:"))}
        counts = self._storage.get_study_system_attrs(self._study_id)
        return lasting | {name: count for name, count in counts.items() if name.startswith(QMC_COUNTER)}


def _suggest(trial: Trial, parameter: Parameter) -> Scalar:
    if isinstance(parameter, ChoiceParameter):
        return trial.suggest_categorical(parameter.path, parameter.choices)
    if isinstance(parameter, IntParameter):
        low, high = parameter.low, parameter.high
        return trial.suggest_int(parameter.path, low, high, log=parameter.log, step=parameter.step)
    return trial.suggest_float(parameter.path, parameter.low, parameter.high, log=parameter.log)


OPTUNA = EngineKind(
    start=lambda settings, n_trials, folder: OptunaEngine(settings, n_trials),
    check=lambda settings: check_sampler(cast(Sampler, settings.sampler), settings.space),
    describe=lambda settings, n_trials: describe_sampler(cast(Sampler, settings.sampler), n_trials),
)
