"""Where the images of a picture of labelled rows lie, and how to take them out of its file again."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from encodenet_core.errors import DataError
from encodenet_core.io.plain_json import parse_json

GAP = 4
LABEL_WIDTH = 110

_TEXT = "rows"
"""Under which name a PNG file says what is in it."""

_UNREADABLE = (
    ValueError, LookupError, TypeError, SyntaxError, AttributeError, OverflowError, EOFError, struct.error,
    zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True)
class PictureRows:
    """Labels from top to bottom, and the size in pixels that each image is shown with."""

    names: tuple[str, ...]
    width: int
    height: int

    def corner(self, line: int, column: int) -> tuple[int, int]:
        """The pixels to the left of an image and above it."""
        return LABEL_WIDTH + column * (self.width + GAP), GAP + line * (self.height + GAP)

    def size(self, n_images: int) -> tuple[int, int]:
        """Width and height of a picture with so many images a row."""
        return self.corner(len(self.names), n_images)

    def to_text(self) -> PngImagePlugin.PngInfo:
        """What the PNG file says about itself."""
        text = PngImagePlugin.PngInfo()
        text.add_text(_TEXT, json.dumps({**vars(self), "names": list(self.names)}))
        return text


def read_picture(path: Path) -> Mapping[str, list[Image.Image]]:
    """The images of every row of a picture, as they are shown in it.

    Raises:
        DataError: the file cannot be read, is no picture, or not one of labelled rows.
    """
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            # No other format: Pillow has programs of the system read some of them.
            with Image.open(path, formats=["PNG"]) as opened:
                picture, text = opened.convert("RGB"), opened.info.get(_TEXT, "null")
        rows = _read_rows(text)
        n_images = (picture.width - LABEL_WIDTH) // (rows.width + GAP)
        if n_images < 1 or rows.size(n_images) != picture.size:
            raise ValueError(f"its size is {picture.width} x {picture.height}")
    except OSError as error:
        reason = "it is no picture" if isinstance(error, UnidentifiedImageError) else error.strerror or error
        raise DataError(f"cannot read {path}: {reason}; run its trial again, or look at others") from None
    except _UNREADABLE as error:
        raise DataError(f"{path} is no picture of labelled rows ({error}); look at the file itself") from None
    return {
        name: [_cut(picture, rows, line, column) for column in range(n_images)]
        for line, name in enumerate(rows.names)
    }


def _read_rows(text: str) -> PictureRows:
    recorded = parse_json(text)
    if recorded is None:
        raise ValueError("it does not say what it shows")
    rows = PictureRows(tuple(map(str, recorded["names"])), int(recorded["width"]), int(recorded["height"]))
    if rows.width < 1 or rows.height < 1:
        raise ValueError(f"its images are {rows.width} x {rows.height}")
    return rows


def _cut(picture: Image.Image, rows: PictureRows, line: int, column: int) -> Image.Image:
    left, top = rows.corner(line, column)
    return picture.crop((left, top, left + rows.width, top + rows.height))
