"""A study on disk that may still be growing: what of it is new."""

from __future__ import annotations

from pathlib import Path

from decoder_search.records.confirmations import CONFIRMED_FILE
from decoder_search.records.study_record import REPORTED, TRIALS_FILE

Stamp = tuple[int, int, int, int]
"""Inode, size and time of the file of trials, and the time of the file of confirmations."""


class StudyFile:
    """Notices when trials start or end; what running ones report is told apart, since it comes often."""

    def __init__(self, folder: Path) -> None:
        """A file of which nothing was seen yet."""
        self._folder = folder
        self._seen: Stamp = (0, 0, 0, 0)

    def look(self) -> str:
        """`same`, `reports` where trials only reported, or `trials`; a file that is gone is the same."""
        before, now = self._seen, self._stamp()
        if now in (before, None):
            return "same"
        self._seen = now or before
        grown = now is not None and now[0] == before[0] and now[1] > before[1] and now[3] == before[3]
        return "reports" if grown and self._only_reports(before[1]) else "trials"

    def _stamp(self) -> Stamp | None:
        try:
            trials = (self._folder / TRIALS_FILE).stat()
        except OSError:
            return None
        try:
            confirmed = (self._folder / CONFIRMED_FILE).stat().st_mtime_ns
        except OSError:
            confirmed = 0
        return trials.st_ino, trials.st_size, trials.st_mtime_ns, confirmed

    def _only_reports(self, start: int) -> bool:
        """Whether all that came after `start` are reports, and whole ones."""
        try:
            with (self._folder / TRIALS_FILE).open("rb") as file:
                file.seek(start)
                added = file.read()
        except OSError:
            return False
        return added.endswith(b"\n") and all(map(REPORTED.match, added.splitlines()))
