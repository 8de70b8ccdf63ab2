"""How uneven classes are, and what makes up for it, against scikit-learn's definition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from encodenet_core.data.class_balance import balance_of, balanced_weights


def labels(*counts: int) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize(("counts", "is_uneven"), [((10, 15), False), ((10, 16), True), ((3, 2, 4), True)])
def test_classes_are_uneven_above_one_and_a_half_times(counts: tuple[int, ...], is_uneven: bool) -> None:
    assert balance_of(labels(*counts), "abc"[: len(counts)]).is_uneven is is_uneven


def test_the_smallest_and_the_largest_class_are_named() -> None:
    words = balance_of(labels(1200, 7, 30), ["cat", "dog", "bee"]).in_words()
    assert words.startswith("uneven classes: 7 training images of 'dog', 1,200 of 'cat'; balanced accuracy")


def test_weights_are_those_of_scikit_learn() -> None:
    of = labels(5, 1, 12, 12)
    expected = compute_class_weight("balanced", classes=np.arange(4), y=of)
    weights = balanced_weights(of, 4)
    assert weights == pytest.approx(expected)
    assert weights[of].mean() == pytest.approx(1)
