"""Figure 2: the clusters of one class, a row of images each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.pixels import evenly_spaced
from encodenet_core.figures.look import class_name, plain
from encodenet_core.figures.material import Material
from encodenet_core.figures.mosaic import Mosaic, compose_mosaic, tile_size
from encodenet_core.figures.page import (
    BLUE,
    GREY,
    HEADER,
    MARGIN,
    VERMILLION,
    frame,
    open_page,
    place_mosaic,
    short_number,
)
from encodenet_core.grouping import Grouping
from encodenet_core.representatives import eligible_images, pick_representatives

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEMBERS = 8
MOST_ROWS = 12
_PITCH, _FIRST_PITCH = 136, 176
_ROW_GAP, _ROW_NAMES, _COLUMN_NAMES, _LEGEND = 46, 210, 40, 96


@dataclass(frozen=True, eq=False)
class ClusterRow:
    """One cluster of the class: indices of training images.

    Attributes:
        representative: the image that stands for the cluster.
        members: up to `MEMBERS` others, from the most to the least confidently classified.
        noise: for each member, whether the clustering called it noise and handed it to this cluster.
        n_images: how many images the cluster has in all.
        n_noise: how many of them were noise.
    """

    representative: int
    members: NDArray[np.int64]
    noise: NDArray[np.bool_]
    n_images: int
    n_noise: int


def most_divided_class(grouping: Grouping) -> int:
    """The class with the most clusters, the first of them where several have as many."""
    return int(np.bincount(grouping.classes).argmax())


def pick_cluster_rows(grouping: Grouping, label: int) -> list[ClusterRow]:
    """The clusters of a class, the largest first, with members at even distances in order of entropy."""
    eligible = eligible_images(grouping.correct, grouping.core)
    representatives = pick_representatives(grouping.entropies, grouping.train_ids, eligible)
    rows = []
    for cluster_id in np.flatnonzero(grouping.classes == label).tolist():
        images = np.flatnonzero(grouping.train_ids == cluster_id)
        others = images[images != representatives[cluster_id]]
        ordered = others[np.argsort(grouping.entropies[others], kind="stable")]
        members = ordered[evenly_spaced(len(ordered), MEMBERS)]
        n_noise = int(np.sum(~grouping.core[images]))
        rows.append(
            ClusterRow(
                int(representatives[cluster_id]), members, ~grouping.core[members], len(images), n_noise
            )
        )
    return sorted(rows, key=lambda row: -row.n_images)


def draw_clusters(material: Material, label: int | None = None) -> Figure:
    """The page of figure 2, for the class of a label or for the most divided one."""
    grouping, dataset = material.grouped.grouping, material.dataset
    chosen = most_divided_class(grouping) if label is None else label
    rows = pick_cluster_rows(grouping, chosen)
    shown = rows[:MOST_ROWS]
    images = [list(dataset.train.images[[row.representative, *row.members]]) for row in shown]
    mosaic = compose_mosaic(images, _gaps(dataset.image_shape), _ROW_GAP)
    height, width = mosaic.canvas.shape[:2]
    top = HEADER + _COLUMN_NAMES
    page = open_page(
        MARGIN + _ROW_NAMES + width + MARGIN,
        top + height + _LEGEND,
        f"Clusters of the class “{class_name(dataset.class_names, chosen)}”",
        f"{plain(dataset.name)}, {_counted(rows)}, {material.clustering_words}",
    )
    axes = place_mosaic(page, mosaic, MARGIN + _ROW_NAMES, top)
    for number, row in enumerate(shown):
        _mark_row(axes, mosaic, number, row, grouping)
    _name_columns(axes, mosaic, noisy=any(row.noise.any() for row in shown))
    return page


def _gaps(image_shape: tuple[int, int, int]) -> list[int]:
    width, _ = tile_size(image_shape)
    return [_FIRST_PITCH - width, *[_PITCH - width] * (MEMBERS - 1)]


def _counted(rows: Sequence[ClusterRow]) -> str:
    n_images = sum(row.n_images for row in rows)
    clusters = "1 cluster" if len(rows) == 1 else f"{len(rows)} clusters"
    left_out = f" (the {MOST_ROWS} largest shown)" if len(rows) > MOST_ROWS else ""
    return f"{n_images:,} training images in {clusters}{left_out}"


def _mark_row(axes: Axes, mosaic: Mosaic, number: int, row: ClusterRow, grouping: Grouping) -> None:
    """Frame the representative and the noise, write entropies below the tiles and the name before them."""
    for column, index in enumerate([row.representative, *row.members.tolist()]):
        left, top, width, height = mosaic.boxes[number, column]
        words = short_number(float(grouping.entropies[index])) + ("" if grouping.correct[index] else " ✗")
        axes.text(left + width / 2, top + height + 8, words, ha="center", va="top", size=6.5, color=GREY)
    frame(axes, mosaic.boxes[number, 0], VERMILLION, width=2.4)
    for position in np.flatnonzero(row.noise).tolist():
        frame(axes, mosaic.boxes[number, position + 1], BLUE, width=2, dashed=True)
    left, top, _, height = mosaic.boxes[number, 0]
    noise = f"\n{row.n_noise:,} of them noise" if row.n_noise else ""
    images = "image" if row.n_images == 1 else "images"
    middle = top + height / 2
    axes.text(left - _ROW_NAMES, middle - 6, f"Cluster {number + 1}", va="bottom", size=8.5, weight="bold")
    axes.text(left - _ROW_NAMES, middle + 2, f"{row.n_images:,} {images}{noise}", va="top", size=7.5)


def _name_columns(axes: Axes, mosaic: Mosaic, *, noisy: bool) -> None:
    height, width = mosaic.canvas.shape[:2]
    axes.text(0, -14, "representative", va="bottom", size=7.5, color=VERMILLION)
    words = "members, from the most to the least confidently classified"
    axes.text(_FIRST_PITCH, -14, words, va="bottom", size=7.5)
    words = "Below each image: entropy of the baseline's prediction (nats), ✗ where it is wrong."
    axes.text(-_ROW_NAMES, height + _ROW_GAP, words, va="top", size=7.5)
    if noisy:
        words = "Dashed: noise, handed to the nearest cluster."
        axes.text(width, height + _ROW_GAP, words, va="top", ha="right", size=7.5, color=BLUE)
