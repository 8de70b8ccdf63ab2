"""A range test finds the same rate every time, a lower one where a network bears less."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from encodenet_core.config_training import BaselineTrainingConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.models.saved_optimizer import SavedOptimizer
from encodenet_core.training.fitting import FitPlan
from encodenet_core.training.range_test import DECADES, find_learning_rate

TRAINING = BaselineTrainingConfig(recipe="fast", epochs=1, batch_size=32, learning_rate=None)
PLAN = FitPlan("baseline", TRAINING)


def network(steepness: float) -> keras.Model:
    """A linear classifier; its gradients are as steep as its images are bright."""
    keras.utils.set_random_seed(4)
    scaled = layers.Rescaling(steepness)
    return keras.Sequential([keras.Input((8, 8, 1)), scaled, layers.Flatten(), layers.Dense(10)])


def test_the_same_network_gets_the_same_rate(tiny_dataset: Dataset) -> None:
    first, second = (find_learning_rate(network(5.0), tiny_dataset, PLAN, seed=1) for _ in range(2))
    assert first == second
    assert 0 < first < 0.1


def test_a_network_of_steeper_gradients_gets_a_lower_rate(tiny_dataset: Dataset) -> None:
    gentle, steep = (find_learning_rate(network(each), tiny_dataset, PLAN, seed=1) for each in (3.0, 30.0))
    assert steep < 0.2 * gentle


def test_a_network_that_bears_all_gets_the_rate_of_the_recipe(tiny_dataset: Dataset) -> None:
    assert find_learning_rate(network(0.01), tiny_dataset, PLAN, seed=1) == pytest.approx(0.1)


def test_a_network_that_bears_nothing_gets_the_lowest(tiny_dataset: Dataset) -> None:
    lowest = 10.0**-DECADES * 0.1
    assert find_learning_rate(network(1e6), tiny_dataset, PLAN, seed=1) == pytest.approx(lowest, rel=0.5)


def test_the_optimizer_of_a_file_is_the_one_that_is_tried(tiny_dataset: Dataset) -> None:
    plan = FitPlan("baseline", TRAINING, optimizer=SavedOptimizer("Adam"))
    of_recipe, of_file = (
        find_learning_rate(network(30.0), tiny_dataset, each, seed=1) for each in (PLAN, plan)
    )
    assert of_file != of_recipe
