from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.cli import main
from encodenet_core.cli.train import summary_lines
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import load_config
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache

REPOSITORY = Path(__file__).parents[3]


Encodenet = Callable[..., Any]
"""Answers with exit code, `out` and `err`."""


@pytest.fixture
def encodenet(
    type_encodenet: Encodenet, monkeypatch: pytest.MonkeyPatch, tiny_cache: StageCache
) -> Encodenet:
    """The command `encodenet` with its arguments, in this process, with the stages of the tiny run."""
    monkeypatch.setenv("ENCODENET_CACHE", str(tiny_cache.root))
    return type_encodenet


@pytest.fixture(scope="module")
def trained(
    tiny_result: RunResult,
    tiny_cache: StageCache,
    tiny_settings: Sequence[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The output folder of `encodenet train`."""
    folder = tmp_path_factory.mktemp("trained") / "out"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as exit_:
        patch.setenv("ENCODENET_CACHE", str(tiny_cache.root))
        patch.setattr(sys, "argv", ["encodenet", "train", *tiny_settings, "--output", str(folder)])
        main()
    assert not exit_.value.code
    return folder


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


def assert_refused(outcome: Any, *parts: str) -> None:
    """One line that says what is wrong, and exit code 2."""
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    for part in parts:
        assert part in outcome.err


def assert_bad_training_is_refused(
    encodenet: Encodenet, folder: Path, arguments: Sequence[object], part: str
) -> None:
    """Neither an output folder nor anything above it is left where there was none."""
    outcome = encodenet("train", *arguments, "--output", folder / "not" / "there")
    assert_refused(outcome, part)
    assert not (folder / "not").exists()


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


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--data", "imagenette"], "unknown dataset 'imagenette'"),
        (["--data", "absent.npz"], "there is no file"),
        (["--data", ""], "dataset.source"),
        (["--set", "decoder.dept=3"], "did you mean 'decoder.depth'?"),
        (["--set", "decoder.upsampling=cubic"], "'nearest'"),
        (["--set", "baseline.architecture=resnet1000"], "'resnet20'"),
        (["--set", "decoder.depth=0"], "decoder.depth is 0"),
        (["--set", "decoder.depth"], "has no '='"),
        (["--set", "decoder.depth=[1"], "not plain YAML"),
        (["--set", "dataset.limit=5"], "dataset.limit is 5"),
        (["--set", "baseline.model=absent.keras"], "'absent.keras' is no file"),
        (["--set", "baseline.cut=conv2d"], "only the layers of a baseline.model can be named"),
        (["--set", "embedding.extractor=vgg16", "--set", "embedding.weights=absent.h5"], "absent.h5"),
        (["absent.yaml"], "cannot read absent.yaml"),
    ],
)
def test_a_bad_argument_is_one_line_and_leaves_no_folder(
    arguments: Sequence[str],
    part: str,
    encodenet: Encodenet,
    tiny_settings: Sequence[str],
    tmp_path: Path,
) -> None:
    assert_bad_training_is_refused(encodenet, tmp_path, [*tiny_settings, *arguments], part)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("decoder: [1", "is not plain YAML"),
        ("decoder: {depth: 2", "is not plain YAML"),
        ("- decoder", "holds a list"),
        ("seed: !!python/object/apply:os.mkdir [pwned]", "is not plain YAML"),
        ("decoder:\n  dept: 3", "unknown config key 'decoder.dept'"),
        ("decoder: 3", "decoder"),
        ("\x00", "is not plain YAML"),
    ],
)
def test_a_bad_config_is_one_line_and_leaves_no_folder(
    content: str, part: str, encodenet: Encodenet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(content)
    assert_bad_training_is_refused(encodenet, tmp_path, [tmp_path / "config.yaml"], part)
    assert not (tmp_path / "pwned").exists()


def test_more_clusters_than_images_in_a_class_is_one_line_and_leaves_no_folder(
    encodenet: Encodenet, trained: Path, tiny_settings: Sequence[str], tmp_path: Path
) -> None:
    arguments = [*tiny_settings, "--set=clustering.n_clusters=13"]
    assert_bad_training_is_refused(encodenet, tmp_path, arguments, "class 0 ")


def test_a_model_that_is_no_classifier_is_one_line_and_leaves_no_folder(
    encodenet: Encodenet, tmp_path: Path
) -> None:
    images = keras.Input((8, 8, 1))
    keras.Model(images, keras.layers.Conv2D(1, 3)(images)).save(tmp_path / "model.keras")
    arguments = ["--set", f"baseline.model={tmp_path / 'model.keras'}"]
    assert_bad_training_is_refused(encodenet, tmp_path, arguments, "is no image classifier")


def test_an_output_folder_that_cannot_be_is_one_line(encodenet: Encodenet, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    for output in (file, file / "below", tmp_path / ("long" * 100), "/proc/nowhere/at/all"):
        assert_refused(encodenet("train", "--output", output), "cannot write to", "give another --output")
    assert file.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(encodenet: Encodenet, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    for output in (tmp_path, tmp_path / "below"):
        assert_refused(encodenet("train", "--output", output), "Permission denied")
    tmp_path.chmod(0o755)


def test_a_study_is_not_overwritten(encodenet: Encodenet, tmp_path: Path) -> None:
    (tmp_path / "trials.jsonl").write_text("{}\n")
    assert_refused(encodenet("train", "--output", tmp_path), "is a study; give another folder")
    assert [path.name for path in tmp_path.iterdir()] == ["trials.jsonl"]


def test_a_folder_that_was_there_is_left_as_it_was(encodenet: Encodenet, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert_refused(encodenet("train", "--data", "imagenette", "--output", tmp_path / "out"))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_no_half_written_stage(
    encodenet: Encodenet, tiny_settings: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files stands in for the end of the disk."""
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / "cache"))
    archive = tmp_path / "few.npz"
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    np.savez(archive, x_train=images, y_train=np.arange(40) % 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        outcome = encodenet(
            "train", "--data", archive, "--set=baseline.training.epochs=1", "--output", tmp_path / "out"
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_refused(outcome, "cannot write to the stage cache", "make room there, or set ENCODENET_CACHE")
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir()])
def test_evaluating_what_is_no_output_folder_is_one_line(
    make: Callable[[Path], None], encodenet: Encodenet, tmp_path: Path
) -> None:
    make(tmp_path / "folder")
    assert_refused(encodenet("evaluate", tmp_path / "folder"), "holds no config.yaml")


def test_evaluating_on_other_images_is_one_line(encodenet: Encodenet, trained: Path, tmp_path: Path) -> None:
    archive = tmp_path / "other.npz"
    np.savez(archive, x_train=np.zeros((200, 9, 9), np.uint8), y_train=np.arange(200) % 10)
    assert_refused(encodenet("evaluate", trained, "--data", archive), "images (9, 9, 1) of 10 classes")
    assert_refused(encodenet("evaluate", trained, "--data", "imagenette"), "unknown dataset")


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
    assert_refused(
        SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr), "dataset.limit is 3"
    )
    assert list(tmp_path.iterdir()) == []
