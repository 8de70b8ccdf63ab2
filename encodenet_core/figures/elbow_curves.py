"""Figure 3: how the inertia of the classes falls with the number of clusters, and where its elbow is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from encodenet_core.clustering import BY_ANGLE
from encodenet_core.config import SELF_COUNTING_METHODS
from encodenet_core.elbow import find_common_elbow
from encodenet_core.figures.look import plain
from encodenet_core.figures.material import Material
from encodenet_core.figures.page import BLUE, GREEN, HEADER, MARGIN, PALE, VERMILLION, open_page, place_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _PLOT_HEIGHT = 1400, 720
_LEFT, _TOP, _BELOW = 172, HEADER + 24, 120


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
    collected = collect_elbow_curves(material.inertias, configured, material.grouped.facts.get("elbow"))
    unit_length = " of unit length" if section.method in BY_ANGLE else ""
    page = open_page(
        _WIDTH,
        _TOP + _PLOT_HEIGHT + _BELOW,
        "Inertia and number of clusters: the elbow",
        f"{plain(material.dataset.name)}, k-means inside each of {len(collected.curves)} classes, "
        f"on {material.config.embedding.extractor} embeddings{unit_length}",
    )
    axes = place_axes(page, (_LEFT, _TOP, _WIDTH - _LEFT - MARGIN - 20, _PLOT_HEIGHT))
    _draw_curves(axes, collected)
    _mark_elbow(axes, collected)
    if collected.configured is None:
        words = _found_counts(material.grouped.grouping.classes)
        axes.plot([], [], linestyle="none", label=f"{section.method} found {words}")
    else:
        _mark_configured(axes, collected, collected.configured)
    axes.set_xlabel("number of clusters in a class, $k$")
    axes.set_ylabel("inertia: sum of squared distances to the nearest centroid\n(squared embedding units)")
    axes.set_xticks(range(1, len(collected.median) + 1))
    axes.set_ylim(bottom=0)
    axes.ticklabel_format(axis="y", useMathText=True, scilimits=(-2, 4))
    axes.legend(loc="upper right", fontsize=8.5)
    return page


def _found_counts(classes: NDArray[np.int64]) -> str:
    counts = np.bincount(classes)
    least, most = counts.min(), counts.max()
    return f"{least} in every class" if least == most else f"{least} to {most} in a class"


def _draw_curves(axes: Axes, collected: ElbowCurves) -> None:
    counts = np.arange(1, len(collected.median) + 1)
    num_classes = len(collected.curves)
    faintness = 0.9 if num_classes <= 20 else 0.5
    for number, curve in enumerate(collected.curves):
        label = f"a class ({num_classes} of them)" if number == 0 else None
        axes.plot(counts, curve, color=PALE, linewidth=0.9, alpha=faintness, label=label, zorder=1)
    axes.plot(
        counts, collected.median, color=BLUE, linewidth=2.4, marker="o", markersize=4,
        label="median of the classes",
    )  # fmt: skip


def _mark_elbow(axes: Axes, collected: ElbowCurves) -> None:
    axes.plot(
        [collected.elbow], [collected.median[collected.elbow - 1]], linestyle="none", marker="o",
        markersize=13, markerfacecolor="none", markeredgecolor=VERMILLION, markeredgewidth=2,
        label=f"elbow: $k$ = {collected.elbow}",
    )  # fmt: skip


def _mark_configured(axes: Axes, collected: ElbowCurves, configured: int | Literal["auto"]) -> None:
    """A line at the configured number, or its mention where it lies beyond the curves."""
    used, said = (collected.elbow, "auto, so ") if configured == "auto" else (configured, "")
    label = f"configured: {said}$k$ = {used}"
    if used > len(collected.median):
        axes.plot([], [], linestyle="none", label=label)
    else:
        axes.axvline(used, color=GREEN, linewidth=1.6, linestyle=(0, (4, 2)), label=label, zorder=1.5)
