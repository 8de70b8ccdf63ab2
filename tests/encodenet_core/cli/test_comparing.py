from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from encodenet_core.cli import main
from encodenet_core.cli.comparing import print_table
from encodenet_core.comparisons.measurements import MEASUREMENTS_FILE
from encodenet_core.comparisons.tables import Column, Table

REPOSITORY = Path(__file__).parents[3]
COMMANDS = ("ablate", "compare-clusterings", "compare-methods", "compare-exits")

TABLE = Table(
    "Targets",
    (Column("setup"), Column("validation\n%", wide=True), Column("test\n%"), Column("Δ\nbase")),
    (("class [target]", "76.67 ±1.38", "75.92 ±0.49", "-0.04 ±0.17"),),
    ("A note.",),
)


def printed(width: int) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        print_table(TABLE, console)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_table_is_printed_with_its_title_and_notes() -> None:
    assert printed(80) == [
        "",
        "Targets",
        "",
        "                 validation         test            Δ",
        "setup                     %            %         base",
        "─────────────────────────────────────────────────────",
        "class [target]  76.67 ±1.38  75.92 ±0.49  -0.04 ±0.17",
        "",
        "A note.",
    ]


def test_a_narrower_terminal_first_takes_room_between_columns_then_leaves_wide_ones_out() -> None:
    assert printed(50)[6] == "class [target] 76.67 ±1.38 75.92 ±0.49 -0.04 ±0.17"
    assert printed(45)[6] == "class [target]  75.92 ±0.49  -0.04 ±0.17"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--seeds", "0"], "--seeds is 0, but expected is at least 1"),
        (["--seeds=-2"], "--seeds is -2, but expected is at least 1"),
        (["--set", "decoder.depht=2"], "unknown config key 'decoder.depht'"),
        (["absent.yaml"], "cannot read absent.yaml"),
        (["--data", "absent"], "unknown dataset 'absent'"),
    ],
)
def test_a_bad_argument_is_one_line_and_leaves_no_folder(
    command: str,
    arguments: Sequence[str],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "not" / "there"
    monkeypatch.setattr(sys, "argv", ["encodenet", command, *arguments, "--output", str(folder)])
    with pytest.raises(SystemExit) as exit_:
        main()
    error = capfd.readouterr().err
    assert exit_.value.code == 2
    assert error.startswith("error: ")
    assert part in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path, tiny_settings: Sequence[str]) -> Start:
    """A command on the tiny config with one seed, in a process of its own, with a cache of its own."""

    def call(command: str, folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "encodenet_core.cli",
                command,
                *tiny_settings,
                "--seeds=1",
                "--output",
                folder,
            ],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "ENCODENET_CACHE": str(tmp_path / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call


def wait_for_lines(path: Path, count: int) -> None:
    """Until a file has so many lines."""
    deadline = time.monotonic() + 300
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def setups(path: Path) -> list[str]:
    return [json.loads(line)["setup"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_a_killed_and_an_interrupted_ablation_go_on_and_end_with_every_setup_measured_once(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    measurements = folder / MEASUREMENTS_FILE
    killed = start("ablate", folder)
    wait_for_lines(measurements, 2)
    killed.kill()
    killed.communicate()

    interrupted = start("ablate", folder)
    wait_for_lines(measurements, 3)
    interrupted.send_signal(signal.SIGINT)
    out, _ = interrupted.communicate()
    assert interrupted.returncode == 130
    assert out.splitlines()[-1] == "stopped; the same command goes on from here"
    before = measurements.read_bytes()

    last = start("ablate", folder)
    out, errors = last.communicate()
    assert (last.returncode, errors) == (0, "")
    assert "6 of 6 setups measured" in out
    assert measurements.read_bytes().startswith(before)
    assert setups(measurements) == [
        "baseline",
        "identity",
        "class",
        "cluster",
        "control_training",
        "control_features",
    ]
    assert "Table 1" in out
    assert "Table 2" in out
    assert "Table 3" in out
    assert "seed 0: no spread" in out
    page = (folder / "tables.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Table 1: reconstruction",
        "## Table 2: baseline and EncodeNet",
        "## Table 3: what the targets are worth",
    ]


@pytest.mark.slow
def test_a_comparison_of_clusterings_has_a_row_for_each(start: Start, tmp_path: Path) -> None:
    command = start("compare-clusterings", tmp_path / "out")
    out, errors = command.communicate()
    assert (command.returncode, errors) == (0, "")
    numbers = json.loads((tmp_path / "out" / "clusterings.json").read_text(encoding="utf-8"))["setups"]
    assert [numbers[f"kmeans_{count}"]["summary"]["clusters.n_clusters"]["mean"] for count in (1, 2, 8)] == [
        10,
        20,
        80,
    ]
    elbow = next(line for line in out.splitlines() if line.startswith("The elbow of k-means"))
    count = int(elbow.split()[4])
    assert numbers["kmeans_elbow"]["measured"] == numbers[f"kmeans_{count}"]["measured"]
    assert "silhouette" not in numbers["kmeans_1"]["summary"]
    assert -1 < numbers["kmeans_2"]["summary"]["silhouette"]["mean"] < 1
    assert numbers["hdbscan"]["summary"]["clusters.noise_share"]["mean"] > 0
    assert {"control_training", "control_features", "cosine_3", "cosine_elbow"} <= set(numbers)
