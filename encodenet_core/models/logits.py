"""A closing softmax taken off a classifier: EncodeNet's losses and entropies are those of logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from encodenet_core.errors import ConfigError
from encodenet_core.models.graph import Call, Tensor, ordered_calls

TWO_LOGITS = "end it in Dense(2): zeros as the weights of class 0, the present ones as those of class 1"
"""How a classifier of two classes by one number becomes one by two logits that predicts the same."""


class BareClassifier(NamedTuple):
    """A classifier of images to logits, and the function that made the model's own outputs of them."""

    model: keras.Model
    close: Callable[[Tensor], Tensor]


def take_softmax_off(model: keras.Model) -> BareClassifier:
    """The model up to its closing softmax, sharing its layers; one that has none comes back as it is.

    The softmax may be a layer, an operation, an `Activation` or the activation of the last `Dense`; a twin
    of that layer without it, of the same name and weights, takes its place.

    Raises:
        ConfigError: the model closes with a sigmoid.
    """
    call = ordered_calls(model.outputs)[-1]
    activation = _activation(call)
    if activation == "sigmoid":
        raise ConfigError(
            f"baseline {model.name!r} ends in the sigmoid of {call.operation.name!r}, but a logit for "
            "each class is expected; end it in a Dense layer without activation"
        )
    if activation != "softmax":
        return BareClassifier(model, lambda outputs: outputs)
    scores = call.input_tensors[0]
    if isinstance(call.operation, keras.layers.Dense):
        scores = _without_activation(call.operation, scores)
    bare = keras.Model(model.inputs[0], scores, name=model.name)
    return BareClassifier(bare, lambda outputs: keras.activations.softmax(outputs, axis=-1))


def _activation(call: Call) -> str | None:
    """What the last call closes with: `softmax` over the classes, `sigmoid`, or nothing known."""
    operation: Any = call.operation
    kinds = {keras.activations.softmax: "softmax", keras.activations.sigmoid: "sigmoid"}
    if isinstance(operation, keras.layers.Dense | keras.layers.Activation):
        return kinds.get(operation.activation)
    kind = type(operation).__name__
    if kind == "Softmax":
        return "softmax" if operation.axis in (-1, 1) else None
    return "sigmoid" if kind == "Sigmoid" else None


def _without_activation(layer: keras.layers.Dense, inputs: Tensor) -> Tensor:
    twin = type(layer).from_config({**layer.get_config(), "activation": None})
    outputs = twin(inputs)
    twin.set_weights(layer.get_weights())
    return outputs
