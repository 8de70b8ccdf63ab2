"""Figure 4: how confidently the baseline classifies the training images, with the easiest and the hardest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encodenet_core.figures.material import Material
from encodenet_core.figures.mosaic import Mosaic, compose_mosaic
from encodenet_core.figures.page import (
    BLUE,
    GREY,
    HEADER,
    INK,
    MARGIN,
    VERMILLION,
    frame,
    open_page,
    place_axes,
    place_mosaic,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXTREMES = 8
"""How many of the easiest and of the hardest images are shown."""

SMALLEST = 1e-16
"""Nats; entropies below it, down to 0, are counted as this much, for a logarithm needs a start."""

N_BINS = 40
_LEFT, _PLOT_HEIGHT, _GAP = 172, 520, 48
_BELOW_PLOT, _ROW_TITLE, _CAPTIONS = 150, 44, 104
_LONGEST_CAPTION = 15


@dataclass(frozen=True, eq=False)
class EntropyCounts:
    """A histogram on a logarithmic axis, and the images at its ends.

    Attributes:
        edges: `(n_bins + 1,)` nats, evenly spaced in the logarithm, the last at `log(num_classes)`.
        correct: `(n_bins,)` counts of the images that the baseline classifies correctly.
        wrong: `(n_bins,)` counts of the others.
        n_floored: how many entropies lie below the first edge; they are counted in the first bin.
        median: nats, of all images.
        easiest: indices of the images of lowest entropy, the lowest first.
        hardest: indices of the images of highest entropy, the highest first.
    """

    edges: NDArray[np.float64]
    correct: NDArray[np.int64]
    wrong: NDArray[np.int64]
    n_floored: int
    median: float
    easiest: NDArray[np.int64]
    hardest: NDArray[np.int64]


def count_entropies(
    entropies: NDArray[np.float64], correct: NDArray[np.bool_], num_classes: int, n_bins: int = N_BINS
) -> EntropyCounts:
    """Sort entropies `(n_samples,)` of predictions into bins up to the largest that there can be.

    The first bin begins at the smallest entropy, or at `SMALLEST`. Ties at either end of the order go to
    the lowest index.
    """
    highest = np.log(num_classes)
    lowest = min(max(float(entropies.min()), SMALLEST), highest / 10)
    edges = np.geomspace(lowest, highest, n_bins + 1)
    # Rounding leaves an entropy a little beyond the end that it stands at.
    clipped = np.clip(entropies, edges[0], edges[-1])
    order = np.argsort(entropies, kind="stable")
    return EntropyCounts(
        edges=edges,
        correct=np.histogram(clipped[correct], edges)[0],
        wrong=np.histogram(clipped[~correct], edges)[0],
        n_floored=int(np.sum(entropies < SMALLEST)),
        median=float(np.median(entropies)),
        easiest=order[:EXTREMES],
        hardest=np.argsort(-entropies, kind="stable")[:EXTREMES],
    )


def draw_entropy(material: Material) -> Figure:
    """The page of figure 4."""
    dataset, baseline, grouping = material.dataset, material.baseline, material.grouped.grouping
    counts = count_entropies(np.asarray(grouping.entropies), grouping.correct, dataset.num_classes)
    rows = (counts.easiest, counts.hardest)
    mosaics = [compose_mosaic([list(dataset.train.images[row])], [_GAP] * (EXTREMES - 1), 0) for row in rows]
    height, width = mosaics[0].canvas.shape[:2]
    row_top = HEADER + _PLOT_HEIGHT + _BELOW_PLOT + _ROW_TITLE
    row_pitch = height + _CAPTIONS + _ROW_TITLE
    page = open_page(
        _LEFT + width + MARGIN + _GAP // 2,
        row_top + 2 * row_pitch - _ROW_TITLE,
        "Entropy of the baseline's predictions on the training images",
        f"{plain(dataset.name)}, {len(grouping.entropies):,} images of {dataset.num_classes} classes, "
        f"{np.mean(grouping.correct):.1%} classified correctly",
    )
    _draw_histogram(place_axes(page, (_LEFT, HEADER, width, _PLOT_HEIGHT)), counts, dataset.num_classes)
    predicted = np.asarray(baseline.train_logits).argmax(axis=1)
    for number, (title, row) in enumerate(zip(("easiest", "hardest"), rows, strict=True)):
        axes = place_mosaic(page, mosaics[number], _LEFT, row_top + number * row_pitch)
        axes.text(-_LEFT + MARGIN, height / 2, title, va="center", size=8.5, weight="bold")
        for column, index in enumerate(row.tolist()):
            names = dataset.class_names[dataset.train.labels[index]], dataset.class_names[predicted[index]]
            _caption(axes, mosaics[number], column, names, float(grouping.entropies[index]))
    return page


def _draw_histogram(axes: Axes, counts: EntropyCounts, num_classes: int) -> None:
    edges = counts.edges
    bars: dict[str, Any] = {"align": "edge", "width": np.diff(edges), "linewidth": 0}
    axes.bar(edges[:-1], counts.correct, color=BLUE, label="classified correctly", **bars)
    axes.bar(edges[:-1], counts.wrong, bottom=counts.correct, color=VERMILLION, label="misclassified", **bars)
    axes.axvline(counts.median, color=INK, linewidth=1.4, label=f"median: {counts.median:.2g} nats")
    axes.axvline(
        edges[-1], color=GREY, linewidth=1.2, linestyle=(0, (4, 2)),
        label=f"undecided between {num_classes} classes: {edges[-1]:.2f} nats",
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(edges[0] / (edges[1] / edges[0]), edges[-1] * (edges[1] / edges[0]))
    floored = f"; {counts.n_floored:,} below {SMALLEST:.0e} stand at the left end" if counts.n_floored else ""
    axes.set_xlabel(f"entropy of the prediction (nats, logarithmic{floored})")
    axes.set_ylabel("training images")
    axes.set_ylim(top=1.32 * max(1, int((counts.correct + counts.wrong).max())))
    axes.legend(loc="upper left", ncols=2, fontsize=8, borderaxespad=0.1)


def _caption(axes: Axes, mosaic: Mosaic, column: int, names: tuple[str, str], entropy: float) -> None:
    """Write class, prediction and entropy below a tile, and frame it by whether the two agree."""
    left, top, width, height = mosaic.boxes[0, column]
    true, predicted = (plain(name, _LONGEST_CAPTION) for name in names)
    right = names[0] == names[1]
    colour = BLUE if right else VERMILLION
    frame(axes, mosaic.boxes[0, column], colour, width=1.6)
    middle, below = left + width / 2, top + height + 10
    place: dict[str, Any] = {"ha": "center", "va": "top", "size": 7}
    axes.text(middle, below, true, **place)
    axes.text(middle, below + 26, f"as {predicted}" if not right else "recognised", color=colour, **place)
    axes.text(middle, below + 52, f"{entropy:.2g}", color=GREY, **place)
