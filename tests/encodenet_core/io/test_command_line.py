"""An error that the user can act on is one line and exit code 2; any other keeps its traceback."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from encodenet_core import errors
from encodenet_core.io.command_line import run_command_line

FileLimit = Callable[[int], AbstractContextManager[None]]


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


def line_of(command: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr with which a command ends."""
    with pytest.raises(SystemExit) as exit_:
        run_command_line(command)
    out, err = capsys.readouterr()
    assert (exit_.value.code, out) == (2, "")
    assert err.count("\n") == 1
    return err.removesuffix("\n")


def test_a_command_that_ends_well_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    run_command_line(lambda: done.append("done"))
    assert done == ["done"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "kind", [errors.ConfigError, errors.DataError, errors.InfeasibleConfig, errors.EncodeNetError]
)
def test_an_error_of_ours_is_one_line(
    kind: type[errors.EncodeNetError], capsys: pytest.CaptureFixture[str]
) -> None:
    received = line_of(raising(kind("depth is 0; give 1 or more")), capsys)
    assert received == "error: depth is 0; give 1 or more"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    received = line_of(lambda: Path("/dev/full").write_text("more"), capsys)
    expected = f"error: [Errno {errno.ENOSPC}] No space left on device; make room there, or allow writing"
    assert received == expected


@pytest.mark.parametrize(
    "number",
    [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO],
    ids=errno.errorcode.get,
)
def test_a_disk_that_refuses_is_one_line_with_the_file_in_it(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    received = line_of(raising(OSError(number, "No\nway", "/results/metrics.json")), capsys)
    assert received.startswith(f"error: [Errno {number}] No way: '/results/metrics.json'; make room there, ")


def test_a_file_where_a_folder_should_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for wrong in (
        lambda: (tmp_path / "file").mkdir(exist_ok=True),
        lambda: (tmp_path / "file" / "below").write_text(""),
        lambda: tmp_path.write_text(""),
    ):
        assert line_of(wrong, capsys).endswith("'; move away what is there, or give another path")


@pytest.mark.parametrize("size", [0, 1000])
def test_an_array_that_does_not_fit_any_more_is_one_line(
    size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], files_of_at_most: FileLimit
) -> None:
    with files_of_at_most(size):
        received = line_of(lambda: np.save(tmp_path / "array.npy", np.zeros(10_000)), capsys)
    assert received.endswith("; make room there, or allow writing")


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory", "trials.jsonl"),
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
        OSError("unexpected"),
        ValueError("a mistake of ours"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_any_other_error_keeps_its_traceback(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(type(error)) as caught:
        run_command_line(raising(error))
    assert caught.value is error
    assert capsys.readouterr() == ("", "")
