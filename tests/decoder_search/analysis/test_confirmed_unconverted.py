"""Confirmed configs beside what not every one has: the same training without conversion, and rivals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.analysis.confirmed import ConfirmedConfig, confirmed_configs
from decoder_search.records.confirmations import Confirmation
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.comparisons.spread import Spread

Confirm = Callable[..., ConfirmedConfig]

BOTH = {"autoencoder.classification_weight": 1.0}
MEASURED = {"unconverted_accuracy": 0.96, "unconverted_test_accuracy": 0.955}


@pytest.fixture
def confirmed_study(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    make_confirmation: Callable[..., Confirmation],
) -> Callable[..., StudyRecord]:
    """A study of one config for each value of the depth, confirmed with seed 7 and those after it."""

    def make(*configs: tuple[dict[str, Any], list[dict[str, Any]]]) -> StudyRecord:
        trials = [
            make_trial(place, {"decoder.depth": place + 1, "clustering.method": "hdbscan", **values})
            for place, (values, _) in enumerate(configs)
        ]
        confirmations = [
            make_confirmation(trials[place], 7 + seed, 0.97 + 0.01 * seed, **metrics)
            for place, (_, measured) in enumerate(configs)
            for seed, metrics in enumerate(measured)
        ]
        return replace(make_study(trials), confirmations=tuple(confirmations))

    return make


def test_gains_over_the_training_without_conversion_are_paired_on_both_splits(
    confirmed_study: Callable[..., StudyRecord],
) -> None:
    confirmed = confirmed_configs(confirmed_study((BOTH, [MEASURED, MEASURED])), (7, 8))
    (config,) = confirmed.configs
    deviation = pytest.approx(0.01 / 2**0.5)
    assert config.gains["unconverted"] == Spread(pytest.approx(0.015), deviation, 2)
    assert config.test_gains["unconverted"] == Spread(pytest.approx(0.01), deviation, 2)
    assert config.test_gains["control_training"] == Spread(pytest.approx(0.015), deviation, 2)
    assert confirmed.references[-1].name == "unconverted"
    assert confirmed.references[-1].accuracy_spread == Spread(pytest.approx(0.96), 0.0, 2)
    assert confirmed.missing == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "it learns to convert, and no classes beside"),
        ({**BOTH, "autoencoder.reconstruction_weight": 0.0}, "it learns without conversion itself"),
        (BOTH, "an earlier version confirmed it"),
    ],
)
def test_a_config_without_one_is_none_and_says_why_beside_one_that_has_it(
    confirmed_study: Callable[..., StudyRecord], values: dict[str, Any], why: str
) -> None:
    alone = confirmed_configs(confirmed_study((values, [{}, {}])), (7, 8))
    assert alone.compared == ("baseline", "control_training", "control_features")
    assert "unconverted" not in alone.configs[0].gains
    assert alone.configs[0].uncompared == {"unconverted": why}
    assert alone.missing == (), "a column that nobody has needs no excuse"
    both = confirmed_configs(confirmed_study((values, [{}, {}]), (BOTH, [MEASURED, MEASURED])), (7, 8))
    assert both.compared[-1] == "unconverted"
    assert both.missing == (f"trial 0: no unconverted training: {why}",)


def test_rivals_stand_beside_the_references_in_their_order_whatever_was_measured_first(
    confirmed_study: Callable[..., StudyRecord],
) -> None:
    rivals = {"rkd_accuracy": 0.95, "kd_accuracy": 0.96, "kd_test_accuracy": 0.95}
    confirmed = confirmed_configs(confirmed_study(({}, [rivals, rivals]), ({}, [{}, {}])), (7, 8))
    assert confirmed.compared == ("baseline", "control_training", "control_features", "kd", "rkd")
    assert confirmed.configs[0].gains["kd"] == Spread(pytest.approx(0.015), pytest.approx(0.01 / 2**0.5), 2)
    assert [name for name, gain in confirmed.configs[0].test_gains.items() if gain][-1] == "kd"
    assert confirmed.missing == (
        "trial 1: no KD: it was confirmed without",
        "trial 1: no RKD: it was confirmed without",
    )


def test_one_that_diverged_or_fell_is_no_yardstick(confirmed_study: Callable[..., StudyRecord]) -> None:
    gone = {"unconverted_accuracy": None, "unconverted_test_accuracy": None}
    fell = {"unconverted_accuracy": 0.1, "unconverted_test_accuracy": 0.1}
    confirmed = confirmed_configs(confirmed_study((BOTH, [gone, gone]), (BOTH, [fell, fell])), (7, 8))
    for config in confirmed.configs:
        assert config.gains["unconverted"] is config.test_gains["unconverted"] is None
    assert confirmed.missing == (
        "trial 0: unconverted training diverged: no yardstick",
        "trial 1: unconverted training fell to 10.00 %: no yardstick",
    )


def test_seeds_that_an_earlier_version_confirmed_are_told(
    confirmed_study: Callable[..., StudyRecord],
) -> None:
    confirmed = confirmed_configs(confirmed_study((BOTH, [{}, MEASURED])), (7, 8))
    (config,) = confirmed.configs
    assert config.gains["unconverted"] == Spread(pytest.approx(0.02), None, 1)
    assert confirmed.missing == ("trial 0: unconverted training was measured with 1 of 2 seeds",)
