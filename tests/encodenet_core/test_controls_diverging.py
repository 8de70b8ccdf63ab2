"""A control that diverges is tried once more at a tenth of the rate, and kept as such if that fails too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from encodenet_core.baseline import obtain_baseline
from encodenet_core.config_values import build_config
from encodenet_core.controls import Control, control_features, control_training
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.models.split import clone_with_weights
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

Train = Callable[..., Control]


def network(activation: str | None) -> keras.Model:
    """Without anything that keeps its numbers in bounds; compiled with Adam at 2e-3."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same", activation=activation),
            layers.Conv2D(8, 3, padding="same", activation=activation),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(2e-3, beta_2=0.99), loss)
    return model


@pytest.fixture(scope="module")
def plain_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Linear, so that too fast a training overflows."""
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    network(None).save(path)
    return path


@pytest.fixture(scope="module")
def trained_network(tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of units that die of too fast a training."""
    model = network("relu")
    model.fit(to_unit_range(tiny_dataset.train.images), tiny_dataset.train.labels, epochs=15, verbose=0)
    path = tmp_path_factory.mktemp("trained") / "trained.keras"
    model.save(path)
    return path


@pytest.fixture
def train(plain_network: Path, tiny_dataset: Dataset, tmp_path: Path) -> Train:
    """Control A of a network for an epoch, by a config with some values of its own."""

    def run(dataset: Dataset = tiny_dataset, model: Path = plain_network, **training: Any) -> Control:
        values = {"batch_size": 8, **training}
        config = build_config(
            {"dataset.limit": 150, "baseline.model": str(model)}
            | {f"baseline.training.{name}": value for name, value in values.items()}
        )
        cache = StageCache(tmp_path)
        baseline = obtain_baseline(config, dataset, cache, keep_silent)
        return control_training(config, dataset, baseline, 1, cache, keep_silent)

    return run


def test_a_given_model_is_trained_on_as_its_file_says(train: Train) -> None:
    control = train()
    assert (control.optimizer, control.learning_rate) == ("Adam", 2e-3)
    assert control.scores is not None


def test_what_the_user_says_wins(train: Train) -> None:
    slower = train(learning_rate=1e-4)
    assert (slower.optimizer, slower.learning_rate) == ("Adam", 1e-4)
    by_recipe = train(recipe="paper", epochs=15)
    assert (by_recipe.optimizer, by_recipe.learning_rate) == ("", 0.1)
    found = train(optimizer="recipe")
    assert found.optimizer == ""
    assert found.learning_rate is not None and 1e-6 <= found.learning_rate <= 0.1


def test_what_diverges_is_tried_at_a_tenth_of_the_rate(train: Train) -> None:
    """Ten times a rate that this network bears diverges, as trying shows."""
    tried = {rate: train(recipe="fast", learning_rate=rate) for rate in (0.1, 0.4, 1.6)}
    slowed = [
        control for rate, control in tried.items() if control.learning_rate == pytest.approx(0.1 * rate)
    ]
    assert slowed
    assert all(control.scores is not None and not control.diverged for control in slowed)


def test_what_diverges_twice_costs_nothing_and_says_so(train: Train, tiny_dataset: Dataset) -> None:
    control = train(recipe="fast", learning_rate=100.0)
    assert (control.scores, control.macs, control.epochs) == (None, 0, 1)
    assert "the baseline loss became nan in epoch 1 of 1" in control.diverged
    assert control.diverged.endswith("lower baseline.training.learning_rate from 10")
    assert train(tiny_dataset.without_test(), recipe="fast", learning_rate=100.0) == control
    assert tiny_dataset.test is not None


def test_gradients_are_clipped_where_it_is_wished(train: Train) -> None:
    clipped = train(recipe="fast", learning_rate=4.0, global_clipnorm=1e-3)
    assert clipped.learning_rate == 4.0
    assert clipped.scores is not None


def test_what_falls_to_guessing_is_tried_at_a_tenth_of_the_rate_too(
    train: Train, trained_network: Path
) -> None:
    """Dead units leave a finite loss."""
    control = train(model=trained_network, recipe="fast", learning_rate=2.0)
    assert control.learning_rate == pytest.approx(0.2)
    assert control.scores is not None


def test_the_other_control_costs_nothing_either(
    plain_network: Path, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    config = build_config(
        {"dataset.limit": 150, "baseline.model": str(plain_network), "classifier.training.epochs": 1}
    )
    cache = StageCache(tmp_path)
    baseline = obtain_baseline(config, tiny_dataset, cache, keep_silent)
    # No rate that a config takes overflows a lone layer, so its features do.
    steep = clone_with_weights(baseline.model)
    steep.layers[1].set_weights([1e30 * weights for weights in steep.layers[1].get_weights()])
    control = control_features(config, tiny_dataset, replace(baseline, model=steep), cache, keep_silent)
    assert (control.scores, control.epochs) == (None, 1)
    assert control.diverged.startswith("the classifier loss became nan in epoch 1 of ")
