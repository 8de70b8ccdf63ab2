from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.analysis.rows import LeaderboardOptions, leaderboard_rows
from decoder_search.records.settings import Objective, StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.columns import measured_columns, param_columns

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]
MakeSettings = Callable[..., StudySettings]
Shown = Callable[[dict[str, Any]], dict[str, str]]


@pytest.fixture
def shown(make_settings: MakeSettings) -> Shown:
    """What stands in a row under each header."""

    def show(row: dict[str, Any]) -> dict[str, str]:
        columns = measured_columns(make_settings(), [row])
        return {column.header.replace("\n", " "): column.show(row) for column in columns}

    return show


def test_values_are_written_in_few_characters(
    make_study: MakeStudy, make_trial: MakeTrial, shown: Shown
) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0)]))
    cells = shown(row)
    assert (cells["layer"], cells["mse ↓"], cells["retr. % ↑"]) == ("★", "0.0500", "90.0")
    assert (cells["accuracy % ↑"], cells["Δ base"], cells["decoder params"]) == (
        "96.00 ±0.98",
        "+1.00",
        "12.3k",
    )


def test_what_was_not_measured_is_left_blank(
    make_study: MakeStudy, make_trial: MakeTrial, shown: Shown
) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0, state="infeasible")]))
    cells = shown(row)
    assert cells.pop("accuracy % ↑") == "infeasible"
    assert cells.pop("s") == "2"
    assert set(cells.values()) == {""}


def test_a_pruned_trial_shows_its_last_values_and_a_probe_in_the_place_of_an_accuracy(
    make_study: MakeStudy, make_pruned: MakeTrial, shown: Shown
) -> None:
    (row,) = leaderboard_rows(make_study([make_pruned(0)]))
    cells = shown(row)
    assert (cells["mse ↓"], cells["retr. % ↑"], cells["accuracy % ↑"]) == ("0.0400", "70.0", "88.00 probe")
    assert (cells["layer"], cells["Δ base"], cells["ep- ochs"]) == ("", "", "3")


def test_epochs_are_told_only_beside_pruned_trials(
    make_study: MakeStudy, make_trial: MakeTrial, shown: Shown
) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0, epochs=9)]))
    assert row["epochs"] == 9
    assert "ep- ochs" not in shown(row)


@pytest.mark.parametrize(
    ("objective", "optimised"),
    [
        ("both", {"mse\n↓", "accuracy\n% ↑"}),
        ("accuracy", {"accuracy\n% ↑"}),
        ("reconstruction", {"mse\n↓"}),
    ],
)
def test_what_a_study_optimises_is_marked(
    objective: Objective, optimised: set[str], make_settings: MakeSettings
) -> None:
    columns = measured_columns(replace(make_settings(), objective=objective), [])
    assert {column.header for column in columns if column.is_objective} == optimised


@pytest.mark.parametrize(("count", "written"), [(950, "950"), (1_000, "1.0k"), (2_345_678, "2.35M")])
def test_parameters_are_counted_in_thousands_and_millions(
    count: int, written: str, make_study: MakeStudy, make_trial: MakeTrial, shown: Shown
) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0, decoder_parameters=count)]))
    assert shown(row)["decoder params"] == written


@pytest.mark.parametrize(("accuracy", "style"), [(0.99, "green"), (0.951, ""), (0.90, "red")])
def test_only_a_gain_of_more_than_one_standard_error_is_coloured(
    accuracy: float,
    style: str,
    make_study: MakeStudy,
    make_trial: MakeTrial,
    make_settings: MakeSettings,
) -> None:
    (row,) = leaderboard_rows(make_study([make_trial(0, accuracy=accuracy)]))
    base = next(column for column in measured_columns(make_settings(), [row]) if column.header == "Δ\nbase")
    assert base.style(row) == style


def test_params_stand_under_their_short_names(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    study = make_study([make_trial(0)])
    assert [column.header for column in param_columns(leaderboard_rows(study))] == [
        "depth",
        "method",
        "n\nclusters",
    ]
    grouped = leaderboard_rows(study, LeaderboardOptions(by_clustering=True))
    assert [column.header for column in param_columns(grouped)] == ["depth"]
    assert param_columns([]) == []
