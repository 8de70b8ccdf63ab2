"""A study whose disk is full ends in one line with nothing half written and goes on once there is room."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from full_disks import fill, is_one_line, run_command, whole_files

SmallDisk = Callable[[Path, str], None]

WRITES = 6
"""The kind of trial that writes a file of 10 kB."""


@pytest.mark.slow
def test_a_trial_that_finds_no_room_for_its_files_is_run_again_once_there_is_some(
    toy_study: Any, small_disk: SmallDisk
) -> None:
    small_disk(toy_study.folder, "24k")
    options = (4, 0, 0, WRITES)
    for _ in range(4):  # more often than a trial is tried whose worker dies
        code, _, errors = toy_study.run(*options)
        assert code == 2 and is_one_line(errors) and "make room there" in errors
        assert {trial["state"] for trial in toy_study.finished().values()} <= {"completed"}
        toy_study.wait_for_no_process()
    before = toy_study.finished()
    small_disk(toy_study.folder, "10m")
    code, _, errors = toy_study.run(*options)
    assert (code, errors) == (0, "")
    toy_study.check_nothing_lost(before, 4)
    assert {trial["attempts"] for trial in toy_study.finished().values()} == {1}


@pytest.mark.slow
def test_a_study_goes_on_after_its_disk_was_full(keras_study: Any, small_disk: SmallDisk) -> None:
    results = keras_study.place / "results"
    small_disk(results, "4m")
    options = ("--trials", 2, "--workers", 1)
    driver = keras_study.start(*options)
    keras_study.wait_until(keras_study.running)
    filler = fill(results)
    _, errors = driver.communicate(timeout=120)
    assert driver.returncode == 2 and is_one_line(errors) and "make room there" in errors
    keras_study.wait_for_no_process()
    before = keras_study.finished()
    assert not list(results.rglob("*.unfinished-*"))

    refused = keras_study.run(*options)
    assert refused[0] == 2 and is_one_line(refused[2])
    filler.unlink()
    code, _, errors = keras_study.run(*options)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost(before, 2)


@pytest.mark.soak
def test_a_study_goes_on_after_its_stage_cache_was_full(
    keras_study: Any, small_disk: SmallDisk, tmp_path: Path
) -> None:
    keras_study.cache = tmp_path / "cache"
    small_disk(keras_study.cache, "100k")
    options = ("--trials", 1, "--workers", 1)
    code, _, errors = keras_study.run(*options)
    assert code == 2 and is_one_line(errors)
    assert "cannot write to the stage cache" in errors and "ENCODENET_CACHE" in errors
    assert not list(keras_study.cache.glob(".*")), "nothing half written"
    small_disk(keras_study.cache, "50m")
    code, _, errors = keras_study.run(*options)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost({}, 1)


@pytest.mark.slow
def test_a_preparation_that_outgrows_its_disk_limit_is_cut_short_and_goes_on_with_more(
    keras_study: Any, tmp_path: Path
) -> None:
    keras_study.cache = tmp_path / "cache"
    one = ("--trials", 1, "--workers", 1)
    endless = ("--set", "baseline.training.epochs=100000", "--set", "baseline.architecture=resnet20")
    code, said, errors = keras_study.run(*one, "--max-disk", "1MB", *endless)
    assert (code, errors) == (0, "")
    assert "of the 1.0 MB of --max-disk" in said and "give a larger --max-disk to go on" in said
    assert [*keras_study.events("prepared"), *keras_study.events("started")] == []
    keras_study.wait_for_no_process()
    code, _, errors = keras_study.run(*one, "--max-disk", "1GB")
    assert (code, errors) == (0, "")
    ended = keras_study.finished()
    assert [trial["state"] for trial in ended.values()] == ["completed"]
    keras_study.check_leaderboard(ended)


@pytest.mark.soak
def test_a_confirmation_that_finds_no_room_goes_on_once_there_is_some(
    real_study: Any, tmp_path: Path, small_disk: SmallDisk
) -> None:
    results = tmp_path / "results"
    small_disk(results, "10m")
    shutil.copytree(real_study.results / "tiny", results / "tiny")
    before, filler = (results / "tiny" / "trials.jsonl").read_bytes(), fill(results)
    command = ("decoder_search", "confirm", "tiny", "--top", 1, "--seeds", 2)
    refused = run_command(tmp_path, *command)
    assert refused.returncode == 2 and is_one_line(refused.stderr), refused.stderr
    filler.unlink()
    done = run_command(tmp_path, *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert (results / "tiny" / "trials.jsonl").read_bytes() == before
    assert len((results / "tiny" / "confirmed.jsonl").read_text().splitlines()) >= 2


@pytest.mark.soak
def test_a_mirror_without_room_costs_the_study_nothing_and_is_up_to_date_at_the_next_start(
    keras_study: Any, small_disk: SmallDisk
) -> None:
    small = keras_study.place / "small"
    small_disk(small, "200k")
    filler = fill(small)
    options = ("--workers", 1, "--mirror", "sqlite:///small/mirror.db", "--trials")
    code, said, errors = keras_study.run(*options, 1)
    assert (code, errors) == (0, "")
    assert said.count("mirror.db is not up to date (") == 1, said
    before = keras_study.finished()
    small_disk(small, "20m")
    filler.unlink()
    code, _, errors = keras_study.run(*options, 2)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost(before, 2)
    mirrored = optuna.load_study(study_name="faults", storage=f"sqlite:///{small}/mirror.db")
    assert [trial.state.name for trial in mirrored.trials] == ["COMPLETE", "COMPLETE"]


@pytest.mark.soak
def test_a_machine_of_a_cluster_without_room_ends_the_study_and_fails_no_trial(
    keras_study: Any, tmp_path: Path, small_disk: SmallDisk
) -> None:
    cluster_of = pytest.importorskip("ray.cluster_utils").Cluster
    there = tmp_path / "there"
    small_disk(there, "40k")
    cluster = cluster_of(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1, env_vars={"ENCODENET_CACHE": str(there)})
        options = ("--ray", cluster.address, "--trials")
        code, _, errors = keras_study.run(*options, 2)
        assert code == 2 and is_one_line(errors) and "error: machine " in errors, errors
        assert keras_study.finished() == {}
        small_disk(there, "50m")
        code, _, errors = keras_study.run(*options, 2)
    finally:
        cluster.shutdown()
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost({}, 2)
    assert {trial["attempts"] for trial in keras_study.finished().values()} == {1}


@pytest.mark.slow
def test_a_repair_that_finds_no_room_leaves_the_study_as_it_was(
    real_study: Any, tmp_path: Path, small_disk: SmallDisk
) -> None:
    results = tmp_path / "results"
    small_disk(results, "10m")
    shutil.copytree(real_study.results / "tiny", results / "tiny")
    path = results / "tiny" / "trials.jsonl"
    path.write_bytes(b"".join([*path.read_bytes().splitlines(keepends=True), b"garbage\n"]))
    broken, filler = path.read_bytes(), fill(results)
    refused = run_command(tmp_path, "decoder_search", "repair", "tiny")
    assert refused.returncode == 2 and is_one_line(refused.stderr), refused.stderr
    assert path.read_bytes() == broken
    assert not [name for name in whole_files(results) if "trials" in name and name != "trials.jsonl"]
    filler.unlink()
    assert run_command(tmp_path, "decoder_search", "repair", "tiny").returncode == 0
    assert run_command(tmp_path, "decoder_search", "repair", "tiny", "--dry-run").returncode == 0
