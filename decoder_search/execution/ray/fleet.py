"""The outposts of a study: as many as are wanted, replaced when they are lost with their machines."""

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
"""How often it is asked how many outposts the cluster has room for."""

PATIENCE = 10.0
"""Seconds without any outpost after which the user is told what is waited for."""

MOST_FALSE_STARTS = 3
"""So many outposts that end before they could run anything are no accident."""


@dataclass(frozen=True)
class Run:
    """One run of a task: the ticket that names it, the task's key, the driver's folder for what it leaves."""

    ticket: int
    key: int
    folder: Path | None


@dataclass(frozen=True)
class Crew:
    """Who is to run tasks.

    Attributes:
        start: starts an outpost, given the handle of the hub; returns its handle.
        wanted: how many outposts there should be now.
        versions: of the libraries that decide numbers, as the driver has them.
        needs: what one outpost takes, in words.
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
        outpost: handle of its actor.
        pending: reference to what it does now: getting ready, or a run; None where it is idle.
        run: what it runs.
        node: id of its machine, once it is ready.
        host: name of its machine.
    """

    number: int
    outpost: Any
    pending: Any
    run: Run | None = None
    node: str = ""
    host: str = ""


class Fleet:
    """All slots, those that get ready among them.

    An outpost that the cluster has no room for waits there, which lets an autoscaler start machines.

    Args:
        crew: who they are.
        hub: handle of what they report through.
        say: is told in lines which machines come and go.
    """

    def __init__(self, crew: Crew, hub: Any, say: Callable[[str], None]) -> None:
        """Start nothing yet."""
        self.slots: list[Slot] = []
        self._crew, self._hub, self._say = crew, hub, say
        self._hosts: dict[str, str] = {}
        self._looked, self._n_wanted = -LOOK_SECONDS, 0
        self._false_starts = 0
        self._alone_since: float | None = monotonic()

    def idle(self) -> list[Slot]:
        """The slots that wait for a task."""
        return [slot for slot in self.slots if slot.pending is None]

    def man(self) -> None:
        """Start what is missing."""
        now = monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked, self._n_wanted = now, max(1, self._crew.wanted())
        if len(self.slots) < self._n_wanted:
            self._start(self._n_wanted - len(self.slots))
        if any(slot.host for slot in self.slots):
            self._alone_since = now
        elif self._alone_since is not None and now - self._alone_since > PATIENCE:
            self._say(f"waiting for a machine of the cluster with {self._crew.needs} free for a trial")
            self._alone_since = None

    def _start(self, n_missing: int) -> None:
        taken = {slot.number for slot in self.slots}
        free = [number for number in range(1, self._n_wanted + 1) if number not in taken]
        for number in free[:n_missing]:
            outpost = self._crew.start(self._hub)
            self.slots.append(Slot(number, outpost, outpost.ready.remote()))

    def welcome(self, slot: Slot, ready: str) -> None:
        """A slot can take its first task.

        Raises:
            ConfigError: its machine computes with other libraries than the driver's.
        """
        told = json.loads(ready)
        slot.node, slot.host, slot.pending = told["node"], told["host"], None
        self._false_starts = 0
        for name, version in self._crew.versions.items():
            if told["versions"][name] != version:
                raise ConfigError(
                    f"machine {slot.host} of the cluster has {name} {told['versions'][name]}, but the driver "
                    f"has {version}, so that trials would not compare; install the same on both"
                )
        if slot.node not in self._hosts:
            self._hosts[slot.node] = slot.host
            self._say(f"machine {slot.host} takes trials")

    def lose(self, slot: Slot, error: Exception) -> tuple[str, bool]:
        """A slot is gone; says why, and whether its whole machine seems to be.

        Raises:
            ConfigError: no outpost comes to running a task.
        """
        self.slots.remove(slot)
        if not slot.host:
            self._note_false_start(error)
            return "", False
        if is_alive(slot.node):
            ray.kill(slot.outpost)
            if isinstance(error, ActorUnavailableError):
                # On a living machine Ray sees an outpost die; that a machine is dead it knows late.
                return f"its machine {slot.host} cannot be reached", True
            return f"its outpost on {slot.host} died: {_in_brief(error)}", False
        if slot.node in self._hosts:
            del self._hosts[slot.node]
            self._say(f"machine {slot.host} is gone")
        return f"its machine {slot.host} is gone", True

    def dismiss(self, slot: Slot) -> None:
        """End an outpost and its worker at once."""
        self.slots.remove(slot)
        ray.kill(slot.outpost)

    def close(self, grace: float) -> None:
        """End all, whatever they do."""
        leaving = [slot.outpost.leave.remote() for slot in self.slots]
        if leaving:
            ray.wait(leaving, num_returns=len(leaving), timeout=max(grace, 0.0))
        while self.slots:
            self.dismiss(self.slots[-1])

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
    """What is said last, which is the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
