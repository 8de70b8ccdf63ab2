"""The fit of an image classifier: of the baseline, of its control, of an EncodeNet that is unfrozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config_training import BaselineTrainingConfig, ClassWeight, TrainingConfig
from encodenet_core.data.class_balance import balanced_weights
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.recipes import RECIPES, FittedStage, augmented_batches
from encodenet_core.training.watch import Report


def fit_image_classifier(
    model: keras.Model,
    dataset: Dataset,
    plan: FitPlan,
    seed: int,
    report: Report,
    loss: keras.losses.Loss | None = None,
) -> FitSummary:
    """Train a classifier on the augmented training images, watched on the validation images.

    Args:
        model: images `(batch, height, width, channels)` in [0, 1] to logits, or to what `loss` compares.
        dataset: its training and validation split are used here.
        plan: its stage is the baseline.
        seed: of order and augmentation.
        report: is told about every epoch.
        loss: of label distributions `(batch, num_classes)` and what the model gives; None is cross-entropy.
    """
    loss = loss or keras.losses.CategoricalCrossentropy(from_logits=True)
    watched = replace(plan, validation=(dataset.validation.images, dataset.validation.labels))
    return fit(model, image_batches(dataset, plan, seed), loss, watched, report)


def image_batches(dataset: Dataset, plan: FitPlan, seed: int) -> TrainingBatches:
    """Training images, augmented, with label distributions, smoothed, as the recipe of the plan says."""
    training = plan.training
    if not isinstance(training, BaselineTrainingConfig):
        raise TypeError(f"expected is the training of a baseline, received a {type(training).__name__}")
    labels = smoothed_labels(dataset.train, dataset.num_classes, plan.stage, training)
    weights = sample_weights(dataset, training.class_weight)
    return augmented_batches(dataset, labels, plan.stage, training, seed, weights)


def sample_weights(dataset: Dataset, class_weight: ClassWeight | None) -> NDArray[np.float32] | None:
    """What every training image counts in a classifier's loss, `(n_train,)`; None is the same for all."""
    if class_weight is None:
        return None
    return balanced_weights(dataset.train.labels, dataset.num_classes)[dataset.train.labels]


def smoothed_labels(
    split: Split, num_classes: int, stage: FittedStage, training: TrainingConfig
) -> Callable[[NDArray[np.int64]], NDArray[np.float32]]:
    """From indices `(batch,)` to label distributions `(batch, num_classes)`, smoothed as the recipe says."""
    smoothing = RECIPES[stage][training.recipe].label_smoothing
    distributions = np.eye(num_classes, dtype=np.float32) * (1 - smoothing) + smoothing / num_classes
    labels = split.labels
    return lambda indices: distributions[labels[indices]]
