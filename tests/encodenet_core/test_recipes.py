"""Recipes mean the optimizer, the schedule and the weight decay that they state."""

from __future__ import annotations

from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import TRAINING_DEFAULTS, Recipe, TrainingConfig
from encodenet_core.recipes import RECIPES, SCHEDULES, CoupledDecaySGD, FittedStage, build_optimizer


def decay_without_gradient(optimizer: Any, steps: int = 100) -> float:
    """What is left of a weight of 1 after steps in which only weight decay pulls at it."""
    weight = keras.Variable(np.ones(1, np.float32))
    optimizer.build([weight])
    for _ in range(steps):
        optimizer.apply([keras.ops.zeros((1,))])
    return float(keras.ops.convert_to_numpy(weight)[0])


def rates(name: str, learning_rate: float, total_steps: int, steps: list[int]) -> list[float]:
    schedule = SCHEDULES[name](learning_rate, total_steps)
    return [float(schedule(step)) for step in steps]


def test_every_stage_has_every_recipe_and_defaults_for_it() -> None:
    for table in (RECIPES, TRAINING_DEFAULTS):
        assert set(table) == set(get_args(FittedStage))
        for stage in table.values():
            assert set(stage) == set(get_args(Recipe))


def test_every_schedule_is_used_and_every_used_schedule_exists() -> None:
    used = {details.schedule for stage in RECIPES.values() for details in stage.values()}
    assert used == set(SCHEDULES)


def test_coupled_decay_is_amplified_by_momentum() -> None:
    # velocity = 0.9 velocity - 0.1 * 5e-4 * weight; weight += velocity; a hundred times.
    weight, velocity = 1.0, 0.0
    for _ in range(100):
        velocity = 0.9 * velocity - 0.1 * 5e-4 * weight
        weight += velocity
    assert weight == pytest.approx(0.95534, abs=1e-5)
    assert decay_without_gradient(CoupledDecaySGD(0.1, 5e-4, nesterov=False)) == pytest.approx(
        0.95534, abs=1e-5
    )


def test_the_weight_decay_of_keras_is_ten_times_weaker() -> None:
    decoupled = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=5e-4)
    assert decay_without_gradient(decoupled) == pytest.approx(0.9950, abs=1e-4)


def test_without_decay_and_gradient_nothing_moves() -> None:
    assert decay_without_gradient(CoupledDecaySGD(0.1, 0.0)) == 1.0


def test_nesterov_looks_one_step_ahead() -> None:
    weight = keras.Variable(np.ones(1, np.float32))
    optimizer = CoupledDecaySGD(0.1, 0.5)
    optimizer.build([weight])
    optimizer.apply([keras.ops.full((1,), 2.0)])
    # gradient 2 + 0.5 * 1 = 2.5; velocity -0.25; step 0.9 * -0.25 - 0.1 * 2.5 = -0.475
    assert float(keras.ops.convert_to_numpy(weight)[0]) == pytest.approx(0.525, rel=1e-6)


def test_one_cycle_rises_from_a_tenth_for_a_quarter_and_falls_to_zero() -> None:
    # 80 steps: 20 rise from 0.02 to 0.2 in a line, 60 fall along half a cosine; half of it at step 50.
    received = rates("one_cycle", 0.2, 80, [0, 10, 20, 50, 80])
    assert received == pytest.approx([0.02, 0.11, 0.2, 0.1, 0.0], abs=1e-7)


def test_steps_are_a_tenth_after_half_and_a_hundredth_after_three_quarters() -> None:
    received = rates("steps", 0.1, 300, [0, 149, 151, 224, 226, 299])
    assert received == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_the_cosine_ends_at_a_hundredth() -> None:
    # (1 + cos(pi / 2)) / 2 = 0.5 and (1 + cos(pi / 3)) / 2 = 0.75, over the 0.99 above the end.
    received = rates("cosine", 0.1, 60, [0, 20, 30, 60, 90])
    assert received == pytest.approx([0.1, 0.0752_5, 0.0505, 0.001, 0.001], rel=1e-5)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_fit_of_a_single_step_has_a_learning_rate(name: str) -> None:
    (received,) = rates(name, 0.1, 1, [0])
    assert 0.0 < received <= 0.1 + 1e-8


def test_the_schedule_spans_the_whole_fit() -> None:
    training = TrainingConfig(recipe="paper", epochs=10, batch_size=4, learning_rate=0.5)
    optimizer = build_optimizer("baseline", training, steps_per_epoch=20)
    assert isinstance(optimizer, CoupledDecaySGD)
    assert optimizer.coupled_weight_decay == 1e-4
    schedule = optimizer._learning_rate
    assert [float(schedule(step)) for step in (0, 99, 101, 151)] == pytest.approx([0.5, 0.5, 0.05, 0.005])


def test_autoencoders_are_trained_with_adam_without_weight_decay() -> None:
    for recipe in get_args(Recipe):
        training = TrainingConfig(recipe=recipe, epochs=1, batch_size=4, learning_rate=0.5)
        optimizer = build_optimizer("autoencoder", training, steps_per_epoch=20)
        assert type(optimizer) is keras.optimizers.Adam
        assert optimizer.weight_decay is None
