"""Control A beside the trials of a study, on real worker processes that do as they are told."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from decoder_search.driver.attempts import MOST_LOSSES
from decoder_search.driver.control import ControlTraining, lacks_control
from decoder_search.execution.executor import MOST_ATTEMPTS
from decoder_search.execution.local import LocalExecutor
from decoder_search.execution.messages import Event
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.wording import CONTROL
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError

TOY_WORKER = """
import os, signal
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import DataError, InfeasibleConfig, Stopped

def run_task(task, report):
    assert task["kind"] == "control" and task["expected"]["spend_macs"] == 700
    if not report("control_training", 1, 2, {"accuracy": 0.5}):
        raise Stopped("as told")
    match os.environ["TOY"]:
        case "refuse":
            raise DataError("there is no file digits.npz")
        case "diverge":
            return {"control_training_diverged": "the loss became nan", "control_training_epochs": 2}
        case "cannot":
            raise InfeasibleConfig("the decoder is too large")
        case "fall":
            return {"control_training_accuracy": 0.1, "control_training_epochs": 2}
        case "break":
            raise ValueError("a bug")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
    return {"control_training_accuracy": 0.875, "control_training_epochs": 2}

if __name__ == "__main__":
    main(run_task)
"""

PREPARED = StudyFacts(spend_macs=700, baseline_accuracy=0.75, n_validation=100)


class Trained:
    """What came of control A: the study afterwards, and what was said."""

    def __init__(self, folder: Path, news: io.StringIO, control: ControlTraining) -> None:
        self.study, self.said, self.control = read_study(folder), news.getvalue(), control


@pytest.fixture
def train(tmp_path: Path, make_settings: Callable[..., StudySettings]) -> Callable[..., Trained]:
    """Has control A trained by a worker that does as its argument says, after events of earlier ones."""
    (tmp_path / "toy_control_worker.py").write_text(TOY_WORKER)

    def run(toy: str, *, go_on: bool = True, before: Sequence[Event] = ()) -> Trained:
        folder, news = tmp_path / "results" / "tiny", io.StringIO()
        view = LiveView(Console(file=news, width=300), study_name="tiny", n_trials=1, deadline=None)
        environment = {"PYTHONPATH": str(tmp_path), "TOY": toy}
        logs = folder / "workers"
        executor = LocalExecutor(
            1, threads=1, log_folder=logs, module="toy_control_worker", environments=[environment]
        )
        with Journal.open(folder, make_settings) as journal, executor:
            journal.prepared(PREPARED)
            control = ControlTraining(journal, read_study(folder), tmp_path / "cache", view)
            for event in before:
                control.start(executor)
                executor.stop(CONTROL)
                control.take(event, executor, go_on=go_on)
            drive(control, executor, go_on=go_on)
        return Trained(folder, news, control)

    return run


def drive(control: ControlTraining, executor: LocalExecutor, *, go_on: bool) -> None:
    """What the loop of a study does, for control A alone; it starts once where it is not to go on."""
    control.start(executor)
    while control.is_running:
        for event in executor.events(0.2):
            assert event.key == CONTROL
            control.take(event, executor, go_on=go_on)
        if go_on:
            control.start(executor)


def test_what_comes_of_it_is_added_to_the_facts_of_the_study(train: Callable[..., Trained]) -> None:
    trained = train("train")
    assert trained.study.facts == replace(
        PREPARED, control_training_accuracy=0.875, control_training_epochs=2
    )
    assert trained.said == (
        "control A: control_training\n"
        "control A: the baseline trained on for 2 epochs, the work of the dearest trial, 87.50%\n"
    )
    assert not trained.control.is_waiting


def test_a_worker_that_dies_is_replaced_until_it_has_died_too_often(train: Callable[..., Trained]) -> None:
    trained = train("die")
    assert trained.said.count("it is tried again") == MOST_ATTEMPTS - 1
    assert trained.said.endswith("no gain over it is shown: killed by SIGKILL\n"), trained.said
    assert lacks_control(trained.study.facts)


def test_a_machine_that_is_gone_costs_control_a_no_attempt(train: Callable[..., Trained]) -> None:
    lost = Event("died", CONTROL, {"reason": "its machine n2 is gone", "blameless": True})
    trained = train("die", before=[lost] * MOST_LOSSES)
    assert trained.said.count("its machine n2 is gone") == MOST_LOSSES
    assert trained.said.count("killed by SIGKILL); it is tried again") == MOST_ATTEMPTS - 1


@pytest.mark.parametrize(
    ("toy", "reason"), [("cannot", "the decoder is too large"), ("break", "ValueError: a bug")]
)
def test_a_control_that_cannot_be_trained_costs_no_trial(
    train: Callable[..., Trained], tmp_path: Path, toy: str, reason: str
) -> None:
    trained = train(toy)
    assert f"control A cannot be trained, so that no gain over it is shown: {reason}" in trained.said
    assert not trained.control.is_waiting
    assert lacks_control(trained.study.facts) == (toy == "break")  # a bug may be mended
    assert (trained.study.folder / "workers" / "traceback.txt").exists() == (toy == "break")


def test_one_that_diverged_is_recorded_and_said(train: Callable[..., Trained]) -> None:
    trained = train("diverge")
    assert trained.study.facts.control_training_diverged == "the loss became nan"
    assert trained.said.endswith(
        "control A: the baseline trained on for 2 epochs, the work of the dearest trial, diverged, so that "
        "no gain over it is shown: the loss became nan\n"
    )
    assert not (trained.control.is_waiting or lacks_control(trained.study.facts))


def test_one_that_fell_below_the_baseline_is_said_to_be_no_yardstick(train: Callable[..., Trained]) -> None:
    assert train("fall").said.endswith("the work of the dearest trial, fell to 10.00 %: no yardstick\n")


def test_data_that_are_gone_end_the_study(train: Callable[..., Trained]) -> None:
    with pytest.raises(ConfigError, match=r"there is no file digits\.npz"):
        train("refuse")


def test_a_control_that_the_time_cut_off_waits_for_more(train: Callable[..., Trained]) -> None:
    trained = train("train", go_on=False)
    assert trained.said == "control A: control_training\n"
    assert trained.control.is_waiting and lacks_control(trained.study.facts)
