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
        self._elapsed = 0.0
        self._report = b""

    def opened(self) -> None:
        """A driver starts."""
        self._before, self._elapsed, self._report = self.seconds, 0.0, b""

    def event(self, event: Mapping[str, Any]) -> None:
        """The driver recorded an event."""
        self._elapsed, self._report = event.get(ELAPSED, self._elapsed), b""

    def report(self, line: bytes) -> None:
        """The driver recorded a report, of which there are so many that only the last is looked at."""
        self._report = line

    @property
    def seconds(self) -> float:
        """The seconds so far."""
        reported = _elapsed_in(self._report)
        return self._before + (self._elapsed if reported is None else reported)


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
