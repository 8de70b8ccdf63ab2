"""What is fixed when a study is created, and the names of the choices that it is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, StrictInt

from decoder_search.space.metrics import ACCURACIES, Accuracy, AccuracyMetric
from decoder_search.space.search_space import SearchSpace
from encodenet_core.io.types import Printable, as_plain, known_keys_only

Reconstruction = Literal["mse", "retrieval"]
Objective = Literal["both", "accuracy", "reconstruction"]
EngineName = Literal["optuna", "keras-tuner"]
Sampler = Literal["tpe", "random", "nsga2", "nsga3", "gp", "grid", "qmc"]
Tuner = Literal["random", "bayesian", "hyperband", "grid"]

SAMPLERS: dict[EngineName, tuple[str, ...]] = {
    "optuna": get_args(Sampler),
    "keras-tuner": get_args(Tuner),
}
"""Who may propose, by engine; Keras Tuner calls them tuners."""

FORMAT = 2
"""What a study on disk looks like; a higher number than a reader's own is not read."""


def can_be_named(name: str) -> bool:
    """Whether a study can have this name, which is that of a folder, too."""
    fits = name == name.strip() and name.isprintable() and len(name.encode(errors="replace")) <= 200
    return bool(name) and fits and not name.startswith(".") and "/" not in name and "\\" not in name


def _checked_name(name: str) -> str:
    if not can_be_named(name):
        raise ValueError(f"no study is called {name[:60]!r}")
    return name


StudyName = Annotated[str, AfterValidator(_checked_name)]


@known_keys_only
@dataclass(frozen=True)
class Pruning:
    """Successive halving: where running trials are compared, and how many of them go on.

    The first rung is after epoch `first_rung` of the autoencoder, each further one after
    `reduction_factor` times as many, as long as half of the fit is still ahead there; of the trials at a
    rung, the best `1 / reduction_factor` go on.
    """

    first_rung: Annotated[StrictInt, Field(ge=1)] = 3
    reduction_factor: Annotated[StrictInt, Field(ge=2)] = 2

    def rungs(self, epochs: int) -> Iterator[int]:
        """The epochs of a fit of `epochs` epochs after which its trial may be stopped."""
        rung = self.first_rung
        if rung < epochs:
            yield rung
        while (rung := rung * self.reduction_factor) <= epochs / 2:
            yield rung


EARLIER_PRUNING = Pruning(first_rung=3, reduction_factor=3)
"""What studies of earlier versions have that were started without an option for it."""


@known_keys_only
@dataclass(frozen=True)
class StudySettings:
    """What is fixed when a study is created.

    Attributes:
        name: of the study.
        space: what is searched.
        seed: of sampler, split and training.
        engine: who proposes.
        sampler: the engine's sampler, or its tuner.
        objective: what is optimised: accuracy, reconstruction or both.
        reconstruction: how the reconstruction is measured.
        accuracy: which one the study optimises, ranks by and tells gains in.
        pruning: where trials are compared while they run; None lets all of them finish.
        warm_start_from: the study beside this one whose trials teach the sampler; `teacher` on disk.
        created: ISO 8601 in UTC.
        versions: of the libraries that matter.
    """

    name: StudyName
    space: SearchSpace
    seed: StrictInt
    sampler: str
    reconstruction: Reconstruction
    created: Printable
    versions: Mapping[Printable, Printable]
    engine: EngineName = "optuna"
    objective: Objective = "both"
    pruning: Pruning | None = None
    warm_start_from: Annotated[StudyName | None, Field(alias="teacher")] = None
    accuracy: Accuracy = "plain"

    def __post_init__(self) -> None:
        """Raise a ValueError for a sampler that the engine does not have."""
        if self.sampler not in SAMPLERS[self.engine]:
            raise ValueError(f"no sampler of {self.engine} is {self.sampler[:60]!r}")

    @property
    def accuracy_metric(self) -> AccuracyMetric:
        """The metric that is the accuracy of this study."""
        return ACCURACIES[self.accuracy]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as a study records them."""
        return {**as_plain(self), "space": self.space.to_json()}


def without_replicate(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Settings or a trial as they were recorded, without what studies of earlier versions say of repeats.

    Params could come again then, with another seed each time; `decoder-search confirm` repeats configs now.
    """
    return {name: value for name, value in recorded.items() if name != "replicate"}
