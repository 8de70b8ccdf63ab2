"""The tasks of a worker by their names. Loads Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from decoder_search.execution.messages import Report
from decoder_search.worker.class_pictures import draw_classes
from decoder_search.worker.confirmation import confirm_config
from decoder_search.worker.preparation import gather, measure_speed, prepare, train_control
from decoder_search.worker.trial import run_trial


def run_task(task: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Run the task of the kind that it names.

    Args:
        task: `kind`, `space`, `cache`, `expected`, the study's facts; perhaps `identities` (what `gather`
            found out about files, where those may not be on this machine); a trial has `params` and
            `folder` too, and perhaps `rungs` and `epochs` (of the autoencoder), `resume_from` (the folder of
            a trial of the same params), `replicate` (what is added to the seed) and `keep_weights` (whether
            to leave the trained models).
        report: is told about every epoch and answers whether to go on.

    Raises:
        EncodeNetError: the task cannot run; InfeasibleConfig where the trial's own params are why.
    """
    return TASKS[task["kind"]](task, report)


TASKS: dict[str, Callable[[Mapping[str, Any], Report], dict[str, Any]]] = {
    "prepare": prepare,
    "control": train_control,
    "gather": gather,
    "trial": run_trial,
    "speed": measure_speed,
    "confirm": confirm_config,
    "classes": draw_classes,
}
