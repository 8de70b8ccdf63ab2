"""Optuna proposes: a study of two objectives in memory, rebuilt from the records whenever a driver starts."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from decoder_search.records import Proposal, TrialRecord
from decoder_search.settings import Reconstruction
from decoder_search.space import ChoiceParameter, IntParameter, Parameter, Scalar, SearchSpace

DIRECTIONS: dict[Reconstruction, Literal["minimize", "maximize"]] = {
    "mse": "minimize",
    "retrieval": "maximize",
}

STATES = {
    "completed": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "infeasible": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}

CONSTRAINT = "can run"
"""An infeasible trial violates it, so that TPE avoids its like; NSGA-II learns from completed trials only."""


class OptunaEngine:
    """Proposes params by an Optuna sampler and learns from the records of trials.

    What it proposes depends on the seed, the trial's number and the trials it was told of, and on nothing
    else: so a study that was interrupted goes on as if it had not been.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        sampler: str,
        reconstruction: Reconstruction,
        seed: int,
        n_trials: int,
    ) -> None:
        """An engine that has seen no trial yet; `n_trials`, the total of the study, sizes the sampler."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._reconstruction = reconstruction
        self._sampler = sampler
        self._n_trials = n_trials
        self._seed = seed
        self._running: dict[int, Trial] = {}
        self._study: Study = optuna.create_study(
            directions=[DIRECTIONS[reconstruction], "maximize"], sampler=self._new_sampler(0)
        )

    def ask(self, number: int, attempt: int = 0) -> Proposal | None:
        """The params of the study's trial of this number, which counts as running until it is told."""
        self._study.sampler = self._new_sampler(number)
        trial = self._study.ask()
        params: dict[str, Scalar] = {}
        for parameter in self._space.parameters:
            if self._space.is_active(parameter, params):
                params[parameter.path] = _suggest(trial, parameter)
        self._running[number] = trial
        return Proposal(number, params, self._sampler_state(trial))

    def tell(self, record: TrialRecord) -> None:
        """Learn how a trial ended, whether this engine proposed it or the one of an earlier driver."""
        trial = self._running.pop(record.number, None)
        if trial is None:
            self._study.add_trial(self._finished_trial(record))
            return
        for name, value in _constraints(record).items():
            trial.set_constraint(name, value)
        self._study.tell(trial, self._values(record), STATES[record.state])

    def restore(self, records: Iterable[TrialRecord]) -> None:
        """Learn of the trials of an earlier driver, all but those still running."""
        for record in sorted(records, key=lambda record: record.number):
            if record.state != "running":
                self.tell(record)

    def _new_sampler(self, number: int) -> BaseSampler:
        """A sampler of its own for every trial, so that a restart neither repeats draws nor shifts them."""
        return SAMPLERS[self._sampler](self._n_trials, _seed_of_trial(self._seed, number))

    def _sampler_state(self, trial: Trial) -> dict[str, Any]:
        """What the sampler noted about a trial; TPE's notes matter while the trial runs, and no longer."""
        noted = self._study.get_trials(deepcopy=False)[trial.number].system_attrs
        return {name: value for name, value in noted.items() if not name.startswith("tpe:")}

    def _finished_trial(self, record: TrialRecord) -> FrozenTrial:
        """The record as Optuna holds it; without curves, which a sampler of two objectives refuses."""
        return create_trial(
            state=STATES[record.state],
            values=self._values(record),
            params=dict(record.params),
            distributions={
                parameter.path: _distribution(parameter)
                for parameter in self._space.parameters
                if parameter.path in record.params
            },
            system_attrs=dict(record.sampler_state),
            constraints=_constraints(record),
        )

    def _values(self, record: TrialRecord) -> list[float] | None:
        if record.state != "completed":
            return None
        return [record.metrics[self._reconstruction], record.metrics["accuracy"]]


class OrderedNSGAII(NSGAIISampler):
    """NSGA-II whose parents stand in the order of their numbers.

    Optuna's own stand in another order when a generation is first asked for than ever after, so that the
    same draws would pick other parents after a restart.
    """

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """The parents of this generation."""
        parents = super().get_parent_population(study, generation)
        return sorted(parents, key=lambda trial: trial.number)


def _tpe(n_trials: int, seed: int) -> BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return TPESampler(
            multivariate=True,
            group=True,
            constant_liar=True,
            n_startup_trials=min(10, max(4, n_trials // 4)),
            seed=seed,
        )


def _nsga2(n_trials: int, seed: int) -> BaseSampler:
    return OrderedNSGAII(population_size=max(8, n_trials // 8), seed=seed)


def _random(n_trials: int, seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


SAMPLERS: dict[str, Callable[[int, int], BaseSampler]] = {
    "tpe": _tpe,
    "nsga2": _nsga2,
    "random": _random,
}


def _seed_of_trial(seed: int, number: int) -> int:
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _constraints(record: TrialRecord) -> dict[str, float]:
    """Positive means violated; a failed trial proves neither."""
    if record.state == "failed":
        return {}
    return {CONSTRAINT: 1.0 if record.state == "infeasible" else -1.0}


def _distribution(parameter: Parameter) -> BaseDistribution:
    if isinstance(parameter, ChoiceParameter):
        return CategoricalDistribution(parameter.choices)
    if isinstance(parameter, IntParameter):
        return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log)


def _suggest(trial: Trial, parameter: Parameter) -> Scalar:
    if isinstance(parameter, ChoiceParameter):
        return trial.suggest_categorical(parameter.path, parameter.choices)
    if isinstance(parameter, IntParameter):
        low, high = parameter.low, parameter.high
        return trial.suggest_int(parameter.path, low, high, log=parameter.log, step=parameter.step)
    return trial.suggest_float(parameter.path, parameter.low, parameter.high, log=parameter.log)
