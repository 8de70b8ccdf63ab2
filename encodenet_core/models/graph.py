"""A Keras model read as a graph of calls: the layers that it computes with, in the order of computation.

A call is what Keras names a node: an operation, the tensors that go in and those that come out. A layer that
is used twice is called twice, and does not know itself which of its outputs is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras

Call = Any
Tensor = Any


def ordered_calls(outputs: Sequence[Tensor]) -> list[Call]:
    """The calls that these symbolic tensors are computed by, each after those that it depends on."""
    ordered: list[Call] = []
    placed: set[int] = set()
    waiting = [_call_of(tensor) for tensor in reversed(outputs)]
    while waiting:
        call = waiting[-1]
        unplaced = [parent for parent in call.parent_nodes if id(parent) not in placed]
        if id(call) in placed or not unplaced:
            waiting.pop()
            if id(call) not in placed:
                placed.add(id(call))
                ordered.append(call)
        else:
            waiting.extend(reversed(unplaced))
    return ordered


def calls_of_layers(outputs: Sequence[Tensor]) -> Iterator[Call]:
    """The same, where a model inside the model stands for its own calls."""
    for call in ordered_calls(outputs):
        if is_graph(call.operation):
            yield from calls_of_layers(call.operation.outputs)
        else:
            yield call


def is_graph(operation: Any) -> bool:
    """Whether an operation is a functional or sequential model, whose layers can be followed."""
    return isinstance(operation, keras.Sequential) or (
        isinstance(operation, keras.Model) and hasattr(operation, "operations")
    )


def learns(operation: Any) -> bool:
    """Whether an operation computes with weights that training gives it; statistics of images are none."""
    if is_graph(operation):
        return any(learns(layer) for layer in operation.layers)
    return bool(getattr(operation, "weights", ())) and not isinstance(operation, keras.layers.Normalization)


def _call_of(tensor: Tensor) -> Call:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
