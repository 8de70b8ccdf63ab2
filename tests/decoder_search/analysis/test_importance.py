from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.analysis.importance import measure_importances
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import FloatParameter
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]

DEPTH, METHOD, K = "decoder.depth", "clustering.method", "clustering.n_clusters"


def params() -> Iterator[dict[str, Any]]:
    """All that the space of the tests allows, again and again."""
    while True:
        for depth in (1, 2, 3):
            yield {DEPTH: depth, METHOD: "hdbscan"}
            yield from ({DEPTH: depth, METHOD: "kmeans", K: k} for k in (1, 2, 3, 4))


def study_of(
    n_trials: int, make_study: MakeStudy, make_trial: MakeTrial, **measure: Callable[[dict[str, Any]], float]
) -> StudyRecord:
    trials = [
        make_trial(number, chosen, **{name: of(chosen) for name, of in measure.items()})
        for number, chosen in zip(range(n_trials), params(), strict=False)
    ]
    return make_study(trials)


@pytest.fixture
def study(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """Forty-five trials, in which depth alone decides the accuracy, and k the error where there is one."""
    return study_of(
        45,
        make_study,
        make_trial,
        accuracy=lambda chosen: 0.9 + chosen[DEPTH] / 100,
        mse=lambda chosen: 0.01 * chosen.get(K, 9),
    )


def test_the_key_that_decides_an_objective_has_the_largest_share_of_it(study: StudyRecord) -> None:
    found = measure_importances(study)
    assert found.n_trials == 45
    assert found.active == {DEPTH: 45, METHOD: 45, K: 36}
    assert found.shares["accuracy"][DEPTH] > 0.95
    assert found.shares["mse"][K] > 0.5 > found.shares["mse"][METHOD] > found.shares["mse"][DEPTH]
    for shares in found.shares.values():
        assert sum(shares.values()) == pytest.approx(1.0)


def test_retrieval_is_an_objective_of_which_more_is_better(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    """Only deep decoders are seldom good, so that they matter if the best are those with the most."""
    study = study_of(45, make_study, make_trial, retrieval=lambda chosen: 0.9 if chosen[DEPTH] == 3 else 0.1)
    study = replace(study, settings=replace(study.settings, reconstruction="retrieval"))
    assert measure_importances(study).shares["retrieval"][DEPTH] > 0.95


def test_real_numbers_matter_too(study: StudyRecord) -> None:
    rate = FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-1, log=True)
    trials = [
        replace(
            trial,
            params={**trial.params, rate.path: 1e-4 * 1.15**trial.number},
            metrics={**trial.metrics, "accuracy": 0.9 - abs(trial.number - 20) / 1000},
        )
        for trial in study.trials
    ]
    space = replace(study.settings.space, parameters=(*study.settings.space.parameters, rate))
    found = measure_importances(
        replace(study, trials=tuple(trials), settings=replace(study.settings, space=space))
    )
    assert found.shares["accuracy"][rate.path] > 0.5


def test_what_makes_the_shares_doubtful_is_said(
    study: StudyRecord, make_pruned: MakeTrial, make_trial: MakeTrial
) -> None:
    assert measure_importances(study).notes == (
        "mse is lower where targets are fewer, which makes the keys of the clustering matter.",
    )
    few = replace(study, trials=(*study.trials[:19], make_pruned(19), make_trial(20, state="failed")))
    assert measure_importances(few).notes[:2] == (
        "Only 19 trials: below 20, chance decides more than the keys do.",
        "1 pruned trials are left out, so that this is about the better ones.",
    )


def test_where_all_trials_are_alike_nothing_is_said(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    found = measure_importances(study_of(30, make_study, make_trial, mse=lambda chosen: chosen[DEPTH]))
    assert found.shares["accuracy"] == {}
    assert found.shares["mse"][DEPTH] > 0.9
    assert "All trials have the same accuracy, so nothing can be said about it." in found.notes


def test_trials_whose_values_the_space_no_longer_has_are_left_out(
    study: StudyRecord, make_trial: MakeTrial
) -> None:
    deeper = make_trial(45, {DEPTH: 12, METHOD: "hdbscan"})
    assert measure_importances(replace(study, trials=(*study.trials, deeper))).n_trials == 45


def test_too_few_trials_are_refused(study: StudyRecord) -> None:
    with pytest.raises(ConfigError, match="has 3 completed trials, too few .* expected are 4 or more: go on"):
        measure_importances(replace(study, trials=study.trials[:3]))


def test_importances_are_plain_json(study: StudyRecord) -> None:
    found = measure_importances(study)
    read = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (read["study"], read["n_trials"], read["shares"]) == ("tiny", 45, found.shares)
