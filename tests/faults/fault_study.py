"""A study whose drivers are hurt, and one check that nothing was lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.lock import Lock
from decoder_search.records.trial_record import identity


@dataclass
class FaultStudy:
    """A study whose drivers are started, hurt and started again.

    Attributes:
        place: where its drivers run; nothing else runs there.
        name: of the study.
        command: starts a driver; options may follow.
        cache: folder of its stage cache.
        environment: beside the test's own.
        drivers: all that were started.
    """

    place: Path
    name: str
    command: list[str]
    cache: Path
    environment: dict[str, str] = field(default_factory=dict)
    drivers: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.place / "results" / self.name

    @property
    def file(self) -> Path:
        return self.folder / "trials.jsonl"

    def start(self, *options: object, **environment: str) -> subprocess.Popen[str]:
        """A driver in a process group of its own, as a terminal starts it."""
        driver = subprocess.Popen(
            [*self.command, *map(str, options)],
            cwd=self.place,
            env={**os.environ, "ENCODENET_CACHE": str(self.cache), **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.drivers.append(driver)
        return driver

    def run(self, *options: object, **environment: str) -> tuple[int, str, str]:
        """Run a driver to its end: exit code, output, errors."""
        driver = self.start(*options, **environment)
        output, errors = driver.communicate(timeout=900)
        return driver.returncode, output, errors

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind, without a torn one."""
        text = self.file.read_text() if self.file.exists() else ""
        lines = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def finished(self) -> dict[int, dict[str, Any]]:
        """The trials that have ended, as they are recorded."""
        return {event["trial"]["number"]: event["trial"] for event in self.events("finished")}

    def running(self) -> list[int]:
        """The trials that have reported and not ended."""
        ended = self.finished()
        return sorted({event["number"] for event in self.events("reported")} - set(ended))

    def workers(self) -> list[int]:
        """The processes of the newest driver's group without itself, in the order in which they started."""
        return [each for each in processes_in(self.place) if each != self.drivers[-1].pid]

    def wait_until(self, happened: Callable[[], object], seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, f"nothing happened within {seconds} seconds"
            time.sleep(0.01)

    def wait_for_no_process(self, seconds: float = 20) -> None:
        """Where a driver was killed, its workers end by themselves."""
        self.wait_until(lambda: not processes_in(self.place), seconds)

    def check_nothing_lost(self, before: Mapping[int, Mapping[str, Any]], n_trials: int) -> None:
        """What must hold after a fault and the resume that followed it.

        Args:
            before: `finished()` at the fault.
            n_trials: how many trials the study should have.
        """
        ended = [event["trial"] for event in self.events("finished")]
        numbers = [trial["number"] for trial in ended]
        assert len(numbers) == len(set(numbers)), "a trial ended twice"
        after = self.finished()
        assert {number: after.get(number) for number in before} == before, "a finished trial was lost"
        assert len(after) == n_trials
        tried = [identity(trial["params"]) for trial in ended if trial["state"] == "completed"]
        assert len(tried) == len(set(tried)), "the same params were evaluated twice"
        self.check_leaderboard(after)
        self.check_nothing_left()

    def check_leaderboard(self, trials: Mapping[int, Mapping[str, Any]]) -> None:
        """The leaderboard is the one that the recorded numbers give."""
        command = [sys.executable, "-m", "decoder_search.cli", "leaderboard", self.name, "--format", "json"]
        shown = subprocess.run(command, cwd=self.place, capture_output=True, text=True, timeout=300)
        assert (shown.returncode, shown.stderr) == (0, "")
        rows = [row for row in json.loads(shown.stdout) if row["state"] == "completed"]
        completed = [trial for trial in trials.values() if trial["state"] == "completed"]
        assert [row["trial"] for row in rows] == ranked(completed)
        for row in rows:
            for name in ("accuracy", "mse"):
                assert row[name] == pytest.approx(trials[row["trial"]]["metrics"][name])

    def check_nothing_left(self) -> None:
        """No process, no lock, no temporary file, no checkpoint."""
        self.wait_for_no_process()
        Lock.take(self.folder).release()
        left = [*self.folder.rglob("*.unfinished-*"), *self.folder.rglob("checkpoint*")]
        for pattern in (".*.partial", ".*.removed", "*.lock"):
            left += self.cache.glob(pattern)
        assert left == []


def ranked(completed: list[Mapping[str, Any]]) -> list[int]:
    """The numbers of completed trials, best first, by the definition: layer by layer, then by accuracy."""
    rest = {trial["number"]: trial["metrics"] for trial in completed}
    order: list[int] = []
    while rest:
        front = [
            number
            for number, one in rest.items()
            if not any(
                other["mse"] <= one["mse"]
                and other["accuracy"] >= one["accuracy"]
                and (other["mse"], other["accuracy"]) != (one["mse"], one["accuracy"])
                for other in rest.values()
            )
        ]
        keys = ("cross_entropy", "mse", "decoder_parameters")
        front.sort(key=lambda n: (-rest[n]["accuracy"], *(rest[n][key] for key in keys), n))
        order += front
        for number in front:
            del rest[number]
    return order


START_TIME = 18
"""Place of that field in /proc/PID/stat after the state, in ticks since the machine started (proc(5))."""


def processes_in(place: Path) -> list[int]:
    """The living processes whose working directory is this folder, in the order in which they started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, *others = (process / "stat").read_text().rpartition(")")[2].split()
            if state not in "ZX" and Path(os.readlink(process / "cwd")) == place:
                found.append((int(others[START_TIME]), int(process.name)))
        except OSError:
            continue
    return [pid for _, pid in sorted(found)]
