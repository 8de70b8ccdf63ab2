"""Figure 3: how the inertia of the classes falls with the number of clusters, and where its elbow is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from encodenet_core.clustering import ELBOW_LIMIT
from encodenet_core.config import SELF_COUNTING_METHODS
from encodenet_core.elbow import find_common_elbow
from encodenet_core.figures.material import Material
from encodenet_core.figures.page import (
    BLUE,
    GREEN,
    HEADER,
    MARGIN,
    PALE,
    VERMILLION,
    open_page,
    place_axes,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _PLOT_WIDTH, _PLOT_HEIGHT = 1400, 1180, 720
_LEFT, _BELOW = 172, 110


@dataclass(frozen=True, eq=False)
class ElbowCurves:
    """The curves of figure 3.

    Attributes:
        curves: `(num_classes, n_counts)` inertias for 1, 2, 3, ... clusters; nan where a class is too small.
        median: `(n_counts,)`, over the classes that have a value.
        elbow: the number of clusters that `auto` takes.
        configured: `clustering.n_clusters`, or None for a method that finds the number itself.
    """

    curves: NDArray[np.float64]
    median: NDArray[np.float64]
    elbow: int
    configured: int | Literal["auto"] | None


def collect_elbow_curves(
    inertias: Sequence[Sequence[float]], configured: int | Literal["auto"] | None, found: float | None = None
) -> ElbowCurves:
    """Curves of any length as one array, with their median and elbow.

    Args:
        inertias: of every class, for 1, 2, 3, ... clusters.
        configured: as in `ElbowCurves`.
        found: the elbow that the run itself found and used; None looks for it.
    """
    longest = max(len(curve) for curve in inertias)
    curves = np.array([[*curve, *[np.nan] * (longest - len(curve))] for curve in inertias])
    elbow = find_common_elbow(inertias) if found is None else int(found)
    return ElbowCurves(curves, np.nanmedian(curves, axis=0), elbow, configured)


def draw_elbow(material: Material) -> Figure:
    """The page of figure 3."""
    section = material.config.clustering
    configured = None if section.method in SELF_COUNTING_METHODS else section.n_clusters
    found = material.grouped.facts.get("elbow")
    collected = collect_elbow_curves(material.inertias, configured, found)
    num_classes = len(collected.curves)
    page = open_page(
        _WIDTH,
        HEADER + _PLOT_HEIGHT + _BELOW + MARGIN,
        "Inertia and number of clusters: the elbow",
        f"{plain(material.dataset.name)}, k-means inside each of {num_classes} classes, "
        f"on {material.config.embedding.extractor} embeddings",
    )
    axes = place_axes(page, (_LEFT, HEADER, _PLOT_WIDTH, _PLOT_HEIGHT))
    _draw_curves(axes, collected)
    _mark_counts(axes, collected, material)
    axes.set_xlabel("number of clusters in a class, $k$")
    axes.set_ylabel("inertia: sum of squared distances to the nearest centroid\n(squared embedding units)")
    axes.set_xticks(range(1, max(ELBOW_LIMIT, _last_count(collected)) + 1))
    axes.set_ylim(bottom=0)
    axes.ticklabel_format(axis="y", useMathText=True, scilimits=(-2, 5))
    axes.legend(loc="upper right", fontsize=8.5)
    return page


def _draw_curves(axes: Axes, collected: ElbowCurves) -> None:
    counts = np.arange(1, collected.curves.shape[1] + 1)
    num_classes = len(collected.curves)
    faintness = 0.9 if num_classes <= 20 else 0.45
    for number, curve in enumerate(collected.curves):
        label = f"a class ({num_classes} of them)" if number == 0 else None
        axes.plot(counts, curve, color=PALE, linewidth=0.9, alpha=faintness, label=label, zorder=1)
    axes.plot(
        counts,
        collected.median,
        color=BLUE,
        linewidth=2.4,
        marker="o",
        markersize=4,
        label="median of the classes",
    )


def _mark_counts(axes: Axes, collected: ElbowCurves, material: Material) -> None:
    """A ring at the elbow, and a line at the configured number or words on what was found without one."""
    height = collected.median[min(collected.elbow, len(collected.median)) - 1]
    axes.plot(
        [collected.elbow], [height], linestyle="none", marker="o", markersize=13, markerfacecolor="none",
        markeredgecolor=VERMILLION, markeredgewidth=2, label=f"elbow: $k$ = {collected.elbow}",
    )  # fmt: skip
    if collected.configured is None:
        sizes = np.bincount(material.grouped.grouping.classes)
        words = f"{material.config.clustering.method} found {sizes.min()} to {sizes.max()} clusters"
        axes.plot([], [], linestyle="none", label=words)
        return
    used = collected.elbow if collected.configured == "auto" else collected.configured
    said = f"auto, so $k$ = {used}" if collected.configured == "auto" else f"$k$ = {used}"
    axes.axvline(
        used, color=GREEN, linewidth=1.6, linestyle=(0, (4, 2)), label=f"configured: {said}", zorder=1.5
    )


def _last_count(collected: ElbowCurves) -> int:
    return collected.configured if isinstance(collected.configured, int) else collected.elbow
