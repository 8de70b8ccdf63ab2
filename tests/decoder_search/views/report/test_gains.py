from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from decoder_search.analysis.ranking import RankedTrial, rank_study
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.gains import gains_section


@pytest.fixture
def best(study: StudyRecord) -> RankedTrial:
    return rank_study(study)[0]


def test_the_table_shows_accuracies_and_gains(study: StudyRecord, best: RankedTrial) -> None:
    made = gains_section(study, best)
    assert '<td class="number">96.50 ± 0.92</td>' in made
    assert '<td class="number better">+1.50</td>' in made  # over the baseline
    assert '<td class="number better">+1.00</td>' in made  # over control A
    assert "No config was confirmed: <code>decoder-search confirm</code>" in made


def test_confirmed_configs_stand_below(
    study: StudyRecord, best: RankedTrial, make_confirmation: Callable[..., Confirmation]
) -> None:
    seeds = (make_confirmation(best.trial, 7, 0.97), make_confirmation(best.trial, 8, 0.98))
    made = gains_section(replace(study, confirmations=seeds), best)
    assert "over 2 paired seeds" in made and "97.50 ± 0.71" in made
    assert '<td class="number">+2.50 ± 0.71 (+2.50 ± 0.71)</td>' in made
    assert "without conversion" not in made


def test_what_was_trained_without_conversion_has_a_column_and_is_explained(
    study: StudyRecord, best: RankedTrial, make_confirmation: Callable[..., Confirmation]
) -> None:
    without = {"unconverted_accuracy": 0.96, "unconverted_test_accuracy": 0.94}
    confirmation = make_confirmation(best.trial, 7, 0.97, **without)
    made = gains_section(replace(study, confirmations=(confirmation,)), best)
    assert "Δ unconverted training" in made
    assert '<td class="number">+1.00 (+2.00)</td></tr>' in made
    assert "unconverted training: the same training without conversion at the same cost" in made


def test_nothing_is_compared_without_a_winner(study: StudyRecord) -> None:
    assert "nothing to compare before a trial has completed" in gains_section(study, None)
