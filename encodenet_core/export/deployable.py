"""A trained classifier as a model that every format can hold: float32, all constants inside its graph."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from encodenet_core.models.split import copy_weights

FLOAT32 = "float32"


def float32_copy(model: keras.Model) -> keras.Model:
    """The same layers and weights, computing in float32 whatever the precision of the training was."""
    return _copy(model, _in_float32)


def deployable_copy(model: keras.Model) -> keras.Model:
    """A float32 copy that computes the same, of layers that converters understand.

    A Normalization keeps its statistics outside the graph, where the ONNX converter takes them for further
    inputs: a Rescaling by them takes its place.
    """
    return _copy(model, _convertible)


def _copy(model: keras.Model, copy_layer: Any) -> keras.Model:
    copy = keras.models.clone_model(model, clone_function=copy_layer)
    for source in model.layers:
        if source.weights:
            target = copy.get_layer(source.name)
            if type(target) is type(source):
                copy_weights(source, target)
    return copy


def _in_float32(layer: Any) -> Any:
    """A copy of a layer, or of an operation, which computes in the precision that it is given."""
    precision = {"dtype": FLOAT32} if isinstance(layer, keras.layers.Layer) else {}
    return type(layer).from_config({**layer.get_config(), **precision})


def _convertible(layer: Any) -> Any:
    if not isinstance(layer, keras.layers.Normalization):
        return _in_float32(layer)
    mean, variance = (
        np.asarray(keras.ops.convert_to_numpy(each), np.float64)[0] for each in (layer.mean, layer.variance)
    )
    deviation = np.maximum(np.sqrt(variance), keras.config.epsilon())
    scale, offset = (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)
    return keras.layers.Rescaling(scale.tolist(), offset.tolist(), name=layer.name, dtype=FLOAT32)
