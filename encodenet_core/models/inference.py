"""What a model gives for images or features, computed batch by batch."""

from __future__ import annotations

from math import prod

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.models.quiet import without_tracing_warnings

_EVALUATION_BATCH = 128
_PIXELS_AT_ONCE = _EVALUATION_BATCH * 32 * 32
"""Bounds a batch of larger images, whose activations take as much more memory."""


def evaluation_batches(images: NDArray[np.generic]) -> list[slice]:
    """The slices in which a whole split is predicted: the same for every caller, so that results agree."""
    size = max(1, min(_EVALUATION_BATCH, _PIXELS_AT_ONCE // prod(images.shape[1:-1])))
    return [slice(start, start + size) for start in range(0, len(images), size)]


def predict(model: keras.Model, inputs: NDArray[np.generic]) -> NDArray[np.float32]:
    """The model's outputs in inference mode for images in 0..255 or features, computed batch by batch."""
    batches = evaluation_batches(inputs)
    return np.concatenate([infer(model, to_unit_range(inputs[batch])) for batch in batches])


def infer(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The model's outputs in inference mode for one batch, with nothing kept for gradients.

    They are computed in one call, built on the first batch: even with that, a split takes less time than one
    layer after the other.
    """
    if not model.compiled:
        model.jit_compile = False  # else Keras would have XLA compile it, which takes longer than a split
    with without_tracing_warnings():
        outputs: NDArray[np.float32] = model.predict_on_batch(inputs)
    return outputs
