"""Clusters and elbow of the winner, drawn by a worker where that was not done before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from decoder_search.execution.executor import POLL_SECONDS
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.execution.process import fair_threads
from decoder_search.plots.elbow import Elbow
from decoder_search.preparation import shared_task
from decoder_search.records import StudyRecord, TrialRecord
from encodenet_core import parse_json, read_plain_file

CLASSES_FILE = "classes.json"
FORMAT = 1
"""Of the file, as `encodenet_core.save_class_pictures` writes it."""


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


def obtain_illustration(
    study: StudyRecord,
    winner: TrialRecord | None,
    cache: Path,
    say: Callable[[str], None],
    interrupted: Callable[[], bool],
) -> Illustration:
    """Read what a worker drew of the winner's clusters, and have one draw it where none did.

    It takes seconds, or minutes where the elbow was never looked for. Whatever goes wrong becomes the reason.

    Args:
        study: what is recorded.
        winner: the best trial; None where there is none.
        cache: folder of the stage cache.
        say: called with a line before a worker starts.
        interrupted: whether the user wants to go on without.
    """
    if winner is None:
        return Illustration(study.folder, reason="No trial has completed, so there are no clusters to show.")
    folder = study.folder / "trials" / str(winner.number)
    known = read_illustration(study, winner)
    if known is not None:
        return known
    say(f"a worker draws the clusters of trial {winner.number}; Ctrl-C goes on without them")
    reason = _have_drawn(study, winner, cache, interrupted)
    return read_illustration(study, winner) or Illustration(
        folder, reason=reason or "The worker drew nothing."
    )


def read_illustration(study: StudyRecord, winner: TrialRecord) -> Illustration | None:
    """What a worker drew of a trial's clusters; None where it did not, or for another config."""
    folder = study.folder / "trials" / str(winner.number)
    try:
        told = parse_json(read_plain_file(folder / CLASSES_FILE))
        if told["format"] != FORMAT or told["config"] != _config_of(study, winner):
            return None
        Told.model_validate(told)
        curve = told["elbow"]
        words = f"k-means inside each class, on {curve['extractor']} embeddings"
        elbow = Elbow(curve["inertias"], curve["median"], curve["elbow"], curve["configured"], words)
        classes = tuple(told["classes"])
        return Illustration(folder, classes, elbow, "", told["num_classes"], told["shown_members"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _config_of(study: StudyRecord, trial: TrialRecord) -> str:
    config = study.settings.space.to_config(trial.params)
    return config.model_copy(update={"seed": config.seed + trial.replicate}).stable_hash()


def _have_drawn(study: StudyRecord, winner: TrialRecord, cache: Path, interrupted: Callable[[], bool]) -> str:
    """Have a worker draw; the reason why it could not, or nothing."""
    task = shared_task("classes", study, cache) | {
        "params": dict(winner.params),
        "replicate": winner.replicate,
        "folder": str(study.folder / "trials" / str(winner.number)),
    }
    logs = study.folder / "workers" / "report"
    try:
        with LocalExecutor(1, threads=fair_threads(1), log_folder=logs) as executor:
            executor.submit(winner.number, task)
            while not interrupted():
                for event in executor.events(POLL_SECONDS):
                    if event.kind != "report":
                        return _reason(event, logs)
                    executor.answer(event.key, go_on=True)
    except OSError as error:
        return f"No worker could draw the clusters: {error.filename}: {error.strerror}."
    return "The clusters were not drawn, because that was interrupted; make the report again."


def _reason(event: Event, logs: Path) -> str:
    if event.kind == "result":
        return ""
    return (
        f"The clusters could not be drawn: {event.payload['reason']}. What the worker printed is in {logs}."
    )
