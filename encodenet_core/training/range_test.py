"""The learning rate that a trained network bears: a range test (Smith 2017, arXiv 1506.01186, section 3.3).

The rate rises from step to step until training breaks. Smith reads the highest useful rate off where accuracy
begins to suffer. A network that is trained already has little to win before, so the usual rule of thumb is
taken here: a tenth of the rate at which the loss diverges.
"""

from __future__ import annotations

import math

import keras
import numpy as np

from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import evenly_spaced
from encodenet_core.models.inference import predict
from encodenet_core.recipe_defaults import TRAINING_DEFAULTS
from encodenet_core.training.classifiers import image_batches, smoothed_labels
from encodenet_core.training.fitting import FitPlan, compile_model
from encodenet_core.training.optimizers import optimizer_with

STEPS = 60
DECADES = 5
SHARE = 0.1
"""Of the rate at which the loss diverges."""

RISE = 0.25
"""So much of the loss of guessing, log(num_classes), above the lowest loss so far is a divergence."""

_SAMPLE = 256


def find_learning_rate(model: keras.Model, dataset: Dataset, plan: FitPlan, seed: int) -> float:
    """A tenth of the rate at which the loss diverges, and no more than the rate of the recipe.

    The same for the same arguments. It costs some 60 steps, and as often the loss of 256 training images.

    Args:
        model: a classifier of images to logits; it is trained here, and of no use afterwards.
        dataset: its training split is used here.
        plan: its recipe, batch size and optimizer are meant; its learning rate may be open.
        seed: of order and augmentation.
    """
    batches = image_batches(dataset, plan, seed)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    highest = TRAINING_DEFAULTS[plan.stage][plan.training.recipe]["learning_rate"] / SHARE
    rates = np.geomspace(highest * 10.0**-DECADES, highest, STEPS)
    rising = keras.optimizers.schedules.ExponentialDecay(rates[0], 1, rates[1] / rates[0])
    compile_model(
        model, optimizer_with(rising, plan.stage, plan.training, plan.optimizer), plan.compute, loss
    )
    chosen = evenly_spaced(len(dataset.train.images), _SAMPLE)
    images = np.asarray(dataset.train.images[chosen])
    labels = smoothed_labels(dataset.train, dataset.num_classes, plan.stage, plan.training)(chosen)
    lowest, bearable = math.inf, RISE * math.log(dataset.num_classes)
    for step in range(STEPS):
        measured = float(loss(labels, predict(model, images)))
        lowest = min(lowest, measured)
        if not measured <= lowest + bearable:  # what is no number is not either
            return _rounded(SHARE * rates[max(0, step - 1)])
        batches.epoch, position = divmod(step, len(batches))
        model.train_on_batch(*batches[position])
    return _rounded(SHARE * highest)


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")
