"""A study from its command to its end, also where it is interrupted, killed, or not what it was before."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import identity
from encodenet_core import load_config
from encodenet_core.io.machine import available_cores

AS_STARTED = ("--sampler", "random", "--seed", 9, "--pruner", "none")
"""Options with which the real study was started."""


@pytest.fixture
def study(real_study: Any) -> StudyRecord:
    return read_study(real_study.results / "tiny")


@pytest.fixture
def copied_study(real_study: Any, tmp_path: Path) -> Path:
    """A copy of the real study, where a command in `tmp_path` looks for it."""
    return Path(shutil.copytree(real_study.results / "tiny", tmp_path / "results" / "tiny"))


def test_a_study_ends_with_its_leaderboard_and_what_to_do_next(real_study: Any) -> None:
    command = real_study.command
    assert (command.exit_code, command.errors) == (0, "")
    assert "Study tiny: 3 completed, 1 infeasible" in command.output
    assert command.output.endswith("      decoder-search export tiny --output winner.yaml\n")


def test_a_trial_that_cannot_run_is_recorded_and_the_study_goes_on(study: StudyRecord) -> None:
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3]
    assert Counter(trial.state for trial in study.trials) == {"completed": 3, "infeasible": 1}
    (infeasible,) = (trial for trial in study.trials if trial.state == "infeasible")
    assert infeasible.params["clustering.n_clusters"] == 50
    assert "has 10 images but clustering.n_clusters is 50" in infeasible.reason


def test_what_the_trials_are_compared_with_is_found_out(study: StudyRecord) -> None:
    facts = study.facts
    assert (facts.num_classes, facts.n_train, facts.n_validation) == (10, 100, 20)
    assert facts.reference_point == {"mse": facts.pixel_variance, "retrieval": 0.0, "accuracy": 0.1}
    assert 0 < facts.pixel_variance < 0.25
    assert all(0 <= share <= 1 for share in (facts.baseline_accuracy, facts.control_training_accuracy))
    assert facts.baseline_cross_entropy > 0


def test_trials_begin_beside_the_training_of_control_a(study: StudyRecord) -> None:
    lines = (study.folder / "trials.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events[:4] == ["created", "opened", "prepared", "started"]
    assert events.count("prepared") == 2


def test_no_trial_spends_more_than_the_control(study: StudyRecord) -> None:
    spent = [trial.metrics["macs"] for trial in study.trials if trial.state == "completed"]
    assert 0 < min(spent) < max(spent) <= study.facts.spend_macs


def test_a_completed_trial_leaves_curves_a_picture_and_its_models(study: StudyRecord) -> None:
    for trial in study.trials:
        files = sorted(file.name for file in (study.folder / "trials" / str(trial.number)).glob("*"))
        assert files == (
            ["curves.json", "reconstructions.png", "weights"] if trial.state == "completed" else []
        )


def test_both_workers_took_part(study: StudyRecord) -> None:
    logs = sorted(file.name for file in (study.folder / "workers").iterdir())
    assert logs == ["worker-1.log", "worker-2.log"]


def test_a_finished_study_has_nothing_left_to_do(
    real_study: Any, copied_study: Path, decoder_search: Callable[..., Any]
) -> None:
    before = (copied_study / "trials.jsonl").read_bytes()
    again = decoder_search("run", real_study.space, "--trials", 4, *AS_STARTED)
    assert (again.exit_code, again.errors) == (0, "")
    assert "Study tiny: 3 completed, 1 infeasible" in again.output
    assert (copied_study / "trials.jsonl").read_bytes() == before


def test_of_a_finished_study_that_lacks_its_control_a_that_is_trained_by_the_one_worker_it_takes(
    real_study: Any, copied_study: Path, decoder_search: Callable[..., Any]
) -> None:
    before = read_study(copied_study)
    file = copied_study / "trials.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    without = [line for line in lines if "control_training_accuracy" not in line]
    assert len(without) == len(lines) - 1
    file.write_text("".join(without))
    shutil.rmtree(copied_study / "workers")
    again = decoder_search("run", real_study.space, "--trials", 4, "--workers", "auto", *AS_STARTED)
    assert (again.exit_code, again.errors) == (0, "")
    assert "training steps a second" not in again.output
    assert [log.name for log in (copied_study / "workers").iterdir()] == ["worker-1.log"]
    assert (read_study(copied_study).facts, read_study(copied_study).trials) == (before.facts, before.trials)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "3"], "was started with seed 9, but now it is 3; give --seed 9"),
        (["--sampler", "tpe"], "was started with sampler random, but now it is tpe; give --sampler random"),
        (["--reconstruction", "retrieval"], "was started with reconstruction mse, but now it is retrieval"),
        (["--objective", "accuracy"], "with objective both, but now it is accuracy; give --objective both"),
        (["--pruner", "halving"], "started without pruning; give --pruner none"),
        (["--data", "mnist"], "dataset.source was 'digits' and is 'mnist'"),
        (["--set", "classifier.training.epochs=2"], "classifier.training.epochs was 1 and is 2"),
    ],
)
def test_a_study_goes_on_only_as_it_was_started(
    real_study: Any, copied_study: Path, decoder_search: Callable[..., Any], options: list[str], said: str
) -> None:
    before = (copied_study / "trials.jsonl").read_bytes()
    refused = decoder_search("run", real_study.space, "--trials", 9, *AS_STARTED, *options)
    assert refused.exit_code == 2
    assert refused.errors.startswith("error: study 'tiny' was started ") and said in refused.errors
    assert "another --study" in refused.errors and refused.errors.count("\n") == 1
    assert (copied_study / "trials.jsonl").read_bytes() == before


def test_a_study_that_another_process_holds_is_refused_with_the_name_of_that_process(
    real_study: Any, copied_study: Path, decoder_search: Callable[..., Any], make_settings: Callable[[], Any]
) -> None:
    with Journal.open(copied_study, make_settings):
        refused = decoder_search("run", real_study.space, "--trials", 9, *AS_STARTED)
    assert refused.exit_code == 2
    assert refused.errors.startswith(f"error: study 'tiny' is held by process {os.getpid()} on host ")
    assert refused.errors.endswith("; wait for it or stop it\n")


def test_a_folder_that_workers_cannot_write_to_is_one_line(
    real_study: Any, copied_study: Path, decoder_search: Callable[..., Any]
) -> None:
    shutil.rmtree(copied_study / "workers")
    (copied_study / "workers").symlink_to("/sys")  # where not even root may create a file
    before = read_study(copied_study)
    refused = decoder_search("run", real_study.space, "--trials", 9, *AS_STARTED)
    assert refused.exit_code == 2
    assert refused.errors.startswith("error: ") and refused.errors.count("\n") == 1
    assert "workers/worker-1.log" in refused.errors
    assert refused.errors.endswith("; make room there, or allow writing\n")
    assert read_study(copied_study).trials == before.trials


def test_the_final_overrides_of_the_newest_start_are_those_that_export_applies(
    copied_study: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    def exported(*options: str) -> int:
        export = decoder_search("export", "tiny", "--output", "x.yaml", *options)
        assert (export.exit_code, export.errors) == (0, "")
        return load_config(copied_study.parents[1] / "x.yaml").autoencoder.training.epochs

    before = read_study(copied_study)
    assert exported() == 3
    searched, _, _ = tiny_space.read_text().partition("final:")
    tiny_space.write_text(f"{searched}final:\n  autoencoder.training.epochs: 9\n")
    resumed = decoder_search("run", tiny_space, "--trials", 4, *AS_STARTED)
    assert (resumed.exit_code, resumed.errors) == (0, "")
    assert exported() == 9
    assert exported("--as-searched") == 2

    after = read_study(copied_study)
    assert (after.trials, after.facts) == (before.trials, before.facts)
    space = replace(before.settings.space, final={"autoencoder.training.epochs": 9})
    assert after.settings == replace(before.settings, space=space)


def test_a_study_that_cannot_be_prepared_leaves_nothing_behind(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    refused = decoder_search("run", tiny_space, "--data", "digitz")
    assert refused.exit_code == 2
    assert refused.errors.startswith("error: unknown dataset 'digitz'; did you mean 'digits'? ")
    assert not list((tmp_path / "results").glob("*"))


def test_cores_are_counted_that_this_process_may_use() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)


@pytest.mark.slow
def test_a_study_remembers_who_teaches_it_and_goes_on_without_where_that_is_gone(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    command = ("run", tiny_space, "--workers", 1, "--sampler", "random", "--seed", 9, "--pruner", "none")
    assert decoder_search(*command, "--trials", 2).exit_code == 0
    taught = decoder_search(*command, "--study", "next", "--trials", 1, "--from", "tiny")
    resumed = decoder_search(*command, "--study", "next", "--trials", 2)
    for run in (taught, resumed):
        assert (run.exit_code, run.errors) == (0, "")
        assert "2 trials of study tiny teach the sampler" in run.output
    older, newer = (read_study(tmp_path / "results" / name).trials for name in ("tiny", "next"))
    assert not {identity(trial.params) for trial in older} & {identity(trial.params) for trial in newer}
    (tmp_path / "results" / "tiny").rename(tmp_path / "moved")
    alone = decoder_search(*command, "--study", "next", "--trials", 3)
    assert (alone.exit_code, alone.errors) == (0, "")
    assert "study tiny does not teach the sampler any more" in alone.output
    assert len(read_study(tmp_path / "results" / "next").trials) == 3


@pytest.mark.slow
def test_the_fastest_number_of_workers_is_measured(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    run = decoder_search("run", tiny_space, "--trials", 1, "--workers", "auto", "--seed", 9)
    assert (run.exit_code, run.errors) == (0, "")
    assert "1 workers: " in run.output and " training steps a second" in run.output


@pytest.mark.slow
def test_there_are_as_many_workers_as_trials_and_control_a_have_use_for(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    run = decoder_search("run", tiny_space, "--trials", 1, "--workers", 3, *AS_STARTED)
    assert (run.exit_code, run.errors) == (0, "")
    logs = sorted(file.name for file in (tmp_path / "results" / "tiny" / "workers").iterdir())
    assert logs == ["worker-1.log", "worker-2.log"]  # the trial's and that of control A
