"""The classification part that is put on the frozen encoder (section 3.3)."""

from __future__ import annotations

from collections.abc import Callable

import keras

from encodenet_core.config_conversion import ClassificationPart
from encodenet_core.models.countable_layers import CountingLayers, MapShape
from encodenet_core.models.macs import count_macs
from encodenet_core.models.split import SplitClassifier, clone_afresh, copy_weights

SHARE_OF_CHANNELS = 4
"""The convolutional part has a filter for this many channels of the features."""


def renew_baseline_part(model: keras.Model, parts: SplitClassifier) -> tuple[keras.Model, SplitClassifier]:
    """The baseline's own classification layers with newly drawn weights: the same size (section 3.3)."""
    copy_weights(clone_afresh(parts.classifier), parts.classifier)
    return model, parts


def put_on_convolutional_part(
    model: keras.Model, parts: SplitClassifier
) -> tuple[keras.Model, SplitClassifier]:
    """A 3x3 convolution and a dense layer, beyond the paper: its result is not of the baseline's size.

    The paper speaks of "additional layers and filters derived from the classification layers"; the first
    author's earlier code put such a part on its encoder.
    """
    features, num_classes = parts.feature_extractor.outputs[0], model.outputs[0].shape[-1]
    filters = _filters(features.shape[-1])
    maps = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name="classification_map")
    x = keras.layers.Flatten(name="flattened")(maps(features))
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(x)
    whole = keras.Model(model.inputs[0], logits, name=f"{model.name}_convolutional")
    classifier = keras.Model(features, logits, name="classifier")
    return whole, parts._replace(classifier=classifier)


def _convolutional_macs(parts: SplitClassifier) -> int:
    features, num_classes = (
        MapShape(*parts.feature_extractor.outputs[0].shape[1:]),
        parts.classifier.outputs[0].shape[-1],
    )
    layers = CountingLayers()
    maps = layers.convolve(features, _filters(features.channels), 3, bias=True)
    return layers.macs + maps.size * int(num_classes)


def _filters(channels: int) -> int:
    return max(8, channels // SHARE_OF_CHANNELS)


CLASSIFICATION_PARTS: dict[
    ClassificationPart,
    Callable[[keras.Model, SplitClassifier], tuple[keras.Model, SplitClassifier]],
] = {
    "baseline": renew_baseline_part,
    "convolutional": put_on_convolutional_part,
}
"""From a classifier and its parts to one with a new classification part, and its parts."""

PART_MACS: dict[ClassificationPart, Callable[[SplitClassifier], int]] = {
    "baseline": lambda parts: count_macs(parts.classifier),
    "convolutional": _convolutional_macs,
}
"""From the parts of a baseline to the multiply-accumulates of one image in a new part; nothing is built."""
