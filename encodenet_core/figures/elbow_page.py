"""The page of figure 3, and the curves on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from encodenet_core.clustering import BY_ANGLE
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig
from encodenet_core.elbow import find_common_elbow
from encodenet_core.figures.elbow_curves import ElbowCurves, draw_elbow_curves
from encodenet_core.figures.look import LIGHT, plain
from encodenet_core.figures.material import Material
from encodenet_core.figures.page import HEADER, MARGIN, open_page, place_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _PLOT_HEIGHT = 1400, 720
_LEFT, _TOP, _BELOW = 172, HEADER + 24, 120


def collect_elbow_curves(
    config: EncodeNetConfig, inertias: Sequence[Sequence[float]], found: float | None = None
) -> ElbowCurves:
    """Curves of any length with their median and elbow.

    Args:
        config: of the run.
        inertias: of every class, for 1, 2, 3, ... clusters.
        found: the elbow that the run itself found and used; None looks for it.
    """
    clustering = config.clustering
    longest = max(len(curve) for curve in inertias)
    padded = np.array([[*curve, *[np.nan] * (longest - len(curve))] for curve in inertias])
    return ElbowCurves(
        inertias=[list(curve) for curve in inertias],
        median=np.nanmedian(padded, axis=0).tolist(),
        elbow=find_common_elbow(inertias) if found is None else int(found),
        configured=None if clustering.method in SELF_COUNTING_METHODS else clustering.n_clusters,
        method=clustering.method,
        extractor=config.embedding.extractor,
    )


def draw_elbow(material: Material) -> Figure:
    """The page of figure 3."""
    curves = collect_elbow_curves(material.config, material.inertias, material.grouped.facts.get("elbow"))
    unit_length = " of unit length" if curves.method in BY_ANGLE else ""
    page = open_page(
        _WIDTH,
        _TOP + _PLOT_HEIGHT + _BELOW,
        "Inertia and number of clusters: the elbow",
        f"{plain(material.dataset.name)}, k-means inside each of {len(curves.inertias)} classes, "
        f"on {curves.extractor} embeddings{unit_length}",
    )
    axes = place_axes(page, (_LEFT, _TOP, _WIDTH - _LEFT - MARGIN - 20, _PLOT_HEIGHT))
    draw_elbow_curves(axes, curves, LIGHT)
    if curves.configured is None:
        words = _found_counts(material.grouped.grouping.classes)
        axes.plot([], [], linestyle="none", label=f"{curves.method} found {words}")
    axes.set_xlabel("number of clusters in a class, $k$")
    axes.set_ylabel("inertia: sum of squared distances to the nearest centroid\n(squared embedding units)")
    axes.legend(loc="upper right", fontsize=8.5)
    return page


def _found_counts(classes: NDArray[np.int64]) -> str:
    counts = np.bincount(classes)
    least, most = counts.min(), counts.max()
    return f"{least} in every class" if least == most else f"{least} to {most} in a class"
