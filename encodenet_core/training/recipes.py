"""What the name of a recipe means at each stage: optimizer, schedule, weight decay, label smoothing, borders.

`fast` is one cycle of the learning rate (Smith 2018), the way to the most accuracy in few epochs that the
DAWNBench and airbench records take. `paper` is the paper's section 4.1, completed where it is silent by the
recipe of 300 epochs that its learning rate is known from (weiaicunzai's pytorch-cifar100, README).
`mdistiller` and `weiaicunzai` are the baseline's recipes in those codebases for CIFAR.
Epochs, batch size and learning rate are the config's (`recipe_defaults.TRAINING_DEFAULTS`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from encodenet_core.config_training import AugmentedTrainingConfig, BaselineTrainingConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.recipe_defaults import Recipe
from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.batches import TargetsOf, TrainingBatches

FittedStage = Literal["baseline", "autoencoder", "classifier"]


@dataclass(frozen=True)
class RecipeDetails:
    """What a recipe does at a stage.

    Attributes:
        optimizer: SGD has momentum 0.9, Nesterov's where `nesterov`.
        schedule: of the learning rate.
        weight_decay: coupled (L2 in the gradient).
        label_smoothing: of classifiers.
        nesterov: for SGD.
        milestones: where the learning rate of `steps` falls, as shares of the fit.
        factor: by which it falls there.
        warmup_epochs: in which `steps` rises from 0.
        border: what moving an image brings in: its mirror image, or black.
        rotation: the largest angle by which images are turned, in degrees.
    """

    optimizer: Literal["sgd", "adam"]
    schedule: Literal["one_cycle", "steps", "cosine"]
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    nesterov: bool = True
    milestones: tuple[float, ...] = ()
    factor: float = 0.1
    warmup_epochs: int = 0
    border: Literal["mirror", "black"] = "mirror"
    rotation: float = 0.0


RECIPES: dict[FittedStage, dict[Recipe, RecipeDetails]] = {
    "baseline": {
        "fast": RecipeDetails("sgd", "one_cycle", weight_decay=5e-4, label_smoothing=0.1),
        "paper": RecipeDetails(
            "sgd", "steps", weight_decay=1e-4, milestones=(150 / 300, 225 / 300), border="black"
        ),
        "mdistiller": RecipeDetails(
            "sgd",
            "steps",
            weight_decay=5e-4,
            nesterov=False,
            milestones=(150 / 240, 180 / 240, 210 / 240),
            border="black",
        ),
        "weiaicunzai": RecipeDetails(
            "sgd",
            "steps",
            weight_decay=5e-4,
            nesterov=False,
            milestones=(60 / 200, 120 / 200, 160 / 200),
            factor=0.2,
            warmup_epochs=1,
            border="black",
            rotation=15.0,
        ),
    },
    "autoencoder": {
        "fast": RecipeDetails("adam", "one_cycle"),
        "paper": RecipeDetails("adam", "cosine", border="black"),
    },
    "classifier": {
        "fast": RecipeDetails("sgd", "one_cycle", weight_decay=1e-4, label_smoothing=0.1),
        "paper": RecipeDetails("sgd", "cosine", weight_decay=1e-4),
    },
}


def build_augmentation(
    stage: FittedStage, training: AugmentedTrainingConfig, image_shape: tuple[int, int, int], flip: bool
) -> Augmentation:
    """Translation by an eighth of the image's size (4 pixels of 32), and what else the recipe says.

    Args:
        stage: at which the images are seen.
        training: its recipe and its cutout.
        image_shape: `(height, width, channels)`.
        flip: whether a mirrored image keeps its class.
    """
    details = RECIPES[stage][training.recipe]
    return Augmentation(
        min(image_shape[:2]) // 8,
        flip,
        details.border == "black",
        details.rotation,
        training.cutout,
        training.mixup,
    )


def augmented_batches(
    dataset: Dataset,
    targets_of: TargetsOf,
    stage: FittedStage,
    training: AugmentedTrainingConfig,
    seed: int,
    weights: NDArray[np.float32] | None = None,
) -> TrainingBatches:
    """The training images, augmented as a stage's recipe says, with their targets, which are not.

    Args:
        dataset: its training images are used here.
        targets_of: as in `TrainingBatches`.
        stage: at which the recipe is looked up.
        training: that recipe and its numbers.
        seed: of order and augmentation.
        weights: what an image counts in the loss, `(n_train,)`; None is 1 for each.
    """
    return TrainingBatches(
        dataset.train.images,
        targets_of,
        batch_size=training.batch_size,
        seed=seed,
        augmentation=build_augmentation(stage, training, dataset.image_shape, dataset.flip),
        weights=weights,
    )


def stretch(training: BaselineTrainingConfig, epochs: int) -> BaselineTrainingConfig:
    """The same training over another number of epochs, its milestones at the same shares of it."""
    milestones = training.milestones and tuple(
        round(milestone * epochs / training.epochs) for milestone in training.milestones
    )
    return training.model_copy(update={"epochs": epochs, "milestones": milestones})
