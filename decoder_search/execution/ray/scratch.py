"""A folder of one process below the system's temporary folder, which does not outlive it for long."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Self


class Scratch:
    """A folder that is locked as long as its process lives.

    Attributes:
        folder: the process may write there.
    """

    def __init__(self, folder: Path, handle: int) -> None:
        """Take over a folder that is locked by an open file."""
        self.folder = folder
        self._handle = handle

    @classmethod
    def open(cls) -> Self:
        """A new folder; those of processes that were killed are removed.

        Raises:
            OSError: there is no room, or another user's folder is in the way.
        """
        root = Path(tempfile.gettempdir()) / f"decoder-search-{os.getuid()}"
        root.mkdir(mode=0o700, exist_ok=True)
        if root.is_symlink() or root.stat().st_uid != os.getuid():
            raise OSError(f"{root} belongs to another user; remove it, or set TMPDIR to a folder of your own")
        gate = os.open(root, os.O_RDONLY)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)  # between its making and its locking nobody may remove it
            for left in root.iterdir():
                _remove_if_dead(left)
            folder = Path(tempfile.mkdtemp(dir=root))
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        finally:
            os.close(gate)
        return cls(folder, handle)

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._handle)


def _remove_if_dead(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(handle)
