"""From the settings of a study to the engine that proposes its trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from decoder_search.engines.engine import Engine
from decoder_search.engines.optuna_engine import OptunaEngine
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.records import TrialRecord
from decoder_search.settings import EngineName, StudySettings


def start_engine(
    settings: StudySettings, n_trials: int, folder: Path, also_seen: Sequence[TrialRecord] = ()
) -> Engine:
    """The engine of a study, which proposes nothing twice unless replicates are wanted.

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
        replicate=settings.replicate,
        also_seen=also_seen,
    )


def _optuna(settings: StudySettings, n_trials: int, folder: Path) -> Engine:
    return OptunaEngine(
        settings.space,
        sampler=settings.sampler,
        reconstruction=settings.reconstruction,
        seed=settings.seed,
        n_trials=n_trials,
        objective=settings.objective,
    )


ENGINES: dict[EngineName, Callable[[StudySettings, int, Path], Engine]] = {"optuna": _optuna}
