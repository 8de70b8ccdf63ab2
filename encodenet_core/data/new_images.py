"""Pictures that a network has never seen, brought into the form of the images that it was trained on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import Resize
from encodenet_core.data.pictures import EXTENSIONS, open_picture, quiet_pictures
from encodenet_core.data.resizing import WantedImages, read_as_wanted
from encodenet_core.errors import DataError


def list_pictures(places: Sequence[Path]) -> list[Path]:
    """The files named, and those below every folder named, sorted; hidden ones and links are left out.

    Raises:
        DataError: a place does not exist, or a folder holds no picture.
    """
    return [file for place in places for file in (_below(place) if place.is_dir() else [_named(place)])]


def read_new_image(
    path: Path, image_shape: tuple[int, int, int], resize: Resize = "stretch"
) -> NDArray[np.uint8]:
    """A picture as `(height, width, channels)`: resized where it has another size, grey or RGB as wanted.

    Raises:
        DataError: the file is no picture or a damaged one.
    """
    height, width, channels = image_shape
    wanted = WantedImages((height, width), resize, "grey" if channels == 1 else "rgb")
    with quiet_pictures(), open_picture(path) as image:
        return read_as_wanted(image, wanted)


def _named(place: Path) -> Path:
    if not place.is_file():
        raise DataError(f"there is no file or folder {place}; give pictures or folders of pictures")
    return place


def _below(folder: Path) -> list[Path]:
    files = sorted(_walk(folder))
    if not files:
        raise DataError(f"{folder} holds no pictures; expected are {' '.join(sorted(EXTENSIONS))} files")
    return files


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = (Path(place, name) for name in names if not name.startswith("."))
        pictures = (file for file in files if file.suffix.lower() in EXTENSIONS)
        # A pipe of that name is no picture either, and would be waited for.
        yield from (file for file in pictures if not file.is_symlink() and file.is_file())
