"""The confirmed configs of a study: means over paired seeds, and gains over baseline and controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from decoder_search.records.confirmations import Confirmation, values_of
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import identity
from decoder_search.space.parameters import Scalar
from encodenet_core.comparisons.spread import Spread, spread, subtract
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import DIVERGED, why_no_yardstick_by_seed


@dataclass(frozen=True)
class ConfirmedConfig:
    """One config at its final budget.

    Attributes:
        rank: by the mean of what the study calls its accuracy, from 1; None where a seed is missing.
        trial: the number of the trial that it was searched in.
        params: of that trial.
        accuracy: on validation images, by seed.
        accuracy_spread: of these; None where no seed could run.
        balanced_spread: of the balanced accuracy; None where classes are even.
        test_spread: the same on test images; None without a test split.
        gains: names of `REFERENCES` to the gain in what the study calls its accuracy, paired by seed.
        fallen: names of the controls that no gain may be measured over, and what became of each.
        reason: why a seed could not run.
    """

    rank: int | None
    trial: int
    params: Mapping[str, Scalar]
    accuracy: Mapping[int, float]
    accuracy_spread: Spread | None
    test_spread: Spread | None
    gains: Mapping[str, Spread | None]
    fallen: Mapping[str, str]
    reason: str
    balanced_spread: Spread | None = None


@dataclass(frozen=True)
class ReferenceScores:
    """What a config is compared with: accuracies on validation and test images, over its seeds."""

    name: str
    accuracy_spread: Spread | None
    test_spread: Spread | None
    balanced_spread: Spread | None = None


@dataclass(frozen=True)
class Confirmed:
    """All confirmed configs of a study, best first, and what the best one is compared with.

    The first `n_tied` do not differ from the best by more than one standard deviation of the paired
    difference; 0 where one seed cannot tell.
    """

    study: str
    seeds: tuple[int, ...]
    configs: tuple[ConfirmedConfig, ...]
    references: tuple[ReferenceScores, ...]
    n_tied: int
    ranked_by: str = "accuracy"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def confirmed_configs(study: StudyRecord, seeds: Sequence[int]) -> Confirmed:
    """What was confirmed with these seeds at the final budget that the study has now."""
    groups = [[each for each in group if each.seed in seeds] for group in _groups(study).values()]
    metric = study.settings.accuracy_metric
    whole = [group for group in groups if len(values_of(group, metric)) == len(seeds)]
    partial = [group for group in groups if group and group not in whole]
    whole.sort(key=lambda group: (-_mean(group, metric), group[0].trial))
    configs = [_config(group, rank, study) for rank, group in enumerate(whole, start=1)]
    configs += [_config(group, None, study) for group in partial]
    return Confirmed(
        study.settings.name,
        tuple(seeds),
        tuple(configs),
        tuple(_reference(whole[0], name) for name in REFERENCES) if whole else (),
        _n_tied([values_of(group, metric) for group in whole]),
        metric,
    )


def confirmed_trials(study: StudyRecord) -> dict[int, Spread]:
    """Numbers of the trials whose config was confirmed to its validation accuracies, over all seeds."""
    if not study.confirmations:
        return {}
    metric = study.settings.accuracy_metric
    spreads = {key: spread(values_of(group, metric)) for key, group in _groups(study).items()}
    found = {trial.number: spreads.get(identity(trial.params)) for trial in study.trials}
    return {number: spread for number, spread in found.items() if spread is not None}


def _groups(study: StudyRecord) -> dict[str, list[Confirmation]]:
    """The confirmations of every config, but for those of another final budget than the study has now."""
    groups: dict[str, list[Confirmation]] = {}
    for each in study.confirmations:
        if study.settings.space.final_config(each.params, each.seed).stable_hash() == each.config:
            groups.setdefault(identity(each.params), []).append(each)
    return groups


def _config(group: Sequence[Confirmation], rank: int | None, study: StudyRecord) -> ConfirmedConfig:
    metric, fallen = study.settings.accuracy_metric, _fallen(group, study)
    accuracy, gaining = values_of(group, "accuracy"), values_of(group, metric)
    gains = {name: spread(subtract(gaining, values_of(group, f"{name}_{metric}"))) for name in REFERENCES}
    return ConfirmedConfig(
        rank=rank,
        trial=group[0].trial,
        params=dict(group[0].params),
        accuracy=accuracy,
        accuracy_spread=spread(accuracy),
        test_spread=spread(values_of(group, "test_accuracy")),
        gains={name: None if name in fallen else gain for name, gain in gains.items()},
        fallen=fallen,
        reason=next((each.reason for each in group if each.reason), ""),
        balanced_spread=spread(values_of(group, "balanced_accuracy")),
    )


def _fallen(group: Sequence[Confirmation], study: StudyRecord) -> dict[str, str]:
    """The controls of a config that are no yardstick; one that is missing beside its baseline diverged."""
    metric = study.settings.accuracy_metric
    baseline = values_of(group, f"baseline_{metric}")
    counted = min(values_of(group, "n_validation").values(), default=study.facts.n_validation or 0)
    found: dict[str, str] = {}
    for name in REFERENCES:
        accuracies = values_of(group, f"{name}_{metric}")
        if baseline and not accuracies:
            found[name] = DIVERGED
        elif counted:
            found[name] = why_no_yardstick_by_seed(accuracies, baseline, round(counted))
    return {name: why for name, why in found.items() if why}


def _reference(group: Sequence[Confirmation], name: str) -> ReferenceScores:
    return ReferenceScores(
        name,
        spread(values_of(group, f"{name}_accuracy")),
        spread(values_of(group, f"{name}_test_accuracy")),
        spread(values_of(group, f"{name}_balanced_accuracy")),
    )


def _mean(group: Sequence[Confirmation], metric: str) -> float:
    values = values_of(group, metric).values()
    return sum(values) / len(values)


def _n_tied(ranked: Sequence[Mapping[int, float]]) -> int:
    for place, accuracy in enumerate(ranked):
        behind = spread(subtract(ranked[0], accuracy))
        if behind is None or behind.deviation is None:
            return 0
        if behind.mean > behind.deviation:
            return place
    return len(ranked)
