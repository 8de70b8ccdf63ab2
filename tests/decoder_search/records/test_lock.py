from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from decoder_search.records.lock import Lock, is_held
from encodenet_core.errors import ConfigError

HOLD = """
import sys
from pathlib import Path
from decoder_search.records.lock import Lock
lock = Lock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the lock on `tmp_path`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_that_another_process_holds_is_refused_with_its_name(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(ConfigError) as refused:
        Lock.take(tmp_path)
    assert f"study {tmp_path.name!r} is held by process {holder.pid} on host" in str(refused.value)
    assert str(refused.value).endswith("; wait for it or stop it")


def test_the_kernel_frees_the_lock_of_a_process_that_is_killed(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.kill()
    holder.wait()
    Lock.take(tmp_path).release()


def test_a_lock_is_free_after_its_release_and_a_second_release_does_nothing(tmp_path: Path) -> None:
    first = Lock.take(tmp_path)
    with pytest.raises(ConfigError, match="is held by process"):
        Lock.take(tmp_path)
    first.release()
    first.release()
    Lock.take(tmp_path).release()


def test_a_holder_that_has_not_said_who_it_is_is_another_process(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path)
    (tmp_path / "lock").write_text("")
    with pytest.raises(ConfigError, match="is held by another process"):
        Lock.take(tmp_path)
    lock.release()


def test_nothing_is_left_where_nothing_came_of_a_study(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    lock = Lock.take(folder)
    lock.leave_nothing()
    lock.release()
    assert not folder.exists()


def test_a_folder_is_held_as_long_as_the_process_lives_and_looking_locks_nothing(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    assert is_held(tmp_path)
    holder.kill()
    holder.wait()
    assert not is_held(tmp_path)
    Lock.take(tmp_path).release()


def test_a_lock_that_was_let_go_holds_nothing_though_its_process_lives(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path)
    assert is_held(tmp_path)
    lock.release()
    assert not is_held(tmp_path)


def test_where_the_kernel_lists_no_locks_the_life_of_the_holder_decides(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("decoder_search.records.lock.KERNEL_LOCKS", tmp_path / "absent")
    assert is_held(tmp_path)
    holder.kill()
    holder.wait()
    assert not is_held(tmp_path)


@pytest.mark.parametrize(
    "said", ["", "{}", "[]", '{"pid": 1, "host": "elsewhere"}', '{"pid": -1, "host": "x"}', '{"pid": "me"}']
)
def test_a_lock_file_that_names_no_process_of_this_machine_holds_nothing(tmp_path: Path, said: str) -> None:
    (tmp_path / "lock").write_text(said)
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / "absent")
