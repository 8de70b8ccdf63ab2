"""From the settings of a study to the engine that proposes its trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from decoder_search.engines.engine import Engine, EngineKind
from decoder_search.engines.keras_tuner.engine import KERAS_TUNER
from decoder_search.engines.optuna.engine import OPTUNA
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.records.settings import EngineName, StudySettings
from decoder_search.records.trial_record import TrialRecord

ENGINES: dict[EngineName, EngineKind] = {"optuna": OPTUNA, "keras-tuner": KERAS_TUNER}


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
        ENGINES[settings.engine].start(settings, n_trials, folder),
        settings.space,
        seed=settings.seed,
        also_seen=also_seen,
    )


def check_engine(settings: StudySettings) -> None:
    """Raise a ConfigError where the sampler does not fit the space, or wants a package that is missing."""
    ENGINES[settings.engine].check(settings)


def describe_proposer(settings: StudySettings, n_trials: int) -> dict[str, Any]:
    """Who proposes and how it was set up, as a study records it: plain JSON values."""
    return ENGINES[settings.engine].describe(settings, n_trials)
