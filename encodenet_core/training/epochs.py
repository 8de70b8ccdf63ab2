"""An epoch of training: a step at a time, or all of its steps in one compiled call, a loop a backend."""

from __future__ import annotations

from collections.abc import Callable

import keras

from encodenet_core.config import ComputeConfig
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.scanning import epoch_in_one_scan
from encodenet_core.training.tracing import Epoch, epoch_in_one_call

MOST_BYTES = 256_000_000
"""Of inputs that a loop over rows keeps a second time."""


def build_epoch(model: keras.Model, batches: TrainingBatches, compute: ComputeConfig) -> Epoch:
    """What trains a compiled model for an epoch.

    Where every epoch has the same rows in another order, and a step is small, what is between the steps takes
    longer than they do: those are one call, with the weights and losses of single steps to the bit.
    """
    backend = keras.backend.backend()
    loop = None if compute.jit_compile else LOOPS.get(backend)
    # The losses of several outputs are built by the first single step.
    fits = len(model.outputs) == 1 and not batches.is_augmented and batches.n_bytes <= MOST_BYTES
    # Inside a loop, XLA computes convolutions on a processor many times as slowly, and rounds otherwise.
    slow = backend == "jax" and batches.has_maps
    if loop is None or slow or not fits:
        return lambda: run_steps(model, batches)
    return loop(model, batches)


def run_steps(model: keras.Model, batches: TrainingBatches) -> float:
    """An epoch a step at a time.

    By ourselves, because `Model.fit` on batches made in Python takes twice as long where a step is as small
    as one of the classifier stage, and no less where it is large; the weights are the same to the bit.
    """
    each = (batches[position] for position in range(len(batches)))
    return batches.mean_loss(model.train_on_batch(*batch, return_dict=True)["loss"] for batch in each)


LOOPS: dict[str, Callable[[keras.Model, TrainingBatches], Epoch]] = {
    "tensorflow": epoch_in_one_call,
    "jax": epoch_in_one_scan,
}
"""For inputs in memory; a backend that is not here goes step by step."""
