"""What TensorFlow is told itself: to trace steps once, and to run an epoch of them in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras

from encodenet_core.training.batches import TrainingBatches

Epoch = Callable[[], float]
"""Trains on the batches as they are set, and gives the mean loss over their samples."""


def trace_once(model: keras.Model) -> None:
    """Let the steps of a compiled model be traced for batches of any size.

    Keras would trace the smaller last batch of an epoch anew. They are the steps of the model itself. Their
    weights are those of Keras's to the bit where batches and maps have sizes that are powers of two, by which
    it is the same to divide and to multiply; else up to the rounding of a mean.
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


def epoch_in_one_call(model: keras.Model, batches: TrainingBatches) -> Epoch:
    """What trains a compiled model for an epoch on rows that stay in memory, its steps inside one call."""
    import tensorflow as tf

    rows = keras.tree.map_structure(tf.constant, batches.rows())
    n_samples, size, n_steps = len(batches.order), batches.batch_size, len(batches)

    def step(position: Any, order: Any, losses: Any) -> tuple[Any, Any, Any]:
        chosen = order[position * size : (position + 1) * size]
        model.reset_metrics()
        logs = model.train_step(keras.tree.map_structure(lambda each: tf.gather(each, chosen), rows))
        return position + 1, order, losses.write(position, logs["loss"])

    @tf.function(input_signature=[tf.TensorSpec((n_samples,), tf.int64)], autograph=False)  # type: ignore[untyped-decorator]
    def run(order: Any) -> Any:
        start = 0, order, tf.TensorArray(tf.float32, size=n_steps)
        return tf.while_loop(lambda position, *_: position < n_steps, step, start, parallel_iterations=1)[
            2
        ].stack()

    def epoch() -> float:
        return batches.mean_loss(run(batches.order).numpy())

    return epoch
