"""The actor through which all running trials of a study report to its driver."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from decoder_search.execution.ray.files import Files

Report = tuple[int, str, Files]
"""A ticket, what its task reports as JSON, and files that come with it."""


class ReportQueue:
    """Holds reports until the driver takes them, and those who reported until it answers.

    A task has at most one report here, because it waits for the answer: so the queue is never longer than
    there are running tasks. Reports are named by the ticket that the driver gave to one run of a task.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._reports: deque[Report] = deque()
        self._changed = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._memory: dict[int, int] = {}

    async def report(self, ticket: int, report: str, files: Files) -> bool:
        """Hand a report to the driver; returns its answer once there is one."""
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = answered
        self._reports.append((ticket, report, files))
        self._changed.set()
        return await answered

    async def take(self, most: int) -> tuple[list[Report], int, dict[int, int]]:
        """What is new, once something is.

        Returns:
            Reports in the order in which they came, how many are left, and the bytes of memory of workers
            by ticket that were noted since the last call.
        """
        await self._changed.wait()
        reports = [self._reports.popleft() for _ in range(min(most, len(self._reports)))]
        if not self._reports:
            self._changed.clear()
        memory, self._memory = self._memory, {}
        return reports, len(self._reports), memory

    async def answer(self, answers: Sequence[tuple[int, bool]]) -> None:
        """Tell tasks whether to go on."""
        for ticket, go_on in answers:
            answered = self._waiting.pop(ticket, None)
            if answered is not None and not answered.done():
                answered.set_result(go_on)

    async def note_memory(self, ticket: int, memory: int) -> None:
        """Note how many bytes of memory the worker of a task holds."""
        self._memory[ticket] = memory
        self._changed.set()
