"""A control that fell below its baseline, or diverged, is told as that on every screen, never as a gain."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from decoder_search.analysis.comparison import compare_studies
from decoder_search.analysis.confirmed import confirmed_configs
from decoder_search.analysis.ranking import fallen_controls, rank_study, yardsticks
from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.detail_text import detail_of, head_text
from decoder_search.views.plots.words import references
from decoder_search.views.report.gains import gains_section
from decoder_search.views.terminal.confirmed import build_confirmed
from decoder_search.views.terminal.leaderboard import build_leaderboard

NO_GAIN = "control A fell to 10.00 %: no yardstick"


def printed(renderable: Any) -> str:
    console = Console(width=200, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


@pytest.fixture
def forgotten(make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]) -> StudyRecord:
    """The baseline has 95 % and the winner 96 %; control A fell to 10 %."""
    study = make_study([make_trial(0), make_trial(1, accuracy=0.94, control_features_accuracy=0.9)])
    return replace(study, facts=replace(study.facts, control_training_accuracy=0.1))


@pytest.fixture
def diverged(forgotten: StudyRecord) -> StudyRecord:
    """Neither control has an accuracy."""
    facts = replace(
        forgotten.facts, control_training_accuracy=None, control_training_diverged="the loss became nan"
    )
    (trial, *_) = forgotten.trials
    metrics = {name: value for name, value in trial.metrics.items() if name != "control_features_accuracy"}
    return replace(forgotten, facts=facts, trials=(replace(trial, metrics=metrics),))


def test_what_is_no_yardstick_is_named_with_what_became_of_it(
    forgotten: StudyRecord, diverged: StudyRecord
) -> None:
    first, second = forgotten.trials
    assert fallen_controls(forgotten) == {"control_training": "fell to 10.00 %"}
    assert yardsticks(forgotten, first) == {"baseline": 0.95, "control_features": 0.952}
    assert fallen_controls(forgotten, second)["control_features"] == "fell to 90.00 %"
    assert fallen_controls(diverged) == {"control_training": "diverged"}
    assert fallen_controls(diverged, diverged.trials[0])["control_features"] == "diverged"
    diverged.trials[0].check()


def test_rows_have_no_gain_over_it(forgotten: StudyRecord) -> None:
    first, second = leaderboard_rows(forgotten)
    assert (first["gain_baseline"], first["gain_control_training"]) == (pytest.approx(0.01), None)
    assert (first["gain_control_features"], second["gain_control_features"]) == (pytest.approx(0.008), None)


def test_the_leaderboard_says_what_became_of_it(forgotten: StudyRecord, diverged: StudyRecord) -> None:
    text = printed(build_leaderboard(forgotten))
    assert "for what the dearest trial costs (fell to 10.00 %: no yardstick)" in text
    assert "own features (no yardstick in 1 of 2 trials)" in text
    assert "+86" not in text
    assert "costs (diverged: no yardstick)" in printed(build_leaderboard(diverged))
    failed = replace(diverged.facts, control_training_diverged=None, control_training_failed="too large")
    assert "costs (cannot be trained)" in printed(build_leaderboard(replace(diverged, facts=failed)))


def test_the_browser_says_what_became_of_it(
    forgotten: StudyRecord, diverged: StudyRecord, write_study: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_study(forgotten, tmp_path)
    for told, words in ((forgotten, "fell to 10.00 %: no yardstick"), (diverged, "diverged: no yardstick")):
        study = replace(told, folder=folder)
        head = head_text(detail_of(study, study.trials[0], leaderboard_rows(study)[0])).plain
        assert words in head
        assert "over control A" not in head


def test_the_report_draws_no_conclusion_from_it(forgotten: StudyRecord, diverged: StudyRecord) -> None:
    made = gains_section(forgotten, rank_study(forgotten)[0])
    assert f'<p class="note">{NO_GAIN}.</p>' in made
    assert "+86" not in made and "beats all three" not in made
    first = forgotten.trials[0]
    clear = replace(forgotten, trials=(replace(first, metrics={**first.metrics, "accuracy": 0.99}),))
    verdict = gains_section(clear, rank_study(clear)[0])
    assert "beats the baseline and control B by more than one standard error" in verdict
    assert f"would have done as well is not known: {NO_GAIN}." in verdict
    assert "control B diverged: no yardstick" in gains_section(diverged, rank_study(diverged)[0])


def test_a_comparison_of_studies_says_it_of_each(forgotten: StudyRecord) -> None:
    comparison = compare_studies([forgotten, forgotten])
    assert comparison.notes.count(f"tiny: {NO_GAIN}.") == 2
    assert comparison.studies[0].best is not None
    assert comparison.studies[0].best["gain_control_training"] is None


def test_a_chart_labels_its_line(forgotten: StudyRecord) -> None:
    assert references(forgotten) == {"baseline": 95.0, "control A: no yardstick,": 10.0}


def test_what_was_confirmed_has_no_gain_over_it(
    forgotten: StudyRecord, make_confirmation: Callable[..., Confirmation]
) -> None:
    trial = forgotten.trials[0]
    fell = [
        make_confirmation(trial, seed, control_training_accuracy=0.1, control_features_accuracy=None)
        for seed in (7, 8)
    ]
    confirmed = confirmed_configs(replace(forgotten, confirmations=tuple(fell)), (7, 8))
    (config,) = confirmed.configs
    assert config.fallen == {"control_training": "fell to 10.00 %", "control_features": "diverged"}
    assert config.gains["control_training"] is config.gains["control_features"] is None
    assert config.gains["baseline"] is not None
    text = printed(build_confirmed(confirmed))
    assert f"trial 0: {NO_GAIN}" in text
    assert "trial 0: control B diverged: no yardstick" in text
    assert "+87" not in text


def test_a_control_that_fell_with_one_seed_is_judged_by_its_mean(
    forgotten: StudyRecord, make_confirmation: Callable[..., Confirmation]
) -> None:
    trial = forgotten.trials[0]
    seeds = (make_confirmation(trial, 7), make_confirmation(trial, 8, control_training_accuracy=0.1))
    (config,) = confirmed_configs(replace(forgotten, confirmations=seeds), (7, 8)).configs
    assert config.fallen == {"control_training": "fell to 53.00 %"}
