"""A control that fell below its baseline by more than its standard error, or diverged, is no yardstick."""

from __future__ import annotations

import pytest

from encodenet_core.yardsticks import (
    no_yardstick,
    standard_error,
    why_no_yardstick,
    why_no_yardstick_by_seed,
)


def test_the_standard_error_is_that_of_a_share() -> None:
    assert standard_error(0.5, 100) == pytest.approx(0.05)
    assert standard_error(1.0, 100) == 0.0


@pytest.mark.parametrize(
    ("accuracy", "baseline", "n_images", "why"),
    [
        (0.9, 0.9, 100, ""),
        (0.95, 0.9, 100, ""),
        (0.88, 0.9, 100, ""),  # its standard error is 3.2 points
        (0.86, 0.9, 100, "fell to 86.00 %"),  # and here 3.5
        (0.88, 0.9, 10_000, "fell to 88.00 %"),
        (0.1, 0.52, 40, "fell to 10.00 %"),
        (0.0, 0.02, 50, "fell to 0.00 %"),
        (None, 0.9, 100, "diverged"),
    ],
)
def test_a_control_below_its_baseline_by_more_than_its_standard_error_is_none(
    accuracy: float | None, baseline: float, n_images: int, why: str
) -> None:
    assert why_no_yardstick(accuracy, baseline, n_images) == why


def test_over_seeds_means_are_compared_where_both_were_measured() -> None:
    baselines = {0: 0.9, 1: 0.8, 2: 0.5}
    assert why_no_yardstick_by_seed({0: 0.88, 1: 0.79}, baselines, 100) == ""
    assert why_no_yardstick_by_seed({0: 0.9, 1: 0.1}, baselines, 100) == "fell to 50.00 %"
    assert why_no_yardstick_by_seed({0: 0.84, 1: 0.81}, baselines, 10_000) == "fell to 82.50 %"
    assert why_no_yardstick_by_seed({}, baselines, 100) == ""


def test_words_name_the_control_and_what_became_of_it() -> None:
    assert no_yardstick("control_training", "fell to 10.00 %") == "control A fell to 10.00 %: no yardstick"
    assert no_yardstick("control_features", "diverged") == "control B diverged: no yardstick"
    assert no_yardstick("unconverted", "diverged") == "unconverted training diverged: no yardstick"
