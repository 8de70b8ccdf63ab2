from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from decoder_search.execution.messages import receive_message, send_message
from decoder_search.execution.process import resident_memory

TOY_WORKER = """
import time
from decoder_search.execution.serving import main
from encodenet_core import ConfigError, InfeasibleConfig, Stopped

loaded = []

def load():
    loaded.append("once")
    raise ImportError("which every task would meet again")

def run_task(task, report):
    match task["do"]:
        case "echo":
            return task
        case "loaded":
            return {"loaded": loaded}
        case "count":
            steps = 0
            while report("autoencoder", steps, 9, {"mse": 0.5}):
                steps += 1
            return {"steps": steps}
        case "diverge":
            report("autoencoder", 1, 9, {"mse": float("nan"), "accuracy": 0.1})
        case "infeasible":
            raise InfeasibleConfig("the decoder is too big")
        case "refuse":
            raise ConfigError("the weights are not there")
        case "stop":
            raise Stopped("after epoch 3")
        case "break":
            raise ValueError("a bug\\nof two lines")
        case "set":
            return {"set": {1, 2}}
        case "nan":
            return {"mse": float("nan")}
        case "sleep":
            report("asleep", 0, 1, {})
            time.sleep(600)

if __name__ == "__main__":
    main(run_task, load)
"""


@contextmanager
def toy_worker(folder: Path) -> Iterator[tuple[Connection, subprocess.Popen[bytes]]]:
    (folder / "toy_worker.py").write_text(TOY_WORKER)
    ours, theirs = Pipe()
    with ours:
        process = subprocess.Popen(
            [sys.executable, "-m", "toy_worker", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        theirs.close()
        try:
            yield ours, process
        finally:
            process.kill()
            process.wait()


def outcome(connection: Connection, **task: Any) -> dict[str, Any]:
    send_message(connection, {"task": task})
    return receive_message(connection)


def answered(connection: Connection, *, go_on: bool) -> dict[str, Any]:
    send_message(connection, {"go_on": go_on})
    return receive_message(connection)


def test_every_end_of_a_task_has_its_own_kind_and_the_worker_serves_on(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, _):
        echo = outcome(connection, do="echo", depth=3)
        assert (echo["kind"], echo["payload"]) == ("result", {"do": "echo", "depth": 3})
        assert echo["memory"] > 2**20

        infeasible = outcome(connection, do="infeasible")
        assert (infeasible["kind"], infeasible["payload"]) == (
            "infeasible",
            {"reason": "the decoder is too big", "metrics": {}},
        )

        refused = outcome(connection, do="refuse")
        assert (refused["kind"], refused["payload"]) == ("refused", {"reason": "the weights are not there"})

        stopped = outcome(connection, do="stop")
        assert (stopped["kind"], stopped["payload"]) == ("stopped", {"reason": "after epoch 3"})

        failed = outcome(connection, do="break")
        assert failed["kind"] == "failed"
        assert failed["payload"]["reason"] == "ValueError: a bug of two lines"
        assert "in run_task" in failed["payload"]["traceback"]


def test_a_worker_loads_before_its_first_task_and_serves_where_that_fails(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, _):
        for _ in range(2):
            loaded = outcome(connection, do="loaded")
            assert (loaded["kind"], loaded["payload"]) == ("result", {"loaded": ["once"]})


def test_a_result_that_is_no_finite_json_is_a_failure_and_not_the_end(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, _):
        assert "not JSON serializable" in outcome(connection, do="set")["payload"]["reason"]
        assert "not JSON compliant" in outcome(connection, do="nan")["payload"]["reason"]
        assert outcome(connection, do="echo")["kind"] == "result"


def test_a_report_waits_for_its_answer(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, _):
        first = outcome(connection, do="count")
        assert first == {
            "kind": "report",
            "payload": {"stage": "autoencoder", "step": 0, "total": 9, "values": {"mse": 0.5}},
        }
        assert not connection.poll(0.1)
        assert answered(connection, go_on=True)["payload"]["step"] == 1
        assert answered(connection, go_on=False)["payload"] == {"steps": 1}


def test_a_reported_value_that_is_not_finite_is_null(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, _):
        assert outcome(connection, do="diverge")["payload"]["values"] == {"mse": None, "accuracy": 0.1}


def test_a_worker_ignores_ctrl_c(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, process):
        assert outcome(connection, do="echo")["kind"] == "result"
        process.send_signal(signal.SIGINT)
        assert outcome(connection, do="echo")["kind"] == "result"


def test_a_worker_ends_in_the_middle_of_a_task_when_its_pipe_closes(tmp_path: Path) -> None:
    with toy_worker(tmp_path) as (connection, process):
        assert outcome(connection, do="sleep")["kind"] == "report"
        send_message(connection, {"go_on": True})
        connection.close()
        assert process.wait(timeout=5) == 0


def test_resident_memory_follows_what_is_held() -> None:
    before = resident_memory(os.getpid())
    held = b"x" * 2**26
    assert resident_memory(os.getpid()) - before > len(held) / 2
