from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from encodenet_core.io.locks import is_at, open_locked


def test_a_locked_file_is_refused_until_its_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    handle = open_locked(path, fcntl.LOCK_EX)
    with pytest.raises(BlockingIOError):
        open_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)
    os.close(open_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))


def test_who_waited_for_a_file_that_its_holder_removed_locks_the_next(tmp_path: Path) -> None:
    path, handles = tmp_path / "lock", list[int]()
    first = open_locked(path, fcntl.LOCK_EX)
    waiting = threading.Thread(target=lambda: handles.append(open_locked(path, fcntl.LOCK_EX)))
    waiting.start()
    path.unlink()
    assert not is_at(first, path)
    os.close(first)
    waiting.join()
    assert is_at(handles[0], path)
    os.close(handles[0])


def test_a_missing_file_is_not_made_where_it_should_only_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_locked(tmp_path / "lock", fcntl.LOCK_SH, os.O_RDONLY)
    assert list(tmp_path.iterdir()) == []
