"""A stage is built once, whole or not at all, whoever else wants it and whatever is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from encodenet_core.stages import StageCache

PROCESSES = """
import os, signal, sys, time
from pathlib import Path
from encodenet_core.stages import StageCache

root, counter = Path(sys.argv[1]), Path(sys.argv[2])

def start(seconds):
    '''A process of its own that wants the stage; its exit status is 0 if it got it whole.'''
    def build(folder):
        (folder / "first.txt").write_text("1")
        with counter.open("a") as file:
            file.write("built\\n")
        time.sleep(seconds)
        (folder / "second.txt").write_text("2")

    process = os.fork()
    if process == 0:
        folder = StageCache(root).obtain("dataset", {"seed": 1}, build)
        whole = [path.name for path in sorted(folder.iterdir())] == ["first.txt", "second.txt"]
        os._exit(0 if whole else 1)
    return process

killed = start(600)
while not counter.exists():
    time.sleep(0.01)
os.kill(killed, signal.SIGKILL)
os.waitpid(killed, 0)
print(StageCache(root).key("dataset", {"seed": 1}) in os.listdir(root))
print([os.waitpid(process, 0)[1] for process in [start(0.5), start(0.5)]])
print([name.partition("-")[0] for name in sorted(os.listdir(root))])
"""


def write_number(number: int) -> object:
    return lambda folder: (folder / "number.txt").write_text(str(number))


def stages(root: Path) -> list[str]:
    """What lies in the cache besides its locks."""
    return sorted(path.name for path in root.iterdir() if path.suffix != ".lock")


def test_a_stage_is_built_once(tmp_path: Path) -> None:
    cache = StageCache(tmp_path / "cache")
    first = cache.obtain("dataset", {"seed": 1}, write_number(1))
    second = cache.obtain("dataset", {"seed": 1}, write_number(2))
    assert first == second
    assert (second / "number.txt").read_text() == "1"
    assert stages(cache.root) == [first.name]


def test_another_cache_object_finds_it_too(tmp_path: Path) -> None:
    StageCache(tmp_path).obtain("dataset", {"seed": 1, "limit": None}, write_number(1))
    found = StageCache(tmp_path).obtain("dataset", {"limit": None, "seed": 1}, write_number(2))
    assert (found / "number.txt").read_text() == "1"


def test_other_inputs_are_another_stage(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    inputs = [{"seed": 1}, {"seed": 2}, {"seed": "1"}, {"seed": 1, "limit": None}, {}]
    keys = {cache.key("dataset", value) for value in inputs}
    assert len(keys) == len(inputs)
    assert cache.key("baseline", {"seed": 1}) not in keys


def test_a_key_tells_its_stage_and_can_be_a_file_name(tmp_path: Path) -> None:
    key = StageCache(tmp_path).key("baseline", {"source": "../../etc/passwd"})
    assert key.startswith("baseline-")
    assert key.removeprefix("baseline-").isalnum()


def test_a_failing_build_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)

    def fail(folder: Path) -> None:
        (folder / "number.txt").write_text("0")
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        cache.obtain("dataset", {"seed": 1}, fail)
    assert stages(tmp_path) == []
    folder = cache.obtain("dataset", {"seed": 1}, write_number(1))
    assert (folder / "number.txt").read_text() == "1"


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StageCache(tmp_path).obtain("dataset", {"seed": 1}, interrupt)
    assert stages(tmp_path) == []


def test_the_next_build_removes_what_a_killed_one_of_the_same_stage_left(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    ours, others = cache.key("dataset", {"seed": 1}), cache.key("dataset", {"seed": 2})
    for private in (f".{ours}-1a2b3c", f".{ours}-4d5e6f", f".{others}-1a2b3c"):
        (tmp_path / private / "below").mkdir(parents=True)
        (tmp_path / private / "below" / "half.txt").write_text("0")
    cache.obtain("dataset", {"seed": 1}, write_number(1))
    assert stages(tmp_path) == [f".{others}-1a2b3c", ours], "the other stage may be in the making"


def test_a_killed_build_is_repeated_once_by_two_processes_that_want_it(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    command = [sys.executable, "-c", PROCESSES, str(tmp_path / "cache"), str(counter)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    found_after_the_kill, statuses, left = ended.stdout.splitlines()
    assert found_after_the_kill == "False"
    assert statuses == "[0, 0]"
    assert counter.read_text().splitlines() == ["built", "built"], "once before the kill, once after it"
    assert left == "['dataset', 'dataset']", "the stage and its lock"
