"""One worker process as its driver sees it: started with an exact environment, held by one pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

from encodenet_core.io.determinism import settle_determinism
from encodenet_core.io.machine import available_cores

THREAD_VARIABLES = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PJRT_NPROC",  # JAX's, on the CPU
)

NOT_INHERITED = ("DECODER_SEARCH_MIRROR",)
"""What a worker has no use for, and may be secret."""


class WorkerProcess:
    """A live worker; `slot` numbers it among its peers, `key` is the task it works on, if any."""

    def __init__(self, slot: int, *, module: str, environment: Mapping[str, str], log: Path) -> None:
        """Start `python -m module DESCRIPTOR`; it inherits nothing but its end of the pipe."""
        self.slot = slot
        self.key: int | None = None
        self.connection, theirs = Pipe(duplex=True)
        with theirs, log.open("ab") as output, _interrupts_blocked():
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                pass_fds=(theirs.fileno(),),
            )

    @property
    def has_exited(self) -> bool:
        """Whether the process is gone, whatever its pipe still holds."""
        return self._process.poll() is not None

    def resident_memory(self) -> int:
        """Bytes of the process that are in memory; 0 where the system does not say."""
        return resident_memory(self._process.pid)

    def hang_up(self) -> None:
        """Close the pipe, which ends the worker at once."""
        self.connection.close()

    def reap(self, grace: float) -> str:
        """Wait `grace` seconds for the end, then kill; says how the process ended."""
        try:
            code = self._process.wait(max(grace, 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"killed by {_signal_name(-code)}" if code < 0 else f"exit code {code}"


def resident_memory(pid: int) -> int:
    """Bytes of a process that are in memory; 0 where the system does not say, or it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def fair_threads(n_workers: int) -> int:
    """The threads of each of so many workers that share out the cores."""
    return max(1, available_cores() // n_workers)


def worker_environment(threads: int, extra: Mapping[str, str]) -> dict[str, str]:
    """The driver's environment, with everything that must be settled before a worker imports Keras."""
    settled = {
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "PYTHONUNBUFFERED": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment = {"KERAS_BACKEND": "tensorflow", **inherited, **settled, **extra}
    settle_determinism(environment)
    if environment["KERAS_BACKEND"] == "jax":
        environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    return environment


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A child inherits the mask: so neither signal can end it before it has come to ignoring it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
