"""A narrow ResNet9: the shape of David Page's DAWNBench network at a quarter of its width."""

from __future__ import annotations

import keras

from encodenet_core.models.architectures.layers import (
    FEATURES,
    Statistics,
    Tensor,
    classify,
    convolve_normalize_relu,
    images_input,
    scaled,
)


def build_resnet9(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    width: float = 1.0,
) -> keras.Model:
    """(4, 4, 128) features for 32x32 images, 13 million multiply-accumulates.

    Each stage halves the size before it widens, not after: that halves the operations. The arguments are
    those of `build_small`.
    """
    images, x = images_input(image_shape, statistics)
    first, second, third, last = (scaled(filters, width) for filters in (16, 32, 64, 128))
    x = convolve_normalize_relu(x, first)
    x = _add_residual(_halve_and_convolve(x, second))
    x = _halve_and_convolve(x, third)
    features = _add_residual(_halve_and_convolve(x, last), FEATURES)
    return keras.Model(images, classify(features, num_classes), name="resnet9")


def _halve_and_convolve(x: Tensor, filters: int) -> Tensor:
    return convolve_normalize_relu(keras.layers.MaxPooling2D(padding="same")(x), filters)


def _add_residual(x: Tensor, name: str | None = None) -> Tensor:
    width = x.shape[-1]
    return keras.layers.Add(name=name)([x, convolve_normalize_relu(convolve_normalize_relu(x, width), width)])
