"""Where a method looks into a network: at its logits, its pooled features, its last map or a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from encodenet_core.errors import ConfigError, did_you_mean
from encodenet_core.models.graph import ordered_calls
from encodenet_core.models.split import split_classifier

Tensor = Any


@dataclass(frozen=True, eq=False)
class Tapped:
    """A network that a method may look into.

    Attributes:
        model: images to logits.
        cut: the layer whose output is the features; None where it is found.
        hint: the layer whose map FitNet compares; None where it is found.
        role: `student` or `teacher`, for what is said of it.
    """

    model: keras.Model
    cut: str | None
    hint: str | None
    role: str

    @property
    def logits(self) -> Tensor:
        """`(batch, num_classes)`."""
        return self.model.outputs[0]

    @property
    def features(self) -> Tensor:
        """The last map `(batch, height, width, channels)`.

        Raises:
            ConfigError: the network has none.
        """
        return split_classifier(self.model, self.cut).feature_extractor.outputs[0]

    @property
    def pooled(self) -> Tensor:
        """The mean of each channel of the last map, `(batch, channels)`."""
        return keras.layers.GlobalAveragePooling2D(dtype="float32")(self.features)

    @property
    def hinted(self) -> Tensor:
        """The map that FitNet compares: the named one, else the last one of twice the features' height.

        In VGG that is the third block's, in the thin ResNets the second stage's, as in mdistiller.

        Raises:
            ConfigError: there is no such layer, or no map comes out of it.
        """
        maps = {
            call.operation.name: call.output_tensors[0]
            for call in ordered_calls(self.model.outputs)
            if len(call.output_tensors[0].shape) == 4
        }
        if self.hint is not None:
            if self.hint not in maps:
                known = did_you_mean(self.hint, maps).rstrip() or f"maps come out of {', '.join(maps)}"
                raise ConfigError(
                    f"distillation.{self.role}_hint is {self.hint!r}, but expected is a layer of the "
                    f"{self.role} that gives a map; {known}"
                )
            return maps[self.hint]
        height = 2 * self.features.shape[1]
        larger = [tensor for tensor in maps.values() if tensor.shape[1] == height]
        return larger[-1] if larger else self.features
