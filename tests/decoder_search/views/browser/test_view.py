from __future__ import annotations

from collections.abc import Callable

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.board import Board, board_of
from decoder_search.views.browser.view import View, column_names


@pytest.fixture
def board(make_study: Callable[..., StudyRecord], trials: list[TrialRecord]) -> Board:
    return board_of(make_study(trials))


def test_a_filter_that_makes_no_sense_yet_keeps_the_rows_and_says_why(board: Board) -> None:
    view = View().filtered("method=kmeans", board)
    unfinished = view.filtered("method=kmeans accuracy>", board)
    assert unfinished.order(board) == view.order(board) == [1, 2]
    assert "accuracy> lacks a value" in unfinished.problem
    assert unfinished.filtered("", board).problem == ""


def test_a_name_that_is_still_typed_takes_no_row_away(board: Board) -> None:
    text = "method=kmeans accuracy>0.92"
    left = [len(View().filtered(text[:end], board).order(board)) for end in range(len(text) + 1)]
    assert left[0] == 5 and left[-1] == 1
    assert 0 not in left
    assert "as in accuracy>0.8" in View().filtered("meth", board).problem
    assert View().filtered("beauty", board).order(board) == []


def test_sorting_by_the_same_column_again_turns_the_order_round() -> None:
    view = View().sorted_by("mse")
    assert (view.sort, view.reverse) == ("mse", False)
    assert view.sorted_by("mse").reverse
    assert not view.sorted_by("mse").sorted_by("accuracy").reverse


def test_marks_keep_their_order_and_are_taken_away_by_a_second_one() -> None:
    assert View().with_mark(3).with_mark(1).with_mark(2).with_mark(1).marked == (3, 2)


def test_a_board_without_the_sorted_column_is_ordered_by_rank(
    board: Board, make_study: Callable[..., StudyRecord], trials: list[TrialRecord]
) -> None:
    same = board_of(make_study([trials[0], trials[3]]))
    view = View().sorted_by("decoder.depth").filtered("method=kmeans", board).on(same)
    assert view.sort == "rank"
    assert view.problem.startswith("unknown column 'method'")
    assert view.text == "method=kmeans"
    assert view.on(board).order(board) == [1, 2]


def test_headers_are_on_one_line(board: Board) -> None:
    names = column_names(board)
    assert (names["n_targets"], names["clustering.n_clusters"]) == ("targets", "n clusters")
