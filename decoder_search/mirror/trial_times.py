"""When the trials of a study last started or ended."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from decoder_search.records.study_record import read_lines

EVENT = re.compile(rb'\{"time": "([^"]*)", "event": "(?:started|finished)", "trial": \{"number": (\d+),')
"""How the lines start of which a trial has the fewest."""


def read_trial_times(folder: Path) -> dict[int, datetime]:
    """The time of the last event of every trial: its end where it has ended, else its start.

    Raises:
        ConfigError: there is no study.
    """
    events = filter(None, map(EVENT.match, read_lines(folder)))
    return {int(event[2]): datetime.fromisoformat(event[1].decode()) for event in events}
