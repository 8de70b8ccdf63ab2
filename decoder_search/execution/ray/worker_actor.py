"""The actor that runs the tasks of one place in a cluster, each in a worker process of its machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import ray

from decoder_search.execution.executor import POLL_SECONDS
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.execution.ray.files import Files, pack, packed_checkpoint, unpack
from decoder_search.execution.ray.scratch import Scratch
from decoder_search.execution.tasks import AnyTask, TrialTask, task_from_json
from decoder_search.records.layout import CHECKPOINT
from encodenet_core.errors import DataError, EncodeNetError, with_remedy
from encodenet_core.io.versions import installed_versions
from encodenet_core.stages.layout import default_cache_folder
from encodenet_core.stages.transfer import install_stage, stage_files

Ended = tuple[str, Files, str]
"""The last event of a task as JSON, what it left in its folder, and what its worker printed."""

SMALLEST_CHANGE = 32 * 1024**2
"""Bytes by which a worker's memory has to change before the driver is told."""

MOST_PRINTED = 100_000
"""Bytes of what a worker printed that are sent home, the last ones."""


class WorkerActor:
    """Has one worker, so that Keras is never in a process of Ray's and its environment is exact.

    The worker ends when this process does, because its pipe closes.
    """

    def __init__(self, queue: Any, setup: str) -> None:
        """Start nothing yet.

        Args:
            queue: the handle of a `ReportQueue`.
            setup: a `WorkerSetup` as JSON.
        """
        self._queue, self._setup = queue, json.loads(setup)
        self._scratch = Scratch.open()
        cache = self._setup["cache"]
        self._cache = Path(cache) if cache else default_cache_folder()
        self._installed: set[str] = set()
        self._printed = 0
        self._executor = LocalExecutor(
            1,
            threads=self._setup["threads"],
            log_folder=self._scratch.folder,
            memory_limit=self._setup["memory_limit"],
            module=self._setup["module"],
            environments=[self._setup["environment"]],
        )

    def ready(self) -> str:
        """Where it is and which libraries are there, as JSON, once it can run a task."""
        wanted = self._setup["versions"]
        versions = {**dict.fromkeys(wanted, "no version"), **installed_versions(*wanted)}
        node = ray.get_runtime_context().get_node_id()
        return json.dumps({"node": node, "host": platform.node(), "versions": versions})

    def run(self, ticket: int, task: str, stages: Sequence[tuple[str, Any]], checkpoint: Files) -> Ended:
        """Run a task to its end.

        Args:
            ticket: names this run.
            task: JSON.
            stages: keys that its cache must hold, each with a reference to its files.
            checkpoint: files that must lie in its folder.
        """
        here = self._scratch.folder / "trials" / str(ticket)
        try:
            for key, files in stages:
                self._install(key, files)
            unpack(checkpoint, here)
            placed = replace(task_from_json(json.loads(task)), cache=self._cache)
            is_part = False
            if isinstance(placed, TrialTask):
                placed, is_part = replace(placed, folder=here), placed.epochs is not None
            event = self._run(ticket, placed, here)
            # A checkpoint is worth its way only where somebody may go on from it.
            goes_on = event.kind == "stopped" or is_part
            return _as_json(event), pack(here, besides="" if goes_on else CHECKPOINT), self._what_it_printed()
        except (EncodeNetError, OSError) as error:
            # What this machine's disk does is no fault of the task, which is run again once that is mended.
            reason = (with_remedy(error) if isinstance(error, OSError) else None) or str(error)
            event = Event("refused", ticket, {"reason": f"machine {platform.node()}: {reason}"})
            return _as_json(event), {}, self._what_it_printed()
        finally:
            shutil.rmtree(here, ignore_errors=True)

    def leave(self) -> None:
        """End this process and so its worker, whatever that does."""
        self._scratch.remove()
        os._exit(0)

    def _install(self, key: str, files: Any) -> None:
        """Fetch a stage that the cache of this machine lacks; what is there is verified once."""
        if key in self._installed:
            return
        try:
            stage_files(self._cache, key)
        except DataError:
            install_stage(self._cache, key, ray.get(files))
        self._installed.add(key)

    def _run(self, ticket: int, task: AnyTask, here: Path) -> Event:
        self._executor.submit(ticket, task)
        last_checkpoint, last_memory = monotonic(), 0
        while True:
            for event in self._executor.events(POLL_SECONDS):
                if event.kind != "report":
                    return event
                checkpoint: Files = {}
                if monotonic() - last_checkpoint >= self._setup["checkpoint_seconds"]:
                    checkpoint = packed_checkpoint(here)
                    last_checkpoint = monotonic()
                report = json.dumps(dict(event.payload), allow_nan=False)
                self._executor.answer(ticket, ray.get(self._queue.report.remote(ticket, report, checkpoint)))
            memory = self._executor.memory(ticket)
            if abs(memory - last_memory) >= SMALLEST_CHANGE:
                self._queue.note_memory.remote(ticket, memory)
                last_memory = memory

    def _what_it_printed(self) -> str:
        log = self._scratch.folder / "worker-1.log"
        try:
            with log.open("rb") as file:
                file.seek(max(self._printed, log.stat().st_size - MOST_PRINTED))
                new = file.read()
                self._printed = file.tell()
        except OSError:
            return ""
        return new.decode(errors="replace")


def _as_json(event: Event) -> str:
    return json.dumps({"kind": event.kind, "payload": dict(event.payload)}, allow_nan=False)
