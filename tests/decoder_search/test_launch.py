"""A study from its command to its end, also where it is interrupted, killed, or not what it was before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from decoder_search.execution.process import available_cores
from decoder_search.journal import Journal
from decoder_search.records import StudyRecord, read_study
from encodenet_core import load_config

AS_STARTED = ("--sampler", "random", "--seed", 9, "--pruner", "none")
"""Options with which the real study was started."""

SLOW_ENOUGH = (*AS_STARTED[:2], "--seed", "3", "--pruner", "none", "--set", "autoencoder.training.epochs=40")
"""Options with which a trial of the tiny space lasts long enough to be caught in the middle."""


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
    assert command.output.endswith("Next: decoder-search export tiny --output winner.yaml\n")


def test_a_trial_that_cannot_run_is_recorded_and_the_study_goes_on(study: StudyRecord) -> None:
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3]
    assert Counter(trial.state for trial in study.trials) == {"completed": 3, "infeasible": 1}
    (infeasible,) = (trial for trial in study.trials if trial.state == "infeasible")
    assert infeasible.params["clustering.n_clusters"] == 50
    assert "has 10 images but clustering.n_clusters is 50" in infeasible.reason


def test_what_the_trials_are_compared_with_is_found_out(study: StudyRecord) -> None:
    facts = study.facts
    assert (facts["num_classes"], facts["n_train"], facts["n_validation"]) == (10, 100, 20)
    assert facts["reference_point"] == {"mse": facts["pixel_variance"], "retrieval": 0.0, "accuracy": 0.1}
    assert 0 < facts["pixel_variance"] < 0.25
    names = ("baseline_accuracy", "control_training_accuracy")
    assert all(0 <= facts[name] <= 1 for name in names)
    assert facts["baseline_cross_entropy"] > 0
    lines = (study.folder / "trials.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines[:4]] == ["created", "opened", "prepared", "started"]


def test_no_trial_spends_more_than_the_control(study: StudyRecord) -> None:
    spent = [trial.metrics["macs"] for trial in study.trials if trial.state == "completed"]
    assert 0 < min(spent) < max(spent) <= study.facts["spend_macs"]


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "3"], "was started with seed 9, but now it is 3; give --seed 9"),
        (["--sampler", "tpe"], "was started with sampler random, but now it is tpe; give --sampler random"),
        (["--reconstruction", "retrieval"], "was started with reconstruction mse, but now it is retrieval"),
        (["--objective", "accuracy"], "with objective both, but now it is accuracy; give --objective both"),
        (["--pruner", "halving"], "started without pruning; give --pruner none"),
        (["--replicate"], "was started without --replicate; leave it out"),
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


def write_archive(folder: Path, images: Any) -> Path:
    """Images of two classes by turns, as an archive."""
    path = folder / "images.npz"
    np.savez(path, x_train=images, y_train=np.arange(len(images)) % 2)
    return path


def write_image_folder(folder: Path, images: Any) -> Path:
    """Images of two classes by turns, as a folder of files a class."""
    for number, image in enumerate(images):
        path = folder / "images" / "ab"[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder / "images"


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """`decoder-search run` in a process group of its own, as a terminal starts it."""
    command = [sys.executable, "-m", "decoder_search.cli", "run", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True)


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The whole events of a kind in the only study below a folder."""
    texts = [file.read_text() for file in folder.glob("results/*/trials.jsonl")]
    lines = [line for text in texts for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def finished(folder: Path) -> list[int]:
    return sorted(event["trial"]["number"] for event in events(folder, "finished"))


def wait_until(happened: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"nothing happened within {seconds} seconds"
        time.sleep(0.02)


def group_members(group: int) -> Iterator[int]:
    """The processes of a group that have not ended."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, member_of = (place / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(member_of) == group and state not in "ZX":
            yield int(place.name)


def is_in_the_middle_of_a_trial(folder: Path, number: int) -> bool:
    reported = [event["number"] for event in events(folder, "reported")]
    return number in reported and number not in finished(folder)


@pytest.mark.slow
def test_after_a_kill_a_study_that_prunes_loses_and_repeats_nothing(tmp_path: Path, tiny_space: Path) -> None:
    pruner = ("--pruner", "halving", "--first-rung", "25")
    command = (tiny_space, "--trials", 3, "--workers", 2, *SLOW_ENOUGH, *pruner)
    with start(tmp_path, *command) as driver:
        wait_until(lambda: is_in_the_middle_of_a_trial(tmp_path, 2))
        assert len(list(group_members(driver.pid))) == 3
        driver.kill()
    wait_until(lambda: not list(group_members(driver.pid)), seconds=20)
    before = events(tmp_path, "finished")
    assert before

    with start(tmp_path, *command) as driver:
        assert driver.wait(timeout=300) == 0
    assert finished(tmp_path) == [0, 1, 2]
    assert events(tmp_path, "finished")[: len(before)] == before
    assert [trial.attempts for trial in read_study(tmp_path / "results" / "tiny").trials] == [1, 1, 1]


def test_a_study_that_was_interrupted_in_its_preparation_takes_other_settings_at_the_next_start(
    tmp_path: Path, tiny_space: Path
) -> None:
    def interrupted_while_it_prepares(*options: object) -> StudyRecord:
        log = folder / "workers" / "worker-1.log"
        log.unlink(missing_ok=True)
        with start(tmp_path, tiny_space, *options) as driver:
            wait_until(log.exists)
            driver.send_signal(signal.SIGINT)
            assert driver.wait(timeout=60) == 130
        return read_study(folder)

    folder = tmp_path / "results" / "tiny"
    first = interrupted_while_it_prepares("--seed", 2)
    assert (first.facts, first.trials, first.settings.sampler) == ({}, (), "tpe")
    again = interrupted_while_it_prepares("--seed", 3, "--sampler", "random", "--set", "decoder.depth=2")
    assert (again.facts, again.trials) == ({}, ())
    assert (again.settings.seed, again.settings.sampler) == (3, "random")
    assert again.settings.space.constants["decoder.depth"] == 2
    assert not again.settings.space.varies("decoder.depth")


@pytest.mark.slow
def test_a_trial_whose_worker_is_killed_is_tried_again(tmp_path: Path, tiny_space: Path) -> None:
    with start(tmp_path, tiny_space, "--trials", 1, "--workers", 1, *SLOW_ENOUGH) as driver:
        wait_until(lambda: is_in_the_middle_of_a_trial(tmp_path, 0))
        (worker,) = set(group_members(driver.pid)) - {driver.pid}
        os.kill(worker, signal.SIGKILL)
        assert driver.wait(timeout=300) == 0
    (trial,) = read_study(tmp_path / "results" / "tiny").trials
    assert (trial.state, trial.attempts) == ("completed", 2)


@pytest.mark.slow
def test_a_study_goes_on_with_what_its_time_cut_off_and_learns_from_an_older_one(
    tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    options = ("--workers", 1, *SLOW_ENOUGH[:-1], "autoencoder.training.epochs=800")
    command, folder = ("run", tiny_space, *options), tmp_path / "results" / "tiny"

    def cut_off() -> list[int]:
        return [trial.number for trial in read_study(folder).trials if trial.state == "running"]

    assert decoder_search(*command, "--trials", 1).exit_code == 0
    for _ in range(12):  # loading Keras alone may take the ten seconds of a start
        budget = round(read_study(folder).seconds_used + 10)
        paused = decoder_search(*command, "--trials", 3, "--time-budget", f"{budget}s")
        assert (paused.exit_code, paused.errors) == (0, "")
        if cut_off():
            break
    (number,) = cut_off()
    assert "the time is up" in paused.output
    checkpoint = folder / "trials" / str(number) / "checkpoint"
    assert checkpoint.is_dir()
    assert "--time-budget are spent" in decoder_search(*command, "--trials", 3, "--time-budget", "5s").output

    whole = decoder_search(*command, "--trials", 3)
    assert (whole.exit_code, whole.errors) == (0, "")
    study = read_study(folder)
    assert [trial.number for trial in study.trials] == [0, 1, 2]
    assert all(trial.state in ("completed", "infeasible") for trial in study.trials)
    assert not checkpoint.exists()

    taught = decoder_search(*command, "--study", "next", "--trials", 1, "--from", "tiny")
    assert (taught.exit_code, taught.errors) == (0, "")
    assert "3 trials of study tiny teach the sampler" in taught.output
    (trial,) = read_study(folder.with_name("next")).trials
    assert trial.params not in [earlier.params for earlier in study.trials]


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
@pytest.mark.parametrize("write", [write_archive, write_image_folder])
def test_a_study_does_not_go_on_when_its_dataset_has_changed(
    write: Callable[[Path, Any], Path], tmp_path: Path, tiny_space: Path, decoder_search: Callable[..., Any]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    source = write(tmp_path, images)
    command = ("run", tiny_space, "--data", source, "--set", "clustering.n_clusters=1")
    assert decoder_search(*command, "--trials", 1).exit_code == 0
    recorded = read_study(tmp_path / "results" / "tiny").trials

    write(tmp_path, 255 - images)
    refused = decoder_search(*command, "--trials", 2)
    assert refused.exit_code == 2
    assert refused.errors.startswith("error: the study was started on another dataset (")
    assert refused.errors.count("\n") == 1
    assert read_study(tmp_path / "results" / "tiny").trials == recorded
