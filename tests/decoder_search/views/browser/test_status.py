from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.board import board_of
from decoder_search.views.browser.status import describe_row, describe_study


def test_a_study_is_told_by_the_ends_of_its_trials(
    make_study: Callable[..., StudyRecord], trials: list[TrialRecord]
) -> None:
    study = make_study([*trials, TrialRecord(5, {}, "running")])
    told = "tiny · 3 completed · 1 failed · 1 pruned"
    assert describe_study(study, running=False, shown=None) == f"{told} · 1 left unfinished"
    wanted = replace(study, n_trials=12)
    assert describe_study(wanted, running=True, shown=None) == f"{told} · running 1 of 12"
    assert describe_study(study, running=False, shown=2).startswith("tiny · 2 of 6 shown · 3 completed")
    settings = replace(study.settings, objective="accuracy")
    assert describe_study(replace(study, settings=settings), running=True, shown=None).endswith(
        "for accuracy"
    )


def test_a_row_is_told_by_its_reason_or_else_its_params(
    make_study: Callable[..., StudyRecord], trials: list[TrialRecord]
) -> None:
    rows = board_of(make_study(trials)).rows
    assert describe_row(rows[1], filtered=False) == "trial 1  depth=3 method=kmeans n_clusters=2"
    assert describe_row(rows[4], filtered=False) == "trial 4 failed: [b]no <layer>[/b]"
    assert describe_row(None, filtered=True) == "No trial passes the filter; esc clears it."
    assert describe_row(None, filtered=False) == "No trials yet."
