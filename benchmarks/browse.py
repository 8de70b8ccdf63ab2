"""How soon the browser of trials opens, and how long a key takes to a drawn frame.

The claims: `decoder-search browse long` shows its first rows in less than 1.5 s on 1,000 trials, from the
start of Python on; and at 5,000 trials nine of ten keypresses are drawn in less than 50 ms each, whatever the
key does: lines, screens, the end of the table, another order, letters of a filter.

    python benchmarks/browse.py

The browser runs in a terminal of its own of 160 by 48 cells, as on a desk, and what it writes there is read
back. A key counts until its frame has been written: after that nothing comes for 15 ms, which do not count.
The pane with the whole trial, which follows once the cursor rests, has a frame of its own, not measured. The
terminal answers no question about pictures, so that the wait for that is in the first number. The studies are
made up, as in `leaderboard.py`. Where other work runs on the machine, times grow with it. The exit code is 0
where both claims hold and 1 where one does not.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leaderboard import write_study

CLAIMED_OPENING = 1.5
CLAIMED_KEY = 0.05
ROWS, COLUMNS = 48, 160

SILENCE = 0.015
"""Seconds without output after which a frame is whole: it is written at once, and the next is farther off."""

KEYS = {
    "a line down": [b"j"] * 40,
    "a screen down": [b"\x1b[6~"] * 20,
    "to the end and back": [b"G", b"g"] * 10,
    "the order turned round": [b"r"] * 10,
    "columns sideways": [b"l", b"h"] * 5,
    "letters of a filter": [b"/", *(bytes([each]) for each in b"upsampling=nearest accuracy>0.5")],
}
"""What is typed, key by key."""


def main() -> None:
    """Open both studies and type."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        write_study(results / "long", options.opened)
        write_study(results / "longer", options.typed)
        seconds = statistics.median(opening(results, "long") for _ in range(options.rounds))
        opens = seconds < CLAIMED_OPENING
        sys.stdout.write(
            f"{options.opened:,} trials: opens in {seconds:.2f} s (median of {options.rounds})\n"
        )
        draws = typing(results, "longer", options.typed)
    sys.stdout.write("the claims hold\n" if opens and draws else "a claim does not hold\n")
    sys.exit(0 if opens and draws else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--opened", type=int, default=1000, help="trials of the study that is opened")
    parser.add_argument("--typed", type=int, default=5000, help="trials of the study that is typed at")
    parser.add_argument("--rounds", type=int, default=5, help="how often the first is opened")
    return parser.parse_args()


@contextmanager
def terminal(results: Path, study: str) -> Iterator[int]:
    """The browser of a study in a terminal, by the end that a person sits at."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 10 * COLUMNS, 20 * ROWS))
    command = [sys.executable, "-m", "decoder_search.cli", "browse", study, "--results", str(results)]
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        yield ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(end: int, arrived: Callable[[bytes], bool], limit: float = 20.0) -> tuple[float, bytes]:
    """When what was written there is enough, and all of it.

    Raises:
        TimeoutError: it is not, for so many seconds.
    """
    written, deadline = b"", time.perf_counter() + limit
    while not arrived(written):
        if not select.select([end], [], [], max(0.0, deadline - time.perf_counter()))[0]:
            raise TimeoutError(f"nothing came of it; the last was {written[-300:]!r}")
        written += os.read(end, 1 << 16)
    return time.perf_counter(), written


def opening(results: Path, study: str) -> float:
    """Seconds from the start of the process to the first frame with rows."""
    started = time.perf_counter()
    with terminal(results, study) as end:
        ended, _ = read_until(end, lambda written: b"completed" in written and b"\xe2\x98\x85" in written)
    return ended - started


def typing(results: Path, study: str, n_trials: int) -> bool:
    """Whether nine of ten keys of every kind are drawn in time."""
    sys.stdout.write(f"{n_trials:,} trials, milliseconds from a key to its frame:\n")
    fast = True
    with terminal(results, study) as end:
        read_until(end, lambda written: b"completed" in written and b"\xe2\x98\x85" in written)
        drain(end, 2.0)
        for name, keys in KEYS.items():
            took = sorted(key_to_frame(end, key) for key in keys)
            middle, late = statistics.median(took), took[int(0.9 * (len(took) - 1))]
            fast &= late < CLAIMED_KEY
            sys.stdout.write(
                f"  {name:24} median {1000 * middle:5.1f}, nine of ten under {1000 * late:5.1f}, "
                f"worst {1000 * took[-1]:5.1f}\n"
            )
            sys.stdout.flush()
    return fast


def key_to_frame(end: int, key: bytes) -> float:
    """Seconds from a key until its frame is written; then the pane beside may catch up, untimed."""
    started = time.perf_counter()
    os.write(end, key)
    last, _ = read_until(end, bool)
    while select.select([end], [], [], SILENCE)[0]:
        os.read(end, 1 << 16)
        last = time.perf_counter()
    drain(end, 0.3)
    return last - started


def drain(end: int, seconds: float) -> None:
    """Read what still comes."""
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        if select.select([end], [], [], left)[0]:
            os.read(end, 1 << 16)


if __name__ == "__main__":
    main()
