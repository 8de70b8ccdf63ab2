"""What the name of a recipe means at each stage: optimizer, schedule, weight decay, label smoothing.

`fast` is one cycle of the learning rate (Smith 2018), the way to the most accuracy in few epochs that the
DAWNBench and airbench records take. `paper` is the paper's section 4.1, completed where it is silent: see
each entry. Epochs, batch size and learning rate are the config's (`config.TRAINING_DEFAULTS`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras

from encodenet_core.config import Recipe, TrainingConfig

FittedStage = Literal["baseline", "autoencoder", "classifier"]
Schedule = Any
"""A Keras learning-rate schedule, a function of the step."""


@dataclass(frozen=True)
class RecipeDetails:
    """Weight decay is coupled (L2 in the gradient); label smoothing is for classifiers."""

    optimizer: Literal["sgd", "adam"]
    schedule: Literal["one_cycle", "steps", "cosine"]
    weight_decay: float = 0.0
    label_smoothing: float = 0.0


RECIPES: dict[FittedStage, dict[Recipe, RecipeDetails]] = {
    "baseline": {
        "fast": RecipeDetails("sgd", "one_cycle", weight_decay=5e-4, label_smoothing=0.1),
        "paper": RecipeDetails("sgd", "steps", weight_decay=1e-4),
    },
    "autoencoder": {
        "fast": RecipeDetails("adam", "one_cycle"),
        "paper": RecipeDetails("adam", "cosine"),
    },
    "classifier": {
        "fast": RecipeDetails("sgd", "one_cycle", weight_decay=1e-4, label_smoothing=0.1),
        "paper": RecipeDetails("sgd", "cosine", weight_decay=1e-4),
    },
}


def _one_cycle(learning_rate: float, total_steps: int) -> Schedule:
    warmup_steps = max(1, round(0.25 * total_steps))
    return keras.optimizers.schedules.CosineDecay(
        learning_rate / 10,
        decay_steps=max(1, total_steps - warmup_steps),
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
    )


def _steps(learning_rate: float, total_steps: int) -> Schedule:
    boundaries = [round(0.5 * total_steps), round(0.75 * total_steps)]
    values = [learning_rate, learning_rate / 10, learning_rate / 100]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values)


def _cosine(learning_rate: float, total_steps: int) -> Schedule:
    return keras.optimizers.schedules.CosineDecay(learning_rate, total_steps, alpha=0.01)


SCHEDULES: dict[str, Callable[[float, int], Schedule]] = {
    "one_cycle": _one_cycle,
    "steps": _steps,
    "cosine": _cosine,
}


class CoupledDecaySGD(keras.optimizers.SGD):
    """SGD with momentum 0.9 and weight decay inside the gradient, where momentum amplifies it.

    The `weight_decay` argument of Keras is decoupled: with momentum 0.9 it is ten times weaker than the
    weight decay that training recipes state.
    """

    def __init__(self, learning_rate: Any, coupled_weight_decay: float, nesterov: bool = True) -> None:
        super().__init__(learning_rate, momentum=0.9, nesterov=nesterov)
        self.coupled_weight_decay = coupled_weight_decay

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        """Add the decay of every variable, scales and biases included, to its gradient; then update."""
        variables = self._trainable_variables if trainable_variables is None else trainable_variables
        decay = self.coupled_weight_decay
        return super().apply(
            [grad + decay * keras.ops.convert_to_tensor(v) for grad, v in zip(grads, variables, strict=True)],
            trainable_variables,
        )


def build_optimizer(
    stage: FittedStage, training: TrainingConfig, steps_per_epoch: int
) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe, its schedule spread over the whole fit."""
    details = RECIPES[stage][training.recipe]
    schedule = SCHEDULES[details.schedule](training.learning_rate, training.epochs * steps_per_epoch)
    if details.optimizer == "adam":
        return keras.optimizers.Adam(schedule)
    return CoupledDecaySGD(schedule, details.weight_decay)
