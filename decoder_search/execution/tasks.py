"""What a driver has a worker do: a frozen type for each kind of task, JSON on its way. Loads no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, TypeAdapter

from decoder_search.records.facts import StudyFacts
from decoder_search.space.parameters import Scalar
from decoder_search.space.search_space import SearchSpace

Space = Annotated[SearchSpace, PlainValidator(SearchSpace.from_json), PlainSerializer(SearchSpace.to_json)]
Facts = Annotated[StudyFacts, PlainSerializer(StudyFacts.to_json)]

SharedKind = Literal["prepare", "gather", "control", "speed"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What every task says. An executor on other machines puts folders there in the place of the driver's.

    Attributes:
        space: of the study.
        cache: folder of the stage cache.
        identities: what the driver's machine found out about files that this one need not have, as a
            `StageCache` is told.
    """

    space: Space
    cache: Path
    identities: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SharedTask(Task):
    """A task for all trials of a study.

    Attributes:
        kind: `prepare` computes what trials share, and the facts that their results are compared with;
            `gather` tells what of it another machine needs; `control` trains control A; `speed` measures how
            fast this machine trains.
        expected: the study's facts; without any it is new, and only `prepare` can run.
    """

    kind: SharedKind
    expected: Facts = StudyFacts()


@dataclass(frozen=True, kw_only=True)
class TrialTask(Task):
    """Train and measure the config of one trial.

    Attributes:
        expected: the study's facts.
        params: of the trial.
        folder: takes its curves, pictures, checkpoint and models.
        rungs: the epochs of the autoencoder after which it is probed.
        epochs: of the autoencoder; None is as many as the config says.
        resume_from: folder of a trial of the same params, from whose checkpoint it goes on unless it has one.
        keep_weights: whether to leave the trained models.
    """

    kind: Literal["trial"] = "trial"
    expected: Facts
    params: Mapping[str, Scalar]
    folder: Path
    rungs: tuple[int, ...] = ()
    epochs: int | None = None
    resume_from: Path | None = None
    keep_weights: bool = False


@dataclass(frozen=True, kw_only=True)
class PicturesTask(Task):
    """Draw the clusters of a trial.

    Attributes:
        expected: the study's facts.
        params: of the trial.
        folder: takes the pictures.
    """

    kind: Literal["pictures"] = "pictures"
    expected: Facts
    params: Mapping[str, Scalar]
    folder: Path


@dataclass(frozen=True, kw_only=True)
class ConfirmTask(Task):
    """Train and measure one config at its final budget, on all splits, with its baseline and controls.

    Attributes:
        params: of the config.
        seed: of data, baseline and training.
        dataset: fingerprint of the images that other configs of this seed were measured on; empty where this
            is the first.
        rivals: names of `RIVALS` to train and measure beside it.
    """

    kind: Literal["confirm"] = "confirm"
    params: Mapping[str, Scalar]
    seed: int
    dataset: str = ""
    rivals: tuple[str, ...] = ()


AnyTask = SharedTask | TrialTask | PicturesTask | ConfirmTask

_TASKS: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, Field(discriminator="kind")])


def task_to_json(task: AnyTask) -> dict[str, Any]:
    """Plain JSON values."""
    plain: dict[str, Any] = _TASKS.dump_python(task, mode="json")
    return plain


def task_from_json(plain: Mapping[str, Any]) -> AnyTask:
    """The task that `task_to_json` wrote."""
    return _TASKS.validate_python(plain)
