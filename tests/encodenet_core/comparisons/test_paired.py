from __future__ import annotations

import pytest

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured


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
