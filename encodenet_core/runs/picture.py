"""Images side by side: what goes in, what comes out, what should come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from encodenet_core.data.pixels import tile_of, to_unit_range
from encodenet_core.runs.picture_rows import GAP, PictureRows

TILE = 64
"""The longer side of a shown image, in pixels of the picture."""


def draw_rows(rows: Mapping[str, NDArray[np.generic]], path: Path) -> None:
    """Draw labelled rows of as many images each, `(n_images, height, width, channels)`, as a PNG file."""
    n_images, height, width, _ = next(iter(rows.values())).shape
    scale = max(1, TILE // max(height, width))
    layout = PictureRows(tuple(rows), width * scale, height * scale)
    picture = Image.new("RGB", layout.size(n_images), "white")
    pen = ImageDraw.Draw(picture)
    for line, (name, images) in enumerate(rows.items()):
        _, top = layout.corner(line, 0)
        middle = top + (layout.height + GAP) // 3
        pen.text((GAP, middle), name, fill="black", font=ImageFont.load_default(13))
        for column, image in enumerate(to_unit_range(images)):
            tile = tile_of(image).resize((layout.width, layout.height), Image.Resampling.NEAREST)
            picture.paste(tile, layout.corner(line, column))
    picture.save(path, format="PNG", pnginfo=layout.to_text())
