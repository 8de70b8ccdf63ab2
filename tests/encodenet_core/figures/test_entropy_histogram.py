from __future__ import annotations

import numpy as np
import pytest

from encodenet_core.figures.entropy_histogram import EXTREMES, SMALLEST, count_entropies, readable_ticks


def test_bins_are_even_in_the_logarithm_and_split_by_correctness() -> None:
    highest = np.log(10)
    entropies = highest * np.array([1e-4, 1e-4, 0.5e-2, 0.5, 1.0])
    correct = np.array([True, True, True, False, False])
    counts = count_entropies(entropies, correct, num_classes=10, n_bins=4)
    assert np.allclose(counts.edges / highest, [1e-4, 1e-3, 1e-2, 1e-1, 1])
    assert counts.correct.tolist() == [2, 1, 0, 0]
    assert counts.wrong.tolist() == [0, 0, 0, 2]
    assert counts.n_floored == 0
    assert counts.median == pytest.approx(0.005 * highest)


def test_what_is_smaller_than_a_logarithm_can_show_is_counted_at_the_left_end() -> None:
    counts = count_entropies(np.array([0.0, 1e-30, 1e-12, 1.0]), np.ones(4, bool), num_classes=10)
    assert counts.edges[0] == pytest.approx(SMALLEST)
    assert counts.correct[0] == counts.n_floored == 2
    assert counts.correct.sum() == 4


@pytest.mark.parametrize("entropy", [0.0, np.log(3)])
def test_images_that_are_all_alike_fall_into_one_bin(entropy: float) -> None:
    counts = count_entropies(np.full(7, entropy), np.zeros(7, bool), num_classes=3)
    assert counts.wrong.max() == counts.wrong.sum() == 7


def test_the_easiest_and_the_hardest_come_most_extreme_first_and_ties_by_index() -> None:
    entropies = np.array([0.2, 0.1, 0.9, 0.1, 0.9, 0.5])
    counts = count_entropies(entropies, np.ones(6, bool), num_classes=10)
    assert counts.easiest.tolist() == [1, 3, 0, 5, 2, 4]
    assert counts.hardest.tolist() == [2, 4, 5, 0, 1, 3]
    many = count_entropies(np.linspace(0.1, 1, 100), np.ones(100, bool), num_classes=10)
    assert len(many.easiest) == len(many.hardest) == EXTREMES


def test_a_few_decades_have_plain_ticks_and_more_are_left_to_powers_of_ten() -> None:
    assert readable_ticks(0.07, 2.3) == pytest.approx([0.1, 0.2, 0.5, 1.0, 2.0])
    assert readable_ticks(1e-12, 2.3) == []
