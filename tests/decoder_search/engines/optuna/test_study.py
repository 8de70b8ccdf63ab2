from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.study import StudyDirection
from optuna.trial import TrialState

from decoder_search.engines.optuna.study import STATES, fits, optuna_study, without_scikit_learn
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import State, TrialRecord

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def study(
    make_settings: Callable[..., StudySettings], make_trial: MakeTrial, make_pruned: MakeTrial, tmp_path: Path
) -> StudyRecord:
    trials = (
        make_trial(0, {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 4}),
        make_pruned(1),
        make_trial(3, state="infeasible"),
        make_trial(4, state="running"),
    )
    return StudyRecord(tmp_path, make_settings(), {}, trials)


def test_every_state_has_its_twin() -> None:
    assert set(STATES) == set(State.__args__)  # type: ignore[attr-defined]


def test_objectives_params_and_outcomes_are_those_of_the_study(study: StudyRecord) -> None:
    made = optuna_study(study)
    assert (made.study_name, made.metric_names) == ("tiny", ["mse", "accuracy"])
    assert made.directions == [StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE]
    first, pruned, infeasible, running = made.trials
    completed = study.trials[0]
    assert first.values == [completed.metrics["mse"], completed.metrics["accuracy"]]
    assert first.params == completed.params
    assert first.user_attrs["retrieval"] == completed.metrics["retrieval"]
    assert (pruned.state, infeasible.state, running.state) == (
        TrialState.PRUNED,
        TrialState.FAIL,
        TrialState.RUNNING,
    )
    assert [trial.user_attrs["trial"] for trial in made.trials] == [0, 1, 3, 4]
    assert infeasible.user_attrs["reason"] == study.trials[2].reason


def test_one_objective_makes_a_study_of_one_value(study: StudyRecord) -> None:
    made = optuna_study(replace(study, settings=replace(study.settings, objective="accuracy")))
    assert made.metric_names == ["accuracy"]
    assert made.best_trial.value == study.trials[0].metrics["accuracy"]


def test_a_trial_that_the_space_no_longer_has_is_left_out(study: StudyRecord, make_trial: MakeTrial) -> None:
    space = study.settings.space
    gone = make_trial(9, {"decoder.depth": 7, "clustering.method": "hdbscan"})
    assert fits(study.trials[0], space) and not fits(gone, space)
    assert len(optuna_study(replace(study, trials=(*study.trials, gone))).trials) == 4


def test_scikit_learn_is_hidden_only_where_nobody_has_loaded_it() -> None:
    loaded: Any = sys.modules.get("sklearn")
    with without_scikit_learn():
        assert sys.modules["sklearn"] is loaded
    assert sys.modules.get("sklearn") is loaded
