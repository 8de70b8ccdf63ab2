"""Control A in the loop of a study, beside trials that take no time."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from decoder_search.driver import housekeeping
from decoder_search.driver.budget import Budget
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.starting import start_engine
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.space.parameters import ChoiceParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.live import LiveView
from encodenet_core import ConfigError

TOY_WORKER = """
import time
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import DataError, Stopped

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    told = Path(task["cache"])
    if task["kind"] == "trial":
        Path(task["folder"]).mkdir(parents=True, exist_ok=True)
        Path(task["folder"], "reconstructions.png").write_bytes(bytes(1_000_000))
        return dict.fromkeys(METRICS, 0.5)
    if Path(told, "lose-data").exists():
        raise DataError("there is no file digits.npz")
    epoch = 0
    while Path(told, "go-on").exists() or epoch == 0:
        if not report("control_training", epoch, 9, {"accuracy": 0.5}):
            raise Stopped("as told")
        epoch += 1
        time.sleep(0.02)
    return {"control_training_accuracy": 0.875, "control_training_epochs": epoch}

if __name__ == "__main__":
    main(run_task)
"""

PREPARED = StudyFacts(spend_macs=700, baseline_accuracy=0.75)
SETTINGS = StudySettings(
    "toy",
    SearchSpace("toy", (ChoiceParameter("decoder.depth", (1, 2, 3)),), {"seed": 0}, {}),
    0,
    "random",
    "mse",
    "2024-05-06T07:08:09+00:00",
    {},
)

StartStudy = Callable[..., StudyRecord]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "toy"


@pytest.fixture
def news() -> io.StringIO:
    """What the view printed."""
    return io.StringIO()


@pytest.fixture
def start(folder: Path, tmp_path: Path, news: io.StringIO) -> StartStudy:
    """Starts a study of at most three trials that is prepared but for its control A, or goes on with it."""
    (tmp_path / "toy_control_study_worker.py").write_text(TOY_WORKER)

    def run(
        n_trials: int,
        *,
        n_workers: int = 2,
        seconds: float | None = None,
        storage: Storage = Storage(0),  # noqa: B008 - frozen
        interrupted: Callable[[], bool] = lambda: False,
        prepare: Callable[[Housekeeping], None] = lambda keeping: None,
    ) -> StudyRecord:
        budget = Budget.starting_now(n_trials, seconds, 0.0)
        view = LiveView(
            Console(file=news, width=300), study_name="toy", n_trials=n_trials, deadline=budget.deadline
        )
        executor = LocalExecutor(
            n_workers,
            threads=1,
            log_folder=tmp_path / "logs",
            module="toy_control_study_worker",
            environments=[{"PYTHONPATH": str(tmp_path)}],
        )
        with Journal.open(folder, lambda: SETTINGS) as journal, executor:
            if not read_study(folder).facts.is_prepared:
                journal.prepared(PREPARED)
            found = read_study(folder)
            engine = start_engine(found.settings, n_trials, folder)
            keeping = Housekeeping(found, tmp_path, storage, view.say)
            prepare(keeping)
            study = Study(journal, found, engine=engine, executor=executor, view=view, housekeeping=keeping)
            study.run(budget, interrupted)
        return read_study(folder)

    return run


def ends(study: StudyRecord) -> list[tuple[int, str, int]]:
    return [(trial.number, trial.state, trial.attempts) for trial in study.trials]


def is_there(news: io.StringIO) -> bool:
    return "the baseline trained on for" in news.getvalue()


@pytest.mark.parametrize("n_workers", [1, 3])
def test_a_study_ends_once_trials_and_control_a_have(
    start: StartStudy, news: io.StringIO, n_workers: int
) -> None:
    study = start(2, n_workers=n_workers)
    assert ends(study) == [(0, "completed", 1), (1, "completed", 1)]
    assert study.facts == replace(PREPARED, control_training_accuracy=0.875, control_training_epochs=1)
    before = news.getvalue().count("control A")
    assert ends(start(3)) == [(number, "completed", 1) for number in range(3)]
    assert news.getvalue().count("control A") == before  # it is trained once


def test_an_exhausted_space_waits_for_control_a(start: StartStudy, tmp_path: Path, news: io.StringIO) -> None:
    (tmp_path / "go-on").touch()

    def let_it_end_once_the_space_is_exhausted() -> bool:
        if "the space is exhausted" in news.getvalue():
            (tmp_path / "go-on").unlink(missing_ok=True)
        return False

    study = start(9, interrupted=let_it_end_once_the_space_is_exhausted)
    assert len(study.finished) == 3
    assert study.facts.control_training_accuracy == 0.875


def test_an_interrupt_while_only_control_a_runs_leaves_it_to_the_next_start(
    start: StartStudy, tmp_path: Path, folder: Path, news: io.StringIO
) -> None:
    (tmp_path / "go-on").touch()
    started = time.monotonic()
    cut = start(1, interrupted=lambda: len(read_study(folder).finished) == 1)
    assert time.monotonic() - started < 60
    assert ends(cut) == [(0, "completed", 1)] and cut.facts == PREPARED
    (tmp_path / "go-on").unlink()
    resumed = start(1)
    assert resumed.trials == cut.trials
    assert resumed.facts.control_training_epochs == 1
    assert is_there(news)


def test_a_time_that_is_up_cuts_control_a_off_and_more_of_it_finishes_it(
    start: StartStudy, tmp_path: Path, news: io.StringIO
) -> None:
    (tmp_path / "go-on").touch()
    cut = start(1, seconds=2.0)
    assert ends(cut) == [(0, "completed", 1)] and cut.facts == PREPARED
    assert "the time is up; a later run with more of it goes on" in news.getvalue()
    (tmp_path / "go-on").unlink()
    assert start(1, seconds=60.0).facts.control_training_accuracy == 0.875


def test_a_full_disk_keeps_control_a_from_starting_until_there_is_more(
    start: StartStudy, tmp_path: Path, folder: Path, news: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "SHARE_OF_TIME", float("inf"))
    (tmp_path / "go-on").touch()
    cut = start(1, interrupted=lambda: len(read_study(folder).finished) == 1)
    (tmp_path / "go-on").unlink()
    full = start(1, storage=Storage(0, 1_000_000))
    assert (full.trials, full.facts) == (cut.trials, PREPARED)
    assert "give a larger --max-disk to go on" in news.getvalue()
    assert start(1, storage=Storage(0, 10_000_000)).facts.control_training_accuracy == 0.875


def test_what_the_preparation_has_filled_starts_neither_trials_nor_control_a(
    start: StartStudy, folder: Path, news: io.StringIO
) -> None:
    def fill(keeping: Housekeeping) -> None:
        keeping.look()
        (folder / "workers").mkdir()
        (folder / "workers" / "worker-1.log").write_bytes(bytes(5_000_000))

    study = start(2, storage=Storage(1, 1_000_000), prepare=fill)
    assert (study.trials, study.facts) == ((), PREPARED)
    assert "give a larger --max-disk to go on" in news.getvalue()


def test_data_that_are_gone_end_the_study_and_what_ran_beside_is_run_again(
    start: StartStudy, tmp_path: Path
) -> None:
    (tmp_path / "lose-data").touch()
    with pytest.raises(ConfigError, match=r"there is no file digits\.npz"):
        start(3)
    (tmp_path / "lose-data").unlink()
    study = start(3)
    assert ends(study) == [(number, "completed", 1) for number in range(3)]
    assert study.facts.control_training_accuracy == 0.875


@pytest.mark.parametrize(
    "facts", [StudyFacts(baseline_accuracy=0.75), replace(PREPARED, control_training_accuracy=0.5)]
)
def test_a_study_of_an_earlier_release_is_not_given_a_control_a_of_another_work(
    start: StartStudy, folder: Path, news: io.StringIO, facts: StudyFacts
) -> None:
    with Journal.open(folder, lambda: SETTINGS) as journal:
        journal.prepared(facts)
    assert start(1).facts == facts
    assert "control A" not in news.getvalue()
