"""A classifier, its weights and its images, which the tests of splitting share."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers


def build_sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((9, 7, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="relu"),
            layers.Dense(3),
        ],
        name="sequential",
    )


def scatter(model: keras.Model) -> keras.Model:
    """Give every weight a random value, moving statistics included, so that none is 0 or 1 by chance."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 0.5, weight.shape) for weight in model.get_weights()])
    return model


def run(model: keras.Model, inputs: Any) -> Any:
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def images_for(model: keras.Model) -> Any:
    return np.random.default_rng(1).random((5, *model.input_shape[1:]), np.float32)
