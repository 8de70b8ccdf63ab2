"""A dataset of noise, and a baseline before any training, which the tests of the second stage share."""

from __future__ import annotations

import numpy as np

from encodenet_core.baseline import Baseline, build_architecture
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.models.inference import predict
from encodenet_core.representatives import entropy_from_logits


def random_dataset(image_shape: tuple[int, int, int], num_classes: int) -> Dataset:
    images = np.random.default_rng(0).integers(0, 256, (2 * num_classes, *image_shape), np.uint8)
    split = Split(images, np.arange(2 * num_classes) % num_classes)
    return Dataset("made", split, split, None, tuple("abcdefghij"[:num_classes]), False, "0" * 16)


def untrained(config: EncodeNetConfig, dataset: Dataset) -> Baseline:
    model = build_architecture(config.baseline, dataset, config.seed)
    logits = predict(model, dataset.train.images)
    return Baseline(model, logits, entropy_from_logits(logits), "baseline-untrained", 0.0, 0)
