from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from depth_params import params

from decoder_search.analysis.rows import (
    COLUMNS,
    LeaderboardOptions,
    clustering_of,
    differing_params,
    leaderboard_rows,
)
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import ChoiceParameter
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


def test_completed_trials_are_ranked_and_the_others_follow_with_their_reason(study: StudyRecord) -> None:
    rows = leaderboard_rows(study)
    assert [(row["rank"], row["trial"], row["layer"]) for row in rows] == [
        (1, 2, 1),
        (2, 0, 1),
        (3, 3, 2),
        (None, 1, None),
    ]
    assert (rows[-1]["state"], rows[-1]["reason"], rows[-1]["accuracy"]) == (
        "failed",
        "class 7 has 3 images",
        None,
    )


def test_gains_are_fractions_over_the_baseline_and_both_controls(study: StudyRecord) -> None:
    best = leaderboard_rows(study)[0]
    assert best["gain_baseline"] == pytest.approx(0.97 - 0.95)
    assert best["gain_control_training"] == pytest.approx(0.97 - 0.955)
    assert best["gain_control_features"] == pytest.approx(0.97 - 0.952)
    assert best["standard_error"] == pytest.approx((0.97 * 0.03 / 400) ** 0.5)


def test_a_study_that_is_not_prepared_has_no_gains(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0)], prepared=False))
    assert (row["gain_baseline"], row["gain_control_training"], row["standard_error"]) == (None, None, None)


def test_only_params_that_differ_are_shown(
    study: StudyRecord, make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    assert differing_params(study) == ["decoder.depth", "clustering.method", "clustering.n_clusters"]
    alike = make_study([make_trial(0, params(1, 2)), make_trial(1, params(1, 3))])
    assert differing_params(alike) == ["clustering.n_clusters"]
    assert len(differing_params(make_study([make_trial(0)]))) == 3


def test_every_row_has_the_same_keys(study: StudyRecord) -> None:
    for by_clustering in (False, True):
        rows = leaderboard_rows(study, LeaderboardOptions(by_clustering=by_clustering))
        assert len({tuple(row) for row in rows}) == 1
        assert set(COLUMNS) <= rows[0].keys()


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("mse", [0, 2, 3, 1]),
        ("accuracy", [2, 0, 3, 1]),
        ("trial", [0, 2, 3, 1]),
        ("decoder.depth", [0, 2, 3, 1]),
        ("n_clusters", [2, 0, 3, 1]),
        ("method", [0, 3, 2, 1]),
    ],
)
def test_a_column_sorts_best_first_and_what_is_missing_comes_last(
    column: str, order: list[int], study: StudyRecord
) -> None:
    numbers = [row["trial"] for row in leaderboard_rows(study, LeaderboardOptions(sort=column))]
    assert [number for number in numbers if number != 1] == [number for number in order if number != 1]
    assert numbers[-1] == 1


def test_an_unknown_column_is_refused_with_the_known_ones(study: StudyRecord) -> None:
    with pytest.raises(
        ConfigError, match="unknown column 'acuracy'; did you mean 'accuracy'.* known are rank"
    ):
        leaderboard_rows(study, LeaderboardOptions(sort="acuracy"))


def test_top_and_pareto_shorten_the_board(study: StudyRecord) -> None:
    assert [row["trial"] for row in leaderboard_rows(study, LeaderboardOptions(top=1))] == [2]
    assert [row["trial"] for row in leaderboard_rows(study, LeaderboardOptions(pareto=True))] == [2, 0]
    assert len(leaderboard_rows(study, LeaderboardOptions(top=100))) == 4
    with pytest.raises(ConfigError, match="--top is 0"):
        leaderboard_rows(study, LeaderboardOptions(top=0))


def test_a_pruned_trial_has_no_rank_and_the_values_that_it_reported_last(
    make_study: MakeStudy, make_trial: MakeTrial, make_pruned: MakeTrial
) -> None:
    rows = leaderboard_rows(make_study([make_pruned(0), make_trial(1)]))
    assert [(row["trial"], row["rank"], row["state"]) for row in rows] == [
        (1, 1, "completed"),
        (0, None, "pruned"),
    ]
    last = {name: rows[1][name] for name in ("mse", "retrieval", "probe_accuracy", "epochs", "accuracy")}
    assert last == {"mse": 0.04, "retrieval": 0.7, "probe_accuracy": 0.88, "epochs": 3, "accuracy": None}
    assert [
        row["trial"]
        for row in leaderboard_rows(make_study([make_pruned(0)]), LeaderboardOptions(pareto=True))
    ] == []


def test_a_confirmed_trial_has_its_mean_deviation_and_number_of_seeds_and_keeps_its_rank(
    make_study: MakeStudy, make_trial: MakeTrial, make_confirmation: Callable[..., Confirmation]
) -> None:
    trials = [make_trial(0, params(2)), make_trial(1, accuracy=0.9, mse=0.9)]
    confirmed = (make_confirmation(trials[1], 0, 0.94), make_confirmation(trials[1], 1, 0.96))
    rows = leaderboard_rows(replace(make_study(trials), confirmations=confirmed))
    assert [(row["trial"], row["rank"], row["confirmed_seeds"]) for row in rows] == [(0, 1, None), (1, 2, 2)]
    assert rows[1]["confirmed_accuracy"] == pytest.approx(0.95)
    assert rows[1]["confirmed_deviation"] == pytest.approx(0.02 / 2**0.5)
    assert rows[0]["confirmed_accuracy"] is rows[0]["confirmed_deviation"] is None
    (best, _) = leaderboard_rows(
        replace(make_study(trials), confirmations=confirmed), LeaderboardOptions(sort="confirmed_accuracy")
    )
    assert best["trial"] == 1


def test_by_clustering_ranks_restart_in_every_clustering(study: StudyRecord) -> None:
    rows = leaderboard_rows(study, LeaderboardOptions(by_clustering=True))
    assert [(row["group"], row["rank"], row["trial"]) for row in rows] == [
        ("kmeans, n_clusters 3", 1, 2),
        ("hdbscan, noise nearest", 1, 0),
        ("hdbscan, noise nearest", 2, 3),
        (None, None, 1),
    ]
    shortened = leaderboard_rows(study, LeaderboardOptions(by_clustering=True, top=1))
    assert [row["trial"] for row in shortened] == [2, 0]


def test_clusterings_of_other_embeddings_are_other_clusterings(
    study: StudyRecord, make_trial: MakeTrial
) -> None:
    extractor = ChoiceParameter("embedding.extractor", ("baseline", "pixels", "vgg16"))
    weights = ChoiceParameter("embedding.weights", ("imagenet", "mine.h5"), when={extractor.path: ("vgg16",)})
    space = study.settings.space
    space = replace(space, parameters=(*space.parameters, extractor, weights))
    chosen = [
        {extractor.path: "baseline"},
        {extractor.path: "pixels"},
        {extractor.path: "vgg16", weights.path: "imagenet"},
        {extractor.path: "vgg16", weights.path: "mine.h5"},
        {extractor.path: "pixels"},
    ]
    trials = [
        make_trial(number, params(1, 2) | each, accuracy=0.9 - number / 100)
        for number, each in enumerate(chosen)
    ]
    embedded = replace(study, settings=replace(study.settings, space=space), trials=tuple(trials))
    rows = leaderboard_rows(embedded, LeaderboardOptions(by_clustering=True))
    assert [(row["group"], row["rank"], row["trial"]) for row in rows] == [
        ("kmeans, n_clusters 2, on baseline", 1, 0),
        ("kmeans, n_clusters 2, on pixels", 1, 1),
        ("kmeans, n_clusters 2, on pixels", 2, 4),
        ("kmeans, n_clusters 2, on vgg16, weights imagenet", 1, 2),
        ("kmeans, n_clusters 2, on vgg16, weights mine.h5", 1, 3),
    ]


@pytest.mark.parametrize("target", ["class", "identity"])
def test_targets_that_ignore_the_clusters_are_one_clustering(
    target: str, study: StudyRecord, make_trial: MakeTrial
) -> None:
    names = {
        clustering_of(study, make_trial(0, {**chosen, "autoencoder.target": target}))
        for chosen in (params(1), params(1, 2))
    }
    assert names == {f"target {target}"}
