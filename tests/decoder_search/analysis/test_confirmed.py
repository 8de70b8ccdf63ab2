from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.analysis.confirmed import confirmed_configs, confirmed_trials
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.comparisons.spread import Spread

MakeConfirmation = Callable[..., Confirmation]

SHALLOW = {"decoder.depth": 1, "clustering.method": "hdbscan"}
DEEP = {"decoder.depth": 3, "clustering.method": "hdbscan"}


@pytest.fixture
def trials(make_trial: Callable[..., TrialRecord]) -> list[TrialRecord]:
    """The first and the last have the same params."""
    return [make_trial(0, SHALLOW), make_trial(1, DEEP), make_trial(2, SHALLOW)]


@pytest.fixture
def study(
    trials: list[TrialRecord],
    make_study: Callable[..., StudyRecord],
    make_confirmation: MakeConfirmation,
) -> StudyRecord:
    """The deep decoder is better with both seeds, and by as much."""
    measured = [(trials[0], 7, 0.96), (trials[1], 7, 0.97), (trials[0], 8, 0.94), (trials[1], 8, 0.95)]
    confirmations = tuple(make_confirmation(*each) for each in measured)
    return replace(make_study(trials), confirmations=confirmations)


def test_configs_are_ranked_by_their_mean_validation_accuracy_and_gains_are_paired(
    study: StudyRecord,
) -> None:
    confirmed = confirmed_configs(study, (7, 8))
    assert [(each.rank, each.trial, each.params) for each in confirmed.configs] == [
        (1, 1, DEEP),
        (2, 0, SHALLOW),
    ]
    best = confirmed.configs[0]
    assert best.accuracy == {7: 0.97, 8: 0.95}
    assert best.accuracy_spread == Spread(pytest.approx(0.96), pytest.approx(0.02 / 2**0.5), 2)
    assert best.gains["baseline"] == Spread(pytest.approx(0.01), pytest.approx(0.02 / 2**0.5), 2)
    assert best.test_spread == Spread(pytest.approx(0.95), pytest.approx(0.02 / 2**0.5), 2)


def test_the_best_stands_beside_its_baseline_and_both_controls(study: StudyRecord) -> None:
    references = {each.name: each for each in confirmed_configs(study, (7, 8)).references}
    assert references["baseline"].accuracy_spread == Spread(0.95, 0.0, 2)
    assert references["control_training"].test_spread == Spread(0.95, 0.0, 2)
    assert references["control_features"].accuracy_spread == Spread(0.955, 0.0, 2)


def test_test_accuracy_never_ranks(study: StudyRecord) -> None:
    better = [
        replace(each, metrics={**each.metrics, "test_accuracy": 0.99}) if each.trial == 0 else each
        for each in study.confirmations
    ]
    confirmed = confirmed_configs(replace(study, confirmations=tuple(better)), (7, 8))
    assert [each.trial for each in confirmed.configs] == [1, 0]


def test_ranks_are_tied_within_one_deviation_of_the_paired_difference(
    study: StudyRecord, trials: list[TrialRecord], make_confirmation: MakeConfirmation
) -> None:
    assert confirmed_configs(study, (7, 8)).n_tied == 1
    upside_down = (*study.confirmations[:3], make_confirmation(trials[1], 8, 0.935))
    assert confirmed_configs(replace(study, confirmations=upside_down), (7, 8)).n_tied == 2
    assert confirmed_configs(study, (7,)).n_tied == 0


def test_a_config_without_all_seeds_has_no_rank_and_says_why(
    study: StudyRecord, trials: list[TrialRecord], make_confirmation: MakeConfirmation
) -> None:
    broken = replace(
        make_confirmation(trials[1], 8), outcome="infeasible", metrics={}, dataset="", reason="too large"
    )
    partial = replace(study, confirmations=(*study.confirmations[:3], broken))
    confirmed = confirmed_configs(partial, (7, 8))
    assert [(each.rank, each.trial, each.reason) for each in confirmed.configs] == [
        (1, 0, ""),
        (None, 1, "too large"),
    ]
    assert confirmed.configs[1].accuracy == {7: 0.97}
    assert [each.rank for each in confirmed_configs(study, (7, 8, 9)).configs] == [None, None]
    assert confirmed_configs(study, (7, 8, 9)).references == ()


def test_seeds_that_were_not_asked_for_do_not_count(study: StudyRecord) -> None:
    confirmed = confirmed_configs(study, (8,))
    assert [each.accuracy for each in confirmed.configs] == [{8: 0.95}, {8: 0.94}]


def test_confirmations_at_another_final_budget_do_not_count(study: StudyRecord) -> None:
    longer = replace(study.settings.space, final={"autoencoder.training.epochs": 50})
    changed = replace(study, settings=replace(study.settings, space=longer))
    assert confirmed_configs(changed, (7, 8)).configs == ()
    assert confirmed_trials(changed) == {}


def test_every_trial_of_a_confirmed_config_is_confirmed(study: StudyRecord) -> None:
    shallow = Spread(pytest.approx(0.95), pytest.approx(0.02 / 2**0.5), 2)
    assert confirmed_trials(study) == {0: shallow, 1: confirmed_trials(study)[1], 2: shallow}
    assert confirmed_trials(replace(study, confirmations=())) == {}


def test_a_config_is_trained_with_the_final_overrides_and_its_seed(study: StudyRecord) -> None:
    config = study.settings.space.final_config(DEEP, 11)
    assert (config.seed, config.decoder.depth, config.autoencoder.training.epochs) == (11, 3, 30)


def test_what_was_confirmed_is_plain_json(study: StudyRecord) -> None:
    read: Any = json.loads(json.dumps(confirmed_configs(study, (7, 8)).to_json(), allow_nan=False))
    assert [each["trial"] for each in read["configs"]] == [1, 0]
    assert read["configs"][0]["gains"]["control_training"]["n_seeds"] == 2
