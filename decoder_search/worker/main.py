"""The main of a worker process of a study."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from decoder_search.execution.serving import main
from decoder_search.execution.tasks import task_from_json
from encodenet_core.training.watch import Report


def load() -> ModuleType:
    """Import Keras and the tasks that compute with it, which takes seconds and counts once in a process."""
    from encodenet_core.models.quiet import import_keras_quietly

    import_keras_quietly(whole=False)
    from decoder_search.worker import tasks
    from encodenet_core.models.keras_settings import settle_keras

    settle_keras()
    return tasks


def run_task(task: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """Run one task."""
    result: Mapping[str, Any] = load().run_task(task_from_json(task), report)
    return result


if __name__ == "__main__":
    main(run_task, load)
