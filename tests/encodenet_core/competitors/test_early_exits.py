"""Who leaves early, by logits whose entropies are known: 0.1 and its like are worked out by hand."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

from encodenet_core.competitors.early_exits import (
    check_threshold,
    choose_threshold,
    expected_cost,
    leave_early,
)
from encodenet_core.errors import ConfigError


def logits(*shares: float) -> Any:
    """Two classes; the share is that of the first."""
    return np.log([[share, 1 - share] for share in shares]).astype(np.float32)


def test_an_image_leaves_where_its_entropy_is_below_the_threshold() -> None:
    # -0.9 ln 0.9 - 0.1 ln 0.1 = 0.3251; -0.75 ln 0.75 - 0.25 ln 0.25 = 0.5623; ln 2 = 0.6931
    three = logits(0.9, 0.25, 0.5)
    assert leave_early(three, 0.32).tolist() == [False, False, False]
    assert leave_early(three, 0.33).tolist() == [True, False, False]
    assert leave_early(three, 0.57).tolist() == [True, True, False]


EARLY = logits(0.99, 0.95, 0.9, 0.8, 0.7)
"""The surest first; each says class 0."""


@pytest.mark.parametrize(
    ("last", "labels", "n_leaving"),
    [
        ((0.9, 0.9, 0.9, 0.9, 0.9), (0, 0, 0, 0, 0), 5),  # nothing is lost anywhere
        ((0.9, 0.9, 0.1, 0.9, 0.9), (0, 0, 1, 0, 0), 2),  # the third is lost, and no later one made good
        (
            (0.9, 0.9, 0.1, 0.1, 0.9),
            (0, 0, 1, 0, 0),
            5,
        ),  # made good by the fourth, which the last exit misses
        ((0.1, 0.9, 0.9, 0.9, 0.9), (1, 0, 0, 0, 0), 0),  # the surest of all is lost
    ],
)
def test_the_highest_threshold_that_costs_no_image_is_chosen(
    last: tuple[float, ...], labels: tuple[int, ...], n_leaving: int
) -> None:
    shuffled = np.array([3, 0, 4, 1, 2])
    early, late, truth = EARLY[shuffled], logits(*last)[shuffled], np.array(labels)[shuffled]
    threshold = choose_threshold(early, late, truth)
    leaving = leave_early(early, threshold)
    assert leaving.sum() == n_leaving
    mixed = np.where(leaving, early.argmax(axis=1), late.argmax(axis=1))
    assert (mixed == truth).sum() >= (late.argmax(axis=1) == truth).sum()


def test_images_of_one_entropy_leave_together_or_not_at_all() -> None:
    twins, labels = logits(0.9, 0.9), np.array([0, 1])
    assert leave_early(twins, choose_threshold(twins, logits(0.9, 0.9), labels)).tolist() == [True, True]
    assert leave_early(twins, choose_threshold(twins, logits(0.9, 0.1), labels)).tolist() == [False, False]


def test_a_threshold_lies_above_0_and_at_most_at_the_entropy_of_a_guess() -> None:
    check_threshold(1e-6, 10)
    check_threshold(log(10), 10)
    for wrong in (0.0, -1.0, 2.31, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="^--threshold is .* at most 2.303, .* 10 classes; without"):
            check_threshold(wrong, 10)


def test_who_stays_pays_for_both_parts() -> None:
    assert expected_cost(220_150, 1_027_570, 0.9) == pytest.approx(322_907)
    assert expected_cost(220_150, 1_027_570, 1.0) == 220_150
    assert expected_cost(220_150, 1_027_570, 0.0) == 1_247_720
