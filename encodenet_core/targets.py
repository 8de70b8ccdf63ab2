"""What the converting autoencoder should turn each image into: the three setups of table 3."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encodenet_core.config_conversion import Target
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.grouping import Grouping, whole_classes
from encodenet_core.representatives import eligible_images, pick_representatives


@dataclass(frozen=True, eq=False)
class TargetImages:
    """Which image each of `n_samples` images should become.

    Attributes:
        images: `(n_targets, height, width, channels)` uint8.
        ids: `(n_samples,)` positions in `images`.
    """

    images: NDArray[np.uint8]
    ids: NDArray[np.int64]

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits over the content."""
        digest = hashlib.sha256(f"{self.images.shape}".encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.ids).data)
        return digest.hexdigest()[:16]

    def __call__(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The targets of some samples, `(batch, height, width, channels)` in [0, 1]."""
        return to_unit_range(self.images[self.ids[indices]])


@dataclass(frozen=True, eq=False)
class Targets:
    """The targets of both splits, and the representatives that retrieval compares with.

    Attributes:
        train: targets of the training images.
        validation: targets of the validation images.
        representatives: `(n_representatives, height, width, channels)` uint8.
        classes: `(n_representatives,)`, the class that each stands for.
    """

    train: TargetImages
    validation: TargetImages
    representatives: NDArray[np.uint8]
    classes: NDArray[np.int64]


def _cluster(dataset: Dataset, grouping: Grouping) -> Targets:
    eligible = eligible_images(grouping.correct, grouping.core)
    picked = pick_representatives(grouping.entropies, grouping.train_ids, eligible)
    images = np.asarray(dataset.train.images[picked])
    return Targets(
        TargetImages(images, grouping.train_ids),
        TargetImages(images, grouping.validation_ids),
        images,
        grouping.classes,
    )


def _class(dataset: Dataset, grouping: Grouping) -> Targets:
    """The same targets whatever the clustering."""
    return _cluster(dataset, whole_classes(dataset, grouping))


def _identity(dataset: Dataset, grouping: Grouping) -> Targets:
    clustered = _cluster(dataset, grouping)
    train, validation = dataset.train.images, dataset.validation.images
    return Targets(
        TargetImages(train, np.arange(len(train))),
        TargetImages(validation, np.arange(len(validation))),
        clustered.representatives,
        clustered.classes,
    )


TARGETS: dict[Target, Callable[[Dataset, Grouping], Targets]] = {
    "identity": _identity,
    "class": _class,
    "cluster": _cluster,
}
