"""Who may touch a stage of a cache when: two locks, which the kernel frees when a process dies.

Who makes or removes a stage holds `KEY.lock` alone. Who uses a finished one holds its manifest together with
others, and then nobody prunes it. Files that are open or memory-mapped outlive their removal in any case, as
POSIX has it; the second lock is for the moments between finding a stage and opening its files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from encodenet_core.io.locks import is_at, open_locked
from encodenet_core.stages.layout import MANIFEST, lock_file, removed_folder


@contextmanager
def hold_stage(root: Path, key: str, *, wait: bool = True) -> Iterator[None]:
    """Be the only one who makes or removes a stage.

    The lock file is removed while it is still locked, so that none piles up; whoever has waited for it
    notices that and takes the next.

    Raises:
        BlockingIOError: another process holds it, and `wait` is false.
    """
    path = lock_file(root, key)
    handle = open_locked(path, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        with suppress(OSError):
            if is_at(handle, path):
                path.unlink()
        os.close(handle)


class StageUse:
    """While it lives, the finished stage is used, and nobody prunes it."""

    _close = staticmethod(os.close)  # still there when modules are taken down at the end of the process

    def __init__(self, handle: int) -> None:
        """Take over an open manifest that is locked; `start` opens and locks one."""
        self._handle = handle

    @classmethod
    def start(cls, folder: Path) -> Self | None:
        """Use a finished stage; None where there is none with a manifest that can be opened."""
        try:
            return cls(open_locked(folder / MANIFEST, fcntl.LOCK_SH, os.O_RDONLY))
        except OSError:
            return None

    def __del__(self) -> None:
        self._close(self._handle)


def remove_stage(root: Path, key: str) -> None:
    """Delete a stage, whole at once for others; only for the holder of its lock."""
    removed = removed_folder(root, key)
    shutil.rmtree(removed, ignore_errors=True)
    with suppress(FileNotFoundError):
        (root / key).rename(removed)
    shutil.rmtree(removed, ignore_errors=True)


def remove_unless_used(root: Path, key: str) -> bool:
    """Delete a stage that no living process uses; only for the holder of its lock. Whether it is gone."""
    try:
        handle = os.open(root / key / MANIFEST, os.O_RDWR)
    except FileNotFoundError:
        remove_stage(root, key)
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_stage(root, key)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(handle)


def is_busy(root: Path, key: str) -> bool:
    """Whether a living process makes, removes or uses a stage just now."""
    return _is_locked(lock_file(root, key)) or _is_locked(root / key / MANIFEST)


def _is_locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
