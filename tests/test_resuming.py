"""A study that is killed, interrupted, cut off by its time, or no longer what it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord, read_study

AS_STARTED = ("--sampler", "random", "--seed", 9, "--pruner", "none")
"""Options with which the real study was started."""


SLOW_ENOUGH = (*AS_STARTED[:2], "--seed", "3", "--pruner", "none", "--set", "autoencoder.training.epochs=40")
"""Options with which a trial of the tiny space lasts long enough to be caught in the middle."""


def write_archive(folder: Path, images: Any) -> Path:
    """Images of two classes by turns, as an archive."""
    path = folder / "images.npz"
    np.savez(path, x_train=images, y_train=np.arange(len(images)) % 2)
    return path


def write_image_folder(folder: Path, images: Any) -> Path:
    """Images of two classes by turns, as a folder of files a class."""
    for number, image in enumerate(images):
        path = folder / "images" / "ab"[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder / "images"


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """`decoder-search run` in a process group of its own, as a terminal starts it."""
    command = [sys.executable, "-m", "decoder_search.cli", "run", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True)


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The whole events of a kind in the only study below a folder."""
    texts = [file.read_text() for file in folder.glob("results/*/trials.jsonl")]
    lines = [line for text in texts for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def finished(folder: Path) -> list[int]:
    return sorted(event["trial"]["number"] for event in events(folder, "finished"))


def wait_until(happened: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"nothing happened within {seconds} seconds"
        time.sleep(0.02)


def group_members(group: int) -> Iterator[int]:
    """The processes of a group that have not ended."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, member_of = (place / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(member_of) == group and state not in "ZX":
            yield int(place.name)


def is_in_the_middle_of_a_trial(folder: Path, number: int) -> bool:
    reported = [event["number"] for event in events(folder, "reported")]
    return number in reported and number not in finished(folder)


@pytest.mark.slow
def test_after_a_kill_a_study_that_prunes_loses_and_repeats_nothing(tmp_path: Path, tiny_space: Path) -> None:
    pruner = ("--pruner", "halving", "--first-rung", "25")
    command = (tiny_space, "--trials", 3, "--workers", 2, *SLOW_ENOUGH, *pruner)
    with start(tmp_path, *command) as driver:
        wait_until(lambda: is_in_the_middle_of_a_trial(tmp_path, 2))
        assert len(list(group_members(driver.pid))) == 3
        driver.kill()
    wait_until(lambda: not list(group_members(driver.pid)), seconds=20)
    before = events(tmp_path, "finished")
    assert before

    with start(tmp_path, *command) as driver:
        assert driver.wait(timeout=300) == 0
    assert finished(tmp_path) == [0, 1, 2]
    assert events(tmp_path, "finished")[: len(before)] == before
    assert [trial.attempts for trial in read_study(tmp_path / "results" / "tiny").trials] == [1, 1, 1]


def test_a_study_that_was_interrupted_in_its_preparation_takes_other_settings_at_the_next_start(
    tmp_path: Path, tiny_space: Path
) -> None:
    def interrupted_while_it_prepares(*options: object) -> StudyRecord:
        log = folder / "workers" / "worker-1.log"
        log.unlink(missing_ok=True)
        with start(tmp_path, tiny_space, *options) as driver:
            wait_until(log.exists)
            driver.send_signal(signal.SIGINT)
            assert driver.wait(timeout=60) == 130
        assert not list(group_members(driver.pid))
        return read_study(folder)

    folder = tmp_path / "results" / "tiny"
    first = interrupted_while_it_prepares("--seed", 2)
    assert (first.facts, first.trials, first.settings.sampler) == (StudyFacts(), (), "tpe")
    again = interrupted_while_it_prepares("--seed", 3, "--sampler", "random", "--set", "decoder.depth=2")
    assert (again.facts, again.trials) == (StudyFacts(), ())
    assert (again.settings.seed, again.settings.sampler) == (3, "random")
    assert again.settings.space.constants["decoder.depth"] == 2
    assert not again.settings.space.varies("decoder.depth")


def test_a_study_that_is_refused_while_its_workers_start_leaves_no_process_behind(
    tmp_path: Path, tiny_space: Path
) -> None:
    with start(tmp_path, tiny_space, "--data", "digitz") as driver:
        wait_until(lambda: len(list(group_members(driver.pid))) == 4)  # one prepares, two load ahead
        assert driver.wait(timeout=60) == 2
    assert not list(group_members(driver.pid))
    assert not list((tmp_path / "results").glob("*"))


@pytest.mark.slow
def test_a_trial_whose_worker_is_killed_is_tried_again(tmp_path: Path, tiny_space: Path) -> None:
    with start(tmp_path, tiny_space, "--trials", 1, "--workers", 1, *SLOW_ENOUGH) as driver:
        wait_until(lambda: is_in_the_middle_of_a_trial(tmp_path, 0))
        (worker,) = set(group_members(driver.pid)) - {driver.pid}
        os.kill(worker, signal.SIGKILL)
        assert driver.wait(timeout=300) == 0
    (trial,) = read_study(tmp_path / "results" / "tiny").trials
    assert (trial.state, trial.attempts) == ("completed", 2)


@pytest.mark.slow
def test_a_study_goes_on_with_what_its_time_cut_off(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    options = ("--workers", 2, *SLOW_ENOUGH[:-1], "autoencoder.training.epochs=1200")
    command, folder = ("run", tiny_space, *options, "--trials", 3), tmp_path / "results" / "tiny"
    checkpoint = folder / "trials" / "0" / "checkpoint"

    def cut_off() -> list[int]:
        return [trial.number for trial in read_study(folder).trials if trial.state == "running"]

    used = 0.0
    for seconds in range(15, 75, 10):  # loading Keras alone may take the seconds of a start
        paused = decoder_search(*command, "--time-budget", f"{round(used + seconds)}s")
        assert (paused.exit_code, paused.errors) == (0, "")
        if checkpoint.is_dir():
            break
        used = read_study(folder).seconds_used
    assert cut_off() == [0]
    assert "the time is up" in paused.output
    assert checkpoint.is_dir()
    assert "--time-budget are spent" in decoder_search(*command, "--time-budget", "5s").output

    whole = decoder_search(*command)
    assert (whole.exit_code, whole.errors) == (0, "")
    trials = read_study(folder).trials
    assert [trial.number for trial in trials] == [0, 1, 2]
    assert all(trial.state in ("completed", "infeasible") for trial in trials)
    assert not checkpoint.exists()


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_archive, write_image_folder])
def test_a_study_does_not_go_on_when_its_dataset_has_changed(
    write: Callable[[Path, Any], Path], tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    source = write(tmp_path, images)
    command = ("run", tiny_space, "--data", source, "--set", "clustering.n_clusters=1")
    assert decoder_search(*command, "--trials", 1).exit_code == 0
    recorded = read_study(tmp_path / "results" / "tiny").trials

    write(tmp_path, 255 - images)
    refused = decoder_search(*command, "--trials", 2)
    assert refused.exit_code == 2
    assert refused.errors.startswith("error: the study was started on another dataset (")
    assert refused.errors.count("\n") == 1
    assert read_study(tmp_path / "results" / "tiny").trials == recorded
