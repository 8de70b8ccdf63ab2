from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from decoder_search.analysis.comparison import compare_studies
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.comparison import build_comparison


def printed(*studies: StudyRecord, width: int = 120) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(build_comparison(compare_studies(studies)))
    return capture.get()


def test_each_study_has_a_line_and_a_column_and_what_does_not_compare_is_said(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    first = make_study([make_trial(0, accuracy=0.90, epochs=8), make_trial(1, epochs=8)], name="first")
    text = printed(first, make_study([make_trial(0, accuracy=0.5, mse=0.1, epochs=4)], name="[red]other"))
    rows = [line.split() for line in text.splitlines() if line.startswith(("first", "[red]other"))]
    assert rows[0][:7] == ["first", "tpe", "2", "16", "1", "96.00", "±0.98"]
    assert rows[0][-2:] == ["0.0774", "16"]
    assert rows[1][:5] == ["[red]other", "tpe", "1", "4", "0"]
    assert rows[1][-1] == "–"
    bought = [line.split() for line in text.splitlines() if line.split() and line.split()[0].isdigit()]
    assert bought == [
        ["1", "0.0000", "0.0000"],
        ["2", "0.0000", "0.0000"],
        ["4", "0.0000", "0.0160"],
        ["8", "0.0720"],
        ["16", "0.0774"],
    ]
    assert "mse compares trials of one clustering only" in text


def test_a_study_without_trials_has_a_line(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    text = printed(make_study([make_trial(0)]), make_study([], prepared=False, name="new"))
    (line,) = (line for line in text.splitlines() if line.startswith("new ") and "–" in line)
    assert line.split()[2:] == ["0", "0", "–", "–", "–", "–", "–", "–", "0", "–", "–"]


def test_a_narrow_terminal_cuts_nothing(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    study = make_study([make_trial(0, epochs=8)])
    lines = printed(study, study, width=60).splitlines()
    assert max(len(line) for line in lines if "±" in line or "tiny" in line) <= 60
    assert sum("0.0774" in line for line in lines) == 2 + 1
