"""What every executor does, on this machine and on a cluster, with real worker processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from decoder_search.execution.executor import Executor
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.execution.tasks import TrialTask
from decoder_search.records.facts import StudyFacts
from decoder_search.space.search_space import SearchSpace

Start = Callable[..., Executor]


@pytest.fixture(scope="module", params=["local", pytest.param("ray", marks=pytest.mark.slow)])
def start(request: pytest.FixtureRequest, toy: dict[str, str], logs: Path) -> Start:
    """Starts an executor of two workers, or of as many as are asked for."""
    if request.param == "local":
        return lambda n_workers=2, module="toy_worker": LocalExecutor(
            n_workers, threads=1, log_folder=logs, module=module, environments=[toy]
        )
    request.getfixturevalue("ray_cluster")
    from decoder_search.execution.cluster import Cluster, Shared, WorkerSetup
    from decoder_search.execution.ray.executor import RayExecutor, pool_spec

    def start_on_ray(n_workers: int = 2, module: str = "toy_worker") -> Executor:
        spec = pool_spec(Cluster("auto"), n_workers, n_workers, WorkerSetup(module=module, environment=toy))
        return RayExecutor(spec, shared=Shared(logs), log_folder=logs, say=lambda _: None)

    return start_on_ray


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def both_workers(start: Start) -> Iterator[Executor]:
    """An executor that the tests of this module share, because machines of a cluster start slowly."""
    with start() as executor:
        yield executor


@pytest.fixture
def executor(both_workers: Executor) -> Iterator[Executor]:
    """The shared executor, with nothing to do."""
    yield wait_for_workers(both_workers, 2)
    for key in (1, 2, 7):
        both_workers.stop(key)


def wait_for_workers(executor: Executor, count: int) -> Executor:
    """An executor once so many tasks could be submitted."""
    deadline = time.monotonic() + 60
    while executor.free() < count and time.monotonic() < deadline:
        assert executor.events(0.2) == []
    assert executor.free() == count
    return executor


def next_events(executor: Executor, count: int) -> list[Event]:
    """So many events, of which some may come at the same time."""
    deadline = time.monotonic() + 60
    events: list[Event] = []
    while len(events) < count and time.monotonic() < deadline:
        events += executor.events(1.0)
    assert len(events) == count
    return events


def next_event(executor: Executor) -> Event:
    return next_events(executor, 1)[0]


def toy_task(do: str, folder: Path = Path("trial"), **params: Any) -> TrialTask:
    """What the toy worker is to do is told by the params."""
    space = SearchSpace("toys", (), {}, {})
    return TrialTask(
        space=space, cache=Path("cache"), expected=StudyFacts(), params={"do": do, **params}, folder=folder
    )


def run(executor: Executor, do: str, key: int = 7, **task: Any) -> Event:
    wait_for_workers(executor, max(1, executor.free()))
    executor.submit(key, toy_task(do, **task))
    return next_event(executor)


def is_running(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until_gone(process_id: int) -> None:
    deadline = time.monotonic() + 20
    while is_running(process_id):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_result_comes_back_under_the_key_of_its_task(executor: Executor) -> None:
    event = run(executor, "echo", key=-1, say="hello")
    assert (event.kind, event.key, event.payload["said"]) == ("result", -1, "hello")
    assert event.payload["pid"] != os.getpid()


def test_as_many_tasks_run_at_once_as_there_are_workers(executor: Executor) -> None:
    executor.submit(1, toy_task("sleep"))
    assert executor.free() == 1
    executor.submit(2, toy_task("sleep"))
    assert executor.free() == 0
    assert {event.key for event in next_events(executor, 2)} == {1, 2}
    with pytest.raises(RuntimeError, match="task 3 was submitted while all 2 workers are busy"):
        executor.submit(3, toy_task("echo"))


def test_a_task_hears_the_answer_to_its_report_and_waits_for_it(executor: Executor) -> None:
    for go_on in (True, False):
        report = run(executor, "ask")
        said = {"stage": "classifier", "step": 1, "total": 2, "values": {"accuracy": 0.5}}
        assert report == Event("report", 7, said)
        assert executor.events(0.3) == []
        executor.answer(7, go_on)
        assert next_event(executor) == Event("result", 7, {"answer": go_on})


def test_every_report_is_answered_until_the_task_is_told_to_stop(executor: Executor) -> None:
    report = run(executor, "count")
    for step in range(5):
        assert (report.payload["step"], report.payload["values"]) == (step, {"mse": None})
        executor.answer(7, step < 4)
        report = next_event(executor)
    assert report == Event("stopped", 7, {"reason": "after 4"})


def test_a_task_that_cannot_run_says_why(executor: Executor) -> None:
    told = {"reason": "too big", "metrics": {"macs": 3.0}}
    assert run(executor, "infeasible") == Event("infeasible", 7, told)
    assert run(executor, "refuse") == Event("refused", 7, {"reason": "no weights"})
    failed = run(executor, "break")
    assert (failed.kind, failed.payload["reason"]) == ("failed", "ValueError: a bug")
    assert "raise ValueError" in failed.payload["traceback"]


def test_a_death_is_told_and_the_next_task_finds_a_new_worker(executor: Executor) -> None:
    for do, reason in (("kill", "killed by SIGKILL"), ("exit", "exit code 3")):
        assert run(executor, do) == Event("died", 7, {"reason": reason})
        assert executor.free() == 2
        assert run(executor, "echo").kind == "result"


def test_what_a_worker_prints_goes_to_its_log_alone(
    executor: Executor, logs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(executor, "speak")
    assert "to stdout\nto stderr\n" in "".join(log.read_text() for log in logs.glob("worker-*.log"))
    assert capfd.readouterr() == ("", "")


def test_waiting_for_idle_workers_does_not_last_for_ever(executor: Executor) -> None:
    assert executor.events(None) == []
    run(executor, "echo")
    assert executor.events(None) == []


def test_a_stopped_task_is_never_heard_of_again_and_its_worker_is_gone(executor: Executor) -> None:
    worker = run(executor, "sleep").payload["step"]
    executor.answer(7, True)
    executor.stop(7)
    wait_until_gone(worker)
    assert executor.events(0.3) == []
    assert wait_for_workers(executor, 2).free() == 2
    assert run(executor, "echo").kind == "result"


def test_the_memory_of_a_task_is_known_while_it_runs(executor: Executor) -> None:
    run(executor, "hold", seconds=600.0)
    executor.answer(7, True)
    deadline = time.monotonic() + 30
    while executor.memory(7) < 250_000_000:
        assert time.monotonic() < deadline
        executor.events(0.2)
    assert executor.memory(8) == 0


def test_a_task_leaves_its_files_in_its_folder_and_one_that_pauses_its_checkpoint_too(
    executor: Executor, tmp_path: Path
) -> None:
    folder = tmp_path / "trials" / "4"
    run(executor, "write", folder=folder)
    executor.answer(7, False)
    assert next_event(executor).kind == "stopped"
    assert (folder / "curves.json").read_text() == "[1, 2]"
    assert (folder / "checkpoint" / "state").read_text() == "epoch 3"


def test_a_task_goes_on_from_the_checkpoint_in_its_folder(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "trials" / "4" / "checkpoint").mkdir(parents=True)
    (tmp_path / "trials" / "4" / "checkpoint" / "kept").write_text("epoch 2")
    run(executor, "write", folder=tmp_path / "trials" / "4")
    executor.answer(7, True)
    assert next_event(executor).payload["found"] == {"kept": "epoch 2"}


def test_a_module_that_is_not_there_is_a_death(start: Start, logs: Path) -> None:
    with start(1, module="no_such_worker") as executor:
        assert run(executor, "echo") == Event("died", 7, {"reason": "exit code 1"})
    assert "no_such_worker" in (logs / "worker-1.log").read_text()


@pytest.mark.parametrize("do", ["sleep", "compute"])
def test_closing_ends_a_worker_in_the_middle_of_its_task(start: Start, do: str) -> None:
    executor = start(1)
    worker = run(executor, do).payload["step"]
    executor.answer(7, True)
    executor.events(0.1)
    started = time.monotonic()
    executor.close(grace=10)
    assert time.monotonic() - started < 5
    wait_until_gone(worker)
