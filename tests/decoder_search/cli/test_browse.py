"""`decoder-search browse` in a terminal of its own, and where there is none."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord

Command = Callable[..., Any]

COMMAND = "from decoder_search.cli import main; main()"


@pytest.fixture
def results(
    tmp_path: Path,
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
) -> Path:
    return write_study(
        make_study([make_trial(0), make_trial(1, state="failed")]), tmp_path / "results"
    ).parent


def session(
    results: Path, *arguments: str, keys: str, columns: int = 80, **environment: str
) -> tuple[int, str]:
    """How the command ended in a terminal where these keys were pressed, and what it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "browse", *arguments, "--results", str(results)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    written, pressed, deadline = b"", 0, time.monotonic() + 60
    while time.monotonic() < deadline:
        ready = select.select([ours], [], [], 1.0)[0]
        try:
            written += os.read(ours, 1 << 16) if ready else b""
        except OSError:
            break
        # Nothing more comes: the last key is drawn. Before the application runs, keys would be lost.
        if not ready and b"\x1b[?1049h" in written and pressed < len(keys):
            os.write(ours, keys[pressed].encode())
            pressed += 1
    process.wait(timeout=10)
    os.close(ours)
    return process.returncode, written.decode(errors="replace")


@pytest.mark.slow
def test_a_study_is_browsed_in_a_terminal_and_copied_commands_are_printed_at_the_end(results: Path) -> None:
    code, written = session(results, "tiny", keys="y\rq")
    assert code == 0, written
    assert "1 completed" in written and "96.00" in written
    _, _, after = written.rpartition("\x1b[?1049l")
    assert "Copied commands:" in after and f"decoder-search show tiny 0 --results {results}" in after


@pytest.mark.slow
def test_a_terminal_of_20_columns_gets_what_fits(results: Path) -> None:
    code, written = session(results, keys="\rjq", columns=20)
    assert code == 0, written
    assert "Traceback" not in written


@pytest.mark.slow
def test_no_colour_is_sent_to_a_terminal_that_wants_none(results: Path) -> None:
    code, written = session(results, "tiny", keys="jq", NO_COLOR="1")
    assert code == 0, written
    assert "96.00" in written
    assert not any(f"\x1b[{code}" in written for code in ("38;", "48;", "31m", "32m"))


@pytest.mark.parametrize("study", ["tiny", None])
def test_without_a_terminal_another_command_is_named_in_one_line(
    study: str | None, results: Path, decoder_search: Command
) -> None:
    ended = decoder_search("browse", *([study] if study else []), "--results", results)
    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.errors == (
        "error: browse draws on a terminal, and this is none; "
        "`decoder-search leaderboard` prints the same rows\n"
    )


def test_a_study_that_is_not_there_is_refused_before_anything_is_drawn(
    results: Path, decoder_search: Command
) -> None:
    ended = decoder_search("browse", "tiney", "--results", results)
    assert (ended.exit_code, ended.output) == (2, "")
    assert "unknown study" in ended.errors and "did you mean 'tiny'?" in ended.errors
