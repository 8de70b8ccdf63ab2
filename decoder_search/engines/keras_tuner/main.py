"""The main of the process that holds a Keras Tuner oracle, because importing Keras Tuner loads TensorFlow.

It takes the same messages as a worker that trains, and like one it ends when its pipe closes.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from decoder_search.execution import serving as worker
from decoder_search.space.search_space import SearchSpace
from encodenet_core.training.watch import Report

if TYPE_CHECKING:
    from decoder_search.engines.keras_tuner.oracle import StudyOracle


class OracleTasks:
    """Runs the tasks `open`, which comes first, and those named like the methods of `StudyOracle`."""

    def __init__(self) -> None:
        self._oracle: StudyOracle | None = None

    def __call__(self, task: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
        """Answer one task, whose `kind` and `arguments` are plain JSON values."""
        if task["kind"] == "open":
            self._oracle = _open(**task["arguments"])
            return {}
        return {"answer": getattr(self._oracle, task["kind"])(**task["arguments"])}


def _open(space: Mapping[str, Any], **options: Any) -> StudyOracle:
    from decoder_search.engines.keras_tuner.oracle import StudyOracle  # the pipe is watched by now

    oracle = StudyOracle(SearchSpace.from_json(space), **options)
    gc.collect()
    gc.freeze()  # a worker collects after every task, and TensorFlow's objects make that take long
    return oracle


if __name__ == "__main__":
    worker.main(OracleTasks())
