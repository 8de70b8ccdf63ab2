from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from decoder_search.analysis.confirmed import confirmed_configs
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.terminal.confirmed import build_confirmed, in_percent
from encodenet_core.comparisons.spread import Spread


def printed(study: StudyRecord, *seeds: int, width: int = 160) -> list[list[str]]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(build_confirmed(confirmed_configs(study, seeds)))
    return [line.split() for line in capture.get().splitlines() if line.strip()]


def test_configs_stand_above_what_they_are_compared_with(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    make_confirmation: Callable[..., Confirmation],
) -> None:
    trials = [make_trial(0), make_trial(1, {"decoder.depth": 3, "clustering.method": "hdbscan"})]
    measured = [(trials[0], 7, 0.96), (trials[0], 8, 0.96), (trials[1], 7, 0.97), (trials[1], 8, 0.99)]
    study = make_study(trials)
    study = replace(study, confirmations=tuple(make_confirmation(*each) for each in measured))
    lines = printed(study, 7, 8)
    assert lines[0] == "Study tiny at its final budget, seeds 7, 8".split()
    rows = {line[1]: line for line in lines if line[0] in ("1", "2")}
    assert rows["1"][2:] == "98.00 ±1.41 +3.00 ±1.41 +2.00 ±1.41 +2.50 ±1.41 97.00 ±1.41 2 3".split()
    assert rows["0"][2:4] == ["96.00", "±0.00"]
    assert "baseline 95.00 ±0.00 94.00 ±0.00 2".split() in lines
    assert "control A 96.00 ±0.00 95.00 ±0.00 2".split() in lines
    assert "control B 95.50 ±0.00 94.50 ±0.00 2".split() in lines
    narrow = printed(study, 7, 8, width=80)
    assert rows["1"][:-1] in narrow


def test_gains_on_test_images_and_over_the_training_without_conversion_stand_beside(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    make_confirmation: Callable[..., Confirmation],
) -> None:
    trials = [make_trial(0), make_trial(1, {"decoder.depth": 3, "clustering.method": "hdbscan"})]
    without = {"unconverted_accuracy": 0.965, "unconverted_test_accuracy": 0.96}
    confirmations = (make_confirmation(trials[0], 7, 0.96), make_confirmation(trials[1], 7, 0.98, **without))
    lines = printed(replace(make_study(trials), confirmations=confirmations), 7)
    rows = {line[1]: line for line in lines if line[0] in ("1", "2")}
    assert rows["1"][2:] == "98.00 +3.00 +2.00 +2.50 +1.50 97.00 1 3".split()
    assert rows["0"][2:] == "96.00 +1.00 +0.00 +0.50 95.00 1 1".split()
    assert "unconverted training 96.50 96.00 1".split() in lines
    assert "unconv the same training without conversion at the same cost".split() in lines
    assert "trial 1: +3.00 base, +2.00 train, +2.50 feat, +1.00 unconv".split() in lines
    assert "trial 0: no unconverted training: it learns to convert, and no classes beside".split() in lines


@pytest.mark.parametrize("accuracy", [0.95, 0.96, 0.99])
def test_a_training_without_conversion_that_is_ahead_can_be_had(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    make_confirmation: Callable[..., Confirmation],
    accuracy: float,
) -> None:
    measured = {"unconverted_accuracy": accuracy, "unconverted_epochs": 98}
    confirmation = make_confirmation(make_trial(0), 7, 0.96, **measured)
    lines = printed(replace(make_study([make_trial(0)]), confirmations=(confirmation,)), 7)
    told = [
        "Without conversion trial 0 is 3.00 points better. To have that:",
        "decoder-search export tiny --trial 0 --output winner.yaml",
        "encodenet train winner.yaml --set autoencoder.reconstruction_weight=0 "
        "--set autoencoder.training.epochs=98",
    ]
    assert (lines[-3:] == [line.split() for line in told]) == (accuracy > 0.96)


def test_a_config_that_could_not_run_says_why(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    make_confirmation: Callable[..., Confirmation],
) -> None:
    whole = make_confirmation(make_trial(0), 7)
    broken = replace(whole, outcome="infeasible", metrics={}, reason="class 7 has\n3 images")
    lines = printed(replace(make_study([make_trial(0)]), confirmations=(broken,)), 7)
    assert "trial 0: class 7 has 3 images".split() in lines


def test_one_seed_has_no_deviation() -> None:
    assert in_percent(Spread(0.5, None, 1)) == "50.00"
    assert in_percent(Spread(0.0123, 0.004, 2), sign="+") == "+1.23 ±0.40"
