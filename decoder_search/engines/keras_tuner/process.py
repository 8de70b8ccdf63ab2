"""The process of a Keras Tuner oracle as its driver sees it: one question, one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from decoder_search.execution.messages import receive_message, send_message
from decoder_search.execution.process import WorkerProcess, worker_environment
from encodenet_core.errors import EncodeNetError

GRACE = 5.0
"""Seconds that the process has to end by itself."""

THREADS = 1
"""The matrices of a Gaussian process over the trials of a study are small, and the cores are the workers'."""

ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",  # nothing is trained here; this one is always installed
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONWARNINGS": "ignore",  # Keras Tuner calls what Python 3.10 has deprecated
}


class OracleFailed(EncodeNetError):
    """The process broke or died, which says nothing about whether the study's settings are sound."""


class OracleProcess:
    """A process with one oracle, started when it is first called, which takes seconds.

    It ends with its pipe, so a killed driver leaves none behind.
    """

    def __init__(self, log: Path) -> None:
        """Start nothing yet; `log` is the file that takes what the process prints."""
        self._log = log
        self._worker: WorkerProcess | None = None

    def call(self, kind: str, **arguments: Any) -> Any:
        """Run one task there and wait for its answer.

        Raises:
            OracleFailed: the process broke or is gone.
        """
        if self._worker is None:
            self._worker = self._start()
        try:
            send_message(self._worker.connection, {"task": {"kind": kind, "arguments": arguments}})
            message = receive_message(self._worker.connection)
        except (EOFError, OSError):
            ending = self._worker.reap(GRACE)
            raise OracleFailed(
                f"Keras Tuner's process died ({ending}); see {self._log}, and start the study again to go on"
            ) from None
        payload = message["payload"]
        if message["kind"] != "result":
            with self._log.open("a", encoding="utf-8") as file:
                file.write(payload.get("traceback", ""))
            raise OracleFailed(f"Keras Tuner's oracle broke ({payload['reason']}); see {self._log}")
        return payload.get("answer")

    def close(self) -> None:
        """Hang up, and wait for the end; the next call starts another process."""
        if self._worker is not None:
            self._worker.hang_up()
            self._worker.reap(GRACE)
            self._worker = None

    def _start(self) -> WorkerProcess:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return WorkerProcess(
            1,
            module="decoder_search.engines.keras_tuner.main",
            environment=worker_environment(THREADS, ENVIRONMENT),
            log=self._log,
        )
