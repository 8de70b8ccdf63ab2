"""Whether a study on disk is the one that is wanted: the same, an earlier version of it, or another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from decoder_search.engines.warm_start import migrate
from decoder_search.records.journal import Journal
from decoder_search.records.settings import EARLIER_PRUNING, Pruning, StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.space.search_space import SearchSpace
from encodenet_core.data.class_balance import UNEVEN
from encodenet_core.errors import ConfigError

PLAIN_OPTIONS = ("engine", "seed", "objective", "accuracy", "reconstruction")
"""The settings that a study keeps and that an option of the same name gives."""


def go_on_with(journal: Journal, settings: StudySettings, say: Callable[[str], None]) -> StudyRecord:
    """The study of the journal with these settings; where its space has changed, in a version of its own.

    A study without facts and trials holds nothing that new settings could spoil.

    Raises:
        ConfigError: a setting that a study keeps has changed, or no trial holds in the new space.
    """
    study = read_study(journal.folder)
    if study.settings == settings:
        return study
    if not study.facts.is_prepared and not study.trials:
        journal.settle(settings)
        return read_study(journal.folder)
    check_same_options(study.settings, settings)
    resumed = replace(study.settings, space=settings.space)
    if study.settings.space.fingerprint() != settings.space.fingerprint():
        _start_version(journal, study, resumed, say)
    elif study.settings.space.final != settings.space.final:
        journal.settle(resumed)
    return read_study(journal.folder)


def check_same_options(recorded: StudySettings, wanted: StudySettings) -> None:
    """Raise a ConfigError where a study of this name was started with other options."""
    started = f"study {recorded.name!r} was started"
    for name in PLAIN_OPTIONS:
        before, now = getattr(recorded, name), getattr(wanted, name)
        if before != now:
            raise ConfigError(
                f"{started} with {name} {before}, but now it is {now}; "
                f"give --{name} {before}, or another --study"
            )
    if recorded.sampler != wanted.sampler:
        option = "sampler" if recorded.engine == "optuna" else "tuner"
        raise ConfigError(
            f"{started} with {option} {recorded.sampler}, but now it is {wanted.sampler}; "
            f"give --{option} {recorded.sampler}, or another --study"
        )
    is_earlier_default = recorded.pruning == EARLIER_PRUNING and wanted.pruning == Pruning()
    if recorded.pruning != wanted.pruning and not is_earlier_default:
        raise ConfigError(f"{started} {_pruning_in_words(recorded.pruning)}, or another --study")
    if wanted.warm_start_from not in (None, recorded.warm_start_from):
        before = (
            "without --from"
            if recorded.warm_start_from is None
            else f"with --from {recorded.warm_start_from}"
        )
        raise ConfigError(
            f"{started} {before}, but now it is --from {wanted.warm_start_from}; "
            "leave it out, or give another --study"
        )


def check_accuracy(settings: StudySettings, found: Mapping[str, Any]) -> None:
    """Raise a ConfigError where a preparation found no balanced accuracy for a study that goes by it."""
    if f"baseline_{settings.accuracy_metric}" not in found:
        raise ConfigError(
            f"--accuracy is {settings.accuracy}, but the classes of {found['dataset_name']} are even: the "
            f"largest has no more than {UNEVEN:g} times the training images of the smallest; leave it out"
        )


def _pruning_in_words(pruning: Pruning | None) -> str:
    if pruning is None:
        return "without pruning; give --pruner none"
    first, factor = pruning.first_rung, pruning.reduction_factor
    return (
        f"with its first rung at {first} and a reduction factor of {factor}; "
        f"give --pruner halving --first-rung {first} --reduction-factor {factor}"
    )


def _start_version(
    journal: Journal, study: StudyRecord, settings: StudySettings, say: Callable[[str], None]
) -> None:
    migrated = migrate(study.trials, study.settings.space, settings.space)
    difference = describe_difference(study.settings.space, settings.space)
    if study.trials and not migrated.records:
        raise ConfigError(
            f"study {settings.name!r} was started with another search space ({difference}), in which none of "
            "its trials would hold; give another --study"
        )
    earlier = journal.start_version(settings, migrated.records)
    say(
        f"the search space has changed ({difference}): {len(migrated.records)} of {len(study.trials)} trials "
        f"hold in it, and {earlier.name} keeps the study as it was"
    )
    for reason in migrated.left_out:
        say(f"left out: {reason}")


def describe_difference(before: SearchSpace, now: SearchSpace) -> str:
    """The first difference between two spaces, in words."""
    for path in sorted({*before.constants, *now.constants}):
        was, is_now = _setting(before, path), _setting(now, path)
        if was != is_now:
            return f"{path} was {was} and is {is_now}"
    searched = ({parameter.path: parameter for parameter in space.parameters} for space in (before, now))
    old, new = searched
    changed = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
    return f"{changed[0]} is searched differently" if changed else "its constraints differ"


def _setting(space: SearchSpace, path: str) -> str:
    if path in space.constants:
        return repr(space.constants[path])
    return "searched" if space.varies(path) else "left out"
