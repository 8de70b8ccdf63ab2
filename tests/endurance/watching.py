"""Looks at the processes of a study while it runs: their memory, open files and threads."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MOST_GROWTH = 50 * 10**6
"""Bytes by which the driver may grow between trial 20 and the end."""

WARM = 20
"""So many trials have loaded what a driver loads late."""


Counted = Callable[[], int]


@dataclass(frozen=True)
class Sample:
    """A process after so many trials: bytes of memory that are its own, open files, threads."""

    n_finished: int
    memory: int
    files: int
    threads: int


@dataclass
class Watched:
    """What was seen of a process while a study ran, and of its workers."""

    name: str
    warm_at: int = WARM
    samples: list[Sample] = field(default_factory=list)
    workers: set[int] = field(default_factory=set)
    largest_worker: int = 0

    def look(self, pid: int, counted: Counted) -> None:
        try:
            files, threads = (len(os.listdir(f"/proc/{pid}/{kind}")) for kind in ("fd", "task"))
            workers = children_of(pid)
            sample = Sample(counted(), memory_of(pid), files, threads)
        except (OSError, StopIteration):
            return  # not there yet, or not any more
        if self.workers and not workers:
            return  # a driver that has ended them has let go of files and threads too
        self.samples.append(sample)
        self.workers.update(workers)
        self.largest_worker = max([self.largest_worker, *map(memory_if_alive, workers)])

    @property
    def warm(self) -> Sample:
        return next(each for each in self.samples if each.n_finished >= self.warm_at)

    @property
    def last(self) -> Sample:
        return self.samples[-1]

    @property
    def growth(self) -> int:
        return self.last.memory - self.warm.memory

    def check(self) -> None:
        """It has not grown, nor gathered files or threads."""
        first, last = self.warm, self.last
        slope = self.growth / max(1, last.n_finished - first.n_finished)
        sys.stdout.write(
            f"{self.name}: {first.memory / 1e6:.1f} MB after {first.n_finished} trials, "
            f"{last.memory / 1e6:.1f} MB after {last.n_finished}, {slope / 1e3:.1f} kB a trial; "
            f"files {first.files} and {last.files}, threads {first.threads} and {last.threads}; "
            f"{len(self.workers)} workers, the largest {self.largest_worker / 1e6:.0f} MB\n"
        )
        assert self.growth < MOST_GROWTH
        assert last.files <= first.files + 4  # those of a mirror's storage come and go
        assert last.threads <= first.threads + 1


def memory_of(pid: int) -> int:
    """The proportional share of a process in memory, so that workers that share a library count it once."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def memory_if_alive(pid: int) -> int:
    try:
        return memory_of(pid)
    except (OSError, StopIteration):
        return 0


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def finished_in(journal: Path) -> int:
    return journal.read_bytes().count(b'"event": "finished"') if journal.exists() else 0


@dataclass(frozen=True)
class Place:
    """Where a study runs, and what its processes are told: a folder for temporary files, one for stages."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.root / "results" / self.name

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.root}:{os.environ.get('PYTHONPATH', '')}"
        told = {
            "PYTHONPATH": path,
            "TMPDIR": str(self.temporary),
            "ENCODENET_CACHE": str(self.root / "cache"),
        }
        return {**os.environ, **told, "TERM": "xterm-256color"}

    def prepare(self) -> None:
        self.temporary.mkdir()
        self.folder.parent.mkdir()

    def n_finished(self) -> int:
        return finished_in(self.folder / "trials.jsonl")


def run_watched(place: Place, command: list[str], *, every: float, follow: bool = False) -> list[Watched]:
    """Run a driver to its end and look at it all the time, and at those who follow the study if any do."""
    shared_before, driver = shared_memory(), Watched("driver")
    log = place.root / "driver.log"
    with log.open("wb") as output, ExitStack() as followers:
        running = subprocess.Popen(command, stdout=output, stderr=output, env=place.environment)
        followed: list[tuple[Watched, int]] = []
        try:
            while running.poll() is None:
                driver.look(running.pid, place.n_finished)
                if follow and not followed and place.n_finished() >= 5:
                    followed = [followers.enter_context(following(name, place)) for name in FOLLOWERS]
                for watched, pid in followed:
                    watched.look(pid, place.n_finished)
                time.sleep(every)
        finally:
            running.kill()
            running.wait()
    assert running.returncode == 0, log.read_text(errors="replace")[-2000:]
    assert [pid for pid in driver.workers if Path(f"/proc/{pid}").exists()] == []
    assert sorted(place.temporary.iterdir()) == []
    assert shared_memory() - shared_before == set()
    return [driver, *(watched for watched, _ in followed)]


FOLLOWERS = {"browse": ["browse", "long"], "leaderboard": ["leaderboard", "long", "--watch"]}
"""Commands that follow a study, by the name of what they are."""


@contextmanager
def following(name: str, place: Place) -> Iterator[tuple[Watched, int]]:
    """One of these on a terminal of its own."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    command = [sys.executable, "-m", "decoder_search.cli", *FOLLOWERS[name], "--results", place.folder.parent]
    follower = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=place.environment, start_new_session=True
    )
    os.close(theirs)
    drain = threading.Thread(target=read_all, args=(ours,), daemon=True)
    drain.start()
    try:
        yield Watched(name, warm_at=150), follower.pid  # it is still starting while trials end
        if name == "browse":
            os.write(ours, b"\x11")  # Ctrl-Q
        else:
            follower.send_signal(signal.SIGINT)
        assert follower.wait(timeout=60) == 0
    finally:
        follower.kill()
        follower.wait()
        drain.join(timeout=10)
        os.close(ours)


def read_all(terminal: int) -> None:
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:
        return  # the other side is gone


def shared_memory() -> set[str]:
    place = Path("/dev/shm")  # noqa: S108 - where Linux keeps semaphores and shared memory
    return {path.name for path in place.iterdir()} if place.exists() else set()
