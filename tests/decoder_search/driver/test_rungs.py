"""Trials that climb rungs in real worker processes, and are stopped, paused and resumed there."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from decoder_search.driver.budget import Budget
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.curves import read_reports
from decoder_search.records.journal import Journal
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.space.parameters import IntParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.live import LiveView

CLIMBER = """
import json, os, time
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import Stopped

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    worth, checkpoint = task["params"]["classifier.training.epochs"], Path(task["folder"], "checkpoint")
    checkpoint.mkdir(parents=True, exist_ok=True)
    stood = checkpoint / "epoch"
    begun = int(stood.read_text()) if stood.exists() else 0
    for epoch in range(begun + 1, 10):
        time.sleep(float(os.environ.get("EPOCH_SECONDS", "0")))
        measured = {"mse": 1 / worth, "retrieval": 0.5, "probe_accuracy": 1 - 1 / worth, "probe_seconds": 0}
        goes_on = report("autoencoder", epoch, 9, measured if epoch in task["rungs"] else {"loss": 0.1})
        stood.write_text(str(epoch))
        if not goes_on:
            raise Stopped("as you wish")
    return {**dict.fromkeys(METRICS, 0.5), "accuracy": 1 - 1 / worth, "epochs": 9, "begun": begun}

if __name__ == "__main__":
    main(run_task)
"""

Climb = Callable[..., StudyRecord]


@pytest.fixture
def climb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Climb:
    """Runs a study of 40 values, of which a larger one is better at every rung, or goes on with it."""
    (tmp_path / "climber.py").write_text(CLIMBER)
    space = SearchSpace(
        "toy",
        (IntParameter("classifier.training.epochs", 1, 40),),
        {"seed": 0, "autoencoder.training.epochs": 9},
        {},
    )
    settings = StudySettings("toy", space, 0, "random", "mse", "2024-05-06T07:08:09+00:00", {})

    def run(
        budget: Budget,
        pruning: Pruning | None = Pruning(first_rung=1, reduction_factor=3),  # noqa: B008 - frozen
        *,
        epoch_seconds: float = 0.0,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> StudyRecord:
        monkeypatch.setenv("EPOCH_SECONDS", str(epoch_seconds))
        folder = tmp_path / "toy"
        view = LiveView(Console(file=io.StringIO()), study_name="toy", n_trials=1, deadline=None)
        executor = LocalExecutor(
            2,
            threads=1,
            log_folder=tmp_path / "logs",
            module="climber",
            environments=[{"PYTHONPATH": str(tmp_path)}],
        )
        with Journal.open(folder, lambda: replace(settings, pruning=pruning)) as journal, executor:
            proposes = OptunaEngine(settings, n_trials=40)
            engine = UnseenEngine(proposes, space, seed=0)
            recorded = read_study(folder)
            keeping = Housekeeping(recorded, tmp_path, Storage(0), view.say)
            study = Study(
                journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping
            )
            study.run(budget, interrupted)
        return read_study(folder)

    return run


def worth(study: StudyRecord, number: int) -> int:
    value = study.trials[number].params["classifier.training.epochs"]
    assert isinstance(value, int)
    return value


def test_trials_that_fall_behind_stop_at_a_rung_with_what_they_measured_there(climb: Climb) -> None:
    study = climb(Budget(30))
    states = [trial.state for trial in study.trials]
    assert len(states) == 30
    assert set(states) == {"completed", "pruned"}
    assert states.count("pruned") > 12
    for trial in study.trials:
        if trial.state == "pruned":
            assert trial.metrics["epochs"] in (1, 3)
            assert trial.metrics["mse"] == pytest.approx(1 / worth(study, trial.number))
            assert "at that rung" in trial.reason
    best = max(range(30), key=lambda number: worth(study, number))
    assert states[best] == "completed"


def test_without_pruning_nobody_is_measured_or_stopped(climb: Climb) -> None:
    study = climb(Budget(6), None)
    assert [trial.state for trial in study.trials] == ["completed"] * 6
    curves = read_reports(study.folder)
    assert {tuple(values) for curve in curves.values() for values in curve.values()} == {("loss",)}


def test_a_study_that_goes_on_remembers_its_rungs(climb: Climb) -> None:
    earlier = climb(Budget(8))
    later = climb(Budget(30))
    assert later.trials[:8] == earlier.trials
    seen = [re.search(r"epoch 1 .* of (\d+) at that rung", trial.reason) for trial in later.trials[8:]]
    numbers = [int(found[1]) for found in seen if found]
    assert min(numbers) > 8


def test_when_the_time_is_up_trials_pause_at_a_rung_and_go_on_from_their_checkpoint(climb: Climb) -> None:
    started = time.monotonic()
    paused = climb(Budget(2, started + 1.0, grace=60.0), epoch_seconds=0.8)
    assert time.monotonic() - started < 30
    assert [trial.state for trial in paused.trials] == ["running", "running"]
    finished = climb(Budget(2))
    assert [trial.state for trial in finished.trials] == ["completed", "completed"]
    assert all(trial.metrics["begun"] in (1, 3) for trial in finished.trials)
    assert [trial.attempts for trial in finished.trials] == [1, 1]


def test_when_the_grace_is_up_trials_end_wherever_they_are_and_are_not_lost(climb: Climb) -> None:
    started = time.monotonic()
    cut_off = climb(Budget(2, started + 0.5, grace=1.0), Pruning(first_rung=8), epoch_seconds=1.0)
    assert time.monotonic() - started < 12
    assert [trial.state for trial in cut_off.trials] == ["running", "running"]
    finished = climb(Budget(2), Pruning(first_rung=8))
    assert [trial.state for trial in finished.trials] == ["completed", "completed"]


def test_checkpoints_are_removed_with_the_end_of_their_trials(climb: Climb, tmp_path: Path) -> None:
    climb(Budget(6))
    assert not list((tmp_path / "toy").glob("trials/*/checkpoint"))


def test_an_exhausted_space_ends_the_study(climb: Climb) -> None:
    study = climb(Budget(60), Pruning(reduction_factor=4))
    assert len(study.trials) == 40
    assert len({json.dumps(dict(trial.params)) for trial in study.trials}) == 40
