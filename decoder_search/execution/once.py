"""A few tasks run to their ends, where there is no study to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decoder_search.execution.executor import POLL_SECONDS, Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import AnyTask


def run_once(
    executor: Executor,
    tasks: Mapping[int, AnyTask],
    interrupted: Callable[[], bool],
    on_report: Callable[[Event], None] = lambda report: None,
) -> dict[int, Event]:
    """The last event of each task by its key; an interrupt leaves out those that still run.

    Args:
        executor: has a free worker for each; it goes on with what an interrupt leaves.
        tasks: by keys of their own.
        interrupted: whether to wait no longer.
        on_report: is told of every report; the task goes on in any case.
    """
    for key, task in tasks.items():
        executor.submit(key, task)
    ends: dict[int, Event] = {}
    while len(ends) < len(tasks) and not interrupted():
        for event in executor.events(POLL_SECONDS):
            if event.kind == "report":
                on_report(event)
                executor.answer(event.key, go_on=True)
            else:
                ends[event.key] = event
    return ends
