"""Each distance against numbers worked out by hand, and what it must not notice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import ops

from encodenet_core.competitors.losses import (
    energy_distance,
    factor_distance,
    map_distance,
    relational_distance,
)


def number(value: Any) -> Any:
    return ops.convert_to_numpy(value)


def vectors(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def rotation(seed: int, size: int) -> Any:
    return np.linalg.qr(vectors(seed, size, size))[0]


def test_the_relations_of_three_points_are_worked_out_by_hand() -> None:
    teacher = np.float32([[0, 0], [3, 0], [0, 4]])  # distances 3, 4, 5; a right angle at the first
    student = np.float32([[0, 0], [1, 0], [2, 0]])  # distances 1, 2, 1 on a line
    wanted, received = np.array([3, 4, 5]) / 4, np.array([1, 2, 1]) / (4 / 3)
    by_distance = 2 * np.sum(0.5 * (wanted - received) ** 2) / 9
    # Cosines between different directions at each point, each of which is met twice.
    wanted_cosines, received_cosines = np.array([0, 3 / 5, 4 / 5]), np.array([1, -1, 1])
    errors = np.abs(wanted_cosines - received_cosines)
    by_angle = 2 * np.sum(np.where(errors < 1, 0.5 * errors**2, errors - 0.5)) / 27
    assert number(relational_distance(student, teacher)) == pytest.approx(
        25 * by_distance + 50 * by_angle, rel=1e-5
    )


def test_relations_do_not_change_with_scale_place_and_direction_and_ask_for_no_equal_width() -> None:
    student = vectors(0, 6, 5)
    wide = np.concatenate([student @ rotation(1, 5) * 3 + 2, np.zeros((6, 2), np.float32)], axis=1)
    assert number(relational_distance(student, wide)) == pytest.approx(0, abs=1e-6)
    assert number(relational_distance(student, vectors(2, 6, 5))) > 0.1


def test_a_batch_of_one_and_equal_vectors_have_finite_relations() -> None:
    for batch in (vectors(0, 1, 4), np.ones((3, 4), np.float32)):
        assert number(relational_distance(batch, batch)) == 0
        assert np.isfinite(number(relational_distance(batch, vectors(1, len(batch), 4))))


def test_maps_differ_by_their_mean_squared_error() -> None:
    student, teacher = np.zeros((2, 2, 2, 1), np.float32), np.ones((2, 2, 2, 1), np.float32)
    teacher[1] = 3
    assert number(map_distance(student, teacher)) == pytest.approx([1, 9])


@pytest.mark.parametrize("distance", [energy_distance, factor_distance])
def test_factors_do_not_change_with_a_positive_scale(distance: Any) -> None:
    student, teacher = vectors(0, 3, 2, 2, 4), vectors(1, 3, 2, 2, 4)
    assert number(distance(5 * student, 0.1 * teacher)) == pytest.approx(
        number(distance(student, teacher)), rel=1e-4
    )
    assert number(distance(2 * teacher, teacher)) == pytest.approx([0] * 3, abs=1e-6)


def test_energies_and_factors_are_compared_as_unit_vectors() -> None:
    student = np.zeros((1, 1, 2, 2), np.float32)
    student[0, 0, 0] = 3, 4  # energy 12.5 at the first of two places: (1, 0)
    teacher = np.ones((1, 1, 2, 2), np.float32)  # energy 1 at both: (1, 1) / sqrt 2
    half = np.sqrt(0.5)
    assert number(energy_distance(student, teacher)) == pytest.approx([(1 - half + half) / 2], rel=1e-5)
    whole = np.abs(np.array([0.6, 0.8, 0, 0]) - 0.5).mean()
    assert number(factor_distance(student, teacher)) == pytest.approx([whole], rel=1e-5)
