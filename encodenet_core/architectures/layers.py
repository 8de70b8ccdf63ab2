"""What the baselines share: the input with its fixed normalisation, convolutions, classification layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

Tensor = Any


def images_input(
    image_shape: tuple[int, int, int], mean: Sequence[float], variance: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """The input for images in [0, 1] and the same images normalised by fixed statistics of each channel."""
    images = keras.Input(image_shape, name="images")
    return images, keras.layers.Normalization(mean=list(mean), variance=list(variance), name="normalization")(
        images
    )


def convolve(x: Tensor, filters: int, kernel_size: int = 3, strides: int = 1) -> Tensor:
    """A convolution without bias that pads both sides alike, also where it strides (as PyTorch does)."""
    if kernel_size > 1 and strides > 1:
        x = keras.layers.ZeroPadding2D(kernel_size // 2)(x)
        padding = "valid"
    else:
        padding = "same"
    fan_out = keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides, padding, use_bias=False, kernel_initializer=fan_out
    )
    return layer(x)


def normalize(x: Tensor) -> Tensor:
    """Batch normalisation with PyTorch's momentum and epsilon."""
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def convolve_normalize_relu(x: Tensor, filters: int, strides: int = 1) -> Tensor:
    """A 3x3 convolution, batch normalisation and ReLU."""
    return keras.layers.ReLU()(normalize(convolve(x, filters, strides=strides)))


def classify(features: Tensor, num_classes: int) -> Tensor:
    """Global average pooling and one dense layer: features to logits, in float32 whatever the precision."""
    pooled = keras.layers.GlobalAveragePooling2D(dtype="float32", name="pooling")(features)
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")(pooled)
