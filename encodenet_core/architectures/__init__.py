"""Baselines: images in [0, 1] to logits, as functional Keras models."""

from __future__ import annotations

from collections.abc import Callable

import keras

from encodenet_core.architectures.resnet import build_resnet20
from encodenet_core.architectures.resnet9 import build_resnet9
from encodenet_core.architectures.small import build_small
from encodenet_core.config import Architecture

ARCHITECTURES: dict[Architecture, Callable[..., keras.Model]] = {
    "small": build_small,
    "resnet9": build_resnet9,
    "resnet20": build_resnet20,
}
