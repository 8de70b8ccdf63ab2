"""An epoch of training: a step at a time, or all of its steps in one compiled call, a loop a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from encodenet_core.config import ComputeConfig
from encodenet_core.training.batches import TrainingBatches

Epoch = Callable[[], float]
"""Trains on the batches as they are set, and gives the mean loss over their samples."""

MOST_BYTES = 256_000_000
"""Of inputs that a loop over rows keeps a second time."""


def build_epoch(model: keras.Model, batches: TrainingBatches, compute: ComputeConfig) -> Epoch:
    """What trains a compiled model for an epoch.

    Where every epoch has the same rows in another order, and a step is small, what is between the steps takes
    longer than they do: those are one call, with the weights and losses of single steps to the bit.
    """
    loop = None if compute.jit_compile else LOOPS.get(keras.backend.backend())
    # The losses of several outputs are built by the first single step.
    fits = len(model.outputs) == 1 and not batches.is_augmented and batches.n_bytes <= MOST_BYTES
    if loop is None or not fits:
        return lambda: run_steps(model, batches)
    return loop(model, batches)


def run_steps(model: keras.Model, batches: TrainingBatches) -> float:
    """An epoch a step at a time.

    By ourselves, because `Model.fit` on batches made in Python takes twice as long where a step is as small
    as one of the classifier stage, and no less where it is large; the weights are the same to the bit.
    """
    total = n_samples = 0.0
    for position in range(len(batches)):
        inputs, *targets = batches[position]
        logs = model.train_on_batch(inputs, *targets, return_dict=True)
        total += float(logs["loss"]) * len(inputs)
        n_samples += len(inputs)
    return total / n_samples


def _loop_of_tensorflow(model: keras.Model, batches: TrainingBatches) -> Epoch:
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
        sizes = [min(size, n_samples - size * position) for position in range(n_steps)]
        losses = run(batches.order).numpy()
        return sum(float(loss) * of_step for loss, of_step in zip(losses, sizes, strict=True)) / n_samples

    return epoch


LOOPS: dict[str, Callable[[keras.Model, TrainingBatches], Epoch]] = {"tensorflow": _loop_of_tensorflow}
"""For inputs in memory; a backend that is not here goes step by step."""
