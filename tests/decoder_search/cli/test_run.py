from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial

from decoder_search.mirror.address import MirrorAddress
from decoder_search.records.study_record import read_study


def trials_of(mirror: Path) -> list[FrozenTrial]:
    storage = MirrorAddress.parse(str(mirror), mirror.parent).open()
    return optuna.load_study(study_name="tiny", storage=storage).trials


@pytest.mark.slow
def test_a_mirror_survives_a_kill_and_holds_every_trial_once(
    tiny_space: Path, decoder_search: Callable[..., Any], tmp_path: Path
) -> None:
    mirror = tmp_path / "journal.log"
    command = ("run", tiny_space, "--sampler", "random", "--seed", "9", "--workers", "1", "--mirror", mirror)
    program = [sys.executable, "-m", "decoder_search.cli", *map(str, command), "--trials", "4"]
    with subprocess.Popen(program, cwd=tmp_path, env=os.environ, stdout=subprocess.DEVNULL) as driver:
        deadline = time.monotonic() + 300
        while not (mirror.exists() and mirror.stat().st_size and trials_of(mirror)):
            assert driver.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        driver.send_signal(signal.SIGKILL)

    run = decoder_search(*command, "--trials", 4)
    assert (run.exit_code, run.errors) == (0, "")
    assert f"mirror: optuna-dashboard {mirror} --artifact-dir {mirror}-artifacts" in run.output
    there = trials_of(mirror)
    recorded = read_study(tmp_path / "results" / "tiny").trials
    assert sorted(trial.user_attrs["trial"] for trial in there) == [trial.number for trial in recorded]
    assert {trial.user_attrs["trial"]: trial.user_attrs["state"] for trial in there} == {
        trial.number: trial.state for trial in recorded
    }
    completed = [trial for trial in recorded if trial.state == "completed"]
    assert len(list((tmp_path / "journal.log-artifacts").iterdir())) == len(completed)


@pytest.mark.slow
def test_a_broken_mirror_is_said_once_without_its_password_and_stops_nothing(
    real_study: Any, decoder_search: Callable[..., Any]
) -> None:
    mirror = "nosuchdatabase://me:s3cret@host/x"
    run = decoder_search(
        *("run", real_study.space, "--trials", 1, "--sampler", "random", "--seed", "3", "--mirror", mirror)
    )
    assert (run.exit_code, run.errors) == (0, "")
    assert run.output.count("is not up to date") == 1
    assert "s3cret" not in run.output


def test_a_mirror_that_is_no_address_is_refused_before_anything_starts(
    decoder_search: Callable[..., Any], tmp_path: Path
) -> None:
    refused = decoder_search("run", "--mirror", "postgresql://")
    assert (refused.exit_code, refused.errors.count("\n")) == (2, 1)
    assert "--mirror is no address of an Optuna storage; expected is sqlite:///file.db" in refused.errors
    assert list(tmp_path.iterdir()) == []
