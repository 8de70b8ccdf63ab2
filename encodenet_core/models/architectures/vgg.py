"""VGG with batch normalisation for images of CIFAR's size: mdistiller's networks, and one of Keras users."""

from __future__ import annotations

from typing import Literal

import keras

from encodenet_core.models.architectures.layers import (
    FEATURES,
    Statistics,
    Tensor,
    classify,
    convolve,
    dense_logits,
    drop,
    halve,
    images_input,
    normalize,
    rectify,
    scaled,
)

WIDTHS = (64, 128, 256, 512, 512)
"""Channels of each of the five blocks."""

N_CONVOLUTIONS = {8: (1, 1, 1, 1, 1), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3)}
"""Depth to the number of convolutions in each block."""

FOURTH_POOL_FROM = 64
"""The shorter side, in pixels, of the images that are halved a fourth time."""


def build_vgg(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    depth: Literal[8, 13, 16],
    width: float = 1.0,
) -> keras.Model:
    """VGG as mdistiller has it: one dense layer behind global average pooling, no dropout.

    (4, 4, 512) features for images of 32x32 as well as of 64x64. In EncodeNet, VGG8 and VGG16 are baselines
    of tables 1 and 2, and the student and the teacher of table 4, which was made with mdistiller; VGG13 is
    not in the paper. 3,918,858 trainable parameters (VGG8), 9,416,010 and 14,728,266 for 10 classes of colour
    images. The arguments are those of `build_cifar_resnet`.
    """
    images, x = images_input(image_shape, statistics)
    last = len(WIDTHS) - 1
    for block, (filters, n_convolutions) in enumerate(_blocks(depth, width)):
        for _ in range(n_convolutions - 1):
            x = rectify(normalize(convolve(x, filters, bias=True)))
        x = rectify(normalize(convolve(x, filters, bias=True)), FEATURES if block == last else None)
        if block < 3 or (block == 3 and min(image_shape[:2]) >= FOURTH_POOL_FROM):
            x = halve(x)
    return keras.Model(images, classify(x, num_classes, _small_normal()), name=f"vgg{depth}")


def build_vgg16_keras(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    width: float = 1.0,
) -> keras.Model:
    """The VGG16 that is usual in Keras (geifmany/cifar-vgg): five pools, much dropout, two dense layers.

    (1, 1, 512) features for 32x32 images, 14,991,946 trainable parameters for 10 classes of colour images.
    The paper's VGG16, trained in TensorFlow, may be this one: its tables do not tell. What trains it there
    (coupled L2 of 5e-4 on the kernels) is a recipe's affair. The arguments are those of `build_cifar_resnet`.
    """
    images, x = images_input(image_shape, statistics)
    last = len(WIDTHS) - 1
    for block, (filters, n_convolutions) in enumerate(_blocks(16, width)):
        for _ in range(n_convolutions - 1):
            x = drop(_convolve_relu_normalize(x, filters), 0.3 if block == 0 else 0.4)
        x = halve(_convolve_relu_normalize(x, filters), FEATURES if block == last else None)
    x = drop(keras.layers.Flatten(name="flatten")(x), 0.5)
    x = keras.layers.Dense(scaled(512, width), kernel_initializer=_small_normal(), name="hidden")(x)
    x = drop(normalize(rectify(x)), 0.5)
    return keras.Model(images, dense_logits(x, num_classes, _small_normal()), name="vgg16_keras")


def _blocks(depth: int, width: float) -> list[tuple[int, int]]:
    """Channels and number of convolutions of every block."""
    return [
        (scaled(filters, width), n_convolutions)
        for filters, n_convolutions in zip(WIDTHS, N_CONVOLUTIONS[depth], strict=True)
    ]


def _convolve_relu_normalize(x: Tensor, filters: int) -> Tensor:
    return normalize(rectify(convolve(x, filters, bias=True)))


def _small_normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.01)
