"""Models in HDF5, as Keras 2 saved them: held to what such a file is made of before Keras opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from encodenet_core.errors import reason_of
from encodenet_core.io.machine import memory_of_this_machine
from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.foreign_code import DEEPEST_CONFIG, MOST_BYTES_OF_A_CONFIG, foreign_code

MOST_OBJECTS = 100_000
"""Groups and arrays of a file; the deepest network has some thousands."""

_DEEPEST = 64
_MOST_COMPRESSED = 1100
"""Times that an array can be larger than what is stored of it; deflate comes to 1,032."""

_WEIGHTS_ALONE = (
    "it holds weights alone, without layers; build the model in Python, then "
    "model.load_weights(PATH) and model.save('model.keras')"
)


def hdf5_refusal(path: Path) -> str | None:
    """Why an HDF5 file is no model that may be loaded; None where nothing speaks against it."""
    try:
        with h5py.File(path, "r") as file:
            return _refusal(file, path)
    except _Unwanted as error:
        return f"({error}); save the model again"
    except Exception as error:  # a damaged file may be any of h5py's errors
        return f"({reason_of(error, 120)}): it is truncated or damaged; save or copy it again"


def hdf5_note(path: Path, name: str) -> str:
    """What an HDF5 file says of itself under a name such as `keras_version`; empty where it does not."""
    try:
        with h5py.File(path, "r") as file:
            return _text(file, name)
    except Exception:  # a damaged file may be any of h5py's errors, and has no say in what is told of it
        return ""


class _Unwanted(Exception):
    """A part of a file that no saved model has."""


def _refusal(file: h5py.File, path: Path) -> str | None:
    claimed = sum(_checked_size(array) for array in _arrays(file))
    if claimed > memory_of_this_machine():
        raise _Unwanted(f"it unpacks to {claimed / 1e9:,.1f} GB, more than this machine has of memory")
    config = _text(file, "model_config")
    if not config:
        return f"({_WEIGHTS_ALONE if _holds_weights(file) else 'it holds no model_config'})"
    try:
        return foreign_code(parse_json(config.encode(), DEEPEST_CONFIG))
    except ValueError as error:
        raise _Unwanted(f"its model_config is not what Keras writes: {reason_of(error, 120)}") from None


def _arrays(file: h5py.File) -> Iterator[h5py.Dataset]:
    """Every array of a file; what leads out of it, or around in a circle, is refused."""
    waiting: list[tuple[h5py.Group, int]] = [(file, 0)]
    n_objects = 0
    while waiting:
        group, depth = waiting.pop()
        for name in group:
            n_objects += 1
            if n_objects > MOST_OBJECTS or depth > _DEEPEST:
                raise _Unwanted("it has more parts inside each other than any model")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _Unwanted("a part of it is a link to somewhere else")
            part = group[name]
            if isinstance(part, h5py.Group):
                waiting.append((part, depth + 1))
            elif isinstance(part, h5py.Dataset):
                yield part


def _checked_size(array: h5py.Dataset) -> int:
    """Bytes of an array that lies in the file itself and is made of numbers or texts."""
    if array.external or array.is_virtual:
        raise _Unwanted("an array of it lies in another file")
    if array.dtype.kind not in "biufS" and h5py.check_string_dtype(array.dtype) is None:
        raise _Unwanted(f"an array of it holds {str(array.dtype)[:60]}, but numbers are expected")
    size = array.size * array.dtype.itemsize
    if size > _MOST_COMPRESSED * max(array.id.get_storage_size(), 1024):
        raise _Unwanted("an array of it claims far more than the file holds")
    return int(size)


def _holds_weights(file: h5py.File) -> bool:
    return any(True for _ in _arrays(file))


def _text(file: h5py.File, name: str) -> str:
    """A text that is attached to the file; empty where there is none."""
    if name not in file.attrs:
        return ""
    if file.attrs.get_id(name).get_storage_size() > MOST_BYTES_OF_A_CONFIG:
        raise _Unwanted(f"its {name} has more than {MOST_BYTES_OF_A_CONFIG:,} bytes")
    value: Any = file.attrs[name]
    text = value.decode("utf-8") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise _Unwanted(f"its {name} is no text")
    if len(text) > MOST_BYTES_OF_A_CONFIG:
        raise _Unwanted(f"its {name} has more than {MOST_BYTES_OF_A_CONFIG:,} bytes")
    return text
