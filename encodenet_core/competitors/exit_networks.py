"""LeNet, and BranchyNet for images as small as MNIST's: a LeNet with a branch that images may leave by.

Layers and sizes are those of kunglab/branchynet (`lenet_mnist`) and of the prior work's earlier code.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from encodenet_core.models.architectures.layers import (
    Statistics,
    Tensor,
    dense_logits,
    halve,
    images_input,
    rectify,
)
from encodenet_core.models.teaching import side_by_side

Shape = tuple[int, int, int]


def build_lenet(image_shape: Shape, num_classes: int, statistics: Statistics) -> keras.Model:
    """5x5 convolutions to 5, 10 and 20 channels, the first two halved, a dense layer of 84, logits.

    The arguments are those of `build_small`.
    """
    images, x = images_input(image_shape, statistics)
    x = halve(rectify(_convolve(x, 5, 5, border=2)))
    x = halve(rectify(_convolve(x, 10, 5, border=2)))
    x = rectify(_convolve(x, 20, 5, border=2))
    x = rectify(keras.layers.Dense(84)(keras.layers.Flatten()(x)))
    return keras.Model(images, dense_logits(x, num_classes), name="lenet")


@dataclass(frozen=True, eq=False)
class BranchyNet:
    """A classifier with two exits as models that share its weights.

    Attributes:
        first: images to a map and the logits of the early exit.
        rest: that map to the logits of the last exit.
        truncated: images to the logits of the early exit, which is all of it.
        whole: images to the logits of the last exit.
        joint: images to the logits of both, `(batch, 2 * num_classes)`: all weights, for training.
    """

    first: keras.Model
    rest: keras.Model
    truncated: keras.Model
    whole: keras.Model
    joint: keras.Model


def build_branchynet(image_shape: Shape, num_classes: int, statistics: Statistics) -> BranchyNet:
    """A shared 5x5 convolution; a 3x3 one before the early exit, two 5x5 and a dense layer before the last.

    The arguments are those of `build_small`.
    """
    images, x = images_input(image_shape, statistics)
    shared = _halve_and_rectify(_convolve(x, 5, 5, border=3))
    branch = _halve_and_rectify(_convolve(shared, 10, 3, border=1))
    early = dense_logits(keras.layers.Flatten()(branch), num_classes)
    rest = _build_rest(tuple(shared.shape[1:]), num_classes)
    last = rest(shared)
    return BranchyNet(
        first=keras.Model(images, [shared, early], name="first"),
        rest=rest,
        truncated=keras.Model(images, early, name="truncated"),
        whole=keras.Model(images, last, name="whole"),
        joint=keras.Model(images, side_by_side(early, last), name="branchynet"),
    )


def _build_rest(map_shape: Shape, num_classes: int) -> keras.Model:
    features = x = keras.Input(map_shape, name="shared")
    for filters in (10, 20):
        x = _halve_and_rectify(_convolve(x, filters, 5, border=3))
    x = keras.layers.Dense(84)(keras.layers.Flatten()(x))  # not rectified there either
    return keras.Model(features, dense_logits(x, num_classes), name="rest")


def _convolve(x: Tensor, filters: int, kernel_size: int, border: int) -> Tensor:
    return keras.layers.Conv2D(filters, kernel_size)(keras.layers.ZeroPadding2D(border)(x))


def _halve_and_rectify(x: Tensor) -> Tensor:
    """As Chainer pools: an odd last row or column counts too."""
    return rectify(keras.layers.MaxPooling2D(2, padding="same")(x))
