"""The weights of a model in a file of plain arrays, for a model whose structure is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_arrays import BrokenArrays, open_arrays
from encodenet_core.models.split import set_weights

Weights = list[NDArray[Any]]


def save_weights(weights: Weights, path: Path) -> None:
    """Write what `keras.Model.get_weights` gave as an `.npz` file."""
    np.savez(path, allow_pickle=False, **numbered("weight", weights))


def read_weights(path: Path) -> Weights:
    """What `save_weights` wrote.

    Raises:
        ConfigError: the file is damaged, or of something else.
    """
    try:
        with open_arrays(path) as arrays:
            return in_order("weight", arrays)
    except BrokenArrays as error:
        raise ConfigError(f"cannot read the weights in {path}: {error}; train the run again") from None


def numbered(name: str, arrays: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays under a name and their numbers, as an `.npz` file keeps them."""
    return {f"{name}_{number:05}": array for number, array in enumerate(arrays)}


def in_order(name: str, arrays: Mapping[str, NDArray[Any]]) -> Weights:
    """The arrays that `numbered` put under a name, from an open `.npz` file."""
    return [arrays[key] for key in sorted(arrays) if key.startswith(f"{name}_")]


def load_weights(path: Path, model: keras.Model) -> None:
    """Give a model the weights in a file.

    Raises:
        ConfigError: they are those of another structure.
    """
    weights = read_weights(path)
    received, expected = ([tuple(each.shape) for each in some] for some in (weights, model.weights))
    if received != expected:
        differing = [pair for pair in zip(received, expected, strict=False) if pair[0] != pair[1]]
        what = f"a weight {differing[0][0]}" if differing else f"{len(received)} weights"
        wanted = differing[0][1] if differing else len(expected)
        raise ConfigError(
            f"{path} holds {what}, but {model.name!r} expects {wanted}; give the weights of this model"
        )
    set_weights(model, weights)
