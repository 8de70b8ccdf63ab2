"""How fast an autoencoder trains, from a few seconds of it."""

from __future__ import annotations

from time import perf_counter

import keras

from encodenet_core.autoencoder import build_autoencoder
from encodenet_core.baseline import Baseline
from encodenet_core.batches import to_unit_range
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.fitting import compile_model

WARM_UP_STEPS = 3


def measure_training_speed(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, seconds: float
) -> float:
    """Steps a second of the autoencoder of a config, on one batch, without what prepares batches.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    training = config.autoencoder.training
    model = build_autoencoder(config, dataset, baseline).model
    compile_model(model, "autoencoder", training, config.compute, keras.losses.MeanSquaredError(), 1)
    images = to_unit_range(dataset.train.images[: training.batch_size])
    for _ in range(WARM_UP_STEPS):
        model.train_on_batch(images, images)
    n_steps, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        model.train_on_batch(images, images)
        n_steps += 1
    return n_steps / (perf_counter() - started)
