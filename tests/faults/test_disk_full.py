"""A disk that is full: one line, nothing half written, and after making room all goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from PIL import Image

SmallDisk = Callable[[Path, str], None]

WRITES = 6
"""The kind of trial that writes a file of 10 kB."""

TINY = """
dataset: {source: digits, limit: 120}
baseline: {training: {epochs: 1}}
autoencoder: {training: {epochs: 1}}
classifier: {training: {epochs: 1}}
"""


def run_command(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`decoder-search` or `encodenet` in a process of its own."""
    program, *rest = map(str, arguments)
    command = [sys.executable, "-m", f"{program}.cli", *rest]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def is_one_line(errors: str) -> bool:
    return errors.startswith("error: ") and errors.count("\n") == 1


def fill(folder: Path) -> Path:
    """Take all the room that is left there."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def whole_files(folder: Path) -> list[str]:
    """The names of everything below a folder, but for folders and the lock of a study."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock")


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
@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        (["export", "tiny", "--output", "small/winner.yaml"], "4k"),
        (["plot", "tiny", "--kind", "history", "--output", "small/chart.png"], "16k"),
        (["plot", "tiny", "--kind", "history", "--output", "small/chart.html"], "16k"),
        (["report", "tiny", "--output", "small/report.html"], "16k"),
    ],
    ids=lambda value: " ".join(value[:1] + value[-1:]) if isinstance(value, list) else value,
)
def test_what_is_made_of_a_study_is_written_whole_or_not_at_all(
    real_study: Any, tmp_path: Path, small_disk: SmallDisk, arguments: list[str], size: str
) -> None:
    shutil.copytree(real_study.results, tmp_path / "results")
    small = tmp_path / "small"
    small_disk(small, size)
    (small / "taken").write_bytes(bytes(4096))
    refused = run_command(tmp_path, "decoder_search", *arguments)
    assert refused.returncode == 2 and is_one_line(refused.stderr), refused.stderr
    assert "No space left on device" in refused.stderr
    assert whole_files(small) == ["taken"]
    small_disk(small, "20m")
    done = run_command(tmp_path, "decoder_search", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert whole_files(small) == sorted(["taken", Path(arguments[-1]).name])


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_output_is_one_line(real_study: Any, tmp_path: Path, unbuffered: str) -> None:
    command = [sys.executable, "-m", "decoder_search.cli", "leaderboard", "tiny", "--results"]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, str(real_study.results)],
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2 and is_one_line(done.stderr), done.stderr


@pytest.mark.soak
def test_a_run_that_found_no_room_is_not_taken_for_a_finished_one(
    tmp_path: Path, small_disk: SmallDisk
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY)
    small_disk(tmp_path / "small", "40k")
    command = ("encodenet_core", "train", "tiny.yaml", "--output", "small/run")
    refused = run_command(tmp_path, *command)
    assert refused.returncode == 2 and is_one_line(refused.stderr), refused.stderr
    assert whole_files(tmp_path / "small") == ["config.yaml"]
    small_disk(tmp_path / "small", "50m")
    assert run_command(tmp_path, *command).returncode == 0
    assert "metrics.json" in whole_files(tmp_path / "small")


@pytest.mark.soak
def test_every_export_and_figure_is_written_whole_or_not_at_all(
    tmp_path: Path, small_disk: SmallDisk
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY)
    assert run_command(tmp_path, "encodenet_core", "train", "tiny.yaml", "--output", "run").returncode == 0
    Image.new("L", (8, 8)).save(tmp_path / "digit.png")
    small = tmp_path / "small"
    for arguments, size in (
        (["export", "run", "--format", "keras"], "100k"),
        (["export", "run", "--format", "saved_model"], "100k"),
        (["export", "run", "--format", "onnx"], "100k"),
        (["export", "run", "--format", "litert"], "100k"),
        (["figures", "run"], "12k"),
        (["predict", "run", "digit.png", "--explain"], "4k"),
    ):
        small_disk(small, size)
        refused = run_command(tmp_path, "encodenet_core", *arguments, "--output", "small/out")
        assert refused.returncode == 2 and is_one_line(refused.stderr), refused.stderr
        assert "No space left on device" in refused.stderr and "make room there" in refused.stderr
        assert whole_files(small) == []
        small_disk(small, "50m")
        done = run_command(tmp_path, "encodenet_core", *arguments, "--output", "small/out")
        assert done.returncode == 0, done.stderr
        assert whole_files(small)
        shutil.rmtree(small / "out")


@pytest.mark.soak
@pytest.mark.parametrize("command", ["ablate", "compare-clusterings"])
def test_a_comparison_that_finds_no_room_goes_on_once_there_is_some(
    command: str, tmp_path: Path, small_disk: SmallDisk
) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY)
    small = tmp_path / "small"
    small_disk(small, "4k")
    arguments = ("encodenet_core", command, "tiny.yaml", "--seeds", 1, "--output", "small/out")
    refused = run_command(tmp_path, *arguments)
    assert refused.returncode == 2 and is_one_line(refused.stderr.splitlines()[-1] + "\n"), refused.stderr
    assert "No space left on device" in refused.stderr and "Traceback" not in refused.stderr
    measured = small / "out" / "measurements.jsonl"
    before = measured.read_text()
    assert all(json.loads(line) for line in before.splitlines()) and len(before.splitlines()) < 3
    assert set(whole_files(small)) <= {"config.yaml", "measurements.jsonl"}
    small_disk(small, "50m")
    done = run_command(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert {"config.yaml", "measurements.jsonl", "tables.md"} < set(whole_files(small))
    assert measured.read_text().startswith(before) and len(measured.read_text()) > len(before)


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
