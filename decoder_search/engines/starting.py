"""From the settings of a study to the engine that proposes its trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from decoder_search.engines.engine import Engine, EngineKind
from decoder_search.engines.keras_tuner.engine import KERAS_TUNER
from decoder_search.engines.optuna.engine import OPTUNA
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.engines.warm_start import measured_the_same, warm_start
from decoder_search.records.settings import EngineName, StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.errors import ConfigError

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


def start_engine_of(study: StudyRecord, n_trials: int, say: Callable[[str], None]) -> Engine:
    """The engine of a study that is prepared; another study teaches it first where the settings name one.

    Args:
        study: with the facts of its preparation.
        n_trials: its total.
        say: is told in lines what was learnt, or that the other study is gone.

    Raises:
        ConfigError: the sampler does not fit the space, or wants a package that is missing.
    """
    older = _older_study(study, say)
    seen = older.trials if older and measured_the_same(study.facts, older.facts) else ()
    engine = start_engine(study.settings, n_trials, study.folder, seen)
    if older is not None:
        carried = warm_start(older, study.settings.space, study.settings.accuracy_metric)
        engine.restore(carried.records)
        say(f"{len(carried.records)} trials of study {older.settings.name} teach the sampler")
        for reason in carried.left_out:
            say(f"left out: {reason}")
    return engine


def _older_study(study: StudyRecord, say: Callable[[str], None]) -> StudyRecord | None:
    name = study.settings.warm_start_from
    if name is None:
        return None
    try:
        return read_study(study.folder.parent / name)
    except ConfigError as error:
        say(f"study {name} does not teach the sampler any more: {error}")
        return None


def check_engine(settings: StudySettings) -> None:
    """Raise a ConfigError where the sampler does not fit the space, or wants a package that is missing."""
    ENGINES[settings.engine].check(settings)


def describe_proposer(settings: StudySettings, n_trials: int) -> dict[str, Any]:
    """Who proposes and how it was set up, as a study records it: plain JSON values."""
    return ENGINES[settings.engine].describe(settings, n_trials)
