from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decoder_search.engines.keras_tuner.process import OracleFailed, OracleProcess
from decoder_search.space.parsing import load_space

OPENING: dict[str, Any] = {
    "space": load_space("digits").to_json(),
    "tuner": "random",
    "objective": ["mse", "min"],
    "seed": 0,
    "max_epochs": 8,
    "factor": 3,
}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OracleProcess]:
    """One for all tests, because it takes seconds to load."""
    process = OracleProcess(tmp_path_factory.mktemp("oracle") / "workers" / "keras-tuner.log")
    process.call("open", **OPENING)
    yield process
    process.close()


def pids_of(log: Path) -> list[int]:
    """The processes that write into this file."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            output = (folder / "fd" / "1").readlink()
        except OSError:
            continue
        if output == log:
            found.append(int(folder.name))
    return found


@pytest.mark.slow
def test_an_oracle_answers_one_question_after_the_other(process: OracleProcess) -> None:
    answer = process.call("ask", number=0)
    assert answer["status"] == "proposed"
    assert process.call("tell", number=0, params=answer["params"], value=0.1) is None
    assert process.call("ask", number=1)["params"] != answer["params"]
    assert process.call("still_needed") == []


@pytest.mark.slow
def test_a_driver_prints_nothing_of_what_the_process_says(
    process: OracleProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    process.call("ask", number=5)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_broken_question_is_told_in_a_line_and_traced_in_the_log(process: OracleProcess) -> None:
    with pytest.raises(OracleFailed, match="oracle broke .*see .*keras-tuner.log") as failure:
        process.call("tell", number=3, params={"decoder.depth": [1]}, value="high")
    assert "\n" not in str(failure.value)
    log = Path(str(failure.value).rpartition("see ")[2])
    assert "Traceback" in log.read_text()
    assert process.call("ask", number=9)["status"] == "proposed"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks processes up in /proc")
def test_a_killed_process_is_told_and_a_closed_one_is_gone(process: OracleProcess, tmp_path: Path) -> None:
    log = tmp_path / "keras-tuner.log"
    other = OracleProcess(log)
    other.call("open", **OPENING)
    (pid,) = pids_of(log)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(OracleFailed, match="died .killed by SIGKILL."):
        other.call("ask", number=0)
    other.close()
    assert pids_of(log) == []
