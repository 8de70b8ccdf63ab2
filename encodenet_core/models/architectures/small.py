"""A small network for tiny images."""

from __future__ import annotations

import keras

from encodenet_core.models.architectures.layers import (
    FEATURES,
    Statistics,
    classify,
    convolve_normalize_relu,
    halve,
    images_input,
    scaled,
)


def build_small(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    width: float = 1.0,
) -> keras.Model:
    """Four 3x3 convolutions; (4, 4, 64) features for 8x8 images, a quarter of the size for larger ones.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of logits.
        statistics: mean and variance of each channel of the training images in [0, 1].
        width: times the channels of every layer.
    """
    images, x = images_input(image_shape, statistics)
    narrow, wide = scaled(32, width), scaled(64, width)
    x = convolve_normalize_relu(x, narrow)
    x = halve(convolve_normalize_relu(x, narrow))
    x = convolve_normalize_relu(x, wide)
    if min(image_shape[:2]) >= 16:
        x = halve(x)
    features = convolve_normalize_relu(x, wide, name=FEATURES)
    return keras.Model(images, classify(features, num_classes), name="small")
