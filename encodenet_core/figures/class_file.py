"""`classes.json`: what the pictures of a run's clusters show, as it is written and read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from encodenet_core.figures.elbow_curves import ElbowCurves
from encodenet_core.io.plain_json import read_json

CLASSES_FILE = "classes.json"


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class ShownCluster(_Section):
    """A row of a picture; `entropy` in nats and `correct` are those of the representative."""

    n_images: NonNegativeInt
    n_noise: NonNegativeInt
    entropy: float
    correct: bool


class ClassPicture(_Section):
    """A class, the file of its picture, and the clusters in it; `n_clusters` counts those left out too."""

    label: NonNegativeInt
    name: str
    file: str
    n_clusters: NonNegativeInt
    n_images: NonNegativeInt
    clusters: list[ShownCluster]


class ClassPictures(_Section):
    """All pictures of a run.

    Attributes:
        format: of the file.
        config: the hash of the run's config.
        num_classes: of the dataset, those without a picture too.
        shown_members: how many of a cluster at most.
        classes: those that have a picture.
        elbow: the curves of inertia.
    """

    format: Literal[1] = 1
    config: str
    num_classes: NonNegativeInt
    shown_members: NonNegativeInt
    classes: list[ClassPicture]
    elbow: ElbowCurves


def read_class_pictures(folder: Path) -> ClassPictures:
    """What the pictures in a folder show.

    Raises:
        OSError: there is no such file, or it cannot be read.
        ValueError: it says something else, or in another format.
    """
    return ClassPictures.model_validate(read_json(folder / CLASSES_FILE))
