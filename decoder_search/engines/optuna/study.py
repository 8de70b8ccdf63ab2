"""A study, its trials and its parameters as Optuna holds them: for samplers, plots and the dashboard."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from decoder_search.engines.outcomes import Outcomes
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import State, TrialRecord
from decoder_search.space.parameters import ChoiceParameter, IntParameter, Parameter, allows
from decoder_search.space.search_space import SearchSpace

STATES: dict[State, TrialState] = {
    "running": TrialState.RUNNING,
    "completed": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "infeasible": TrialState.FAIL,
    "failed": TrialState.FAIL,
}
"""How Optuna's tools show them: as pruned only what was compared at a rung."""


def optuna_study(study: StudyRecord, storage: BaseStorage | None = None) -> Study:
    """A study of Optuna's with the objectives, the params and the outcomes of this one.

    Trials keep their order, but lose their numbers where some are missing; `user_attrs["trial"]` has them.
    What the space, which may have changed since, no longer has is left out.

    Args:
        study: what is recorded.
        storage: where Optuna keeps it; None is in memory.
    """
    twin = create_study(study.settings, study.settings.name, storage)
    outcomes, space = Outcomes.of(study.settings), study.settings.space
    twin.add_trials(optuna_trial(trial, space, outcomes) for trial in study.trials if fits(trial, space))
    return twin


def create_study(settings: StudySettings, name: str, storage: BaseStorage | None = None) -> Study:
    """A study of Optuna's with the objectives of one with these settings, and without trials.

    Raises:
        DuplicatedStudyError: the storage has a study of this name.
    """
    outcomes = Outcomes.of(settings)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name=name, directions=outcomes.directions(), storage=storage)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names(outcomes.metrics())
    return study


def optuna_trial(trial: TrialRecord, space: SearchSpace, outcomes: Outcomes) -> FrozenTrial:
    """A trial of Optuna's; state, reason, seconds and all metrics are its `user_attrs`."""
    facts = {"trial": trial.number, "state": trial.state, "seconds": trial.seconds, **trial.metrics}
    reason = {"reason": trial.reason} if trial.reason else {}
    return frozen_trial(trial, space, values=outcomes.values(trial), user_attrs=facts | reason)


def frozen_trial(
    trial: TrialRecord,
    space: SearchSpace,
    *,
    values: Sequence[float] | None,
    states: Mapping[State, TrialState] = STATES,
    **notes: Any,
) -> FrozenTrial:
    """A trial of Optuna's with those params that the space has.

    Args:
        trial: as it is recorded.
        space: what may be searched; it has the trial's values.
        values: of the objectives; None where the trial did not complete.
        states: Optuna's for each of ours.
        notes: what else Optuna's `create_trial` takes.
    """
    searched = [parameter for parameter in space.parameters if parameter.path in trial.params]
    return create_trial(
        state=states[trial.state],
        values=values,
        params={each.path: trial.params[each.path] for each in searched},
        distributions={each.path: distribution(each) for each in searched},
        **notes,
    )


def distribution(parameter: Parameter) -> BaseDistribution:
    """A parameter as Optuna describes it."""
    if isinstance(parameter, ChoiceParameter):
        return CategoricalDistribution(parameter.choices)
    if isinstance(parameter, IntParameter):
        return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log)


def fits(trial: TrialRecord, space: SearchSpace) -> bool:
    """Whether the space, which may have changed since, still has the trial's values."""
    searched = [parameter for parameter in space.parameters if parameter.path in trial.params]
    return all(allows(parameter, trial.params[parameter.path]) for parameter in searched)


@contextmanager
def without_scikit_learn() -> Iterator[None]:
    """Hide scikit-learn, which a driver never loads, from tools of Optuna's that can do without it."""
    if "sklearn" in sys.modules:
        yield
        return
    # What Python takes for "there is no such module".
    sys.modules["sklearn"] = cast(ModuleType, None)
    try:
        yield
    finally:
        del sys.modules["sklearn"]
