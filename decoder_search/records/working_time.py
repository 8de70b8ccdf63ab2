"""How long drivers have worked on a study, all together, whatever was done to the clock meanwhile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

ELAPSED = "elapsed"
"""What an event says last: seconds, on a clock that nobody sets, since its driver opened the study."""


class WorkingTime:
    """Sums up the time between the first and the last event of every driver."""

    def __init__(self) -> None:
        """No driver has worked yet."""
        self._before = 0.0
        self._opened: str | None = None
        self._last: tuple[str, float | None] = ("", None)
        self._report: tuple[str, bytes] | None = None

    def opened(self, time: str) -> None:
        """A driver starts at this time."""
        self._before = self.seconds
        self._opened, self._last, self._report = time, (time, None), None

    def event(self, event: Mapping[str, Any]) -> None:
        """The driver recorded an event."""
        self._last, self._report = (event.get("time", ""), event.get(ELAPSED)), None

    def report(self, time: str, line: bytes) -> None:
        """The driver recorded a report, of which there are so many that only the last is looked at."""
        self._report = (time, line)

    @property
    def seconds(self) -> float:
        """The seconds so far."""
        if self._opened is None:
            return 0.0
        time, elapsed = self._last
        if self._report is not None:
            time, elapsed = self._report[0], _elapsed_in(self._report[1])
        return self._before + (_seconds_between(self._opened, time) if elapsed is None else elapsed)


def check_time(event: Mapping[str, Any]) -> None:
    """Raise a ValueError or a TypeError where an event has a time and that is none."""
    if "time" in event:
        datetime.fromisoformat(event["time"])
    if not math.isfinite(event.get(ELAPSED, 0.0)):
        raise ValueError(f"{ELAPSED} is not finite")


def _elapsed_in(line: bytes) -> float | None:
    name, _, rest = line.rpartition(b": ")
    try:
        seconds = float(rest.rstrip(b"}")) if name.endswith(b'"%s"' % ELAPSED.encode()) else math.nan
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds_between(opened: str, last: str) -> float:
    """For events that do not say it; 0 where the clock was set back in between, or a time is none."""
    try:
        between = datetime.fromisoformat(last) - datetime.fromisoformat(opened)
        return max(0.0, between.total_seconds())
    except (ValueError, TypeError):
        return 0.0
