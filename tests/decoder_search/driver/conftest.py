"""A study whose trials take no time, in real worker processes, and end as they are told."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.space.parameters import ChoiceParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.live import LiveView

TOY_WORKER = """
import json, os, signal, time
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import ConfigError, InfeasibleConfig

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    report("autoencoder", 1, 2, {"loss": 0.5, "gradient": float("nan")})
    report("classifier", 1, 1, {"loss": 0.25})
    if task["keep_weights"]:
        weights = Path(task["folder"], "weights")
        weights.mkdir(parents=True, exist_ok=True)
        Path(weights, "encodenet.keras").write_bytes(bytes(1_000_000))
    if task["expected"]:
        Path(task["folder"]).mkdir(parents=True, exist_ok=True)
        Path(task["folder"], "expected.json").write_text(json.dumps(task["expected"]))
    match task["params"]["decoder.depth"]:
        case 2:
            raise InfeasibleConfig("too deep")
        case 3:
            if not Path(task["cache"], "mended").exists():
                raise ConfigError("no weights")
        case 4:
            raise ValueError("a bug")
        case 5:
            os.kill(os.getpid(), signal.SIGKILL)
        case 6:
            tried = Path(task["folder"], "tried")
            if not tried.exists():
                tried.parent.mkdir(parents=True, exist_ok=True)
                tried.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case 7:
            time.sleep(600)
        case 8:
            Path(task["folder"]).mkdir(parents=True, exist_ok=True)
            Path(task["folder"], "reconstructions.png").write_bytes(bytes(1_000_000))
    return {**dict.fromkeys(METRICS, 0.5), "mse": 0.5 + int(Path(task["folder"]).name)}

if __name__ == "__main__":
    main(run_task)
"""

RunStudy = Callable[..., StudyRecord]


def build_settings(*depths: int) -> StudySettings:
    space = SearchSpace("toy", (ChoiceParameter("decoder.depth", depths),), {"seed": 0}, {})
    return StudySettings("toy", space, 0, "random", "mse", "2024-05-06T07:08:09+00:00", {})


@pytest.fixture(scope="session")
def study_of() -> Callable[..., StudySettings]:
    """The settings of a study of decoders of these depths."""
    return build_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "toy"


@pytest.fixture
def news() -> io.StringIO:
    """What the view printed."""
    return io.StringIO()


@pytest.fixture
def run_study(folder: Path, tmp_path: Path, news: io.StringIO) -> RunStudy:
    """Starts a study of decoders of these depths, or goes on with it."""
    (tmp_path / "toy_study_worker.py").write_text(TOY_WORKER)

    def run(
        *depths: int,
        n_trials: int,
        n_workers: int = 2,
        deadline: float | None = None,
        limits: TrialLimits = UNLIMITED,
        storage: Storage = Storage(0),  # noqa: B008 - frozen
        interrupted: Callable[[], bool] = lambda: False,
    ) -> StudyRecord:
        settings = build_settings(*depths)
        view = LiveView(Console(file=news, width=300), study_name="toy", n_trials=n_trials, deadline=deadline)
        executor = LocalExecutor(
            n_workers,
            threads=1,
            log_folder=tmp_path / "logs",
            module="toy_study_worker",
            environments=[{"PYTHONPATH": str(tmp_path)}],
        )
        with Journal.open(folder, lambda: settings) as journal, executor:
            recorded = read_study(folder)
            engine = OptunaEngine(recorded.settings, n_trials)
            keeping = Housekeeping(recorded, tmp_path, storage, view.say)
            study = Study(
                journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping
            )
            study.run(Budget(n_trials, deadline, grace=60.0), interrupted, limits)
        return read_study(folder)

    return run
