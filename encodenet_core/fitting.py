"""One fit: a model, its batches and a recipe, with a report after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import keras

from encodenet_core.batches import TrainingBatches
from encodenet_core.config import TrainingConfig
from encodenet_core.errors import InfeasibleConfig, Stopped
from encodenet_core.recipes import FittedStage, build_optimizer

Report = Callable[[str, int, int, Mapping[str, float]], bool]
"""`report(stage, epoch, epochs, values)` after every epoch; the answer says whether to go on."""


def keep_silent(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
    """A report that nobody reads."""
    return True


@dataclass(frozen=True)
class FitSummary:
    """The mean training loss of every epoch and the seconds that the fit took."""

    losses: tuple[float, ...]
    seconds: float


def fit(
    model: keras.Model,
    batches: TrainingBatches,
    stage: FittedStage,
    training: TrainingConfig,
    loss: keras.losses.Loss,
    report: Report = keep_silent,
) -> FitSummary:
    """Train the model in place by the recipe of its stage.

    Raises:
        InfeasibleConfig: the loss is no longer a finite number.
        Stopped: the report answered that the fit should not go on.
    """
    started = perf_counter()
    model.compile(build_optimizer(stage, training, len(batches)), loss, jit_compile=False)
    losses: list[float] = []
    for epoch in range(training.epochs):
        batches.epoch = epoch
        losses.append(_run_epoch(model, batches))
        _check_finite(losses, stage, training)
        if not report(stage, epoch + 1, training.epochs, {"loss": losses[-1]}):
            raise Stopped(f"stopped after epoch {epoch + 1} of {training.epochs} of the {stage} stage")
    return FitSummary(tuple(losses), perf_counter() - started)


def _run_epoch(model: keras.Model, batches: TrainingBatches) -> float:
    """The mean loss of an epoch over its samples.

    A step at a time, because `Model.fit` on batches made in Python takes twice as long where a step is as
    small as one of the classifier stage, and no less where it is large; the weights are the same to the bit.
    """
    total = n_samples = 0.0
    for position in range(len(batches)):
        inputs, targets = batches[position]
        total += float(model.train_on_batch(inputs, targets)) * len(inputs)
        n_samples += len(inputs)
    return total / n_samples


def _check_finite(losses: Sequence[float], stage: str, training: TrainingConfig) -> None:
    if not math.isfinite(losses[-1]):
        raise InfeasibleConfig(
            f"the {stage} loss became {losses[-1]} in epoch {len(losses)} of {training.epochs}; "
            f"lower {stage}.training.learning_rate from {training.learning_rate:g}"
        )
