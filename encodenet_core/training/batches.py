"""Batches whose order and augmentation are functions of (seed, epoch, position): a fit can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.training.augmentation import Augmentation, augment, mix

Indices = NDArray[np.int64]
TargetsOf = Callable[[Indices], Any]
"""From indices `(batch,)` to what the loss compares with, an array or one for each output of the model."""

_SHUFFLE = 2**32 - 1


class TrainingBatches(keras.utils.PyDataset):
    """Shuffled, augmented inputs with their targets; targets are never augmented, but mixed where inputs are.

    Args:
        inputs: `(n_samples, height, width, channels)` uint8 images, or `(n_samples, ...)` float features.
        targets_of: from indices `(batch,)` to their targets `(batch, ...)`, one array or several.
        batch_size: samples in a batch; the last may be smaller.
        seed: of order and augmentation.
        augmentation: None leaves the inputs as they are.
        weights: what a sample counts in the loss, `(n_samples,)`; None is 1 for each.
    """

    def __init__(
        self,
        inputs: NDArray[np.generic],
        targets_of: TargetsOf,
        *,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None = None,
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        super().__init__()
        self.epoch = 0
        self._inputs = inputs
        self._targets_of = targets_of
        self.batch_size = batch_size
        self.seed = seed
        self._augmentation = augmentation
        self._weights = weights
        self._order = (-1, np.empty(0, np.int64))

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches of every epoch depend on beside the content of inputs and targets."""
        return {
            "shape": list(self._inputs.shape),
            "batch_size": self.batch_size,
            "seed": self.seed,
            "augmentation": self._augmentation and self._augmentation.identity(),
            **({} if self._weights is None else {"weighted": True}),
        }

    @property
    def is_augmented(self) -> bool:
        """Whether inputs differ from epoch to epoch, and not their order alone."""
        return self._augmentation is not None

    @property
    def has_maps(self) -> bool:
        """Whether an input is more than a row of numbers, so that layers may be convolutions."""
        return self._inputs.ndim > 2

    @property
    def n_bytes(self) -> int:
        """Of all inputs."""
        return self._inputs.nbytes

    def mean_loss(self, losses: Iterable[float]) -> float:
        """Over the samples of an epoch, of the losses of its batches in their order."""
        n_samples = len(self._inputs)
        sizes = (min(self.batch_size, n_samples - start) for start in range(0, n_samples, self.batch_size))
        return sum(float(loss) * size for loss, size in zip(losses, sizes, strict=True)) / n_samples

    def rows(self) -> tuple[Any, ...]:
        """All inputs as they are, with their targets, and their weights where they have some."""
        everything = np.arange(len(self._inputs))
        weights = () if self._weights is None else (self._weights,)
        return to_unit_range(self._inputs), self._targets_of(everything), *weights

    def __len__(self) -> int:
        return -(-len(self._inputs) // self.batch_size)

    def __getitem__(self, position: int) -> tuple[Any, ...]:
        start = position * self.batch_size
        indices = self.order[start : start + self.batch_size]
        inputs: NDArray[Any] = self._inputs[indices]
        weights = () if self._weights is None else (self._weights[indices],)
        if self._augmentation is None:
            return to_unit_range(inputs), self._targets_of(indices), *weights
        rng = np.random.default_rng((self.seed, self.epoch, position))
        inputs = augment(inputs, self._augmentation, rng)
        batch = to_unit_range(inputs), self._targets_of(indices), *weights
        return mix(batch, self._augmentation.mixup, rng) if self._augmentation.mixup else batch

    @property
    def order(self) -> Indices:
        """The samples `(n_samples,)` as the batches of the epoch have them, one after the other."""
        epoch = self.epoch
        if self._order[0] != epoch:
            rng = np.random.default_rng((self.seed, epoch, _SHUFFLE))
            self._order = (epoch, rng.permutation(len(self._inputs)))
        return self._order[1]
