"""Residual networks with a 3x3 stem for images of CIFAR's size (He et al. 2016), as mdistiller builds them.

Where a block changes size or width, its shortcut is a 1x1 convolution with batch normalisation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import keras

from encodenet_core.config import Attention
from encodenet_core.models.architectures.attention import ATTENTIONS, BETWEEN_STAGES
from encodenet_core.models.architectures.layers import (
    FEATURES,
    Statistics,
    Tensor,
    classify,
    convolve,
    convolve_normalize_relu,
    images_input,
    normalize,
    rectify,
    scaled,
)

Block = Callable[[Tensor, int, int], Tensor]
"""From a map, a width and a stride to what is added to the shortcut."""

Stages = Sequence[tuple[int, int]]
"""Width and number of blocks of every stage."""


def build_cifar_resnet(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    depth: Literal[20, 32, 110],
    attention: Attention | None = None,
    width: float = 1.0,
) -> keras.Model:
    """The three thin stages of section 4.2 of He et al.; (8, 8, 64) features for 32x32 images.

    In EncodeNet, ResNet20 is a baseline of tables 1 and 2; in table 4, ResNet32 is the baseline and the
    student of ResNet110. 272,474 trainable parameters (ResNet20), 466,906 and 1,730,714 for 10 classes of
    colour images.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of logits.
        statistics: mean and variance of each channel of the training images in [0, 1].
        depth: number of layers with weights, projections not counted.
        attention: in every block, or between the stages.
        width: times the channels of every layer.
    """
    images, x = images_input(image_shape, statistics)
    n_blocks = (depth - 2) // 6
    stages = [(scaled(filters, width), n_blocks) for filters in (16, 32, 64)]
    features = _stages(convolve_normalize_relu(x, scaled(16, width)), _basic_block, stages, attention)
    return keras.Model(images, classify(features, num_classes), name=f"resnet{depth}")


def build_imagenet_resnet(
    image_shape: tuple[int, int, int],
    num_classes: int,
    statistics: Statistics,
    *,
    depth: Literal[18, 50],
    attention: Attention | None = None,
    width: float = 1.0,
) -> keras.Model:
    """The four wide stages of table 1 of He et al. behind a 3x3 stem without pooling.

    (4, 4, 512) features for 32x32 images from ResNet18, (4, 4, 2048) from ResNet50. In EncodeNet, ResNet18
    is a baseline of tables 1 and 2 and that of the ablation, table 3; ResNet50 is the baseline of table 5.
    11,173,962 and 23,520,842 trainable parameters for 10 classes of colour images. The arguments are those of
    `build_cifar_resnet`.
    """
    block, design = _IMAGENET_DESIGNS[depth]
    images, x = images_input(image_shape, statistics)
    stages = [(scaled(filters, width), n_blocks) for filters, n_blocks in design]
    features = _stages(convolve_normalize_relu(x, scaled(64, width)), block, stages, attention)
    return keras.Model(images, classify(features, num_classes), name=f"resnet{depth}")


def _stages(x: Tensor, block: Block, stages: Stages, attention: Attention | None) -> Tensor:
    """Blocks of one width a stage; every stage but the first begins with a stride of 2."""
    in_blocks = ATTENTIONS[attention] if attention and attention not in BETWEEN_STAGES else _unchanged
    between = ATTENTIONS[attention] if attention in BETWEEN_STAGES else _unchanged
    for stage, (width, n_blocks) in enumerate(stages):
        if stage > 0:
            x = between(x)
        for position in range(n_blocks):
            strides = 2 if stage > 0 and position == 0 else 1
            is_last = (stage, position) == (len(stages) - 1, n_blocks - 1)
            residual = in_blocks(block(x, width, strides))
            x = _add_shortcut(residual, x, strides, FEATURES if is_last else None)
    return x


def _unchanged(x: Tensor) -> Tensor:
    return x


def _basic_block(x: Tensor, width: int, strides: int) -> Tensor:
    residual = convolve_normalize_relu(x, width, strides=strides)
    return normalize(convolve(residual, width))


def _bottleneck_block(x: Tensor, width: int, strides: int) -> Tensor:
    """The stride is that of the 3x3 convolution."""
    residual = convolve_normalize_relu(x, width, kernel_size=1)
    residual = convolve_normalize_relu(residual, width, strides=strides)
    return normalize(convolve(residual, 4 * width, kernel_size=1))


def _add_shortcut(residual: Tensor, x: Tensor, strides: int, name: str | None) -> Tensor:
    width = residual.shape[-1]
    if strides > 1 or x.shape[-1] != width:
        x = normalize(convolve(x, width, kernel_size=1, strides=strides))
    return rectify(keras.layers.Add()([x, residual]), name)


_IMAGENET_DESIGNS: dict[int, tuple[Block, Stages]] = {
    18: (_basic_block, ((64, 2), (128, 2), (256, 2), (512, 2))),
    50: (_bottleneck_block, ((64, 3), (128, 4), (256, 6), (512, 3))),
}
