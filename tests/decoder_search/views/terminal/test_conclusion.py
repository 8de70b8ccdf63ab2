"""What stands below the leaderboard at the end of a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.conclusion import build_conclusion

MakeStudy = Callable[..., StudyRecord]


def printed(study: StudyRecord) -> str:
    console = Console(width=400)
    with console.capture() as capture:
        console.print(build_conclusion(study))
    return capture.get()


def test_the_winner_is_told_with_its_gain_over_each_and_what_that_is_worth(
    make_study: MakeStudy, make_trial: Callable[..., TrialRecord]
) -> None:
    blank, gains, verdict = printed(make_study([make_trial(3, accuracy=0.98)])).splitlines()
    assert not blank.strip()
    assert gains.startswith("Trial 3 gains, in points ± 0.")
    assert "+3.00 over the baseline; +2.50 over control A: the baseline trained on, for what" in gains
    assert "over control B: the same classifier stage" in gains and gains.endswith(".")
    assert verdict.startswith("The winner beats the baseline and both controls")


def test_nothing_is_said_before_there_is_a_winner_or_anything_to_compare_it_with(
    make_study: MakeStudy, make_trial: Callable[..., TrialRecord]
) -> None:
    assert not printed(make_study([])).strip()
    unprepared = replace(make_study([make_trial(3)]), facts=StudyFacts())
    assert (
        printed(unprepared).split() == "Not all that the winner should be compared with was measured.".split()
    )
