"""The confirmed configs of a study: means over paired seeds, and gains over what each is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from decoder_search.records.confirmations import Confirmation, values_of
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import identity
from decoder_search.space.parameters import Scalar
from encodenet_core.comparisons.spread import Spread, spread, subtract
from encodenet_core.references import CONFIRMED_REFERENCES, REFERENCES, RIVALS, UNCONVERTED
from encodenet_core.yardsticks import DIVERGED, no_yardstick, why_no_yardstick_by_seed


@dataclass(frozen=True)
class ConfirmedConfig:
    """One config at its final budget.

    Attributes:
        rank: by the mean of what the study calls its accuracy, from 1; None where a seed is missing.
        trial: the number of the trial that it was searched in.
        params: of that trial.
        accuracy: on validation images, by seed.
        accuracy_spread: of these; None where no seed could run.
        test_spread: the same on test images; None without a test split.
        gains: names of `CONFIRMED_REFERENCES` to the gain in what the study calls its accuracy, paired by
            seed; those that are no `REFERENCES` only where they were measured.
        fallen: names of the controls that no gain may be measured over, and what became of each.
        reason: why a seed could not run.
        balanced_spread: of the balanced accuracy; None where classes are even.
        test_gains: as `gains`, on test images.
        uncompared: names of what is missing in `gains`, and why.
        unconverted_epochs: of the same training without conversion; None where that was not measured.
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
    test_gains: Mapping[str, Spread | None] = field(default_factory=dict)
    uncompared: Mapping[str, str] = field(default_factory=dict)
    unconverted_epochs: int | None = None


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

    @property
    def compared(self) -> tuple[str, ...]:
        """The names of all that a config is compared with, in the order in which they are shown."""
        found = {name for each in self.configs for name in each.gains}
        return tuple(name for name in CONFIRMED_REFERENCES if name in found)

    @property
    def missing(self) -> tuple[str, ...]:
        """A line for each gain that a config has not, or not with every seed, and why."""
        return tuple(
            f"trial {each.trial}: {line}" for each in self.configs for line in _missing(each, self.compared)
        )

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
        tuple(_reference(whole[0], name) for name in _compared(whole[0])) if whole else (),
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
    accuracy = values_of(group, "accuracy")
    epochs = values_of(group, f"{UNCONVERTED}_epochs")
    return ConfirmedConfig(
        rank=rank,
        trial=group[0].trial,
        params=dict(group[0].params),
        accuracy=accuracy,
        accuracy_spread=spread(accuracy),
        test_spread=spread(values_of(group, "test_accuracy")),
        gains=_gains(group, metric, fallen),
        fallen=fallen,
        reason=next((each.reason for each in group if each.reason), ""),
        balanced_spread=spread(values_of(group, "balanced_accuracy")),
        test_gains=_gains(group, f"test_{metric}", fallen),
        uncompared=_uncompared(group, study) if accuracy else {},
        unconverted_epochs=round(max(epochs.values())) if epochs else None,
    )


def _gains(group: Sequence[Confirmation], metric: str, fallen: Mapping[str, str]) -> dict[str, Spread | None]:
    measured = values_of(group, metric)
    paired = {name: subtract(measured, values_of(group, f"{name}_{metric}")) for name in _compared(group)}
    return {name: None if name in fallen else spread(gain) for name, gain in paired.items()}


def _compared(group: Sequence[Confirmation]) -> tuple[str, ...]:
    """What a config is compared with; one that diverged was measured, too, and has no accuracy."""
    measured = {name for each in group for name in CONFIRMED_REFERENCES if f"{name}_accuracy" in each.metrics}
    return tuple(name for name in CONFIRMED_REFERENCES if name in REFERENCES or name in measured)


def _uncompared(group: Sequence[Confirmation], study: StudyRecord) -> dict[str, str]:
    if UNCONVERTED in _compared(group):
        return {}
    section = study.settings.space.final_config(group[0].params, group[0].seed).autoencoder
    if section.converts_and_classifies:
        return {UNCONVERTED: "an earlier version confirmed it"}
    learns = (
        "to convert, and no classes beside" if section.reconstruction_weight else "without conversion itself"
    )
    return {UNCONVERTED: f"it learns {learns}"}


def _missing(config: ConfirmedConfig, compared: Sequence[str]) -> Iterator[str]:
    for name in compared:
        label, gain = CONFIRMED_REFERENCES[name].label, config.gains.get(name)
        if name in config.fallen:
            yield no_yardstick(name, config.fallen[name])
        elif name in config.uncompared:
            yield f"no {label}: {config.uncompared[name]}"
        elif name in RIVALS and name not in config.gains:
            yield f"no {label}: it was confirmed without"
        elif gain is not None and gain.n_seeds < len(config.accuracy):
            yield f"{label} was measured with {gain.n_seeds} of {len(config.accuracy)} seeds"


def _fallen(group: Sequence[Confirmation], study: StudyRecord) -> dict[str, str]:
    """The controls of a config that are no yardstick; one that is missing beside its baseline diverged."""
    metric = study.settings.accuracy_metric
    baseline = values_of(group, f"baseline_{metric}")
    counted = min(values_of(group, "n_validation").values(), default=study.facts.n_validation or 0)
    found: dict[str, str] = {}
    for name in _compared(group):
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
