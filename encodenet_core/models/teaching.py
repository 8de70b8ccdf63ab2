"""A network and its teacher as one model, so that a loss can compare what both make of the same images.

The teacher sees every batch anew. Its logits of the training images would do only where a fit sees these as
they are, and none does: every recipe moves images by up to an eighth of their size (`training.recipes`), even
digits by a pixel. Images of less than 8 pixels alone stay, where nothing mirrors, turns or mixes them.
"""

from __future__ import annotations

from typing import Any

import keras

Tensor = Any


class Frozen(keras.layers.Layer):
    """A network whose weights stay, and that is never in training mode.

    A model inside another one would be in training mode whenever that is, and its dropout would drop.
    """

    def __init__(self, network: keras.Model, name: str = "teacher") -> None:
        """Take the network, and freeze it."""
        super().__init__(name=name)
        network.trainable = False
        self.network = network

    def call(self, images: Tensor) -> Tensor:
        """What the network makes of images."""
        return self.network(images, training=False)


def side_by_side(*tensors: Tensor) -> Tensor:
    """Several tensors of one batch as one, flat and one after the other: what a loss compares them by."""
    flat = [keras.layers.Flatten(dtype="float32")(tensor) for tensor in tensors]
    return keras.layers.Concatenate(dtype="float32")(flat)
