"""What `encodenet` refuses: in one line, with exit code 2, and without a trace."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

Encodenet = Callable[..., Any]
"""Answers with exit code, `out` and `err`."""


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
