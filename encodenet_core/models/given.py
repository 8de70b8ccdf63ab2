"""A trained classifier of the user's own, made ready: images in [0, 1] to logits, and where to cut.

It is proved that its two parts, one after the other and closed by the softmax that was taken off, give the
predictions of the given model bit for bit; where one number became two logits, up to rounding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import BaselineConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.errors import ConfigError
from encodenet_core.models.flatten import flatten_model
from encodenet_core.models.inference import predict
from encodenet_core.models.loading import load_model
from encodenet_core.models.logits import take_closing_off
from encodenet_core.models.split import check_classifier, split_classifier

_TRIED_IMAGES = 16


class GivenClassifier(NamedTuple):
    """A model without models inside it, images in [0, 1] to logits, and the layer that it is cut after."""

    model: keras.Model
    cut: str


def load_classifier(path: Path, section: BaselineConfig, dataset: Dataset) -> GivenClassifier:
    """A trained classifier in a `.keras` or HDF5 file, loaded without running code from the file.

    Args:
        path: of the file.
        section: `cut` names the layer to cut after, `pixel_range` what the model takes for black and white.
        dataset: the model classifies its images.

    Raises:
        ConfigError: the file is missing, is no Keras model, does not classify images of this dataset, or
            cannot be cut.
    """
    try:
        given = load_model(path)
    except ConfigError as error:
        raise ConfigError(f"baseline.model {error}") from None
    check_classifier(given)
    _check_shapes(given, path, dataset)
    preparation = _rescaling(*section.pixel_range)
    flat = flatten_model(given, dataset.image_shape, preparation)
    bare = take_closing_off(flat.model)
    named = flat.names.get(section.cut, section.cut) if section.cut else None
    parts = split_classifier(bare.model, named)
    images = to_unit_range(dataset.train.images[:_TRIED_IMAGES])
    prepared = images if preparation is None else keras.ops.convert_to_numpy(preparation(images))
    logits = predict(parts.classifier, predict(parts.feature_extractor, images))
    _check_proof(bare.close(logits), predict(given, prepared), bare.tolerance, path)
    _check_logits(logits, path)
    return GivenClassifier(bare.model, parts.cut)


def _rescaling(low: float, high: float) -> keras.layers.Layer | None:
    """The layer that takes pixels from [0, 1] to the range that the model was trained on."""
    if (low, high) == (0, 1):
        return None
    return keras.layers.Rescaling(high - low, low, name="pixel_range")


def _check_shapes(model: keras.Model, path: Path, dataset: Dataset) -> None:
    """Refuse a model of other images or classes; a size that it leaves open fits any.

    One number stands for two classes.
    """
    image_shape, num_classes = tuple(model.inputs[0].shape[1:]), model.outputs[0].shape[-1]
    fits = len(image_shape) == 3 and all(
        own in (None, length) for own, length in zip(image_shape, dataset.image_shape, strict=True)
    )
    if not fits or (num_classes if num_classes != 1 else 2) != dataset.num_classes:
        raise ConfigError(
            f"baseline.model {str(path)!r} takes images {image_shape} and gives {num_classes} logits, but "
            f"the dataset has images {dataset.image_shape} of {dataset.num_classes} classes; "
            "give a model of this dataset"
        )
    kind = keras.backend.standardize_dtype(model.inputs[0].dtype)
    if "float" not in kind:
        raise ConfigError(
            f"baseline.model {str(path)!r} takes pixels as {kind}, but floats are expected; "
            "build it with keras.Input(..., dtype='float32') and transfer its weights"
        )


def _check_proof(received: Any, expected: NDArray[np.float32], tolerance: float, path: Path) -> None:
    """Refuse a model whose parts do not give its own predictions: bit for bit, where the tolerance is 0."""
    predictions = keras.ops.convert_to_numpy(received)
    if not np.allclose(predictions, expected, rtol=tolerance, atol=tolerance, equal_nan=True):
        difference = np.abs(predictions - expected).max()
        raise ConfigError(
            f"baseline.model {str(path)!r} predicts otherwise once it is cut (by up to {difference:.2g}); "
            "build it of layers that compute the same in every call"
        )


def _check_logits(outputs: NDArray[np.float32], path: Path) -> None:
    if not np.isfinite(outputs).all():
        raise ConfigError(
            f"baseline.model {str(path)!r} gives numbers that are not finite; "
            "give a model whose training ended well"
        )
    if np.all(outputs >= 0) and np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
        raise ConfigError(
            f"baseline.model {str(path)!r} gives probabilities, which sum to 1, but logits are expected, and "
            "no softmax at its end that could be taken off; save it without what makes them probabilities"
        )
