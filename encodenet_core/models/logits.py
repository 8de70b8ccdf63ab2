"""What closes a classifier taken off: EncodeNet's losses and entropies are those of logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from encodenet_core.errors import ConfigError
from encodenet_core.models.graph import Call, Tensor, ordered_calls

_ROUNDING = 1e-5
"""Of float32, for numbers near 1."""


class BareClassifier(NamedTuple):
    """A classifier of images to logits, and the function that made the model's own outputs of them.

    `tolerance` is how far these may be off: not at all, but where a product with other columns is added up
    in another order.
    """

    model: keras.Model
    close: Callable[[Tensor], Tensor]
    tolerance: float = 0.0


def take_closing_off(model: keras.Model) -> BareClassifier:
    """The model up to its closing softmax, sharing its layers; one that has none comes back as it is.

    The softmax may be a layer, an operation, an `Activation` or the activation of the last `Dense`; a twin
    of that layer without it, of the same name and weights, takes its place. One number for two classes,
    closed by a sigmoid or not, becomes two logits that predict the same: 0 for class 0, it for class 1.

    Raises:
        ConfigError: the model closes several classes with a sigmoid.
    """
    call, activation = ordered_calls(model.outputs)[-1], closing_of(model)
    if model.outputs[0].shape[-1] == 1:
        return _with_two_logits(model, call, activation)
    if activation != "softmax":
        return BareClassifier(model, lambda outputs: outputs)
    scores = call.input_tensors[0]
    if isinstance(call.operation, keras.layers.Dense):
        scores = _without_activation(call.operation, scores)
    bare = keras.Model(model.inputs[0], scores, name=model.name)
    return BareClassifier(bare, lambda outputs: keras.activations.softmax(outputs, axis=-1))


def closing_of(model: keras.Model) -> str | None:
    """What a classifier closes with: `softmax`, `sigmoid` for two classes, or nothing known.

    Raises:
        ConfigError: the model closes several classes with a sigmoid.
    """
    call = ordered_calls(model.outputs)[-1]
    activation = _activation(call)
    if activation == "sigmoid" and model.outputs[0].shape[-1] != 1:
        raise ConfigError(
            f"baseline {model.name!r} ends in the sigmoid of {call.operation.name!r}, but a logit for "
            "each class is expected; end it in a Dense layer without activation"
        )
    return activation


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


def _with_two_logits(model: keras.Model, call: Call, activation: str | None) -> BareClassifier:
    """The last `Dense` with a second column, of zeros; where something else comes last, one is added."""
    if activation == "sigmoid" and not isinstance(call.operation, keras.layers.Dense):
        *_, call = ordered_calls(call.input_tensors)
    last: Any = call.operation
    if isinstance(last, keras.layers.Dense):
        inputs = call.input_tensors[0]
        twin = keras.layers.Dense(2, use_bias=last.use_bias, dtype=last.dtype_policy, name=last.name)
        weights = [keras.ops.convert_to_numpy(weight) for weight in last.weights]
    else:
        inputs = call.output_tensors[0]
        twin = keras.layers.Dense(2, use_bias=False, name="two_logits")
        weights = [np.ones((1, 1), np.float32)]
    outputs = twin(inputs)
    twin.set_weights([np.concatenate([np.zeros_like(weight), weight], axis=-1) for weight in weights])

    def close(logits: Tensor) -> Tensor:
        margin = logits[..., 1:] - logits[..., :1]
        return margin if activation is None else keras.activations.sigmoid(margin)

    bare = keras.Model(model.inputs[0], outputs, name=model.name)
    return BareClassifier(bare, close, tolerance=_ROUNDING)
