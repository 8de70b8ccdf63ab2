from __future__ import annotations

from collections.abc import Callable

import pytest

from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.board import FIRST_HIDDEN, Board, board_of
from decoder_search.views.browser.filters import parse_filter


@pytest.fixture
def board(make_study: Callable[..., StudyRecord], trials: list[TrialRecord]) -> Board:
    return board_of(make_study(trials))


def numbers(board: Board, text: str = "", sort: str = "rank", reverse: bool = False) -> list[int]:
    wanted = parse_filter(text, list(board.rows[0]))
    return [board.rows[place]["trial"] for place in board.order(wanted=wanted, sort=sort, reverse=reverse)]


def test_rows_are_those_of_the_leaderboard(
    board: Board, make_study: Callable[..., StudyRecord], trials: list[TrialRecord]
) -> None:
    assert board.rows == leaderboard_rows(make_study(trials))
    assert numbers(board) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("sort", "best_first", "worst_first"),
    [
        ("accuracy", [0, 1, 2, 3, 4], [2, 1, 0, 3, 4]),
        ("mse", [1, 3, 0, 2, 4], [2, 0, 3, 1, 4]),
        ("trial", [0, 1, 2, 3, 4], [4, 3, 2, 1, 0]),
        ("clustering.method", [0, 3, 4, 1, 2], [1, 2, 0, 3, 4]),
    ],
)
def test_any_column_orders_the_rows_and_those_without_a_value_stay_last(
    sort: str, best_first: list[int], worst_first: list[int], board: Board
) -> None:
    assert numbers(board, sort=sort) == best_first
    assert numbers(board, sort=sort, reverse=True) == worst_first


def test_every_column_can_be_sorted_by(board: Board) -> None:
    keys = [strip.column.key for strip in board.strips]
    assert len(set(keys)) == len(keys) > 15
    for key in keys:
        assert sorted(numbers(board, sort=key)) == [0, 1, 2, 3, 4]


def test_only_rows_that_pass_the_filter_are_ordered(board: Board) -> None:
    assert numbers(board, "method=kmeans", sort="mse", reverse=True) == [2, 1]


def test_hidden_columns_are_left_out_and_those_that_stay_are_counted_anew(board: Board) -> None:
    strips, n_fixed = board.visible(FIRST_HIDDEN | {"rank"})
    assert n_fixed == 1
    assert [strip.column.key for strip in strips][:3] == ["trial", "layer", "mse"]
    assert len(strips) == len(board.strips) - 1 - len(FIRST_HIDDEN & {s.column.key for s in board.strips})


def test_a_long_reason_is_cut_and_a_study_without_trials_has_a_board(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    trial = TrialRecord(0, {}, "failed", reason="no memory\n" * 50)
    (reason,) = (s for s in board_of(make_study([trial])).strips if s.column.key == "reason")
    assert reason.width == 60 and reason.cells[0].endswith("…") and "\n" not in reason.cells[0]
    assert board_of(make_study([])).rows == []
