"""The only writer of a study: one event a line, appended and fsynced by the driver that holds the lock."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from decoder_search.records.facts import StudyFacts
from decoder_search.records.lock import Lock
from decoder_search.records.settings import FORMAT, StudySettings
from decoder_search.records.study_record import MOST_BYTES, TRIALS_FILE
from decoder_search.records.trial_record import Proposal, TrialRecord, trial_to_json
from decoder_search.records.working_time import ELAPSED
from encodenet_core.errors import EncodeNetError
from encodenet_core.io.json_lines import JsonLines, json_line, read_whole_lines
from encodenet_core.io.whole_files import copy_whole, make_folder, remove_unfinished, write_whole

STARTED = ("number", "params", "sampler_state", "attempts", "epochs", "resume_from")
"""What the event of a trial's start says."""


class RecordError(EncodeNetError):
    """A study that cannot be written to, such as on a full disk."""


class Journal:
    """An open `trials.jsonl`, locked for this process until it is closed or the process dies."""

    def __init__(self, path: Path, lock: Lock) -> None:
        """Take over a locked file; `open` prepares both."""
        self.folder = path.parent
        self._path = path
        self._lock = lock
        self._lines = JsonLines(path, MOST_BYTES)
        self._opened: float | None = None

    @classmethod
    def open(cls, folder: Path, create: Callable[[], StudySettings]) -> Self:
        """Hold the study in a folder; where there is none, start it with the settings that `create` returns.

        What a killed driver left of its last line is cut off. A study that cannot be started leaves nothing.

        Raises:
            ConfigError: another process holds the study.
            RecordError: the folder cannot be written to.
        """
        path = folder / TRIALS_FILE
        try:
            make_folder(folder)
            lock = Lock.take(folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                folder.rmdir()
            raise _unwritable(folder, error) from None
        try:
            remove_unfinished(folder)
            if not (path.exists() and read_whole_lines(path, MOST_BYTES)):
                _write(path, [_created(create())])
            return cls(path, lock)
        except BaseException as error:
            if not path.exists():
                lock.leave_nothing()
            lock.release()
            if isinstance(error, OSError):
                raise _unwritable(folder, error) from None
            raise

    def append(self, event: Mapping[str, Any], *, lasting: bool = True) -> None:
        """Write one event, with the time; a `lasting` one stands even a power cut.

        Raises:
            RecordError: the disk does not take it; then the file is as it was.
        """
        elapsed = {} if self._opened is None else {ELAPSED: round(time.monotonic() - self._opened, 3)}
        try:
            self._lines.append(_timed({**event, **elapsed}), lasting=lasting)
        except OSError as error:
            raise _unwritable(self._path.parent, error) from None

    def settle(self, settings: StudySettings) -> None:
        """Record settings that take the place of those before."""
        self.append(_created(settings))

    def start_version(self, settings: StudySettings, trials: Iterable[TrialRecord]) -> Path:
        """Go on with other settings and these trials alone; returns the file that keeps the study as it was.

        Raises:
            RecordError: the disk does not take it; then the study is as it was.
        """
        events = [_created(settings)]
        for trial in trials:
            running = trial.state == "running"
            whole = trial_to_json(trial)
            kept = {name: whole[name] for name in STARTED} if running else whole
            events.append({"event": "started" if running else "finished", "trial": kept})
        versions = (self.folder / f"trials-{number}.jsonl" for number in count(1))
        earlier = next(path for path in versions if not path.exists())
        try:
            copy_whole(self._path, earlier)
            _write(self._path, events)
        except OSError as error:
            earlier.unlink(missing_ok=True)
            raise _unwritable(self.folder, error) from None
        self._lines.close()
        self._lines = JsonLines(self._path, MOST_BYTES)
        return earlier

    def opened(self, proposer: Mapping[str, Any], n_trials: int) -> None:
        """Record that a driver starts to work on the study, with whom and for how many trials in total.

        The time of the study counts from here.
        """
        self._opened = time.monotonic()
        self.append({"event": "opened", "proposer": dict(proposer), "n_trials": n_trials})

    def prepared(self, facts: StudyFacts) -> None:
        """Record what was found out about the dataset, the baseline and its controls."""
        self.append({"event": "prepared", "facts": facts.to_json()})

    def started(self, proposal: Proposal, attempt: int = 1) -> None:
        """Record that a trial runs; if that is lost, it is asked for again. `attempt` counts from 1."""
        trial = {name: getattr(proposal, name) for name in STARTED if name != "attempts"}
        trial |= {"params": dict(proposal.params), "sampler_state": dict(proposal.sampler_state)}
        trial["attempts"] = attempt
        self.append({"event": "started", "trial": trial}, lasting=False)

    def reported(self, number: int, step: int, values: Mapping[str, float]) -> None:
        """Record what a running trial measured at a step; if it is lost, the trial measures it again."""
        event = {"event": "reported", "number": number, "step": step, "values": dict(values)}
        self.append(event, lasting=False)

    def finished(self, record: TrialRecord) -> None:
        """Record how a trial ended."""
        self.append({"event": "finished", "trial": trial_to_json(record)})

    def discard(self) -> None:
        """Take the study back, as if it had never been started."""
        self._path.unlink(missing_ok=True)
        self._lock.leave_nothing()
        self.close()

    def close(self) -> None:
        """Let go of the study."""
        self._lines.close()
        self._lock.release()

    def __enter__(self) -> Self:
        """Use the journal in a `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of the study."""
        self.close()


def utc_now() -> str:
    """The time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _created(settings: StudySettings) -> dict[str, Any]:
    return {"event": "created", "format": FORMAT, "settings": settings.to_json()}


def _timed(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"time": utc_now(), **event}


def _write(path: Path, events: Iterable[Mapping[str, Any]]) -> None:
    content = b"".join(json_line(_timed(event)) for event in events)
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def _unwritable(folder: Path, error: OSError) -> RecordError:
    reason = error.strerror or str(error)
    place = f"study {folder.name!r} in {folder.parent}"
    return RecordError(f"cannot write {place}: {reason}; make room there or give another --results")
