from __future__ import annotations

from dataclasses import replace

import pytest
from optuna.study import StudyDirection

from decoder_search.views.plots.subject import Subject, varying_params


def test_both_objectives_come_in_percent_and_by_short_names(subject: Subject) -> None:
    study = subject.on_both()
    assert study.metric_names == ["mse ↓", "accuracy % ↑"]
    assert study.trials[4].values == pytest.approx([0.056, 92.0])
    assert study.trials[4].params == {"depth": 2, "method": "kmeans", "n_clusters": 1}
    assert len(study.trials) == 9


def test_a_metric_alone_keeps_its_direction(subject: Subject) -> None:
    assert subject.on_the_metric().direction is StudyDirection.MAXIMIZE
    assert replace(subject, metric="mse").on_the_metric().direction is StudyDirection.MINIMIZE
    retrieval = replace(subject, metric="retrieval").on_the_metric()
    assert (retrieval.direction, retrieval.trials[0].value) == (StudyDirection.MAXIMIZE, 90.0)


def test_params_that_are_the_same_everywhere_are_left_out_unless_all_are(subject: Subject) -> None:
    assert varying_params(subject.on_both()) == ["depth", "method", "n_clusters"]
    odd = [trial for trial in subject.study.trials if trial.number in (1, 3, 5, 7)]
    only = replace(subject, study=replace(subject.study, trials=tuple(odd)))
    assert varying_params(only.on_both()) == ["depth"]
    one = replace(subject, study=replace(subject.study, trials=tuple(odd[:1])))
    assert varying_params(one.on_both()) == ["depth", "method"]
