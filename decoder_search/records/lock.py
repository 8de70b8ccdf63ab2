"""One process at a time holds a study, and the kernel frees it when that process dies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from encodenet_core.errors import ConfigError
from encodenet_core.io.locks import open_locked
from encodenet_core.io.plain_json import read_json

KERNEL_LOCKS = Path("/proc/locks")
"""Where Linux lists all locks on files; elsewhere, that the holder is alive must do."""


class Lock:
    """An `flock` on the file `lock` in a study's folder, which also says who holds it."""

    def __init__(self, path: Path, handle: int) -> None:
        """Take over an open file that is locked; `take` opens and locks one."""
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, folder: Path) -> Self:
        """Lock a folder, or say at once who holds it.

        Raises:
            ConfigError: another process holds it.
            OSError: the file cannot be written.
        """
        path = folder / "lock"
        try:
            lock = cls(path, open_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            holder = _name_of_holder(path)
            raise ConfigError(f"study {folder.name!r} is held by {holder}; wait for it or stop it") from None
        try:
            _write_holder(lock._handle)
        except OSError:
            lock.leave_nothing()
            lock.release()
            raise
        return lock

    def leave_nothing(self) -> None:
        """Remove the file, and its folder if nothing else is in it, while the lock is held."""
        with contextlib.suppress(OSError):
            self._path.unlink()
            self._path.parent.rmdir()

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _write_holder(handle: int) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
    os.ftruncate(handle, 0)
    os.pwrite(handle, holder.encode() + b"\n", 0)


def _name_of_holder(path: Path) -> str:
    try:
        holder = read_json(path, 4096)
        return f"process {holder['pid']} on host {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        # The holder has locked the file and not yet written who it is.
        return "another process"


def is_held(folder: Path) -> bool:
    """Whether a process of this machine holds a folder; of one on another machine nothing is known.

    Nothing is locked to find out, not even for a moment: that could turn a driver away that starts just then.
    """
    path = folder / "lock"
    try:
        holder, inode = read_json(path, 4096), path.stat().st_ino
        pid = int(holder["pid"])
        if pid < 1 or holder["host"] != socket.gethostname():
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    try:
        locks = [line.split() for line in KERNEL_LOCKS.read_text(encoding="ascii").splitlines()]
    except (OSError, ValueError):
        return _is_alive(pid)
    return any(
        lock[1] == "FLOCK" and lock[4] == str(pid) and lock[5].endswith(f":{inode}")
        for lock in locks
        if len(lock) > 5
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
