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
from encodenet_core.models.fitting_images import as_typed, fitting_options
from encodenet_core.models.flatten import FlatModel, flatten_model
from encodenet_core.models.loading import load_model
from encodenet_core.models.logits import BareClassifier, take_closing_off
from encodenet_core.models.pixel_forms import UNCHANGED, PixelForm
from encodenet_core.models.split import check_classifier, split_classifier

_TRIED_IMAGES = 16


class GivenClassifier(NamedTuple):
    """A model without models inside it, images in [0, 1] to logits, and the layer that it is cut after."""

    model: keras.Model
    cut: str


class _Prepared(NamedTuple):
    """A classifier as its file holds it, and flat: with its pixels prepared and nothing at its end."""

    given: keras.Model
    flat: FlatModel
    bare: BareClassifier


def load_classifier(path: Path, section: BaselineConfig, dataset: Dataset) -> GivenClassifier:
    """A trained classifier in a `.keras` or HDF5 file, loaded without running code from the file.

    Args:
        path: of the file.
        section: `cut` names the layer to cut after, `pixel_range` and `channel_order` how the model takes
            pixels.
        dataset: the model classifies its images.

    Raises:
        ConfigError: the file is missing, is no Keras model, does not classify images of this dataset, or
            cannot be cut.
    """
    form = PixelForm.of(section)
    form.check_channels(dataset.image_shape[2])
    given, flat, bare = _prepare(path, form, dataset)
    named = flat.names.get(section.cut, section.cut) if section.cut else None
    parts = split_classifier(bare.model, named)
    images = to_unit_range(dataset.train.images[:_TRIED_IMAGES])
    logits = _layer_by_layer(parts.classifier, _layer_by_layer(parts.feature_extractor, images))
    expected = _layer_by_layer(given, _in_form(images, form))
    _check_proof(bare.close(logits), expected, bare.tolerance, path)
    _check_logits(logits, path)
    return GivenClassifier(bare.model, parts.cut)


def load_scorer(path: Path, dataset: Dataset) -> keras.Model:
    """The same classifier for images in its own form of pixels, whatever that is, to logits; not cut.

    Raises:
        ConfigError: the file is missing, is no Keras model, or does not classify images of this dataset.
    """
    return _prepare(path, UNCHANGED, dataset).bare.model


def _prepare(path: Path, form: PixelForm, dataset: Dataset) -> _Prepared:
    try:
        given = load_model(path)
    except ConfigError as error:
        raise ConfigError(f"baseline.model {error}") from None
    check_classifier(given)
    _check_shapes(given, path, dataset)
    check_float_pixels(given)
    flat = flatten_model(given, dataset.image_shape, form.preparation())
    return _Prepared(given, flat, take_closing_off(flat.model))


def _in_form(images: NDArray[np.float32], form: PixelForm) -> NDArray[np.float32]:
    """Images as the layers of a form prepare them, to the last bit."""
    prepare = form.preparation()
    return images if prepare is None else keras.ops.convert_to_numpy(prepare(images))


def _check_shapes(model: keras.Model, path: Path, dataset: Dataset) -> None:
    """Refuse a model of other images or classes, with the options that bring the images to it.

    One number stands for two classes.
    """
    image_shape, num_classes = tuple(model.inputs[0].shape[1:]), model.outputs[0].shape[-1]
    fitting = fitting_options(image_shape, dataset.image_shape)
    classes_fit = (num_classes if num_classes != 1 else 2) == dataset.num_classes
    if fitting or fitting is None or not classes_fit:
        remedy = f"give {as_typed(fitting)}" if fitting and classes_fit else "give a model of this dataset"
        raise ConfigError(
            f"baseline.model {str(path)!r} takes images {image_shape} and gives {num_classes} logits, but "
            f"the dataset has images {dataset.image_shape} of {dataset.num_classes} classes; {remedy}"
        )


def check_float_pixels(model: keras.Model) -> None:
    """Refuse a model that takes pixels as whole numbers."""
    kind = keras.backend.standardize_dtype(model.inputs[0].dtype)
    if "float" not in kind:
        raise ConfigError(
            f"baseline {model.name!r} takes pixels as {kind}, but floats are expected; "
            "build it with keras.Input(..., dtype='float32') and transfer its weights"
        )


def _layer_by_layer(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The outputs of a model; a backend that is given all of its layers at once may fuse them otherwise."""
    outputs: NDArray[np.float32] = keras.ops.convert_to_numpy(model(inputs, training=False))
    return outputs


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
