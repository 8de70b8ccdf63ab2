"""A Keras classifier as feature extractor and classification layers, and copies of either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError
from encodenet_core.models.cut import find_cut, named_cut
from encodenet_core.models.graph import calls_of_layers, is_graph, learns


class SplitClassifier(NamedTuple):
    """The two parts of a classifier; they share its layers, so weights set in one are set in the other.

    `cut` is the name of the layer whose output is the features.
    """

    feature_extractor: keras.Model
    classifier: keras.Model
    cut: str


def split_classifier(model: keras.Model, cut: str | None = None) -> SplitClassifier:
    """Cut a classifier after a spatial feature map.

    Args:
        model: one input of images `(batch, height, width, channels)`, one output of logits
            `(batch, num_classes)`.
        cut: name of the layer whose output is the features; None takes the last learnt map that all later
            computation depends on.

    Returns:
        The feature extractor, images to features `(batch, height, width, channels)`, and the classifier,
        features to logits. One after the other they compute what the model computes.

    Raises:
        ConfigError: the model has several inputs or outputs, no spatial map, no layer-by-layer graph, or
            cannot be cut at the named layer.
    """
    check_classifier(model)
    place = find_cut(model) if cut is None else named_cut(model, cut)
    return SplitClassifier(
        keras.Model(model.inputs[0], place.tensor, name="feature_extractor"),
        keras.Model(place.tensor, model.outputs[0], name="classifier"),
        place.layer,
    )


def check_classifier(model: keras.Model) -> None:
    """Refuse a model whose layers cannot be followed from one input to one output of logits."""
    if not is_graph(model):
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
    if len(model.outputs[0].shape) != 2:
        raise ConfigError(
            f"baseline {model.name!r} is no image classifier: expected are feature maps "
            "(batch, height, width, channels) and then logits (batch, num_classes), but it ends in "
            f"{tuple(model.outputs[0].shape)}"
        )


def split_leading_layers(classifier: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut the classification layers after the leading ones that compute the same thing in every epoch.

    A layer with weights or random numbers has variables. The cut is where a single tensor is all that the
    layers after it need.
    """
    nodes = [node for operation in classifier.operations for node in operation._inbound_nodes]
    cut = classifier.inputs[0]
    while True:
        followers = [node for node in nodes if any(tensor is cut for tensor in node.input_tensors)]
        if len(followers) != 1 or getattr(followers[0].operation, "variables", None):
            break
        cut = followers[0].outputs[0]
    return keras.Model(classifier.inputs[0], cut), keras.Model(cut, classifier.outputs[0])


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
    """Height of every feature map that the extractor learns to the channels of the deepest one of it.

    Maps smaller than the features, such as the single positions that scale channels, lie on no way back up.
    """
    learning = (call for call in calls_of_layers(feature_extractor.outputs) if learns(call.operation))
    shapes = [call.output_tensors[0].shape for call in learning]
    height = feature_extractor.outputs[0].shape[1]
    return {shape[1]: shape[-1] for shape in shapes if len(shape) == 4 and shape[1] >= height}
