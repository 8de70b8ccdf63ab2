"""A study as Optuna's own tools want it, for its plots and its dashboard: nothing is read back from it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast

import optuna
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from decoder_search.engines.optuna.samplers import distribution
from decoder_search.engines.outcomes import Outcomes
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import State, TrialRecord
from decoder_search.space.parameters import Parameter, allows

STATES: dict[State, TrialState] = {
    "running": TrialState.RUNNING,
    "completed": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "infeasible": TrialState.FAIL,
    "failed": TrialState.FAIL,
}


def optuna_study(study: StudyRecord, storage: BaseStorage | None = None) -> Study:
    """A study of Optuna's with the objectives, the params and the outcomes of this one.

    Trials keep their order, but lose their numbers where some are missing; `user_attrs["trial"]` has them.
    What the space, which may have changed since, no longer has is left out.

    Args:
        study: what is recorded.
        storage: where Optuna keeps it; None is in memory.
    """
    made = create_study(study.settings, study.settings.name, storage)
    outcomes, parameters = _outcomes(study.settings), study.settings.space.parameters
    made.add_trials(
        optuna_trial(trial, parameters, outcomes) for trial in study.trials if fits(trial, parameters)
    )
    return made


def create_study(settings: StudySettings, name: str, storage: BaseStorage | None = None) -> Study:
    """A study of Optuna's with the objectives of one with these settings, and without trials.

    Raises:
        DuplicatedStudyError: the storage has a study of this name.
    """
    outcomes = _outcomes(settings)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = optuna.create_study(study_name=name, directions=outcomes.directions(), storage=storage)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        made.set_metric_names(outcomes.metrics())
    return made


def optuna_trial(trial: TrialRecord, parameters: tuple[Parameter, ...], outcomes: Outcomes) -> FrozenTrial:
    """A trial of Optuna's; state, reason, seconds and all metrics are its `user_attrs`."""
    searched = [each for each in parameters if each.path in trial.params]
    told = {"trial": trial.number, "state": trial.state, "seconds": trial.seconds, **trial.metrics}
    return create_trial(
        state=STATES[trial.state],
        values=outcomes.values(trial),
        params={each.path: trial.params[each.path] for each in searched},
        distributions={each.path: distribution(each) for each in searched},
        user_attrs=told | ({"reason": trial.reason} if trial.reason else {}),
    )


def fits(trial: TrialRecord, parameters: tuple[Parameter, ...]) -> bool:
    """Whether the space, which may have changed since, still has the trial's values."""
    return all(allows(each, trial.params[each.path]) for each in parameters if each.path in trial.params)


def _outcomes(settings: StudySettings) -> Outcomes:
    return Outcomes(settings.objective, settings.reconstruction, settings.space.constraints)


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
