"""The process of a Keras Tuner oracle as its driver sees it: one question, one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from decoder_search.execution.messages import receive_message, send_message
from decoder_search.execution.process import WorkerProcess, worker_environment
from encodenet_core import EncodeNetError

GRACE = 5.0
"""Seconds that the process has to end by itself."""

ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",  # nothing is trained here; this one is always installed
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONWARNINGS": "ignore",  # Keras Tuner calls what Python 3.10 has deprecated
}


class OracleFailed(EncodeNetError):
    """The process broke or died, which says nothing about whether the study's settings are sound."""


class OracleProcess:
    """A live process with one oracle. It ends with its pipe, so a killed driver leaves none behind."""

    def __init__(self, *, threads: int, log: Path) -> None:
        """Start it, with this many threads to compute with, and a file that takes what it prints."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        self._worker: WorkerProcess | None = WorkerProcess(
            1,
            module="decoder_search.engines.keras_tuner_process",
            environment=worker_environment(threads, ENVIRONMENT),
            log=log,
        )

    def call(self, kind: str, **arguments: Any) -> Any:
        """Run one task there and wait for its answer.

        Raises:
            OracleFailed: the process broke or is gone.
        """
        if self._worker is None:
            raise OracleFailed("Keras Tuner's oracle is closed; start the study again")
        try:
            send_message(self._worker.connection, {"task": {"kind": kind, "arguments": arguments}})
            message = receive_message(self._worker.connection)
        except (EOFError, OSError):
            ending = self._worker.reap(GRACE)
            raise OracleFailed(
                f"the process of Keras Tuner's oracle died ({ending}); see {self._log}, and start the study again"
            ) from None
        payload = message["payload"]
        if message["kind"] != "result":
            with self._log.open("a", encoding="utf-8") as file:
                file.write(payload.get("traceback", ""))
            raise OracleFailed(f"Keras Tuner's oracle broke ({payload['reason']}); see {self._log}")
        return payload.get("answer")

    def close(self) -> None:
        """Hang up, and wait for the end."""
        if self._worker is not None:
            self._worker.hang_up()
            self._worker.reap(GRACE)
            self._worker = None
