"""Two locks: makers and removers one at a time, users together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from encodenet_core.stages.layout import MANIFEST, lock_file, removed_folder
from encodenet_core.stages.locks import StageUse, hold_stage, is_busy, remove_stage, remove_unless_used

KEY = "dataset-0123456789abcdef"

CROWD = """
import os, sys
from pathlib import Path
from encodenet_core.stages.locks import hold_stage

root, key = Path(sys.argv[1]), sys.argv[2]
children = []
for _ in range(4):
    children.append(os.fork())
    if not children[-1]:
        for _ in range(150):
            with hold_stage(root, key):
                os.mkdir(root / "alone")  # fails where another is inside too
                os.rmdir(root / "alone")
        os._exit(0)
print([os.waitpid(child, 0)[1] for child in children], os.listdir(root))
"""


def make_stage(root: Path) -> Path:
    (root / KEY).mkdir()
    (root / KEY / MANIFEST).write_text("{}")
    return root / KEY


def test_one_holds_a_stage_and_the_lock_is_gone_afterwards(tmp_path: Path) -> None:
    with hold_stage(tmp_path, KEY):
        assert is_busy(tmp_path, KEY)
        with pytest.raises(BlockingIOError), hold_stage(tmp_path, KEY, wait=False):
            pass
        assert lock_file(tmp_path, KEY).exists(), "who was refused takes nothing away"
    assert not is_busy(tmp_path, KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_frees_the_stage_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), hold_stage(tmp_path, KEY):
        raise RuntimeError
    with hold_stage(tmp_path, KEY, wait=False):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_holder_whose_lock_was_deleted_leaves_the_next_one_s_alone(tmp_path: Path) -> None:
    with hold_stage(tmp_path, KEY):
        lock_file(tmp_path, KEY).unlink()
        with hold_stage(tmp_path, KEY, wait=False):
            pass
        lock_file(tmp_path, KEY).write_text("of a third")
    assert lock_file(tmp_path, KEY).exists()


def test_processes_that_make_and_remove_the_lock_all_the_time_are_alone_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CROWD, str(tmp_path), KEY]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ended.stdout, ended.stderr) == ("[0, 0, 0, 0] []\n", "")


def test_a_stage_is_removed_once_nobody_uses_it(tmp_path: Path) -> None:
    folder = make_stage(tmp_path)
    one, other = StageUse.start(folder), StageUse.start(folder)
    assert one and other
    assert is_busy(tmp_path, KEY)
    assert not remove_unless_used(tmp_path, KEY)
    del one
    assert not remove_unless_used(tmp_path, KEY)
    del other
    assert not is_busy(tmp_path, KEY)
    assert remove_unless_used(tmp_path, KEY)
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_use_of_what_is_not_there_or_has_no_manifest(tmp_path: Path) -> None:
    assert StageUse.start(tmp_path / KEY) is None
    (tmp_path / KEY).mkdir()
    assert StageUse.start(tmp_path / KEY) is None
    assert remove_unless_used(tmp_path, KEY)
    assert list(tmp_path.iterdir()) == []


def test_removing_starts_with_what_an_interrupted_removal_left(tmp_path: Path) -> None:
    make_stage(tmp_path)
    left = removed_folder(tmp_path, KEY)
    (left / "below").mkdir(parents=True)
    remove_stage(tmp_path, KEY)
    remove_stage(tmp_path, KEY)
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_removed_stage_can_be_read_by_who_has_them_open(tmp_path: Path) -> None:
    with (make_stage(tmp_path) / MANIFEST).open() as file:
        remove_stage(tmp_path, KEY)
        assert os.fstat(file.fileno()).st_nlink == 0
        assert file.read() == "{}"
