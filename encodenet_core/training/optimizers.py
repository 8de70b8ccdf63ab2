"""Optimizers and learning rates as recipes state them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from encodenet_core.config_training import BaselineTrainingConfig, TrainingConfig
from encodenet_core.models.saved_optimizer import SavedOptimizer
from encodenet_core.training.recipes import RECIPES, FittedStage, RecipeDetails

Schedule = Any
"""A Keras learning-rate schedule, a function of the step."""

MOMENTUM = 0.9


class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that falls by a factor from each milestone on, after a rise in a line from 0.

    Args:
        learning_rate: before the first milestone.
        milestones: the first steps of the lower rates.
        factor: by which the rate falls at each.
        warmup_steps: the rise reaches the rate in the last of them.
    """

    def __init__(
        self, learning_rate: float, milestones: Sequence[int], factor: float, warmup_steps: int = 0
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.milestones = list(milestones)
        self.factor = factor
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step, counted from 0."""
        step = keras.ops.cast(step, "float32")
        rate = keras.ops.cast(self.learning_rate, "float32")
        for milestone in self.milestones:
            rate = rate * keras.ops.where(step >= milestone, self.factor, 1.0)
        rise = keras.ops.minimum(1.0, (step + 1.0) / max(1, self.warmup_steps))
        return rate * rise if self.warmup_steps else rate

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            "learning_rate": self.learning_rate,
            "milestones": self.milestones,
            "factor": self.factor,
            "warmup_steps": self.warmup_steps,
        }


def _one_cycle(details: RecipeDetails, training: TrainingConfig, steps_per_epoch: int) -> Schedule:
    total_steps = training.epochs * steps_per_epoch
    warmup_steps = max(1, round(0.25 * total_steps))
    return keras.optimizers.schedules.CosineDecay(
        training.rate / 10,
        decay_steps=max(1, total_steps - warmup_steps),
        warmup_target=training.rate,
        warmup_steps=warmup_steps,
    )


def _steps(details: RecipeDetails, training: TrainingConfig, steps_per_epoch: int) -> Schedule:
    given = training.milestones if isinstance(training, BaselineTrainingConfig) else None
    epochs = given or [share * training.epochs for share in details.milestones]
    milestones = [round(epoch * steps_per_epoch) for epoch in epochs]
    warmup_steps = min(details.warmup_epochs, training.epochs - 1) * steps_per_epoch
    return StepDecay(training.rate, milestones, details.factor, warmup_steps)


def _cosine(details: RecipeDetails, training: TrainingConfig, steps_per_epoch: int) -> Schedule:
    total_steps = training.epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(training.rate, total_steps, alpha=0.01)


SCHEDULES: dict[str, Callable[[RecipeDetails, TrainingConfig, int], Schedule]] = {
    "one_cycle": _one_cycle,
    "steps": _steps,
    "cosine": _cosine,
}
"""From a recipe, its numbers and the steps of an epoch to the learning rate of every step of the fit."""


class CoupledDecaySGD(keras.optimizers.SGD):
    """SGD with momentum 0.9 and weight decay inside the gradient, where momentum amplifies it.

    The `weight_decay` argument of Keras is decoupled: with momentum 0.9 it is ten times weaker than the
    weight decay that training recipes state.
    """

    def __init__(
        self,
        learning_rate: Any,
        coupled_weight_decay: float,
        nesterov: bool = True,
        global_clipnorm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, momentum=MOMENTUM, nesterov=nesterov, global_clipnorm=global_clipnorm)
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
    stage: FittedStage, training: TrainingConfig, steps_per_epoch: int, saved: SavedOptimizer | None = None
) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe, or the one of a file, with the recipe's schedule over the whole fit."""
    details = RECIPES[stage][training.recipe]
    schedule = SCHEDULES[details.schedule](details, training, steps_per_epoch)
    return optimizer_with(schedule, stage, training, saved)


def optimizer_with(
    schedule: Schedule, stage: FittedStage, training: TrainingConfig, saved: SavedOptimizer | None = None
) -> keras.optimizers.Optimizer:
    """The optimizer of a recipe, or the one of a file, with any schedule.

    A recipe's weight decay and momentum are its optimizer's: one of a file brings its own.
    """
    details = RECIPES[stage][training.recipe]
    clipnorm = training.global_clipnorm if isinstance(training, BaselineTrainingConfig) else None
    if saved is not None:
        return saved.build(schedule, clipnorm)
    if details.optimizer == "adam":
        return keras.optimizers.Adam(schedule, global_clipnorm=clipnorm)
    return CoupledDecaySGD(schedule, details.weight_decay, details.nesterov, clipnorm)
