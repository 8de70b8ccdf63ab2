"""Ctrl-C and SIGTERM, to the driver alone or to all of its group, in every part of a command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DRAINED = 30
"""Seconds in which a driver that was asked to end has ended."""


def ask_to_end(driver: Any, how: signal.Signals, whom: str) -> str:
    """What a driver says that is asked to end and does."""
    (os.kill if whom == "driver" else os.killpg)(driver.pid, how)
    output, errors = driver.communicate(timeout=DRAINED)
    assert driver.returncode == 130
    return str(output + errors)


@pytest.mark.parametrize(
    ("how", "whom"),
    [
        pytest.param(signal.SIGINT, "driver", marks=pytest.mark.soak),
        pytest.param(signal.SIGINT, "group", marks=pytest.mark.soak),
        pytest.param(signal.SIGTERM, "group", marks=pytest.mark.slow),
    ],
)
def test_a_study_that_is_asked_to_end_does_so_within_seconds_and_the_same_command_finishes_it(
    keras_study: Any, how: signal.Signals, whom: str
) -> None:
    options = ("--trials", 2, "--workers", 2, "--set", "autoencoder.training.epochs=60")
    driver = keras_study.start(*options)
    keras_study.wait_until(keras_study.running)
    said = ask_to_end(driver, how, whom)
    assert said.endswith("Interrupted. The same command goes on with study faults.\n")
    keras_study.wait_for_no_process()
    before = keras_study.finished()
    code, _, errors = keras_study.run(*options)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost(before, 2)
    assert {trial["attempts"] for trial in keras_study.finished().values()} == {1}


@pytest.mark.soak
def test_a_preparation_that_is_asked_to_end_is_taken_up_again(keras_study: Any, tmp_path: Path) -> None:
    keras_study.cache = tmp_path / "cache"
    options = ("--trials", 1, "--workers", 1, "--set", "baseline.training.epochs=20")
    driver = keras_study.start(*options)
    keras_study.wait_until(lambda: list(keras_study.cache.glob(".baseline-*.partial")))
    ask_to_end(driver, signal.SIGTERM, "group")
    keras_study.wait_for_no_process()
    assert not keras_study.events("prepared")
    code, _, errors = keras_study.run(*options)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost({}, 1)


@pytest.mark.slow
def test_a_confirmation_that_is_asked_to_end_keeps_what_it_measured(
    keras_study: Any, real_study: Any, tmp_path: Path
) -> None:
    shutil.copytree(real_study.results / "tiny", tmp_path / "results" / "tiny")
    keras_study.name = "tiny"
    keras_study.command = [sys.executable, "-m", "decoder_search.cli", "confirm", "tiny", "--top", "1"]
    options = ("--seeds", 2, "--workers", 1, "--json")
    path = keras_study.folder / "confirmed.jsonl"
    trials = keras_study.file.read_bytes()

    def confirmed() -> list[bytes]:
        return path.read_bytes().splitlines() if path.exists() else []

    driver = keras_study.start(*options)
    keras_study.wait_until(confirmed)
    said = ask_to_end(driver, signal.SIGTERM, "group")
    assert said.endswith("Interrupted. The same command goes on with study tiny.\n")
    keras_study.wait_for_no_process()
    before = confirmed()
    assert len(before) == 1
    code, output, _ = keras_study.run(*options)
    assert code == 0
    assert confirmed()[:1] == before and len(confirmed()) == 2
    assert {json.loads(line)["seed"] for line in confirmed()} == {9, 10}
    assert len(json.loads(output)["configs"]) == 1
    assert keras_study.file.read_bytes() == trials
    keras_study.check_nothing_left()


@pytest.mark.soak
def test_a_second_command_waits_for_nobody(keras_study: Any, decoder_search: Callable[..., Any]) -> None:
    options = ("--trials", 1, "--workers", 1)
    first = keras_study.start(*options)
    keras_study.wait_until(lambda: keras_study.events("opened"))
    held = f"error: study 'faults' is held by process {first.pid} on host "
    for command in (["run", *keras_study.command[4:], *options], ["confirm", "faults"], ["repair", "faults"]):
        refused = decoder_search(*command)
        assert (refused.exit_code, refused.errors.count("\n")) == (2, 1)
        assert refused.errors.startswith(held)
    _, errors = first.communicate(timeout=300)
    assert (first.returncode, errors) == (0, "")
    keras_study.check_nothing_lost({}, 1)
