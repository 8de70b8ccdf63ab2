from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from decoder_search.records.working_time import WorkingTime, check_time


def at(minute: int) -> str:
    return f"2024-05-06T07:{minute:02}:00.000+00:00"


def seconds_of(*events: tuple[str, int, float | None]) -> float:
    """The working time after events of a kind, at a minute of the clock, with the time that they say."""
    working = WorkingTime()
    for kind, minute, elapsed in events:
        if kind == "opened":
            working.opened()
        elif kind == "report":
            tail = "}" if elapsed is None else f', "elapsed": {elapsed}' + "}"
            working.report(b'{"values": {"mse": 0.5}' + tail.encode())
        else:
            working.event({"time": at(minute)} | ({} if elapsed is None else {"elapsed": elapsed}))
    return working.seconds


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([], 0.0),
        ([("finished", 5, None)], 0.0),
        ([("opened", 0, 0.0), ("report", 1, 61.5)], 61.5),
        ([("opened", 0, 0.0), ("report", 1, 61.5), ("finished", 2, 120.25)], 120.25),
        ([("opened", 0, 0.0), ("finished", 2, 120.25), ("report", 3, None)], 120.25),
        ([("opened", 0, 0.0), ("finished", 2, 120.0), ("opened", 9, 0.0), ("report", 10, 60.5)], 180.5),
    ],
)
def test_the_time_of_all_drivers_is_summed_up(events: Iterable[Any], seconds: float) -> None:
    assert seconds_of(*events) == seconds


@pytest.mark.parametrize("minute", [1, 59])
def test_a_clock_that_is_set_changes_nothing(minute: int) -> None:
    assert seconds_of(("opened", 30, 0.0), ("finished", minute, 7.5), ("opened", 30, 0.0)) == 7.5


@pytest.mark.parametrize("event", [{"time": "now"}, {"time": 3}, {"elapsed": float("inf")}, {"elapsed": ""}])
def test_a_time_that_is_none_is_told(event: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        check_time(event)
    check_time({"time": at(0), "elapsed": 1.5})
