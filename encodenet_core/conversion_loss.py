"""What the autoencoder stage minimises: how far images are from their representatives, and their classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_training import AugmentedTrainingConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.targets import TargetImages
from encodenet_core.training.classifiers import smoothed_labels
from encodenet_core.training.losses import TaughtCrossEntropy, Weighted
from encodenet_core.training.recipes import FittedStage

TargetsOf = Callable[[NDArray[np.int64]], Any]


def conversion_loss(
    config: EncodeNetConfig,
    stage: FittedStage,
    training: AugmentedTrainingConfig,
    dataset: Dataset,
    representatives: TargetImages,
) -> tuple[Any, TargetsOf]:
    """A loss for each output of what is trained, and the targets of some images for each.

    Args:
        config: its weights and its temperature are used here.
        stage: at which the recipe is looked up that says how labels are smoothed.
        training: that recipe and its numbers.
        dataset: its training labels are used here.
        representatives: of the training images.
    """
    section = config.autoencoder
    labels = smoothed_labels(dataset.train, dataset.num_classes, stage, training)
    terms: list[tuple[keras.losses.Loss, float, TargetsOf]] = [
        (keras.losses.MeanSquaredError(), section.reconstruction_weight, representatives),
        (_classification(config), section.classification_weight, labels),
    ]
    losses = [loss if weight == 1 else Weighted(loss, weight) for loss, weight, _ in terms if weight]
    targets = [targets_of for _, weight, targets_of in terms if weight]
    if len(losses) == 1:
        return losses[0], targets[0]
    return losses, lambda indices: tuple(targets_of(indices) for targets_of in targets)


def _classification(config: EncodeNetConfig) -> keras.losses.Loss:
    if config.autoencoder.classification_target == "teacher":
        return TaughtCrossEntropy(config.distillation.temperature)
    return keras.losses.CategoricalCrossentropy(from_logits=True)
