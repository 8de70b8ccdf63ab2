"""Results that can be read and not be written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534


@contextmanager
def only_read(folder: Path) -> Iterator[None]:
    """While it lasts, not even root can write there."""
    for command in (
        ["mount", "--bind", str(folder), str(folder)],
        ["mount", "-o", "remount,bind,ro", str(folder)],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"not tried: nothing can be mounted here ({done.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def read_only() -> Callable[[Path], AbstractContextManager[None]]:
    return only_read


@pytest.mark.slow
def test_a_study_that_cannot_be_written_is_refused_in_one_line_and_goes_on_later(
    toy_study: Any, read_only: Any
) -> None:
    options = (0, 0, 1)
    assert toy_study.run(3, *options)[0] == 0
    before, content = toy_study.finished(), toy_study.file.read_bytes()
    with read_only(toy_study.place / "results"):
        code, _, errors = toy_study.run(5, *options)
        assert code == 2 and errors.startswith("error: ") and errors.count("\n") == 1
        assert "Read-only file system" in errors
        toy_study.check_leaderboard(before)
    assert toy_study.file.read_bytes() == content
    assert toy_study.run(5, *options)[0] == 0
    toy_study.check_nothing_lost(before, 5)


@pytest.mark.slow
def test_a_study_that_another_user_owns_is_refused_in_one_line_and_read(toy_study: Any) -> None:
    options = (0, 0, 1)
    assert toy_study.run(3, *options)[0] == 0
    before, content = toy_study.finished(), toy_study.file.read_bytes()
    as_root = toy_study.command
    toy_study.command = [*without_its_rights(), *as_root]
    give(toy_study.place / "results", NOBODY)
    code, _, errors = toy_study.run(5, *options)
    assert code == 2 and errors.startswith("error: ") and errors.count("\n") == 1
    assert "Permission denied" in errors
    toy_study.check_leaderboard(before)
    assert toy_study.file.read_bytes() == content
    give(toy_study.place / "results", os.getuid())
    assert toy_study.run(5, *options)[0] == 0
    toy_study.check_nothing_lost(before, 5)


def without_its_rights() -> list[str]:
    """What is put before a command that root runs to hold it to the permissions of files, as anybody else."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("not tried: needs root, to give files away, and setpriv")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--"]


def give(folder: Path, user: int) -> None:
    """Make another user the owner of a folder and of all that is in it."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, -1)


@pytest.mark.slow
def test_commands_that_write_into_a_study_say_so_and_others_do_their_work(
    real_study: Any, tmp_path: Path, read_only: Any, decoder_search: Callable[..., Any]
) -> None:
    results = Path(shutil.copytree(real_study.results, tmp_path / "results"))
    with read_only(results):
        for command in (["confirm", "tiny"], ["repair", "tiny"]):
            refused = decoder_search(*command)
            assert refused.exit_code == 2 and refused.errors.startswith("error: ")
            assert refused.errors.count("\n") == 1 and "Read-only file system" in refused.errors
        for command in (["leaderboard", "tiny"], ["repair", "tiny", "--dry-run"], ["export", "tiny"]):
            assert decoder_search(*command).exit_code == 0
        reported = decoder_search("report", "tiny", "--output", "report.html")
        assert (reported.exit_code, reported.errors) == (0, "")
    assert "Read-only file system" in (tmp_path / "report.html").read_text()
