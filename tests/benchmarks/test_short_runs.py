"""Scripts that measure the driver alone, at a size at which they take seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("script", ["overhead", "leaderboard", "mirror"])
def test_a_script_gets_to_its_end_on_a_short_study(script: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{script}.py"), "--trials", "40"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment)
    assert (run.returncode, run.stderr) in ((0, ""), (1, ""))
    assert "claim" in run.stdout.splitlines()[-2 if script == "overhead" else -1]
