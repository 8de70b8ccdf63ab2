"""Tasks run on the machines of a Ray cluster, which may come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError

from decoder_search.execution.cluster import Cluster, OutpostSetup, Shared
from decoder_search.execution.executor import POLL_SECONDS, Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.ray.connection import HEAD, room
from decoder_search.execution.ray.fleet import Crew, Fleet, Run, Slot
from decoder_search.execution.ray.hub import ReportHub
from decoder_search.execution.ray.outpost import Outpost
from decoder_search.execution.ray.parcels import Parcel, packed_checkpoint, unpack
from encodenet_core.errors import EncodeNetError
from encodenet_core.stages.transfer import stage_files

MOST_AT_ONCE = 64
"""Reports that are taken from the hub at a time, and answers that are sent to it: few, so that none waits."""

MOST_CALLS = 100_000
"""Calls that wait in the hub: every report does until it is answered."""

WEIGH_SECONDS = 1.0
"""How old what is known of the memory of workers may become."""


def crew_of(cluster: Cluster, n_workers: int | None, n_tasks: int, setup: OutpostSetup | None = None) -> Crew:
    """Outposts of a cluster, spread over its machines.

    Args:
        cluster: what each may take.
        n_workers: tasks at the same time; None is as many as the machines have room for.
        n_tasks: more are never needed.
        setup: how the machines run tasks, if not as the cluster and the driver's environment say.
    """
    setup = OutpostSetup.of(cluster) if setup is None else setup
    # A second call gets through while a task runs: the one that tells it to leave.
    kind = ray.remote(Outpost).options(
        num_cpus=cluster.cpus, num_gpus=cluster.gpus, max_concurrency=2, scheduling_strategy="SPREAD"
    )
    as_json = json.dumps(asdict(setup))

    def wanted() -> int:
        places = room(cluster.cpus, cluster.gpus)  # always asked for, because that notices a lost head
        return min(n_tasks, places if n_workers is None else n_workers)

    return Crew(
        start=lambda hub: kind.remote(hub, as_json),
        wanted=wanted,
        versions=setup.versions,
        needs=f"{cluster.cpus} CPUs" + (f" and {cluster.gpus:g} GPUs" if cluster.gpus else ""),
    )


class RayExecutor(Executor):
    """An `Executor` of the cluster that this process is connected to.

    Every task has an outpost: an actor with a worker process, on whatever machine has room. What an outpost
    gives back when its task ends comes as the result of that call, so that the end of a machine is told by
    Ray; reports come through a hub.
    """

    def __init__(self, crew: Crew, *, shared: Shared, log_folder: Path, say: Callable[[str], None]) -> None:
        """Put what all tasks share into the object store; outposts are started by the calls.

        Args:
            crew: who runs the tasks.
            shared: what their caches must hold before a task starts.
            log_folder: where `worker-N.log` takes what the worker of slot N prints, when a task has ended.
            say: is told in lines which machines come and go.
        """
        self._log_folder, self._shared = log_folder, shared
        hub = ray.remote(ReportHub).options(num_cpus=0, resources={HEAD: 0.001}, max_concurrency=MOST_CALLS)
        self._hub: Any = hub.remote()
        self._stages = [(key, ray.put(_bytes_of(stage_files(shared.cache, key)))) for key in shared.stages]
        self._fleet = Fleet(crew, self._hub, say)
        self._slots: dict[int, Slot] = {}
        self._runs: dict[int, Run] = {}
        self._tickets = count()
        self._news: Any = self._hub.take.remote(MOST_AT_ONCE)
        self._answers: list[tuple[int, bool]] = []
        self._weights = _Weights(self._hub)
        self.longest_queue = 0

    def free(self) -> int:
        """As in `Executor`."""
        return len(self._fleet.idle())

    def submit(self, key: int, task: Mapping[str, Any]) -> None:
        """As in `Executor`."""
        idle = self._fleet.idle()
        if not idle:
            n_workers = len(self._fleet.slots)
            raise RuntimeError(f"task {key} was submitted while all {n_workers} workers are busy")
        slot, ticket = idle[0], next(self._tickets)
        luggage, sent = _luggage(task), dict(task)
        if luggage:
            sent["resume_from"] = None  # where it would go on from is what it takes along
        if self._shared.identities:
            sent["identities"] = dict(self._shared.identities)
        self._slots[key] = slot
        slot.run = Run(ticket, key, Path(task["folder"]) if "folder" in task else None)
        self._runs[ticket] = slot.run
        slot.pending = slot.outpost.run.remote(
            ticket, json.dumps(sent, allow_nan=False), self._stages, luggage
        )

    def answer(self, key: int, go_on: bool) -> None:
        """As in `Executor`."""
        slot = self._slots.get(key)
        if slot is not None and slot.run is not None:
            self._answers.append((slot.run.ticket, go_on))
        if len(self._answers) >= MOST_AT_ONCE:
            self._send_answers()

    def events(self, timeout: float | None) -> list[Event]:
        """As in `Executor`.

        Raises:
            ConfigError: the machines of the cluster cannot run tasks.
            EncodeNetError: what a task left cannot be written, or the cluster is gone.
        """
        self._send_answers()
        self._fleet.man()
        if timeout is None and not any(slot.run for slot in self._fleet.slots):
            return []
        ready = self._wait(timeout)
        stirring = [slot for slot in self._fleet.slots if slot.pending in ready]
        ended = [event for slot in stirring if (event := self._settle(slot)) is not None]
        return ended + (self._reports() if self._news in ready else [])

    def stop(self, key: int) -> None:
        """As in `Executor`."""
        slot = self._slots.pop(key, None)
        if slot is not None:
            if slot.run is not None:
                del self._runs[slot.run.ticket]
            self._fleet.dismiss(slot)

    def memory(self, key: int) -> int:
        """As in `Executor`; some seconds old."""
        slot = self._slots.get(key)
        return 0 if slot is None or slot.run is None else self._weights.of(slot.run.ticket)

    def close(self, grace: float) -> None:
        """As in `Executor`."""
        self._fleet.close(grace)
        ray.kill(self._hub)

    def _wait(self, timeout: float | None) -> set[Any]:
        """The references that have come to something, once one has or the time is up."""
        pending = [self._news, *(slot.pending for slot in self._fleet.slots if slot.pending is not None)]
        first, _ = ray.wait(pending, num_returns=1, timeout=POLL_SECONDS if timeout is None else timeout)
        if not first:
            return set()
        ready, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
        return set(ready)

    def _settle(self, slot: Slot) -> Event | None:
        """What has become of an outpost that was getting ready, or of a run."""
        run = slot.run
        if run is not None:
            del self._slots[run.key], self._runs[run.ticket]
        try:
            came = ray.get(slot.pending)
        except RayError as error:
            reason, blameless = self._fleet.lose(slot, error)
            return None if run is None else Event("died", run.key, {"reason": reason, "blameless": blameless})
        if run is None:
            self._fleet.welcome(slot, came)
            return None
        slot.run = slot.pending = None
        event, parcel, printed = came
        if run.folder is not None:
            unpack(parcel, run.folder)
        self._log(slot, printed)
        told = json.loads(event)
        return Event(told["kind"], run.key, told["payload"])

    def _reports(self) -> list[Event]:
        try:
            taken, left = ray.get(self._news)
        except RayError as error:
            raise EncodeNetError(f"the cluster lost what trials report through: {error}; run again") from None
        self._news = self._hub.take.remote(MOST_AT_ONCE)
        self.longest_queue = max(self.longest_queue, len(taken) + left)
        events = []
        for ticket, report, parcel in taken:
            run = self._runs.get(ticket)
            if run is None:  # its worker has died, or was stopped, since
                self._answers.append((ticket, False))
                continue
            if run.folder is not None:
                unpack(parcel, run.folder)
            events.append(Event("report", run.key, json.loads(report)))
        return events

    def _send_answers(self) -> None:
        if self._answers:
            self._hub.answer.remote(self._answers)
            self._answers = []

    def _log(self, slot: Slot, printed: str) -> None:
        if printed:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            with (self._log_folder / f"worker-{slot.number}.log").open("a", encoding="utf-8") as log:
                log.write(printed)


class _Weights:
    """What is known of the memory of workers; asked for in the background, once somebody wants to know."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub
        self._known: dict[int, int] = {}
        self._asked, self._answer = -WEIGH_SECONDS, None

    def of(self, ticket: int) -> int:
        """Bytes of the worker of a run; 0 where they are not known yet."""
        if self._answer is not None and ray.wait([self._answer], timeout=0)[0]:
            self._known |= ray.get(self._answer)
            self._answer = None
        if self._answer is None and monotonic() - self._asked >= WEIGH_SECONDS:
            self._asked, self._answer = monotonic(), self._hub.weights.remote()
        return self._known.get(ticket, 0)


def _bytes_of(files: Mapping[str, Path]) -> Parcel:
    return {name: np.frombuffer(path.read_bytes(), np.uint8) for name, path in files.items()}


def _luggage(task: Mapping[str, Any]) -> Parcel:
    """The checkpoint from which a task goes on: its own, or that of the trial that it continues."""
    for folder in (task.get("folder"), task.get("resume_from")):
        found = packed_checkpoint(Path(folder)) if folder else {}
        if found:
            return found
    return {}
