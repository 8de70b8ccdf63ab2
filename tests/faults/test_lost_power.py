"""A machine that loses power in the middle of a study: what its disk holds by then is all that is left.

The disk is a file system in a file. What was written but not forced is in the kernel's memory alone, so that
a copy of that file is the disk after the cut, which the kernel repairs by its journal when it is mounted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

UNKIND = "noauto_da_alloc,data=writeback,commit=1"
"""Has ext4 write names down every second, whatever their files hold, and help nobody who forces none."""

ENDED = re.compile(r"trial (\d+) (?:completed|pruned|failed|infeasible|cannot)")

Options = Callable[[int], tuple[object, ...]]
"""What a driver is started with, for a study of so many trials."""


@dataclass(frozen=True)
class Disk:
    """A disk of its own.

    Attributes:
        image: the file that it is.
        folder: where it is mounted.
    """

    image: Path
    folder: Path

    def mount(self) -> Disk:
        self.folder.mkdir()
        command = ["mount", "-o", f"loop,{UNKIND}", str(self.image), str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"not tried: no file system can be mounted here ({done.stderr.strip()})")
        return self

    def without_power(self, name: str) -> Disk:
        """Another disk, as this one would be found after a power cut at this moment."""
        image = self.image.with_name(f"{name}.image")
        before = None
        while before != (before := shutil.copyfile(self.image, image).read_bytes()):
            pass  # a block was written in the middle of the copy
        return Disk(image, self.folder.with_name(name)).mount()


@pytest.fixture
def make_disk(tmp_path: Path) -> Iterator[Callable[[int], Disk]]:
    """A new disk of so many megabytes; it and its copies go with the test."""
    if shutil.which("mkfs.ext4") is None or os.geteuid() != 0:
        pytest.skip("not tried: making and mounting a file system takes root and mkfs.ext4")

    def make(megabytes: int) -> Disk:
        image = tmp_path / "disk.image"
        with image.open("wb") as file:
            file.truncate(megabytes * 1_000_000)
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
        return Disk(image, tmp_path / "disk").mount()

    yield make
    for line in Path("/proc/mounts").read_text().splitlines():
        place = line.split()[1]
        if Path(place).parent == tmp_path:
            subprocess.run(["umount", "--lazy", place], check=True)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


class Outage:
    """A driver that works on a disk, and what it has said so far."""

    def __init__(self, study: Any, driver: subprocess.Popen[str]) -> None:
        self.study, self.driver, self._said = study, driver, b""
        assert driver.stdout
        os.set_blocking(driver.stdout.fileno(), False)

    def cut(self, disk: Disk, name: str) -> tuple[Any, list[int]]:
        """The study on the disk that a power cut now would leave, and the trials whose end was told before.

        Nothing of the product is asked to end or to write: its processes stand still for the time of a copy.
        """
        os.killpg(self.driver.pid, signal.SIGSTOP)
        try:
            told = self._told()
            left = disk.without_power(name)
        finally:
            os.killpg(self.driver.pid, signal.SIGCONT)
        cache = left.folder / self.study.cache.relative_to(disk.folder)
        return replace(self.study, place=left.folder, cache=cache), told

    def _told(self) -> list[int]:
        assert self.driver.stdout
        while True:
            try:
                more = os.read(self.driver.stdout.fileno(), 65536)
            except BlockingIOError:
                break
            if not more:
                break
            self._said += more
        return [int(number) for number in ENDED.findall(self._said.decode())]


def test_what_nobody_forced_to_the_disk_is_gone_with_the_power(make_disk: Callable[[int], Disk]) -> None:
    disk = make_disk(16)
    for name, forced in (("forced", True), ("written", False)):
        with (disk.folder / name).open("w") as file:
            file.write("words")
            if forced:
                file.flush()
                os.fsync(file.fileno())
    left = disk.without_power("left").folder
    assert (left / "forced").read_text() == "words"
    assert not (left / "written").exists() or (left / "written").read_text() == ""


def cut_and_resume(study: Any, disk: Disk, n_cuts: int, longest: float, options: Options) -> int:
    """Cut the power of one running study again and again, and finish what is left each time.

    Returns:
        How many ends of trials had been told before a cut, in all.
    """
    rng, n_told = np.random.default_rng(3), 0
    driver = study.start(*options(1000))
    outage = Outage(study, driver)
    for number in range(n_cuts):
        with contextlib.suppress(subprocess.TimeoutExpired):
            driver.wait(timeout=rng.uniform(0, longest))
        left, told = outage.cut(disk, f"left-{number}")
        found, there = left.finished(), study.finished()
        assert set(told) <= set(found), "a trial whose end was told is lost"
        assert {trial: there[trial] for trial in found} == found
        for trial in told:
            whole = files_of(study.folder / "trials" / str(trial))
            assert whole.items() <= files_of(left.folder / "trials" / str(trial)).items()
        assert broken_stages(left.cache) == ""
        n_trials = len({event["trial"]["number"] for event in left.events("started")}) + 1
        code, _, errors = left.run(*options(n_trials))
        assert (code, errors) == (0, "")
        left.check_nothing_lost(found, n_trials)
        n_told += len(told)
    assert driver.poll() is None, driver.communicate()
    return n_told


def broken_stages(cache: Path) -> str:
    """What `encodenet cache verify` finds in a cache."""
    command = [sys.executable, "-m", "encodenet_core.cli", "cache", "verify"]
    environment = os.environ | {"ENCODENET_CACHE": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.slow
def test_ten_power_cuts_at_random_moments_cost_short_trials_nothing(
    toy_study: Any, make_disk: Callable[[int], Disk]
) -> None:
    disk = make_disk(32)
    study = replace(toy_study, place=disk.folder, cache=disk.folder)
    assert cut_and_resume(study, disk, 10, 1.0, lambda n_trials: (n_trials, 0, 0, 1)) > 50


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_eight_power_cuts_at_random_moments_cost_a_real_study_nothing(
    keras_study: Any, tmp_path: Path, make_disk: Callable[[int], Disk]
) -> None:
    disk = make_disk(400)
    command = [str(tmp_path / part) if part == "faults.yaml" else part for part in keras_study.command]
    study = replace(keras_study, place=disk.folder, cache=disk.folder / "cache", command=command)
    assert cut_and_resume(study, disk, 8, 20.0, lambda n_trials: ("--workers", 1, "--trials", n_trials)) > 8
