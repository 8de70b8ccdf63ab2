"""How fast a model trains, from a few seconds of it."""

from __future__ import annotations

from time import perf_counter

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import EncodeNetConfig
from encodenet_core.training.fitting import compile_model
from encodenet_core.training.optimizers import build_optimizer

WARM_UP_STEPS = 3


def measure_training_speed(
    model: keras.Model, images: NDArray[np.float32], config: EncodeNetConfig, seconds: float
) -> float:
    """Steps a second of an autoencoder, on one batch, without what prepares batches.

    Args:
        model: images to images; it is compiled and trained here.
        images: `(batch, height, width, channels)` in [0, 1].
        config: `autoencoder.training` and `compute` are used here.
        seconds: how long to measure.
    """
    optimizer = build_optimizer("autoencoder", config.autoencoder.training, steps_per_epoch=1)
    compile_model(model, optimizer, config.compute, keras.losses.MeanSquaredError())
    for _ in range(WARM_UP_STEPS):
        model.train_on_batch(images, images)
    n_steps, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        model.train_on_batch(images, images)
        n_steps += 1
    return n_steps / (perf_counter() - started)
