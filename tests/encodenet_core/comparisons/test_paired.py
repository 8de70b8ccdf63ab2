from __future__ import annotations

import pytest

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured, Spread, spread, subtract


def test_mean_and_sample_standard_deviation_of_three_values() -> None:
    # Deviations from 4 are -2, 0 and 2: squares sum to 8, over n - 1 = 2 that is 4, the root 2.
    found = Spread((2.0, 4.0, 6.0))
    assert (found.mean, found.standard_deviation) == (4.0, 2.0)
    assert found.to_json() == {"mean": 4.0, "standard_deviation": 2.0, "seeds": 3}


def test_one_value_has_no_standard_deviation() -> None:
    assert Spread((0.7,)).standard_deviation is None
    assert Spread((0.7,)).mean == 0.7


def test_no_value_has_no_spread() -> None:
    assert spread({}) is None
    assert spread({4: 1.0, 5: 3.0}) == Spread((1.0, 3.0))


def test_a_paired_difference_is_seed_by_seed_and_spreads_less_than_its_parts() -> None:
    # The parts spread by 10, their differences 1, 3 and 2 by 1.
    first, second = {0: 11.0, 1: 23.0, 2: 32.0}, {0: 10.0, 1: 20.0, 2: 30.0}
    difference = subtract(first, second)
    assert difference == {0: 1.0, 1: 3.0, 2: 2.0}
    found = spread(difference)
    assert found is not None
    assert (found.mean, found.standard_deviation) == (2.0, 1.0)


def test_a_seed_that_only_one_side_has_is_left_out_of_a_difference() -> None:
    assert subtract({0: 1.0, 1: 5.0}, {1: 2.0, 2: 7.0}) == {1: 3.0}


@pytest.fixture
def measured() -> Measured:
    found = Measured([0, 1, 2])
    found.add(Measurement(1, "a", {}, {"scores": {"test_accuracy": 0.5, "selected": None}, "name": "x"}))
    found.add(Measurement(0, "a", {}, {"scores": {"test_accuracy": 0.25, "selected": 0.1}, "name": "x"}))
    found.add(Measurement(2, "a", {}, {}, "too few images"))
    return found


def test_numbers_come_in_the_order_of_the_seeds_without_what_is_missing(measured: Measured) -> None:
    assert list(measured.numbers("a", "scores.test_accuracy").items()) == [(0, 0.25), (1, 0.5)]
    assert measured.numbers("a", "scores.selected") == {0: 0.1}
    assert measured.numbers("a", "name") == {}
    assert measured.numbers("b", "scores.test_accuracy") == {}


def test_reasons_are_those_of_the_seeds_that_cannot_run(measured: Measured) -> None:
    assert measured.reasons("a") == {2: "too few images"}
    assert measured.reasons("b") == {}


def test_the_first_values_are_not_those_of_a_seed_that_cannot_run() -> None:
    measured = Measured([0, 1])
    measured.add(Measurement(0, "a", {}, {}, "too few images"))
    assert measured.first("a") is None
    measured.add(Measurement(1, "a", {}, {"macs": 5}))
    assert measured.first("a") == {"macs": 5}
