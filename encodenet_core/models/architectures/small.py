"""A small network for tiny images."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from encodenet_core.models.architectures.layers import (
    FEATURES,
    classify,
    convolve_normalize_relu,
    halve,
    images_input,
)


def build_small(
    image_shape: tuple[int, int, int], num_classes: int, mean: Sequence[float], variance: Sequence[float]
) -> keras.Model:
    """Four 3x3 convolutions; (4, 4, 64) features for 8x8 images, a quarter of the size for larger ones.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of logits.
        mean: of each channel of the training images in [0, 1].
        variance: the same.
    """
    images, x = images_input(image_shape, mean, variance)
    x = convolve_normalize_relu(x, 32)
    x = halve(convolve_normalize_relu(x, 32))
    x = convolve_normalize_relu(x, 64)
    if min(image_shape[:2]) >= 16:
        x = halve(x)
    features = convolve_normalize_relu(x, 64, name=FEATURES)
    return keras.Model(images, classify(features, num_classes), name="small")
