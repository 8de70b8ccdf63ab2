"""The shape of the images that a model file takes, by its config alone: Keras is not loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.file_kinds import kind_of
from encodenet_core.models.foreign_code import DEEPEST_CONFIG
from encodenet_core.models.hdf5_files import hdf5_note
from encodenet_core.models.keras_notes import keras_note

_NAMES = ("batch_shape", "batch_input_shape", "build_input_shape")
"""Under which Keras 3, Keras 2 and a sequential model without an input layer write it."""


def input_shape_of(path: Path) -> tuple[int | None, int | None, int | None] | None:
    """`(height, width, channels)`, None for what a model leaves open; None where the file does not say.

    What is wrong with a file is told by who loads it.
    """
    try:
        found = _shape_in(_config(path))
    except Exception:  # a bad file may hold anything
        return None
    if not isinstance(found, Sequence) or len(found) != 4:
        return None
    sides = [side if isinstance(side, int) and side > 0 else None for side in found[1:]]
    return sides[0], sides[1], sides[2]


def _config(path: Path) -> Any:
    kind = kind_of(path) if path.is_file() else None
    if kind == "hdf5":
        return parse_json(hdf5_note(path, "model_config"), DEEPEST_CONFIG)
    return keras_note(path, "config.json") if kind == "keras" else None


def _shape_in(model: Any) -> Any:
    """The batch shape of a model's images: its own, or that of the layer that it begins with."""
    settings = model["config"]
    layers = settings if isinstance(settings, list) else settings.get("layers", [])  # Keras 2.1 had a list
    if layers:
        first = _first(settings, layers)
        found = _shape_in(first)
        if found is not None:
            return found
    if not isinstance(settings, dict):
        return None
    return next((settings[name] for name in _NAMES if settings.get(name)), None)


def _first(settings: Any, layers: Sequence[Any]) -> Any:
    """The layer that images come in by, as a functional model names it; else the first one."""
    inputs = settings.get("input_layers") if isinstance(settings, dict) else None
    while isinstance(inputs, list) and inputs:
        inputs = inputs[0]
    return next((layer for layer in layers if layer["config"]["name"] == inputs), layers[0])
