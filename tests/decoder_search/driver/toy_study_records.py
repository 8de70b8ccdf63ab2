"""What a toy study left, as the tests of its loop look at it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord

RunStudy = Callable[..., StudyRecord]


StudyOf = Callable[..., StudySettings]


def events(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "trials.jsonl").read_text().splitlines():
        yield json.loads(line)


def states(study: StudyRecord) -> list[tuple[int, str, int]]:
    return [(trial.number, trial.state, trial.attempts) for trial in study.trials]
