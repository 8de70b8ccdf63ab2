"""What one driver sustains on a Ray cluster: reports and trials a minute, and how long an answer takes.

The claim: 1,000 workers that report every 10 seconds get 99 of 100 answers in less than 250 ms, and the queue
of reports never grows longer than there are workers. Then the workers report more and more often, until
that no longer holds.

    python benchmarks/capacity.py --workers 1000

The driver is the real one: loop, pruner, journal on the disk, executor, queue of reports. The workers are
made up: each of 4 processes of Ray plays 250, which wait, report, wait for the answer, and leave a curve and
a picture of 50 kB when their trial ends; checkpoints are not sent unless asked for. The time of an answer is
measured where the report is made. All of it runs on this machine, so the made-up workers take cores from the
driver.
The exit code is 0 where the claim holds at a report every 10 seconds or more often, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import platform
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter, process_time
from typing import Any

import numpy as np
import ray
from rich.console import Console

from decoder_search.driver.budget import Budget
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.starting import start_engine
from decoder_search.execution.cluster import Shared
from decoder_search.execution.ray.actor_pool import PoolSpec
from decoder_search.execution.ray.executor import RayExecutor
from decoder_search.execution.versions import describe_versions
from decoder_search.records.journal import Journal, utc_now
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parsing import load_space
from decoder_search.views.terminal.live import LiveView

CLAIMED_SECONDS, CLAIMED_INTERVAL = 0.25, 10.0
PROCESSES = 4
EPOCHS = 30
ENDLESS = 1_000_000


class Player:
    """Plays many actors in one process; Ray calls `ready`, `run` and `leave` for each of them."""

    def __init__(self, queue: Any, interval: float, checkpoint_bytes: int, seed: int) -> None:
        """Wait `interval` seconds before each report, on average."""
        self._queue, self._interval, self._random = queue, interval, random.Random(seed)  # noqa: S311
        self._checkpoint = {"checkpoint/state": np.zeros(checkpoint_bytes, np.uint8)}
        self._sends_checkpoints = checkpoint_bytes > 0
        self._left = {
            "curves.json": np.zeros(1_000, np.uint8),
            "reconstructions.png": np.zeros(50_000, np.uint8),
        }
        self._answers: list[float] = []
        self._ended = 0

    async def ready(self) -> str:
        """Where it is."""
        node = ray.get_runtime_context().get_node_id()
        return json.dumps({"node": node, "host": platform.node(), "versions": {}})

    async def run(self, ticket: int, task: str, stages: Any, checkpoint: Any) -> tuple[str, Any, str]:
        """Play a trial to its end."""
        rungs, sent = json.loads(task)["rungs"], monotonic()
        for epoch in range(1, EPOCHS + 1):
            await asyncio.sleep(self._interval * self._random.uniform(0.5, 1.5))
            checkpoint: dict[str, Any] = {}
            if self._sends_checkpoints and monotonic() - sent >= 30:
                checkpoint, sent = self._checkpoint, monotonic()
            if not await self._report(ticket, epoch, epoch in rungs, checkpoint):
                return self._end("stopped", {"reason": "as you wish"})
        chance = self._random
        metrics = {**dict.fromkeys(ALWAYS_MEASURED, 0.5), "accuracy": chance.random(), "mse": chance.random()}
        return self._end("result", metrics)

    async def leave(self) -> None:
        """Nothing to leave; the driver ends the process."""

    async def take(self, interval: float) -> tuple[list[float], int]:
        """Seconds that each answer took and how many trials ended since the last call; sets the pace."""
        taken = self._answers, self._ended
        self._answers, self._ended, self._interval = [], 0, interval
        return taken

    async def _report(self, ticket: int, epoch: int, at_rung: bool, checkpoint: Any) -> bool:
        chance = self._random
        values = {"loss": chance.random()}
        if at_rung:
            values |= {"mse": chance.random(), "retrieval": 0.5, "probe_accuracy": chance.random()}
        report = {"stage": "autoencoder", "step": epoch, "total": EPOCHS, "values": values}
        started = perf_counter()
        goes_on = await self._queue.report.remote(ticket, json.dumps(report), checkpoint)
        self._answers.append(perf_counter() - started)
        return bool(goes_on)

    def _end(self, kind: str, payload: dict[str, Any]) -> tuple[str, Any, str]:
        self._ended += 1
        return json.dumps({"kind": kind, "payload": payload}), self._left, ""


@dataclass(frozen=True)
class Pace:
    """What was measured while each worker reported every `interval` seconds."""

    interval: float
    seconds: float
    answers: Sequence[float]
    n_ended: int
    longest_queue: int
    driver_share: float

    @property
    def p99(self) -> float:
        """Seconds below which 99 of 100 answers took."""
        return float(np.percentile(self.answers, 99)) if self.answers else float("inf")

    def holds(self, n_workers: int) -> bool:
        """Whether the driver keeps up."""
        return self.p99 < CLAIMED_SECONDS and self.longest_queue <= n_workers

    @property
    def _milliseconds_a_report(self) -> float:
        """What the driver computes for a report and its share of a trial."""
        return 1000 * self.driver_share * self.seconds / max(1, len(self.answers))

    def __str__(self) -> str:
        """One line."""
        middle = float(np.median(self.answers)) if self.answers else float("inf")
        return (
            f"every {self.interval:5.2f} s: {60 * len(self.answers) / self.seconds:8,.0f} reports and "
            f"{60 * self.n_ended / self.seconds:6,.0f} trials a minute; answer p50 {1000 * middle:6.0f} ms, "
            f"p99 {1000 * self.p99:6.0f} ms; longest queue {self.longest_queue}; "
            f"driver {self.driver_share:.0%} of a core, {self._milliseconds_a_report:.2f} ms of it a report; "
            f"load {os.getloadavg()[0]:.1f}"
        )


@dataclass
class Measurement:
    """Looks on between two rounds of the driver's loop: says when to stop, and changes the pace."""

    executor: RayExecutor
    players: Sequence[Any]
    options: argparse.Namespace
    paces: list[Pace] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the first pace."""
        self._steps = self._phases()

    def __call__(self) -> bool:
        """Whether everything is measured."""
        return next(self._steps, True)

    def _phases(self) -> Iterator[bool]:
        yield False  # the round after this gives all workers their first trial
        before = self.options.intervals[0]
        for interval in self.options.intervals:
            self._take(interval)
            yield from self._wait(2 * before)
            self._take(interval)
            self.executor.longest_queue, computed, started = 0, process_time(), monotonic()
            yield from self._wait(self.options.seconds)
            seconds, computed = monotonic() - started, process_time() - computed
            answers, n_ended = self._take(interval)
            queue = self.executor.longest_queue
            self.paces.append(Pace(interval, seconds, answers, n_ended, queue, computed / seconds))
            sys.stdout.write(f"{self.paces[-1]}\n")
            sys.stdout.flush()
            if not self.paces[-1].holds(self.options.workers):
                return
            before = interval

    def _wait(self, seconds: float) -> Iterator[bool]:
        until = monotonic() + seconds
        while monotonic() < until:
            yield False

    def _take(self, interval: float) -> tuple[list[float], int]:
        taken = ray.get([player.take.remote(interval) for player in self.players])
        return [answer for answers, _ in taken for answer in answers], sum(ended for _, ended in taken)


def main() -> None:
    """Raise the pace until the driver falls behind."""
    options = parse_arguments()
    ray.init(address="local", num_cpus=PROCESSES, include_dashboard=False, log_to_driver=False)
    try:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            paces = run(Path(folder), options)
    finally:
        ray.shutdown()
    claimed = [pace for pace in paces if pace.interval <= CLAIMED_INTERVAL]
    holds = options.workers >= 1000 and bool(claimed) and claimed[0].holds(options.workers)
    sys.stdout.write(f"{describe_versions()}, ray {ray.__version__}\n")
    sustained = [pace for pace in paces if pace.holds(options.workers)]
    if sustained:
        sys.stdout.write(f"sustained: {sustained[-1]}\n")
    sys.stdout.write("the claim holds\n" if holds else "the claim does not hold\n")
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--intervals", type=float, nargs="+", default=[10.0, 5.0, 2.5, 1.25, 0.6])
    parser.add_argument("--seconds", type=float, default=60.0, help="measured at each pace")
    parser.add_argument("--checkpoint-bytes", type=int, default=0, help="sent every 30 s by each worker")
    parser.add_argument("--folder", type=Path, help="where the study lies; a temporary folder if left out")
    return parser.parse_args()


def run(folder: Path, options: argparse.Namespace) -> list[Pace]:
    """Run a study of made-up workers and return what was measured at each pace."""
    space = load_space("digits").with_constants({"seed": 0, "autoencoder.training.epochs": EPOCHS})
    settings = StudySettings("capacity", space, 0, "random", "mse", utc_now(), {}, pruning=Pruning())
    view = LiveView(Console(file=io.StringIO()), study_name="capacity", n_trials=ENDLESS, deadline=None)
    players: list[Any] = []
    spec = pool_spec(players, options)
    started = monotonic()
    with (
        Journal.open(folder / "capacity", lambda: settings) as journal,
        RayExecutor(spec, shared=Shared(folder), log_folder=folder, say=lambda _: None) as executor,
    ):
        while executor.free() < options.workers:
            executor.events(1.0)
        sys.stdout.write(f"{options.workers} workers after {monotonic() - started:.0f} s\n")
        engine = start_engine(settings, ENDLESS, folder)
        recorded = read_study(journal.folder)
        keeping = Housekeeping(recorded, folder, Storage(), view.say)
        study = Study(journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping)
        measurement = Measurement(executor, players, options)
        study.run(Budget(ENDLESS), measurement)
        engine.close()
    return measurement.paces


def pool_spec(players: list[Any], options: argparse.Namespace) -> PoolSpec:
    """Actors that are played by a few processes, which are added to `players` once they are started."""
    kind = ray.remote(Player).options(num_cpus=1, max_concurrency=options.workers + 10)
    turns = iter(range(sys.maxsize))

    def start(queue: Any) -> Any:
        turn = next(turns)
        if turn < PROCESSES:
            players.append(kind.remote(queue, options.intervals[0], options.checkpoint_bytes, turn))
        return players[turn % PROCESSES]

    return PoolSpec(start=start, wanted=lambda: options.workers)


if __name__ == "__main__":
    main()
