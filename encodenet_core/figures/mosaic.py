"""Images in rows on one white canvas, each enlarged so that every pixel of it becomes a square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encodenet_core.data.pixels import to_pixels, to_unit_range

TILE = 128
"""The most that the longer side of a shown image takes, in pixels of the canvas."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Tiles on a canvas `(height, width, 3)` uint8, and the box of the tile at every `(row, column)`."""

    canvas: NDArray[np.uint8]
    boxes: Mapping[tuple[int, int], Box]


def compose_mosaic(
    rows: Sequence[Sequence[NDArray[np.generic]]], gaps: Sequence[int], row_gap: int, side: int = TILE
) -> Mosaic:
    """Lay out rows of images of one size.

    Args:
        rows: of images `(height, width, channels)`, uint8 or float in [0, 1]; a short row leaves white.
        gaps: pixels between a column and the next; one column more than these, filled or not.
        row_gap: pixels between two rows.
        side: the most that the longer side of a shown image takes, in pixels.
    """
    tiles = {
        (row, column): enlarge(image, side)
        for row, images in enumerate(rows)
        for column, image in enumerate(images)
    }
    height, width = tiles[0, 0].shape[:2]
    lefts = np.cumsum([0, *(width + gap for gap in gaps)]).tolist()
    tops = [row * (height + row_gap) for row in range(len(rows))]
    canvas = np.full((tops[-1] + height, lefts[-1] + width, 3), 255, np.uint8)
    boxes = {place: (lefts[place[1]], tops[place[0]], width, height) for place in tiles}
    for place, (left, top, _, _) in boxes.items():
        canvas[top : top + height, left : left + width] = tiles[place]
    return Mosaic(canvas, boxes)


def enlarge(image: NDArray[np.generic], side: int = TILE) -> NDArray[np.uint8]:
    """An image in colour whose longer side is at most `side`; what is smaller grows by a whole factor."""
    pixels = to_pixels(to_unit_range(image))
    colours = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    height, width = colours.shape[:2]
    factor = side // max(height, width)
    if factor:
        return colours.repeat(factor, axis=0).repeat(factor, axis=1)
    shrink = side / max(height, width)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    return np.asarray(Image.fromarray(np.ascontiguousarray(colours)).resize(size, Image.Resampling.LANCZOS))


def tile_size(image_shape: Sequence[int]) -> tuple[int, int]:
    """Width and height of the tile of an image `(height, width, channels)`."""
    height, width = enlarge(np.zeros(tuple(image_shape), np.uint8)).shape[:2]
    return width, height
