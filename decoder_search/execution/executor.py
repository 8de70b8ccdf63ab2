"""What every place where tasks run can do, whether that is this machine or a cluster."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import AnyTask

POLL_SECONDS = 0.5
"""How long a driver waits for events before it looks whether it was interrupted."""

MOST_ATTEMPTS = 3
"""How often a driver gives a task to a worker that dies before it gives the task up."""

GRACE = 5.0
"""Seconds that a worker has to end by itself."""


class Executor(Protocol):
    """Runs tasks at the same time, each in a worker process, and tells what becomes of them.

    The folders in a task are of the driver's machine. An executor on other machines gives the task folders
    there in their place, takes along the checkpoint that it goes on from, and brings back what it leaves.
    """

    def free(self) -> int:
        """How many tasks could be submitted now; where machines come and go, that may be none at all."""

    def submit(self, key: int, task: AnyTask) -> None:
        """Give a task to a free worker; its events will carry `key`.

        Raises:
            RuntimeError: no worker is free.
        """

    def answer(self, key: int, go_on: bool) -> None:
        """Reply to the report of a task that waits for it."""

    def events(self, timeout: float | None) -> list[Event]:
        """What happened, waiting for something to happen if nothing has yet.

        Args:
            timeout: seconds to wait at most; None waits for as long as it takes.

        Returns:
            At most one event a task. There may be none: the time was up, a worker came or went that had no
            task, or no task runs and `timeout` is None.
        """

    def stop(self, key: int) -> None:
        """End the worker of a task at once; no event tells of it."""

    def memory(self, key: int) -> int:
        """The bytes in memory of the worker of a task, as far as they are known; else 0."""

    def close(self, grace: float) -> None:
        """End all workers, whatever they do: ask them to, wait `grace` seconds for all of them, then kill."""

    def __enter__(self) -> Self:
        """The executor itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all workers."""
        self.close(GRACE)
