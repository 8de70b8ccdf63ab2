"""The leaderboard of a study on uneven classes, for people."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from rich.console import Console

from decoder_search.analysis.ranking import rank_study
from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.browser.detail_text import Detail, head_text
from decoder_search.views.report.gains import gains_section
from decoder_search.views.report.winner import ranked_first
from decoder_search.views.terminal.leaderboard import build_leaderboard

UnevenStudy = Callable[..., StudyRecord]


def printed(renderable: Any) -> str:
    console = Console(width=120, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return " ".join(capture.get().split())


def test_both_accuracies_of_all_that_is_compared_are_shown(uneven_study: UnevenStudy) -> None:
    plain, balanced = (printed(build_leaderboard(uneven_study(word))) for word in ("plain", "balanced"))
    assert "97.00 ±0.85 70.00 +2.00 +1.50 +1.80" in plain
    assert "the baseline (95.00 %, balanced 60.00 %)" in plain
    assert "Δ points of accuracy over" in plain
    assert "96.00 ±0.98 80.00 ±4.00 +20.0 +15.0 +18.0" in balanced
    assert "the baseline (60.00 %, plain 95.00 %)" in balanced
    assert "Δ points of balanced accuracy over" in balanced
    assert "balanced: the mean over classes of the shares classified correctly." in plain
    assert "do not differ" not in balanced


def test_even_classes_are_shown_without(make_study: Callable[..., StudyRecord], make_trial: Any) -> None:
    assert "balanced" not in printed(build_leaderboard(make_study([make_trial(0), make_trial(1)])))


def test_the_browser_and_the_report_show_both(uneven_study: UnevenStudy) -> None:
    study = uneven_study("balanced")
    row = leaderboard_rows(study)[0]
    shown = head_text(Detail(study.trials[1], row, study.folder)).plain
    assert "balanced accuracy       80.00 ±4.00 %" in shown
    winner = rank_study(study)[0]
    assert "balanced accuracy 80.00 ± 4.00 % on 400 validation images, accuracy 96.0 %" in ranked_first(
        study, winner
    )
    page = str(gains_section(study, winner))
    assert "Classes are uneven; accuracy: the winner 96.00 %, the baseline 95.00 %, control A 95.50 %" in page
    assert "+20.00" in page
