"""What a study has recorded: one event a line of `trials.jsonl`, read back as frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import StrictInt

from decoder_search.records.confirmations import Confirmation, read_confirmations
from decoder_search.records.facts import StudyFacts
from decoder_search.records.lines import UNREADABLE, broken_line, in_words
from decoder_search.records.settings import FORMAT, StudySettings, without_replicate
from decoder_search.records.trial_record import TrialRecord
from decoder_search.records.wording import counted
from decoder_search.records.working_time import WorkingTime, check_time
from encodenet_core.errors import ConfigError
from encodenet_core.io.json_lines import read_whole_lines
from encodenet_core.io.plain_json import parse_json
from encodenet_core.io.types import read_as

TRIALS_FILE = "trials.jsonl"

MOST_BYTES = 2_000_000_000
"""Of `trials.jsonl`; 5,000 trials with their reports take a hundredth of that."""

REPORTED = re.compile(rb'\{"time": "[^"]*", "event": "reported", ')
"""How the lines start that a study has the most of, and that say nothing about how trials ended."""


@dataclass(frozen=True)
class StudyRecord:
    """A whole study on disk.

    `facts` about its dataset and baseline are unknown until it is prepared, those about control A until
    that is trained; `seconds_used` is the wall time that drivers have worked on it, all together;
    `n_trials` is how many the last driver wanted in total.
    """

    folder: Path
    settings: StudySettings
    facts: StudyFacts
    trials: tuple[TrialRecord, ...]
    seconds_used: float = 0.0
    confirmations: tuple[Confirmation, ...] = ()
    n_trials: int | None = None

    @property
    def finished(self) -> tuple[TrialRecord, ...]:
        """The trials that have ended, in whatever state."""
        return tuple(trial for trial in self.trials if trial.state != "running")

    def __repr__(self) -> str:
        """Name and states; trials have a `repr` of their own."""
        counts = counted(trial.state for trial in self.trials) or "no trials yet"
        return f"{type(self).__name__}({self.settings.name}: {counts})"


def read_study(folder: Path) -> StudyRecord:
    """The study in a folder, its trials in the order of their numbers.

    A torn last line, which a killed driver leaves, is skipped; what trials reported while they ran is left
    to `read_reports`.

    Raises:
        ConfigError: there is no study, or a line of it is no event.
    """
    path = folder / TRIALS_FILE
    replay = Replay()
    for number, line in enumerate(read_lines(folder), start=1):
        if REPORTED.match(line):
            replay.working_time.report(line)
        elif problem := replay.problem_with(line):
            raise ConfigError(broken_line(path, number, f"is no event of a study ({problem})"))
    if replay.settings is None:
        raise ConfigError(f"{path} does not start a study; move the folder away and start anew")
    trials = tuple(replay.trials[number] for number in sorted(replay.trials))
    confirmations = read_confirmations(folder)
    return StudyRecord(
        folder,
        replay.settings,
        replay.facts,
        trials,
        replay.working_time.seconds,
        confirmations,
        replay.n_trials,
    )


def read_lines(folder: Path) -> list[bytes]:
    """The lines of a study on disk, without a torn last one.

    Raises:
        ConfigError: there is no study.
    """
    return read_content(folder).splitlines()


def read_content(folder: Path) -> bytes:
    """What the file of a study on disk holds, without a torn last line.

    Raises:
        ConfigError: there is no study.
    """
    path = folder / TRIALS_FILE
    try:
        return read_whole_lines(path, MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"cannot read study {folder.name!r}: {path}: {error.strerror}") from None


@dataclass(frozen=True)
class _Opened:
    n_trials: StrictInt | None = None


class Replay:
    """The state of a study after the events so far."""

    def __init__(self) -> None:
        self.settings: StudySettings | None = None
        self.facts = StudyFacts()
        self.trials: dict[int, TrialRecord] = {}
        self.n_trials: int | None = None
        self.working_time = WorkingTime()

    def problem_with(self, line: bytes) -> str | None:
        """Take in one line; why it is no event, or None."""
        try:
            self._take(parse_json(line))
        except UNREADABLE as error:
            return in_words(error)
        return None

    def _take(self, event: Mapping[str, Any]) -> None:
        check_time(event)
        match event["event"]:
            case "created":
                check_format(event["format"])
                self.settings = read_as(StudySettings, without_replicate(event["settings"]), "settings")
            case "prepared":
                self.facts = read_as(StudyFacts, event["facts"], "facts")
            case "started":
                self._put({**without_replicate(event["trial"]), "state": "running"})
            case "finished":
                self._put(without_replicate(event["trial"]))
            case "opened":
                self.working_time.opened()
                self.n_trials = read_as(_Opened, event, "an opening").n_trials
            case other:
                raise ValueError(f"unknown event {other!r}")
        if event["event"] not in ("created", "opened"):
            self.working_time.event(event)

    def _put(self, recorded: object) -> None:
        trial = read_as(TrialRecord, recorded, "a trial")
        trial.check()
        self.trials[trial.number] = trial


def check_format(number: int) -> None:
    """Raise a ConfigError for a study that a later version of this package wrote."""
    if number > FORMAT:
        raise ConfigError(
            f"a newer decoder-search wrote this study (format {number}; this one reads up to {FORMAT}); "
            "update decoder-search"
        )
