"""What a study needs before its first trial, computed in a worker because it takes Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from decoder_search.execution.executor import Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.once import run_once
from decoder_search.execution.tasks import SharedKind, SharedTask
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import PREPARATION
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError, EncodeNetError
from encodenet_core.io.whole_files import write_text


class PreparationFailed(EncodeNetError):
    """A worker broke or died, which says nothing about whether the study's settings are sound."""


def compute_shared(
    kind: SharedKind,
    executor: Executor,
    study: StudyRecord,
    cache: Path,
    view: LiveView,
    interrupted: Callable[[], bool],
) -> Mapping[str, Any] | None:
    """Have a worker compute something for all trials of a study; None where that was interrupted.

    Raises:
        ConfigError: the dataset, the baseline or the space cannot be used.
        PreparationFailed: the worker broke or died; the study's `workers` folder says how.
    """
    view.trial_started(PREPARATION, {})
    task = shared_task(kind, study, cache)
    ends = run_once(executor, {PREPARATION: task}, interrupted, lambda report: show_report(report, view))
    for event in ends.values():
        view.trial_left(event.key)
        if event.kind == "result":
            return event.payload
        if event.kind in ("failed", "died"):
            raise _failure(event, study.folder)
        raise ConfigError(event.payload["reason"])
    return None


def show_report(event: Event, view: LiveView) -> None:
    """Show what a task reports."""
    report = event.payload
    view.trial_reported(event.key, report["stage"], report["step"], report["total"], report["values"])


def keep_traceback(event: Event, study: Path) -> Path:
    """Write why a task that is no trial broke below the folder of its study; returns the file."""
    path = study / "workers" / "traceback.txt"
    write_text(path, event.payload["traceback"])
    return path


def shared_task(kind: SharedKind, study: StudyRecord, cache: Path) -> SharedTask:
    """A task for all trials of a study."""
    return SharedTask(kind=kind, space=study.settings.space, cache=cache, expected=study.facts)


def _failure(event: Event, study: Path) -> PreparationFailed:
    reason = event.payload["reason"]
    if event.kind == "died":
        logs = study / "workers"
        return PreparationFailed(
            f"the worker that prepares the study died ({reason}); see {logs}, or try with less data"
        )
    path = keep_traceback(event, study)
    return PreparationFailed(f"the preparation of the study broke ({reason}); see {path}")
