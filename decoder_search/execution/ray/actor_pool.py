"""The actors that run the tasks of a study: as many as are wanted, replaced when their machines are lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayTaskError

from decoder_search.execution.ray.connection import is_alive
from encodenet_core.errors import ConfigError

LOOK_SECONDS = 2.0
"""How often it is asked how many actors the cluster has room for."""

PATIENCE = 10.0
"""Seconds without any actor after which the user is told what is waited for."""

MOST_FALSE_STARTS = 3
"""So many actors that end before they could run anything are no accident."""


@dataclass(frozen=True)
class Run:
    """One run of a task: the ticket that names it, the task's key, the driver's folder for what it leaves."""

    ticket: int
    key: int
    folder: Path | None


@dataclass(frozen=True)
class PoolSpec:
    """Which actors a pool is to have.

    Attributes:
        start: starts an actor, given the handle of the report queue; returns its handle.
        wanted: how many actors there should be now.
        versions: of the libraries that decide numbers, as the driver has them.
        needs: what one actor takes, in words.
    """

    start: Callable[[Any], Any]
    wanted: Callable[[], int]
    versions: Mapping[str, str] = field(default_factory=dict)
    needs: str = "1 CPU"


@dataclass(eq=False)
class Slot:
    """A place for one task at a time.

    Attributes:
        number: from 1; the log of its worker is named by it.
        actor: its handle.
        pending: reference to what it does now: getting ready, or a run; None where it is idle.
        run: what it runs.
        node: id of its machine, once it is ready.
        host: name of its machine.
    """

    number: int
    actor: Any
    pending: Any
    run: Run | None = None
    node: str = ""
    host: str = ""


class ActorPool:
    """All slots, those that get ready among them.

    An actor that the cluster has no room for waits there, which lets an autoscaler start machines.

    Args:
        spec: which actors.
        queue: handle of the `ReportQueue` that they report through.
        say: is told in lines which machines come and go.
    """

    def __init__(self, spec: PoolSpec, queue: Any, say: Callable[[str], None]) -> None:
        """Start nothing yet."""
        self.slots: list[Slot] = []
        self._spec, self._queue, self._say = spec, queue, say
        self._hosts: dict[str, str] = {}
        self._looked, self._n_wanted = -LOOK_SECONDS, 0
        self._false_starts = 0
        self._alone_since: float | None = monotonic()

    def idle(self) -> list[Slot]:
        """The slots that wait for a task."""
        return [slot for slot in self.slots if slot.pending is None]

    def start_missing(self) -> None:
        """Start the actors that are missing; tells the user what is waited for where none has a machine."""
        now = monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked, self._n_wanted = now, max(1, self._spec.wanted())
        if len(self.slots) < self._n_wanted:
            self._start(self._n_wanted - len(self.slots))
        if any(slot.host for slot in self.slots):
            self._alone_since = now
        elif self._alone_since is not None and now - self._alone_since > PATIENCE:
            self._say(f"waiting for a machine of the cluster with {self._spec.needs} free for a trial")
            self._alone_since = None

    def _start(self, n_missing: int) -> None:
        numbers = {slot.number for slot in self.slots}
        free = [number for number in range(1, self._n_wanted + 1) if number not in numbers]
        for number in free[:n_missing]:
            actor = self._spec.start(self._queue)
            self.slots.append(Slot(number, actor, actor.ready.remote()))

    def actor_ready(self, slot: Slot, place: str) -> None:
        """Take note that a slot can take its first task.

        Args:
            slot: whose actor it is.
            place: what its `ready` returned.

        Raises:
            ConfigError: its machine computes with other libraries than the driver's.
        """
        node = json.loads(place)
        slot.node, slot.host, slot.pending = node["node"], node["host"], None
        self._false_starts = 0
        for name, version in self._spec.versions.items():
            if node["versions"][name] != version:
                raise ConfigError(
                    f"machine {slot.host} of the cluster has {name} {node['versions'][name]}, but the driver "
                    f"has {version}, so that trials would not compare; install the same on both"
                )
        if slot.node not in self._hosts:
            self._hosts[slot.node] = slot.host
            self._say(f"machine {slot.host} takes trials")

    def actor_lost(self, slot: Slot, error: Exception) -> tuple[str, bool]:
        """Remove the slot of an actor that is gone; returns why, and whether its whole machine seems to be.

        Raises:
            ConfigError: no actor comes to running a task.
        """
        self.slots.remove(slot)
        if not slot.host:
            self._note_false_start(error)
            return "", False
        if is_alive(slot.node):
            ray.kill(slot.actor)
            if isinstance(error, ActorUnavailableError):
                # On a living machine Ray sees an actor die; that a machine is dead it knows late.
                return f"its machine {slot.host} cannot be reached", True
            return f"its worker on {slot.host} died: {_in_brief(error)}", False
        if slot.node in self._hosts:
            del self._hosts[slot.node]
            self._say(f"machine {slot.host} is gone")
        return f"its machine {slot.host} is gone", True

    def kill(self, slot: Slot) -> None:
        """End an actor and its worker at once."""
        self.slots.remove(slot)
        ray.kill(slot.actor)

    def close(self, grace: float) -> None:
        """End all actors, whatever they do."""
        leaving = [slot.actor.leave.remote() for slot in self.slots]
        if leaving:
            ray.wait(leaving, num_returns=len(leaving), timeout=max(grace, 0.0))
        while self.slots:
            self.kill(self.slots[-1])

    def _note_false_start(self, error: Exception) -> None:
        self._false_starts += 1
        broken = isinstance(error, RayTaskError) or (
            isinstance(error, RayActorError) and error.actor_init_failed
        )
        if broken or self._false_starts >= MOST_FALSE_STARTS:
            raise ConfigError(
                f"no worker can be started on the cluster: {_in_brief(error)}; install decoder-search on "
                "its machines, at the version of this one"
            )


def _in_brief(error: Exception) -> str:
    """The last line of an error, which is the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
