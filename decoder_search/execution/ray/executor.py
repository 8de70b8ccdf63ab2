"""Tasks run on the machines of a Ray cluster, which may come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError

from decoder_search.execution.cluster import Cluster, Shared, WorkerSetup
from decoder_search.execution.executor import POLL_SECONDS, Executor
from decoder_search.execution.messages import Event
from decoder_search.execution.ray.actor_pool import ActorPool, PoolSpec, Run, Slot
from decoder_search.execution.ray.connection import HEAD, room
from decoder_search.execution.ray.files import Files, packed_checkpoint, unpack
from decoder_search.execution.ray.report_queue import ReportQueue
from decoder_search.execution.ray.worker_actor import WorkerActor
from decoder_search.execution.tasks import AnyTask, TrialTask, task_to_json
from encodenet_core.errors import EncodeNetError
from encodenet_core.stages.transfer import stage_files

MOST_AT_ONCE = 64
"""Reports taken from the queue at a time, and answers sent to it: few, so that none waits."""

MOST_CALLS = 100_000
"""Calls that wait in the queue: every report does until it is answered."""


def pool_spec(
    cluster: Cluster, n_workers: int | None, n_tasks: int, setup: WorkerSetup | None = None
) -> PoolSpec:
    """Which actors run tasks on a cluster, spread over its machines.

    Args:
        cluster: what each may take.
        n_workers: tasks at the same time; None is as many as the machines have room for.
        n_tasks: more are never needed.
        setup: how the machines run tasks, if not as the cluster and the driver's environment say.
    """
    setup = WorkerSetup.of(cluster) if setup is None else setup
    # A second call gets through while a task runs: the one that tells it to leave.
    kind = ray.remote(WorkerActor).options(
        num_cpus=cluster.cpus, num_gpus=cluster.gpus, max_concurrency=2, scheduling_strategy="SPREAD"
    )
    as_json = json.dumps(asdict(setup))

    def wanted() -> int:
        places = room(cluster.cpus, cluster.gpus)  # always asked for, because that notices a lost head
        return min(n_tasks, places if n_workers is None else n_workers)

    return PoolSpec(
        start=lambda queue: kind.remote(queue, as_json),
        wanted=wanted,
        versions=setup.versions,
        needs=f"{cluster.cpus} CPUs" + (f" and {cluster.gpus:g} GPUs" if cluster.gpus else ""),
    )


class RayExecutor(Executor):
    """An `Executor` of the cluster that this process is connected to.

    Every task has an actor with a worker process, on whatever machine has room. What a task leaves when it
    ends comes as the result of the call that ran it, so that the end of a machine is told by Ray; reports
    come through a queue.
    """

    def __init__(
        self, spec: PoolSpec, *, shared: Shared, log_folder: Path, say: Callable[[str], None]
    ) -> None:
        """Put what all tasks share into the object store; actors are started by the calls.

        Args:
            spec: which actors run the tasks.
            shared: what their caches must hold before a task starts.
            log_folder: where `worker-N.log` takes what the worker of slot N prints, when a task has ended.
            say: is told in lines which machines come and go.
        """
        self._log_folder, self._shared = log_folder, shared
        kind = ray.remote(ReportQueue)
        place = {"num_cpus": 0, "resources": {HEAD: 0.001}}
        self._queue: Any = kind.options(**place, max_concurrency=MOST_CALLS).remote()
        self._stages = [(key, ray.put(_bytes_of(stage_files(shared.cache, key)))) for key in shared.stages]
        self._pool = ActorPool(spec, self._queue, say)
        self._slots: dict[int, Slot] = {}
        self._runs: dict[int, Run] = {}
        self._tickets = count()
        self._next_reports: Any = self._queue.take.remote(MOST_AT_ONCE)
        self._answers: list[tuple[int, bool]] = []
        self._memory: dict[int, int] = {}
        self.longest_queue = 0

    def free(self) -> int:
        """How many tasks could be submitted now; that may be none, because machines come and go."""
        return len(self._pool.idle())

    def submit(self, key: int, task: AnyTask) -> None:
        """Give a task to an idle actor; its events will carry `key`."""
        idle = self._pool.idle()
        if not idle:
            n_workers = len(self._pool.slots)
            raise RuntimeError(f"task {key} was submitted while all {n_workers} workers are busy")
        slot, ticket = idle[0], next(self._tickets)
        trial = task if isinstance(task, TrialTask) else None
        checkpoint = {} if trial is None else _checkpoint_to_resume(trial)
        if trial is not None and checkpoint:
            task = replace(trial, resume_from=None)  # where it would go on from is sent along
        payload = json.dumps(task_to_json(replace(task, identities=self._shared.identities)), allow_nan=False)
        self._slots[key] = slot
        slot.run = Run(ticket, key, None if trial is None else trial.folder)
        self._runs[ticket] = slot.run
        slot.pending = slot.actor.run.remote(ticket, payload, self._stages, checkpoint)

    def answer(self, key: int, go_on: bool) -> None:
        """Reply to the report of a task that waits for it."""
        slot = self._slots.get(key)
        if slot is not None and slot.run is not None:
            self._answers.append((slot.run.ticket, go_on))
        if len(self._answers) >= MOST_AT_ONCE:
            self._send_answers()

    def events(self, timeout: float | None) -> list[Event]:
        """What happened, waiting for at most `timeout` seconds for something to happen if nothing has yet.

        Raises:
            ConfigError: the machines of the cluster cannot run tasks.
            EncodeNetError: what a task left cannot be written, or the cluster is gone.
        """
        self._send_answers()
        self._pool.start_missing()
        if timeout is None and not any(slot.run for slot in self._pool.slots):
            return []
        ready = self._wait(timeout)
        active = [slot for slot in self._pool.slots if slot.pending in ready]
        ends = [event for slot in active if (event := self._settle(slot)) is not None]
        return ends + (self._reports() if self._next_reports in ready else [])

    def stop(self, key: int) -> None:
        """End the actor of a task at once; no event tells of it."""
        slot = self._slots.pop(key, None)
        if slot is not None:
            if slot.run is not None:
                del self._runs[slot.run.ticket]
            self._pool.kill(slot)

    def memory(self, key: int) -> int:
        """The bytes in memory of the worker of a task as it last told them; 0 as long as it has not."""
        slot = self._slots.get(key)
        return 0 if slot is None or slot.run is None else self._memory.get(slot.run.ticket, 0)

    def close(self, grace: float) -> None:
        """End all actors: ask them to, wait `grace` seconds for all of them, then kill."""
        self._pool.close(grace)
        ray.kill(self._queue)

    def _wait(self, timeout: float | None) -> set[Any]:
        """The references that have come to something, once one has or the time is up."""
        pending = [slot.pending for slot in self._pool.slots if slot.pending is not None]
        pending.append(self._next_reports)
        first, _ = ray.wait(pending, num_returns=1, timeout=POLL_SECONDS if timeout is None else timeout)
        if not first:
            return set()
        ready, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
        return set(ready)

    def _settle(self, slot: Slot) -> Event | None:
        """What has become of an actor that was getting ready, or of a run."""
        run = slot.run
        if run is not None:
            del self._slots[run.key], self._runs[run.ticket]
        try:
            result = ray.get(slot.pending)
        except RayError as error:
            reason, blameless = self._pool.actor_lost(slot, error)
            return None if run is None else Event("died", run.key, {"reason": reason, "blameless": blameless})
        if run is None:
            self._pool.actor_ready(slot, result)
            return None
        slot.run = slot.pending = None
        event, files, output = result
        if run.folder is not None:
            unpack(files, run.folder)
        self._log(slot, output)
        fields = json.loads(event)
        return Event(fields["kind"], run.key, fields["payload"])

    def _reports(self) -> list[Event]:
        try:
            reports, n_left, memory = ray.get(self._next_reports)
        except RayError as error:
            raise EncodeNetError(f"the cluster lost what trials report through: {error}; run again") from None
        self._next_reports = self._queue.take.remote(MOST_AT_ONCE)
        self._memory |= memory
        self.longest_queue = max(self.longest_queue, len(reports) + n_left)
        events = []
        for ticket, report, files in reports:
            run = self._runs.get(ticket)
            if run is None:  # its worker has died, or was stopped, since
                self._answers.append((ticket, False))
                continue
            if run.folder is not None:
                unpack(files, run.folder)
            events.append(Event("report", run.key, json.loads(report)))
        return events

    def _send_answers(self) -> None:
        if self._answers:
            self._queue.answer.remote(self._answers)
            self._answers = []

    def _log(self, slot: Slot, output: str) -> None:
        if output:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            with (self._log_folder / f"worker-{slot.number}.log").open("a", encoding="utf-8") as log:
                log.write(output)


def _bytes_of(files: Mapping[str, Path]) -> Files:
    return {name: np.frombuffer(path.read_bytes(), np.uint8) for name, path in files.items()}


def _checkpoint_to_resume(task: TrialTask) -> Files:
    """The checkpoint from which a trial goes on: its own, or that of the trial that it continues."""
    for folder in (task.folder, task.resume_from):
        checkpoint = packed_checkpoint(folder) if folder else {}
        if checkpoint:
            return checkpoint
    return {}
