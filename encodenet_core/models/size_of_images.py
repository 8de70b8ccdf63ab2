"""The size that pictures of many sizes are brought to where only the model says one: its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from encodenet_core.data.picture_sizes import have_size
from encodenet_core.errors import EncodeNetError
from encodenet_core.models.input_shape import input_shape_of

_TABLES = (".csv", ".parquet")


def with_size_of_model(values: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """The values of a config, with `dataset.image_size` where the model alone says one, which is told."""
    size = size_by_model(values)
    if size is None:
        return dict(values)
    say(f"images are brought to the size of the model: dataset.image_size is {size}")
    return {**values, "dataset.image_size": size}


def size_by_model(values: Mapping[str, Any]) -> list[int] | None:
    """`dataset.image_size` for the pictures of a config that names none, but a model that does.

    Args:
        values: config paths to plain values, those of files as a shell makes them.

    Returns:
        `[height, width]`; None where a size is named, no model or source of pictures is, the model leaves its
        size open, or all pictures have it already.
    """
    model, source = values.get("baseline.model"), values.get("dataset.source")
    if values.get("dataset.image_size") is not None or not isinstance(model, str):
        return None
    place = Path(str(source))
    if not (place.is_dir() or (place.suffix in _TABLES and place.is_file())):
        return None
    height, width, _ = input_shape_of(Path(model)) or (None, None, None)
    if height is None or width is None:
        return None
    try:
        return None if have_size(place, height, width) else [height, width]
    except EncodeNetError:  # told by who reads them
        return None
