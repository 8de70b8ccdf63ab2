"""What is called a gain, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from decoder_search.analysis.ranking import RankedTrial, rank_study
from decoder_search.analysis.verdict import confirmed_verdict, verdict
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord


@pytest.fixture
def study(make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]) -> StudyRecord:
    return make_study([make_trial(number, accuracy=0.94 + 0.005 * number) for number in range(6)])


@pytest.fixture
def best(study: StudyRecord) -> RankedTrial:
    return rank_study(study)[0]


def with_accuracy(winner: RankedTrial, accuracy: float) -> RankedTrial:
    trial = replace(winner.trial, metrics={**winner.trial.metrics, "accuracy": accuracy})
    return replace(winner, trial=trial)


def test_only_a_clear_gain_over_all_three_is_called_one(study: StudyRecord, best: RankedTrial) -> None:
    # Baseline 95.0, control A 95.5, control B 95.2; a standard error is about a point.
    behind = verdict(study, with_accuracy(best, 0.951))
    assert behind.startswith("The winner beats neither control A nor control B: a gain over the baseline")
    none = verdict(study, with_accuracy(best, 0.95))
    assert none == "The winner beats neither the baseline nor control A nor control B: nothing was gained."
    assert "does not beat control A: a gain" in verdict(study, with_accuracy(best, 0.953))
    assert verdict(study, with_accuracy(best, 0.963)) == (
        "The winner beats all three, but control A by no more than one standard error."
    )
    assert "by more than one standard error. It was chosen by these" in verdict(
        study, with_accuracy(best, 0.98)
    )


def test_what_was_not_measured_is_not_compared(study: StudyRecord, best: RankedTrial) -> None:
    assert verdict(replace(study, facts=StudyFacts()), best).startswith(
        "Not all that the winner should be compared with"
    )


def test_a_confirmed_config_is_told_with_its_gain_over_each(
    study: StudyRecord, best: RankedTrial, make_confirmation: Callable[..., Confirmation]
) -> None:
    def told(*accuracies: float, **measured: float) -> str | None:
        made = [
            make_confirmation(best.trial, 7 + place, each, **measured)
            for place, each in enumerate(accuracies)
        ]
        return confirmed_verdict(replace(study, confirmations=tuple(made)))

    assert told() is None
    assert told(0.97) is None, "one seed has no error"
    sure = told(0.97, 0.98)
    assert sure is not None and sure.startswith(
        f"Confirmed over 2 paired seeds, trial {best.trial.number} gains "
    )
    assert "+2.50 ± 0.50 points over the baseline" in sure
    assert sure.endswith(": each by more than two standard errors.")
    level = told(0.97, 0.98, unconverted_accuracy=0.974) or ""
    assert "and +0.10 ± 0.50 points over the same training without conversion at the same cost" in level
    assert "no more than two standard errors, which is no sure gain" in level
    assert (told(0.90, 0.91) or "").endswith(": nothing was gained.")
    assert "by no more than two standard errors, which is no sure gain" in (told(0.92, 0.99) or "")
