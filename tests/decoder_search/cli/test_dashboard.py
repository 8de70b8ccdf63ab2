from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord


def test_a_study_is_served_until_ctrl_c(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> None:
    write_study(make_study([make_trial(0)]), tmp_path / "results")
    command = [sys.executable, "-u", "-m", "decoder_search.cli", "dashboard", "tiny", "--port", "0"]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ, **piped) as serving:  # type: ignore[call-overload]
        first = serving.stdout.readline()
        assert first.startswith("study tiny: http://127.0.0.1:")
        assert "nothing that is done there reaches the study" in serving.stdout.readline()
        with urlopen(first.split()[-1], timeout=20) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        serving.send_signal(signal.SIGINT)
        assert serving.wait(timeout=20) == 0
        assert serving.stderr.read() == ""


def test_a_study_that_is_not_there_is_refused(decoder_search: Callable[..., Any]) -> None:
    refused = decoder_search("dashboard", "absent")
    assert (refused.exit_code, refused.errors.count("\n")) == (2, 1)
    assert "there is no study in results" in refused.errors
