"""Where a fit stands, on disk after an epoch, so that it can go on there after any kind of end."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from encodenet_core.io.plain_arrays import BrokenArrays, open_arrays
from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.weights import Weights, in_order, numbered

FILE_NAME = "checkpoint.npz"

_LOG = logging.getLogger("encodenet_core")


@dataclass(frozen=True, eq=False)
class FitSummary:
    """What a fit left beside the model.

    Attributes:
        losses: the mean training loss of every epoch.
        seconds: that the fit took.
        accuracies: on the validation inputs, after every epoch.
        selected_weights: the model's after the first of the epochs with the highest of these accuracies.
    """

    losses: tuple[float, ...]
    seconds: float
    accuracies: tuple[float, ...] = ()
    selected_weights: Weights | None = None


@dataclass(eq=False)
class Progress:
    """How far a fit has come.

    Attributes:
        losses: the mean training loss of every finished epoch.
        accuracies: the validation accuracy after each, where it is measured.
        seconds: that these epochs took, over all processes that had a part in them.
        selected_weights: those after the first epoch with the highest validation accuracy.
        average: of the weights after the last epochs, as many as are finished of those that count.
    """

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    selected_weights: Weights = field(default_factory=list)
    average: Weights = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.losses)

    def summary(self) -> FitSummary:
        """What is left of it once the fit is over."""
        selected = self.selected_weights or None
        return FitSummary(tuple(self.losses), self.seconds, tuple(self.accuracies), selected)


def save_checkpoint(folder: Path, model: keras.Model, progress: Progress, identity: str) -> None:
    """Write what a fit needs to go on: weights, moving statistics, random states, optimizer, progress.

    Not forced through to the disk, because that takes longer than many an epoch: what a power cut tears is
    found by its checksum.

    Args:
        folder: of this fit alone.
        model: compiled, its optimizer built.
        progress: after the last finished epoch.
        identity: of the fit; nothing else may go on from here.
    """
    numbers = {"losses": progress.losses, "accuracies": progress.accuracies, "seconds": progress.seconds}
    arrays = {
        "identity": np.array(identity),
        "progress": np.array(json.dumps(numbers)),
        **numbered("state", [keras.ops.convert_to_numpy(each) for each in _variables(model)]),
        **numbered("selected", progress.selected_weights),
        **numbered("average", progress.average),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"*-{FILE_NAME}"):
        left.unlink(missing_ok=True)  # of a process that was killed while it wrote
    temporary = folder / f"{os.getpid()}-{FILE_NAME}"
    try:
        np.savez(temporary, allow_pickle=False, **arrays)
        temporary.replace(folder / FILE_NAME)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(folder: Path, model: keras.Model, identity: str) -> Progress:
    """Bring the model to where the fit stood; without a usable checkpoint, leave it and start at the start.

    A checkpoint of another fit and a damaged one, which its checksums tell, are said and passed over.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Progress()
    try:
        with open_arrays(path) as arrays:
            found = str(arrays["identity"])
            numbers = parse_json(str(arrays["progress"]))
            state, selected, average = (in_order(name, arrays) for name in ("state", "selected", "average"))
    except (BrokenArrays, ValueError, KeyError) as error:
        _LOG.warning("%s is damaged (%s); the fit starts at its first epoch", path, error)
        return Progress()
    variables = _variables(model)
    shapes = [tuple(variable.shape) for variable in variables]
    if found != identity or [array.shape for array in state] != shapes:
        _LOG.warning("%s is of another fit than this; it starts at its first epoch", path)
        return Progress()
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)
    return Progress(numbers["losses"], numbers["accuracies"], numbers["seconds"], selected, average)


def _variables(model: keras.Model) -> list[Any]:
    return [*model.variables, *model.optimizer.variables]
