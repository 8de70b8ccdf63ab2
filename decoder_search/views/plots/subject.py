"""What a chart is about, and the same as a study of Optuna's, in percent and by short names."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import optuna
from optuna.study import Study

from decoder_search.engines.optuna.study import optuna_study
from decoder_search.records.settings import Objective, Reconstruction
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.records.wording import short_names
from decoder_search.space.metrics import ACCURACIES, AccuracyMetric, is_share
from decoder_search.views.plots.words import SHORT_AXES, DrawnMetric
from encodenet_core.figures.look import LIGHT, Colours


@dataclass(frozen=True)
class Subject:
    """A study with a trial or more, which metric of it a chart shows that shows one, and in which colours."""

    study: StudyRecord
    metric: DrawnMetric = "accuracy"
    colours: Colours = LIGHT

    @cached_property
    def completed(self) -> list[TrialRecord]:
        """The trials that came to their end, accuracy and retrieval in percent."""
        return [_in_percent(trial) for trial in self.study.trials if trial.state == "completed"]

    @property
    def objectives(self) -> tuple[Reconstruction, AccuracyMetric]:
        """The study's reconstruction, and what it calls its accuracy."""
        return self.study.settings.reconstruction, self.study.settings.accuracy_metric

    def on_both(self) -> Study:
        """The completed trials as a study of two objectives, reconstruction and accuracy."""
        return self._optuna(objective="both")

    def on_the_metric(self) -> Study:
        """The completed trials as a study of the metric alone."""
        for accuracy, metric in ACCURACIES.items():
            if metric == self.metric:
                return self._optuna(objective="accuracy", accuracy=accuracy)
        return self._optuna(objective="reconstruction", reconstruction=self.metric)

    def _optuna(self, objective: Objective, **changes: Any) -> Study:
        settings = replace(self.study.settings, objective=objective, **changes)
        study = optuna_study(_renamed(replace(self.study, settings=settings, trials=tuple(self.completed))))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([SHORT_AXES[name] for name in study.metric_names or ()])
        return study


def _renamed(study: StudyRecord) -> StudyRecord:
    """The study with short names for its params, of which those that the space no longer has are left out."""
    parameters = study.settings.space.parameters
    names = short_names([parameter.path for parameter in parameters])
    renamed = tuple(replace(parameter, path=names[parameter.path]) for parameter in parameters)
    settings = replace(study.settings, space=replace(study.settings.space, parameters=renamed))
    trials = [
        replace(trial, params={names[path]: value for path, value in trial.params.items() if path in names})
        for trial in study.trials
    ]
    return replace(study, settings=settings, trials=tuple(trials))


def varying_params(study: Study) -> list[str]:
    """The params that have several values, in the order of the space; all of them where none has."""
    values: dict[str, set[object]] = {}
    for trial in study.get_trials(deepcopy=False):
        for name, value in trial.params.items():
            values.setdefault(name, set()).add(value)
    return [name for name, found in values.items() if len(found) > 1] or list(values)


def _in_percent(trial: TrialRecord) -> TrialRecord:
    metrics = {name: 100 * v if is_share(name) else v for name, v in trial.metrics.items()}
    return replace(trial, metrics=metrics)
