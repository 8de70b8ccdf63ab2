"""The preparation of a study by a real worker process, which does as it is told instead of computing."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from decoder_search.driver.preparation import PreparationFailed, compute_shared
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError

TOY_WORKER = """
import os, signal
from decoder_search.execution.serving import main
from decoder_search.space.search_space import SearchSpace
from encodenet_core import DataError

def run_task(task, report):
    assert task["kind"] == "prepare"
    match os.environ["TOY"]:
        case "refuse":
            raise DataError("there is no file digits.npz")
        case "break":
            raise ValueError("a bug")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "ask":
            answers = [report("baseline", epoch, 2, {"accuracy": 0.5}) for epoch in (1, 2)]
            space = SearchSpace.from_json(task["space"])
            return {"answers": answers, "space": space.name, "cache": task["cache"]}

if __name__ == "__main__":
    main(run_task)
"""

Prepare = Callable[..., Mapping[str, Any] | None]


@pytest.fixture
def news() -> io.StringIO:
    """What the view printed."""
    return io.StringIO()


@pytest.fixture
def prepare(tmp_path: Path, news: io.StringIO, make_settings: Callable[..., StudySettings]) -> Prepare:
    (tmp_path / "toy_preparation_worker.py").write_text(TOY_WORKER)

    def run(toy: str, interrupted: Callable[[], bool] = lambda: False) -> Mapping[str, Any] | None:
        executor = LocalExecutor(
            1,
            threads=1,
            log_folder=tmp_path / "workers",
            module="toy_preparation_worker",
            environments=[{"PYTHONPATH": str(tmp_path), "TOY": toy}],
        )
        study = StudyRecord(tmp_path, make_settings(), {}, ())
        view = LiveView(Console(file=news, width=300), study_name="tiny", n_trials=1, deadline=None)
        with executor:
            return compute_shared("prepare", executor, study, tmp_path / "cache", view, interrupted)

    return run


def test_the_facts_come_back_and_progress_is_shown(
    prepare: Prepare, tmp_path: Path, news: io.StringIO
) -> None:
    facts = prepare("ask")
    assert facts == {"answers": [True, True], "space": "tiny", "cache": str(tmp_path / "cache")}
    assert news.getvalue() == "preparation: baseline\n"


def test_settings_that_no_trial_could_use_are_refused(prepare: Prepare) -> None:
    with pytest.raises(ConfigError, match=r"^there is no file digits\.npz$"):
        prepare("refuse")


def test_a_broken_preparation_says_where_its_traceback_is(prepare: Prepare, tmp_path: Path) -> None:
    path = tmp_path / "workers" / "traceback.txt"
    with pytest.raises(PreparationFailed) as failed:
        prepare("break")
    assert str(failed.value) == f"the preparation of the study broke (ValueError: a bug); see {path}"
    assert 'raise ValueError("a bug")' in path.read_text()


def test_a_preparation_whose_worker_dies_says_how(prepare: Prepare) -> None:
    with pytest.raises(PreparationFailed, match=r"died \(killed by SIGKILL\)"):
        prepare("die")


def test_an_interrupted_preparation_finds_out_nothing(prepare: Prepare) -> None:
    assert prepare("ask", interrupted=lambda: True) is None
