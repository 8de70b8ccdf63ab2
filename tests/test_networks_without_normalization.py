"""Networks as most people have them, without BatchNormalization and trained by Adam, keep what they know.

By the recipe of our own architectures, SGD at 0.1, control A makes some forget it, and some diverge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from encodenet_core.baseline import obtain_baseline
from encodenet_core.config_values import build_config
from encodenet_core.controls import control_training
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.evaluation import classify_dataset
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

EPOCHS = 3


def sequential(parts: Sequence[keras.layers.Layer]) -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1)), *parts, layers.Dense(10, activation="softmax")])


def plain() -> keras.Model:
    convolutions = [layers.Conv2D(width, 3, padding="same", activation="relu") for width in (16, 32)]
    dense = layers.Dense(64, activation="relu")
    return sequential([convolutions[0], layers.MaxPooling2D(), convolutions[1], layers.Flatten(), dense])


def lenet() -> keras.Model:
    convolutions = [
        layers.Conv2D(6, 5, padding="same", activation="tanh"),
        layers.Conv2D(16, 3, activation="tanh"),
    ]
    dense = [layers.Dense(width, activation="tanh") for width in (120, 84)]
    return sequential(
        [convolutions[0], layers.AveragePooling2D(2), convolutions[1], layers.Flatten(), *dense]
    )


def vgg() -> keras.Model:
    blocks = [
        layer
        for width in (16, 32)
        for layer in (
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        )
    ]
    return sequential([*blocks, layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dropout(0.2)])


def mobilenet_head() -> keras.Model:
    """A frozen MobileNetV2 below a dense head, as keras.io teaches it."""
    images = keras.Input((8, 8, 1))
    colours = layers.Concatenate()([layers.UpSampling2D(4)(images)] * 3)
    base = keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None)
    base.trainable = False
    x = layers.Flatten()(base(colours, training=False))
    return keras.Model(images, layers.Dense(10, activation="softmax")(x))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset(build_config({"dataset.limit": 400}).dataset, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "is_compiled"), [(plain, True), (lenet, False), (vgg, False), (mobilenet_head, True)]
)
def test_control_a_of_a_network_without_normalization_keeps_what_it_knows(
    build: Callable[[], keras.Model], is_compiled: bool, dataset: Dataset, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(3)
    model: Any = build()
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    model.fit(to_unit_range(dataset.train.images), dataset.train.labels, 16, epochs=12, verbose=0)
    path = tmp_path / "network.keras"
    model.save(path)
    if not is_compiled:
        keras.saving.load_model(path, compile=False).save(path)
    config = build_config({"dataset.limit": 400, "baseline.model": str(path)})
    cache = StageCache(tmp_path / "cache")
    baseline = obtain_baseline(config, dataset, cache, keep_silent)
    spend = training_macs(count_macs(baseline.model), len(dataset.train.images), EPOCHS)
    control = control_training(config, dataset, baseline, spend, cache, keep_silent)
    assert control.epochs == EPOCHS
    assert control.optimizer == ("Adam" if is_compiled else "")
    assert control.scores is not None and not control.diverged
    knew = classify_dataset(baseline.model, dataset).train_accuracy
    assert control.scores.train_accuracy > knew - 0.15, (knew, control)
