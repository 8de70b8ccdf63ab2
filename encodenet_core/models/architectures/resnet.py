"""Residual networks with a 3x3 stem for images of CIFAR's size (He et al. 2016), as mdistiller builds them.

Where a block changes size or width, its shortcut is a 1x1 convolution with batch normalisation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import keras

from encodenet_core.models.architectures.layers import (
    FEATURES,
    Tensor,
    classify,
    convolve,
    convolve_normalize_relu,
    images_input,
    normalize,
    rectify,
)

Block = Callable[[Tensor, int, int, str | None], Tensor]


def build_cifar_resnet(
    image_shape: tuple[int, int, int],
    num_classes: int,
    mean: Sequence[float],
    variance: Sequence[float],
    *,
    depth: Literal[20, 32, 110],
) -> keras.Model:
    """The three thin stages of section 4.2 of He et al.; (8, 8, 64) features for 32x32 images.

    In EncodeNet, ResNet20 is a baseline of tables 1 and 2; in table 4, ResNet32 is the baseline and the
    student of ResNet110. 272,474 trainable parameters (ResNet20), 466,906 and 1,730,714 for 10 classes of
    colour images.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: number of logits.
        mean: of each channel of the training images in [0, 1].
        variance: the same.
        depth: number of layers with weights, projections not counted.
    """
    images, x = images_input(image_shape, mean, variance)
    n_blocks = (depth - 2) // 6
    features = _stages(convolve_normalize_relu(x, 16), _basic_block, (16, 32, 64), (n_blocks,) * 3)
    return keras.Model(images, classify(features, num_classes), name=f"resnet{depth}")


def build_imagenet_resnet(
    image_shape: tuple[int, int, int],
    num_classes: int,
    mean: Sequence[float],
    variance: Sequence[float],
    *,
    depth: Literal[18, 50],
) -> keras.Model:
    """The four wide stages of table 1 of He et al. behind a 3x3 stem without pooling.

    (4, 4, 512) features for 32x32 images from ResNet18, (4, 4, 2048) from ResNet50. In EncodeNet, ResNet18
    is a baseline of tables 1 and 2 and that of the ablation, table 3; ResNet50 is the baseline of table 5.
    11,173,962 and 23,520,842 trainable parameters for 10 classes of colour images. The arguments are those of
    `build_cifar_resnet`.
    """
    block, n_blocks = _IMAGENET_DESIGNS[depth]
    images, x = images_input(image_shape, mean, variance)
    features = _stages(convolve_normalize_relu(x, 64), block, (64, 128, 256, 512), n_blocks)
    return keras.Model(images, classify(features, num_classes), name=f"resnet{depth}")


def _stages(x: Tensor, block: Block, widths: Sequence[int], n_blocks: Sequence[int]) -> Tensor:
    """Blocks of one width a stage; every stage but the first begins with a stride of 2."""
    plan = [
        (width, 2 if stage > 0 and position == 0 else 1)
        for stage, width in enumerate(widths)
        for position in range(n_blocks[stage])
    ]
    for width, strides in plan[:-1]:
        x = block(x, width, strides, None)
    return block(x, *plan[-1], FEATURES)


def _basic_block(x: Tensor, width: int, strides: int, name: str | None) -> Tensor:
    residual = convolve_normalize_relu(x, width, strides=strides)
    return _add_shortcut(normalize(convolve(residual, width)), x, strides, name)


def _bottleneck_block(x: Tensor, width: int, strides: int, name: str | None) -> Tensor:
    """The stride is that of the 3x3 convolution."""
    residual = convolve_normalize_relu(x, width, kernel_size=1)
    residual = convolve_normalize_relu(residual, width, strides=strides)
    return _add_shortcut(normalize(convolve(residual, 4 * width, kernel_size=1)), x, strides, name)


def _add_shortcut(residual: Tensor, x: Tensor, strides: int, name: str | None) -> Tensor:
    width = residual.shape[-1]
    if strides > 1 or x.shape[-1] != width:
        x = normalize(convolve(x, width, kernel_size=1, strides=strides))
    return rectify(keras.layers.Add()([x, residual]), name)


_IMAGENET_DESIGNS: dict[int, tuple[Block, tuple[int, ...]]] = {
    18: (_basic_block, (2, 2, 2, 2)),
    50: (_bottleneck_block, (3, 4, 6, 3)),
}
