"""All figures of a run, drawn and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from encodenet_core.figures.cluster_rows import draw_clusters
from encodenet_core.figures.conversions import draw_conversions
from encodenet_core.figures.elbow_page import draw_elbow
from encodenet_core.figures.entropy_histogram import draw_entropy
from encodenet_core.figures.look import house_style, save_page
from encodenet_core.figures.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_KINDS: Mapping[str, tuple[str, ...]] = {
    "figure2_clusters": ("png",),
    "figure3_elbow": ("png", "svg"),
    "figure4_entropy": ("png", "svg"),
    "figure5_conversion": ("png",),
}
"""The files of every figure; a page of nothing but photographs gains nothing as SVG."""


def write_figures(material: Material, folder: Path, label: int | None = None) -> list[Path]:
    """Draw figures 2 to 5 of the paper, and return their files.

    Args:
        material: of a finished run.
        folder: where the files go; the same material gives the same bytes.
        label: the class of figure 2; None takes the one with the most clusters.
    """
    drawings: dict[str, Callable[[Material], Figure]] = {
        "figure2_clusters": partial(draw_clusters, label=label),
        "figure3_elbow": draw_elbow,
        "figure4_entropy": draw_entropy,
        "figure5_conversion": draw_conversions,
    }
    written = []
    for name, draw in drawings.items():
        with house_style(names=(material.dataset.name, *material.dataset.class_names)):
            page = draw(material)
            for kind in FIGURE_KINDS[name]:
                written.append(folder / f"{name}.{kind}")
                save_page(page, written[-1])
    return written
