from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.cli.train import summary_lines
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import load_config

REPOSITORY = Path(__file__).parents[3]


Encodenet = Callable[..., Any]
"""Answers with exit code, `out` and `err`."""


def run_apart(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that has no setting for TensorFlow's messages."""
    inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-m", "encodenet_core.cli", *map(str, arguments)],
        env={**inherited, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_training_writes_a_folder_that_its_config_and_metrics_describe(
    trained: Path, tiny_config: EncodeNetConfig
) -> None:
    assert load_config(trained / "config.yaml") == tiny_config
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    lines = summary_lines(metrics)
    assert [line.split("  ")[0].split(":")[0] for line in lines[1:]] == [
        "baseline",
        "control A",
        "control B",
        "encodenet",
        "test",
        "control A",
        "control B",
        f"control B fell to {metrics['control_features']['test_accuracy']:.2%}".replace("%", " %"),
        "reconstruction",
    ]
    stages = metrics["stages"]
    assert lines[4].split()[1:] == [
        f"{metrics['encodenet']['validation_accuracy']:.2%}",
        f"{metrics['encodenet']['test_accuracy']:.2%}",
        f"{metrics['encodenet']['selected_test_accuracy']:.2%}",
        "66,218",
        f"{2 * (stages['autoencoder']['macs'] + stages['classifier']['macs']):.2e}",
    ]


def test_training_prints_its_metrics_as_json_and_everything_else_beside(
    encodenet: Encodenet, trained: Path, tiny_settings: Sequence[str], tmp_path: Path
) -> None:
    outcome = encodenet("train", *tiny_settings, "--output", tmp_path / "out", "--json")
    assert not outcome.code
    assert json.loads(outcome.out) == json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert "results go to" in outcome.err and "the baseline is cut after" in outcome.err


def test_the_summary_has_a_dash_where_there_is_no_test_split(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    metrics["baseline"] |= {"test_accuracy": None, "selected_test_accuracy": None}
    assert summary_lines(metrics)[1].split()[2:5] == ["-", "-", "66,218"]


def test_the_summary_says_which_control_diverged_in_the_place_of_its_numbers(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    metrics["control_training"] = {"diverged": "the baseline loss became nan"}
    metrics["no_yardstick"] = ["control A diverged: no yardstick"]
    lines = summary_lines(metrics)
    assert lines[2].split() == ["control", "A", "diverged"]
    assert lines[lines.index("control A diverged: no yardstick") + 1] == "the baseline loss became nan"


def test_the_summary_names_options_beyond_the_paper(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    metrics["beyond_the_paper"] = ["classifier.unfreeze_after=2"]
    assert "beyond the paper: classifier.unfreeze_after=2" in summary_lines(metrics)


@pytest.mark.slow
def test_what_does_not_depend_on_a_change_is_not_computed_again(
    encodenet: Encodenet, trained: Path, tmp_path: Path
) -> None:
    config = shutil.copy(trained / "config.yaml", tmp_path / "tiny.yaml")
    outcome = encodenet("train", config, "--set=classifier.training.epochs=1", "--output", tmp_path / "again")
    assert (outcome.code, outcome.err) == (0, "")
    cut = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["cut"]
    assert f"the baseline is cut after {cut}: features 4 x 4 x 64" in outcome.out.splitlines()
    stages = [line.split()[2] for line in outcome.out.splitlines() if " epoch " in line]
    assert stages == ["classifier", "control_features"]


def test_evaluating_reproduces_the_numbers_of_the_training(encodenet: Encodenet, trained: Path) -> None:
    outcome = encodenet("evaluate", trained, "--json")
    expected = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["encodenet"]
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == expected


def test_evaluating_on_an_archive_of_the_same_images_gives_the_same(
    encodenet: Encodenet, trained: Path, digits_archive: Path
) -> None:
    outcome = encodenet("evaluate", trained, "--data", digits_archive, "--json")
    expected = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["encodenet"]
    assert json.loads(outcome.out) == expected


def test_evaluating_for_people_prints_a_line_for_each_number(encodenet: Encodenet, trained: Path) -> None:
    lines = dict(line.split() for line in encodenet("evaluate", trained).out.splitlines())
    scores = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))["encodenet"]
    assert lines["parameters"] == "66,218"
    assert lines["test_accuracy"] == f"{scores['test_accuracy']:.4f}"
    assert set(lines) == set(scores)


def test_asking_for_help_takes_less_than_a_second_and_loads_nothing_heavy() -> None:
    code = """
import sys
sys.argv = ["encodenet", "--help"]
from encodenet_core.cli import main
try:
    main()
except SystemExit as exit_:
    heavy = ("keras", "tensorflow", "sklearn", "matplotlib")
    print(exit_.code, [name for name in heavy if name in sys.modules])
"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.splitlines()[-1] == "0 []"
    assert "evaluate" in done.stdout
    # Processor time: on a busy machine the clock tells more about the neighbours.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_every_command_explains_its_options(command: str, encodenet: Encodenet) -> None:
    outcome = encodenet(command, "--help")
    assert outcome.code == 0
    assert "--data" in outcome.out


@pytest.mark.slow
def test_a_real_training_writes_nothing_to_stderr_and_its_folder_is_all_that_an_evaluation_needs(
    tiny_settings: Sequence[str], tmp_path: Path
) -> None:
    done = run_apart("train", *tiny_settings, "--output", "out", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "results go to out"

    elsewhere = tmp_path / "another" / "place"
    shutil.copytree(tmp_path / "out", elsewhere)
    shutil.rmtree(tmp_path / "out")
    again = run_apart("evaluate", elsewhere, "--json", folder=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    expected = json.loads((elsewhere / "metrics.json").read_text(encoding="utf-8"))["encodenet"]
    assert json.loads(again.stdout) == expected


@pytest.mark.slow
def test_a_real_refusal_is_one_line_too(tmp_path: Path) -> None:
    done = run_apart("train", "--set=dataset.limit=3", "--output", "out", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "dataset.limit is 3" in done.stderr
    assert list(tmp_path.iterdir()) == []
