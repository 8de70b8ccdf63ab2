"""From the settings of a study to the engine that proposes its trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from decoder_search.engines.engine import Engine
from decoder_search.engines.keras_tuner.engine import KerasTunerEngine, check_settings, describe_tuner
from decoder_search.engines.keras_tuner.process import OracleProcess
from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.engines.optuna.samplers import check_sampler, describe_sampler
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.records.settings import EngineName, Sampler, StudySettings
from decoder_search.records.trial_record import TrialRecord


def start_engine(
    settings: StudySettings, n_trials: int, folder: Path, also_seen: Sequence[TrialRecord] = ()
) -> Engine:
    """The engine of a study, which proposes nothing twice.

    Args:
        settings: of the study.
        n_trials: its total.
        folder: of the study.
        also_seen: trials of another study that measured the same.

    Raises:
        ConfigError: the sampler does not fit the space, or wants a package that is missing.
    """
    return UnseenEngine(
        ENGINES[settings.engine](settings, n_trials, folder),
        settings.space,
        seed=settings.seed,
        also_seen=also_seen,
    )


def check_engine(settings: StudySettings) -> None:
    """Raise a ConfigError where the sampler does not fit the space, or wants a package that is missing."""
    CHECKS[settings.engine](settings)


def describe_proposer(settings: StudySettings, n_trials: int) -> dict[str, Any]:
    """Who proposes and how it was set up, as a study records it: plain JSON values."""
    return DESCRIPTIONS[settings.engine](settings, n_trials)


def _describe_optuna(settings: StudySettings, n_trials: int) -> dict[str, Any]:
    return describe_sampler(cast(Sampler, settings.sampler), n_trials)


def _check_optuna(settings: StudySettings) -> None:
    check_sampler(cast(Sampler, settings.sampler), settings.space)


DESCRIPTIONS: dict[EngineName, Callable[[StudySettings, int], dict[str, Any]]] = {
    "optuna": _describe_optuna,
    "keras-tuner": describe_tuner,
}

CHECKS: dict[EngineName, Callable[[StudySettings], None]] = {
    "optuna": _check_optuna,
    "keras-tuner": check_settings,
}


def _optuna(settings: StudySettings, n_trials: int, folder: Path) -> Engine:
    return OptunaEngine(
        settings.space,
        sampler=settings.sampler,
        reconstruction=settings.reconstruction,
        seed=settings.seed,
        n_trials=n_trials,
        objective=settings.objective,
    )


def _keras_tuner(settings: StudySettings, n_trials: int, folder: Path) -> Engine:
    process = OracleProcess(folder / "workers" / "keras-tuner.log")
    return KerasTunerEngine(settings, n_trials=n_trials, process=process)


ENGINES: dict[EngineName, Callable[[StudySettings, int, Path], Engine]] = {
    "optuna": _optuna,
    "keras-tuner": _keras_tuner,
}
