"""A study with lines that cannot be read: which they are, what they cost, and the study without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from decoder_search.records.confirmations import CONFIRMED_FILE, problem_with_confirmation
from decoder_search.records.curves import problem_with_report
from decoder_search.records.lock import Lock
from decoder_search.records.study_record import REPORTED, TRIALS_FILE, Replay
from encodenet_core.errors import ConfigError, remedy_for
from encodenet_core.io.whole_files import copy_whole, write_whole

TRIAL = re.compile(rb'"(?:number|trial)": ?(\d{1,9})\b')
"""Where a line, or what is left of one, says which trial it is about."""


@dataclass(frozen=True)
class BrokenLine:
    """A line of a file of a study; `trial` is the one that it seems to be about, if it says so."""

    file: str
    number: int
    problem: str
    trial: int | None

    def __str__(self) -> str:
        """What a user is told of it."""
        about = "" if self.trial is None else f", about trial {self.trial}"
        return f"{self.file}, line {self.number}{about}: {self.problem}"


@dataclass(frozen=True)
class Damage:
    """What is wrong with a study.

    Attributes:
        folder: of the study.
        broken: the lines that no reader can use.
        kept: by the name of a damaged file, what is left of it without these.
        consequences: a sentence for every trial that a broken line is about.
    """

    folder: Path
    broken: tuple[BrokenLine, ...]
    kept: dict[str, bytes]
    consequences: tuple[str, ...]


def find_damage(folder: Path) -> Damage:
    """Read a whole study, reports and confirmations too.

    Raises:
        ConfigError: it cannot be read, a newer version wrote it, or what is left would be no study.
    """
    replay, kept = Replay(), dict[str, bytes]()
    trials = _read(folder / TRIALS_FILE)
    broken = [*_broken_events(trials, replay)]
    if replay.settings is None:
        raise ConfigError(
            f"{folder / TRIALS_FILE} holds no line any more that says how study {folder.name!r} was started, "
            "so it cannot be repaired; restore that file, or move the folder away and start anew"
        )
    confirmed = _read(folder / CONFIRMED_FILE) if (folder / CONFIRMED_FILE).exists() else []
    retrained = [*_broken_confirmations(confirmed)]
    for name, lines, found in ((TRIALS_FILE, trials, broken), (CONFIRMED_FILE, confirmed, retrained)):
        dropped = {line.number for line in found}
        if dropped:
            kept[name] = b"".join(line for number, line in enumerate(lines, 1) if number not in dropped)
    return Damage(
        folder, (*broken, *retrained), kept, (*_consequences(broken, replay), *_untrained(retrained))
    )


def repair_study(folder: Path) -> tuple[Damage, tuple[Path, ...]]:
    """Drop the lines that no reader can use; what was wrong, and where the files are as they were.

    Raises:
        ConfigError: another process holds the study, it cannot be written, or see `find_damage`.
    """
    try:
        lock = Lock.take(folder)
        try:
            damage = find_damage(folder)
            return damage, tuple(_rewrite(folder / name, content) for name, content in damage.kept.items())
        finally:
            lock.release()
    except OSError as error:
        remedy = remedy_for(error) or "allow writing there"
        raise ConfigError(f"cannot repair study {folder.name!r}: {error.strerror}; {remedy}") from None


def _rewrite(path: Path, content: bytes) -> Path:
    """The file with another content; returns the copy of it as it was."""
    names = (path.with_name(f"{path.name}.backup-{number}") for number in count(1))
    backup = next(name for name in names if not name.exists())
    copy_whole(path, backup)
    try:
        write_whole(path, lambda temporary: temporary.write_bytes(content))
    except OSError:
        backup.unlink(missing_ok=True)
        raise
    return backup


def _read(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None


def _broken_events(lines: list[bytes], replay: Replay) -> Iterator[BrokenLine]:
    for number, line in enumerate(lines, start=1):
        problem = None if line.endswith(b"\n") else "it is torn off"
        if problem is None:
            is_report = REPORTED.match(line)
            problem = problem_with_report(line) if is_report else replay.problem_with(line)
        if problem is not None:
            yield BrokenLine(TRIALS_FILE, number, problem, _trial_of(line))


def _broken_confirmations(lines: list[bytes]) -> Iterator[BrokenLine]:
    for number, line in enumerate(lines, start=1):
        problem = problem_with_confirmation(line) if line.endswith(b"\n") else "it is torn off"
        if problem is not None:
            yield BrokenLine(CONFIRMED_FILE, number, problem, _trial_of(line))


def _trial_of(line: bytes) -> int | None:
    found = TRIAL.search(line)
    return int(found[1]) if found else None


def _consequences(broken: list[BrokenLine], replay: Replay) -> Iterator[str]:
    """What the next start makes of the trials, whose other events are all in the replay."""
    for number in sorted({line.trial for line in broken if line.trial is not None}):
        trial = replay.trials.get(number)
        if trial is None:
            yield f"of trial {number} nothing is left; the next `decoder-search run` runs another instead"
        elif trial.state == "running":
            yield f"the end of trial {number} is not recorded; the next `decoder-search run` runs it again"
        else:
            yield f"trial {number} is {trial.state}, as recorded in another line"
    if any(line.trial is None for line in broken):
        yield "what a line without a trial was about cannot be told; see the backup"


def _untrained(broken: list[BrokenLine]) -> Iterator[str]:
    if broken:
        yield "`decoder-search confirm` trains again what is no longer confirmed"
