"""Which options of a dataset bring its images to the form that a model takes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

_COLORS = {(3, 1): "grey", (1, 3): "rgb"}
"""From channels of the images and of the model to `dataset.color`."""


def fitting_options(wanted: Sequence[int | None], image_shape: tuple[int, int, int]) -> dict[str, str] | None:
    """The config, as YAML, that makes images fit; empty where they do, None where nothing makes them.

    Args:
        wanted: `(height, width, channels)` of the model; a size that it leaves open is None and fits any.
        image_shape: `(height, width, channels)` of the images.
    """
    if len(wanted) != 3:
        return None
    options: dict[str, str] = {}
    height, width = (own or length for own, length in zip(wanted[:2], image_shape[:2], strict=True))
    if (height, width) != image_shape[:2]:
        options["dataset.image_size"] = f"[{height}, {width}]"
    channels = image_shape[2]
    if wanted[2] not in (None, channels):
        color = _COLORS.get((channels, wanted[2] or 0))
        if color is None:
            return None
        options["dataset.color"] = color
    return options


def as_typed(options: Mapping[str, str]) -> str:
    """The options of a command that set these: `--set 'dataset.image_size=[28, 28]'`."""
    return " ".join(f"--set {shlex.quote(f'{key}={value}')}" for key, value in options.items())
