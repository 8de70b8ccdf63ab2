"""The loop of `confirm` with real workers that train nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from decoder_search.driver.confirm import (
    ConfirmationFailed,
    Confirming,
    Retraining,
    held_log,
    plan_retrainings,
    seeds_of,
)
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import IntParameter
from encodenet_core.errors import ConfigError

MakeTrial = Callable[..., TrialRecord]

WORKER = """
import os, pathlib, signal
from decoder_search.execution.serving import main
from encodenet_core import ConfigError, InfeasibleConfig

def run_task(task, report):
    depth, seed = task["params"]["decoder.depth"], task["seed"]
    assert task["kind"] == "confirm" and task["space"]["name"] == "tiny"
    with open(os.environ["TASKS"], "a") as file:
        file.write(f"{depth} {seed} {task['dataset']}\\\\n".replace("\\\\n", chr(10)))
    assert report("baseline", 1, 3, {}) and report("baseline", 2, 3, {}) and report("autoencoder", 1, 9, {})
    match os.environ["MODE"]:
        case "infeasible" if depth == 3:
            raise InfeasibleConfig("too large")
        case "refuse":
            raise ConfigError("no such data")
        case "break":
            raise ValueError("a bug")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once" if not pathlib.Path("died").exists():
            pathlib.Path("died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case "other images":
            seed += depth
    accuracies = {"accuracy": 0.9 + depth / 100, "baseline_accuracy": 0.9, "unconverted_accuracy": 0.91}
    accuracies |= {f"{name}_accuracy": 0.92 for name in task["rivals"]}
    return {"metrics": accuracies, "dataset": f"images {seed}"}

if __name__ == "__main__":
    main(run_task)
"""


@pytest.fixture
def study(
    make_study: Callable[..., StudyRecord],
    make_trial: MakeTrial,
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> StudyRecord:
    """Trials 2, 1 and 0 are the best in this order, of depth 3, 2 and 1."""
    trials = [
        make_trial(
            number, {"decoder.depth": number + 1, "clustering.method": "hdbscan"}, accuracy=0.9 + number / 50
        )
        for number in range(3)
    ]
    folder = write_study(make_study([*trials, make_trial(3, state="failed")]), tmp_path / "results")
    return read_study(folder)


class Run:
    """One start of the loop in a folder, its workers in a mode of the toy above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        (folder / "toy_confirmer.py").write_text(WORKER)

    def __call__(
        self,
        study: StudyRecord,
        planned: list[Retraining],
        mode: str = "",
        *,
        workers: int = 1,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> StudyRecord:
        environment = {
            "PYTHONPATH": os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")]),
            "MODE": mode,
            "TASKS": str(self.folder / "tasks"),
        }
        executor = LocalExecutor(
            workers,
            threads=1,
            log_folder=self.folder / "logs",
            module="toy_confirmer",
            environments=[environment],
        )
        with held_log(study.folder) as log, executor:
            cache = self.folder / "cache"
            Confirming(study, log, executor=executor, cache=cache, say=self.said.append).run(
                planned, interrupted
            )
        return read_study(study.folder)

    @property
    def tasks(self) -> list[str]:
        """Depth, seed and expected images of every task that a worker began."""
        return (self.folder / "tasks").read_text().splitlines()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return Run(tmp_path)


def test_the_best_configs_are_planned_with_the_seeds_from_that_of_the_study_on(study: StudyRecord) -> None:
    planned = plan_retrainings(study, top=2, n_seeds=3)
    assert [(each.trial.number, each.seed) for each in planned] == [
        (number, seed) for number in (2, 1) for seed in (7, 8, 9)
    ]
    space, trial = study.settings.space, study.trials[2]
    assert planned[1].config == space.final_config(trial.params, 8).stable_hash()
    assert len(plan_retrainings(study, top=9, n_seeds=1)) == 3


def test_the_seed_of_the_final_budget_is_the_first(study: StudyRecord) -> None:
    space = replace(study.settings.space, final={"seed": 100})
    moved = replace(study, settings=replace(study.settings, space=space))
    assert seeds_of(moved, 2) == (100, 101)
    assert [each.seed for each in plan_retrainings(moved, 1, 2)] == [100, 101]


def test_trials_that_the_final_budget_makes_equal_are_retrained_once(
    study: StudyRecord, make_trial: MakeTrial
) -> None:
    epochs = IntParameter("autoencoder.training.epochs", 1, 9)
    space = replace(study.settings.space, parameters=(epochs,))
    trials = [make_trial(number, {epochs.path: number + 1}) for number in range(3)]
    alike = replace(study, settings=replace(study.settings, space=space), trials=tuple(trials))
    assert [each.trial.number for each in plan_retrainings(alike, 3, 1)] == [0]


def test_a_study_without_completed_trials_is_refused(study: StudyRecord) -> None:
    with pytest.raises(ConfigError, match="has no completed trial to confirm; go on with"):
        plan_retrainings(replace(study, trials=study.trials[3:]), 5, 3)


def test_every_config_is_measured_with_every_seed_and_told_of(study: StudyRecord, run: Run) -> None:
    after = run(study, plan_retrainings(study, 2, 2), workers=2)
    assert sorted((each.trial, each.seed) for each in after.confirmations) == [(1, 7), (1, 8), (2, 7), (2, 8)]
    assert {each.dataset for each in after.confirmations if each.seed == 8} == {"images 8"}
    assert sum(line.endswith("baseline, 3 epochs") for line in run.said) == 4
    assert "trial 2, seed 7: validation 93.00%, baseline 90.00%, unconverted 91.00%" in " ".join(run.said)
    assert run.said[-1].endswith("(4 of 4 done)")


def test_what_is_there_is_not_measured_again_and_its_images_are_expected(
    study: StudyRecord, run: Run
) -> None:
    after = run(study, plan_retrainings(study, 1, 1))
    more = run(after, plan_retrainings(after, 2, 2))
    assert run.tasks == ["3 7 ", "3 8 ", "2 7 images 7", "2 8 images 8"]
    assert len(more.confirmations) == 4
    run(more, plan_retrainings(more, 2, 2))
    assert len(run.tasks) == 4


def test_a_rival_that_is_asked_for_later_is_measured_beside_those_that_are_there(
    study: StudyRecord, run: Run
) -> None:
    after = run(study, plan_retrainings(study, 1, 2, ["rkd"]))
    assert [each.rivals for each in after.confirmations] == [{"rkd"}, {"rkd"}]
    assert "unconverted 91.00%, rkd 92.00% (2 of 2 done)" in run.said[-1]
    for _ in range(2):
        after = run(after, plan_retrainings(after, 1, 1, ["kd", "rkd"]))
        assert [(each.seed, each.rivals) for each in after.confirmations] == [
            (7, {"kd", "rkd"}),
            (8, {"rkd"}),
        ]
    assert len(run.tasks) == 3
    run(after, plan_retrainings(after, 1, 2))
    assert len(run.tasks) == 3


def test_a_rival_that_nobody_knows_or_that_a_config_cannot_have_is_refused(study: StudyRecord) -> None:
    with pytest.raises(
        ConfigError, match="unknown rival 'kdd'; did you mean 'kd'. known are kd, rkd, fitnet"
    ):
        plan_retrainings(study, 1, 1, ["kdd"])
    space = replace(study.settings.space, final={"baseline.training.batch_size": 1})
    alone = replace(study, settings=replace(study.settings, space=space))
    with pytest.raises(ConfigError, match="'rkd', which compares the images of a batch"):
        plan_retrainings(alone, 1, 1, ["kd", "rkd"])


def test_an_interrupt_leaves_the_rest_to_the_next_start(study: StudyRecord, run: Run) -> None:
    planned = plan_retrainings(study, 3, 1)
    after = run(study, planned, interrupted=lambda: any("1 of 3 done" in line for line in run.said))
    assert [each.trial for each in after.confirmations] == [2]
    assert [each.trial for each in run(after, planned).confirmations] == [2, 1, 0]


def test_a_config_that_cannot_run_is_recorded_with_its_reason(study: StudyRecord, run: Run) -> None:
    after = run(study, plan_retrainings(study, 2, 1), "infeasible")
    assert [(each.trial, each.outcome, each.reason) for each in after.confirmations] == [
        (2, "infeasible", "too large"),
        (1, "completed", ""),
    ]
    (said,) = (line for line in run.said if line.startswith("trial 2, seed 7: cannot run"))
    assert said.startswith("trial 2, seed 7: cannot run: too large (1 of 2 done, about ")
    assert said.endswith("s left)")


def test_a_worker_that_dies_is_replaced_and_one_that_always_dies_ends_the_command(
    study: StudyRecord, run: Run
) -> None:
    planned = plan_retrainings(study, 1, 1)
    with pytest.raises(
        ConfirmationFailed, match="trial 2, seed 7: its worker died 3 times .killed by SIGKILL"
    ):
        run(study, planned, "die")
    assert len(run.tasks) == 3
    assert len(run(study, planned, "die once").confirmations) == 1


def test_code_that_breaks_ends_the_command_with_its_traceback(study: StudyRecord, run: Run) -> None:
    with pytest.raises(ConfirmationFailed, match=r"trial 2, seed 7 broke .ValueError: a bug.*; see") as broke:
        run(study, plan_retrainings(study, 1, 1), "break")
    assert "a bug" in Path(str(broke.value).rpartition("see ")[2]).read_text()


def test_unusable_data_end_the_command_in_one_line(study: StudyRecord, run: Run) -> None:
    with pytest.raises(ConfigError, match="^no such data$"):
        run(study, plan_retrainings(study, 1, 1), "refuse")
    assert read_study(study.folder).confirmations == ()


def test_images_that_change_under_a_seed_end_the_command(study: StudyRecord, run: Run) -> None:
    with pytest.raises(
        ConfigError, match="the dataset changed while it was trained on .images 10, now images 9"
    ):
        run(study, plan_retrainings(study, 2, 1), "other images")
    assert len(read_study(study.folder).confirmations) == 1


def test_a_study_that_another_process_holds_is_refused(study: StudyRecord) -> None:
    with held_log(study.folder), pytest.raises(ConfigError, match="is held by process"):
        with held_log(study.folder):
            pass
