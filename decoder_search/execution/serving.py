"""What the main of a worker process does: tasks come in through one pipe, reports and outcomes go out.

A worker has no life of its own. It ignores Ctrl-C and SIGTERM, which reach it too where a whole group or
container is told to end, because ending a study is the driver's affair; and it ends at once when the pipe
closes, because then nobody is left to hear of the outcome.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import queue
import resource
import signal
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from decoder_search.execution.messages import receive_message, send_message
from decoder_search.execution.process import resident_memory
from encodenet_core.errors import EncodeNetError, InfeasibleConfig, Stopped, with_remedy
from encodenet_core.training.watch import Report

RunTask = Callable[[Mapping[str, Any], Report], Mapping[str, Any]]

Inbox = queue.SimpleQueue[dict[str, Any]]

PR_SET_PDEATHSIG = 1
"""Of Linux's `prctl`: which signal a process gets when the thread that started it ends."""


def main(run_task: RunTask, load: Callable[[], object] = lambda: None) -> None:
    """Serve the driver at the other end of the pipe whose file descriptor is the first argument.

    Args:
        run_task: runs one task.
        load: imports what tasks compute with, while the driver has none yet. What it raises, `run_task` will.
    """
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    _end_with_the_driver()
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    serve(Connection(descriptor), run_task, load)


def serve(connection: Connection, run_task: RunTask, load: Callable[[], object]) -> None:
    """Load, then run one task after the other; ends with the process, when the pipe closes."""
    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_receive_all, args=(connection, inbox), daemon=True).start()

    def report(stage: str, step: int, total: int, values: Mapping[str, float]) -> bool:
        finite = {name: float(value) if math.isfinite(value) else None for name, value in values.items()}
        payload = {"stage": stage, "step": step, "total": total, "values": finite}
        _send(connection, {"kind": "report", "payload": payload})
        return bool(inbox.get()["go_on"])

    with suppress(Exception):
        load()
    while True:
        kind, payload = _outcome(run_task, inbox.get()["task"], report)
        gc.collect()
        # The most there ever was, in bytes, on the systems without /proc.
        memory = resident_memory(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            _send(connection, {"kind": kind, "payload": payload, "memory": memory})
        except (TypeError, ValueError) as error:
            _send(connection, {"kind": "failed", "payload": _failure(error), "memory": memory})


def _receive_all(connection: Connection, inbox: Inbox) -> None:
    try:
        while True:
            inbox.put(receive_message(connection))
    except (EOFError, OSError):
        _leave()


def _outcome(run_task: RunTask, task: Mapping[str, Any], report: Report) -> tuple[str, Mapping[str, Any]]:
    try:
        return "result", run_task(task, report)
    except InfeasibleConfig as error:
        return "infeasible", {"reason": str(error), "metrics": error.metrics}
    except Stopped as error:
        return "stopped", {"reason": str(error)}
    except EncodeNetError as error:
        return "refused", {"reason": str(error)}
    except OSError as error:
        # A full or read-only disk is no fault of the trial, which is run again once that is mended.
        reason = with_remedy(error)
        return ("failed", _failure(error)) if reason is None else ("refused", {"reason": reason})
    except Exception as error:
        return "failed", _failure(error)


def _failure(error: Exception) -> dict[str, str]:
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 300, placeholder=" ...")
    return {"reason": reason, "traceback": "".join(traceback.format_exception(error))}


def _send(connection: Connection, message: Mapping[str, Any]) -> None:
    try:
        send_message(connection, message)
    except OSError:
        _leave()


def _end_with_the_driver() -> None:
    """Have Linux end this process with the driver even where native code holds the interpreter.

    Then no thread of Python sees the pipe close.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _leave() -> None:
    """End now, whatever the other threads compute: a clean exit would wait for them."""
    os._exit(0)
