"""What a study needs before its first trial, computed in a worker because it takes Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from decoder_search.execution.local import LocalExecutor
from decoder_search.live import LiveView
from decoder_search.records import StudySettings
from encodenet_core import ConfigError

PREPARATION = -1
"""The key of the preparation among the numbers of the trials."""

_POLL_SECONDS = 0.5


def prepare_study(
    executor: LocalExecutor,
    settings: StudySettings,
    cache: Path,
    view: LiveView,
    interrupted: Callable[[], bool],
) -> Mapping[str, Any] | None:
    """Have a worker compute what all trials share; None where that was interrupted.

    Raises:
        ConfigError: the dataset, the baseline or the space cannot be used.
    """
    view.trial_started(PREPARATION, {})
    executor.submit(PREPARATION, {"kind": "prepare", "space": settings.space.to_json(), "cache": str(cache)})
    while not interrupted():
        for event in executor.events(_POLL_SECONDS):
            if event.kind == "report":
                report = event.payload
                view.trial_reported(
                    event.key, report["stage"], report["step"], report["total"], report["values"]
                )
                executor.answer(event.key, go_on=True)
                continue
            view.trial_left(event.key)
            if event.kind == "result":
                return event.payload
            raise ConfigError(event.payload["reason"])
    return None
