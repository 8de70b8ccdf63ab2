"""What driver and worker say to each other: one JSON object a frame, and never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

EventKind = Literal["report", "result", "infeasible", "refused", "stopped", "failed", "died"]


@dataclass(frozen=True)
class Event:
    """News of one submitted task; every kind but `report` ends it.

    The payload holds, by kind:

    - `report`: `stage`, `step`, `total`, `values` (null for one that is not finite). The worker waits for
      the driver's answer.
    - `result`: what the task returned.
    - `infeasible`: `reason`, and the `metrics` that are known nevertheless. This configuration cannot run;
      others may.
    - `refused`: `reason`. Data or configuration are unusable for every trial.
    - `stopped`: `reason`. The task gave up because a report was answered with false.
    - `failed`: `reason` in one line, and the whole `traceback`.
    - `died`: `reason`. The process ended before the task did; with `blameless` true because its machine did.
    """

    kind: EventKind
    key: int
    payload: Mapping[str, Any] = field(default_factory=dict)


def send_message(connection: Connection, message: Mapping[str, Any]) -> None:
    """Send one JSON object.

    Raises:
        OSError: the other side is gone.
        TypeError: a value is no JSON.
        ValueError: a number is not finite.
    """
    connection.send_bytes(json.dumps(message, allow_nan=False).encode())


def receive_message(connection: Connection) -> dict[str, Any]:
    """Wait for one JSON object.

    Raises:
        EOFError: the other side is gone.
        OSError: the other side went in the middle of a frame.
    """
    message: dict[str, Any] = json.loads(connection.recv_bytes())
    return message
