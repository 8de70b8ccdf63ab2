"""Clusters and elbow of the winner, drawn by a worker where that was not done before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from decoder_search.execution.messages import Event
from decoder_search.execution.once import run_once
from decoder_search.execution.starting import local_workers
from decoder_search.execution.tasks import PicturesTask
from decoder_search.records.layout import trial_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.report.illustrating import Illustration, read_illustration
from encodenet_core.errors import ConfigError


def obtain_illustration(
    study: StudyRecord,
    winner: TrialRecord | None,
    cache: Path,
    say: Callable[[str], None],
    interrupted: Callable[[], bool],
) -> Illustration:
    """Read what a worker drew of the winner's clusters, and have one draw it where none did.

    It takes seconds, or minutes where the elbow was never looked for. Whatever goes wrong becomes the reason.

    Args:
        study: what is recorded.
        winner: the best trial; None where there is none.
        cache: folder of the stage cache.
        say: called with a line before a worker starts.
        interrupted: whether the user wants to go on without.
    """
    if winner is None:
        return Illustration(study.folder, reason="No trial has completed, so there are no clusters to show.")
    folder = trial_folder(study.folder, winner.number)
    illustration = read_illustration(study, winner)
    if illustration is not None:
        return illustration
    say(f"a worker draws the clusters of trial {winner.number}; Ctrl-C goes on without them")
    reason = _have_drawn(study, winner, cache, interrupted)
    return read_illustration(study, winner) or Illustration(
        folder, reason=reason or "The worker drew nothing."
    )


def _have_drawn(study: StudyRecord, winner: TrialRecord, cache: Path, interrupted: Callable[[], bool]) -> str:
    """Have a worker draw; the reason why it could not, or nothing."""
    task = PicturesTask(
        space=study.settings.space,
        cache=cache,
        expected=study.facts,
        params=winner.params,
        folder=trial_folder(study.folder, winner.number),
    )
    logs = study.folder / "workers" / "report"
    try:
        with local_workers(1, logs) as executor:
            for event in run_once(executor, {winner.number: task}, interrupted).values():
                return _reason(event, logs)
    except ConfigError as error:
        return f"No worker could draw the clusters: {error}."
    except OSError as error:
        return f"No worker could draw the clusters: {error.filename}: {error.strerror}."
    return "The clusters were not drawn, because that was interrupted; make the report again."


def _reason(event: Event, logs: Path) -> str:
    if event.kind == "result":
        return ""
    return (
        f"The clusters could not be drawn: {event.payload['reason']}. What the worker printed is in {logs}."
    )
