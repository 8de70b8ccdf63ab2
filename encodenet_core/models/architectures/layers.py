"""What the baselines share: the input with its fixed normalisation, convolutions, classification layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

Tensor = Any

Statistics = tuple[Sequence[float], Sequence[float]]
"""Mean and variance of each channel of images in [0, 1]."""

FEATURES = "features"
"""The name of the layer whose output is the last feature map: where an architecture is cut in two."""


def images_input(image_shape: tuple[int, int, int], statistics: Statistics) -> tuple[Tensor, Tensor]:
    """The input for images in [0, 1] and the same images normalised by fixed statistics of each channel."""
    mean, variance = statistics
    images = keras.Input(image_shape, name="images")
    return images, keras.layers.Normalization(mean=list(mean), variance=list(variance), name="normalization")(
        images
    )


def scaled(filters: int, width: float) -> int:
    """The channels of a layer in a network that is this many times as wide, at least one."""
    return max(1, round(filters * width))


def convolve(
    x: Tensor, filters: int, kernel_size: int = 3, strides: int = 1, *, bias: bool = False, **more: Any
) -> Tensor:
    """A convolution that pads both sides alike, also where it strides (as PyTorch does).

    `more` is what else Keras can be told of it, such as `dilation_rate`.
    """
    if kernel_size > 1 and strides > 1:
        x = keras.layers.ZeroPadding2D(kernel_size // 2)(x)
        padding = "valid"
    else:
        padding = "same"
    fan_out = keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides, padding, use_bias=bias, kernel_initializer=fan_out, **more
    )
    return layer(x)


def normalize(x: Tensor) -> Tensor:
    """Batch normalisation with PyTorch's momentum and epsilon."""
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def rectify(x: Tensor, name: str | None = None) -> Tensor:
    """ReLU."""
    return keras.layers.ReLU(name=name)(x)


def convolve_normalize_relu(
    x: Tensor, filters: int, kernel_size: int = 3, strides: int = 1, *, name: str | None = None
) -> Tensor:
    """A convolution without bias, batch normalisation and ReLU, which `name` is the name of."""
    return rectify(normalize(convolve(x, filters, kernel_size, strides)), name)


def halve(x: Tensor, name: str | None = None) -> Tensor:
    """The maximum of every 2x2 pixels, without an odd last row or column (as in PyTorch).

    A side of one pixel stays one, so that small images pass through networks made for larger ones.
    """
    height, width = x.shape[1:3]
    return keras.layers.MaxPooling2D((min(2, height), min(2, width)), name=name)(x)


def drop(x: Tensor, rate: float) -> Tensor:
    """Dropout with a seed of its own, so that a copy of the layer drops what the original drops.

    `keras.utils.set_random_seed` decides the seed.
    """
    seed = int(keras.ops.convert_to_numpy(keras.random.randint((), 0, 2**31 - 1)))
    return keras.layers.Dropout(rate, seed=seed)(x)


def classify(features: Tensor, num_classes: int, initializer: Any = "glorot_uniform") -> Tensor:
    """Global average pooling and one dense layer: features to logits, in float32 whatever the precision."""
    pooled = keras.layers.GlobalAveragePooling2D(dtype="float32", name="pooling")(features)
    return dense_logits(pooled, num_classes, initializer)


def dense_logits(x: Tensor, num_classes: int, initializer: Any = "glorot_uniform") -> Tensor:
    """The layer that a classifier ends in: entropies need every digit of its outputs, so float32."""
    layer = keras.layers.Dense(num_classes, kernel_initializer=initializer, dtype="float32", name="logits")
    return layer(x)
