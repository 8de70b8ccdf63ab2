"""What JAX is told itself: to run an epoch of steps in one call."""

from __future__ import annotations

from typing import Any

import keras

from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.tracing import Epoch


def epoch_in_one_scan(model: keras.Model, batches: TrainingBatches) -> Epoch:
    """What trains a compiled model for an epoch on rows that stay in memory, its steps inside one call."""
    import jax

    everything = jax.tree.map(jax.numpy.asarray, batches.rows())
    size = batches.batch_size
    n_full, left = divmod(len(batches.order), size)
    variables = [model.trainable_variables, model.non_trainable_variables, model.optimizer.variables]

    def run(state: Any, metrics: Any, rows: Any, order: Any) -> Any:
        def step(state: Any, chosen: Any) -> Any:
            batch = jax.tree.map(lambda each: each[chosen], rows)
            logs, (*changed, _) = model.train_step((*state, metrics), batch)
            return changed, logs["loss"]

        state, losses = jax.lax.scan(step, state, order[: n_full * size].reshape(n_full, size))
        if not left:
            return state, losses
        state, last = step(state, order[n_full * size :])
        return state, jax.numpy.append(losses, last)

    compiled = jax.jit(run)

    def epoch() -> float:
        model.reset_metrics()
        state = [[variable.value for variable in some] for some in variables]
        metrics = [variable.value for variable in model.metrics_variables]
        state, losses = compiled(state, metrics, everything, batches.order)
        for some, values in zip(variables, state, strict=True):
            for variable, value in zip(some, values, strict=True):
                variable.assign(value)
        return batches.mean_loss(keras.ops.convert_to_numpy(losses))

    return epoch
