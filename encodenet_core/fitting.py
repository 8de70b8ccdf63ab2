"""One fit: a model, its batches and a recipe, with a report after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

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
    watcher = _EpochWatcher(batches, stage, training, report)
    model.fit(batches, epochs=training.epochs, shuffle=False, verbose=0, callbacks=[watcher])
    return FitSummary(tuple(watcher.losses), perf_counter() - started)


class _EpochWatcher(keras.callbacks.Callback):
    """Tells the batches which epoch it is, and the caller how it went."""

    def __init__(
        self, batches: TrainingBatches, stage: str, training: TrainingConfig, report: Report
    ) -> None:
        super().__init__()
        self.losses: list[float] = []
        self._batches = batches
        self._stage = stage
        self._training = training
        self._report = report

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            raise InfeasibleConfig(
                f"the {self._stage} loss became {loss} in epoch {epoch + 1} of {self._training.epochs}; "
                f"lower {self._stage}.training.learning_rate from {self._training.learning_rate:g}"
            )
        self.losses.append(loss)
        if not self._report(self._stage, epoch + 1, self._training.epochs, {"loss": loss}):
            raise Stopped(
                f"stopped after epoch {epoch + 1} of {self._training.epochs} of the {self._stage} stage"
            )
