"""The prior work's converting autoencoders: dense for grey images such as MNIST's, a U-Net for colour.

Sizes and losses are those of its authors' earlier code.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import keras

from encodenet_core.errors import DataError
from encodenet_core.models.architectures.layers import convolve, normalize, rectify

DENSE_WIDTHS = (128, 64, 32, 64, 128)
UNET_WIDTHS = (32, 64, 128, 256)
SHRINKING = 2 ** len(UNET_WIDTHS)
"""How many times smaller the sides of the U-Net's smallest map are."""


class Converter(NamedTuple):
    """Images in [0, 1] to images of the same shape, before its fit, and the loss that it is fitted by."""

    model: keras.Model
    loss: keras.losses.Loss


def check_convertible(image_shape: tuple[int, int, int]) -> None:
    """Refuse colour images that the U-Net cannot halve often enough.

    Raises:
        DataError: a side is no multiple of 16.
    """
    height, width, channels = image_shape
    if channels > 1 and (height % SHRINKING or width % SHRINKING):
        raise DataError(
            f"colour images of {height}x{width} pixels do not fit the U-Net, which halves them four times: "
            f"expected are sides of {SHRINKING}, {2 * SHRINKING}, ...; set dataset.image_size, or make them "
            "grey by dataset.color"
        )


def build_converter(image_shape: tuple[int, int, int]) -> Converter:
    """The converter for images `(height, width, channels)`: dense for one channel, else a U-Net."""
    if image_shape[2] == 1:
        return Converter(_build_dense(image_shape), keras.losses.BinaryCrossentropy())
    return Converter(_build_unet(image_shape), keras.losses.MeanSquaredError())


def _build_dense(image_shape: tuple[int, int, int]) -> keras.Model:
    images = keras.Input(image_shape, name="images")
    x = keras.layers.Flatten()(images)
    for width in DENSE_WIDTHS:
        x = keras.layers.Dense(width, activation="relu")(x)
    x = keras.layers.Dense(prod(image_shape), activation="sigmoid", dtype="float32")(x)
    return keras.Model(images, keras.layers.Reshape(image_shape)(x), name="converter")


def _build_unet(image_shape: tuple[int, int, int]) -> keras.Model:
    images = x = keras.Input(image_shape, name="images")
    maps = [x := rectify(normalize(convolve(x, width, strides=2, bias=True))) for width in UNET_WIDTHS]
    x = rectify(normalize(convolve(x, UNET_WIDTHS[-1], bias=True)))
    for width, skipped in zip(reversed(UNET_WIDTHS), [*reversed(maps[:-1]), None], strict=True):
        x = keras.layers.Conv2DTranspose(width, 3, strides=2, padding="same")(x)
        x = rectify(normalize(x))
        x = x if skipped is None else keras.layers.Concatenate()([x, skipped])
    last = keras.layers.Conv2DTranspose(
        image_shape[2], 3, padding="same", activation="sigmoid", dtype="float32"
    )
    return keras.Model(images, last(x), name="converter")
