"""Studies beside each other: their best trials, their fronts, and what their epochs bought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from decoder_search.analysis.ranking import (
    fallen_controls,
    hypervolume,
    losses_of,
    objective_losses,
    pareto_layers,
    rank_study,
)
from decoder_search.analysis.rows import CLUSTERING_PARAMS, LeaderboardOptions, Row, leaderboard_rows
from decoder_search.records.facts import StudyFacts
from decoder_search.records.settings import Reconstruction
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.metrics import GAINS, RECONSTRUCTIONS
from encodenet_core.errors import ConfigError
from encodenet_core.yardsticks import no_yardstick

LEVEL = 0.95
"""The share of the largest hypervolume whose price in epochs is told of every study."""

BEST_KEYS = ("trial", "accuracy", "standard_error", *RECONSTRUCTIONS, *GAINS, "decoder_parameters")


@dataclass(frozen=True)
class Step:
    """The hypervolume that a study had after it had spent so many epochs of the autoencoder."""

    epochs: int
    hypervolume: float


@dataclass(frozen=True)
class StudyProgress:
    """What became of one study.

    Attributes:
        name: of the study.
        sampler: who proposed.
        states: how many trials there are of each state.
        epochs: of the autoencoder that all trials trained for, pruned ones too.
        best: the trial of rank 1; None before one has completed.
        front: how many trials are on the Pareto front of accuracy and reconstruction.
        hypervolume: that the front dominates; None where the study was never prepared.
        curve: where the hypervolume rose, in the order of the trials' numbers.
        epochs_to_level: when it came to `LEVEL` of the largest of all studies; None if it never did.
    """

    name: str
    sampler: str
    states: Mapping[str, int]
    epochs: int
    best: Row | None
    front: int
    hypervolume: float | None
    curve: tuple[Step, ...]
    epochs_to_level: int | None = None

    def hypervolume_at(self, epochs: int) -> float | None:
        """The hypervolume after so many epochs; None once the study had spent all of its own."""
        if epochs > self.epochs or self.hypervolume is None:
            return None
        return max((step.hypervolume for step in self.curve if step.epochs <= epochs), default=0.0)


@dataclass(frozen=True)
class Comparison:
    """Several studies, measured by the same reconstruction; `notes` say what does not compare."""

    reconstruction: Reconstruction
    studies: tuple[StudyProgress, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def compare_studies(studies: Sequence[StudyRecord]) -> Comparison:
    """Compare studies by the reconstruction that all of them optimise, else by retrieval.

    Raises:
        ConfigError: there are fewer than two.
    """
    if len(studies) < 2:
        raise ConfigError(f"{len(studies)} study cannot be compared; name two or more")
    chosen = {study.settings.reconstruction for study in studies}
    reconstruction: Reconstruction = chosen.pop() if len(chosen) == 1 else "retrieval"
    called = {study.settings.accuracy_metric for study in studies}
    accuracy = called.pop() if len(called) == 1 else "accuracy"
    progress = [_progress(study, reconstruction, accuracy) for study in studies]
    largest = max((each.hypervolume for each in progress if each.hypervolume is not None), default=0.0)
    judged = tuple(replace(each, epochs_to_level=_price(each.curve, LEVEL * largest)) for each in progress)
    return Comparison(reconstruction, judged, tuple(_notes(studies, reconstruction)))


def epochs_spent(study: StudyRecord) -> dict[int, int]:
    """The epochs of the autoencoder that each trial, by number, trained without those it went on from."""
    trained = {trial.number: round(trial.metrics.get("epochs", 0)) for trial in study.trials}
    sources = {trial.number: trial.resume_from for trial in study.trials if trial.resume_from is not None}
    own = {number: max(0, trained[number] - trained.get(source, 0)) for number, source in sources.items()}
    return trained | own


def hypervolume_curve(
    study: StudyRecord, reconstruction: Reconstruction, accuracy: str = "accuracy"
) -> tuple[Step, ...]:
    """Where the hypervolume of a study rose; trials count in the order of their numbers."""
    reference = _reference_losses(study.facts, reconstruction, accuracy)
    front: list[tuple[float, float]] = []
    curve: list[Step] = []
    epochs, spent = 0, epochs_spent(study)
    for trial in study.trials:
        epochs += spent[trial.number]
        if trial.state != "completed" or reference is None:
            continue
        losses = objective_losses(trial, reconstruction, accuracy)
        if not any(each[0] <= losses[0] and each[1] <= losses[1] for each in front):
            front = [each for each in front if each[0] < losses[0] or each[1] < losses[1]] + [losses]
            curve.append(Step(epochs, hypervolume(front, reference)))
    return tuple(curve)


def _progress(study: StudyRecord, reconstruction: Reconstruction, accuracy: str) -> StudyProgress:
    completed = [trial for trial in study.trials if trial.state == "completed"]
    layers = pareto_layers([objective_losses(trial, reconstruction, accuracy) for trial in completed])
    best = leaderboard_rows(study, LeaderboardOptions(top=1))[:1] if completed else []
    curve = hypervolume_curve(study, reconstruction, accuracy)
    dominated = curve[-1].hypervolume if curve else 0.0
    return StudyProgress(
        name=study.settings.name,
        sampler=study.settings.sampler,
        states=dict(sorted(Counter(trial.state for trial in study.trials).items())),
        epochs=sum(epochs_spent(study).values()),
        best={key: best[0][key] for key in BEST_KEYS} if best else None,
        front=layers.count(1),
        hypervolume=None if _reference_losses(study.facts, reconstruction, accuracy) is None else dominated,
        curve=curve,
    )


def _best(study: StudyRecord) -> TrialRecord | None:
    return next((each.trial for each in rank_study(study)), None)


def _price(curve: Sequence[Step], level: float) -> int | None:
    return next((step.epochs for step in curve if step.hypervolume >= level > 0), None)


def _reference_losses(
    facts: StudyFacts, reconstruction: Reconstruction, accuracy: str
) -> tuple[float, float] | None:
    """The worst losses that still count, as the study fixed them when it was prepared."""
    point = facts.reference_point
    return None if point is None else losses_of(point, reconstruction, accuracy)


def _notes(studies: Sequence[StudyRecord], reconstruction: Reconstruction) -> list[str]:
    """What the reader must know before comparing, a sentence each."""
    notes = []
    unprepared = ", ".join(study.settings.name for study in studies if not study.facts.is_prepared)
    if unprepared:
        notes.append(f"{unprepared} was never prepared: on which data it would be is not known.")
    if len({study.facts.dataset_fingerprint for study in studies}) > 1:
        notes.append("These studies are on different data: their numbers do not compare.")
    elif len({study.facts.baseline_key for study in studies}) > 1:
        notes.append("These studies have different baselines: accuracies compare, gains do not.")
    notes += [
        f"{study.settings.name} goes by balanced accuracy: its best trial and its gains are of that."
        for study in studies
        if study.settings.accuracy == "balanced"
    ]
    notes += [
        f"{study.settings.name}: {no_yardstick(name, why)}."
        for study in studies
        for name, why in fallen_controls(study, _best(study)).items()
    ]
    if len({study.settings.reconstruction for study in studies}) > 1:
        notes.append("They optimise different reconstructions, so retrieval is compared, which all measure.")
    varied = any(study.settings.space.varies(path) for study in studies for path in CLUSTERING_PARAMS)
    clusterings = {str(_clustering_constants(study)) for study in studies}
    if reconstruction == "mse" and (varied or len(clusterings) > 1):
        notes.append("mse compares trials of one clustering only, and with it the hypervolume.")
    return notes


def _clustering_constants(study: StudyRecord) -> dict[str, Any]:
    config = study.settings.space.to_config({})
    return {
        "clustering": config.clustering,
        "embedding": config.embedding,
        "target": config.autoencoder.target,
    }
