from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace

DRIVER = """
import sys
from pathlib import Path
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace

def task(do):
    space, folder = SearchSpace("toys", (), {}, {}), Path("trial")
    return TrialTask(space=space, cache=folder, expected=StudyFacts(), params={"do": do}, folder=folder)

executor = LocalExecutor(2, threads=1, log_folder=Path(sys.argv[1]), module="toy_worker")
executor.submit(0, task("sleep"))
executor.submit(1, task("compute"))
reported = 0
while reported < 2:
    for event in executor.events(None):
        reported += 1
        executor.answer(event.key, True)
        print(event.payload["step"], flush=True)
executor.events(None)
"""


@pytest.fixture
def executor(tmp_path: Path, toy: dict[str, str]) -> Iterator[LocalExecutor]:
    with new_executor(tmp_path, toy) as executor:
        yield executor


def new_executor(tmp_path: Path, toy: dict[str, str], n_workers: int = 2, **options: Any) -> LocalExecutor:
    return LocalExecutor(
        n_workers, threads=1, log_folder=tmp_path / "logs", module="toy_worker", environments=[toy], **options
    )


def next_events(executor: LocalExecutor, count: int) -> list[Event]:
    """So many events, of which some may come at the same time."""
    deadline = time.monotonic() + 30
    events: list[Event] = []
    while len(events) < count and time.monotonic() < deadline:
        events += executor.events(1.0)
    assert len(events) == count
    return events


def next_event(executor: LocalExecutor) -> Event:
    return next_events(executor, 1)[0]


def toy_task(do: str, folder: Path = Path("trial"), **params: Any) -> TrialTask:
    """What the toy worker is to do is told by the params."""
    space = SearchSpace("toys", (), {}, {})
    return TrialTask(
        space=space, cache=Path("cache"), expected=StudyFacts(), params={"do": do, **params}, folder=folder
    )


def run(executor: LocalExecutor, do: str, key: int = 7, **task: Any) -> Event:
    executor.submit(key, toy_task(do, **task))
    return next_event(executor)


def is_running(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until_gone(process_ids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(map(is_running, process_ids)):
        assert time.monotonic() < deadline, f"of {process_ids} some still run"
        time.sleep(0.02)


def test_a_worker_is_started_at_need_and_reused(executor: LocalExecutor) -> None:
    assert executor.free() == 2
    first, second = run(executor, "echo"), run(executor, "echo")
    assert first.payload["pid"] == second.payload["pid"] != os.getpid()


def test_workers_that_were_started_ahead_take_the_tasks_and_end_with_the_executor(
    tmp_path: Path, toy: dict[str, str]
) -> None:
    before = children()
    with new_executor(tmp_path, toy) as executor:
        executor.start()
        executor.start()
        started = children() - before
        assert len(started) == executor.free() == 2
        executor.submit(0, toy_task("echo"))
        executor.submit(1, toy_task("echo"))
        assert {event.payload["pid"] for event in next_events(executor, 2)} == started
    assert children() == before


def test_a_worker_that_dies_idle_is_replaced_in_silence(executor: LocalExecutor) -> None:
    first = run(executor, "echo").payload["pid"]
    os.kill(first, signal.SIGKILL)
    assert executor.events(5.0) == []
    assert run(executor, "echo").payload["pid"] != first


def test_a_worker_that_dies_idle_and_unseen_is_replaced_at_the_next_task(executor: LocalExecutor) -> None:
    first = run(executor, "echo").payload["pid"]
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert run(executor, "echo").payload["pid"] != first


def test_a_worker_that_has_grown_is_recycled(tmp_path: Path, toy: dict[str, str]) -> None:
    with new_executor(tmp_path, toy, memory_limit=200_000_000) as executor:
        slim = run(executor, "echo").payload["pid"]
        assert run(executor, "hold").payload["pid"] == slim
        wait_until_gone([slim])
        assert run(executor, "echo").payload["pid"] != slim


def test_a_worker_has_its_exact_environment(
    tmp_path: Path, toy: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    options: dict[str, Any] = {"threads": 3, "log_folder": tmp_path, "module": "toy_worker"}
    with LocalExecutor(1, environments=[toy], **options) as executor:
        seen = run(executor, "environment").payload
    threads = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "PJRT_NPROC")
    assert {seen[name] for name in threads} == {"3"}
    assert seen["KERAS_BACKEND"] == "tensorflow"
    assert "XLA_PYTHON_CLIENT_PREALLOCATE" not in seen

    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with LocalExecutor(1, environments=[toy], **options) as executor:
        seen = run(executor, "environment").payload
    assert (seen["KERAS_BACKEND"], seen["XLA_PYTHON_CLIENT_PREALLOCATE"]) == ("jax", "false")


def test_what_a_worker_prints_goes_to_its_log(
    executor: LocalExecutor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(executor, "speak")
    assert (tmp_path / "logs" / "worker-1.log").read_text() == "to stdout\nto stderr\n"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("do", ["sleep", "compute"])
def test_closing_ends_a_worker_in_the_middle_of_its_task(
    tmp_path: Path, toy: dict[str, str], do: str
) -> None:
    executor = new_executor(tmp_path, toy)
    worker = run(executor, do).payload["step"]
    executor.answer(7, True)
    started = time.monotonic()
    executor.close(grace=10)
    assert time.monotonic() - started < 5
    assert not is_running(worker)


def test_closing_kills_a_worker_that_does_not_end(tmp_path: Path, toy: dict[str, str]) -> None:
    executor = new_executor(tmp_path, toy)
    worker = run(executor, "sleep").payload["step"]
    os.kill(worker, signal.SIGSTOP)
    executor.close(grace=0.2)
    assert not is_running(worker)


def test_neither_descriptors_nor_zombies_are_left_behind(tmp_path: Path, toy: dict[str, str]) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    process_ids = []
    for _ in range(3):
        with new_executor(tmp_path, toy) as executor:
            process_ids.append(run(executor, "echo").payload["pid"])
            run(executor, "kill")
            executor.submit(1, toy_task("sleep"))
            process_ids.append(next_event(executor).payload["step"])
    assert sorted(os.listdir("/proc/self/fd")) == before
    for process_id in process_ids:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_driver_leaves_no_orphans(tmp_path: Path, toy: dict[str, str], sent: signal.Signals) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path / "logs")],
        env={**os.environ, **toy},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with driver:
        assert driver.stdout is not None
        workers = [int(driver.stdout.readline()) for _ in range(2)]
        assert all(map(is_running, workers))
        driver.send_signal(sent)
    wait_until_gone(workers)


def test_ctrl_c_does_not_reach_a_worker_not_even_while_it_starts(executor: LocalExecutor) -> None:
    before = children()
    executor.submit(7, toy_task("echo"))
    [starting] = children() - before
    os.kill(starting, signal.SIGINT)
    assert next_event(executor).kind == "result"
    os.kill(starting, signal.SIGINT)
    assert run(executor, "echo").payload["pid"] == starting


def children() -> set[int]:
    """The processes that this one has started and not yet reaped."""
    return {
        int(process_id)
        for task in Path("/proc/self/task").iterdir()
        for process_id in (task / "children").read_text().split()
    }
