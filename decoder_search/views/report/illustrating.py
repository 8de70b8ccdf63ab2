"""Clusters and elbow of the winner, drawn by a worker where that was not done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.plots.elbow import Elbow
from encodenet_core.io.plain_files import read_plain_file
from encodenet_core.io.plain_json import parse_json

CLASSES_FILE = "classes.json"
FORMAT = 1
"""Of the file, as `encodenet_core.figures.class_pictures.save_class_pictures` writes it."""


class _Cluster(BaseModel):
    model_config = ConfigDict(strict=True)
    n_images: NonNegativeInt
    correct: bool


class _Class(BaseModel):
    model_config = ConfigDict(strict=True)
    name: str
    file: str
    n_clusters: NonNegativeInt
    n_images: NonNegativeInt
    clusters: list[_Cluster]


class _Curves(BaseModel):
    model_config = ConfigDict(strict=True)
    inertias: list[list[FiniteFloat]]
    median: Annotated[list[FiniteFloat], Field(min_length=1)]
    elbow: PositiveInt
    configured: int | str | None
    extractor: str

    @model_validator(mode="after")
    def _on_the_curve(self) -> _Curves:
        if self.elbow > len(self.median):
            raise ValueError("an elbow beyond the curve")
        return self


class Told(BaseModel):
    """What `classes.json` says, as far as a page shows it."""

    model_config = ConfigDict(strict=True)
    classes: list[_Class]
    elbow: _Curves
    num_classes: NonNegativeInt
    shown_members: NonNegativeInt


@dataclass(frozen=True)
class Illustration:
    """What is there to be shown of a trial's clusters.

    Attributes:
        folder: of the trial; holds the pictures.
        classes: name, file and clusters of each class that has a picture.
        elbow: the curves of inertia; None where there are none.
        reason: why something is missing; empty where nothing is.
        num_classes: of the dataset, those without a picture too.
    """

    folder: Path
    classes: tuple[Mapping[str, Any], ...] = ()
    elbow: Elbow | None = None
    reason: str = ""
    num_classes: int = 0
    shown_members: int = field(default=0)


def read_illustration(study: StudyRecord, winner: TrialRecord) -> Illustration | None:
    """What a worker drew of a trial's clusters; None where it did not, or for another config."""
    folder = study.folder / "trials" / str(winner.number)
    try:
        told = parse_json(read_plain_file(folder / CLASSES_FILE))
        config = study.settings.space.to_config(winner.params)
        if told["format"] != FORMAT or told["config"] != config.stable_hash():
            return None
        Told.model_validate(told)
        curve = told["elbow"]
        words = f"k-means inside each class, on {curve['extractor']} embeddings"
        elbow = Elbow(curve["inertias"], curve["median"], curve["elbow"], curve["configured"], words)
        classes = tuple(told["classes"])
        return Illustration(folder, classes, elbow, "", told["num_classes"], told["shown_members"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
