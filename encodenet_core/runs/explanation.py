"""Why EncodeNet says what it says: a conversion beside the representative that it should resemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import to_unit_range
from encodenet_core.errors import ConfigError
from encodenet_core.models.inference import predict
from encodenet_core.models.loading import load_model
from encodenet_core.runs.representatives import Representatives, load_representatives


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the converting autoencoder makes of an image.

    Attributes:
        image: `(height, width, channels)` uint8.
        conversion: the same shape, about [0, 1].
        representative: that of the predicted class which the conversion is nearest to, uint8.
        mse: mean squared error of a pixel in [0, 1] between those two.
        nearest_label: the class of the representative that is nearest of all. Where it is not the predicted
            one, classifier and autoencoder disagree.
    """

    image: NDArray[np.uint8]
    conversion: NDArray[np.float32]
    representative: NDArray[np.uint8]
    mse: float
    nearest_label: int


@dataclass(frozen=True, eq=False)
class Explainer:
    """The converting autoencoder of a run and its representatives."""

    encoder: keras.Model
    decoder: keras.Model
    representatives: Representatives

    def explain(self, images: NDArray[np.uint8], labels: Sequence[int]) -> list[Explanation]:
        """Convert images `(n, height, width, channels)` that were predicted to be of these classes."""
        conversions = np.asarray(predict(self.decoder, predict(self.encoder, images)), np.float32)
        return [self._compare(*each) for each in zip(images, conversions, labels, strict=True)]

    def _compare(self, image: NDArray[np.uint8], conversion: NDArray[np.float32], label: int) -> Explanation:
        everything, classes = self.representatives
        errors = np.square(to_unit_range(everything) - conversion).mean(axis=(1, 2, 3))
        own = int(np.where(classes == label, errors, np.inf).argmin())
        nearest = int(classes[errors.argmin()])
        return Explanation(image, conversion, everything[own], float(errors[own]), nearest)


def open_explainer(folder: Path) -> Explainer:
    """The converting autoencoder in the output folder of `encodenet train`.

    Raises:
        ConfigError: a part is missing or damaged, or they do not fit each other.
    """
    encoder, decoder = (load_model(folder / f"{half}.keras") for half in ("encoder", "decoder"))
    representatives = load_representatives(folder)
    shapes = [
        tuple(each.shape[1:]) for each in (encoder.inputs[0], decoder.outputs[0], representatives.images)
    ]
    if len(set(shapes)) > 1:
        raise ConfigError(
            f"the models in {folder} are not of one run: the encoder takes images {shapes[0]}, the decoder "
            f"gives {shapes[1]}, and the representatives are {shapes[2]}; train the run again"
        )
    return Explainer(encoder, decoder, representatives)
