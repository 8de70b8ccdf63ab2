"""What each architecture weighs, costs and hands on, for images of CIFAR's shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import keras

from encodenet_core.config import Architecture, Attention
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.macs import count_macs
from encodenet_core.models.split import split_classifier

IMAGE_SHAPE = (32, 32, 3)


@dataclass(frozen=True)
class ArchitectureSummary:
    """An architecture in numbers.

    Attributes:
        name: as in a config.
        attention: as in a config; None without.
        trainable_parameters: of every layer, none of them frozen; moving statistics are not among them.
        macs: multiply-accumulates of one image's forward pass.
        feature_shape: `(height, width, channels)` of the last feature map.
        cut: name of the layer whose output that map is; it ends the feature extractor.
    """

    name: str
    attention: str | None
    trainable_parameters: int
    macs: int
    feature_shape: tuple[int, int, int]
    cut: str


def summarize_architecture(
    name: Architecture, num_classes: int, attention: Attention | None = None
) -> ArchitectureSummary:
    """The numbers of an architecture for 32x32 colour images; its weights are never drawn."""
    options = {"attention": attention} if attention else {}
    model = outline_architecture(name, IMAGE_SHAPE, num_classes, **options)
    features = split_classifier(model).feature_extractor.outputs[0]
    height, width, channels = features.shape[1:]
    return ArchitectureSummary(
        name,
        attention,
        sum(prod(weight.shape) for weight in model.trainable_weights),
        count_macs(model),
        (height, width, channels),
        features._keras_history.operation.name,
    )


def outline_architecture(
    name: Architecture, image_shape: tuple[int, int, int], num_classes: int, **options: Any
) -> keras.Model:
    """An architecture to be looked at alone: its weights have shapes, and no values."""
    channels = image_shape[-1]
    # Inside the scope a layer knows the shapes of its weights and puts off drawing them.
    with keras.StatelessScope(initialize_variables=False):
        return ARCHITECTURES[name](image_shape, num_classes, ([0.5] * channels, [0.25] * channels), **options)
