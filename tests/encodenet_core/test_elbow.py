from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core.elbow import _farthest_below_chord, find_common_elbow, find_elbow


@pytest.mark.parametrize(
    ("inertias", "elbow"),
    [
        ([100.0, 55.0, 20.0, 17.0, 15.0, 13.0, 12.0, 11.0, 10.5, 10.0], 3),
        ([100.0, 20.0, 18.0, 16.0, 14.0, 12.0], 2),
        ([10.0, 4.0, 2.0, 1.5, 1.2, 1.1], 3),
        ([9.0, 5.0, 0.0, 0.0, 0.0, 0.0], 3),
    ],
)
def test_the_elbow_is_where_the_curve_levels_off(inertias: list[float], elbow: int) -> None:
    assert find_elbow(inertias) == elbow


@pytest.mark.parametrize("inertias", [[7.0], [7.0, 7.0], [5.0, 5.0, 5.0, 5.0], [0.0, 0.0, 0.0]])
def test_a_flat_curve_has_its_elbow_at_one(inertias: list[float]) -> None:
    assert find_elbow(inertias) == 1


@pytest.mark.parametrize("length", [2, 3, 6, 7, 10])
def test_a_straight_line_has_no_elbow_and_gives_one(length: int) -> None:
    assert find_elbow([0.1 * (length - step) for step in range(length)]) == 1


def test_the_chord_rule_takes_the_point_farthest_below_the_line_between_the_ends() -> None:
    # Scaled to [0, 1] the chord is at 1, 0.75, 0.5, 0.25, 0 and the curve at 1, 0.6, 0.2, 0.1, 0.
    assert _farthest_below_chord(np.array([10.0, 6.0, 2.0, 1.0, 0.0])) == 3


def test_the_scale_of_the_inertias_does_not_matter() -> None:
    inertias = [100.0, 55.0, 20.0, 17.0, 15.0, 13.0]
    assert find_elbow([1e-6 * inertia for inertia in inertias]) == find_elbow(inertias)


@given(st.lists(st.floats(0.0, 1e9), min_size=1, max_size=10))
def test_any_curve_has_an_elbow_within_it(inertias: list[float]) -> None:
    assert 1 <= find_elbow(inertias) <= len(inertias)
    assert 1 <= find_elbow(sorted(inertias, reverse=True)) <= len(inertias)


@pytest.mark.parametrize(("counts", "common"), [([2], 2), ([2, 3, 3], 3), ([2, 3], 3), ([3, 3, 2, 2, 2], 2)])
def test_the_common_elbow_is_the_median_of_all_and_a_half_is_rounded_up(
    counts: list[int], common: int
) -> None:
    bent = {2: [10.0, 2.0, 1.5, 1.0, 0.5], 3: [20.0, 11.0, 2.0, 1.5, 1.0]}
    assert [find_elbow(bent[count]) for count in counts] == counts
    assert find_common_elbow([bent[count] for count in counts]) == common
