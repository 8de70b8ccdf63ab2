"""Figure 4: how confidently the baseline classifies the training images, with the easiest and the hardest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encodenet_core.figures.look import class_name, plain
from encodenet_core.figures.material import Material
from encodenet_core.figures.mosaic import Mosaic, compose_mosaic, tile_size
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
    short_number,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXTREMES = 8
"""How many of the easiest and of the hardest images are shown."""

SMALLEST = 1e-16
"""Nats; entropies below it, down to 0, are counted as this much, for a logarithm needs a start."""

N_BINS = 40
_LEFT, _PITCH, _LEGEND, _PLOT_HEIGHT = 172, 176, 48, 500
_BELOW_PLOT, _CAPTIONS, _BETWEEN = 140, 96, 34
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
    lowest = min(max(float(entropies.min()), SMALLEST), highest / 2)
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
    gaps = [_PITCH - tile_size(dataset.image_shape)[0]] * (EXTREMES - 1)
    mosaics = [compose_mosaic([list(dataset.train.images[row])], gaps, 0) for row in rows]
    height, width = mosaics[0].canvas.shape[:2]
    plot_top = HEADER + _LEGEND
    row_top, row_pitch = plot_top + _PLOT_HEIGHT + _BELOW_PLOT, height + _CAPTIONS + _BETWEEN
    page = open_page(
        _LEFT + width + MARGIN + 20,
        row_top + 2 * row_pitch - _BETWEEN + MARGIN,
        "Entropy of the baseline's predictions on the training images",
        f"{plain(dataset.name)}, {len(grouping.entropies):,} images of {dataset.num_classes} classes, "
        f"{np.mean(grouping.correct):.1%} classified correctly",
    )
    _draw_histogram(place_axes(page, (_LEFT, plot_top, width, _PLOT_HEIGHT)), counts)
    predicted = np.asarray(baseline.train_logits).argmax(axis=1)
    for number, (title, row) in enumerate(zip(("easiest", "hardest"), rows, strict=True)):
        axes = place_mosaic(page, mosaics[number], _LEFT, row_top + number * row_pitch)
        axes.text(-_LEFT + MARGIN, height / 2, title, va="center", size=8.5, weight="bold")
        for column, index in enumerate(row.tolist()):
            labels = int(dataset.train.labels[index]), int(predicted[index])
            differing = dict.fromkeys(labels)  # one where the prediction is right
            names = [class_name(dataset.class_names, label, _LONGEST_CAPTION) for label in differing]
            _caption(axes, mosaics[number], column, names, float(grouping.entropies[index]))
    return page


def _draw_histogram(axes: Axes, counts: EntropyCounts) -> None:
    edges = counts.edges
    bars: dict[str, Any] = {"align": "edge", "width": np.diff(edges), "linewidth": 0}
    axes.bar(edges[:-1], counts.correct, color=BLUE, label="classified correctly", **bars)
    axes.bar(edges[:-1], counts.wrong, bottom=counts.correct, color=VERMILLION, label="misclassified", **bars)
    axes.axvline(counts.median, color=INK, linewidth=1.4, label=f"median, {short_number(counts.median)} nats")
    undecided = f"undecided, {edges[-1]:.2f} nats"
    axes.axvline(edges[-1], color=GREY, linewidth=1.4, linestyle=(0, (3, 2)), label=undecided)
    axes.set_xscale("log")
    step = edges[1] / edges[0]
    axes.set_xlim(edges[0] / step, edges[-1] * step)
    ticks = readable_ticks(edges[0], edges[-1])
    if ticks:
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.tick_params(axis="x", which="minor", labelbottom=False)
    floored = f"; {counts.n_floored:,} below {SMALLEST:.0e} stand at the left end" if counts.n_floored else ""
    axes.set_xlabel(f"entropy of the prediction (nats, logarithmic{floored})")
    axes.set_ylabel("training images")
    axes.margins(y=0.06)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=8, borderaxespad=0.2, borderpad=0.4,
        handlelength=1.6, columnspacing=2.2,
    )  # fmt: skip


def readable_ticks(lowest: float, highest: float) -> list[float]:
    """1, 2 and 5 times the powers of ten in a range of few decades; none where it has more."""
    if highest / lowest > 300:
        return []
    powers = range(int(np.floor(np.log10(lowest))), int(np.ceil(np.log10(highest))) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [tick for tick in ticks if lowest <= tick <= highest]


def _caption(axes: Axes, mosaic: Mosaic, column: int, names: Sequence[str], entropy: float) -> None:
    """Write class, prediction and entropy below a tile, and frame it by whether the two agree."""
    left, top, width, height = mosaic.boxes[0, column]
    true, predicted = names[0], names[-1]
    right = len(names) == 1
    colour = BLUE if right else VERMILLION
    frame(axes, mosaic.boxes[0, column], colour, width=1.6)
    middle, below = left + width / 2, top + height + 10
    place: dict[str, Any] = {"ha": "center", "va": "top", "size": 7}
    axes.text(middle, below, true, **place)
    axes.text(middle, below + 26, f"as {predicted}" if not right else "recognised", color=colour, **place)
    axes.text(middle, below + 52, f"{short_number(entropy)} nats", color=GREY, **place)
