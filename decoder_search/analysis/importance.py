"""Which searched keys mattered, for each objective: PED-ANOVA, which knows conditional spaces.

A key matters where its values are distributed otherwise among the best trials than among all (Watanabe et
al. 2023, arXiv 2304.10255; for keys that are not always there, arXiv 2601.20800).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import optuna

from decoder_search.analysis.rows import CLUSTERING_PARAMS
from decoder_search.engines.optuna.study import fits, frozen_trial, without_scikit_learn
from decoder_search.engines.outcomes import DIRECTIONS
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.search_space import SearchSpace
from encodenet_core.errors import ConfigError

FEWEST_TRIALS = 4
FEW_TRIALS = 20
"""With fewer, chance decides more than the keys do."""

BEST_SHARE = 0.1
FEWEST_BEST = 5
"""The best tenth of the trials is compared with all, or as many as it takes to have five."""


@dataclass(frozen=True)
class Importances:
    """What mattered in a study.

    Attributes:
        study: its name.
        n_trials: completed trials that this rests on.
        active: dotted paths of the searched keys to the number of these trials that have them.
        shares: accuracy and the study's reconstruction to shares of the importance, by path; they sum up to
            1, and are empty where all trials are the same.
        notes: what must be known to read them, a sentence each.
    """

    study: str
    n_trials: int
    active: Mapping[str, int]
    shares: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def measure_importances(study: StudyRecord) -> Importances:
    """How much each searched key decided which completed trials were good.

    Raises:
        ConfigError: too few trials have completed.
    """
    settings = study.settings
    space = settings.space
    trials = [trial for trial in study.trials if trial.state == "completed" and fits(trial, space)]
    if len(trials) < FEWEST_TRIALS:
        raise ConfigError(
            f"study {settings.name!r} has {len(trials)} completed trials, too few to say what mattered; "
            f"expected are {FEWEST_TRIALS} or more: go on with `decoder-search run`"
        )
    metrics: tuple[str, ...] = (settings.accuracy_metric, settings.reconstruction)
    shares = {metric: _shares(trials, space, metric) for metric in metrics}
    return Importances(
        settings.name,
        len(trials),
        {each.path: sum(each.path in trial.params for trial in trials) for each in space.parameters},
        shares,
        tuple(_notes(study, len(trials), shares)),
    )


def _shares(trials: Sequence[TrialRecord], space: SearchSpace, metric: str) -> dict[str, float]:
    if len({trial.metrics[metric] for trial in trials}) == 1:
        return {}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=DIRECTIONS[metric])
    for trial in trials:
        study.add_trial(frozen_trial(trial, space, values=[trial.metrics[metric]]))
    share = max(BEST_SHARE, min(0.5, FEWEST_BEST / len(trials)))
    with without_scikit_learn():
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of ties so many that the best trials are all trials
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=share))
    return {parameter.path: found.get(parameter.path, 0.0) for parameter in space.parameters}


def _notes(study: StudyRecord, n_trials: int, shares: Mapping[str, Mapping[str, float]]) -> list[str]:
    notes = []
    if n_trials < FEW_TRIALS:
        notes.append(f"Only {n_trials} trials: below {FEW_TRIALS}, chance decides more than the keys do.")
    alike = [metric for metric, found in shares.items() if not found]
    if alike:
        notes.append(f"All trials have the same {' and '.join(alike)}, so nothing can be said about it.")
    n_pruned = sum(trial.state == "pruned" for trial in study.trials)
    if n_pruned:
        notes.append(f"{n_pruned} pruned trials are left out, so that this is about the better ones.")
    if "mse" in shares and any(study.settings.space.varies(path) for path in CLUSTERING_PARAMS):
        notes.append("mse is lower where targets are fewer, which makes the keys of the clustering matter.")
    return notes
