"""What tests of faults share: real studies in processes of their own, and disks that fill up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_study import FaultStudy

SPACE = """
description: More decoders of 120 digits than any test tries.
dataset.source: digits
dataset.limit: 120
baseline.training.epochs: 2
decoder.depth: {int: [1, 2]}
decoder.widths: {choice: [mirrored, halving]}
clustering.n_clusters: {choice: [1, 2]}
autoencoder.training.epochs: 20
autoencoder.training.learning_rate: {float: [1e-3, 1e-2], log: true}
classifier.training.epochs: 2
"""

TOY_DRIVER = """
import os, select, sys, time
from pathlib import Path
from rich.console import Console
from decoder_search.driver.budget import Budget, TrialLimits
from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.execution.local import LocalExecutor
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.execution.interrupts import noted_interrupts
from decoder_search.records.journal import Journal
from decoder_search.views.terminal.live import LiveView
from decoder_search.space.parameters import ChoiceParameter, FloatParameter
from decoder_search.records.study_record import read_study
from decoder_search.records.settings import StudySettings
from decoder_search.space.search_space import SearchSpace
from decoder_search.driver.study import Study
from encodenet_core.io.command_line import run_command_line

if "FAKETIME_NO_CACHE" in os.environ:
    time.sleep = lambda seconds: select.select([], [], [], seconds)  # which libfaketime breaks at random

def main():
    place, n_trials, timeout, memory = Path.cwd(), *map(int, sys.argv[1:4])
    kinds = tuple(map(int, sys.argv[4:]))
    parameters = (ChoiceParameter("decoder.depth", kinds),
                  FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True))
    space = SearchSpace("toy", parameters, {"seed": 0}, {})
    settings = StudySettings("toy", space, 0, "random", "mse", "2024-05-06T07:08:09+00:00", {})
    folder = place / "results" / "toy"
    limits = TrialLimits(timeout or None, memory or None)
    executor = LocalExecutor(2, threads=1, log_folder=folder / "workers", module="toy_fault_worker",
                             environments=[{"PYTHONPATH": os.pathsep.join([str(place), *sys.path])}])
    with Journal.open(folder, lambda: settings) as journal, noted_interrupts() as interrupted, executor:
        recorded = read_study(folder)
        engine = OptunaEngine(settings, n_trials)
        view = LiveView(Console(width=200), study_name="toy", n_trials=n_trials, deadline=None)
        journal.opened({}, n_trials)
        keeping = Housekeeping(recorded, place, Storage(), view.say)
        keeping.clear_attempts()
        study = Study(
            journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping
        )
        study.run(Budget(n_trials), interrupted, limits)
    sys.exit(130 if interrupted() else 0)

run_command_line(main)
"""
"""A driver made of the product's own parts, whose workers load no Keras."""

TOY_WORKER = """
import ctypes, os, select, sys, time
from pathlib import Path
from decoder_search.execution.serving import main

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    params, folder = task["params"], Path(task["folder"])
    kind, rate = params["decoder.depth"], params["autoencoder.training.learning_rate"]
    folder.mkdir(parents=True, exist_ok=True)
    with open(Path(task["cache"], "evaluated"), "a") as file:
        file.write(f"{folder.name}\\n")
    for step in range(1, 4):
        select.select([], [], [], 0.03)  # libfaketime breaks time.sleep
        report("autoencoder", step, 3, {"loss": 1 / step, "mse": 1 / step})
    if kind == 2:
        time.sleep(600)
    if kind == 3:
        ctypes.PyDLL(None).sleep(600)  # native code that never lets the interpreter go
    if kind == 4:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (300_000_000, resource.RLIM_INFINITY))
    if kind == 7:
        Path(os.environ["FAULT_CGROUP"], "cgroup.procs").write_text(str(os.getpid()))
    if kind in (4, 5, 7):
        held = []
        while True:
            held.append(b"x" * 10_000_000)
            time.sleep(0.01)
    if kind == 6:
        (folder / "curves.json").write_text("[0.5]" * 2000)
    metrics = dict.fromkeys(METRICS, 0.5)
    return metrics | {"accuracy": 0.5 + rate * 10 % 0.5, "mse": rate}

if __name__ == "__main__":
    main(run_task)
"""
"""Trials that end (1), sleep (2), hang in native code (3), take more memory than their address space has (4),
than a trial may take (5) or than their control group has (7), or write a file (6)."""


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path, str], None]]:
    """Puts a disk of this size, such as `64k`, where a folder is; a second call gives it another size."""
    mounted: list[Path] = []

    def mount(folder: Path, size: str) -> None:
        again = "remount," if folder in mounted else ""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"{again}size={size}", "none", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"not tried: no tmpfs can be mounted here ({done.stderr.strip()})")
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def build_study(place: Path, name: str, command: list[str], cache: Path) -> Iterator[FaultStudy]:
    study = FaultStudy(place.resolve(), name, command, cache)
    yield study
    for driver in study.drivers:
        if driver.poll() is None:
            driver.kill()
        driver.communicate()


@pytest.fixture
def keras_study(tmp_path: Path, stage_cache: Path) -> Iterator[FaultStudy]:
    """A study by `decoder-search run`, of trials that take some seconds; options follow."""
    (tmp_path / "faults.yaml").write_text(SPACE)
    command = [sys.executable, "-m", "decoder_search.cli", "run", "faults.yaml", "--sampler", "random"]
    yield from build_study(tmp_path, "faults", [*command, "--pruner", "none"], stage_cache)


@pytest.fixture
def toy_study(tmp_path: Path) -> Iterator[FaultStudy]:
    """A study without Keras; trials, timeout, memory and kinds of trials follow."""
    (tmp_path / "toy_fault_driver.py").write_text(TOY_DRIVER)
    (tmp_path / "toy_fault_worker.py").write_text(TOY_WORKER)
    command = [sys.executable, str(tmp_path / "toy_fault_driver.py")]
    yield from build_study(tmp_path, "toy", command, tmp_path)
