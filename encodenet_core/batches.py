"""Batches whose order and augmentation are functions of (seed, epoch, position): a fit can be resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
TargetsOf = Callable[[Indices], NDArray[np.float32]]

_SHUFFLE = 2**32 - 1
_EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Augmentation:
    """Random translation by up to `shift` pixels, the border reflected, and mirroring where `flip`."""

    shift: int
    flip: bool


def to_unit_range(images: NDArray[np.generic]) -> NDArray[np.float32]:
    """Pixels 0..255 as float32 in [0, 1]; what is float already is taken as it is."""
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    return np.asarray(images, np.float32) / np.float32(scale)


def evaluation_batches(images: NDArray[np.generic]) -> list[slice]:
    """The slices in which a whole split is predicted: the same for every caller, so that results agree."""
    return [slice(start, start + _EVALUATION_BATCH) for start in range(0, len(images), _EVALUATION_BATCH)]


def predict(model: keras.Model, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
    """The model's outputs in inference mode for images in 0..255 or features, computed batch by batch."""
    parts = [
        keras.ops.convert_to_numpy(model(to_unit_range(inputs[batch]), training=False))
        for batch in evaluation_batches(inputs)
    ]
    return np.concatenate(parts)


class TrainingBatches(keras.utils.PyDataset):
    """Shuffled, augmented inputs with their targets; targets are never augmented.

    Args:
        inputs: `(n_samples, height, width, channels)` uint8 images, or `(n_samples, ...)` float features.
        targets_of: from indices `(batch,)` to their targets `(batch, ...)`.
        batch_size: samples in a batch; the last may be smaller.
        seed: of order and augmentation.
        augmentation: None leaves the inputs as they are.
    """

    def __init__(
        self,
        inputs: NDArray[np.generic],
        targets_of: TargetsOf,
        *,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.epoch = 0
        self._inputs = inputs
        self._targets_of = targets_of
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation
        self._order = (-1, np.empty(0, np.int64))

    def __len__(self) -> int:
        return -(-len(self._inputs) // self._batch_size)

    def __getitem__(self, position: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        start = position * self._batch_size
        indices = self._shuffled()[start : start + self._batch_size]
        inputs: NDArray[Any] = self._inputs[indices]
        if self._augmentation is not None:
            rng = np.random.default_rng((self._seed, self.epoch, position))
            inputs = augment(inputs, self._augmentation, rng)
        return to_unit_range(inputs), self._targets_of(indices)

    def _shuffled(self) -> Indices:
        epoch = self.epoch
        if self._order[0] != epoch:
            rng = np.random.default_rng((self._seed, epoch, _SHUFFLE))
            self._order = (epoch, rng.permutation(len(self._inputs)))
        return self._order[1]


def augment(
    images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Every image `(batch, height, width, channels)` moved, and half of them mirrored where allowed."""
    batch, height, width, _ = images.shape
    shift = augmentation.shift
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="reflect")
    down, right = rng.integers(0, 2 * shift + 1, (2, batch))
    rows = down[:, None] + np.arange(height)
    columns = right[:, None] + np.arange(width)
    if augmentation.flip:
        mirrored = rng.random(batch) < 0.5
        columns[mirrored] = columns[mirrored, ::-1]
    moved: NDArray[np.uint8] = padded[np.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved
