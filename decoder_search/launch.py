"""From settings to a finished study: lock it, check that it is the same, prepare it, run it, let it go."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decoder_search.execution.local import LocalExecutor
from decoder_search.journal import Journal
from decoder_search.live import LiveView
from decoder_search.preparation import PreparationFailed, prepare_study
from decoder_search.records import StudyRecord, read_study
from decoder_search.settings import StudySettings
from decoder_search.space import SearchSpace
from decoder_search.study import Budget, Study
from encodenet_core import ConfigError, EncodeNetError

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Resources:
    """What a study may use: workers at a time, seconds until no trial is started any more, a stage cache."""

    n_trials: int
    n_workers: int
    time_budget: float | None
    cache: Path


def launch_study(
    folder: Path, settings: StudySettings, resources: Resources, console: Console
) -> tuple[StudyRecord, bool]:
    """Start the study in a folder, or go on with it; returns it and whether it was interrupted.

    A new study that cannot be prepared leaves nothing behind.

    Raises:
        ConfigError: the study is held by another process or was started with other settings, or the dataset,
            the baseline or the space cannot be used.
        EncodeNetError: the study cannot be written, or its preparation broke.
    """
    deadline = None if resources.time_budget is None else time.monotonic() + resources.time_budget
    view = LiveView(console, study_name=folder.name, n_trials=resources.n_trials, deadline=deadline)
    with Journal.open(folder, lambda: settings) as journal, _interrupts() as interrupted:
        study = _same_study(journal, settings)
        unfinished = resources.n_trials - sum(trial.state != "running" for trial in study.trials)
        if unfinished > 0:
            with view:
                try:
                    facts = _prepare(journal, study, resources, view, interrupted)
                except PreparationFailed:
                    raise
                except EncodeNetError:
                    if not study.facts:
                        _abandon(journal)
                    raise
                if facts is not None:
                    budget = Budget(resources.n_trials, deadline)
                    _run(journal, replace(study, facts=facts), resources, view, budget, interrupted)
        return read_study(folder), interrupted()


def _prepare(
    journal: Journal,
    study: StudyRecord,
    resources: Resources,
    view: LiveView,
    interrupted: Callable[[], bool],
) -> Mapping[str, Any] | None:
    """A worker with all cores computes what trials share; on a resumed study it finds it in the cache."""
    with _executor(journal.folder, n_workers=1) as executor:
        facts = prepare_study(executor, study, resources.cache, view, interrupted)
    if facts is None:
        return None
    if not study.facts:
        journal.prepared(facts)
        view.say(
            f"baseline {facts['baseline_accuracy']:.2%} of validation images; trained on for "
            f"{facts['control_training_epochs']} epochs, the work of the dearest trial, "
            f"{facts['control_training_accuracy']:.2%}"
        )
    return facts


def _run(
    journal: Journal,
    study: StudyRecord,
    resources: Resources,
    view: LiveView,
    budget: Budget,
    interrupted: Callable[[], bool],
) -> None:
    n_workers = min(resources.n_workers, resources.n_trials)
    with _executor(journal.folder, n_workers) as executor:
        running = Study(journal, study, executor=executor, view=view, cache=resources.cache)
        running.run(budget, interrupted)


def _executor(folder: Path, n_workers: int) -> LocalExecutor:
    """Workers that share out the cores among themselves."""
    threads = max(1, available_cores() // n_workers)
    return LocalExecutor(n_workers, threads=threads, log_folder=folder / "workers")


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _same_study(journal: Journal, settings: StudySettings) -> StudyRecord:
    """The study to go on with; without facts and trials it holds nothing that new settings could spoil."""
    study = read_study(journal.folder)
    if study.settings == settings:
        return study
    if not study.facts and not study.trials:
        journal.settle(settings)
    else:
        check_same_study(study.settings, settings)
        if study.settings.space.final != settings.space.final:
            journal.settle(replace(study.settings, space=settings.space))
    return read_study(journal.folder)


def check_same_study(recorded: StudySettings, wanted: StudySettings) -> None:
    """Raise a ConfigError where a study of this name was started with other settings."""
    for name in ("seed", "sampler", "reconstruction"):
        before, now = getattr(recorded, name), getattr(wanted, name)
        if before != now:
            raise ConfigError(
                f"study {recorded.name!r} was started with {name} {before}, but now it is {now}; "
                f"give --{name} {before}, or another --study"
            )
    if recorded.space.fingerprint() != wanted.space.fingerprint():
        raise ConfigError(
            f"study {recorded.name!r} was started with another search space "
            f"({_difference(recorded, wanted)}); give another --study"
        )


def _difference(recorded: StudySettings, wanted: StudySettings) -> str:
    before, now = recorded.space, wanted.space
    for path in sorted({*before.constants, *now.constants}):
        was, is_now = _setting(before, path), _setting(now, path)
        if was != is_now:
            return f"{path} was {was} and is {is_now}"
    searched = ({parameter.path: parameter for parameter in space.parameters} for space in (before, now))
    old, new = searched
    changed = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
    return f"{changed[0]} is searched differently"


def _setting(space: SearchSpace, path: str) -> str:
    if path in space.constants:
        return repr(space.constants[path])
    return "searched" if space.varies(path) else "left out"


def _abandon(journal: Journal) -> None:
    """Take back what a new study wrote before it was refused."""
    shutil.rmtree(journal.folder / "workers", ignore_errors=True)
    journal.discard()


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask the loop to end; a second Ctrl-C ends the process as usual."""
    seen: list[int] = []

    def note(number: int, frame: Any) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
