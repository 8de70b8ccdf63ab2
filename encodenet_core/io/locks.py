"""Files that one process locks, or several share, until the kernel frees them when it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def open_locked(path: Path, how: int, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """The handle of a file that is open and locked; who closes it lets go.

    Args:
        path: the file.
        how: as `fcntl.flock` takes it.
        flags: as `os.open` takes them.

    Raises:
        BlockingIOError: another process holds it, and `how` says not to wait.
        OSError: it cannot be opened or locked.
    """
    while True:
        handle = os.open(path, flags, 0o644)
        try:
            fcntl.flock(handle, how)
            # Its last holder may have removed the file between our open and our flock.
            if is_at(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def is_at(handle: int, path: Path) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
