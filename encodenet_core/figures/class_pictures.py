"""The clusters of every class as small pictures with what must be said beside them, and the elbow curves.

A picture holds no words, so that whoever shows it can write them in any size and read them aloud.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import evenly_spaced
from encodenet_core.figures.class_file import CLASSES_FILE, ClassPicture, ClassPictures, ShownCluster
from encodenet_core.figures.cluster_rows import ClusterRow, pick_cluster_rows
from encodenet_core.figures.elbow_page import collect_elbow_curves
from encodenet_core.figures.mosaic import compose_mosaic
from encodenet_core.grouping import Grouping, obtain_grouping, obtain_inertias, whole_classes
from encodenet_core.io.whole_files import write_json, write_whole
from encodenet_core.stages.cache import StageCache

MOST_CLASSES = 100
MOST_ROWS = 8
MOST_MEMBERS = 8
_MEMBERS_OF_ALL = 100
"""The members that are shown of all classes together, a row of each, so that the pictures stay small."""

_SIDE, _GAP, _FIRST_GAP, _FRAME = 32, 3, 10, 2
_VERMILLION = (0xD5, 0x5E, 0x00)


def save_class_pictures(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, folder: Path
) -> None:
    """Write `class-N.png` for class N, and last `classes.json`, which says what they show.

    A row of a picture is a cluster, the largest first: its representative in a frame, then members from the
    most to the least confidently classified. Of more than `MOST_CLASSES` classes, some at even distances are
    shown.

    Args:
        config: decides the clusters; where every class has one target, its one cluster is the class.
        dataset: whose images were clustered.
        baseline: of the same data.
        cache: holds embedding, clusters and elbow curves, or gets them.
        folder: where the files go.

    Raises:
        DataError: the weights of the embedding cannot be read.
        InfeasibleConfig: a class has fewer images than it should have clusters.
    """
    found = obtain_grouping(config, dataset, baseline, cache)
    whole = config.autoencoder.target == "class"
    grouping = whole_classes(dataset, found.grouping) if whole else found.grouping
    members = max(1, min(MOST_MEMBERS, _MEMBERS_OF_ALL // dataset.num_classes))
    classes = [
        _save_class(dataset, grouping, label, members, folder)
        for label in evenly_spaced(dataset.num_classes, MOST_CLASSES).tolist()
    ]
    curves = collect_elbow_curves(
        config, obtain_inertias(config, dataset, baseline, cache), found.facts.get("elbow")
    )
    pictures = ClassPictures(
        config=config.stable_hash(),
        num_classes=dataset.num_classes,
        shown_members=members,
        classes=classes,
        elbow=curves.model_copy(update={"inertias": curves.inertias[:MOST_CLASSES]}),
    )
    write_json(folder / CLASSES_FILE, pictures.model_dump())


def draw_class(images: NDArray[np.uint8], rows: Sequence[ClusterRow], members: int) -> Image.Image:
    """Rows of a representative and some members each, on nothing: what lies between images is transparent."""
    chosen = [
        [row.representative, *row.members[evenly_spaced(len(row.members), members)].tolist()]
        if len(row.members)
        else [row.representative]
        for row in rows
    ]
    tiles = [list(np.asarray(images[indices])) for indices in chosen]
    gaps = [_FIRST_GAP, *[_GAP] * (members - 1)]
    mosaic = compose_mosaic(tiles, gaps, _GAP + 2 * _FRAME, _SIDE)
    # Around the first column there is room for its frame.
    height, width = mosaic.canvas.shape[:2]
    canvas = np.zeros((height + 2 * _FRAME, width + 2 * _FRAME, 4), np.uint8)
    for (_, column), (left, top, across, down) in mosaic.boxes.items():
        if column == 0:
            framed = canvas[top : top + down + 2 * _FRAME, left : left + across + 2 * _FRAME]
            framed[..., :3], framed[..., 3] = _VERMILLION, 255
        inner = canvas[top + _FRAME : top + _FRAME + down, left + _FRAME : left + _FRAME + across]
        inner[..., :3] = mosaic.canvas[top : top + down, left : left + across]
        inner[..., 3] = 255
    return Image.fromarray(canvas)


def _save_class(dataset: Dataset, grouping: Grouping, label: int, members: int, folder: Path) -> ClassPicture:
    """Write the picture of a class; what is known of it and of the clusters that are shown."""
    rows, path = pick_cluster_rows(grouping, label), folder / f"class-{label}.png"
    picture = draw_class(dataset.train.images, rows[:MOST_ROWS], members)
    write_whole(path, partial(picture.save, format="PNG", optimize=True))
    clusters = [
        ShownCluster(
            n_images=row.n_images,
            n_noise=row.n_noise,
            entropy=float(grouping.entropies[row.representative]),
            correct=bool(grouping.correct[row.representative]),
        )
        for row in rows[:MOST_ROWS]
    ]
    return ClassPicture(
        label=label,
        name=dataset.class_names[label],
        file=path.name,
        n_clusters=len(rows),
        n_images=sum(row.n_images for row in rows),
        clusters=clusters,
    )
