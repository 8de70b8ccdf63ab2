"""Baselines: images in [0, 1] to logits, as functional Keras models."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras

from encodenet_core.config import Architecture
from encodenet_core.models.architectures.resnet import build_cifar_resnet, build_imagenet_resnet
from encodenet_core.models.architectures.resnet9 import build_resnet9
from encodenet_core.models.architectures.small import build_small
from encodenet_core.models.architectures.vgg import build_vgg, build_vgg16_keras

ARCHITECTURES: dict[Architecture, Callable[..., keras.Model]] = {
    "small": build_small,
    "resnet9": build_resnet9,
    "vgg8": partial(build_vgg, depth=8),
    "vgg13": partial(build_vgg, depth=13),
    "vgg16": partial(build_vgg, depth=16),
    "vgg16_keras": build_vgg16_keras,
    "resnet18": partial(build_imagenet_resnet, depth=18),
    "resnet20": partial(build_cifar_resnet, depth=20),
    "resnet32": partial(build_cifar_resnet, depth=32),
    "resnet50": partial(build_imagenet_resnet, depth=50),
    "resnet110": partial(build_cifar_resnet, depth=110),
}
