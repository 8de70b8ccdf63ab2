"""FT (Kim et al. 2018): the teacher's last map, paraphrased, is what a translator makes of the student's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from encodenet_core.competitors.losses import energy_distance, factor_distance
from encodenet_core.competitors.taps import Tapped
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures.layers import normalize
from encodenet_core.models.teaching import side_by_side

Tensor = Any
Teach = Callable[[keras.Model, keras.losses.Loss, float], None]
"""Trains a model of images whose loss asks for no labels, for a share of the student's epochs."""

SLOPE = 0.1
"""Of the leaky ReLU below 0."""


@dataclass(frozen=True)
class FactorTransfer:
    """One reading of the method; a factor has half of the channels of the teacher's last map.

    Attributes:
        distance: of two factors.
        weight: of that distance in the student's loss.
        normalizes: whether the translator has batch normalisation.
        power: of the error that the paraphraser is trained by: 1 is absolute, 2 squared.
        share: of the student's epochs that the paraphraser is trained for.
    """

    distance: Callable[[Tensor, Tensor], Tensor]
    weight: float
    normalizes: bool
    power: int
    share: float

    def factors(self, student: Tapped, teacher: Tapped, teach: Teach) -> tuple[Tensor, Tensor]:
        """The student's factor, still untrained, and the teacher's, whose paraphraser `teach` has trained.

        Raises:
            ConfigError: the last maps have different sizes.
        """
        received, expected = student.features, teacher.features
        if received.shape[1:3] != expected.shape[1:3]:
            raise ConfigError(
                f"ft compares last maps of one size, but the student's has {received.shape[1]}x"
                f"{received.shape[2]} pixels and the teacher's {expected.shape[1]}x{expected.shape[2]}; "
                "take another teacher, or kd"
            )
        channels = expected.shape[-1]
        factor = _paraphrase(expected, channels, normalizes=False)
        teach(_reconstruction(teacher, expected, factor), ReconstructionLoss(self.power), self.share)
        return _paraphrase(received, channels, normalizes=self.normalizes), factor


REPDISTILLER = FactorTransfer(energy_distance, 200.0, normalizes=True, power=2, share=30 / 240)
OFFICIAL = FactorTransfer(factor_distance, 500.0, normalizes=False, power=1, share=5 / 163)


class ReconstructionLoss(keras.losses.Loss):
    """The mean error of a map and what became of it, which are given one after the other, flat."""

    def __init__(self, power: int) -> None:
        """Take 1 for absolute errors, 2 for squared ones."""
        super().__init__()
        self._power = power

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The error of every image, `(batch,)`; there is no other truth."""
        half = y_pred.shape[-1] // 2
        return ops.mean(ops.power(ops.abs(y_pred[:, :half] - y_pred[:, half:]), self._power), axis=-1)


def _reconstruction(teacher: Tapped, expected: Tensor, factor: Tensor) -> keras.Model:
    """Images to the teacher's map and what the paraphraser's decoder makes of the factor again."""
    encoder = keras.Model(expected, factor)
    frozen = keras.Model(teacher.model.inputs[0], expected)
    frozen.trainable = False
    images = keras.Input(teacher.model.inputs[0].shape[1:])
    seen = frozen(images, training=False)
    channels = expected.shape[-1]
    x = encoder(seen)
    for width in (channels // 2, channels, channels):
        x = keras.layers.LeakyReLU(SLOPE)(keras.layers.Conv2DTranspose(width, 3, padding="same")(x))
    return keras.Model(images, side_by_side(seen, x))


def _paraphrase(x: Tensor, channels: int, *, normalizes: bool) -> Tensor:
    """Three convolutions to a factor of half as many channels."""
    for width in (x.shape[-1], channels // 2, channels // 2):
        x = keras.layers.Conv2D(width, 3, padding="same")(x)
        x = keras.layers.LeakyReLU(SLOPE)(normalize(x) if normalizes else x)
    return x
