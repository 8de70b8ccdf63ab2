"""Tasks run in worker processes on this machine: started at need, reused, replaced when they grow or die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic
from typing import Any

from decoder_search.execution.executor import GRACE, Executor
from decoder_search.execution.messages import Event, receive_message, send_message
from decoder_search.execution.process import WorkerProcess, worker_environment
from decoder_search.execution.tasks import AnyTask, task_to_json

MEMORY_LIMIT = 3 * 1024**3
"""Bytes a worker may hold between two tasks: Keras never gives back all that a trial took."""


class LocalExecutor(Executor):
    """Up to `n_workers` processes that each run one task at a time: an `Executor`.

    Everything happens inside the calls: no thread, no signal handler. A killed driver leaves no worker
    behind, because a worker ends when its pipe closes.
    """

    def __init__(
        self,
        n_workers: int,
        *,
        threads: int,
        log_folder: Path,
        memory_limit: int = MEMORY_LIMIT,
        module: str = "decoder_search.worker.main",
        environments: Sequence[Mapping[str, str]] = ({},),
    ) -> None:
        """Start nothing yet.

        Args:
            n_workers: how many tasks run at the same time.
            threads: how many threads each worker computes with.
            log_folder: where `worker-N.log` takes what worker N prints.
            memory_limit: bytes; a worker that holds more after a task is replaced.
            module: what a worker runs as its main; it calls `worker.main`.
            environments: variables that win over those of the driver, in turns for worker 1, 2, ..., such as
                those by which each finds its device.
        """
        self._n_workers = n_workers
        self._log_folder = log_folder
        self._memory_limit = memory_limit
        self._module = module
        self._environments = [worker_environment(threads, environment) for environment in environments]
        self._workers: list[WorkerProcess] = []

    def start(self) -> None:
        """Start all workers now, so that they have loaded what they compute with when tasks come."""
        while len(self._workers) < self._n_workers:
            self._start_worker()

    def free(self) -> int:
        """How many tasks could be submitted now."""
        return self._n_workers - sum(worker.key is not None for worker in self._workers)

    def submit(self, key: int, task: AnyTask) -> None:
        """Give a task to a free worker; its events will carry `key`.

        Raises:
            RuntimeError: no worker is free.
        """
        if self.free() < 1:
            raise RuntimeError(f"task {key} was submitted while all {self._n_workers} workers are busy")
        worker = self._idle_worker()
        worker.key = key
        with suppress(OSError):  # it died just now, which the next events() tells
            send_message(worker.connection, {"task": task_to_json(task)})

    def answer(self, key: int, go_on: bool) -> None:
        """Reply to the report of a task that waits for it."""
        for worker in self._workers:
            if worker.key == key:
                with suppress(OSError):  # likewise
                    send_message(worker.connection, {"go_on": go_on})

    def events(self, timeout: float | None) -> list[Event]:
        """What happened, waiting for something to happen if nothing has yet.

        Args:
            timeout: seconds to wait at most; None waits for as long as it takes.

        Returns:
            At most one event a worker; none where the time was up, an idle worker died, or all are idle
            and `timeout` is None.
        """
        if timeout is None and not any(worker.key is not None for worker in self._workers):
            return []
        ready = wait([worker.connection for worker in self._workers], timeout)
        stirring = [worker for worker in self._workers if worker.connection in ready or worker.has_exited]
        return [event for worker in stirring if (event := self._next_event(worker)) is not None]

    def stop(self, key: int) -> None:
        """End the worker of a task at once; no event tells of it."""
        for worker in [worker for worker in self._workers if worker.key == key]:
            self._workers.remove(worker)
            worker.hang_up()
            worker.reap(0.0)

    def memory(self, key: int) -> int:
        """The bytes in memory of the worker of a task; 0 where it has none, or the system does not say."""
        return sum(worker.resident_memory() for worker in self._workers if worker.key == key)

    def close(self, grace: float) -> None:
        """End all workers, whatever they do: hang up, wait `grace` seconds for all of them, then kill."""
        for worker in self._workers:
            worker.hang_up()
        deadline = monotonic() + grace
        while self._workers:
            self._workers.pop().reap(deadline - monotonic())

    def _idle_worker(self) -> WorkerProcess:
        for worker in [worker for worker in self._workers if worker.key is None]:
            if not worker.has_exited:
                return worker
            self._dismiss(worker)
        return self._start_worker()

    def _start_worker(self) -> WorkerProcess:
        slot = min(set(range(1, self._n_workers + 1)) - {worker.slot for worker in self._workers})
        self._log_folder.mkdir(parents=True, exist_ok=True)
        log = self._log_folder / f"worker-{slot}.log"
        environment = self._environments[(slot - 1) % len(self._environments)]
        started = WorkerProcess(slot, module=self._module, environment=environment, log=log)
        self._workers.append(started)
        return started

    def _next_event(self, worker: WorkerProcess) -> Event | None:
        key, message = worker.key, _next_message(worker)
        if key is None or message is None:
            reason = self._dismiss(worker)
            return None if key is None else Event("died", key, {"reason": reason})
        if message["kind"] != "report":
            worker.key = None
            if message["memory"] > self._memory_limit:
                self._dismiss(worker)
        return Event(message["kind"], key, message["payload"])

    def _dismiss(self, worker: WorkerProcess) -> str:
        self._workers.remove(worker)
        worker.hang_up()
        return worker.reap(GRACE)


def _next_message(worker: WorkerProcess) -> dict[str, Any] | None:
    """What the worker says next; None where it has said its last."""
    try:
        return receive_message(worker.connection) if worker.connection.poll() else None
    except (EOFError, OSError):
        return None
