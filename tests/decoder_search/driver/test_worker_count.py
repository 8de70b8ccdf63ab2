"""The number of workers is measured with real worker processes, whose speed is what the test wants."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from decoder_search.driver.worker_count import candidates, fastest_number_of_workers
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.terminal.live import LiveView

TOY = """
import os
from decoder_search.execution.serving import main
from encodenet_core import InfeasibleConfig

def run_task(task, report):
    assert task["kind"] == "speed"
    report("baseline", 1, 1, {})
    total = {"1": 10.0, "2": 18.0, "4": 18.5}[os.environ["N_WORKERS"]]
    if os.environ["N_WORKERS"] == os.environ["BROKEN"]:
        raise InfeasibleConfig("out of memory")
    return {"steps_a_second": total / int(os.environ["N_WORKERS"])}

if __name__ == "__main__":
    main(run_task)
"""


@pytest.mark.parametrize(("n_cores", "counts"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])])
def test_powers_of_two_and_all_cores_are_tried(n_cores: int, counts: list[int]) -> None:
    assert candidates(n_cores) == counts


@pytest.mark.parametrize(("broken", "expected"), [("none", 2), ("2", 4)])
def test_the_most_steps_a_second_win_where_that_is_clear_and_what_cannot_run_counts_nothing(
    broken: str, expected: int, tmp_path: Path, make_study: Callable[..., StudyRecord]
) -> None:
    (tmp_path / "toy_speed_worker.py").write_text(TOY)

    def start(n_workers: int) -> LocalExecutor:
        environment = {"PYTHONPATH": str(tmp_path), "N_WORKERS": str(n_workers), "BROKEN": broken}
        return LocalExecutor(
            n_workers,
            threads=1,
            log_folder=tmp_path / "logs",
            module="toy_speed_worker",
            environments=[environment],
        )

    said = io.StringIO()
    view = LiveView(Console(file=said, width=200), study_name="tiny", n_trials=1, deadline=None)
    found = fastest_number_of_workers(start, 4, make_study([]), tmp_path, view, lambda: False)
    assert found == expected
    assert "1 workers: 10.0 training steps a second" in said.getvalue()


def test_an_interrupt_ends_the_measurement(tmp_path: Path, make_study: Callable[..., StudyRecord]) -> None:
    view = LiveView(Console(file=io.StringIO()), study_name="tiny", n_trials=1, deadline=None)

    def start(n_workers: int) -> LocalExecutor:
        return LocalExecutor(n_workers, threads=1, log_folder=tmp_path, module="toy_speed_worker")

    assert fastest_number_of_workers(start, 2, make_study([]), tmp_path, view, lambda: True) is None
