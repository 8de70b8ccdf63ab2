"""Figure 5: validation images, what the converting autoencoder makes of them, and what it should."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import evenly_spaced
from encodenet_core.figures.lettering import cell_width
from encodenet_core.figures.look import class_name, plain
from encodenet_core.figures.material import Material
from encodenet_core.figures.mosaic import Mosaic, compose_mosaic, tile_size
from encodenet_core.figures.page import GREY, HEADER, MARGIN, VERMILLION, frame, open_page, place_mosaic
from encodenet_core.targets import TARGETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CLASSES = 10
EXAMPLES = 3
"""How many images of a class are shown, of different clusters as far as there are some."""

_PARTS = ("input", "reconstruction", "representative")
_PITCH, _GROUP_GAP, _ROW_GAP, _COLUMN_NAMES = 158, 36, 14, 40
_LONGEST_NAME, _CHARACTER = 16, 16
"""Of the names before the rows: characters, and pixels that one takes at most on average."""


@dataclass(frozen=True, eq=False)
class ClassExamples:
    """The label of a class, and the indices of its validation images that are shown."""

    label: int
    indices: NDArray[np.int64]


def pick_examples(labels: NDArray[np.int64], cluster_ids: NDArray[np.int64]) -> list[ClassExamples]:
    """Up to `EXAMPLES` images of up to `MOST_CLASSES` classes, at even distances among the classes.

    The first image of every cluster of a class comes first, then the second of every cluster, and so on.

    Args:
        labels: `(n_validation,)` classes.
        cluster_ids: `(n_validation,)`, unique across classes.
    """
    present = np.unique(labels)
    return [
        ClassExamples(int(label), _round_robin(np.flatnonzero(labels == label), cluster_ids))
        for label in present[evenly_spaced(len(present), MOST_CLASSES)]
    ]


def _round_robin(indices: NDArray[np.int64], cluster_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    own = cluster_ids[indices]
    turns = np.array([int(np.sum(own[:position] == own[position])) for position in range(len(own))])
    chosen = np.lexsort((own, turns))[:EXAMPLES]
    return indices[chosen[np.argsort(own[chosen], kind="stable")]]


def draw_conversions(material: Material) -> Figure:
    """The page of figure 5."""
    dataset, grouping = material.dataset, material.grouped.grouping
    examples = pick_examples(dataset.validation.labels, grouping.validation_ids)
    mosaic = compose_mosaic(_triples(material, examples), _gaps(dataset.image_shape), _ROW_GAP)
    height, width = mosaic.canvas.shape[:2]
    names = [class_name(dataset.class_names, shown.label, _LONGEST_NAME) for shown in examples]
    left = MARGIN + 40 + round(_CHARACTER * max(map(cell_width, names)))
    top = HEADER + _COLUMN_NAMES
    scores = material.metrics["reconstruction"]
    page = open_page(
        left + width + MARGIN,
        top + height + MARGIN,
        "Validation images, converted",
        f"{plain(dataset.name)}, {scores['n_targets']:,} targets: mean squared error {scores['mse']:.4f} "
        f"(pixels in [0, 1]), explained variance {scores['explained_variance']:.1%}, "
        f"retrieval {scores['retrieval']:.1%}",
    )
    axes = place_mosaic(page, mosaic, left, top)
    _name_columns(axes, mosaic, material.config.autoencoder.target)
    for row, name in enumerate(names):
        middle = mosaic.boxes[row, 0][1] + mosaic.boxes[row, 0][3] / 2
        axes.text(MARGIN - left, middle, name, va="center", size=8.5, weight="bold")
    return page


def _triples(material: Material, examples: list[ClassExamples]) -> list[list[NDArray[np.generic]]]:
    """Rows of input, reconstruction and target of one image after the other."""
    validation = material.dataset.validation.images
    targets = TARGETS[material.config.autoencoder.target](material.dataset, material.grouped.grouping)
    rows: list[list[NDArray[np.generic]]] = []
    for shown in examples:
        images = np.asarray(validation[shown.indices])
        parts = images, material.reconstruct(images), targets.validation(shown.indices)
        rows.append([image for triple in zip(*parts, strict=True) for image in triple])
    return rows


def _gaps(image_shape: tuple[int, int, int]) -> list[int]:
    gap = _PITCH - tile_size(image_shape)[0]
    within = [gap] * (len(_PARTS) - 1)
    return [*within, *[gap + _GROUP_GAP, *within] * (EXAMPLES - 1)]


def _name_columns(axes: Axes, mosaic: Mosaic, target: str) -> None:
    """Head the columns that hold an image, and frame the targets."""
    for row, column in mosaic.boxes:
        left, top, width, _ = mosaic.boxes[row, column]
        part = _PARTS[column % len(_PARTS)]
        if part == "representative":
            frame(axes, mosaic.boxes[row, column], VERMILLION, width=1.6)
        if (row - 1, column) not in mosaic.boxes:
            heading = "target" if part == "representative" and target == "identity" else part
            axes.text(left + width / 2, top - 14, heading, ha="center", va="bottom", size=7, color=GREY)
