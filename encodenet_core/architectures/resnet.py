"""Residual networks for CIFAR (He et al. 2016, section 4.2), with projection shortcuts as in mdistiller."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from encodenet_core.architectures.layers import (
    Tensor,
    classify,
    convolve,
    convolve_normalize_relu,
    images_input,
    normalize,
)


def build_resnet20(
    image_shape: tuple[int, int, int], num_classes: int, mean: Sequence[float], variance: Sequence[float]
) -> keras.Model:
    """(8, 8, 64) features for 32x32 images, 272,474 trainable parameters for 10 classes of colour images.

    The arguments are those of `build_small`.
    """
    images, x = images_input(image_shape, mean, variance)
    x = convolve_normalize_relu(x, 16)
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            x = _residual_block(x, filters, strides=2 if stage > 0 and block == 0 else 1)
    return keras.Model(images, classify(x, num_classes), name="resnet20")


def _residual_block(x: Tensor, filters: int, strides: int) -> Tensor:
    residual = convolve_normalize_relu(x, filters, strides)
    residual = normalize(convolve(residual, filters))
    if strides > 1 or x.shape[-1] != filters:
        x = normalize(convolve(x, filters, kernel_size=1, strides=strides))
    return keras.layers.ReLU()(keras.layers.Add()([x, residual]))
