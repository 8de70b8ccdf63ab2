"""Any functional or sequential Keras classifier as feature extractor and classification layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError


class SplitClassifier(NamedTuple):
    """The two parts of a classifier; they share its layers, so weights set in one are set in the other."""

    feature_extractor: keras.Model
    classifier: keras.Model


def split_classifier(model: keras.Model) -> SplitClassifier:
    """Cut a classifier after its last spatial feature map.

    Args:
        model: one input of images `(batch, height, width, channels)`, one output of logits
            `(batch, num_classes)`.

    Returns:
        The feature extractor, images to features `(batch, height, width, channels)`, and the classifier,
        features to logits. One after the other they compute what the model computes.

    Raises:
        ConfigError: the model has several inputs or outputs, no spatial map, or no layer-by-layer graph.
    """
    _check_graph(model)
    maps = _last_maps(model.outputs[0])
    _check_maps(model, maps)
    return SplitClassifier(
        keras.Model(model.inputs[0], maps[0], name="feature_extractor"),
        keras.Model(maps[0], model.outputs[0], name="classifier"),
    )


def _check_graph(model: keras.Model) -> None:
    """Refuse a model whose layers cannot be followed from one input to one output."""
    if not isinstance(model, keras.Sequential) and not hasattr(model, "operations"):
        raise ConfigError(
            f"baseline {model.name!r} is a {type(model).__name__}; "
            "expected is a functional or sequential model"
        )
    if not model.built:
        raise ConfigError(
            f"baseline {model.name!r} does not know the shape of its images; start it with keras.Input(...)"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConfigError(
            f"baseline {model.name!r} has {len(model.inputs)} inputs and {len(model.outputs)} outputs; "
            "expected is a classifier with one of each"
        )


def _check_maps(model: keras.Model, maps: list[Any]) -> None:
    """Refuse logits that are computed from the images themselves, or from several maps."""
    images_alone = all(isinstance(_layer(features), keras.layers.InputLayer) for features in maps)
    if images_alone or len(model.outputs[0].shape) != 2:
        raise ConfigError(
            f"baseline {model.name!r} is no image classifier: expected are feature maps "
            f"(batch, height, width, channels) and then logits (batch, num_classes), but it ends in "
            f"{tuple(model.outputs[0].shape)}"
        )
    if len(maps) > 1:
        names = " and ".join(repr(_layer(features).name) for features in maps)
        raise ConfigError(
            f"baseline {model.name!r} has paths around its last feature map, from {names} to its logits; "
            "expected is a classifier whose logits depend on one map alone"
        )


def _last_maps(logits: Any) -> list[Any]:
    """The maps `(batch, height, width, channels)` from which the logits are computed without another map.

    They are read from the graph: a layer that is used twice, or a model inside the model, does not know
    which of its outputs is meant.
    """
    found: dict[int, Any] = {}
    waiting = [logits]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) not in found:
            found[id(tensor)] = tensor
            if len(tensor.shape) != 4:
                history = tensor._keras_history
                waiting.extend(history.operation._inbound_nodes[history.node_index].input_tensors)
    return [tensor for tensor in found.values() if len(tensor.shape) == 4]


def _layer(tensor: Any) -> keras.layers.Layer:
    return tensor._keras_history.operation


def _gives_features(layer: keras.layers.Layer) -> bool:
    if isinstance(layer, keras.layers.InputLayer):
        return False
    output = layer.output
    return hasattr(output, "shape") and len(output.shape) == 4


def clone_with_weights(model: keras.Model) -> keras.Model:
    """A copy that shares nothing with the model: training it leaves the model as it is."""
    copy = keras.models.clone_model(model)
    copy_weights(model, copy)
    return copy


def clone_afresh(model: keras.Model) -> keras.Model:
    """A copy with newly drawn weights that still knows the statistics of the images it was made for."""
    copy = keras.models.clone_model(model)
    for source, target in zip(_normalizations(model), _normalizations(copy), strict=True):
        copy_weights(source, target)
    return copy


def copy_weights(source: keras.layers.Layer, target: keras.layers.Layer) -> None:
    """Give a layer or model the weights of another one of the same structure."""
    set_weights(target, source.get_weights())


def set_weights(layer: keras.layers.Layer, weights: Sequence[NDArray[Any]]) -> None:
    """Give a layer or model these weights.

    Normalization keeps what it computes with beside its weights, and does not notice that these change.
    """
    layer.set_weights(weights)
    for normalization in _normalizations(layer):
        normalization.finalize_state()


def _normalizations(layer: keras.layers.Layer) -> list[keras.layers.Normalization]:
    if isinstance(layer, keras.layers.Normalization):
        return [layer]
    inner = layer.layers if isinstance(layer, keras.Model) else []
    return [found for each in inner for found in _normalizations(each)]


def feature_map_widths(feature_extractor: keras.Model) -> dict[int, int]:
    """Height of every feature map that the extractor learns to the channels of the deepest one of it."""
    return {
        layer.output.shape[1]: layer.output.shape[-1]
        for layer in feature_extractor.layers
        if layer.weights and _gives_features(layer) and not isinstance(layer, keras.layers.Normalization)
    }
