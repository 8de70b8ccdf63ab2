"""A study of many trials takes no more memory, files and processes at its end than at its start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from decoder_search.execution.local import MEMORY_LIMIT
from decoder_search.records import StudyRecord, read_study

MOST_GROWTH = 50 * 10**6
"""Bytes by which the driver may grow between trial 20 and the end."""

WARM = 20
"""So many trials have loaded what a driver loads late."""

DRIVER = """
import sys
from pathlib import Path
from rich.console import Console
from decoder_search.budget import Budget
from decoder_search.engines.starting import start_engine
from decoder_search.execution.local import LocalExecutor
from decoder_search.housekeeping import Storage
from decoder_search.journal import Journal, utc_now
from decoder_search.live import LiveView
from decoder_search.mirror_address import MirrorAddress
from decoder_search.mirroring import mirrored
from decoder_search.records import read_study
from decoder_search.settings import StudySettings
from decoder_search.space import load_space
from decoder_search.study import Study

folder, n_trials = Path(sys.argv[1]), int(sys.argv[2])
space = load_space("digits").with_constants({"seed": 0})
settings = StudySettings("long", space, 0, "tpe", "mse", utc_now(), {})
address = MirrorAddress.parse(f"sqlite:///{folder.parent}/mirror.db", folder)
console = Console(force_terminal=True, width=120, height=40)
with Journal.open(folder, lambda: settings) as journal:
    journal.prepared({"num_classes": 10})  # a mirror waits for that
    study = read_study(folder)
    engine = start_engine(study.settings, n_trials, folder, ())
    view = LiveView(console, study_name="long", n_trials=n_trials, deadline=None)
    executor = LocalExecutor(2, threads=1, log_folder=folder / "workers", module="toy_long_worker")
    with executor, view, mirrored(address, folder, view.say):
        cache = folder.parent / "cache"
        running = Study(
            journal, study, engine=engine, executor=executor, view=view, cache=cache, storage=Storage(3)
        )
        running.run(Budget(n_trials, None, grace=60.0), lambda: False)
"""
"""A driver as `launch_study` makes one, with a live view and a mirror, but with workers that only seem to train."""

WORKER = """
import json
import random
from pathlib import Path
from decoder_search.execution.worker import main

NAMES = ["explained_variance", "n_targets", "target_variance", "cross_entropy", "control_features_accuracy",
         "decoder_parameters", "train_accuracy", "macs", "epochs", "clusters_noise", "worker_seconds"]

def run_task(task, report):
    folder = Path(task["folder"])
    drawn = random.Random(folder.name)
    checkpoint, weights = folder / "checkpoint", folder / "weights"
    checkpoint.mkdir(parents=True)
    (checkpoint / "checkpoint.npz").write_bytes(bytes(50_000))
    for epoch in range(1, 9):
        report("autoencoder", epoch, 8, {"loss": drawn.random(), "probe_seconds": 0.01})
    report("classifier", 1, 1, {"loss": drawn.random()})
    (folder / "curves.json").write_text(json.dumps({"autoencoder": [drawn.random() for _ in range(8)]}))
    (folder / "reconstructions.png").write_bytes(bytes(13_000))
    if task["keep_weights"]:
        weights.mkdir()
        (weights / "encodenet.keras").write_bytes(bytes(100_000))
    named = {name: drawn.random() for name in NAMES}
    return {**named, "mse": drawn.random(), "retrieval": drawn.random(), "accuracy": drawn.random()}

if __name__ == "__main__":
    main(run_task)
"""


@dataclass(frozen=True)
class Sample:
    """One look at a driver and its workers: bytes of memory that are theirs, files and threads."""

    n_finished: int
    driver: int
    workers: tuple[int, ...]
    files: int
    threads: int


@dataclass
class Watched:
    """What was seen of a study while it ran."""

    samples: list[Sample] = field(default_factory=list)
    pids: set[int] = field(default_factory=set)
    seconds: float = 0.0

    def at(self, n_finished: int) -> Sample:
        return next(each for each in self.samples if each.n_finished >= n_finished)

    @property
    def growth(self) -> int:
        return self.samples[-1].driver - self.at(WARM).driver

    def in_words(self) -> str:
        """What is written down of it."""
        first, last = self.at(WARM), self.samples[-1]
        peak = max(max(each.workers, default=0) for each in self.samples)
        slope = self.growth / max(1, last.n_finished - first.n_finished)
        return (
            f"{last.n_finished} trials in {self.seconds:.0f} s; driver {first.driver / 1e6:.1f} MB after "
            f"{first.n_finished} trials, {last.driver / 1e6:.1f} MB after {last.n_finished}, "
            f"{slope / 1e3:.1f} kB a trial; largest worker {peak / 1e6:.0f} MB, {len(self.pids)} workers; files "
            f"{first.files} and {last.files}, threads {first.threads} and {last.threads}"
        )


def memory_of(pid: int) -> int:
    """The proportional share of a process in memory, which the system may keep to itself: then all of it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except PermissionError:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def look(pid: int, journal: Path, seen: Watched) -> None:
    try:
        workers = children_of(pid)
        finished = journal.read_bytes().count(b'"event": "finished"')
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        held = tuple(memory for each in workers if (memory := memory_if_alive(each)))
        sample = Sample(finished, memory_of(pid), held, files, threads)
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return  # not there yet, or not any more
    seen.pids.update(workers)
    if workers:  # a driver that ends its workers has let go of files too
        seen.samples.append(sample)


def memory_if_alive(pid: int) -> int:
    try:
        return memory_of(pid)
    except (FileNotFoundError, ProcessLookupError, StopIteration):
        return 0


def watch(command: list[str], journal: Path, *, every: float, environment: dict[str, str]) -> Watched:
    """Run a driver to its end and look at it all the time."""
    seen, started = Watched(), time.monotonic()
    log = journal.parent.parent / "driver.log"
    with log.open("wb") as output:
        driver = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
        try:
            while driver.poll() is None:
                look(driver.pid, journal, seen)
                time.sleep(every)
        finally:
            driver.kill()
            driver.wait()
    assert driver.returncode == 0, log.read_text(errors="replace")[-2000:]
    seen.seconds = time.monotonic() - started
    return seen


def shared_memory() -> set[str]:
    place = Path("/dev/shm")  # noqa: S108 - where Linux keeps semaphores and shared memory
    return {path.name for path in place.iterdir()} if place.exists() else set()


def check_tidy(seen: Watched, folder: Path, temporary: Path, shared_before: set[str]) -> None:
    """No process, file or semaphore is left, and only those who should have kept their weights."""
    assert [pid for pid in seen.pids if Path(f"/proc/{pid}").exists()] == []
    assert sorted(temporary.iterdir()) == []
    assert shared_memory() - shared_before == set()
    study = read_study(folder)
    left = {path.name for path in (folder / "trials").glob("*/*")}
    assert left == {"curves.json", "reconstructions.png", "weights"}
    kept = {int(path.parent.name) for path in (folder / "trials").glob("*/weights")}
    assert kept == best_and_front(study)


def best_and_front(study: StudyRecord) -> set[int]:
    """Of all pairs of losses, those that no other pair beats, and the first three by rank, which these lead."""
    losses = {each.number: (each.metrics["mse"], 1 - each.metrics["accuracy"]) for each in study.trials}
    front = {
        number
        for number, own in losses.items()
        if not any(
            all(a <= b for a, b in zip(other, own, strict=True)) and other != own for other in losses.values()
        )
    }
    return front if len(front) >= 3 else front | set()


def run_long(tmp_path: Path, n_trials: int) -> Watched:
    (tmp_path / "toy_long_worker.py").write_text(WORKER)
    (tmp_path / "driver.py").write_text(DRIVER)
    temporary, folder, shared_before = tmp_path / "tmp", tmp_path / "results" / "long", shared_memory()
    temporary.mkdir()
    (tmp_path / "results").mkdir()
    seen = watch(
        [sys.executable, str(tmp_path / "driver.py"), str(folder), str(n_trials)],
        folder / "trials.jsonl",
        every=0.05 if n_trials < 100 else 0.5,
        environment={
            "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}",
            "TMPDIR": str(temporary),
        },
    )
    print(seen.in_words())
    assert len(read_study(folder).trials) == n_trials
    check_tidy(seen, folder, temporary, shared_before)
    return seen


if __name__ == "__main__":
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="long-"))
    seen = run_long(place, int(sys.argv[1]))
    (place / "samples.json").write_text(json.dumps([vars(each) for each in seen.samples]))
    print(place, MEMORY_LIMIT, pytest.__version__)
