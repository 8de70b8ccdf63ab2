"""Training steps that TensorFlow traces once: Keras would trace the smaller last batch of an epoch anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras


def trace_once(model: keras.Model) -> None:
    """Let the steps of a compiled model be traced for batches of any size, on TensorFlow.

    They are the steps of the model itself. Their weights are those of Keras's to the bit where batches and
    maps have sizes that are powers of two, by which it is the same to divide and to multiply; else up to the
    rounding of a mean.
    """
    import tensorflow as tf

    def step(data: tuple[Any, ...]) -> dict[str, Any]:
        logs: dict[str, Any] = model.train_step(data)
        return logs

    def of_any_size(array: Any) -> Any:
        return tf.TensorSpec((None, *array.shape[1:]), array.dtype)

    traced: Any = None

    def train(batches: Iterator[tuple[Any, ...]]) -> dict[str, Any]:
        nonlocal traced
        data = tuple(part for part in next(batches) if part is not None)
        if traced is None:
            signature = keras.tree.map_structure(of_any_size, data)
            traced = tf.function(step, input_signature=[signature], autograph=False)
        logs: dict[str, Any] = traced(data)
        return logs

    model.train_function = train
