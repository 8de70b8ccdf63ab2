from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from decoder_search.execution.ray.scratch import Scratch

KILLED = """
import os, signal
from decoder_search.execution.ray.scratch import Scratch
print(Scratch.open().folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_goes_when_the_next_one_starts_and_what_lives_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    left = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True).stdout.strip()
    assert Path(left).is_dir()
    living = Scratch.open()
    assert not Path(left).exists()
    another = Scratch.open()
    assert living.folder.is_dir() and another.folder.is_dir()
    for scratch in (living, another):
        scratch.remove()
        assert not scratch.folder.exists()
