"""One fit: a model, its batches and a recipe, with a report and a checkpoint after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import ComputeConfig, stable_hash
from encodenet_core.config_training import TrainingConfig
from encodenet_core.errors import Diverged, Stopped
from encodenet_core.models.inference import predict
from encodenet_core.models.saved_optimizer import SavedOptimizer
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.checkpoints import FitSummary, Progress, load_checkpoint, save_checkpoint
from encodenet_core.training.epochs import build_epoch
from encodenet_core.training.optimizers import build_optimizer
from encodenet_core.training.recipes import FittedStage
from encodenet_core.training.tracing import trace_once
from encodenet_core.training.watch import Report, keep_silent

CHECKPOINT_SHARE = 0.1
"""The most of a fit's time that its checkpoints may take: where epochs are shorter, some go without."""


@dataclass(frozen=True, eq=False)
class FitPlan:
    """How to fit.

    Attributes:
        stage: whose recipe is meant.
        training: the recipe and its numbers.
        compute: how the backend computes.
        checkpoint: the folder in which to keep, and to look for, where the fit stands.
        validation: inputs `(n_validation, ...)` and labels `(n_validation,)` by whose accuracy an epoch is
            selected beside the last one; only for models that end in logits.
        judged: the part of the model that ends in logits and is the result; None is all of it.
        until: the epoch after which the fit ends, in the middle of the schedule of the whole; None is the
            last.
        measure: gives what to report of an epoch beside its loss, by the epoch's number, from 1.
        optimizer: of a model's file, in the place of the recipe's.
        name: of the fit in reports and messages, where it is not its stage's.
    """

    stage: FittedStage
    training: TrainingConfig
    compute: ComputeConfig = ComputeConfig()
    checkpoint: Path | None = None
    validation: tuple[NDArray[np.generic], NDArray[np.int64]] | None = None
    judged: keras.Model | None = None
    until: int | None = None
    measure: Callable[[int], Mapping[str, float]] | None = None
    optimizer: SavedOptimizer | None = None
    name: str = ""


def fit(
    model: keras.Model, batches: TrainingBatches, loss: Any, plan: FitPlan, report: Report = keep_silent
) -> FitSummary:
    """Train the model in place by the recipe of its stage, from where an earlier fit of the same plan ended.

    Args:
        model: of the structure and with the weights that the first epoch starts from.
        batches: of the training split.
        loss: what `keras.Model.compile` takes as a loss.
        plan: how.
        report: is told about every epoch, the restored ones excepted.

    Raises:
        Diverged: the loss is no longer a finite number.
        Stopped: the report answered that the fit should not go on.
    """
    name, epochs = plan.name or plan.stage, plan.training.epochs
    end = min(epochs, plan.until or epochs)
    optimizer = build_optimizer(plan.stage, plan.training, len(batches), plan.optimizer)
    compile_model(model, optimizer, plan.compute, loss)
    checkpoints = _Checkpoints(model, batches, plan)
    progress = checkpoints.load()
    run_epoch = build_epoch(model, batches, plan.compute)
    for epoch in range(progress.epoch, end):
        started = perf_counter()
        batches.epoch = epoch
        _seed_dropout(batches)
        progress.losses.append(run_epoch())
        _average(model, plan, progress)
        _check_finite(progress.losses, name, plan.training)
        values = {"loss": progress.losses[-1], **_validate(model, plan, progress)}
        progress.seconds += perf_counter() - started
        values |= plan.measure(epoch + 1) if plan.measure else {}
        goes_on = report(name, epoch + 1, epochs, values)
        checkpoints.save(progress, surely=not goes_on or epoch + 1 == end)
        if not goes_on:
            raise Stopped(f"stopped after epoch {epoch + 1} of {epochs} of the {name} stage")
    if progress.average and end == epochs:
        model.set_weights(progress.average)
    return progress.summary()


def compile_model(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, compute: ComputeConfig, loss: Any
) -> None:
    """Make a model ready to be trained."""
    # Step by step, without a compiler, JAX takes six times as long as with it.
    backend = keras.backend.backend()
    jit_compile = compute.jit_compile or backend == "jax"
    model.compile(optimizer, loss, jit_compile=jit_compile)
    model.optimizer.build(model.trainable_variables)
    if backend == "tensorflow" and not jit_compile:  # XLA compiles for one size of batches
        trace_once(model)


class _Checkpoints:
    """The checkpoints of one fit, as often as they are cheap beside its epochs."""

    def __init__(self, model: keras.Model, batches: TrainingBatches, plan: FitPlan) -> None:
        self._model, self._folder = model, plan.checkpoint
        what = {
            "stage": plan.stage,
            "training": plan.training.identity(),
            "compute": plan.compute.model_dump(mode="json"),
            **({"optimizer": plan.optimizer.to_json()} if plan.optimizer else {}),
            "batches": batches.identity,
            "shapes": [list(variable.shape) for variable in model.variables],
        }
        self._identity = stable_hash(what)
        self._ended, self._seconds = -math.inf, 0.0

    def load(self) -> Progress:
        return load_checkpoint(self._folder, self._model, self._identity) if self._folder else Progress()

    def save(self, progress: Progress, *, surely: bool) -> None:
        started = perf_counter()
        cheap = self._seconds <= CHECKPOINT_SHARE * (started - self._ended)
        if self._folder and (cheap or surely):
            save_checkpoint(self._folder, self._model, progress, self._identity)
            self._ended = perf_counter()
            self._seconds = self._ended - started


def _seed_dropout(batches: TrainingBatches) -> None:
    """Let an epoch's dropout depend on its seed and number alone on PyTorch too.

    There a dropout layer without a seed of its own draws from a generator that runs on and is part of no
    model; elsewhere its state is a variable, and so in every checkpoint.
    """
    if keras.backend.backend() == "torch":
        rng = np.random.default_rng((batches.seed, batches.epoch))
        keras.utils.set_random_seed(int(rng.integers(2**31)))


def _average(model: keras.Model, plan: FitPlan, progress: Progress) -> None:
    """Take the weights of an epoch into the average, moving statistics too, where it is one of the last."""
    count = progress.epoch - (plan.training.epochs - plan.training.averaged_epochs)
    if plan.training.averaged_epochs and count > 0:
        weights, average = model.get_weights(), progress.average
        progress.average = [
            mean + (weight - mean) / count for mean, weight in zip(average or weights, weights, strict=True)
        ]


def _validate(model: keras.Model, plan: FitPlan, progress: Progress) -> dict[str, float]:
    """Measure the validation accuracy and keep the weights where it is the highest so far."""
    if plan.validation is None:
        return {}
    inputs, labels = plan.validation
    judged = plan.judged or model
    accuracy = float(np.mean(predict(judged, inputs).argmax(axis=1) == labels))
    if accuracy > max(progress.accuracies, default=-1.0):
        progress.selected_weights = [np.array(weight) for weight in judged.get_weights()]
    progress.accuracies.append(accuracy)
    return {"validation_accuracy": accuracy}


def _check_finite(losses: Sequence[float], name: str, training: TrainingConfig) -> None:
    if not math.isfinite(losses[-1]):
        raise Diverged(
            f"the {name} loss became {losses[-1]} in epoch {len(losses)} of {training.epochs}; "
            f"lower {name}.training.learning_rate from {training.rate:g}"
        )
