"""The actor through which all running trials of a study report to its driver."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from decoder_search.execution.ray.parcels import Parcel

News = tuple[int, str, Parcel]
"""A ticket, what its task reports as JSON, and files that come with it."""


class ReportHub:
    """Holds reports until the driver takes them, and those who reported until it answers.

    A task has at most one report here, because it waits for the answer: so the queue is never longer than
    there are running tasks. Reports are named by the ticket that the driver gave to one run of a task.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._news: deque[News] = deque()
        self._stirred = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._weights: dict[int, int] = {}

    async def report(self, ticket: int, report: str, parcel: Parcel) -> bool:
        """Hand a report to the driver; returns its answer once there is one."""
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = answered
        self._news.append((ticket, report, parcel))
        self._stirred.set()
        return await answered

    async def take(self, most: int) -> tuple[list[News], int]:
        """Reports in the order in which they came, once there are any, and how many are left."""
        await self._stirred.wait()
        taken = [self._news.popleft() for _ in range(min(most, len(self._news)))]
        if not self._news:
            self._stirred.clear()
        return taken, len(self._news)

    async def answer(self, answers: Sequence[tuple[int, bool]]) -> None:
        """Tell tasks whether to go on."""
        for ticket, go_on in answers:
            answered = self._waiting.pop(ticket, None)
            if answered is not None and not answered.done():
                answered.set_result(go_on)

    async def weigh(self, ticket: int, memory: int) -> None:
        """Note how many bytes of memory the worker of a task holds."""
        self._weights[ticket] = memory

    async def weights(self) -> dict[int, int]:
        """Bytes of memory by ticket, as far as they are known; what ended is forgotten."""
        known, self._weights = self._weights, {}
        return known
