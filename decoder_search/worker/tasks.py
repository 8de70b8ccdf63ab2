"""The tasks of a worker by their names. Loads Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from decoder_search.execution.tasks import AnyTask
from decoder_search.worker.class_pictures import draw_classes
from decoder_search.worker.confirmation import confirm_config
from decoder_search.worker.preparation import gather, measure_speed, prepare, train_control
from decoder_search.worker.trial import run_trial
from encodenet_core.training.watch import Report


def run_task(task: AnyTask, report: Report) -> dict[str, Any]:
    """Run a task.

    Args:
        task: what is to be done.
        report: is told about every epoch and answers whether to go on.

    Raises:
        EncodeNetError: the task cannot run; InfeasibleConfig where the trial's own params are why.
    """
    return TASKS[task.kind](task, report)


TASKS: dict[str, Callable[[Any, Report], dict[str, Any]]] = {
    "prepare": prepare,
    "control": train_control,
    "gather": gather,
    "trial": run_trial,
    "speed": measure_speed,
    "confirm": confirm_config,
    "pictures": draw_classes,
}
