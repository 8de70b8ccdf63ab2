"""The optimizer that a model's file says it was trained by, read as plain numbers and never as code."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.file_kinds import kind_of
from encodenet_core.models.foreign_code import DEEPEST_CONFIG
from encodenet_core.models.hdf5_files import hdf5_note
from encodenet_core.models.keras_notes import keras_note

OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta", "Ftrl", "Lion")
"""Classes of Keras that a file may name; by any other a model is not trained on."""

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_LEFT_OUT = {
    "name", "learning_rate", "use_ema", "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor",
    "gradient_accumulation_steps",
}  # fmt: skip
_FIRST_RATES = ("warmup_target", "initial_learning_rate")
"""Where the schedules of Keras keep the highest rate that they reach."""


@dataclass(frozen=True)
class SavedOptimizer:
    """What a file says of the training of its model.

    Attributes:
        name: of a class in `keras.optimizers`.
        learning_rate: what the training started from; None where the file does not say.
        settings: the other numbers that the class takes.
    """

    name: str
    learning_rate: float | None = None
    settings: Mapping[str, float | bool] = field(default_factory=dict)

    def build(self, schedule: Any, global_clipnorm: float | None = None) -> keras.optimizers.Optimizer:
        """The optimizer with another schedule of its learning rate; a clipping of ours replaces the file's.

        Raises:
            ValueError: Keras does not take the numbers.
        """
        settings = dict(self.settings)
        if global_clipnorm is not None:
            settings = {name: value for name, value in settings.items() if name not in CLIPPING}
            settings["global_clipnorm"] = global_clipnorm
        return getattr(keras.optimizers, self.name)(schedule, **settings)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def read_saved_optimizer(path: Path) -> SavedOptimizer | None:
    """The optimizer in a file that `load_model` takes; None where it names none of Keras's."""
    described = _described(path)
    named = described.get("class_name") if isinstance(described, Mapping) else None
    if named not in OPTIMIZERS or not isinstance(described.get("config"), Mapping):
        return None
    known = set(inspect.signature(getattr(keras.optimizers, named)).parameters) - _LEFT_OUT
    config = described["config"]
    settings = {name: value for name, value in config.items() if name in known and _is_number(value)}
    optimizer = SavedOptimizer(named, _first_rate(config.get("learning_rate", config.get("lr"))), settings)
    try:
        optimizer.build(optimizer.learning_rate or 1e-3)
    except (ValueError, TypeError):
        return None
    return optimizer


def _described(path: Path) -> Any:
    """The description of the optimizer as the file holds it; None where there is none that can be read."""
    try:
        if kind_of(path) == "keras":
            return keras_note(path, "config.json").get("compile_config").get("optimizer")
        return parse_json(hdf5_note(path, "training_config").encode(), DEEPEST_CONFIG).get("optimizer_config")
    except (OSError, KeyError, ValueError, AttributeError):
        return None


def _first_rate(described: Any) -> float | None:
    """A rate, or the highest of a schedule as far as Keras's own say it."""
    if isinstance(described, Mapping):
        config = described.get("config")
        if not isinstance(config, Mapping):
            return None
        listed = config.get("values")
        candidates = [config.get(name) for name in _FIRST_RATES]
        candidates += listed[:1] if isinstance(listed, list) else []
        return next((rate for each in candidates if (rate := _first_rate(each)) is not None), None)
    if isinstance(described, bool) or not _is_number(described) or not 0 < described <= 100:
        return None
    return float(f"{described:.7g}")  # what it was before it became a float32


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
