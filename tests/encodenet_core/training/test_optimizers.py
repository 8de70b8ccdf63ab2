"""Optimizers and learning rates are those that the recipes state."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config_training import BaselineTrainingConfig, TrainingConfig
from encodenet_core.recipe_defaults import TRAINING_DEFAULTS
from encodenet_core.training.optimizers import SCHEDULES, CoupledDecaySGD, build_optimizer
from encodenet_core.training.recipes import RECIPES, FittedStage


def decay_without_gradient(optimizer: Any, steps: int = 100) -> float:
    """What is left of a weight of 1 after steps in which only weight decay pulls at it."""
    weight = keras.Variable(np.ones(1, np.float32))
    optimizer.build([weight])
    for _ in range(steps):
        optimizer.apply([keras.ops.zeros((1,))])
    return float(keras.ops.convert_to_numpy(weight)[0])


def rates(
    stage: FittedStage, training: TrainingConfig, steps_per_epoch: int, steps: list[float]
) -> list[float]:
    """The learning rate of these steps of a fit."""
    details = RECIPES[stage][training.recipe]
    schedule = SCHEDULES[details.schedule](details, training, steps_per_epoch)
    return [float(schedule(step)) for step in steps]


def training_of(stage: FittedStage, recipe: str, **numbers: Any) -> TrainingConfig:
    kind = BaselineTrainingConfig if stage == "baseline" else TrainingConfig
    return kind(**{"recipe": recipe, **TRAINING_DEFAULTS[stage][recipe], **numbers})


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
    training = training_of("baseline", "fast", epochs=8, learning_rate=0.2)
    received = rates("baseline", training, 10, [0, 10, 20, 50, 80])
    assert received == pytest.approx([0.02, 0.11, 0.2, 0.1, 0.0], abs=1e-7)


def test_the_paper_falls_to_a_tenth_after_150_of_300_epochs_and_to_a_hundredth_after_225() -> None:
    received = rates("baseline", training_of("baseline", "paper"), 7, [0, 1049, 1050, 1574, 1575, 2099])
    assert received == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_mdistiller_falls_three_times_to_a_tenth() -> None:
    epochs = [0, 149, 150, 179, 180, 209, 210, 239]
    received = rates("baseline", training_of("baseline", "mdistiller"), 1, epochs)
    assert received == pytest.approx([0.05, 0.05, 5e-3, 5e-3, 5e-4, 5e-4, 5e-5, 5e-5])


def test_weiaicunzai_rises_for_an_epoch_and_falls_three_times_to_a_fifth() -> None:
    # 4 steps an epoch; the rise takes the first four: a quarter, a half, three quarters, the whole.
    steps = [0, 1, 2, 3, 4, 239, 240, 479, 480, 639, 640]
    received = rates("baseline", training_of("baseline", "weiaicunzai"), 4, steps)
    expected = [0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.02, 0.02, 4e-3, 4e-3, 8e-4]
    assert received == pytest.approx(expected)


def test_milestones_of_a_config_take_the_place_of_those_of_its_recipe() -> None:
    training = training_of("baseline", "paper", epochs=10, milestones=(2, 9))
    received = rates("baseline", training, 5, [9, 10, 44, 45])
    assert received == pytest.approx([0.1, 0.01, 0.01, 0.001])


def test_fewer_epochs_bring_the_milestones_forward() -> None:
    received = rates("baseline", training_of("baseline", "paper", epochs=10), 2, [9, 10, 14, 15])
    assert received == pytest.approx([0.1, 0.01, 0.01, 0.001])


def test_the_cosine_ends_at_a_hundredth() -> None:
    # (1 + cos(pi / 2)) / 2 = 0.5 and (1 + cos(pi / 3)) / 2 = 0.75, over the 0.99 above the end.
    training = training_of("classifier", "paper", epochs=6)
    received = rates("classifier", training, 10, [0, 20, 30, 60, 90])
    assert received == pytest.approx([0.1, 0.0752_5, 0.0505, 0.001, 0.001], rel=1e-5)


@pytest.mark.parametrize(
    ("stage", "recipe"), [(stage, recipe) for stage in RECIPES for recipe in RECIPES[stage]]
)
def test_a_fit_of_a_single_step_has_a_learning_rate(stage: FittedStage, recipe: str) -> None:
    (received,) = rates(stage, training_of(stage, recipe, epochs=1, learning_rate=0.1), 1, [0])
    assert 0.0 < received <= 0.1 + 1e-8


def test_a_schedule_can_be_written_down_and_read_back() -> None:
    training = training_of("baseline", "weiaicunzai")
    details = RECIPES["baseline"]["weiaicunzai"]
    schedule = SCHEDULES["steps"](details, training, 4)
    again = type(schedule).from_config(schedule.get_config())
    assert [float(again(step)) for step in (2, 300)] == [float(schedule(step)) for step in (2, 300)]


def test_the_optimizer_of_a_recipe_has_its_schedule_decay_and_momentum() -> None:
    training = training_of("baseline", "paper", epochs=10, learning_rate=0.5)
    optimizer = build_optimizer("baseline", training, steps_per_epoch=20)
    assert isinstance(optimizer, CoupledDecaySGD)
    assert (optimizer.coupled_weight_decay, optimizer.momentum, optimizer.nesterov) == (1e-4, 0.9, True)
    schedule = optimizer._learning_rate
    assert [float(schedule(step)) for step in (0, 99, 100, 150)] == pytest.approx([0.5, 0.5, 0.05, 0.005])
    plain = build_optimizer("baseline", training_of("baseline", "mdistiller"), steps_per_epoch=20)
    assert (plain.coupled_weight_decay, plain.momentum, plain.nesterov) == (5e-4, 0.9, False)


def test_autoencoders_are_trained_with_adam_without_weight_decay() -> None:
    for recipe in RECIPES["autoencoder"]:
        optimizer = build_optimizer("autoencoder", training_of("autoencoder", recipe), steps_per_epoch=20)
        assert isinstance(optimizer, keras.optimizers.Adam) and not isinstance(
            optimizer, keras.optimizers.AdamW
        )
        assert optimizer.weight_decay is None
