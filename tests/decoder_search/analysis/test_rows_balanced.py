"""Rows of studies on uneven classes, by either accuracy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from decoder_search.analysis.comparison import compare_studies, hypervolume_curve
from decoder_search.analysis.confirmed import confirmed_configs, confirmed_trials
from decoder_search.analysis.ranking import accuracy_of, rank_study, reference_accuracies
from decoder_search.analysis.rows import BALANCED, COLUMNS, LeaderboardOptions, columns_of, leaderboard_rows
from decoder_search.engines.warm_start import warm_start
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from encodenet_core.io.types import read_as

UnevenStudy = Callable[..., StudyRecord]


def test_rows_of_even_classes_have_no_balanced_accuracy(study: StudyRecord) -> None:
    assert columns_of(study) == COLUMNS
    assert not {*BALANCED} & leaderboard_rows(study)[0].keys()


def test_balanced_accuracy_stands_behind_the_accuracy_of_uneven_classes(uneven_study: UnevenStudy) -> None:
    rows = leaderboard_rows(uneven_study())
    keys = list(rows[0])
    place = keys.index("standard_error")
    assert keys[place + 1 : place + 3] == [*BALANCED]
    assert [(row["trial"], row["balanced_accuracy"], row["balanced_error"]) for row in rows] == [
        (0, pytest.approx(0.7), 0.04),
        (1, pytest.approx(0.8), 0.04),
    ]
    assert rows[0]["gain_baseline"] == pytest.approx(0.97 - 0.95)
    by_balance = leaderboard_rows(uneven_study(), LeaderboardOptions(sort="balanced_accuracy"))
    assert [row["trial"] for row in by_balance] == [1, 0]


def test_a_study_that_goes_by_it_ranks_by_it_and_tells_gains_in_it(uneven_study: UnevenStudy) -> None:
    study = uneven_study("balanced")
    assert [each.trial.number for each in rank_study(uneven_study())] == [0, 1]
    assert [each.trial.number for each in rank_study(study)] == [1, 0]
    best = leaderboard_rows(study)[0]
    assert best["trial"] == 1
    assert best["gain_baseline"] == pytest.approx(0.8 - 0.6)
    assert best["gain_control_training"] == pytest.approx(0.8 - 0.65)
    assert best["gain_control_features"] == pytest.approx(0.8 - 0.62)
    assert best["standard_error"] == pytest.approx((0.96 * 0.04 / 400) ** 0.5)
    assert accuracy_of(study, study.trials[1]) == (pytest.approx(0.8), 0.04)
    plain = reference_accuracies(study, study.trials[1], "accuracy")
    assert plain == {"baseline": 0.95, "control_training": 0.955, "control_features": 0.952}


def test_the_accuracy_is_a_setting_that_is_recorded(uneven_study: UnevenStudy) -> None:
    settings = uneven_study("balanced").settings
    written = settings.to_json()
    assert written["accuracy"] == "balanced"
    del written["accuracy"]  # as earlier versions wrote it
    read = read_as(StudySettings, {**written, "space": settings.space}, "settings")
    assert read == replace(settings, accuracy="plain")


def test_the_hypervolume_is_of_the_accuracy_that_a_study_goes_by(uneven_study: UnevenStudy) -> None:
    study = uneven_study("balanced")
    curve = hypervolume_curve(study, "mse", "balanced_accuracy")
    assert curve[-1].hypervolume == pytest.approx((0.14 - 0.05) * (0.9 - 0.2))
    compared = compare_studies([study, replace(study, settings=replace(study.settings, name="other"))])
    assert compared.studies[0].hypervolume == pytest.approx(curve[-1].hypervolume)
    assert any("tiny goes by balanced accuracy" in note for note in compared.notes)


def test_an_older_study_that_did_not_measure_it_teaches_nothing(
    study: StudyRecord, uneven_study: UnevenStudy
) -> None:
    space = study.settings.space
    assert len(warm_start(uneven_study(), space, "balanced_accuracy").records) == 2
    carried = warm_start(study, space, "balanced_accuracy")
    assert carried.records == ()
    assert "its balanced accuracy was not measured" in carried.left_out[0]


def test_configs_are_confirmed_by_it(
    uneven_study: UnevenStudy, make_confirmation: Callable[..., Confirmation]
) -> None:
    study = uneven_study("balanced")
    measured = {"baseline_balanced_accuracy": 0.6, "control_training_balanced_accuracy": 0.65}
    confirmations = [
        make_confirmation(
            trial, seed, 0.97, balanced_accuracy=0.6 + trial.number / 10 + seed / 100, **measured
        )
        for trial in study.trials
        for seed in (0, 1)
    ]
    study = replace(study, confirmations=tuple(confirmations))
    confirmed = confirmed_configs(study, [0, 1])
    best = confirmed.configs[0]
    assert (best.trial, confirmed.ranked_by) == (1, "balanced_accuracy")
    assert best.accuracy_spread is not None and best.accuracy_spread.mean == 0.97
    assert best.balanced_spread is not None and best.balanced_spread.mean == pytest.approx(0.705)
    gain = best.gains["baseline"]
    assert gain is not None and gain.mean == pytest.approx(0.105)
    assert confirmed.references[0].balanced_spread is not None
    assert confirmed_trials(study)[1].mean == pytest.approx(0.705)
