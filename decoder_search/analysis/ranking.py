"""Which trial is better: Pareto layers, ranks, hypervolume; and what accuracies are compared with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from decoder_search.records.facts import StudyFacts
from decoder_search.records.settings import Objective, Reconstruction, StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.metrics import METRICS
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import standard_error, why_no_yardstick


@dataclass(frozen=True)
class RankedTrial:
    """A completed trial with its rank and its Pareto layer, both from 1."""

    trial: TrialRecord
    rank: int
    layer: int


def objective_losses(
    trial: TrialRecord, reconstruction: Reconstruction, accuracy: str = "accuracy"
) -> tuple[float, float]:
    """What a study minimises: the reconstruction loss, and what its accuracy lacks of 1."""
    return losses_of(trial.metrics, reconstruction, accuracy)


def losses_of(
    metrics: Mapping[str, float], reconstruction: Reconstruction, accuracy: str = "accuracy"
) -> tuple[float, float]:
    """Reconstruction loss and what that accuracy lacks of 1, of metrics that may be no trial's."""
    value = metrics[reconstruction]
    return (value if METRICS[reconstruction].better == "less" else 1.0 - value), 1.0 - metrics[accuracy]


def sole_objective(settings: StudySettings) -> str | None:
    """The metric that a study optimises alone; None where it optimises two."""
    alone = {"accuracy": settings.accuracy_metric, "reconstruction": settings.reconstruction}
    return alone.get(settings.objective)


def rank_trials(
    trials: Iterable[TrialRecord],
    reconstruction: Reconstruction,
    objective: Objective = "both",
    accuracy: str = "accuracy",
) -> list[RankedTrial]:
    """The completed trials, best first.

    The order is that of Pareto layer, accuracy, cross-entropy, reconstruction loss, decoder parameters and
    number, so that rank 1 is the most accurate trial of the front. Where one objective alone is optimised,
    layers are of that one, so that only equal trials share a layer; the others break ties in this order.
    """
    completed = [trial for trial in trials if trial.state == "completed"]
    losses = [objective_losses(trial, reconstruction, accuracy) for trial in completed]
    layers = pareto_layers([_optimised(each, objective) for each in losses])

    def order(place: int) -> tuple[float, ...]:
        trial, (reconstruction_loss, error) = completed[place], losses[place]
        metrics = trial.metrics
        return (
            layers[place],
            error,
            metrics["cross_entropy"],
            reconstruction_loss,
            metrics["decoder_parameters"],
            trial.number,
        )

    places = sorted(range(len(completed)), key=order)
    return [RankedTrial(completed[place], rank, layers[place]) for rank, place in enumerate(places, start=1)]


def rank_study(study: StudyRecord) -> list[RankedTrial]:
    """The completed trials of a study by what it optimises, best first."""
    return rank_by(study.settings, study.trials)


def rank_by(settings: StudySettings, trials: Iterable[TrialRecord]) -> list[RankedTrial]:
    """The completed of some trials by what a study of these settings optimises, best first."""
    return rank_trials(trials, settings.reconstruction, settings.objective, settings.accuracy_metric)


def _optimised(losses: tuple[float, float], objective: Objective) -> tuple[float, ...]:
    """Of a trial's two losses, the one or both that its study minimises."""
    reconstruction_loss, error = losses
    return {"both": losses, "accuracy": (error,), "reconstruction": (reconstruction_loss,)}[objective]


def pareto_layers(losses: Sequence[Sequence[float]]) -> list[int]:
    """For every point, the number of the front that it lies on once all fronts before are taken away.

    Takes time in proportion to n log n for one or two objectives, to n squared for more.

    Args:
        losses: `(n_points, n_objectives)`, all minimised. A point is dominated by one that is nowhere worse
            and somewhere better; equal points share their layer.

    Returns:
        `(n_points,)` layers, 1 for the Pareto front.
    """
    points = [tuple(point) for point in losses]
    # Whatever dominates a point sorts before it, and a layer is the longest chain of dominating points.
    ordered = sorted(set(points))
    layers = _swept(ordered) if not points or len(points[0]) <= 2 else _compared(ordered)
    return [layers[point] for point in points]


def _swept(ordered: Sequence[tuple[float, ...]]) -> dict[tuple[float, ...], int]:
    """Layers of sorted points of at most two objectives, of which only the last can still be compared.

    The lowest last objective seen in each layer rises from layer to layer: so the layers that hold a point
    which dominates the next one are the first so many, and a bisection counts them.
    """
    lowest: list[float] = []
    layers: dict[tuple[float, ...], int] = {}
    for point in ordered:
        value = point[1] if len(point) == 2 else 0.0
        n_dominating = bisect_right(lowest, value)
        lowest[n_dominating : n_dominating + 1] = [value]
        layers[point] = n_dominating + 1
    return layers


def _compared(ordered: Sequence[tuple[float, ...]]) -> dict[tuple[float, ...], int]:
    """Layers of sorted points, each compared with all before."""
    layers: dict[tuple[float, ...], int] = {}
    for point in ordered:
        dominating = (
            layer
            for other, layer in layers.items()
            if all(theirs <= own for theirs, own in zip(other, point, strict=True))
        )
        layers[point] = 1 + max(dominating, default=0)
    return layers


def hypervolume(losses: Iterable[Sequence[float]], reference: Sequence[float]) -> float:
    """The area that the points dominate inside the reference point, of two minimised objectives.

    Args:
        losses: `(n_points, 2)`; a point beyond the reference counts nothing.
        reference: `(2,)`, the worst value of each objective that still counts.
    """
    worst_first, worst_second = reference
    area, lowest = 0.0, worst_second
    for first, second in sorted((first, second) for first, second in losses):
        if first < worst_first and second < lowest:
            area += (worst_first - first) * (lowest - second)
            lowest = second
    return area


def reference_accuracies(
    study: StudyRecord, trial: TrialRecord | None = None, accuracy: str | None = None
) -> dict[str, float]:
    """What is known of the accuracies of `REFERENCES`; that of control B is measured by each trial.

    They are those of the metric `accuracy`, or what the study calls its accuracy.
    """
    metric = accuracy or study.settings.accuracy_metric
    found: dict[str, float] = {}
    for name in REFERENCES:
        of_study: float | None = getattr(study.facts, f"{name}_{metric}", None)
        known = of_study if of_study is not None or trial is None else trial.metrics.get(f"{name}_{metric}")
        if known is not None:
            found[name] = known
    return found


def accuracy_of(study: StudyRecord, trial: TrialRecord) -> tuple[float, float | None]:
    """What a study calls the accuracy of a completed trial, and its standard error where that is known."""
    accuracy, n_images = trial.metrics[study.settings.accuracy_metric], study.facts.n_validation
    if study.settings.accuracy == "balanced":
        return accuracy, trial.metrics.get("balanced_error")
    return accuracy, standard_error(accuracy, n_images) if n_images else None


def fallen_controls(study: StudyRecord, trial: TrialRecord | None = None) -> dict[str, str]:
    """The controls that no gain may be measured over, by name, and what became of each.

    A completed trial without an accuracy of control B is one whose control B diverged.
    """
    return _fallen(study.facts, reference_accuracies(study, trial), trial)


def yardsticks(study: StudyRecord, trial: TrialRecord | None = None) -> dict[str, float]:
    """The accuracies of `REFERENCES` that a gain may be measured over, as far as they are known."""
    known = reference_accuracies(study, trial)
    fallen = _fallen(study.facts, known, trial)
    return {name: accuracy for name, accuracy in known.items() if name not in fallen}


def _fallen(facts: StudyFacts, known: Mapping[str, float], trial: TrialRecord | None) -> dict[str, str]:
    if "baseline" not in known or not facts.n_validation:
        return {}
    controls: dict[str, float | None] = {name: each for name, each in known.items() if name != "baseline"}
    if facts.control_training_diverged is not None:
        controls["control_training"] = None
    if trial is not None and trial.state == "completed":
        controls.setdefault("control_features", None)
    found = {
        name: why_no_yardstick(accuracy, known["baseline"], facts.n_validation)
        for name, accuracy in controls.items()
    }
    return {name: why for name, why in found.items() if why}
