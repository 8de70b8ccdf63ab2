"""A thread that keeps a mirror up to date with a study on disk, and never gets in the study's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.mirror import Mirror
from decoder_search.mirror.trial_times import read_trial_times
from decoder_search.records.study_record import TRIALS_FILE, read_study

POLL_SECONDS = 1.0
MOST_SECONDS_BETWEEN_TRIES = 300.0
SHARE_OF_TIME = 0.1
"""The thread waits at least so much longer than it worked, so that a long study does not keep it busy."""

CATCH_UP_SECONDS = 30.0
"""How long the end of a command waits for the last trials to reach their mirror."""


class Following:
    """Reads a study whenever it changes and updates a mirror, which is opened anew after every failure.

    Args:
        folder: of the study.
        open_mirror: what makes the mirror; it may take its time and raise whatever it likes.
        warn: is told the first failure, and no other.
    """

    def __init__(
        self, folder: Path, open_mirror: Callable[[], Mirror], warn: Callable[[Exception], None]
    ) -> None:
        """A thread that is not started yet."""
        self._folder, self._open, self._warn = folder, open_mirror, warn
        self._ending, self._first_try = threading.Event(), threading.Event()
        self._mirror: Mirror | None = None
        self._seen = -1
        self._failures = 0
        self._warned = False
        # A mirror that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)

    @property
    def study_id(self) -> int | None:
        """The storage's number of the mirrored study; None where there is none yet."""
        return self._mirror.study_id if self._mirror else None

    def wait_for_first_try(self) -> None:
        """Come back once the study as it is now has reached the mirror, or has failed to."""
        self._first_try.wait()

    def __enter__(self) -> Self:
        """Start to follow."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Catch up a last time; one that failed is given no more time than it takes to notice."""
        self._ending.set()
        self._thread.join(1.0 if self._failures else CATCH_UP_SECONDS)
        if self._thread.is_alive():
            self._complain(TimeoutError("it takes too long to answer"))

    def _follow(self) -> None:
        last = False
        while not last:
            last = self._ending.is_set()  # before the update, which then sees the whole study
            started = time.monotonic()
            self._try()
            self._first_try.set()
            pause = max(POLL_SECONDS, (time.monotonic() - started) / SHARE_OF_TIME)
            if self._failures:
                pause = min(pause * 2**self._failures, MOST_SECONDS_BETWEEN_TRIES)
            self._ending.wait(0 if last else pause)

    def _try(self) -> None:
        try:
            modified = _last_change(self._folder / TRIALS_FILE)
            if modified == self._seen:
                return
            if self._mirror is None:
                self._mirror = self._open()
            self._mirror.update(read_study(self._folder), read_trial_times(self._folder))
            self._seen, self._failures = modified, 0
        except Exception as error:
            # Whatever goes wrong in somebody else's storage is no reason to lose a trial.
            self._mirror, self._seen = None, -1
            self._failures += 1
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            self._warn(error)


def _last_change(path: Path) -> int:
    """When the file changed, in nanoseconds; -1 where there is none yet."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return -1


@contextmanager
def mirrored(address: MirrorAddress | None, folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Keep a mirror of the study in `folder` up to date while the block runs, and once more at its end.

    A mirror that cannot be written to is said once, and tried again for as long as the block runs.

    Args:
        address: of the mirror; None is none.
        folder: of the study.
        say: is told one line.
    """
    if address is None:
        yield
        return

    def warn(error: Exception) -> None:
        reason = address.without_secrets(str(error).strip().partition("\n")[0] or type(error).__name__)
        say(f"the mirror {address.shown} is not up to date ({reason}); the study goes on without it")

    say(f"mirror: optuna-dashboard {address.shown} --artifact-dir {address.artifacts}")
    with Following(folder, lambda: Mirror(address.open(), address.artifacts), warn):
        yield
