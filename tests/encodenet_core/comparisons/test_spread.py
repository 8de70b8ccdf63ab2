from __future__ import annotations

from encodenet_core.comparisons.spread import Spread, spread, subtract


def test_mean_and_sample_standard_deviation_of_three_values() -> None:
    # Deviations from 4 are -2, 0 and 2: squares sum to 8, over n - 1 = 2 that is 4, the root 2.
    assert spread({0: 2.0, 1: 4.0, 2: 6.0}) == Spread(4.0, 2.0, 3)


def test_one_value_has_no_standard_deviation() -> None:
    assert spread({5: 0.7}) == Spread(0.7, None, 1)


def test_no_value_has_no_spread() -> None:
    assert spread({}) is None


def test_a_paired_difference_is_seed_by_seed_and_spreads_less_than_its_parts() -> None:
    # The parts spread by 10, their differences 1, 3 and 2 by 1.
    first, second = {0: 11.0, 1: 23.0, 2: 32.0}, {0: 10.0, 1: 20.0, 2: 30.0}
    difference = subtract(first, second)
    assert difference == {0: 1.0, 1: 3.0, 2: 2.0}
    assert spread(difference) == Spread(2.0, 1.0, 3)


def test_a_seed_that_only_one_side_has_is_left_out_of_a_difference() -> None:
    assert subtract({0: 1.0, 1: 5.0}, {1: 2.0, 2: 7.0}) == {1: 3.0}
