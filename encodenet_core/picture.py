"""Images side by side: what goes in, what comes out, what should come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from encodenet_core.batches import to_unit_range


def draw_rows(rows: Mapping[str, NDArray[np.generic]], path: Path) -> None:
    """Draw labelled rows of images `(n_images, height, width, channels)`, as many in each row, as a PNG file."""
    n_images = max(len(images) for images in rows.values())
    figure = Figure(figsize=(0.9 * n_images + 1.4, 1.0 * len(rows)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), n_images, squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for place in line:
            place.set_axis_off()
        for place, image in zip(line, to_unit_range(images), strict=False):
            grey = image.shape[-1] == 1
            place.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=1)
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center")
    figure.savefig(path, format="png")
