"""What finds no room is written whole or not at all, and said in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from full_disks import is_one_line, run_command, whole_files
from PIL import Image

SmallDisk = Callable[[Path, str], None]

TINY = """
dataset: {source: digits, limit: 120}
baseline: {training: {epochs: 1}}
autoencoder: {training: {epochs: 1}}
classifier: {training: {epochs: 1}}
"""


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
